"""Claims: rows that one process works at, until it is done, or gone, or has taken too long.

A claim spares work. That nothing is recorded twice does not depend on it.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

import sqlalchemy as sa

from rulesflow.runtime.clock import MICROS, database_now
from rulesflow.runtime.database import Database

_HELD: Final = 60 * MICROS


class Claims:
    """Of a table with the columns ``ready_at``, ``holder`` and ``held_until``. Its methods block.

    ``holder``: this process. What it holds already it may claim again: one thread of it does so.
    """

    def __init__(self, database: Database, table: sa.Table, holder: str) -> None:
        self._database = database
        self._table = table
        self._holder = holder
        self._key = [*table.primary_key.columns]

    def ready(self) -> sa.ColumnElement[bool]:
        """What may be claimed."""
        now, table = self._now(), self._table.c
        free = table.holder.is_(None) | (table.holder == self._holder) | (table.held_until < now)
        return (table.ready_at <= now) & free

    def any(self, *where: sa.ColumnElement[bool]) -> bool:
        """Whether there is anything."""
        return bool(self._database.rows(sa.select(self._key[0]).where(self.ready(), *where).limit(1)))

    def take(self, most: int, *where: sa.ColumnElement[bool]) -> list[sa.Row[Any]]:
        """Claim so many rows at most, those that are ready longest, by their keys."""
        table = self._table
        order = [table.c.ready_at, *self._key]
        first = sa.select(*self._key).where(self.ready(), *where).order_by(*order).limit(most)
        chosen = first.with_for_update(skip_locked=True).cte("chosen")
        held = {"holder": self._holder, "held_until": database_now(self._database) + _HELD}
        same = [each == chosen.c[each.name] for each in self._key]
        with self._database.writing() as connection:
            rows = list(connection.execute(sa.update(table).where(*same).values(held).returning(table)))
        return sorted(rows, key=lambda row: tuple(row._mapping[each.name] for each in self._key))

    def free(self, holders: Collection[str]) -> None:
        """Let go of what processes held that are gone."""
        if holders:
            held = self._table.c.holder.in_(list(holders))
            with self._database.writing() as connection:
                connection.execute(sa.update(self._table).where(held).values(holder=None))

    def _now(self) -> sa.ScalarSelect[int]:
        """Asked once a statement: PostgreSQL uses no index for what it would have to ask for each row."""
        return sa.select(database_now(self._database)).scalar_subquery()

    def later(self, seconds: float) -> sa.ColumnElement[int]:
        """A moment from now on, as ``ready_at`` has it."""
        return database_now(self._database) + int(seconds * MICROS)
