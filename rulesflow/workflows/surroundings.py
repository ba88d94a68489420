"""What the files of workflows may refer to: facts, decisions, steps and functions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import tzinfo

from rulesflow.conditions import STANDARD, Function
from rulesflow.conditions.types import DYN, Type, list_of
from rulesflow.schemas import Schema
from rulesflow.workflows.step import Step


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a decision answers.

    ``schema``: one outcome, None where its declaration is broken, which has been reported. ``type``: of the
    outcome, where the hit policy computes it. ``listed``: the result is a list of outcomes. ``nullable``: it
    is null where no rule matches.
    """

    schema: Schema | None = None
    type: Type | None = None
    listed: bool = False
    nullable: bool = False

    @property
    def item(self) -> Type:
        """The type of one outcome."""
        if self.type is not None:
            return self.type
        return DYN if self.schema is None else self.schema.type

    @property
    def result(self) -> Type:
        """The type of the whole result."""
        if self.listed:
            return list_of(self.item)
        if not self.nullable:
            return self.item
        found = self.item
        return Type(found.kind, True, found.literals, found.element, found.fields, found.closed)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """All that stands around the workflows.

    ``facts_file``: the path by which ``input`` names the facts. ``lenient``: a step that no plugin offers is
    no error, for runs that go on while a plugin is gone; its calls are decoded without a schema.
    """

    facts: Schema
    facts_file: str
    zone: tzinfo
    decisions: Mapping[str, Outcome] = field(default_factory=dict)
    steps: Mapping[str, Step] = field(default_factory=dict)
    functions: Mapping[str, Function] = field(default_factory=lambda: STANDARD)
    lenient: bool = False
