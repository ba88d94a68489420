"""Run events: what runs tell the patterns, told by their records alone, so that a replay tells the same.

A run of ``order`` tells ``order.started``, and ``order.completed``, ``order.failed`` or ``order.cancelled``.
An attempt at the step ``payment.charge`` that succeeds tells ``payment.charge.completed``; one that fails by
the code ``declined`` tells ``payment.declined``. What a step has emitted is told before. Only types that the
project declares are told, and only for a project that declares any.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, TypeAlias

from rulesflow.patterns.eventtypes import EventType
from rulesflow.runtime.cloudevents import CloudEvent
from rulesflow.runtime.drive import Drive
from rulesflow.runtime.records import Record, as_sent
from rulesflow.schemas import Schema
from rulesflow.workflows.commands import CallStep, CallUndo, Command, Held, Raised, Returned

#: Takes events, to be stored soon; it never waits, and any thread may call it.
Tell: TypeAlias = Callable[[Iterable[CloudEvent]], None]

_KNOWN: Final = 20_000  # runs of which it is known how far they were told
_ABSENT: Final = object()


def begun(drive: Drive) -> list[CloudEvent]:
    """What a run tells at its beginning."""
    return _event(drive, "started", f"{drive.order.workflow}.started", drive.order.at, {})


def happened(drive: Drive, record: Record, command: Command | None) -> list[CloudEvent]:
    """What a record tells, which the drive has been fed; ``command``: the one that it answers."""
    if not drive.project.events or not isinstance(command, CallStep | CallUndo):
        return []
    return [*_emitted(drive, record, command), *_attempted(drive, record, command)]


def ended(drive: Drive) -> list[CloudEvent]:
    """What a run tells at its end."""
    done = drive.done
    if done is None:
        return []
    problem = done.problem
    told = {"output": done.output, **(_told_of(problem.code, problem.message) if problem else {})}
    return _event(drive, "ended", f"{drive.order.workflow}.{done.status}", drive.state.at, told)


def told_by(drive: Drive, records: Iterable[Record]) -> Iterator[CloudEvent]:
    """All that the records of a run tell; ``drive`` stands at its beginning. Raises `ReplayDiffers`."""
    yield from begun(drive)
    for record in records:
        yield from happened(drive, record, drive.feed(record))
    yield from ended(drive)


class Teller:
    """Tells what the runs of this process tell: in each life of a run from its beginning, and here once.

    A run may be carried out again here, after a rest, say. Then it is known what has been told: that is
    stored as long as the process lives. In another process all of it is told again, and the store knows what
    it has; so nothing is lost with a process that had no time to store it.
    """

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._told: OrderedDict[str, int] = OrderedDict()
        self._lock = threading.Lock()

    def tell(self, run: str, before: int, events: Sequence[CloudEvent]) -> int:
        """Tell events of a run that has told so many ``before`` in this life; how many it has by now."""
        count = before + len(events)
        with self._lock:
            known = self._told.get(run, 0)
            self._told[run] = max(known, count)
            self._told.move_to_end(run)
            while len(self._told) > _KNOWN:
                self._told.popitem(last=False)
        new = events[max(0, known - before) :]
        if new:
            self._tell(new)
        return count


def _emitted(drive: Drive, record: Record, command: CallStep | CallUndo) -> Iterator[CloudEvent]:
    source = f"/runs/{drive.order.run}/{command.path}"  # apart from what the run tells itself
    for number, each in enumerate(record.emitted, 1):
        id_ = each.id or f"{command.key}/{command.attempt}/{number}"
        yield CloudEvent(id_, source, each.type, as_sent(each.data), record.event.at)


def _attempted(drive: Drive, record: Record, command: CallStep | CallUndo) -> list[CloudEvent]:
    told: dict[str, Any] = {"with": command.input, "step": command.step, "attempt": command.attempt}
    match record.event:
        case Returned(value=value):
            type_ = f"{command.step}.completed"
            told["output"] = value
        case Raised(problem=problem) | Held(problem=problem, called=True):
            type_ = f"{command.step.partition('.')[0]}.{problem.code}"
            told |= _told_of(problem.code, problem.message)
        case _:
            return []
    return _event(drive, f"attempt/{command.id}", type_, record.event.at, told)


def _told_of(code: str, message: str) -> dict[str, Any]:
    return {"code": code, "message": message}


def _event(drive: Drive, id_: str, type_: str, at: Any, told: Mapping[str, Any]) -> list[CloudEvent]:
    """The event, if the project declares its type."""
    declared = drive.project.events.get(type_)
    if declared is None:
        return []
    order = drive.order
    told = {**told, "input": drive.state.top.given, "run": order.run, "workflow": order.workflow}
    return [CloudEvent(id_, f"/runs/{order.run}", type_, _data(declared, told), at)]


def _data(declared: EventType, told: Mapping[str, Any]) -> dict[str, Any]:
    return _members(declared.schema, (), declared.sources, told)


def _members(
    schema: Schema, path: tuple[str, ...], sources: Mapping[tuple[str, ...], tuple[str, ...]], told: Any
) -> dict[str, Any]:
    """The declared members of an object at a path of the data, as far as the run can tell them."""
    found = {}
    for name, each in schema.properties.items():
        here = (*path, name)
        if here in sources:
            value = _at(told, sources[here])
        elif each.properties:
            value = _members(each, here, sources, told) or _ABSENT
        else:
            value = _at(told, ("input", *here))
        if value is not _ABSENT and (value is not None or each.type.nullable):
            found[name] = as_sent(value)
    return found


def _at(told: Any, path: tuple[str, ...]) -> Any:
    for name in path:
        if not isinstance(told, Mapping) or name not in told:
            return _ABSENT
        told = told[name]
    return told
