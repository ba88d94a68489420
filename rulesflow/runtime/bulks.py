"""Bulk orders as they are stored: one order for every run of a query, and how far it is.

A row belongs to the process that carries it out. Only that process writes how far it is, and learns by doing
so that somebody has cancelled the order, or that another process has taken it over.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from rulesflow.documents.jsontext import read_json, write_json
from rulesflow.model.times import SECOND, Timestamp
from rulesflow.runtime.catalog import now
from rulesflow.runtime.database import BULK_RUNS, BULKS, LEASES, Database
from rulesflow.runtime.orders import Order
from rulesflow.runtime.runquery import RunQuery, read_cursor, storable

_KEPT: Final = 1000  # bulk orders that are stored, and those that go on
_PAGE: Final = 1000  # runs in a row
_PROBLEMS: Final = 5  # reasons for which runs have refused that are kept, the last ones
_MICROSECOND: Final = 1000  # of `Timestamp`


@dataclass(frozen=True, slots=True)
class BulkOrder:
    """A bulk order. ``rate``: runs a second. ``count``: its runs; ``done`` were told, ``failed`` refused.

    ``executor``: the process that carries it out. ``problems``: why runs refused, ``{run, code, message}``.
    """

    id: str
    order: Order
    query: RunQuery
    caller: str
    rate: float | None
    count: int
    created_at: Timestamp
    executor: str
    done: int = 0
    failed: int = 0
    problems: tuple[Mapping[str, str], ...] = ()
    running: bool = True
    cancelled: bool = False
    ended_at: Timestamp | None = None

    @property
    def through(self) -> int:
        """How many of its runs it is through with."""
        return self.done + self.failed

    def told(self, problem: Mapping[str, str] | None) -> BulkOrder:
        """The same one run further. ``problem``: why the run has refused, if it has."""
        if problem is None:
            return replace(self, done=self.done + 1)
        problems = (*self.problems, problem)[-_PROBLEMS:]
        return replace(self, failed=self.failed + 1, problems=problems)

    def same(self, other: BulkOrder) -> bool:
        """Whether the same was ordered."""
        mine, others = (
            (each.order.freeze(), _storable(each.query.as_dict()), each.rate) for each in (self, other)
        )
        return mine == others

    def as_dict(self, at: Timestamp) -> dict[str, Any]:
        """As callers see it at a moment."""
        return {
            "id": self.id,
            "action": str(self.order.action),
            "filter": self.query.as_dict(),
            "count": self.count,
            "done": self.done,
            "failed": self.failed,
            "running": self.running,
            "cancelled": self.cancelled,
            "rate": self.rate,
            "caller": self.caller,
            "created_at": self.created_at,
            "ended_at": self.ended_at,
            "expected_end": self._expected_end(at),
            "problems": list(self.problems),
        }

    def _expected_end(self, at: Timestamp) -> Timestamp | None:
        left = self.count - self.through
        if not self.running or (self.rate is None and not self.through):
            return None
        seconds = left / self.rate if self.rate else left / self.through * (at - self.created_at) / SECOND
        return Timestamp((at + round(min(seconds, 1e9) * SECOND)) // _MICROSECOND * _MICROSECOND)


class Bulks:
    """Stores bulk orders and finds them. Its methods block; any thread may call them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, bulk: BulkOrder, runs: Sequence[str]) -> bool:
        """Store one with its runs; False where one of that id is there.

        The oldest that have ended are forgotten.
        """
        row = {
            "id": bulk.id,
            "order": write_json(bulk.order.freeze()).decode(),
            "query": write_json(_storable(bulk.query.as_dict())).decode(),
            "caller": storable(bulk.caller),
            "rate": bulk.rate,
            "count": bulk.count,
            "created_at": int(bulk.created_at),
            "executor": bulk.executor,
            **_progress(bulk),
        }
        try:
            with self._database.writing() as connection:
                connection.execute(sa.insert(BULKS).values(row))
                if runs:
                    connection.execute(sa.insert(BULK_RUNS), _pages(bulk.id, runs))
                newest = sa.select(BULKS.c.id).order_by(BULKS.c.created_at.desc()).limit(_KEPT)
                old = sa.not_(BULKS.c.running) & BULKS.c.id.not_in(newest.scalar_subquery())
                connection.execute(sa.delete(BULKS).where(old))
        except IntegrityError:
            return False
        return True

    def one(self, bulk: str) -> BulkOrder | None:
        """A bulk order."""
        rows = self._database.rows(sa.select(BULKS).where(BULKS.c.id == storable(bulk)))
        return _bulk(rows[0]) if rows else None

    def runs(self, bulk: str, through: int) -> list[str]:
        """The runs of one that goes on, but for so many of the first."""
        pages = (BULK_RUNS.c.bulk == bulk) & (BULK_RUNS.c.page >= through // _PAGE)
        rows = self._database.rows(sa.select(BULK_RUNS.c.runs).where(pages).order_by(BULK_RUNS.c.page))
        runs = [run for row in rows for run in read_json(row.runs.encode())]
        return runs[through % _PAGE :]

    def page(self, limit: int, cursor: str | None) -> tuple[list[BulkOrder], str | None]:
        """The newest first, and the cursor of the next page. Raises `FactsRefused` for a wrong cursor."""
        at, key = BULKS.c.created_at, BULKS.c.id
        selected = sa.select(BULKS).order_by(at.desc(), key.desc()).limit(limit + 1)
        if cursor is not None:
            created, bulk = read_cursor(cursor)
            selected = selected.where(sa.tuple_(at, key) < sa.tuple_(sa.literal(created), sa.literal(bulk)))
        rows = self._database.rows(selected)
        more = f"{rows[limit - 1].created_at}.{rows[limit - 1].id}" if len(rows) > limit else None
        return [_bulk(row) for row in rows[:limit]], more

    def save(self, bulk: BulkOrder) -> bool | None:
        """Write how far it is; whether somebody has cancelled it. None: it is not this process's any more."""
        mine = (BULKS.c.id == bulk.id) & (BULKS.c.executor == bulk.executor) & BULKS.c.running
        written = sa.update(BULKS).where(mine).values(_progress(bulk)).returning(BULKS.c.cancelled)
        with self._database.writing() as connection:
            row = connection.execute(written).first()
            if row is not None and not bulk.running:
                connection.execute(sa.delete(BULK_RUNS).where(BULK_RUNS.c.bulk == bulk.id))
        return None if row is None else bool(row.cancelled)

    def cancel(self, bulk: str) -> bool:
        """Let one be ended by who carries it out; False where it has ended, or is none."""
        going = (BULKS.c.id == storable(bulk)) & BULKS.c.running
        with self._database.writing() as connection:
            return bool(connection.execute(sa.update(BULKS).where(going).values(cancelled=True)).rowcount)

    def take(self, executor: str, gone: Collection[str]) -> list[BulkOrder]:
        """Make those an executor's that others have left: who is gone, or known to nobody any more."""
        known = sa.select(LEASES.c.executor)
        left = BULKS.c.executor.in_(list(gone)) | BULKS.c.executor.not_in(known.scalar_subquery())
        others = BULKS.c.running & (BULKS.c.executor != executor)
        taken = []
        for row in self._database.rows(sa.select(BULKS).where(others, left).order_by(BULKS.c.created_at)):
            still = (BULKS.c.id == row.id) & (BULKS.c.executor == row.executor) & BULKS.c.running
            with self._database.writing() as connection:
                mine = sa.update(BULKS).where(still).values(executor=executor, beat=int(now()))
                if connection.execute(mine).rowcount:
                    taken.append(replace(_bulk(row), executor=executor))
        return taken


def _pages(bulk: str, runs: Sequence[str]) -> list[dict[str, Any]]:
    """The rows of the runs."""
    starts = range(0, len(runs), _PAGE)
    pages = (write_json(list(runs[start : start + _PAGE])).decode() for start in starts)
    return [{"bulk": bulk, "page": number, "runs": page} for number, page in enumerate(pages)]


def _progress(bulk: BulkOrder) -> dict[str, Any]:
    return {
        "done": bulk.done,
        "failed": bulk.failed,
        "problems": write_json([_storable(each) for each in bulk.problems]).decode(),
        "running": bulk.running,
        "ended_at": None if bulk.ended_at is None else int(bulk.ended_at),
        "beat": int(now()),
    }


def _storable(texts: Mapping[str, str]) -> dict[str, str]:
    return {storable(name): storable(text) for name, text in texts.items()}


def _bulk(row: sa.Row[Any]) -> BulkOrder:
    stored = row._mapping  # a row has a method of the name count
    return BulkOrder(
        stored["id"],
        Order.thaw(read_json(stored["order"].encode())),
        RunQuery.of(read_json(stored["query"].encode())),
        stored["caller"],
        stored["rate"],
        stored["count"],
        Timestamp(stored["created_at"]),
        stored["executor"],
        stored["done"],
        stored["failed"],
        tuple(read_json(stored["problems"].encode())),
        stored["running"],
        stored["cancelled"],
        None if stored["ended_at"] is None else Timestamp(stored["ended_at"]),
    )
