"""Event types: what ``events.yaml`` says of the data of each type of event."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from rulesflow.model.diagnostics import Span
from rulesflow.schemas import Schema


@dataclass(frozen=True, slots=True, eq=False)
class EventType:
    """A type of event. ``schema``: of its data, an object.

    ``sources``: for events that runs give, where a member of the data comes from, by its path: the path
    below what the run tells (see `rulesflow.runtime.runevents`). Members that are not here are taken from
    the run's input by their own path.
    """

    name: str
    schema: Schema
    span: Span
    sources: Mapping[tuple[str, ...], tuple[str, ...]] = field(default_factory=dict)
