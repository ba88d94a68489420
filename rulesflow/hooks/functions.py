"""Functions of plugins in their simple form: types are told by their names."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, Final

from rulesflow.conditions import Function, Overload, Type
from rulesflow.conditions.types import (
    BOOL,
    DURATION,
    DYN,
    NUMBER,
    STRING,
    TIMESTAMP,
    list_of,
    map_of,
)
from rulesflow.model.diagnostics import did_you_mean

_NAMED: Final = {
    "bool": BOOL,
    "number": NUMBER,
    "string": STRING,
    "timestamp": TIMESTAMP,
    "duration": DURATION,
    "dyn": DYN,
    "list": list_of(DYN),
    "map": map_of(DYN),
}
_OF: Final = re.compile(r"(list|map)\((.+)\)")


def function(
    name: str, params: Iterable[str], result: str, call: Callable[..., Any], *, summary: str = ""
) -> Function:
    """A function of conditions: ``function("fraud.risk", ["number", "string"], "number", risk)``.

    Types are ``bool number string timestamp duration list map dyn``, ``list(number)``, ``map(string)``; a
    result may be ``number or null``. ``call`` gets numbers as `Decimal` and must be pure. Without a summary,
    the first line of its docstring is taken. Raises `ValueError` for a word that is no type.
    """
    overload = Overload(tuple(map(type_named, params)), type_named(result), call)
    return Function(name, (overload,), summary or (call.__doc__ or "").strip().partition("\n")[0])


def type_named(text: str) -> Type:
    """The type that messages call so: ``list(number)``, ``string or null``. Raises `ValueError`."""
    if text.endswith(" or null"):
        return replace(type_named(text.removesuffix(" or null")), nullable=True)
    if found := _OF.fullmatch(text):
        return (list_of if found[1] == "list" else map_of)(type_named(found[2]))
    if text not in _NAMED:
        raise ValueError(
            f"{text!r} is no type; {did_you_mean(text, _NAMED) or 'one of ' + ', '.join(_NAMED)}"
        )
    return _NAMED[text]
