"""Lists of events and of matches, page by page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import sqlalchemy as sa

from rulesflow.documents.jsontext import read_json
from rulesflow.model.errors import FactsRefused, Fault, JsonRefused
from rulesflow.model.times import Timestamp
from rulesflow.runtime.database import EVENT_QUEUE, EVENTS, MATCH_EVENTS, MATCHES, Database
from rulesflow.runtime.eventquery import EventQuery, MatchQuery
from rulesflow.runtime.eventstore import bounded, name_of
from rulesflow.runtime.keying import key_text
from rulesflow.runtime.records import thaw
from rulesflow.runtime.runquery import short, storable

_MOST: Final = 1000  # rows of a page
_LIMIT: Final = 1 << 63
_MICRO: Final = 1_000


class EventLists:
    """Its methods block. Both raise `FactsRefused` for a cursor that is none."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # -- events ----------------------------------------------------------------------------------------

    def events(self, query: EventQuery) -> dict[str, Any]:
        """A page: ``{events, next}``, those that happened last first."""
        limit = max(1, min(query.limit, _MOST))
        place = EVENTS.c.time, EVENTS.c.number
        selected = sa.select(EVENTS).where(*_of_event(query))
        if query.cursor is not None:
            time, number = _cursor(query.cursor)
            if not number.isdecimal() or len(number) > 19 or int(number) >= _LIMIT:
                raise _no_cursor()
            selected = selected.where(_before(*place, time, int(number)))
        rows = self._database.rows(selected.order_by(*(each.desc() for each in place)).limit(limit + 1))
        queued = self._queued([row.number for row in rows[:limit]])
        shown = [_event(row, queued.get(row.number, [])) for row in rows[:limit]]
        more = f"{rows[limit - 1].time}.{rows[limit - 1].number}" if len(rows) > limit else None
        return {"events": shown, "next": more}

    def _queued(self, numbers: list[int]) -> dict[int, list[Any]]:
        found: dict[int, list[Any]] = {}
        query = sa.select(EVENT_QUEUE).where(EVENT_QUEUE.c.number.in_(numbers))
        for row in self._database.rows(query.order_by(EVENT_QUEUE.c.pattern)) if numbers else []:
            found.setdefault(row.number, []).append(row)
        return found

    # -- matches ---------------------------------------------------------------------------------------

    def matches(self, query: MatchQuery) -> dict[str, Any]:
        """A page: ``{matches, next}``, those that were found last first."""
        limit = max(1, min(query.limit, _MOST))
        place = MATCHES.c.found_at, MATCHES.c.id
        selected = sa.select(MATCHES).where(*_of_match(query))
        if query.cursor is not None:
            selected = selected.where(_before(*place, *_cursor(query.cursor)))
        rows = self._database.rows(selected.order_by(*(each.desc() for each in place)).limit(limit + 1))
        more = f"{rows[limit - 1].found_at}.{rows[limit - 1].id}" if len(rows) > limit else None
        return {"matches": [_match(row) for row in rows[:limit]], "next": more}


def _of_event(query: EventQuery) -> Iterator[sa.ColumnElement[bool]]:
    if query.source is not None and query.id is not None:
        yield EVENTS.c.name == name_of(query.source, query.id)
    elif query.id is not None:
        yield EVENTS.c.id == storable(query.id)
    elif query.source is not None:
        yield EVENTS.c.source == storable(query.source)
    if query.type is not None:
        yield EVENTS.c.type == storable(query.type)
    if query.since is not None:
        yield EVENTS.c.time >= bounded(query.since)
    if query.until is not None:
        yield EVENTS.c.time < bounded(query.until)
    if query.status:
        yield sa.or_(*(_standing(each) for each in query.status))
    if query.pattern is not None:
        name = storable(query.pattern)
        yield sa.or_(
            _queue(EVENT_QUEUE.c.pattern == name),
            sa.exists().where(MATCH_EVENTS.c.number == EVENTS.c.number, MATCH_EVENTS.c.pattern == name),
        )


def _standing(status: str) -> sa.ColumnElement[bool]:
    fresh, failed = _queue(EVENT_QUEUE.c.problem.is_(None)), _queue(EVENT_QUEUE.c.problem.is_not(None))
    if status == "waiting":
        return fresh
    return failed & ~fresh if status == "failed" else ~_queue(sa.true())


def _queue(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    return sa.exists().where(EVENT_QUEUE.c.number == EVENTS.c.number, condition)


def _of_match(query: MatchQuery) -> Iterator[sa.ColumnElement[bool]]:
    if query.id is not None:
        yield MATCHES.c.id == storable(query.id)
    if query.pattern is not None:
        yield MATCHES.c.pattern == storable(query.pattern)
    if query.key is not None:  # a text as it is, or whatever it spells
        text = storable(query.key)
        yield MATCHES.c.key.in_([key_text(text) or "", short(text)])
    if query.status:
        yield MATCHES.c.status.in_(query.status)
    if query.since is not None:
        yield MATCHES.c.found_at >= bounded(query.since)
    if query.until is not None:
        yield MATCHES.c.found_at < bounded(query.until)


def _before(
    first: sa.ColumnElement[Any], second: sa.ColumnElement[Any], moment: int, rest: Any
) -> sa.ColumnElement[bool]:
    return sa.tuple_(first, second) < sa.tuple_(sa.literal(moment, sa.BigInteger), sa.literal(rest))


def _cursor(text: str) -> tuple[int, str]:
    moment, dot, rest = text.partition(".")
    digits = moment.removeprefix("-")
    if not (dot and digits.isascii() and digits.isdecimal() and len(digits) < 20 and rest.isascii()):
        raise _no_cursor()
    if not rest or bounded(int(moment)) != int(moment) or rest != storable(rest):
        raise _no_cursor()
    return int(moment), rest


def _no_cursor() -> FactsRefused:
    fault = Fault("/cursor", "format", "this is no cursor", "take it from next of the page before")
    return FactsRefused("the filter cannot be read", (fault,))


def _event(row: Any, queued: list[Any]) -> dict[str, Any]:
    failed = [each for each in queued if each.problem is not None]
    status = "waiting" if len(failed) < len(queued) else "failed" if failed else "matched"
    return {
        "number": row.number,
        "source": row.source,
        "id": row.id,
        "type": row.type,
        "subject": row.subject,
        "time": Timestamp(row.time),
        "received_at": Timestamp(row.received_at),
        "data": thaw(read_json(row.data.encode())),
        "extensions": {} if row.extensions is None else read_json(row.extensions.encode()),
        "status": status,
        "problems": [_problem(each) for each in failed],
    }


def _problem(row: Any) -> dict[str, Any]:
    at = None if row.ready_at is None else Timestamp(row.ready_at * _MICRO)
    return {"pattern": row.pattern, "message": row.problem, "attempts": row.attempts, "retry_at": at}


def _match(row: Any) -> dict[str, Any]:
    events = [
        {"alias": alias, "source": source, "id": id_, "type": type_, "time": Timestamp(time)}
        for alias, _, _, source, id_, type_, time in read_json(row.events.encode())
    ]
    return {
        "id": row.id,
        "pattern": row.pattern,
        "key": _key(row.key),
        "status": row.status,
        "found_at": Timestamp(row.found_at),
        "due": None if row.due is None else Timestamp(row.due),
        "events": events,
        "problem": row.problem,
    }


def _key(text: str) -> Any:
    try:
        return read_json(text.encode())
    except JsonRefused:  # it was too long, and has been cut
        return text
