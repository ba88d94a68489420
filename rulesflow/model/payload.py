"""Payloads: between workflows and plugins passes plain JSON, whose numbers are `int` and `Decimal`."""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from rulesflow.model.errors import RulesflowError, pointer
from rulesflow.model.numbers import NumberRefused, canonical, exact
from rulesflow.model.times import Duration, Timestamp

DEEPEST: Final = 100
_HINTS: Final = {
    "set": "give a list",
    "frozenset": "give a list",
    "bytes": "give a text",
    "datetime": "give its isoformat()",
    "date": "give its isoformat()",
    "UUID": "give it as a str",
    "PosixPath": "give it as a str",
    "coroutine": "await it",
}

_Path = tuple["str | int", ...]


class PayloadRefused(RulesflowError):
    """A value that JSON cannot hold; the message says where in it, what, and how to mend it."""


def as_payload(value: Any, largest: int | None = None) -> Any:
    """A copy as plain JSON: ``dict list str int Decimal bool None``, times as texts.

    A ``float`` becomes the decimal that it is printed as, a tuple becomes a list. ``largest``: about how many
    bytes the JSON may have. Raises `PayloadRefused`.
    """
    return _Copy(largest).copy(value, ())


class _Copy:
    def __init__(self, largest: int | None) -> None:
        self._largest = largest
        self._left = math.inf if largest is None else largest
        self._open: set[int] = set()

    def copy(self, value: Any, path: _Path) -> Any:
        if isinstance(value, str):
            return self._text(value, path)
        self._spend(1, path)
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, Timestamp | Duration):  # before numbers, for they are integers too
            return str(value)
        if isinstance(value, int | float | Decimal):
            return self._number(value, path)
        if isinstance(value, Mapping | list | tuple):
            return self._within(value, path)
        kind = type(value).__name__
        hint = _HINTS.get(kind) or (
            "give its model_dump(mode='json')" if hasattr(value, "model_dump") else ""
        )
        raise _refused(f"a {kind} is no JSON" + (f"; {hint}" if hint else ""), path)

    def _within(self, value: Any, path: _Path) -> Any:
        if id(value) in self._open:
            raise _refused("it holds itself", path)
        if len(path) >= DEEPEST:
            raise _refused(f"it is nested deeper than {DEEPEST} levels", path[:3])
        self._open.add(id(value))
        try:
            if isinstance(value, Mapping):
                return {self._key(key, path): self.copy(item, (*path, key)) for key, item in value.items()}
            return [self.copy(item, (*path, place)) for place, item in enumerate(value)]
        finally:
            self._open.discard(id(value))

    def _key(self, key: Any, path: _Path) -> str:
        if not isinstance(key, str):
            raise _refused(f"the key {key!r:.80} is no string", path)
        return self._text(key, path)

    def _text(self, text: str, path: _Path) -> str:
        self._spend(len(text) + 2, path)
        if not text.isascii():
            try:
                text.encode()
            except UnicodeEncodeError:
                raise _refused("a text holds half of a surrogate pair", path) from None
        return text if type(text) is str else str.__str__(text)

    def _number(self, value: float | Decimal, path: _Path) -> int | Decimal:
        try:
            if isinstance(value, int):
                number = exact(int(value))
            else:
                number = exact(Decimal(repr(float(value)) if isinstance(value, float) else value))
        except NumberRefused as refused:
            raise _refused(f"{refused}", path) from None
        return canonical(number)

    def _spend(self, size: int, path: _Path) -> None:
        self._left -= size
        if self._left < 0:
            raise _refused(f"it has more than {self._largest:,} bytes", path[:1])


def _refused(message: str, path: _Path) -> PayloadRefused:
    place = pointer(*path)
    return PayloadRefused(f"{place}: {message}" if place else message)
