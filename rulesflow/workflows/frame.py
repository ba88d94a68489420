"""What all lists of one workflow share while it is compiled."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from rulesflow.conditions.types import DYN, Type
from rulesflow.workflows.definition import Workflow
from rulesflow.workflows.stepschema import StepSchemas
from rulesflow.workflows.surroundings import Surroundings
from rulesflow.workflows.written import WrittenWorkflow


@dataclass(frozen=True, slots=True)
class Linked:
    """A workflow that is compiled, and the type of its output."""

    workflow: Workflow
    output: Type = DYN


@dataclass(frozen=True, slots=True)
class Frame:
    """``schemas``: of each step that plugins offer. ``children``: the workflows that this one runs.

    ``codes``: what errors may be called within a step of steps; None where not all of it is known.
    """

    given: Surroundings
    written: WrittenWorkflow
    schemas: Mapping[str, StepSchemas]
    children: Mapping[str, Linked]
    codes: Collection[str] | None
