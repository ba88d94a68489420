"""The matching of a backtest: a pattern goes through its events key by key, in windows of twice its time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from rulesflow.patterns.definition import Event, Found as Matched
from rulesflow.patterns.eventpattern import EventPattern
from rulesflow.patterns.matcher import Matcher
from rulesflow.patterns.supervisor import MatchingFailed
from rulesflow.runtime.actions import Action, Fact, Nothing, Signal
from rulesflow.runtime.backtestspool import Found, Spool
from rulesflow.runtime.catalog import now
from rulesflow.runtime.eventsight import Seen
from rulesflow.runtime.eventstore import MOST_OF_KEY, EventStore, StoredEvent, bounded
from rulesflow.runtime.matches import Finding
from rulesflow.runtime.project import LoadedProject
from rulesflow.runtime.records import as_sent, thaw
from rulesflow.schemas import SchemaMismatch

_LIMIT: Final = 1 << 63  # of the times that a database holds
_TOGETHER: Final = 1_000


@dataclass(slots=True)
class Notes:
    """What is to be said of a pattern beside its matches.

    ``open``: matches that an event may yet forbid, which count nowhere else. ``cut``: windows with more
    events or matches than are looked at; ``failed``: how often it could not be said what matches;
    ``problem``: the first reason.
    """

    open: set[str] = field(default_factory=set)
    cut: int = 0
    failed: int = 0
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Task:
    """One pattern, on one side, or on both where they say the same of it. ``lane``: of its events."""

    pattern: EventPattern
    project: LoadedProject
    sides: tuple[int, ...]
    lane: int


class Window(NamedTuple):
    """Events of a key in twice the time of a pattern: their times by their numbers.

    ``end``: the last time at which a match of this window may begin.
    """

    key: str
    first: int
    end: int
    times: Mapping[int, int]

    @property
    def begun(self) -> int:
        """Events of which all is known with this window."""
        return sum(time <= self.end for time in self.times.values())


class Look:
    """One task over the events that lie in a spool."""

    def __init__(self, task: Task, store: EventStore, matcher: Matcher, spool: Spool, notes: Notes) -> None:
        self._task = task
        self._pattern = task.pattern.compiled.pattern
        self._within = int(self._pattern.within)
        self._store = store
        self._matcher = matcher
        self._spool = spool
        self._notes = notes

    def run(self) -> Iterator[int]:
        """Lay all matches by; yields how many more events are done with. Raises `EngineMissing`."""
        for windows in _together(self._windows()):
            self._spool.add(self._match(windows))
            yield sum(each.begun for each in windows)

    def _windows(self) -> Iterator[Window]:
        """All windows of all keys. Each match begins before the ``end`` of one window, and lies in it."""
        for key in self._spool.keys(self._task.lane):
            start = -_LIMIT
            while start < _LIMIT and (first := self._spool.first(self._task.lane, key, start)) is not None:
                end = bounded(first + self._within)
                yield Window(key, first, end, self._times(key, first, end + self._within, MOST_OF_KEY + 1))
                start = end + 1

    def _times(self, key: str, since: int, until: int, most: int) -> dict[int, int]:
        return self._spool.between(self._task.lane, key, bounded(since), bounded(until), most)

    def _match(self, windows: Iterable[Window]) -> Iterator[Found]:
        """What is found in some windows, whose events are read together."""
        asked = [each for each in windows if len(each.times) >= len(self._pattern.terms)]
        read = self._seen(number for each in asked for number in each.times)
        for window in asked:
            whole = len(window.times) <= MOST_OF_KEY
            result = self._asked(read, window.times, None) if whole else None
            if result is not None and not result.cut:
                yield from self._found(result, read, window.times, window.end)
            elif result is not None or not whole:
                yield from self._one_by_one(window)

    def _one_by_one(self, window: Window) -> Iterator[Found]:
        """Where there is too much, ask of each event for its own matches, as a service does."""
        begun = self._times(window.key, window.first, window.end, MOST_OF_KEY + 1)
        self._notes.cut += len(begun) > MOST_OF_KEY
        for number, time in begun.items():
            near = self._times(window.key, time - self._within, time + self._within, MOST_OF_KEY)
            read = self._seen([*near, number])
            if number in read:
                result = self._asked(read, read, number)
                if result is not None:
                    self._notes.cut += bool(result.cut)
                    yield from self._found(result, read, read, None)

    def _seen(self, numbers: Iterable[int]) -> dict[int, Seen]:
        """The events of these numbers that the project can read."""
        read = (Seen(each, self._event(each)) for each in self._store.read(dict.fromkeys(numbers)))
        return {each.stored.number: each for each in read if each.event is not None}

    def _event(self, event: StoredEvent) -> Event | None:
        declared = self._task.project.events.get(event.type)
        if declared is None:
            return None
        try:
            return Event(_name(event), event.type, event.time, declared.schema.validate(event.data))
        except SchemaMismatch:
            return None

    def _asked(
        self, read: Mapping[int, Seen], numbers: Iterable[int], including: int | None
    ) -> Matched | None:
        events = [each.event for number in numbers if (each := read.get(number)) and each.event]
        wanted = None if including is None else _name(read[including].stored)
        try:
            result = self._matcher.match([self._task.pattern.compiled], events, wanted)
        except MatchingFailed as failed:
            self._failed(failed.reason)
            return None
        for failure in result.failures:
            self._failed(failure.message)
        return result

    def _failed(self, reason: str) -> None:
        self._notes.failed += 1
        self._notes.problem = self._notes.problem or reason

    def _found(
        self, result: Matched, read: Mapping[int, Seen], numbers: Iterable[int], until: int | None
    ) -> Iterator[Found]:
        """What is laid by of the matches that begin ``until`` then; of all for None."""
        named = {_name(each.stored): each for number in numbers if (each := read.get(number))}
        for match in result.matches:
            finding = Finding.of(self._task.pattern, match, named)
            if until is not None and min(each.stored.time for _, each in finding.events) > until:
                continue
            if finding.due is not None and finding.due > now():
                self._notes.open.add(finding.id)
                continue
            numbers = sorted(each.stored.number for _, each in finding.events)
            events = [{"event": alias, **told(each.stored)} for alias, each in finding.events]
            shown = {"key": as_sent(match.key), "events": events}
            identity, follows = ",".join(map(str, numbers)), _follows(finding.action)
            for side in self._task.sides:
                yield Found(self._pattern.name, identity, side, finding.latest, shown, follows)


def _together(windows: Iterable[Window]) -> Iterator[list[Window]]:
    """Some at a time, of so many events that they are read in a few queries."""
    some: list[Window] = []
    events = 0
    for each in windows:
        some.append(each)
        events += len(each.times)
        if events >= _TOGETHER or len(some) >= _TOGETHER:
            yield some
            some, events = [], 0
    if some:
        yield some


def told(event: StoredEvent) -> dict[str, Any]:
    """What is told of an event."""
    return {"source": event.source, "id": event.id, "type": event.type, "time": str(event.time)}


def _name(event: StoredEvent) -> str:
    """As in a service: which of several matches is told may depend on it."""
    return f"{event.id}\0{event.source}"


def _follows(action: Action) -> dict[str, Any]:
    """What would follow, as JSON."""
    match action:
        case Nothing(problem=problem):
            return {"problem": problem}
        case Fact() as fact:
            where = {".".join(path): as_sent(value) for path, value in fact.where}
            value, lasts = as_sent(fact.value), str(fact.lasts)
            return {"fact": ".".join(fact.fact), "where": where, "value": value, "for": lasts}
        case Signal(signal=signal, where=where, payload=payload):
            return {"signal": signal, "where": dict(where), "with": thaw(payload)}
        case start:
            return {"start": start.workflow, "with": thaw(start.given)}
