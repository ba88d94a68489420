"""What the interpreter asks for, and what may come of it."""

from __future__ import annotations

from dataclasses import dataclass
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
    """Call a plugin's step. ``key``: step path and visit, the same for every attempt."""

    path: str
    key: str
    step: str
    input: Value
    attempt: int
    timeout: float | None


@dataclass(frozen=True, slots=True)
class CallUndo:
    """Take back the call that had this ``undone`` key."""

    path: str
    key: str
    step: str
    input: Value
    attempt: int
    undone: str


@dataclass(frozen=True, slots=True)
class TakeDecision:
    """Decide on ``facts`` as of ``at``; ``latest``: by the rules of now, not by those pinned."""

    path: str
    decision: str
    facts: Value
    at: Timestamp
    latest: bool


@dataclass(frozen=True, slots=True)
class AwaitSignal:
    """Wait for a signal, at most ``timeout`` seconds; ``fresh``: not for one from before."""

    path: str
    key: str
    signal: str
    payload: Schema
    timeout: float | None
    fresh: bool


@dataclass(frozen=True, slots=True)
class Pause:
    """Let time pass: ``seconds``, or until a moment; ``retry``: before another attempt."""

    path: str
    key: str
    seconds: float | None = None
    until: Timestamp | None = None
    retry: bool = False


@dataclass(frozen=True, slots=True)
class AwaitOperator:
    """The run is an incident at ``path``: a person retries or cancels."""

    path: str
    problem: Problem


@dataclass(frozen=True, slots=True)
class Done:
    """The run has ended: ``completed``, ``failed`` or ``cancelled``."""

    status: str
    output: Value = None
    problem: Problem | None = None


Command: TypeAlias = CallStep | CallUndo | TakeDecision | AwaitSignal | Pause | AwaitOperator | Done


@dataclass(frozen=True, slots=True)
class Returned:
    """A step's output, a decision's result, a signal's payload; None where time has passed."""

    value: Value
    at: Timestamp


@dataclass(frozen=True, slots=True)
class Raised:
    """An error."""

    problem: Problem
    at: Timestamp


@dataclass(frozen=True, slots=True)
class Ordered:
    """What a person orders: ``cancel``, or ``retry`` of the step that stands, with edited ``input`` or not.

    A retry with edited input is a new visit, and so a new idempotency key.
    """

    cancel: bool
    at: Timestamp
    input: Value = None


Event: TypeAlias = Returned | Raised | Ordered
