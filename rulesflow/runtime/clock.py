"""The database's clock, which is the one that all processes share, in microseconds since 1970."""

from __future__ import annotations

import time

import sqlalchemy as sa

from rulesflow.runtime.database import Database

#: Microseconds of a second.
MICROS = 1_000_000


def database_now(database: Database) -> sa.ColumnElement[int]:
    """The time, to stand in a statement. SQLite knows it to the millisecond."""
    if database.sqlite:
        seconds = sa.cast(sa.func.strftime("%s", "now"), sa.BigInteger)
        millis = sa.cast(sa.func.substr(sa.func.strftime("%f", "now"), 4, 3), sa.BigInteger)
        return sa.type_coerce(seconds * MICROS + millis * 1000, sa.BigInteger)
    return sa.cast(sa.extract("epoch", sa.func.clock_timestamp()) * MICROS, sa.BigInteger)


class Clock:
    """That clock as this process last heard it: never ahead, behind by no more than an answer took."""

    def __init__(self) -> None:
        self._ahead = int(time.time() * MICROS) - _here()

    def hear(self, now: int) -> None:
        """Take over what the database has just said."""
        self._ahead = now - _here()

    def now(self) -> int:
        """The time."""
        return _here() + self._ahead


def _here() -> int:
    return time.monotonic_ns() // 1000
