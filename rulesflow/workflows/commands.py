"""What the interpreter asks for, and what may come of it.

Every command has an ``id``: no other command of the run ever has the same, and a replay gives it again. A
``path`` leads through branches and items to a step (``split/0/take``); a ``key`` is the path and the visit.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from rulesflow.conditions import Value
from rulesflow.model.times import Timestamp
from rulesflow.schemas import Schema
from rulesflow.workflows.step import ErrorClass


@dataclass(frozen=True, slots=True)
class Problem:
    """An error as a run records it. ``retry_after``: seconds, as the service said."""

    error_class: ErrorClass
    code: str
    message: str
    retry_after: float | None = None

    def as_dict(self) -> dict[str, Value]:
        """``{class, code, message}``, as `steps.X.error` shows it."""
        return {"class": str(self.error_class), "code": self.code, "message": self.message}


@dataclass(frozen=True, slots=True)
class CallStep:
    """Call a plugin's step. ``key``: the same for every attempt; the run's id is to be put before it.

    ``parks``: whether the step may park; otherwise it fails while its resource is not well.
    """

    id: str
    path: str
    key: str
    step: str
    input: Value
    attempt: int
    timeout: float | None
    parks: bool = True


@dataclass(frozen=True, slots=True)
class CallUndo:
    """Take back the call that had this ``undone`` key."""

    id: str
    path: str
    key: str
    step: str
    input: Value
    attempt: int
    undone: str


@dataclass(frozen=True, slots=True)
class TakeDecision:
    """Decide on ``facts`` as of ``at``; ``latest``: by the rules of now, not by those pinned."""

    id: str
    path: str
    key: str
    decision: str
    facts: Value
    at: Timestamp
    latest: bool


@dataclass(frozen=True, slots=True)
class AwaitSignal:
    """Wait for a signal, until a moment at most; ``fresh``: not for one from before ``since``."""

    id: str
    path: str
    key: str
    signal: str
    payload: Schema
    since: Timestamp
    until: Timestamp | None
    fresh: bool


@dataclass(frozen=True, slots=True)
class Pause:
    """Let time pass until a moment; ``retry``: before another attempt."""

    id: str
    path: str
    key: str
    until: Timestamp
    retry: bool = False


@dataclass(frozen=True, slots=True)
class Park:
    """Let the step rest until what it calls is healthy.

    ``parks``: how often it has parked on this visit with its retries used up. ``held``: it parks since its
    resource is not well; otherwise its retries are used up. ``until``: when it is tired of it, to be answered
    with an error.
    """

    id: str
    path: str
    key: str
    step: str
    since: Timestamp
    parks: int
    problem: Problem
    held: bool = False
    until: Timestamp | None = None


@dataclass(frozen=True, slots=True)
class AwaitOperator:
    """An incident at ``path``, for a person to mend. ``undo``: of an undo that failed for good.

    ``step``: the plugin's step that was called, if it was one; ``input``: what it was given, None where it
    was not called yet.
    """

    id: str
    path: str
    key: str
    problem: Problem
    step: str | None = None
    undo: bool = False
    input: Value = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Done:
    """The run has ended: ``completed``, ``failed`` or ``cancelled``."""

    status: str
    output: Value = None
    problem: Problem | None = None


#: A command that is in flight until its event comes, or until nobody wants it any more.
InFlight: TypeAlias = CallStep | CallUndo | TakeDecision | AwaitSignal | Pause | Park | AwaitOperator
Command: TypeAlias = InFlight | Done


@dataclass(frozen=True, slots=True)
class Returned:
    """A step's output, a decision's result, a signal's payload; None where time has passed.

    ``signal``: the number of the signal that was consumed; None where none was, so for a wait: timed out.
    """

    value: Value
    at: Timestamp
    signal: int | None = None


@dataclass(frozen=True, slots=True)
class Raised:
    """An error."""

    problem: Problem
    at: Timestamp


@dataclass(frozen=True, slots=True)
class Held:
    """A call's resource is not well. ``called``: it was made all the same, and failed with the problem."""

    problem: Problem
    at: Timestamp
    called: bool


class Action(StrEnum):
    """What a person may order."""

    PAUSE = "pause"
    RESUME = "resume"
    CANCEL = "cancel"
    RETRY = "retry"
    RERUN = "rerun"


@dataclass(frozen=True, slots=True)
class Ordered:
    """What a person orders of the whole run.

    ``step``: the path of the incident to retry (None: all of them), or of the step to rerun from. ``input``:
    edited input, which makes a new visit and so a new idempotency key. ``number``: of the message it came by.
    """

    action: Action
    at: Timestamp
    step: str | None = None
    input: Value = None
    force: bool = False
    reason: str = ""
    number: int = 0


Event: TypeAlias = Returned | Raised | Held | Ordered
