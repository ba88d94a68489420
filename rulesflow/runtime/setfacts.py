"""Set facts: what patterns have said for a time of requests whose facts hold certain values.

They stand in the database, and those in force in memory too, where decisions look them up. What is new is
taken over by number; on PostgreSQL a lower number may become visible after a higher one, so it is looked back
for a while, and now and then at all that are in force.
"""

from __future__ import annotations

import hashlib
import heapq
import math
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple, TypeAlias

import sqlalchemy as sa

from rulesflow.conditions import Value
from rulesflow.documents.jsontext import read_json, write_json
from rulesflow.model.errors import RulesflowError
from rulesflow.model.times import Duration, Timestamp
from rulesflow.runtime.catalog import now
from rulesflow.runtime.database import FACTS, Database
from rulesflow.runtime.factlookups import Key, Path, Shape, key_of, shape_of
from rulesflow.runtime.project import LoadedProject
from rulesflow.runtime.records import as_sent, freeze, in_order, thaw

_LATE: Final = 10.0  # seconds in which a fact with a lower number may still become visible
_WHOLE: Final = 60.0  # seconds between two looks at all in force, for what became visible later still
_PAGE: Final = 1000
_LITTLE: Final = 100  # an extension by less than one part in so many of what a fact lasts is left out
_LAST: Final = (1 << 63) - 1  # nanoseconds, in the year 2262


class WhereRefused(RulesflowError):
    """A fact cannot be set for requests that hold such a value."""


class Fact(NamedTuple):
    """A fact in force. ``value``: as a caller would send it; ``text``: it, equal for equal ones.

    ``key``: the values of its ``where``.
    """

    number: int
    shape: Shape
    key: Key
    value: Any
    text: str
    until: Timestamp
    match: str
    pattern: str

    def as_dict(self) -> dict[str, Any]:
        """``{fact, value, pattern, match, until}``, as replies and histories show it."""
        return {
            "fact": ".".join(self.shape[0]),
            "value": self.value,
            "pattern": self.pattern,
            "match": self.match,
            "until": self.until,
        }


class Setting(NamedTuple):
    """A fact that is to be set."""

    fact: Path
    where: Sequence[tuple[Path, Value]]
    value: Value
    lasts: Duration
    match: str
    pattern: str


class Filled(NamedTuple):
    """The facts of a request with those that are set for it, and what these are: `Fact.as_dict`."""

    facts: Mapping[str, Any]
    set: tuple[Mapping[str, Any], ...] = ()


#: Fills in what is set, for a project.
Fill: TypeAlias = Callable[[LoadedProject, Mapping[str, Any]], Filled]


class SetFacts:
    """Sets facts and fills them in. One thread calls `refresh`; any may call the others.

    ``late``: seconds for which it is looked back; ``whole``: between two looks at all that are in force.
    SQLite needs neither: it has one writer at a time, so that its numbers become visible in order.
    """

    def __init__(self, database: Database, *, late: float = _LATE, whole: float = _WHOLE) -> None:
        self._database = database
        self._late = 0.0 if database.sqlite else late
        self._whole = math.inf if database.sqlite else whole
        self._looked: float | None = None  # at all that are in force
        self._facts: dict[Shape, dict[Key, Fact]] = {}
        self._ends: list[tuple[Timestamp, int, Shape, Key]] = []  # a heap
        self._awaited: dict[tuple[Shape, Key], Timestamp] = {}  # the earliest of those ends
        self._seen: deque[tuple[float, int]] = deque([(0.0, 0)])  # highest number by a moment
        self._taken: set[int] = set()  # numbers above the first of those
        self._since = Timestamp(0)  # of the first look; what had expired by then is not looked at

    def set(
        self,
        connection: sa.Connection,
        *,
        fact: Path,
        where: Sequence[tuple[Path, Value]],
        value: Value,
        lasts: Duration,
        match: str,
        pattern: str,
    ) -> None:
        """Set a fact from now on, as of the end of a transaction; seen here once `refresh` has looked.

        One of the same ``where`` is replaced where its value is another, and extended where it is equal and
        that adds at least 1 % of ``lasts``. Raises `WhereRefused`, and `NumberRefused` and `FactsRefused` for
        a value that cannot be kept.
        """
        self.set_all(connection, [Setting(fact, where, value, lasts, match, pattern)])

    def set_all(self, connection: sa.Connection, settings: Iterable[Setting]) -> None:
        """Set facts one after the other, as `set` does, with few statements. Raises what that raises."""
        at = now()
        texts = [(each, _texts(each.fact, each.where, each.value)) for each in settings]
        before = _before(connection, sorted({held["target"] for _, held in texts}))
        standing = {target: [(row.value, row.until) for row in rows] for target, rows in before.items()}
        new: dict[str, dict[str, Any]] = {}
        for each, held in texts:
            target = held["target"]
            until = _until(each, held["value"], at, standing.get(target, []))
            if until is not None:
                standing[target] = [(held["value"], until)]
                new.pop(target, None)  # the newer has the higher number
                new[target] = {**held, "until": until, "match": each.match, "pattern": each.pattern}
        gone = [row.number for target in new for row in before.get(target, [])]
        for start in range(0, len(gone), _PAGE):
            connection.execute(sa.delete(FACTS).where(FACTS.c.number.in_(gone[start : start + _PAGE])))
        if new:
            connection.execute(sa.insert(FACTS), [*new.values()])

    def refresh(self) -> None:
        """Take over what is new, and drop what has expired. Blocks. Raises `SQLAlchemyError`."""
        moment, at = time.monotonic(), now()
        self._since = self._since or at
        while len(self._seen) > 1 and self._seen[1][0] < moment - self._late:
            self._seen.popleft()
        base = self._seen[0][1]
        last = self._database.rows(sa.select(sa.func.max(FACTS.c.number)))[0][0] or 0
        new = (FACTS.c.number > base) & (FACTS.c.until >= int(self._since))
        found = sa.select(FACTS.c.number).where(new).order_by(FACTS.c.number)
        numbers = [row.number for row in self._database.rows(found)]
        missing = [number for number in numbers if number not in self._taken]
        for start in range(0, len(missing), _PAGE):
            page = missing[start : start + _PAGE]
            between = FACTS.c.number.between(page[0], page[-1])
            for row in self._database.rows(sa.select(FACTS).where(between).order_by(FACTS.c.number)):
                if row.number not in self._taken:
                    self._take(row)
        self._taken = set(numbers)
        last = max([last, *numbers[-1:]])
        if last > self._seen[-1][1]:
            self._seen.append((moment, last))
        self._expire(at)
        if self._looked is None:  # that was all
            self._looked = moment
        elif moment - self._looked >= self._whole:
            self._look_at_all(at)
            self._looked = moment

    def forget(self, before: Timestamp) -> int:
        """Delete what has expired before a moment; how many there were. Blocks. Raises `SQLAlchemyError`."""
        old = FACTS.c.until < min(int(before), int(now()))
        batch = sa.select(FACTS.c.number).where(old).limit(_PAGE).scalar_subquery()
        count = 0
        while True:
            with self._database.writing() as connection:
                deleted = connection.execute(sa.delete(FACTS).where(FACTS.c.number.in_(batch))).rowcount
            count += deleted
            if deleted < _PAGE:
                return count

    def fill(self, project: LoadedProject, facts: Mapping[str, Any]) -> Filled:
        """Facts as sent, with those that are set for them; what they say themselves stands.

        Of two that are set at one path the newer counts. The argument stays as it was.
        """
        if not project.lookups or not self._facts:
            return Filled(facts)
        at, found = now(), []
        for lookup in project.lookups:
            table = self._facts.get(lookup.shape)
            key = lookup.key(facts) if table else None
            fact = table.get(key) if table and key is not None else None
            if fact is not None and fact.until > at:
                found.append((fact, lookup))
        filled, shown = facts, []
        for fact, lookup in sorted(found, key=lambda each: each[0].number, reverse=True):
            more = lookup.put(filled, fact.value)
            if more is not None:
                filled = more
                shown.append(fact.as_dict())
        return Filled(filled, tuple(shown))

    @property
    def count(self) -> int:
        """How many are in force."""
        return sum(len(table) for table in [*self._facts.values()])

    def _look_at_all(self, at: Timestamp) -> None:
        """Take over what became visible so late that nobody looked for it any more."""
        found = sa.select(FACTS.c.number).where(FACTS.c.until > int(at)).order_by(FACTS.c.number)
        known = {fact.number for table in self._facts.values() for fact in table.values()}
        missing = [row.number for row in self._database.rows(found) if row.number not in known]
        for start in range(0, len(missing), _PAGE):
            these = FACTS.c.number.in_(missing[start : start + _PAGE])
            for row in self._database.rows(sa.select(FACTS).where(these).order_by(FACTS.c.number)):
                self._take(row)

    def _take(self, row: sa.Row[Any]) -> None:
        """Take a fact over; the newer of two, the longer of equal ones, in whatever order they come."""
        fact = _fact(row)
        table = self._facts.setdefault(fact.shape, {})
        known = table.get(fact.key)
        if known is not None:
            older, newer = sorted((known, fact), key=lambda each: each.number)
            equal = older.text == newer.text
            fact = newer._replace(until=max(older.until, newer.until)) if equal else newer
        table[fact.key] = fact
        self._await_end(fact)

    def _await_end(self, fact: Fact) -> None:
        """See to it that the heap has an entry of it: one that comes before its end will do."""
        place = fact.shape, fact.key
        if place not in self._awaited or fact.until < self._awaited[place]:
            self._awaited[place] = fact.until
            heapq.heappush(self._ends, (fact.until, fact.number, *place))

    def _expire(self, at: Timestamp) -> None:
        while self._ends and self._ends[0][0] <= at:
            end, _, shape, key = heapq.heappop(self._ends)
            if self._awaited.get((shape, key)) != end:  # an earlier one has come instead of it
                continue
            del self._awaited[shape, key]
            fact = self._facts[shape][key]
            if fact.until > at:
                self._await_end(fact)
                continue
            del self._facts[shape][key]
            if not self._facts[shape]:
                del self._facts[shape]


def _before(connection: sa.Connection, targets: Sequence[str]) -> dict[str, list[Any]]:
    """What stands in the database, oldest first."""
    found: dict[str, list[Any]] = {}
    for start in range(0, len(targets), _PAGE):
        same = FACTS.c.target.in_(targets[start : start + _PAGE])
        for row in connection.execute(sa.select(FACTS).where(same).order_by(FACTS.c.number)):
            found.setdefault(row.target, []).append(row)
    return found


def _until(setting: Setting, value: str, at: Timestamp, standing: Sequence[tuple[str, int]]) -> int | None:
    """Until when a fact is to be in force; None where the one that stands there lasts as long, or nearly."""
    lasts = int(setting.lasts)
    until = min(int(at) + lasts, _LAST)
    if not standing or standing[-1][0] != value:
        return until
    if standing[-1][1] >= until - lasts // _LITTLE:
        return None
    return max(until, *(each for known, each in standing if known == value))


def _texts(fact: Path, where: Sequence[tuple[Path, Value]], value: Value) -> dict[str, str]:
    """What is stored of a fact and its ``where``."""
    for path, each in where:
        if key_of(each) is None:
            raise WhereRefused(
                f"the fact {'.'.join(fact)} cannot be set where {'.'.join(path)} is {_shown(each)}: "
                "only for a text, a number, a bool or a time"
            )
    ordered = [[list(path), freeze(each)] for path, each in sorted(where, key=lambda each: each[0])]
    texts = {
        "fact": _text(list(fact)),
        "where": _text(ordered),
        "value": _text(in_order(freeze(as_sent(value)))),
    }
    target = hashlib.sha256(_text([list(fact), ordered]).encode()).hexdigest()
    return {"target": target, **texts}


def _shown(value: Value) -> str:
    if value is None:
        return "null"
    return "an object" if isinstance(value, Mapping) else "a list"


def _text(value: Any) -> str:
    return write_json(value).decode()


def _fact(row: sa.Row[Any]) -> Fact:
    fact, where = read_json(row.fact.encode()), read_json(row.where.encode())
    shape = shape_of(fact, [tuple(path) for path, _ in where])  # it is stored in this order
    key = tuple(key_of(thaw(each)) for _, each in where)
    value = thaw(read_json(row.value.encode()))
    return Fact(row.number, shape, key, value, row.value, Timestamp(row.until), row.match, row.pattern)
