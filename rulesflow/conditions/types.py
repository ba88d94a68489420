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


#: The bare names that denote types, wherever no fact has that name. ``int`` and ``double`` are CEL's names.
TYPE_NAMES: Mapping[str, TypeValue] = {
    "bool": TypeValue("bool"),
    "string": TypeValue("string"),
    "number": TypeValue("number"),
    "int": TypeValue("number"),
    "double": TypeValue("number"),
    "list": TypeValue("list"),
    "map": TypeValue("map"),
    "timestamp": TypeValue("timestamp"),
    "duration": TypeValue("duration"),
    "null_type": TypeValue("null_type"),
    "type": TypeValue("type"),
    "google.protobuf.Timestamp": TypeValue("timestamp"),
    "google.protobuf.Duration": TypeValue("duration"),
}

#: A longer list of literals is data, not the values of an enum.
_MOST_LITERALS = 100

_ARTICLES = {Kind.DYN: "of any type", Kind.NULL: "null", Kind.OBJECT: "an object"}
_MAPS = (Kind.MAP, Kind.OBJECT)


def in_words(type_: Type) -> str:
    """``a number``, ``a list of strings``: the type as messages name it."""
    if type_.kind in _ARTICLES:
        return _ARTICLES[type_.kind]
    words = f"a {type_.kind}"
    if type_.kind is Kind.LIST and type_.element is not None and type_.element.kind is not Kind.DYN:
        words += f" of {type_.element.kind}s"
    return words


def same_kind(one: Type, other: Type) -> bool:
    """Both of one kind, an object being a map."""
    return one.kind is other.kind or (one.kind in _MAPS and other.kind in _MAPS)


def values_of(type_: Type) -> Type:
    """The type of a list's items or of a map's values; `DYN` where it is not known."""
    if type_.kind is Kind.OBJECT:
        return join(*(each.type for each in (type_.fields or {}).values()))
    return type_.element or DYN


def join(*types: Type) -> Type:
    """The narrowest type that holds the values of all; `DYN` where they differ in kind."""
    joined: Type | None = None
    for type_ in types:
        joined = type_ if joined is None or joined == type_ else _join(joined, type_)
    return joined or DYN


def _join(one: Type, other: Type) -> Type:
    if Kind.DYN in (one.kind, other.kind):
        return DYN
    if Kind.NULL in (one.kind, other.kind):
        return replace(other if one.kind is Kind.NULL else one, nullable=True)
    nullable = one.nullable or other.nullable
    if not same_kind(one, other):
        return DYN
    if one.kind is Kind.OBJECT and other.kind is Kind.OBJECT:
        return _join_objects(one, other, nullable)
    if one.kind in (Kind.LIST, *_MAPS):
        kind = one.kind if one.kind is other.kind else Kind.MAP
        return Type(kind, nullable, element=_join_elements(one, other))
    return Type(one.kind, nullable, literals=_join_literals(one.literals, other.literals))


def _join_elements(one: Type, other: Type) -> Type | None:
    parts = [values_of(each) for each in (one, other) if each.element or each.fields]
    return join(*parts) if parts else None


def _join_objects(one: Type, other: Type, nullable: bool) -> Type:
    ours, theirs = one.fields or {}, other.fields or {}
    fields = {**ours, **theirs}
    for name in fields:
        both = [each[name] for each in (ours, theirs) if name in each]
        required = len(both) == 2 and all(each.required for each in both)
        fields[name] = Field(join(*(each.type for each in both)), required)
    return Type(Kind.OBJECT, nullable, fields=fields, closed=one.closed and other.closed)


def _join_literals(
    one: tuple[Value, ...] | None, other: tuple[Value, ...] | None
) -> tuple[Value, ...] | None:
    if one is None or other is None or len(one) > _MOST_LITERALS:
        return None
    return one + tuple(value for value in other if value not in one)


def assignable(source: Type, target: Type) -> bool:
    """May a value of type ``source`` stand where ``target`` is asked for?

    `DYN` fits everywhere and takes everything; what it holds is seen when the expression runs.
    """
    if Kind.DYN in (source.kind, target.kind):
        return True
    if source.kind is Kind.NULL:
        return target.nullable or target.kind is Kind.NULL
    if not same_kind(source, target) or (source.nullable and not target.nullable):
        return False
    if target.literals is not None:
        return source.literals is not None and all(value in target.literals for value in source.literals)
    if target.kind is Kind.OBJECT:
        return _fits_object(source, target)
    if target.element is None:
        return True
    parts = [each.type for each in (source.fields or {}).values()] or [source.element or DYN]
    return all(assignable(each, target.element) for each in parts)


def _fits_object(source: Type, target: Type) -> bool:
    fields = target.fields or {}
    if source.kind is Kind.MAP:  # which keys it has is not known before it runs
        return all(assignable(values_of(source), each.type) for each in fields.values())
    ours = source.fields or {}
    if any(each.required and not (name in ours and ours[name].required) for name, each in fields.items()):
        return False
    if target.closed and not ours.keys() <= fields.keys():
        return False
    return all(assignable(each.type, fields[name].type) for name, each in ours.items() if name in fields)


def comparable(one: Type, other: Type) -> bool:
    """Can a value of one type ever equal one of the other? (null may be compared with anything.)"""
    if {one.kind, other.kind} & {Kind.DYN, Kind.NULL}:
        return True
    if not same_kind(one, other):
        return False
    if one.element is None or other.element is None:
        return True
    return comparable(one.element, other.element)
