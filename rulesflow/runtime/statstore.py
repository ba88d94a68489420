"""The figures of steps in the database: ten seconds each as every process saw them, and hours of all.

What is a few minutes old is folded into the row of its hour; the seconds are forgotten after two hours, the
hours after five weeks. So there is as much as there are steps, however many runs there were.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Row

from rulesflow.runtime.clock import database_now
from rulesflow.runtime.database import STEP_STATS, Database
from rulesflow.runtime.tallies import WIDTH, Begun
from rulesflow.watch.bucket import Bucket, calls

HOUR: Final = 3600  # seconds
WEEK: Final = 168 * HOUR
RESTS: Final = 300  # seconds after which a stretch of seconds is folded into its hour
KEPT: Final = 2 * HOUR  # seconds for which stretches of seconds are kept
KEPT_HOURS: Final = 5 * WEEK + HOUR
_AHEAD: Final = HOUR  # what lies farther in the future was counted before the clock was set back
_LOCK: Final = 7_245_901_115  # of PostgreSQL, while rows are folded
_ALL: Final = ""  # in the place of an executor


@dataclass(slots=True)
class Stretch:
    """How a step did in one stretch of time, which began at ``start`` (seconds since 1970).

    ``counted``: as a bucket writes it. ``in_flight`` and ``waiting``: when it was last written.
    ``begun``: when those in flight began.
    """

    step: str
    resource: str
    start: int
    counted: Mapping[str, Any] = field(default_factory=Bucket().written)
    in_flight: int = 0
    waiting: int = 0
    begun: Begun = ()
    executor: str = _ALL

    @property
    def calls(self) -> int:
        """That ended in it."""
        return calls(self.counted)

    def note(self, begun: Begun, waiting: int) -> None:
        """What goes on: by when the calls in flight began, and how many wait for their turn."""
        self.begun, self.waiting = begun, waiting
        self.in_flight = sum(calls for _, calls in begun)

    def dumps(self) -> str:
        """What is not in columns of its own, as JSON."""
        told = {**self.counted, "now": [self.in_flight, self.waiting], "begun": self.begun}
        return msgspec.json.encode(told).decode()


class StatStore:
    """The rows. ``executor``: this process. Its methods block."""

    def __init__(self, database: Database, executor: str) -> None:
        self._database = database
        self._executor = executor

    def now(self) -> int:
        """The database's clock; microseconds."""
        with self._database.reading() as connection:
            return int(connection.execute(sa.select(database_now(self._database))).scalar_one())

    # -- writing ---------------------------------------------------------------------------------------

    def add(self, stretches: Collection[Stretch]) -> None:
        """Add to what this process has written of the same stretches of time before."""
        new = {(each.start, each.step): each for each in stretches}
        same = (STEP_STATS.c.span == WIDTH) & (STEP_STATS.c.executor == self._executor) & _keys(new)
        with self._database.writing() as connection:
            # Deleting comes first: by it SQLite has begun to write, and nobody folds the rows meanwhile.
            for row in connection.execute(sa.delete(STEP_STATS).where(same).returning(STEP_STATS)).all():
                if not row.folded:
                    key = row.start, row.step
                    new[key] = _joined(_stretch(row), new[key])
            rows = [_row(each, WIDTH, self._executor) for each in new.values()]
            connection.execute(sa.insert(STEP_STATS), rows)

    def fold(self, now: int) -> int:
        """Fold what has come to rest into its hours, and forget what is old; how many rows. ``now``: seconds.

        Several processes may do so at once: each row is folded by one of them.
        """
        at_rest = _seconds() & STEP_STATS.c.folded.is_(False) & (STEP_STATS.c.start < now - RESTS)
        if not self._database.rows(sa.select(STEP_STATS.c.start).where(at_rest).limit(1)):
            return 0
        with self._database.writing() as connection:
            if not self._database.sqlite:
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
            folding = sa.update(STEP_STATS).where(at_rest).values(folded=True).returning(STEP_STATS)
            rows = connection.execute(folding).all()
            hours: dict[tuple[int, str], tuple[str, Bucket]] = {}
            for row in rows:
                hour = row.start - row.start % HOUR, row.step
                _, bucket = hours.setdefault(hour, (row.resource, Bucket()))
                bucket.absorb(msgspec.json.decode(row.data))
            self._put_hours(hours, connection)
        return len(rows)

    def _put_hours(
        self, hours: Mapping[tuple[int, str], tuple[str, Bucket]], connection: sa.Connection
    ) -> None:
        """Put hours, each with its resource, in the place of what was known of them, which is added."""
        same = _hours() & _keys(hours)
        for row in connection.execute(sa.delete(STEP_STATS).where(same).returning(STEP_STATS)).all():
            hours[row.start, row.step][1].absorb(msgspec.json.decode(row.data))
        made = [
            Stretch(step, resource, start, bucket.written())
            for (start, step), (resource, bucket) in hours.items()
        ]
        if made:
            connection.execute(sa.insert(STEP_STATS), [_row(each, HOUR, _ALL) for each in made])

    def forget(self, now: int) -> None:
        """Forget what is old, once it is folded, and what the clock was set back from. ``now``: seconds."""
        start = STEP_STATS.c.start
        old = _seconds() & STEP_STATS.c.folded.is_(True) & (start < now - KEPT)
        older = _hours() & (start < now - KEPT_HOURS)
        unreal = _seconds() & (start > now + _AHEAD)
        first = sa.select(start).limit(1)
        if any(self._database.rows(first.where(each)) for each in (old, older, unreal)):
            with self._database.writing() as connection:
                connection.execute(sa.delete(STEP_STATS).where(old | older | unreal))

    # -- reading ---------------------------------------------------------------------------------------

    def seconds(self, since: int, until: int) -> list[Stretch]:
        """What all processes have seen from then until then, in stretches of ten seconds."""
        return self._stretches(_seconds() & _between(since, until))

    def unfolded(self, since: int, until: int) -> list[Stretch]:
        """The same that is not part of any hour yet."""
        return self._stretches(_seconds() & _between(since, until) & STEP_STATS.c.folded.is_(False))

    def hours(self, since: int, until: int) -> list[Stretch]:
        """The hours that began from then until then."""
        return self._stretches(_hours() & _between(since, until))

    def same_hour(self, start: int) -> list[Stretch]:
        """That hour of the week in the weeks before."""
        starts = [start - week * WEEK for week in range(1, KEPT_HOURS // WEEK + 1)]
        return self._stretches(_hours() & STEP_STATS.c.start.in_(starts))

    def _stretches(self, which: sa.ColumnElement[bool]) -> list[Stretch]:
        rows: Iterable[Row[Any]] = self._database.rows(sa.select(STEP_STATS).where(which))
        return [_stretch(row) for row in rows]


def _stretch(row: Row[Any]) -> Stretch:
    data = msgspec.json.decode(row.data)
    in_flight, waiting = data["now"]
    begun = tuple((at, calls) for at, calls in data.get("begun", ()))  # rows of earlier releases have none
    return Stretch(row.step, row.resource, row.start, data, in_flight, waiting, begun, row.executor)


def _joined(old: Stretch, new: Stretch) -> Stretch:
    """Both in one; the newer one stays as it is, in case that it cannot be written."""
    bucket = Bucket()
    for each in (old, new):
        bucket.absorb(each.counted)
    return replace(new, counted=bucket.written())


def _seconds() -> sa.ColumnElement[bool]:
    return STEP_STATS.c.span == WIDTH


def _hours() -> sa.ColumnElement[bool]:
    return STEP_STATS.c.span == HOUR


def _between(since: int, until: int) -> sa.ColumnElement[bool]:
    return (STEP_STATS.c.start >= since) & (STEP_STATS.c.start < until)


def _keys(found: Iterable[tuple[int, str]]) -> sa.ColumnElement[bool]:
    return sa.tuple_(STEP_STATS.c.start, STEP_STATS.c.step).in_([*found])


def _row(stretch: Stretch, span: int, executor: str) -> dict[str, Any]:
    return {
        "span": span,
        "start": stretch.start,
        "step": stretch.step,
        "executor": executor,
        "resource": stretch.resource,
        "folded": False,
        "data": stretch.dumps(),
    }
