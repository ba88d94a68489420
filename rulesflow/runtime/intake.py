"""The intake of events: held against their types, stored together with what comes at the same time."""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import replace
from itertools import chain, islice
from typing import Final

from sqlalchemy.exc import OperationalError, SQLAlchemyError

from rulesflow.documents.jsontext import write_json
from rulesflow.model.diagnostics import did_you_mean
from rulesflow.model.errors import FactsRefused, Fault
from rulesflow.model.times import Timestamp
from rulesflow.patterns.eventtypes import EventType
from rulesflow.runtime.catalog import Catalog, NotReadyError, now
from rulesflow.runtime.cloudevents import CloudEvent
from rulesflow.runtime.eventstore import EventStore, NewEvent, name_of
from rulesflow.runtime.keying import Keying
from rulesflow.runtime.outage import Outage
from rulesflow.runtime.project import LoadedProject
from rulesflow.runtime.records import freeze
from rulesflow.runtime.runquery import storable
from rulesflow.schemas import SchemaMismatch

logger = logging.getLogger(__name__)

_TOGETHER: Final = 5_000  # events of one transaction, unless one call gives more
_TRIES: Final = 3
_PAUSE: Final = 0.5  # seconds, while the database is away, or no ruleset is active
_MANY: Final = 100_000  # events that wait for a ruleset, before it is said how many
_SHOWN: Final = 80
_MOST_FAULTS: Final = 100
_LIMIT: Final = 1 << 63  # of the database's integers

#: What came of a call: for each of its events, whether it was new.
Taken = list[bool]


class Intake:
    """Stores events of the types that the active project declares. ``start`` it, ``stop`` it.

    Any thread may call it.
    """

    def __init__(self, store: EventStore, catalog: Catalog) -> None:
        self._store = store
        self._catalog = catalog
        #: They are told how many new events there are, each time after some were stored.
        self.listeners: list[Callable[[int], None]] = []
        self._waiting: deque[tuple[list[NewEvent], Future[Taken]]] = deque()
        self._told: deque[NewEvent] = deque()
        self._held: deque[CloudEvent] = deque()  # told while no ruleset is active
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._behind = threading.Lock()
        self._outage = Outage(logger, "events of runs wait to be stored", "events of runs are stored again")
        self._keying: tuple[LoadedProject, Keying] | None = None
        self._thread = threading.Thread(target=self._work, name="rulesflow-events", daemon=True)
        #: Events by their type and what became of them: ``accepted duplicate passed-over``.
        self.counts: Counter[tuple[str, str]] = Counter()

    def start(self) -> None:
        """Begin to store."""
        self._thread.start()

    def stop(self) -> None:
        """Store what is left, if the database answers. Blocks."""
        self._stopping.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join()

    def keying(self, project: LoadedProject) -> Keying:
        """How the events of a project are keyed."""
        known = self._keying
        if known is None or known[0] is not project:
            known = self._keying = project, Keying.of(project.patterns.values())
        return known[1]

    def prepare(self, events: Sequence[CloudEvent], *, batch: bool) -> list[NewEvent]:
        """Hold events against their types.

        ``batch``: pointers name the place of an event. Raises `NotReadyError`, and `FactsRefused` with all
        that is wrong.
        """
        project = self._catalog.current().project
        keying, at, faults = self.keying(project), now(), list[Fault]()
        prepared = []
        for number, event in enumerate(events):
            new, wrong = prepare(project, keying, event, at, f"/{number}" if batch else "")
            faults += wrong
            if new is not None:
                prepared.append(new)
        if faults:
            raise FactsRefused("an event does not fit its type", tuple(faults[:_MOST_FAULTS]))
        return prepared

    def put(self, events: list[NewEvent]) -> Future[Taken]:
        """Store events, soon. The future is done once they are; it fails with what the database raises."""
        taken: Future[Taken] = Future()
        self._waiting.append((events, taken))
        self._wake.set()
        return taken

    def tell(self, events: Iterable[CloudEvent]) -> None:
        """Store events of a run some time, in this order. Nobody waits.

        Those whose type is not declared, or whose data does not fit it, are passed over. While no ruleset is
        active they are held: then no runs can be started, so that they are not many.
        """
        snapshot = self._catalog.state.snapshot
        if snapshot is None or self._held:
            self._hold(events)
        else:
            self._prepare_told(snapshot.project, events)
        self._wake.set()

    def settle(self) -> None:
        """Come back once all that was told is stored. Blocks.

        Raises `SQLAlchemyError` where it cannot be, and `NotReadyError` where it waits for a ruleset.
        """
        with self._behind:
            self._prepare_held()
            while self._told:
                self._write_told()
            if self._held:
                raise NotReadyError(f"{len(self._held)} events of runs wait until a ruleset is active")

    def _hold(self, events: Iterable[CloudEvent]) -> None:
        before = len(self._held)
        self._held.extend(events)
        if len(self._held) // _MANY > before // _MANY:
            logger.warning("%d events of runs wait in memory until a ruleset is active", len(self._held))

    def _prepare_told(self, project: LoadedProject, events: Iterable[CloudEvent]) -> None:
        keying, at = self.keying(project), now()
        for event in events:
            new, wrong = prepare(project, keying, event, at, "")
            if new is not None:
                self._told.append(new)
                continue
            if event.type in project.events:
                self.counts[event.type, "passed-over"] += 1
            logger.warning("an event %s is passed over: %s", event.type, wrong[0].message)

    # -- the thread ------------------------------------------------------------------------------------

    def _work(self) -> None:
        while not self._stopping.is_set():
            self._wake.wait(_PAUSE if self._held else None)
            self._wake.clear()
            self._try_to_store()
        self._try_to_store()

    def _try_to_store(self) -> None:
        try:
            self._store_all()
        except Exception:
            logger.exception("events of runs could not be stored; it is tried again")
            if not self._stopping.wait(_PAUSE):
                self._wake.set()

    def _prepare_held(self) -> None:
        """Prepare what was held, once there is a ruleset; each stays held until it is told, for the order.

        One thread at a time.
        """
        snapshot = self._catalog.state.snapshot
        while snapshot is not None and self._held:
            self._prepare_told(snapshot.project, [self._held[0]])
            self._held.popleft()

    def _store_all(self) -> None:
        with self._behind:
            self._prepare_held()
        while self._waiting or self._told:
            self._answer()
            if self._told and not self._write_behind():
                if self._stopping.wait(_PAUSE):
                    return
                self._wake.set()
                return

    def _answer(self) -> None:
        """Store what calls have brought, together."""
        calls: list[tuple[list[NewEvent], Future[Taken]]] = []
        count = 0
        while self._waiting and (not calls or count + len(self._waiting[0][0]) <= _TOGETHER):
            calls.append(self._waiting.popleft())
            count += len(calls[-1][0])
        if not calls:
            return
        try:
            self._resolve(calls)
        except Exception as error:
            if len(calls) == 1 or isinstance(error, OperationalError):
                for _, future in calls:
                    future.set_exception(error)
                return
            for call in calls:  # one of them is the cause, and shall not harm the others
                self._answer_alone(call)

    def _answer_alone(self, call: tuple[list[NewEvent], Future[Taken]]) -> None:
        try:
            self._resolve([call])
        except Exception as error:
            call[1].set_exception(error)

    def _resolve(self, calls: list[tuple[list[NewEvent], Future[Taken]]]) -> None:
        events = [*chain.from_iterable(events for events, _ in calls)]
        added = self._add(events)
        for events, future in calls:
            taken = self._count(events, added)
            future.set_result(taken)

    def _count(self, events: Iterable[NewEvent], added: set[str]) -> Taken:
        """Which of the events were new: the first of each name that was added."""
        taken = []
        for event in events:
            new = event.row["name"] in added
            added.discard(event.row["name"])
            self.counts[event.row["type"], "accepted" if new else "duplicate"] += 1
            taken.append(new)
        return taken

    def _add(self, events: list[NewEvent]) -> set[str]:
        """The names of those that are new."""
        for attempt in range(1, _TRIES + 1):
            try:
                added = {*self._store.add(events)} if events else set()
                break
            except SQLAlchemyError:  # two processes may have stood in each other's way
                if attempt == _TRIES:
                    raise
                time.sleep(0.01 * attempt)
        for listener in self.listeners if added else ():
            listener(len(added))
        return added

    def _write_behind(self) -> bool:
        """Store what runs have told; False where the database does not answer."""
        try:
            with self._behind:
                self._write_told()
        except SQLAlchemyError as error:
            self._outage.failed(error)
            return False
        self._outage.over()
        return True

    def _write_told(self) -> None:
        events = [*islice(self._told, _TOGETHER)]
        self._count(events, self._add(events))
        for _ in events:
            self._told.popleft()


def prepare(
    project: LoadedProject, keying: Keying, event: CloudEvent, at: Timestamp, pointer: str
) -> tuple[NewEvent | None, tuple[Fault, ...]]:
    """An event as it is stored, or what is wrong with it. ``pointer``: where it stands."""
    declared = project.events.get(event.type)
    if declared is None:
        return None, (_unknown_type(event.type, project.events, pointer),)
    try:
        declared.schema.validate(event.data, f"{pointer}/data")
        data = write_json(freeze(event.data)).decode()
    except SchemaMismatch as mismatch:
        return None, mismatch.faults
    except FactsRefused as refused:
        return None, tuple(replace(each, pointer=f"{pointer}/data") for each in refused.faults)
    time = at if event.time is None else event.time
    if not -_LIMIT <= time < _LIMIT:
        message = f"an event's time lies in the years 1678 to 2261, and this is {time}"
        return None, (Fault(f"{pointer}/time", "format", message, "leave it out for the time of now"),)
    row = {
        "name": name_of(event.source, event.id),
        "source": storable(event.source),
        "id": storable(event.id),
        "type": event.type,
        "subject": None if event.subject is None else storable(event.subject),
        "time": int(time),
        "received_at": int(at),
        "data": data,
        "extensions": write_json(dict(event.extensions)).decode() if event.extensions else None,
        "keying": keying.digest,
    }
    return NewEvent(row, keying.keys(event.type, event.data)), ()


def _unknown_type(type_: str, known: Mapping[str, EventType], pointer: str) -> Fault:
    shown = type_[:_SHOWN]
    hint = did_you_mean(shown, known) or f"events.yaml declares {', '.join([*known][:20]) or 'none'}"
    return Fault(f"{pointer}/type", "unknown-type", f"there is no type of event {shown!r}", hint)
