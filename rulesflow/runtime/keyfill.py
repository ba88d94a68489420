"""Keys for events that were stored before somebody wanted them: by a process that knew another project."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any, Final

import sqlalchemy as sa

from rulesflow.documents.jsontext import read_json, write_json
from rulesflow.model.times import SECOND
from rulesflow.runtime.catalog import now
from rulesflow.runtime.database import EVENT_KEYS, EVENTS, KEYINGS, Database
from rulesflow.runtime.eventstore import StoredEvent, key_rows
from rulesflow.runtime.keying import Keying
from rulesflow.runtime.records import thaw

logger = logging.getLogger(__name__)

_PAGE: Final = 1000
#: For so long a lower number may become visible after a higher one.
_LATE: Final = 120 * SECOND


class KeyFill:
    """Fills in keys. Its methods block."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def fill(self, keying: Keying) -> int:
        """See to it that all events stored before have their keys; how many events were looked at.

        Those that are stored meanwhile by others get theirs from who matches them, or the next time.
        """
        if not keying.paths:
            return 0
        last, count = self._through(keying), 0
        settled = self._settled()
        while rows := self._page(last, keying):
            self._add(rows, keying)
            last, count = rows[-1].number, count + len(rows)
        if count:
            logger.info("%d events are now found by new keys", count)
        self._note(keying, settled)
        return count

    def complete(self, events: Iterable[StoredEvent], keying: Keying) -> None:
        """See to it that these events have their keys."""
        others = [each for each in events if each.keying != keying.digest]
        rows = [row for each in others for row in _rows(each.number, each.time, each.type, each.data, keying)]
        self._insert(rows)

    def _through(self, keying: Keying) -> int:
        rows: list[Any] = self._database.rows(sa.select(KEYINGS))
        known = [(Keying(read_json(row.paths.encode()), row.digest), row.through) for row in rows]
        return max((through for each, through in known if each.covers(keying.paths)), default=0)

    def _settled(self) -> int:
        """The highest number below which none will come up any more."""
        old = EVENTS.c.received_at < int(now()) - _LATE
        newest = sa.select(EVENTS.c.number).where(old).order_by(EVENTS.c.number.desc()).limit(1)
        rows = self._database.rows(newest)
        return rows[0].number if rows else 0

    def _page(self, last: int, keying: Keying) -> list[Any]:
        columns = EVENTS.c.number, EVENTS.c.time, EVENTS.c.type, EVENTS.c.data
        missing = (EVENTS.c.keying != keying.digest) & EVENTS.c.type.in_(list(keying.paths))
        query = sa.select(*columns).where(EVENTS.c.number > last, missing)
        return list(self._database.rows(query.order_by(EVENTS.c.number).limit(_PAGE)))

    def _add(self, rows: Iterable[Any], keying: Keying) -> None:
        keys = []
        for row in rows:
            data = thaw(read_json(row.data.encode()))
            keys += _rows(row.number, row.time, row.type, data, keying)
        self._insert(keys)

    def _insert(self, rows: list[dict[str, Any]]) -> None:
        if rows:
            with self._database.writing() as connection:
                self._database.insert_missing(EVENT_KEYS, rows, connection)

    def _note(self, keying: Keying, through: int) -> None:
        paths = write_json({type_: list(each) for type_, each in keying.paths.items()}).decode()
        row = {"digest": keying.digest, "paths": paths, "through": through}
        same = KEYINGS.c.digest == keying.digest
        with self._database.writing() as connection:
            self._database.insert_missing(KEYINGS, [row], connection)
            further = same & (KEYINGS.c.through < through)
            connection.execute(sa.update(KEYINGS).where(further).values(through=through))


def _rows(number: int, time: int, type_: str, data: Any, keying: Keying) -> list[dict[str, Any]]:
    return [*key_rows(number, time, keying.keys(type_, data))]
