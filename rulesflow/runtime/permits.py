"""Permits: a resource's concurrency and rate, dealt out to the processes that share them.

Each process holds a share of the concurrency, and takes and gives back within it without asking anybody. Of
the rate it reserves a few calls at a time: the shared row says when the next one may go.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, Final, NamedTuple

import sqlalchemy as sa

from rulesflow.runtime.breakers import lock_row
from rulesflow.runtime.clock import MICROS, database_now
from rulesflow.runtime.database import RESOURCES, SHARES, Database

_TURN: Final = 2 * MICROS  # how long one of more processes than permits has his turn


def fair(limit: int, wanted: Mapping[str, int], turn: int = 0) -> dict[str, int]:
    """A limit dealt out to those who want some of it: nobody who wants more has less than another.

    All together have no more than the limit, none more than he wants. Where there are more of them than
    permits, they take turns.
    """
    asking = sorted(name for name, number in wanted.items() if number > 0)
    if len(asking) > limit:
        start = turn % len(asking) if asking else 0
        chosen = (asking[start:] + asking[:start])[: max(limit, 0)]
        return {name: int(name in chosen) for name in wanted}
    shares = dict.fromkeys(wanted, 0)
    left, rest = limit, sorted(asking, key=lambda name: (wanted[name], name))
    while rest:
        name = rest.pop(0)
        shares[name] = min(wanted[name], left // (len(rest) + 1))
        left -= shares[name]
    return shares


def turn(now: int) -> int:
    """Whose turn it is at a time in microseconds, for `fair`."""
    return now // _TURN


class Share(NamedTuple):
    """What one process holds of a resource's concurrency, and what it would like."""

    permits: int
    wanted: int


NOTHING: Final = Share(0, 0)


class Shares:
    """The shares in the database. Its methods block, and raise `SQLAlchemyError` where that is away."""

    def __init__(self, database: Database, executor: str) -> None:
        self._database = database
        self._executor = executor
        self._now = database_now(database)

    def settle(self, name: str, limit: int, wanted: int, keep: Callable[[int], int]) -> int:
        """Take or give back permits, so that this process has its fair share; how many it may use then.

        ``keep`` is told how many there will be, uses no more from then on for new calls, and answers how many
        it takes until others have ended. What is new may be used once this has returned.
        """
        with self._database.writing() as connection:
            lock_row(name, connection)
            now = connection.execute(sa.select(self._now)).scalar_one()
            shares = self._read(name, connection)
            mine = shares.pop(self._executor, NOTHING)
            everybody = {other: share.wanted for other, share in shares.items()} | {self._executor: wanted}
            free = limit - sum(share.permits for share in shares.values())
            target = min(fair(limit, everybody, turn(now))[self._executor], max(free, 0))
            permits = min(keep(target), max(mine.permits, target))
            self._put(connection, name, permits=permits, wanted=wanted)
            return min(target, permits)

    def put_counts(self, counts: Mapping[str, str], at: int) -> None:
        """Write down what this process has seen of some resources, as JSON."""
        with self._database.writing() as connection:
            for name, written in sorted(counts.items()):
                self._put(connection, name, counts=written, at=at)

    def reserve(self, name: str, rate: float, calls: int) -> tuple[list[int], int]:
        """When each of the next calls of this process may go, and the time; microseconds."""
        every = max(1, int(MICROS / rate))
        following = sa.case((RESOURCES.c.call_next > self._now, RESOURCES.c.call_next), else_=self._now)
        mine = RESOURCES.c.name == name
        with self._database.writing() as connection:
            connection.execute(sa.update(RESOURCES).where(mine).values(call_next=following + calls * every))
            end, now = connection.execute(sa.select(RESOURCES.c.call_next, self._now).where(mine)).one()
        return [end - (calls - number) * every for number in range(calls)], now

    def forget(self, executors: Collection[str]) -> None:
        """Take away what processes have that are gone."""
        with self._database.writing() as connection:
            connection.execute(sa.delete(SHARES).where(SHARES.c.executor.in_(executors)))

    def disown(self, known: Collection[str]) -> None:
        """Take away what processes have that are none of these, nor this one."""
        others = SHARES.c.executor.not_in([*known, self._executor])
        rows: list[Any] = self._database.rows(sa.select(SHARES.c.executor).where(others).distinct())
        if rows:
            self.forget([row.executor for row in rows])

    def _read(self, name: str, connection: sa.Connection) -> dict[str, Share]:
        rows = connection.execute(sa.select(SHARES).where(SHARES.c.resource == name)).all()
        return {row.executor: Share(row.permits, row.wanted) for row in rows}

    def _put(self, connection: sa.Connection, name: str, **values: Any) -> None:
        mine = (SHARES.c.resource == name) & (SHARES.c.executor == self._executor)
        if connection.execute(sa.update(SHARES).where(mine).values(**values)).rowcount == 0:
            connection.execute(sa.insert(SHARES).values(resource=name, executor=self._executor, **values))
