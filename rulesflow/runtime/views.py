"""What callers see of a run: where it stands, and its history with every decision and every attempt."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from rulesflow.model.times import Timestamp
from rulesflow.runtime.drive import Drive
from rulesflow.runtime.listing import Entry
from rulesflow.runtime.records import Record
from rulesflow.workflows.commands import (
    AwaitOperator,
    AwaitSignal,
    CallStep,
    CallUndo,
    Command,
    Done,
    Held,
    Ordered,
    Park,
    Pause,
    Raised,
    Returned,
    TakeDecision,
)


class History:
    """Gathers a run's entries, record by record; ``number`` counts them from 1 and never changes."""

    def __init__(self, drive: Drive) -> None:
        order = drive.order
        self._drive = drive
        self._entries: list[dict[str, Any]] = []
        self._parks: set[str] = set()
        more = {"workflow": order.workflow, "digest": order.digest, "input": order.given}
        self._entries.append(_entry(1, "started", order.at, **more))

    def see(self, record: Record, command: Command | None) -> None:
        """Take in a record, which the drive has been fed: first the decisions that led to it."""
        self._entries += self._decisions(record.decisions)
        event, at = record.event, record.event.at
        if isinstance(event, Ordered):
            self._add("order", at, order=_order(event))
        elif isinstance(command, CallStep | CallUndo):
            self._call(record, command, event)
        elif isinstance(command, AwaitSignal | Pause | Park):
            self._add(_type(command, event), at, path=command.path, key=command.key, **_come(command, event))
        self._park(at)

    def _call(self, record: Record, command: CallStep | CallUndo, event: Returned | Raised | Held) -> None:
        attempt = {"path": command.path, "key": command.key, "step": command.step, "attempt": command.attempt}
        if isinstance(event, Held) and not event.called:
            if not any(self._new_parks()):
                self._add("held", event.at, **attempt, **_outcome(event))
            return
        type_ = "call" if isinstance(command, CallStep) else "undo"
        more = {"started_at": record.started, "input": command.input, **_outcome(event)}
        self._add(type_, event.at, **attempt, **more)

    def _park(self, at: Timestamp) -> None:
        """Tell of the steps that have parked by now."""
        for park in self._new_parks():
            self._add("parked", at, path=park.path, key=park.key, **_rest(park))
        self._parks = {each.id for each in self._drive.commands if isinstance(each, Park)}

    def _new_parks(self) -> Iterator[Park]:
        commands = self._drive.commands
        return (each for each in commands if isinstance(each, Park) and each.id not in self._parks)

    def entries(self) -> list[dict[str, Any]]:
        """All entries so far, with the decisions behind the last record and the end, if it has come."""
        entries = [*self._entries, *self._decisions(self._drive.taken)]
        done = self._drive.done
        if done is not None:
            problem = done.problem.as_dict() if done.problem else None
            more = {"status": done.status, "output": done.output, "problem": problem}
            entries.append(_entry(len(entries) + 1, "end", self._drive.state.at, **more))
        return entries

    def since(self, number: int) -> list[dict[str, Any]]:
        """The entries of the records behind that number, without what stands behind the last record."""
        return self._entries[number:]

    def _decisions(self, taken: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
        start = len(self._entries) + 1
        return [
            _entry(number, "decision", each["at"], **_without(each, "id", "at"), **self._facts(each["id"]))
            for number, each in enumerate(taken, start)
        ]

    def _facts(self, id_: str) -> dict[str, Any]:
        """What a decision was taken on, where the drive notes it."""
        noted = self._drive.facts
        return {} if noted is None else {"facts": noted[id_]}

    def _add(self, type_: str, at: Timestamp, **more: Any) -> None:
        self._entries.append(_entry(len(self._entries) + 1, type_, at, **more))


def _entry(number: int, type_: str, at: Timestamp, **more: Any) -> dict[str, Any]:
    return {"number": number, "type": type_, "at": at, **more}


def _type(command: AwaitSignal | Pause | Park, event: Returned | Raised | Held) -> str:
    match command:
        case AwaitSignal():
            return "signal" if isinstance(event, Returned) and event.signal is not None else "timeout"
        case Pause(retry=True):
            return "retry"
        case Park():
            return "released" if isinstance(event, Returned) else "timeout"
        case _:
            return "sleep"


def _come(command: AwaitSignal | Pause | Park, event: Returned | Raised | Held) -> dict[str, Any]:
    match command:
        case AwaitSignal(signal=signal):
            come = isinstance(event, Returned) and event.signal is not None
            return {"signal": signal, **(_outcome(event) if come else {})}
        case Park(step=step, since=since):
            tired = isinstance(event, Raised)
            return {"step": step, "since": since, **(_outcome(event) if tired else {})}
        case _:
            return {}


def _rest(park: Park) -> dict[str, Any]:
    """How a step is parked."""
    problem = park.problem.as_dict()
    return {"step": park.step, "problem": problem, "held": park.held, "until": park.until}


def _outcome(event: Returned | Raised | Held) -> dict[str, Any]:
    return {"output": event.value} if isinstance(event, Returned) else {"problem": event.problem.as_dict()}


def _order(event: Ordered) -> dict[str, Any]:
    shown: dict[str, Any] = {"action": str(event.action), "step": event.step, "reason": event.reason}
    if event.input is not None:
        shown["input"] = event.input
    return shown


def whole(entry: Entry, drive: Drive, entries: list[dict[str, Any]]) -> dict[str, Any]:
    """A run in full."""
    state, done = drive.state, drive.done
    attempts = [each for each in entries if each["type"] in ("call", "undo")]
    return {
        **entry.as_dict(),
        "digest": drive.order.digest,
        "input": drive.order.given,
        "output": done.output if done else None,
        "path": [{"path": path, "visit": visit} for path, visit in state.route],
        "steps": dict(state.steps),
        "waiting_for": [_waiting(each) for each in drive.commands if not isinstance(each, Done)],
        "decisions": [_without(each, "number", "type") for each in entries if each["type"] == "decision"],
        "attempts": [
            {**_without(each, "number", "type", "at", "input"), "ended_at": each["at"], "kind": each["type"]}
            for each in attempts
        ],
        "undone": list(state.undone),
    }


def unreadable(entry: Entry) -> dict[str, Any]:
    """A run in full of which nothing can be read but its place in the list."""
    lists: dict[str, Any] = {name: [] for name in ("path", "waiting_for", "decisions", "attempts", "undone")}
    return {**entry.as_dict(), "digest": entry.digest, "input": None, "output": None, "steps": {}, **lists}


def standing(drive: Drive) -> tuple[str, ...]:
    """The paths at which the run stands."""
    return tuple(dict.fromkeys(each.path for each in drive.commands if not isinstance(each, Done)))


def trouble(drive: Drive) -> Mapping[str, Any] | None:
    """The error that made the run an incident, or by which it ended."""
    done = drive.done
    if done is not None:
        return done.problem.as_dict() if done.problem else None
    incident = next((each for each in drive.commands if isinstance(each, AwaitOperator)), None)
    return incident.problem.as_dict() if incident else None


def broken(message: str) -> Mapping[str, Any]:
    """The error of a run that broke off by a defect of ours."""
    return {"class": "internal", "code": "broken", "message": message}


def _waiting(
    command: CallStep | CallUndo | TakeDecision | AwaitSignal | Pause | Park | AwaitOperator,
) -> dict[str, Any]:
    shown: dict[str, Any] = {"path": command.path}
    match command:
        case CallStep(step=step, attempt=attempt) | CallUndo(step=step, attempt=attempt):
            return {**shown, "kind": "call", "step": step, "attempt": attempt}
        case TakeDecision(decision=decision):
            return {**shown, "kind": "decision", "decision": decision}
        case AwaitSignal(signal=signal, until=until, payload=payload):
            taken = dict(payload.source)
            return {**shown, "kind": "signal", "signal": signal, "payload": taken, "until": until}
        case Pause(until=until, retry=retry):
            return {**shown, "kind": "retry" if retry else "sleep", "until": until}
        case Park(since=since, parks=parks):
            return {**shown, "kind": "park", **_rest(command), "since": since, "parks": parks}
        case AwaitOperator(step=step, problem=problem, input=given):
            told = {"step": step, "problem": problem.as_dict()}
            return {**shown, "kind": "operator", **told, **({} if given is None else {"input": given})}


def _without(entry: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in entry.items() if name not in names}
