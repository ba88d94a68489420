"""What a backtest lays by: where events lie, and what was found among them, in a file that nobody else sees.

It keeps memory flat, however many events there are. The file is gone when it is closed, or its process ends.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final, NamedTuple, Self

from rulesflow.documents.jsontext import read_json, write_json

_SOME: Final = 1_000
_TABLES: Final = """
CREATE TABLE places (lane INT, key TEXT, time INT, number INT, PRIMARY KEY (lane, key, time, number))
    WITHOUT ROWID;
CREATE TABLE found (pattern TEXT, identity TEXT, side INT, time INT, shown TEXT, follows TEXT,
    PRIMARY KEY (pattern, identity, side)) WITHOUT ROWID;
"""


class Found(NamedTuple):
    """A match of one side: 1 for the patterns in force, 2 for the candidate's.

    ``identity``: equal for matches of the same events; ``shown`` and ``follows``: what is told of it.
    """

    pattern: str
    identity: str
    side: int
    time: int
    shown: object
    follows: object


class Counts(NamedTuple):
    """Matches of a pattern: by both sides, by one only; and those by both from which other things follow."""

    both: int
    only_now: int
    only_candidate: int
    otherwise: int


class Spool:
    """A file for one backtest. One thread uses it."""

    def __init__(self) -> None:
        self._base = sqlite3.connect("", isolation_level=None)  # no name: a temporary file
        self._base.executescript(_TABLES)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._base.close()

    def place(self, rows: Iterable[tuple[int, str, int, int]]) -> None:
        """Events: their lane, their key there, their time and number."""
        self._base.execute("BEGIN")
        self._base.executemany("INSERT OR IGNORE INTO places VALUES (?, ?, ?, ?)", rows)
        self._base.execute("COMMIT")

    def count(self, lane: int) -> int:
        """How many events lie there."""
        (count,) = self._base.execute("SELECT count(*) FROM places WHERE lane = ?", (lane,)).fetchone()
        return int(count)

    def keys(self, lane: int) -> Iterator[str]:
        """The keys of a lane."""
        for (key,) in self._base.execute("SELECT DISTINCT key FROM places WHERE lane = ?", (lane,)):
            yield key

    def first(self, lane: int, key: str, since: int) -> int | None:
        """The time of the first event of this time or later."""
        query = "SELECT min(time) FROM places WHERE lane = ? AND key = ? AND time >= ?"
        (found,) = self._base.execute(query, (lane, key, since)).fetchone()
        return None if found is None else int(found)

    def between(self, lane: int, key: str, since: int, until: int, most: int) -> dict[int, int]:
        """The latest events between two times, both included: their times by their numbers."""
        query = (
            "SELECT number, time FROM places WHERE lane = ? AND key = ? AND time BETWEEN ? AND ? "
            "ORDER BY time DESC, number DESC LIMIT ?"
        )
        return dict(self._base.execute(query, (lane, key, since, until, most)))

    def add(self, matches: Iterable[Found]) -> None:
        """Lay matches by. One that is there already counts once."""
        left = iter(matches)
        while some := [*islice(left, _SOME)]:
            self._base.execute("BEGIN")
            self._base.executemany("INSERT OR IGNORE INTO found VALUES (?, ?, ?, ?, ?, ?)", map(_row, some))
            self._base.execute("COMMIT")

    def counts(self, pattern: str) -> Counts:
        """The matches of a pattern."""
        query = (
            "SELECT sides, count(*), sum(sides = 3 AND one != other) FROM (SELECT sum(side) AS sides, "
            "min(follows) AS one, max(follows) AS other FROM found WHERE pattern = ? GROUP BY identity) "
            "GROUP BY sides"
        )
        found = {sides: (count, differ) for sides, count, differ in self._base.execute(query, (pattern,))}
        by = {sides: count for sides, (count, _) in found.items()}
        return Counts(by.get(3, 0), by.get(1, 0), by.get(2, 0), found.get(3, (0, 0))[1])

    def examples(self, pattern: str, side: int, most: int) -> list[dict[str, object]]:
        """A few matches of one side only, the latest: what is shown of them, and what follows."""
        query = (
            "SELECT shown, follows FROM found WHERE pattern = ? GROUP BY identity HAVING sum(side) = ? "
            "ORDER BY max(time) DESC LIMIT ?"
        )
        rows = self._base.execute(query, (pattern, side, most))
        return [{**_value(shown), "follows": _value(follows)} for shown, follows in rows]


def _row(match: Found) -> tuple[str, str, int, int, str, str]:
    shown, follows = _text(match.shown), _text(match.follows)
    return match.pattern, match.identity, match.side, int(match.time), shown, follows


def _text(value: object) -> str:
    return write_json(value).decode()


def _value(text: str) -> dict[str, object]:
    return read_json(text.encode())  # type: ignore[no-any-return]
