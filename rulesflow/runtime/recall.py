"""Recall: a run as its records tell it, wherever it is or was carried out."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from typing import Any, Final, TypeVar

from sqlalchemy.exc import SQLAlchemyError

from rulesflow.conditions import Value
from rulesflow.model.errors import RulesflowError
from rulesflow.model.times import Timestamp
from rulesflow.runtime.archive import Archive
from rulesflow.runtime.cloudevents import CloudEvent
from rulesflow.runtime.drive import Drive, Order
from rulesflow.runtime.durable import Durable, Stored
from rulesflow.runtime.entries import entry
from rulesflow.runtime.listing import ENDED, Entry, Listing
from rulesflow.runtime.project import LoadedProject
from rulesflow.runtime.records import Record, thaw
from rulesflow.runtime.runevents import told_by
from rulesflow.runtime.timeline import Timeline
from rulesflow.runtime.views import History, broken, unreadable, whole
from rulesflow.workflows.interpreter import status
from rulesflow.workflows.trace import Trace

T = TypeVar("T")

_LONG: Final = 500  # records from which on a run is kept as it was replayed
_KEPT: Final = 60_000  # records of all runs that are kept; the last one is, however long


@dataclass(frozen=True, slots=True)
class Seen:
    """A run at one moment. ``broken``: why its execution broke off, if it did.

    ``drive`` and ``history`` are None where what is stored cannot be read. ``timeline``: if asked for.
    """

    drive: Drive | None
    history: History | None
    entry: Entry
    broken: str | None = None
    timeline: Timeline | None = None

    @property
    def ended(self) -> bool:
        """Whether it had come to its end; a run that is carried out here may have gone on since."""
        return self.drive is not None and self.entry.status in ENDED

    @property
    def length(self) -> int:
        """How many records it has."""
        return self.drive.recorded if self.drive is not None else 0

    def entries(self) -> list[dict[str, Any]]:
        """The entries of its history."""
        return self.history.entries() if self.history is not None else []

    def whole(self) -> dict[str, Any]:
        """The run in full."""
        if self.drive is None:
            return unreadable(self.entry)
        return whole(self.entry, self.drive, self.entries())


class Recall:
    """Replays runs. Its methods block; any thread may call them, but none that carries out a run."""

    def __init__(self, durable: Durable, archive: Archive, listing: Listing, cost_limit: int) -> None:
        self._durable = durable
        self._archive = archive
        self._listing = listing
        self._cost_limit = cost_limit
        self._long: OrderedDict[str, tuple[Stored, int, Seen]] = OrderedDict()  # and their last records
        self._keeping = threading.Lock()
        # Of a run one replay at a time: who looks at it asks for several views of it at once.
        self._replaying = tuple(threading.Lock() for _ in range(64))

    def run(self, run: str) -> Seen | None:
        """The run as it stands in the records, or as far as they can be read."""
        return self._look(run, traced=False)

    def traced(self, run: str) -> Seen | None:
        """The same, with the ways that it took."""
        return self._look(run, traced=True)

    def with_facts(self, run: str) -> Seen | None:
        """The same, with the facts of its decisions. They are stored nowhere, so it is always replayed."""
        stored = self._durable.stored(run)
        if stored is None:
            return None
        with self._replaying[hash(run) % len(self._replaying)]:
            return self._seen(stored, facts={})

    def telling(self, runs: Sequence[str]) -> list[str]:
        """Those of the runs whose rules declare types of events, and those that nobody has listed yet."""
        rules = self._listing.rules(runs)
        telling = {digest: self._declares(digest) for digest in {*chain(*rules.values())}}
        return [run for run in runs if run not in rules or any(map(telling.__getitem__, rules[run]))]

    def events(self, run: str) -> list[CloudEvent]:
        """What a run has told, as far as it can be read."""
        stored = self._durable.stored(run)
        if stored is None:
            return []
        records, _ = _attempt(partial(self.records, run))
        drive, _ = _attempt(partial(self._begun, stored, records or []))
        events: list[CloudEvent] = []
        if drive is not None:
            _attempt(partial(_gather, events, told_by(drive, records or [])))
        return events

    def unreadable(self, executor: str) -> list[Seen]:
        """The runs that a process has left and nobody can carry on, since their orders are no orders."""
        found = []
        for stored in self._durable.left_by(executor):
            _, reason = _attempt(partial(Order.thaw, stored.order))
            if reason is not None:
                found.append(self._unreadable(stored, reason))
        return found

    def start(
        self,
        order: Order,
        project: LoadedProject,
        records: list[Record] | None = None,
        trace: Trace | None = None,
        facts: dict[str, Value] | None = None,
    ) -> Drive:
        """A run at its beginning, with the decisions that its records hold. Fed with nothing yet."""
        known = {each["id"]: each for record in records or [] for each in record.decisions}
        workflow = project.workflows[order.workflow]
        rules, limit = self._archive.project, self._cost_limit
        return Drive(workflow, project, order, rules, limit, known, trace=trace, facts=facts)

    def records(self, run: str) -> list[Record]:
        """What is recorded of a run."""
        return [Record.thaw(each) for each in self._durable.records(run)]

    def project(self, order: Order) -> LoadedProject:
        """What a run is pinned to."""
        return self._archive.project(order.digest)

    def _declares(self, digest: str) -> bool:
        """Whether these rules declare types of events."""
        project, _ = _attempt(partial(self._archive.project, digest))
        return project is not None and bool(project.events)

    def _look(self, run: str, *, traced: bool) -> Seen | None:
        stored = self._durable.stored(run)
        if stored is None:
            return None
        with self._replaying[hash(run) % len(self._replaying)]:
            last = self._durable.recorded(run)  # first, so that one that comes meanwhile is seen next time
            seen = self._kept(stored, last)
            if seen is None:
                seen = self._seen(stored, traced=traced)
                self._keep(stored, last, seen)
            return seen

    def _kept(self, stored: Stored, last: int) -> Seen | None:
        """A long run as it was replayed, if nothing has come since. It is read by many, and never fed."""
        with self._keeping:
            *before, seen = self._long.get(stored.run, (None,))
            if before != [stored, last]:  # it went on, another has come in its place, or it was mended
                return None
            self._long.move_to_end(stored.run)
            return seen

    def _keep(self, stored: Stored, last: int, seen: Seen) -> None:
        if seen.broken is not None or seen.length < _LONG:
            return
        with self._keeping:
            self._long[stored.run] = stored, last, seen
            self._long.move_to_end(stored.run)
            while len(self._long) > 1 and sum(each.length for *_, each in self._long.values()) > _KEPT:
                self._long.popitem(last=False)

    def _seen(self, stored: Stored, *, traced: bool = False, facts: dict[str, Value] | None = None) -> Seen:
        """What the records tell. The ways of a long run are always noted, since it is kept for all views."""
        records, reason = _attempt(partial(self.records, stored.run))
        trace = Trace() if traced or len(records or []) >= _LONG else None
        drive, unread = _attempt(partial(self._begun, stored, records or [], trace, facts))
        if drive is None:
            return self._unreadable(stored, unread or "")
        history = History(drive)
        timeline = Timeline(drive, history) if trace is not None else None
        _, differs = _attempt(partial(_feed, drive, history, records or [], timeline))
        reason = stored.broken or reason or differs
        if reason is None:
            shown = entry(drive, status(drive.state, drive.commands))
            return Seen(drive, history, shown, timeline=timeline)
        shown = replace(entry(drive, "incident"), problem=self._problem(stored.run, reason))
        return Seen(drive, history, shown, reason, timeline)

    def _begun(
        self,
        stored: Stored,
        records: list[Record],
        trace: Trace | None = None,
        facts: dict[str, Value] | None = None,
    ) -> Drive:
        order = Order.thaw(stored.order)
        drive = self.start(order, self.project(order), records, trace, facts)
        last = (stored.ending or {}).get("decisions") or []
        drive.known = {**drive.known, **{each["id"]: thaw(each) for each in last}}
        return drive

    def _unreadable(self, stored: Stored, reason: str) -> Seen:
        """What the list knows of it."""
        at = Timestamp(stored.updated_at * 1_000_000)
        shown = self._listing.one(stored.run) or Entry(stored.run, "", "incident", "", at, at)
        shown = replace(shown, status="incident", at=(), problem=self._problem(stored.run, reason))
        return Seen(None, None, shown, reason)

    def _problem(self, run: str, reason: str) -> Mapping[str, Any]:
        pickled = "; the database holds a pickled row of it, which is not opened"
        return broken(reason + (pickled if self._durable.pickled(run) else ""))


def _feed(drive: Drive, history: History, records: list[Record], timeline: Timeline | None) -> None:
    for record in records:
        command = drive.feed(record)
        history.see(record, command)
        if timeline is not None:
            timeline.see(record, command)


def _gather(events: list[CloudEvent], told: Iterable[CloudEvent]) -> None:
    """One by one, so that what was told before it fails stays."""
    for event in told:
        events.append(event)  # noqa: PERF402


def _attempt(work: Callable[[], T]) -> tuple[T | None, str | None]:
    """What it gives, or why it gives nothing: whatever is wrong with one run is told of that run alone."""
    try:
        return work(), None
    except SQLAlchemyError:  # nothing is wrong with the run
        raise
    except Exception as error:
        return None, str(error) if isinstance(error, RulesflowError) else f"{type(error).__name__}: {error}"
