"""What the expressions of a list of steps may refer to, and what is known of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from rulesflow.conditions import Guards, Scope
from rulesflow.conditions.guards import Path
from rulesflow.conditions.types import DYN, STRING, TIMESTAMP, Field, Kind, Type
from rulesflow.schemas import Schema
from rulesflow.workflows.surroundings import Surroundings

#: What ``steps.X.error`` is once an error was caught.
ERROR: Final = Type(
    Kind.OBJECT,
    fields={"class": Field(STRING), "code": Field(STRING), "message": Field(STRING)},
    closed=True,
)
_RUN: Final = Type(
    Kind.OBJECT,
    fields={"id": Field(STRING), "workflow": Field(STRING), "started_at": Field(TIMESTAMP)},
    closed=True,
)


@dataclass(frozen=True, slots=True)
class Sight:
    """``names``: all but ``steps``. ``steps``: the type of each; whether one has completed is for guards.

    ``strict``: the input's schema is known; otherwise nothing is said of names and types.
    """

    given: Surroundings
    names: Mapping[str, Field]
    steps: Mapping[str, Type]
    strict: bool = True

    @property
    def scope(self) -> Scope:
        """For the checker."""
        fields = {name: Field(type_, required=False) for name, type_ in self.steps.items()}
        steps = Field(Type(Kind.OBJECT, fields=fields, closed=True))
        return Scope({**self.names, "steps": steps}, self.given.functions, self.given.zone, self.strict)

    def with_step(self, name: str, type_: Type) -> Sight:
        """The same with one more step, or another type of it."""
        return replace(self, steps={**self.steps, name: type_})

    def with_name(self, name: str, type_: Type) -> Sight:
        """The same with one more name, that of an item."""
        return replace(self, names={**self.names, name: Field(type_)})


def outermost(given: Surroundings, input_schema: Schema | None) -> Sight:
    """What a workflow's own steps see before any has run."""
    fields = dict(input_schema.type.fields or {}) if input_schema else {}
    names = {**fields, "run": Field(_RUN), "at": Field(TIMESTAMP)}
    return Sight(given, names, {}, strict=input_schema is not None)


def with_error(type_: Type) -> Type:
    """The type of a step's value where an error may have been caught instead."""
    if type_.kind is not Kind.OBJECT:
        return type_ if type_.kind is Kind.MAP else DYN
    fields = {name: replace(each, required=False) for name, each in (type_.fields or {}).items()}
    return replace(type_, fields={**fields, "error": Field(ERROR, required=False)})


def completed(name: str, type_: Type, known: Guards) -> Guards:
    """What is known once a step has completed; ``type_``: of what it gave, apart from errors."""
    return forgotten(name, known) | Guards(frozenset(_paths(name, type_)))


def caught(name: str, known: Guards) -> Guards:
    """What is known once a step has failed, and that was caught."""
    paths = frozenset([("steps", name), ("steps", name, "error")])
    return forgotten(name, known) | Guards(paths, paths)


def forgotten(name: str, known: Guards) -> Guards:
    """What is known of all but one step, which comes to another value."""
    return Guards(
        frozenset(path for path in known.present if path[:2] != ("steps", name)),
        frozenset(path for path in known.not_null if path[:2] != ("steps", name)),
    )


def everything(steps: Mapping[str, Type]) -> Guards:
    """That all steps have completed: for what no way leads to, which is told once."""
    paths: set[Path] = set()
    for name, type_ in steps.items():
        paths |= _paths(name, type_)
    return Guards(frozenset(paths))


def _paths(name: str, type_: Type) -> set[Path]:
    """What is there once a step has completed."""
    fields = type_.fields or {}
    return {("steps", name), *(("steps", name, each) for each, field in fields.items() if field.required)}
