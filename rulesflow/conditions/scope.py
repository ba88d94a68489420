"""What an expression may refer to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, tzinfo

from rulesflow.conditions.functions import Function
from rulesflow.conditions.standard import STANDARD
from rulesflow.conditions.types import Field, Kind, Type

_DEEPEST = 8  # levels of objects that "did you mean" looks into


@dataclass(frozen=True, slots=True)
class Scope:
    """The names and functions an expression may use.

    ``names``: the top-level names. ``zone``: where ``date("2026-11-27")`` has its midnight. ``strict``: what
    can be known to be wrong is a problem; otherwise types are found out when the expression runs, as CEL
    does without a type checker, and unknown names are looked up then.
    """

    names: Mapping[str, Field] = field(default_factory=dict)
    functions: Mapping[str, Function] = field(default_factory=lambda: STANDARD)
    zone: tzinfo = UTC
    strict: bool = True

    def paths(self) -> Iterator[str]:
        """Every name and every field below it: ``order``, ``order.total``."""
        for name, each in self.names.items():
            yield name
            yield from (f"{name}.{below}" for below in field_paths(each.type))


def field_paths(type_: Type, depth: int = _DEEPEST) -> Iterator[str]:
    """The fields of an object, and those below them: ``total``, ``home.city``."""
    if type_.kind is Kind.OBJECT and type_.fields is not None and depth:
        for name, each in type_.fields.items():
            yield name
            yield from (f"{name}.{below}" for below in field_paths(each.type, depth - 1))
