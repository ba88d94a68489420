"""The types of the condition language, and what an expression may know of a value before it runs.

CEL's types with one number type; ``object`` is a map whose fields are known from a JSON Schema. Values at
run time are plain Python: ``bool``, ``int``/``Decimal`` (see `rulesflow.model.numbers`), ``str``,
`Timestamp`, `Duration`, ``list``, ``dict``, ``None`` and, for ``type(x)``, `TypeValue`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, TypeAlias

Value: TypeAlias = Any  # the union above is recursive; mypy gains nothing from spelling it out


class Kind(StrEnum):
    """The name of a type, as messages and ``type(x)`` show it."""

    DYN = "dyn"
    BOOL = "bool"
    NUMBER = "number"
    STRING = "string"
    TIMESTAMP = "timestamp"
    DURATION = "duration"
    NULL = "null"
    LIST = "list"
    MAP = "map"
    OBJECT = "object"
    TYPE = "type"


@dataclass(frozen=True, slots=True)
class TypeValue:
    """What ``type(x)`` gives, and what the bare names ``number string bool …`` denote."""

    name: str


@dataclass(frozen=True, slots=True)
class Type:
    """A type; compare with ``==``.

    ``nullable``: the value may also be null. ``literals``: the only values possible (an enum or const),
    in their declared order. ``element``: of a list's items or a map's values (keys are strings unless the map
    was written in the expression). ``fields``: of an object; ``closed``: it has no others.
    """

    kind: Kind
    nullable: bool = False
    literals: tuple[Value, ...] | None = None
    element: Type | None = None
    fields: Mapping[str, Field] | None = field(default=None, hash=False)
    closed: bool = False

    def __str__(self) -> str:
        text = self.kind.value
        if self.kind in (Kind.LIST, Kind.MAP) and self.element is not None:
            text += f"({self.element})"
        return text + (" or null" if self.nullable else "")

    def without_null(self) -> Type:
        """The same type, once a guard has shown that the value is not null."""
        return replace(self, nullable=False) if self.nullable else self


@dataclass(frozen=True, slots=True)
class Field:
    """A field of an object, or a top-level name. ``required``: it is always there (though maybe null)."""

    type: Type
    required: bool = True
    description: str = ""


DYN = Type(Kind.DYN)
BOOL = Type(Kind.BOOL)
NUMBER = Type(Kind.NUMBER)
STRING = Type(Kind.STRING)
TIMESTAMP = Type(Kind.TIMESTAMP)
DURATION = Type(Kind.DURATION)
NULL = Type(Kind.NULL)
TYPE = Type(Kind.TYPE)


def list_of(element: Type) -> Type:
    """The type of a list whose items are of type ``element``."""
    return Type(Kind.LIST, element=element)


def map_of(element: Type) -> Type:
    """The type of a map whose values are of type ``element``."""
    return Type(Kind.MAP, element=element)
