"""What the files of patterns may refer to: facts, types of events, workflows and their signals."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass, field
from datetime import tzinfo

from rulesflow.conditions import STANDARD, Function
from rulesflow.patterns.eventtypes import EventType
from rulesflow.schemas import Schema


@dataclass(frozen=True, slots=True, eq=False)
class Listener:
    """A place at which runs of a workflow wait for a signal.

    ``signal``: its name, None where it is computed; ``hears``: whether a name may be the one.
    """

    workflow: str
    payload: Schema
    signal: str | None
    hears: Callable[[str], bool]


@dataclass(frozen=True, slots=True, eq=False)
class Around:
    """All that stands around the patterns.

    ``workflows``: what each takes as input. ``broken``: workflows that are there but cannot be read, of which
    nothing is said; ``sound``: no workflow has an error, so that all signals are known.
    """

    facts: Schema
    facts_file: str
    zone: tzinfo
    functions: Mapping[str, Function] = field(default_factory=lambda: STANDARD)
    workflows: Mapping[str, Schema] = field(default_factory=dict)
    listeners: tuple[Listener, ...] = ()
    broken: Set[str] = frozenset()
    sound: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class EventTypes:
    """The types of events of a project. ``broken``: names of those that are there but cannot be used.

    ``complete``: the file could be read, so that there are no others.
    """

    known: Mapping[str, EventType] = field(default_factory=dict)
    broken: Set[str] = frozenset()
    complete: bool = True
