"""Where a run stands: immutable, and a function of the workflow, its input and the events so far."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from rulesflow.conditions import Value
from rulesflow.model.times import Timestamp
from rulesflow.workflows.commands import Problem
from rulesflow.workflows.definition import Names, UndoCall


@dataclass(frozen=True, slots=True)
class Effect:
    """A call that has to be taken back when the run fails. ``output`` is None where the effect is unknown."""

    path: str
    key: str
    input: Value
    output: Value
    undo: UndoCall


@dataclass(frozen=True, slots=True)
class State:
    """A run between two commands.

    ``here``: the step at which it stands, None behind the last one. ``visits`` counts how often the run has
    come to a step. ``route`` holds the steps it came to, skipped ones left out. ``effects``: oldest first.
    ``incident``: why a person is needed. ``ending``: how the run will end once its effects are undone, with
    the reason. ``stuck``: undos that failed for good. ``edited``: an operator's input for the step at hand.
    ``arriving``: whether the step at hand has to be looked at for the first time on this visit.
    """

    input: Mapping[str, Value]
    at: Timestamp
    here: str | None
    steps: Mapping[str, Value] = field(default_factory=dict)
    visits: Mapping[str, int] = field(default_factory=dict)
    route: tuple[str, ...] = ()
    attempt: int = 1
    resting: float | None = None
    effects: tuple[Effect, ...] = ()
    undone: tuple[str, ...] = ()
    stuck: tuple[tuple[Effect, Problem], ...] = ()
    incident: Problem | None = None
    ending: tuple[str, Problem | None] | None = None
    committed: bool = False
    edited: Value = None
    arriving: bool = False

    @property
    def names(self) -> Names:
        """What an expression may read."""
        return {**self.input, "steps": self.steps, "at": self.at}

    def key(self, path: str) -> str:
        """The idempotency key within the run: step path and visit."""
        return f"{path}/{self.visits.get(path, 1)}"

    def arrive(self, name: str | None) -> State:
        """At the next step, to be visited once more."""
        if name is None:
            return replace(self, here=None, attempt=1, resting=None, edited=None)
        visits = {**self.visits, name: self.visits.get(name, 0) + 1}
        return replace(self, here=name, visits=visits, attempt=1, resting=None, edited=None, arriving=True)

    def complete(self, name: str, value: Value) -> State:
        """The step at hand has this result."""
        return replace(self, steps={**self.steps, name: value})

    def end(self, status: str, problem: Problem | None) -> State:
        """To be undone, then ended."""
        return replace(self, ending=(status, problem), attempt=1, resting=None, incident=None)
