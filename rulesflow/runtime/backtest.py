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
from rulesflow.patterns.matcher import Matcher
from rulesflow.runtime.backtestmatch import Look, Notes, Task, told
from rulesflow.runtime.backtestspool import Counts, Spool
from rulesflow.runtime.database import EVENTS, Database
from rulesflow.runtime.eventstore import EventStore, StoredEvent, stored
from rulesflow.runtime.keying import at, key_text
from rulesflow.runtime.project import LoadedProject
from rulesflow.schemas import SchemaMismatch

_PAGE: Final = 1_000
_EXAMPLES: Final = 3
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
    """A pattern of either project. ``sides``: which of them have it."""

    pattern: str
    sides: frozenset[int]
    counts: Counts = field(default_factory=lambda: Counts(0, 0, 0, 0))
    only_now: list[dict[str, Any]] = field(default_factory=list)
    only_candidate: list[dict[str, Any]] = field(default_factory=list)
    notes: Notes = field(default_factory=Notes)


@dataclass(frozen=True, slots=True)
class Report:
    """What a backtest gave. ``refused``: by type of event."""

    events: int
    patterns: list[Compared]
    refused: Mapping[str, Refused]


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
                look = Look(task, self._store, self._matcher, spool, every[task.pattern.name].notes)
                for count in look.run():
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

    def _tasks(self, wanted: str | None) -> tuple[list[tuple[str, frozenset[str]]], list[Task]]:
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
                tasks.append(Task(pattern, project, tuple(sorted(sides)) if same else (side,), lane))
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
            example = {**told(event), "problem": _why_not(candidate, event)}
            known = refused[event.type] = Refused(0, example)
        known.events += 1


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
