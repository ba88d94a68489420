"""A backtest: stored events are looked at once more, by the patterns in force and by a candidate's.

Nothing is recorded and nothing followed. Events are read in pages and sorted by their keys in a file; each
key is gone through in windows of twice the time of a pattern, so what is in memory is bounded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import sqlalchemy as sa

from rulesflow.model.times import Timestamp
from rulesflow.patterns.definition import Event, Found as Matched
from rulesflow.patterns.eventpattern import EventPattern
from rulesflow.patterns.matcher import Matcher
from rulesflow.patterns.supervisor import MatchingFailed
from rulesflow.runtime.actions import Action, Fact, Nothing, Signal
from rulesflow.runtime.backtestspool import Counts, Found, Spool
from rulesflow.runtime.catalog import now
from rulesflow.runtime.database import EVENTS, Database
from rulesflow.runtime.eventsight import Seen
from rulesflow.runtime.eventstore import MOST_OF_KEY, EventStore, StoredEvent, bounded, stored
from rulesflow.runtime.keying import at, key_text
from rulesflow.runtime.matches import Finding
from rulesflow.runtime.project import LoadedProject
from rulesflow.runtime.records import as_sent, thaw
from rulesflow.schemas import SchemaMismatch

_PAGE: Final = 1_000
_EXAMPLES: Final = 3
_LIMIT: Final = 1 << 63  # of the times that a database holds
NOW: Final = 1
CANDIDATE: Final = 2

#: Told how much is done, of how much, and what it is.
Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True)
class Span:
    """Which events are looked at: the ``last`` so many that came in, and those of ``since`` or later."""

    last: int | None = None
    since: Timestamp | None = None


@dataclass(slots=True)
class Refused:
    """Events of a type that the project in force can read and the candidate cannot: how many, and one."""

    events: int
    example: dict[str, Any]


@dataclass(slots=True)
class Compared:
    """A pattern of either project. ``sides``: which of them have it.

    ``open``: matches that an event may yet forbid, which count nowhere else. ``cut``: windows with more
    events or matches than are looked at; ``failed``: those in which it could not be said what matches;
    ``problem``: the first reason.
    """

    pattern: str
    sides: frozenset[int]
    counts: Counts = field(default_factory=lambda: Counts(0, 0, 0, 0))
    only_now: list[dict[str, Any]] = field(default_factory=list)
    only_candidate: list[dict[str, Any]] = field(default_factory=list)
    open: set[str] = field(default_factory=set)
    cut: int = 0
    failed: int = 0
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """What a backtest gave. ``refused``: by type of event."""

    events: int
    patterns: list[Compared]
    refused: Mapping[str, Refused]


@dataclass(frozen=True, slots=True)
class _Task:
    """One pattern, on one side, or on both where they say the same of it. ``lane``: of its events."""

    pattern: EventPattern
    project: LoadedProject
    sides: tuple[int, ...]
    lane: int

    @property
    def within(self) -> int:
        return int(self.pattern.compiled.pattern.within)


class Backtest:
    """Of two projects over one database."""

    def __init__(
        self, database: Database, matcher: Matcher, current: LoadedProject, candidate: LoadedProject
    ) -> None:
        self._database = database
        self._store = EventStore(database)
        self._matcher = matcher
        self._projects = {NOW: current, CANDIDATE: candidate}

    def run(self, span: Span, pattern: str | None, progress: Progress) -> Report:
        """Look at all events of the span, by all patterns or the one of that name.

        Blocks. Raises `EngineMissing` and `SQLAlchemyError`.
        """
        with Spool() as spool:
            lanes, tasks = self._tasks(pattern)
            events, refused = self._read(span, lanes, spool, progress)
            every = {name: Compared(name, sides) for name, sides in self._names(pattern).items()}
            total, done = sum(spool.count(task.lane) for task in tasks), 0
            for task in tasks:
                for key in spool.keys(task.lane):
                    for count in self._match(task, key, spool, every[task.pattern.name]):
                        done += count
                        progress(done, total, "matching")
            for each in every.values():
                each.counts = spool.counts(each.pattern)
                each.only_now = spool.examples(each.pattern, NOW, _EXAMPLES)
                each.only_candidate = spool.examples(each.pattern, CANDIDATE, _EXAMPLES)
        return Report(events, list(every.values()), refused)

    # -- what is to be done ----------------------------------------------------------------------------

    def _names(self, wanted: str | None) -> dict[str, frozenset[int]]:
        names = sorted({name for project in self._projects.values() for name in project.patterns})
        return {
            name: frozenset(side for side, project in self._projects.items() if name in project.patterns)
            for name in names
            if wanted in (None, name)
        }

    def _tasks(self, wanted: str | None) -> tuple[list[tuple[str, frozenset[str]]], list[_Task]]:
        """The lanes, each a path to a key and the types of events there; and what is to be matched."""
        lanes: dict[tuple[str, frozenset[str]], int] = {}
        tasks = []
        for name, sides in self._names(wanted).items():
            same = len(sides) > 1 and self._alike(name)
            for side in sorted(sides)[:1] if same else sorted(sides):
                project = self._projects[side]
                pattern = project.patterns[name]
                where = ".".join(pattern.compiled.pattern.by), pattern.types
                lane = lanes.setdefault(where, len(lanes))
                tasks.append(_Task(pattern, project, tuple(sorted(sides)) if same else (side,), lane))
        return list(lanes), tasks

    def _alike(self, name: str) -> bool:
        """Whether both projects say the same of a pattern, its events, and whatever follows may refer to."""
        current, candidate = (each.files for each in self._projects.values())
        paths = {self._projects[NOW].patterns[name].span.file, "events.yaml", "facts.yaml", "rulesflow.yaml"}
        return all(current.get(path) == candidate.get(path) for path in paths)

    # -- reading ---------------------------------------------------------------------------------------

    def _read(
        self, span: Span, lanes: list[tuple[str, frozenset[str]]], spool: Spool, progress: Progress
    ) -> tuple[int, dict[str, Refused]]:
        """Sort the events by their keys, and hold them against the types of both projects."""
        refused: dict[str, Refused] = {}
        first, last, total = self._bounds(span)
        done = 0
        for page in self._pages(first, last, span.since):
            spool.place(row for each in page for row in _places(each, lanes))
            for each in page:
                self._hold(each, refused)
            done += len(page)
            progress(done, total, "reading")
        return done, refused

    def _bounds(self, span: Span) -> tuple[int, int, int]:
        """The first and the last number, and how many events there are between them."""
        chosen = _since(span.since)
        numbers = sa.select(EVENTS.c.number).where(chosen).order_by(EVENTS.c.number.desc())
        newest = self._database.rows(numbers.limit(1))
        if not newest:
            return 0, -1, 0
        oldest = self._database.rows(numbers.offset(span.last - 1).limit(1)) if span.last else []
        first, last = (oldest[0].number if oldest else 0), newest[0].number
        between = EVENTS.c.number.between(first, last)
        count: list[Any] = self._database.rows(sa.select(sa.func.count()).where(between, chosen))
        return first, last, count[0][0]

    def _pages(self, first: int, last: int, since: Timestamp | None) -> Iterator[list[StoredEvent]]:
        columns = [EVENTS.c[name] for name in StoredEvent._fields]
        while True:
            some = sa.select(*columns).where(EVENTS.c.number.between(first, last), _since(since))
            rows = self._database.rows(some.order_by(EVENTS.c.number).limit(_PAGE))
            if not rows:
                return
            yield [stored(row) for row in rows]
            first = rows[-1].number + 1

    def _hold(self, event: StoredEvent, refused: dict[str, Refused]) -> None:
        """Note an event that the patterns in force can read, and the candidate's cannot."""
        current, candidate = self._projects.values()
        if _why_not(candidate, event) is None or _why_not(current, event) is not None:
            return
        known = refused.get(event.type)
        if known is None:
            example = {**_shown(event), "problem": _why_not(candidate, event)}
            known = refused[event.type] = Refused(0, example)
        known.events += 1

    # -- matching --------------------------------------------------------------------------------------

    def _match(self, task: _Task, key: str, spool: Spool, compared: Compared) -> Iterator[int]:
        """Go through the events of a key; yields of how many it is known then what they begin.

        Each match begins in one window, at most ``within`` behind its first event, and ends in the same.
        """
        start = -_LIMIT
        while (first := spool.first(task.lane, key, start)) is not None:
            reached = bounded(first + task.within)
            numbers = spool.between(task.lane, key, first, bounded(reached + task.within), MOST_OF_KEY + 1)
            seen = self._seen(task.project, numbers)
            whole = len(numbers) <= MOST_OF_KEY
            result = self._asked(task, seen, None, compared) if whole else None
            if result is not None and not result.cut:
                spool.add(self._found(task, result, seen, compared, until=reached))
            elif result is not None or not whole:
                self._one_by_one(task, key, (first, reached), spool, compared)
            yield sum(first <= each.stored.time <= reached for each in seen.values())
            if reached >= _LIMIT - 1:
                return
            start = reached + 1

    def _one_by_one(
        self, task: _Task, key: str, span: tuple[int, int], spool: Spool, compared: Compared
    ) -> None:
        """Where there is too much, ask of each event for its own matches, as a service does."""
        numbers = spool.between(task.lane, key, *span, MOST_OF_KEY + 1)
        compared.cut += len(numbers) > MOST_OF_KEY
        for number in numbers[:MOST_OF_KEY]:
            (event,) = self._store.read([number])
            since, until = bounded(event.time - task.within), bounded(event.time + task.within)
            near = spool.between(task.lane, key, since, until, MOST_OF_KEY)
            seen = self._seen(task.project, [*near, number])
            result = self._asked(task, seen, _id(event), compared)
            if result is not None:
                compared.cut += bool(result.cut)
                spool.add(self._found(task, result, seen, compared))

    def _seen(self, project: LoadedProject, numbers: Iterable[int]) -> dict[str, Seen]:
        """The events that the project can read, by what matching knows them by."""
        found = {}
        for each in self._store.read(dict.fromkeys(numbers)):
            event = _event(project, each)
            if event is not None:
                found[event.id] = Seen(each, event)
        return found

    def _asked(
        self, task: _Task, seen: Mapping[str, Seen], including: str | None, compared: Compared
    ) -> Matched | None:
        events = [each.event for each in seen.values() if each.event is not None]
        if including is not None and including not in seen:
            return None
        try:
            result = self._matcher.match([task.pattern.compiled], events, including)
        except MatchingFailed as failed:
            compared.failed += 1
            compared.problem = compared.problem or failed.reason
            return None
        for failure in result.failures:
            compared.failed += 1
            compared.problem = compared.problem or failure.message
        return result

    def _found(
        self,
        task: _Task,
        result: Matched,
        seen: Mapping[str, Seen],
        compared: Compared,
        until: int | None = None,
    ) -> Iterator[Found]:
        """What is laid by of the matches that begin ``until`` then."""
        for match in result.matches:
            finding = Finding.of(task.pattern, match, seen)
            begin = min(each.stored.time for _, each in finding.events)
            if until is not None and begin > until:
                continue
            if finding.due is not None and finding.due > now():
                compared.open.add(finding.id)
                continue
            numbers = sorted(each.stored.number for _, each in finding.events)
            events = [{"event": alias, **_shown(each.stored)} for alias, each in finding.events]
            shown = {"key": as_sent(match.key), "events": events}
            identity, follows = ",".join(map(str, numbers)), _follows(finding.action)
            for side in task.sides:
                yield Found(task.pattern.name, identity, side, finding.latest, shown, follows)


def _since(since: Timestamp | None) -> sa.ColumnElement[bool]:
    return sa.true() if since is None else EVENTS.c.time >= int(since)


def _places(
    event: StoredEvent, lanes: Iterable[tuple[str, frozenset[str]]]
) -> Iterator[tuple[int, str, int, int]]:
    for lane, (path, types) in enumerate(lanes):
        if event.type in types:
            key = key_text(at(event.data, path))
            if key is not None:
                yield lane, key, int(event.time), event.number


def _id(event: StoredEvent) -> str:
    """As in a service: which of several matches is told may depend on it."""
    return f"{event.id}\0{event.source}"


def _event(project: LoadedProject, event: StoredEvent) -> Event | None:
    declared = project.events.get(event.type)
    if declared is None:
        return None
    try:
        return Event(_id(event), event.type, event.time, declared.schema.validate(event.data))
    except SchemaMismatch:
        return None


def _why_not(project: LoadedProject, event: StoredEvent) -> str | None:
    """Why the project cannot read an event; None if it can."""
    declared = project.events.get(event.type)
    if declared is None:
        return f"events.yaml has no type {event.type!r}"
    try:
        declared.schema.validate(event.data)
    except SchemaMismatch as mismatch:
        fault = mismatch.faults[0]
        return f"data{fault.pointer.replace('/', '.')}: {fault.message}"
    return None


def _shown(event: StoredEvent) -> dict[str, Any]:
    return {"source": event.source, "id": event.id, "type": event.type, "time": str(event.time)}


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
