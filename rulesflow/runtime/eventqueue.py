"""The queue of events that patterns have to look at: of new ones all of them, of others those that failed."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from typing import Any, Final, NamedTuple

import sqlalchemy as sa

from rulesflow.model.times import Timestamp
from rulesflow.runtime.claims import Claims
from rulesflow.runtime.database import EVENT_QUEUE, EVENTS, Database

_LONGEST: Final = 2_000  # characters of a problem
#: After so many failures a pattern is not asked again on an event, until somebody wants it.
MOST_ATTEMPTS: Final = 20
_SPARE: Final = 50.0  # times as long as a look for failed events in vain took, until the next one
_LATEST: Final = 20_000  # events that are looked through for those that have to be matched anew
_FRESH: Final = EVENT_QUEUE.c.pattern == ""


class Ticket(NamedTuple):
    """An event that is to be matched: by one pattern, or by all where ``pattern`` is empty."""

    number: int
    pattern: str
    attempts: int


class Failed(NamedTuple):
    """A pattern has failed on an event; it is asked again ``after`` seconds, None for not by itself.

    Nor is it after `MOST_ATTEMPTS`. ``problem``: empty where it has not failed, but has to wait for its turn.
    """

    number: int
    pattern: str
    attempts: int
    problem: str
    after: float | None


class EventQueue:
    """Its methods block. ``holder``: this process."""

    def __init__(self, database: Database, holder: str) -> None:
        self._database = database
        self.claims = Claims(database, EVENT_QUEUE, holder)
        self._next_look = 0.0

    def take(self, most: int) -> list[Ticket]:
        """Claim new events, oldest first."""
        return [_ticket(row) for row in self.claims.take(most, _FRESH)]

    def take_again(self, most: int, resting: Collection[str]) -> list[Ticket]:
        """Claim events on which patterns have failed, and whose time has come.

        Those of patterns that rest are left, unless somebody has asked for them.
        """
        if time.monotonic() < self._next_look:
            return []
        began = time.monotonic()
        free = ~_FRESH & (EVENT_QUEUE.c.pattern.not_in(list(resting)) | (EVENT_QUEUE.c.attempts == 0))
        found = self.claims.any(free)
        ended = time.monotonic()
        self._next_look = ended + (0.0 if found else _SPARE * (ended - began))
        return [_ticket(row) for row in self.claims.take(most, free)] if found else []

    def settle(self, connection: sa.Connection, done: Sequence[Ticket], failed: Sequence[Failed]) -> None:
        """Take off what is done, and put down what has failed, within a transaction."""
        if done:
            gone = (EVENT_QUEUE.c.number == sa.bindparam("_number")) & (
                EVENT_QUEUE.c.pattern == sa.bindparam("_pattern")
            )
            keys = [{"_number": each.number, "_pattern": each.pattern} for each in done]
            fresh = [each.number for each in done if not each.pattern]
            if len(fresh) == len(done):
                connection.execute(sa.delete(EVENT_QUEUE).where(_FRESH, EVENT_QUEUE.c.number.in_(fresh)))
            else:
                connection.execute(sa.delete(EVENT_QUEUE).where(gone), keys)
        for each in failed:
            self._put(connection, each)

    def _put(self, connection: sa.Connection, failed: Failed) -> None:
        given_up = failed.after is None or (failed.problem and failed.attempts >= MOST_ATTEMPTS)
        later = None if given_up else self.claims.later(failed.after or 0.0)
        same = (EVENT_QUEUE.c.number == failed.number) & (EVENT_QUEUE.c.pattern == failed.pattern)
        key = {"number": failed.number, "pattern": failed.pattern, "held_until": 0, "attempts": 0}
        self._database.insert_missing(EVENT_QUEUE, [{**key, "ready_at": None}], connection)
        values = {"attempts": failed.attempts, "problem": failed.problem[:_LONGEST] or None, "holder": None}
        connection.execute(sa.update(EVENT_QUEUE).where(same).values(ready_at=later, **values))

    def put_again(self, since: Timestamp) -> int:
        """Let all patterns look at events anew that came since then; how many of the latest there are."""
        latest = sa.select(EVENTS.c.number).order_by(EVENTS.c.number.desc()).limit(_LATEST)
        came = sa.select(EVENTS.c.number).where(
            EVENTS.c.number.in_(latest), EVENTS.c.received_at >= int(since)
        )
        new = {"pattern": "", "ready_at": 0, "held_until": 0, "attempts": 0}
        rows = [{"number": row.number, **new} for row in self._database.rows(came)]
        if rows:
            with self._database.writing() as connection:
                self._database.insert_missing(EVENT_QUEUE, rows, connection)
        return len(rows)

    def retry(self, pattern: str | None) -> int:
        """Let patterns be asked again at once on what they failed on; how many events there are."""
        failed = ~_FRESH if pattern is None else EVENT_QUEUE.c.pattern == pattern
        self._next_look = 0.0
        with self._database.writing() as connection:
            again = sa.update(EVENT_QUEUE).where(~_FRESH, failed).values(ready_at=0, attempts=0, holder=None)
            return connection.execute(again).rowcount

    def waiting(self, most: int) -> int:
        """How many new events wait, ``most`` at most: those that a pattern fails on harm no others."""
        few = sa.select(EVENT_QUEUE.c.number).where(_FRESH).limit(most)
        rows: list[Any] = list(self._database.rows(sa.select(sa.func.count()).select_from(few.subquery())))
        return int(rows[0][0])

    def drop_others(self, patterns: Collection[str]) -> None:
        """Drop what patterns failed on that are not among these."""
        gone = ~_FRESH & EVENT_QUEUE.c.pattern.not_in(list(patterns))
        with self._database.writing() as connection:
            connection.execute(sa.delete(EVENT_QUEUE).where(gone))

    def forget(self, connection: sa.Connection, numbers: Collection[int]) -> None:
        """Delete what is left of events."""
        connection.execute(sa.delete(EVENT_QUEUE).where(EVENT_QUEUE.c.number.in_(numbers)))


def _ticket(row: sa.Row[Any]) -> Ticket:
    return Ticket(row.number, row.pattern, row.attempts)
