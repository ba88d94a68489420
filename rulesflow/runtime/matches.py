"""Matches: what patterns have found is recorded once, and stands until it was followed.

The events of a match give it its id, so it makes no difference who finds it, how often, or how many at once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from rulesflow.documents.jsontext import read_json, write_json
from rulesflow.model.times import Timestamp
from rulesflow.patterns.definition import Match
from rulesflow.patterns.eventpattern import EventPattern
from rulesflow.patterns.projection import readable
from rulesflow.runtime.actions import Action, Fact, Nothing, action_of, action_text
from rulesflow.runtime.clock import database_now
from rulesflow.runtime.database import MATCH_EVENTS, MATCHES, Database
from rulesflow.runtime.eventsight import Seen
from rulesflow.runtime.eventstore import bounded
from rulesflow.runtime.identifiers import id_of
from rulesflow.runtime.keying import key_text
from rulesflow.runtime.setfacts import SetFacts, Setting

#: Matches of one pattern and key within the pattern's time that are recorded.
MOST_RECORDED: Final = 1_000
_LOCK: Final = 7_245_901_115  # of PostgreSQL, while it is decided which of several matches are followed
_MICRO: Final = 1_000
_RECORDED: Final[dict[str, Any]] = {"status": "throttled", "ready_at": None, "action": None, "problem": None}
_LONGEST: Final = 2_000  # characters of a problem


@dataclass(frozen=True, slots=True)
class Finding:
    """A match as it is to be recorded, with what follows it. ``due``: as `Match` has it."""

    id: str
    pattern: EventPattern
    key: str
    events: tuple[tuple[str, Seen], ...]
    latest: Timestamp
    due: Timestamp | None
    action: Action

    @classmethod
    def of(cls, pattern: EventPattern, match: Match, seen: Mapping[str, Seen]) -> Finding:
        """``seen``: the events by the ids that the match has them by."""
        events = tuple((alias, seen[id_]) for alias, id_ in match.events.items())
        names = sorted(each.stored.name for _, each in events)
        found = id_of("match", pattern.name, *names)
        read = {alias: readable(each.event) for alias, each in events if each.event is not None}
        action = action_of(pattern.then, {**read, "key": match.key, "match": found})
        latest = max(each.stored.time for _, each in events)
        return cls(found, pattern, key_text(match.key) or "", events, latest, match.due, action)

    @property
    def names(self) -> frozenset[str]:
        """Its events."""
        return frozenset(each.stored.name for _, each in self.events)

    def waits(self, at: Timestamp) -> bool:
        """Whether an event may yet forbid it."""
        return self.due is not None and self.due > at

    def standing(self) -> dict[str, Any]:
        """How it stands once nothing can forbid it any more, unless it is throttled."""
        standing: dict[str, Any] = {"status": "done", "ready_at": None, "action": None, "problem": None}
        match self.action:
            case Nothing(problem=problem):
                return {**standing, "status": "failed", "problem": problem[:_LONGEST]}
            case Fact():
                return standing
            case action:
                return {**standing, "status": "pending", "ready_at": 0, "action": action_text(action)}

    def row(self, at: Timestamp) -> dict[str, Any]:
        """Its row. Where it depends on others whether it is followed, that is yet to be decided."""
        standing: dict[str, Any]
        if self.due is not None and self.due > at:
            standing = {**_RECORDED, "status": "waiting", "ready_at": ready_at(self.due)}
        else:
            standing = self.standing() if self.pattern.throttle is None else _RECORDED
        return {
            **standing,
            "id": self.id,
            "pattern": self.pattern.name,
            "key": self.key,
            "found_at": int(at),
            "latest": int(self.latest),
            "due": None if self.due is None else bounded(self.due),
            "events": write_json([_told(alias, seen) for alias, seen in self.events]).decode(),
            "held_until": 0,
            "attempts": 0,
        }


@dataclass(frozen=True, slots=True)
class Awaited:
    """A match whose time has come. ``numbers``: of its events, ``names``: what they are stored once by."""

    id: str
    pattern: str
    numbers: tuple[int, ...]
    names: frozenset[str]
    attempts: int

    @classmethod
    def of(cls, row: sa.Row[Any]) -> Awaited:
        """The match of a row."""
        events = read_json(row.events.encode())
        numbers, names = tuple(each[1] for each in events), frozenset(each[2] for each in events)
        return cls(row.id, row.pattern, numbers, names, row.attempts)


class Matches:
    """Records matches, each within a transaction of who finds it. ``facts``: are set in the same one."""

    def __init__(self, database: Database, facts: SetFacts) -> None:
        self._database = database
        self._facts = facts

    def record(self, connection: sa.Connection, findings: Iterable[Finding]) -> Counter[tuple[str, str]]:
        """Record those that are not there yet, and set their facts; how many, by pattern and status."""
        ordered = sorted({each.id: each for each in findings}.values(), key=lambda each: each.id)
        if not ordered:
            return Counter()
        at = self._now(connection)
        self._lock(connection, ordered)
        insert = sqlite.insert(MATCHES) if self._database.sqlite else postgresql.insert(MATCHES)
        statement = insert.on_conflict_do_nothing().returning(MATCHES.c.id)
        new = {row.id for row in connection.execute(statement, [each.row(at) for each in ordered])}
        added = [each for each in ordered if each.id in new]
        events = [
            {"number": seen.stored.number, "match": each.id, "pattern": each.pattern.name}
            for each in added
            for _, seen in each.events
        ]
        if events:
            connection.execute(sa.insert(MATCH_EVENTS), events)
        counts = Counter((each.pattern.name, "waiting") for each in added if each.waits(at))
        return counts + self._follow(connection, [each for each in added if not each.waits(at)], new)

    def judge(
        self,
        connection: sa.Connection,
        awaited: Sequence[Awaited],
        found: Mapping[str, Finding],
    ) -> Counter[tuple[str, str]]:
        """Decide of matches whose time has come: followed are those that are ``found``, by their ids."""
        at = self._now(connection)
        self._lock(connection, found.values())
        ids = [each.id for each in awaited]
        mine = sa.update(MATCHES).where(MATCHES.c.id.in_(ids), MATCHES.c.status == "waiting")
        done = mine.values(status="refuted", ready_at=None, holder=None).returning(MATCHES.c.id)
        decided = {row.id for row in connection.execute(done)}
        refuted = [each for each in awaited if each.id in decided and each.id not in found]
        counts = Counter((each.pattern, "refuted") for each in refuted)
        upheld = [each for id_, each in found.items() if id_ in decided]
        for each in upheld:
            if each.due is not None and each.due > at:  # the pattern has changed, and waits longer now
                later = {"status": "waiting", "due": bounded(each.due), "ready_at": ready_at(each.due)}
                connection.execute(sa.update(MATCHES).where(MATCHES.c.id == each.id).values(later))
        return counts + self._follow(connection, [each for each in upheld if not each.waits(at)])

    def between(self, pattern: str, key: str, since: int, until: int) -> list[tuple[str, int]]:
        """Those recorded whose latest event lies between two times: their ids, and its time. Blocks."""
        same = (MATCHES.c.pattern == pattern) & (MATCHES.c.key == key)
        near = MATCHES.c.latest.between(bounded(since), bounded(until))
        rows = self._database.rows(sa.select(MATCHES.c.id, MATCHES.c.latest).where(same, near))
        return [(row.id, row.latest) for row in rows]

    def retry(self, pattern: str | None) -> int:
        """Judge anew, and follow, what could not be followed; how many there are. Blocks."""
        failed = MATCHES.c.status == "failed"
        if pattern is not None:
            failed &= MATCHES.c.pattern == pattern
        again = {"status": "waiting", "ready_at": 0, "attempts": 0, "problem": None, "holder": None}
        with self._database.writing() as connection:
            return connection.execute(sa.update(MATCHES).where(failed).values(again)).rowcount

    # -- within ----------------------------------------------------------------------------------------

    def _now(self, connection: sa.Connection) -> Timestamp:
        """The time by the clock that all processes share, and that says which matches' time has come."""
        return Timestamp(connection.execute(sa.select(database_now(self._database))).scalar_one() * _MICRO)

    def _lock(self, connection: sa.Connection, findings: Iterable[Finding]) -> None:
        """Let nobody else decide meanwhile, where it depends on others whether a match is followed."""
        if not self._database.sqlite and any(each.pattern.throttle is not None for each in findings):
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))

    def _follow(
        self, connection: sa.Connection, findings: Iterable[Finding], written: Collection[str] = ()
    ) -> Counter[tuple[str, str]]:
        """Decide what becomes of them. ``written``: whose rows say so already, if it depends on no others."""
        counts: Counter[tuple[str, str]] = Counter()
        changes = []
        facts: dict[str, tuple[str, str, Fact]] = {}
        for finding in sorted(findings, key=lambda each: (each.latest, each.id)):
            change = self._decide(connection, finding)
            counts[finding.pattern.name, change["status"]] += 1
            if finding.pattern.throttle is not None:  # the next one has to know
                self._change(connection, [{"match": finding.id, **change}])
            elif finding.id not in written:
                changes.append({"match": finding.id, **change})
            if change["status"] == "done" and isinstance(finding.action, Fact):
                facts.pop(finding.action.identity, None)
                facts[finding.action.identity] = finding.id, finding.pattern.name, finding.action
        self._change(connection, changes)
        self._set(connection, facts.values())
        return counts

    def _set(self, connection: sa.Connection, facts: Iterable[tuple[str, str, Fact]]) -> None:
        self._facts.set_all(
            connection,
            [
                Setting(fact.fact, fact.where, fact.value, fact.lasts, match, pattern)
                for match, pattern, fact in facts
            ],
        )

    def _change(self, connection: sa.Connection, changes: Sequence[Mapping[str, Any]]) -> None:
        if changes:
            values: dict[str, Any] = {
                name: sa.bindparam(name) for name in ("status", "ready_at", "action", "problem")
            }
            update = sa.update(MATCHES).where(MATCHES.c.id == sa.bindparam("match")).values(values)
            connection.execute(update, changes)

    def _decide(self, connection: sa.Connection, finding: Finding) -> dict[str, Any]:
        """What becomes of a match that nothing can forbid any more."""
        return _RECORDED if self._throttled(connection, finding) else finding.standing()

    def _throttled(self, connection: sa.Connection, finding: Finding) -> bool:
        """Whether one of its key was followed shortly before or after it, by the time of the events."""
        throttle = finding.pattern.throttle
        if throttle is None:
            return False
        same = (MATCHES.c.pattern == finding.pattern.name) & (MATCHES.c.key == finding.key)
        since, until = bounded(finding.latest - throttle), bounded(finding.latest + throttle)
        near = MATCHES.c.latest.between(since, until)
        followed = MATCHES.c.status.in_(("pending", "done")) & (MATCHES.c.id != finding.id)
        query = sa.select(MATCHES.c.id).where(same, near, followed).limit(1)
        return connection.execute(query).first() is not None


def ready_at(due: Timestamp) -> int:
    """The first microsecond behind a moment."""
    return bounded(due) // _MICRO + 1


def _told(alias: str, seen: Seen) -> list[Any]:
    stored = seen.stored
    return [alias, stored.number, stored.name, stored.source, stored.id, stored.type, int(stored.time)]
