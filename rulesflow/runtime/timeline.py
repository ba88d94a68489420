"""The timeline of a run: what it spent its time with, as spans, each with the entries that tell of it."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from typing import Any, Final

from rulesflow.model.times import SECOND, Timestamp
from rulesflow.runtime.drive import Drive
from rulesflow.runtime.records import Record
from rulesflow.runtime.views import History
from rulesflow.workflows.commands import (
    Action,
    AwaitOperator,
    AwaitSignal,
    CallStep,
    CallUndo,
    Command,
    Done,
    Held,
    InFlight,
    Ordered,
    Park,
    Pause,
    Raised,
    Returned,
    TakeDecision,
)

#: The newest spans that are told; a run that loops may have very many.
MOST_SPANS: Final = 5_000
#: How long a call waits at least that is told to have waited: a busy computer takes some time to record, too.
NOTICED: Final = SECOND // 10
#: Entries that are no span of their own, but the beginning, the end or what a person did.
_POINTS: Final = frozenset({"started", "order", "end"})


@dataclass(slots=True)
class Span:
    """A stretch of time. ``outcome``: ``running`` while it lasts, ``left`` where nobody waited on.

    ``asked``: when a call was asked for, where it was made noticeably later than that.
    """

    id: str
    path: str
    key: str
    kind: str
    label: str
    begun: Timestamp
    over: Timestamp | None = None
    outcome: str = "running"
    attempt: int | None = None
    problem: Mapping[str, Any] | None = None
    entries: list[int] = field(default_factory=list)
    asked: Timestamp | None = None

    def as_dict(self, queued: Set[str]) -> dict[str, Any]:
        """The form of the REST reply. ``queued``: the ids of calls that wait for their turn."""
        shown: dict[str, Any] = {"id": self.id, "path": self.path, "key": self.key, "kind": self.kind}
        shown |= {"label": self.label} | ({"attempt": self.attempt} if self.attempt is not None else {})
        shown |= {"asked": self.asked} if self.asked is not None else {}
        shown |= {"queued": True} if self.over is None and self.id in queued else {}
        shown |= {"from": self.begun, "to": self.over, "outcome": self.outcome}
        shown |= {"problem": self.problem} if self.problem is not None else {}
        return {**shown, "entries": list(self.entries)}


class Timeline:
    """Gathers spans, record by record, behind the history. The spans of one key never overlap."""

    def __init__(self, drive: Drive, history: History) -> None:
        self._drive = drive
        self._history = history
        self._spans: deque[Span] = deque(maxlen=MOST_SPANS)
        self._all = 0
        self._open: dict[str, Span] = {}
        self._until: dict[str, Timestamp] = {}  # when the last span of a key was over
        self._number = len(history.since(0))  # of the last entry that was seen
        self._begin()

    def see(self, record: Record, command: Command | None) -> None:
        """Take in a record, which drive and history have taken in before."""
        entries = self._history.since(self._number)
        self._number += len(entries)
        span = None
        if command is not None and not isinstance(command, Done):
            span = self._answer(record, command)
        self._leave(record)
        self._begin()
        for entry in entries:
            self._tell(entry, span)

    def as_dict(self, run: str, queued: Set[str] = frozenset()) -> dict[str, Any]:
        """``{run, from, to, spans, truncated}``: of very many spans the newest.

        ``queued``: the ids of calls that wait for their turn, as far as anybody knows.
        """
        spans = [*self._spans]
        number = self._number
        for taken in self._drive.taken:
            number += 1
            spans.append(_decision(taken["id"], {**taken, "number": number}))
        total = self._all + len(self._drive.taken)
        spans = [*{id(each): each for each in (*self._open.values(), *spans)}.values()]
        spans.sort(key=lambda each: (each.begun, *(each.entries or (math.inf,))[:1]))
        done = self._drive.done is not None
        return {
            "run": run,
            "from": self._drive.order.at,
            "to": self._drive.state.at if done else None,
            "spans": [each.as_dict(queued) for each in spans],
            "truncated": total > MOST_SPANS,
        }

    def _begin(self) -> None:
        """What is asked for now, and was not before."""
        for command in self._drive.commands:
            if not isinstance(command, Done) and command.id not in self._open:
                kind, label, attempt = _look(command)
                begun = self._after(command.key, _since(command) or self._drive.state.at)
                span = Span(command.id, command.path, command.key, kind, label, begun, attempt=attempt)
                self._open[command.id] = span
                self._add(span)

    def _answer(self, record: Record, command: InFlight) -> Span | None:
        span = self._open.pop(command.id, None)
        if span is None:
            return None
        if isinstance(command, CallStep | CallUndo):
            self._call(span, record.started)
        self._close(span, record.event.at, *_came(command, record))
        return span

    def _call(self, span: Span, at: Timestamp) -> None:
        """The call that was asked for when the span began was made at this moment."""
        asked, span.begun = span.begun, self._after(span.key, at)
        span.asked = asked if span.begun - asked >= NOTICED else None

    def _leave(self, record: Record) -> None:
        """What nobody waits for any more."""
        wanted = {each.id for each in self._drive.commands if not isinstance(each, Done)}
        retried = isinstance(record.event, Ordered) and record.event.action is Action.RETRY
        for id_ in [id_ for id_ in self._open if id_ not in wanted]:
            self._close(self._open.pop(id_), self._drive.state.at, "retried" if retried else "left", None)

    def _close(self, span: Span, at: Timestamp, outcome: str, problem: Mapping[str, Any] | None) -> None:
        span.over = Timestamp(max(at, span.begun))
        span.outcome, span.problem = outcome, problem
        self._until[span.key] = span.over

    def _after(self, key: str, at: Timestamp) -> Timestamp:
        """The moment, or later where that is before the run or within another span of the key.

        The clocks of two processes differ.
        """
        return Timestamp(max(at, self._until.get(key, self._drive.order.at)))

    def _tell(self, entry: Mapping[str, Any], answered: Span | None) -> None:
        """Add an entry to the span that it tells of."""
        if entry["type"] in _POINTS:
            return
        if entry["type"] == "decision":
            if answered is not None and answered.kind == "decision" and answered.key == entry["key"]:
                answered.entries.append(entry["number"])
                return
            self._add(_decision(f"{entry['key']}#{entry['number']}", entry))
            return
        if entry["type"] == "parked":
            parks = [each for each in self._open.values() if each.kind == "parked"]
            answered = next((each for each in parks if each.key == entry["key"]), answered)
        if answered is not None:
            answered.entries.append(entry["number"])

    def _add(self, span: Span) -> None:
        self._spans.append(span)
        self._all += 1


def _decision(id_: str, entry: Mapping[str, Any]) -> Span:
    """A decision that took no time."""
    problem = entry.get("problem")
    at, outcome = entry["at"], "error" if problem else "ok"
    head = (id_, entry["path"], entry["key"], "decision", entry["decision"])
    return Span(*head, at, at, outcome, None, problem, [entry["number"]])


def _look(command: InFlight) -> tuple[str, str, int | None]:
    """The kind, the label and the number of the attempt."""
    match command:
        case CallStep(step=step, attempt=attempt):
            return "call", step, attempt
        case CallUndo(step=step, attempt=attempt):
            return "undo", step, attempt
        case TakeDecision(decision=decision):
            return "decision", decision, None
        case AwaitSignal(signal=signal):
            return "wait", signal, None
        case Pause(retry=retry):
            return ("retry", "before another attempt", None) if retry else ("sleep", "sleep", None)
        case Park(step=step):
            return "parked", step, None
        case AwaitOperator(step=step):
            return "operator", step or "incident", None


def _since(command: InFlight) -> Timestamp | None:
    return command.since if isinstance(command, AwaitSignal | Park) else None


def _came(command: InFlight, record: Record) -> tuple[str, Mapping[str, Any] | None]:
    match record.event:
        case Raised(problem=problem):
            outcome = "timeout" if problem.error_class == "timeout" or isinstance(command, Park) else "error"
            return outcome, problem.as_dict()
        case Held(problem=problem, called=called):
            return "error" if called else "held", problem.as_dict()
        case Returned(signal=None) if isinstance(command, AwaitSignal):
            return "timeout", None
    return "ok", None
