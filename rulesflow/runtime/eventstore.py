"""The store of events: each is stored once, with its keys, and queued to be matched.

Whoever matches an event reads the others of its key only after it was stored. So of two events that make up
a match, at least the one that is matched later sees the other, whichever processes are at it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from rulesflow.documents.jsontext import read_json
from rulesflow.model.times import Timestamp
from rulesflow.runtime.database import EVENT_KEYS, EVENT_QUEUE, EVENTS, Database
from rulesflow.runtime.records import thaw

_PAGE: Final = 500
_LIMIT: Final = 1 << 63
#: Events of one key and type that are read at most, the latest: matching looks at no more.
MOST_OF_KEY: Final = 10_000


class NewEvent(NamedTuple):
    """An event to be stored: the row of `EVENTS`, without its number, and its keys by their paths."""

    row: Mapping[str, Any]
    keys: Sequence[tuple[str, str]]


class StoredEvent(NamedTuple):
    """An event as it is stored. ``data``: as parsed JSON gives it."""

    number: int
    name: str
    source: str
    id: str
    type: str
    time: Timestamp
    data: Any
    keying: str


class Window(NamedTuple):
    """Events of one lane and key: those whose time lies between ``since`` and ``until``, both included.

    ``path``: the lane, as it is stored.
    """

    path: str
    key: str
    since: int
    until: int


def name_of(source: str, id_: str) -> str:
    """By what an event is stored once."""
    return hashlib.sha256(f"{source}\0{id_}".encode("utf-8", "backslashreplace")).hexdigest()[:40]


def bounded(moment: int) -> int:
    """A moment as the database can compare it: all that it has happened within its integers."""
    return max(-_LIMIT, min(int(moment), _LIMIT - 1))


class EventStore:
    """Stores events and reads them. Its methods block; any thread may call them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, events: Sequence[NewEvent]) -> dict[str, int]:
        """Store those that are not there yet, in one transaction; the number of each by its name.

        Of equal names among them the first counts.
        """
        distinct = {event.row["name"]: event for event in reversed(events)}
        ordered = [*reversed(distinct.values())]
        with self._database.writing() as connection:
            numbers = self._insert(connection, ordered)
            keys: list[dict[str, Any]] = []
            queue: list[dict[str, Any]] = []
            for name, number in numbers.items():
                event = distinct[name]
                keys += key_rows(number, event.row["time"], event.keys)
                queue.append({"number": number, "pattern": "", "ready_at": 0, "held_until": 0, "attempts": 0})
            if keys:
                connection.execute(sa.insert(EVENT_KEYS), keys)
            if queue:
                connection.execute(sa.insert(EVENT_QUEUE), queue)
        return numbers

    def _insert(self, connection: sa.Connection, events: Sequence[NewEvent]) -> dict[str, int]:
        insert = sqlite.insert(EVENTS) if self._database.sqlite else postgresql.insert(EVENTS)
        statement = insert.on_conflict_do_nothing().returning(EVENTS.c.number, EVENTS.c.name)
        added: list[Any] = list(connection.execute(statement, [dict(event.row) for event in events]))
        return {row.name: row.number for row in added}

    def read(self, numbers: Iterable[int]) -> Iterator[StoredEvent]:
        """The events of these numbers, in no order."""
        wanted = [*numbers]
        for start in range(0, len(wanted), _PAGE):
            page = wanted[start : start + _PAGE]
            for row in self._database.rows(sa.select(*_READ).where(EVENTS.c.number.in_(page))):
                yield stored(row)

    def numbers_in(self, windows: Mapping[Window, int]) -> tuple[dict[Window, list[int]], set[Window]]:
        """The numbers of the events in each, so many at most, the latest; and which have more.

        Events that lie near a window may be there too.
        """
        found: dict[Window, list[int]] = {}
        cut: set[Window] = set()
        every = [*windows]
        for start in range(0, len(every), _PAGE):
            page = every[start : start + _PAGE]
            places: dict[tuple[str, str], list[int]] = {}
            if self._read_together(_widened(page), places):
                found |= {window: places.get((window.path, window.key), []) for window in page}
                continue
            for window in page:
                numbers = self._read_alone(window, windows[window] + 1)
                found[window] = numbers[: windows[window]]
                if len(numbers) > windows[window]:
                    cut.add(window)
        return found, cut

    def _read_together(self, windows: Sequence[Window], found: dict[tuple[str, str], list[int]]) -> bool:
        """All at once, which costs least; False where there is too much of it."""
        query = _IN_WINDOWS_SQLITE if self._database.sqlite else _IN_WINDOWS_POSTGRESQL
        given = (
            {"windows": json.dumps(windows)}
            if self._database.sqlite
            else dict(zip(Window._fields, map(list, zip(*windows, strict=True)), strict=True))
        )
        with self._database.reading() as connection:
            rows = connection.execute(query, given).all()
        if len(rows) > MOST_OF_KEY:
            return False
        for row in rows:
            found.setdefault((row.path, row.key), []).append(row.number)
        return True

    def _read_alone(self, window: Window, most: int) -> list[int]:
        same = (EVENT_KEYS.c.path == window.path) & (EVENT_KEYS.c.key == window.key)
        near = EVENT_KEYS.c.time.between(window.since, window.until)
        latest = sa.select(EVENT_KEYS.c.number).where(same, near)
        latest = latest.order_by(EVENT_KEYS.c.time.desc(), EVENT_KEYS.c.number.desc()).limit(most)
        return [row.number for row in self._database.rows(latest)]


def _widened(windows: Iterable[Window]) -> list[Window]:
    """One window for each lane and key, from the first of its times to the last."""
    found: dict[tuple[str, str], Window] = {}
    for window in windows:
        path, key, since, until = window
        known = found.get((path, key), window)
        found[path, key] = Window(path, key, min(known.since, since), max(known.until, until))
    return [*found.values()]


def _in(wanted: sa.FromClause, *columns: sa.ColumnElement[Any]) -> sa.Select[Any]:
    """The events in windows whose ``columns`` are those of `Window`."""
    path, key, since, until = columns
    same = (EVENT_KEYS.c.path == path) & (EVENT_KEYS.c.key == key) & EVENT_KEYS.c.time.between(since, until)
    query = sa.select(EVENT_KEYS.c.path, EVENT_KEYS.c.key, EVENT_KEYS.c.number)
    return query.select_from(wanted.join(EVENT_KEYS, same)).limit(MOST_OF_KEY + 1)


def _in_array() -> sa.Select[Any]:
    """``windows``: a JSON array of arrays."""
    windows = sa.bindparam("windows", type_=sa.Text)
    wanted = sa.func.json_each(windows).table_valued("value", name="wanted")
    places: list[sa.ColumnElement[Any]] = [
        sa.literal_column(f"'$[{place}]'") for place, _ in enumerate(Window._fields)
    ]
    return _in(wanted, *(sa.func.json_extract(wanted.c.value, place) for place in places))


def _in_lists() -> sa.Select[Any]:
    """``path``, ``key``, ``since``, ``until``: a list each."""
    types: Sequence[sa.types.TypeEngine[Any]] = (sa.Text(), sa.Text(), sa.BigInteger(), sa.BigInteger())
    kinds = dict(zip(Window._fields, types, strict=True))
    lists = [sa.bindparam(name, type_=postgresql.ARRAY(kind)) for name, kind in kinds.items()]
    columns = [sa.column(name, kind) for name, kind in kinds.items()]
    wanted = sa.func.unnest(*lists).table_valued(*columns, name="wanted").render_derived()
    return _in(wanted, *wanted.c)


# Their text is the same for any number of windows: making one anew would cost more than what it finds.
_IN_WINDOWS_SQLITE: Final = _in_array()
_IN_WINDOWS_POSTGRESQL: Final = _in_lists()
_READ: Final = (
    EVENTS.c.number,
    EVENTS.c.name,
    EVENTS.c.source,
    EVENTS.c.id,
    EVENTS.c.type,
    EVENTS.c.time,
    EVENTS.c.data,
    EVENTS.c.keying,
)


def stored(row: sa.Row[Any]) -> StoredEvent:
    """The event of a row that has those columns."""
    data = thaw(read_json(row.data.encode()))
    time = Timestamp(row.time)
    return StoredEvent(row.number, row.name, row.source, row.id, row.type, time, data, row.keying)


def key_rows(number: int, time: int, keys: Iterable[tuple[str, str]]) -> Iterator[dict[str, Any]]:
    """Rows of `EVENT_KEYS`."""
    for path, key in keys:
        yield {"path": path, "key": key, "time": time, "number": number}
