"""Where a run stands: immutable, and a function of the workflow, its input and the events so far.

A run is a tree of frames. A frame goes through one list of steps: the workflow's own, a branch's, an item's
or a child's. What several frames share is kept once, in the `State`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple

from rulesflow.conditions import Value
from rulesflow.model.times import Timestamp
from rulesflow.values.expression import Expression, Names
from rulesflow.workflows.commands import AwaitOperator, InFlight, Problem
from rulesflow.workflows.definition import Go, Node, Nodes, UndoCall
from rulesflow.workflows.growing import Tally, Trail


class Visit(NamedTuple):
    """A run came to the step at ``path``, for the ``visit``-th time."""

    path: str
    visit: int


class Arrival(NamedTuple):
    """How the run was when it first came to a step at top level."""

    serial: int
    steps: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Effect:
    """A call that has to be taken back when the run fails. ``output`` is None where the effect is unknown.

    ``serial`` orders effects by their completion, over all frames. ``names``: what the undo's own arguments
    may read, None where it has none.
    """

    path: str
    key: str
    input: Value
    output: Value
    undo: UndoCall
    serial: int
    names: Names | None = None


class Phase(Enum):
    """How far a frame is with its step."""

    ARRIVED = "arrived"  #: whether the step is skipped is still to be asked
    DUE = "due"  #: to be performed
    BUSY = "busy"  #: a command, or lanes, are in flight
    RETURNED = "returned"  #: it is done, and to be left
    RAISED = "raised"  #: it failed, with `Task.problem`


@dataclass(frozen=True, slots=True)
class Task:
    """The step at hand.

    ``since``: when it was come to; ``serial``: after what. ``unknown``: the serial of an attempt that may
    have had its effect without our knowing, 0 if there was none. ``parks``: as `Park` has it; ``parked_at``:
    when it first parked. ``given``: the input of the visit, once it is known; ``value``: what it returned.
    """

    node: Node
    path: str
    key: str
    since: Timestamp
    serial: int
    phase: Phase = Phase.ARRIVED
    attempt: int = 1
    parks: int = 0
    parked_at: Timestamp | None = None
    unknown: int = 0
    given: Value = None
    command: InFlight | None = None
    lanes: Lanes | None = None
    value: Value = None
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a frame ended. ``status`` as `Done` has it. ``effects``: those that are still to be taken back."""

    status: str
    output: Value
    problem: Problem | None
    steps: Mapping[str, Value]
    effects: Trail[Effect]

    @property
    def completed(self) -> bool:
        """Whether it came to its end."""
        return self.status == "completed"


@dataclass(frozen=True, slots=True)
class Lanes:
    """The frames of one step, by branch name or item index; a child run's is the only one, named "".

    ``frames``: those that go on, in order. ``results``: those that ended, in the order in which they did.
    ``items``: of an ``each``; the first ``opened`` of them have begun. ``stopped``: no more are to
    begin; ``halted``: since the frame around closes.
    """

    frames: Mapping[str, Frame]
    results: Mapping[str, Outcome] = field(default_factory=dict)
    items: tuple[Value, ...] = ()
    opened: int = 0
    stopped: bool = False
    halted: bool = False


@dataclass(frozen=True, slots=True)
class Closing:
    """What becomes of a frame as soon as no call is in flight in it.

    ``undo``: its effects after ``since`` are taken back first; otherwise they are left to the frame around.
    Then it ends, or goes to ``then``, with ``given`` as edited input. ``status``: ``failed``, ``cancelled``;
    or why it does not end: ``caught`` or ``rerun``.
    """

    status: str
    problem: Problem | None = None
    undo: bool = False
    since: int = 0
    then: Go | None = None
    given: Value = None


@dataclass(frozen=True, slots=True)
class Undo:
    """The undo at hand."""

    effect: Effect
    attempt: int
    parks: int
    command: InFlight


@dataclass(frozen=True, slots=True)
class Frame:
    """A list of steps being gone through.

    ``path``: what stands before its steps' names, "" or ending in ``/``. ``base``: names that never change
    in it; ``given``: the input of its workflow. ``steps``: results it may read; ``own``: those of its own
    steps. ``task`` is None behind the last step. ``effects``: oldest first. ``stuck``: undos that failed for
    good, by the key of their call. ``undoes``: whether it takes its effects back itself when it fails.
    ``turns``: steps come to since something happened. ``commands``: what is in flight in it, None as long as
    it can go on by itself.
    """

    path: str
    nodes: Nodes
    base: Names
    given: Mapping[str, Value]
    task: Task | None = None
    output: Expression | None = None
    undoes: bool = False
    steps: Mapping[str, Value] = field(default_factory=dict)
    own: Mapping[str, Value] = field(default_factory=dict)
    effects: Trail[Effect] = field(default_factory=Trail)
    incident: AwaitOperator | None = None
    closing: Closing | None = None
    undo: Undo | None = None
    stuck: Mapping[str, AwaitOperator] = field(default_factory=dict)
    outcome: Outcome | None = None
    turns: int = 0
    commands: tuple[InFlight, ...] | None = None

    def names(self, at: Timestamp) -> Names:
        """What an expression may read."""
        return {**self.base, "steps": self.steps, "at": at}


@dataclass(frozen=True, slots=True)
class State:
    """A run between two events.

    ``visits`` counts how often the run has come to a step, by path; ``counts`` how many commands of a kind
    it has issued. ``route``: every step that it came to, skipped ones left out. ``arrivals``: at the steps at
    top level. ``undone``: paths. ``committed_at``: the serial of the last commit. ``consumed``: numbers of
    signals.
    """

    id: str
    at: Timestamp
    top: Frame
    visits: Tally = field(default_factory=Tally)
    counts: Tally = field(default_factory=Tally)
    arrivals: Mapping[str, Arrival] = field(default_factory=dict)
    serial: int = 0
    route: Trail[Visit] = field(default_factory=Trail)
    undone: tuple[str, ...] = ()
    committed: bool = False
    committed_at: int = 0
    consumed: frozenset[int] = frozenset()
    paused: bool = False

    @property
    def steps(self) -> Mapping[str, Value]:
        """The results of the steps at top level."""
        return self.top.own
