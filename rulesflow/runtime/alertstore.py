"""The store of alerts: which are open, which were, what is still to be posted, and who looks after them."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from rulesflow.documents.jsontext import read_json, write_json
from rulesflow.model.errors import FactsRefused, Fault, UnknownName
from rulesflow.model.times import Timestamp
from rulesflow.runtime.alertwatch import Change, Problems
from rulesflow.runtime.clock import MICROS, database_now
from rulesflow.runtime.database import ALERT_DELIVERIES, ALERT_WATCH, ALERTS, Database

#: Alerts that are not open any more and are kept at most.
MOST_CLOSED: Final = 10_000
_MOST: Final = 1000  # of a page
_LEASE: Final = 12 * MICROS
_THE_ROW: Final = 1
_DIGITS: Final = 18


@dataclass(frozen=True, slots=True)
class Delivery:
    """What is to be posted; ``created_at`` and ``due_at`` in microseconds."""

    number: int
    id: str
    alert: str
    body: str
    created_at: int
    due_at: int
    attempts: int


class AlertStore:
    """Its methods block. Raises what the database raises."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # -- who looks after them --------------------------------------------------------------------------

    def lead(self, name: str) -> bool:
        """Whether this process looks after alerts for the next seconds: none does, or it has so far."""
        now = database_now(self._database)
        mine = (ALERT_WATCH.c.holder == name) | (ALERT_WATCH.c.until < now)
        known = self._database.rows(sa.select(mine.label("mine")).select_from(ALERT_WATCH))
        if known and not known[0].mine:  # so nothing is written by those that do not
            return False
        with self._database.writing() as connection:
            if not known:
                first = {"number": _THE_ROW, "holder": name, "until": 0}
                self._database.insert_missing(ALERT_WATCH, [first], connection)
            taken = sa.update(ALERT_WATCH).where(mine).values(holder=name, until=now + _LEASE)
            return bool(connection.execute(taken).rowcount)

    def leave(self, name: str) -> None:
        """Let another process look after them at once."""
        with self._database.writing() as connection:
            mine = ALERT_WATCH.c.holder == name
            connection.execute(sa.update(ALERT_WATCH).where(mine).values(until=0))

    def problems(self) -> Problems:
        """What whoever looks after alerts could not tell."""
        told = sa.select(ALERT_WATCH.c.problems).where(ALERT_WATCH.c.problems.is_not(None))
        rows = self._database.rows(told)
        return Problems(**json.loads(rows[0].problems)) if rows else Problems()

    def keep_problems(self, name: str, problems: Problems) -> None:
        """Keep what this process, which looks after alerts, could not tell."""
        told = json.dumps({"conditions": problems.conditions, "texts": problems.texts})
        with self._database.writing() as connection:
            mine = ALERT_WATCH.c.holder == name
            connection.execute(sa.update(ALERT_WATCH).where(mine).values(problems=told))

    # -- changes ---------------------------------------------------------------------------------------

    def opened(self, change: Change, at: int, *, posted: bool) -> dict[str, Any] | None:
        """Keep an alert that opens, as callers see it; None where it is open already."""
        rule = change.rule
        assert rule is not None
        row: dict[str, Any] = {
            "id": uuid.uuid4().hex,
            "opens": _opens(change.alert, change.subject),
            "alert": change.alert,
            "title": rule.title,
            "severity": rule.severity,
            "of": rule.of,
            "subject": change.subject,
            "text": change.text,
            "because": change.because,
            "facts": write_json(change.facts).decode(),
            "opened_at": at,
            "webhook": "waiting" if posted else "off",
        }
        with self._database.writing() as connection:
            known = sa.select(ALERTS.c.id).where(ALERTS.c.opens == row["opens"])
            self._database.insert_missing(ALERTS, [row], connection)
            if connection.execute(known).scalar() != row["id"]:
                return None
            return self._deliver(connection, row["id"], "alert.opened", at, posted)

    def closed(self, change: Change, at: int, *, posted: bool) -> dict[str, Any] | None:
        """Keep that an alert is open no more; None where it is not."""
        mine = ALERTS.c.opens == _opens(change.alert, change.subject)
        with self._database.writing() as connection:
            ended = sa.update(ALERTS).where(mine).values(opens=None, closed_at=at).returning(ALERTS.c.id)
            found: str | None = connection.execute(ended).scalar()
            return None if found is None else self._deliver(connection, found, "alert.closed", at, posted)

    def _deliver(
        self, connection: sa.Connection, id_: str, kind: str, at: int, posted: bool
    ) -> dict[str, Any]:
        """The alert, with what is to be posted of the change."""
        if posted:
            connection.execute(sa.update(ALERTS).where(ALERTS.c.id == id_).values(webhook="waiting"))
        shown = _shown(connection.execute(sa.select(ALERTS).where(ALERTS.c.id == id_)).one())
        if posted:
            delivery = uuid.uuid4().hex
            told = {name: value for name, value in shown.items() if name != "webhook"}
            body = {"event": kind, "delivery": delivery, "at": _time(at), "alert": told}
            row = {"id": delivery, "alert": id_, "created_at": at, "due_at": 0, "attempts": 0}
            row["body"] = write_json(body).decode()
            connection.execute(sa.insert(ALERT_DELIVERIES).values(row))
        return shown

    def acknowledge(self, id_: str, by: str, note: str, at: int) -> dict[str, Any]:
        """Note who has seen an alert. Raises `UnknownName`."""
        seen = json.dumps({"by": by, "at": str(_time(at)), "note": note})
        with self._database.writing() as connection:
            mine = ALERTS.c.id == id_
            connection.execute(sa.update(ALERTS).where(mine).values(acknowledged=seen))
            row = connection.execute(sa.select(ALERTS).where(mine)).one_or_none()
        if row is None:
            message = f"there is no alert {id_[:80]!r}"
            hint = "GET /v1/alerts?status=all lists them"
            raise UnknownName(f"{message}; {hint}", (Fault("", "unknown-alert", message, hint),))
        return _shown(row)

    # -- looking ---------------------------------------------------------------------------------------

    def open_pairs(self) -> set[tuple[str, str]]:
        """The alert and the subject of each that is open."""
        open_ = sa.select(ALERTS.c.alert, ALERTS.c.subject).where(ALERTS.c.opens.is_not(None))
        return {(row.alert, row.subject) for row in self._database.rows(open_)}

    def counts(self) -> dict[tuple[str, str], int]:
        """How many are open, by alert and severity."""
        grouped = ALERTS.c.alert, ALERTS.c.severity
        counted = sa.select(*grouped, sa.func.count()).where(ALERTS.c.opens.is_not(None)).group_by(*grouped)
        with self._database.reading() as connection:
            return {(alert, severity): count for alert, severity, count in connection.execute(counted)}

    def page(self, status: str, limit: int, cursor: str | None) -> dict[str, Any]:
        """A page, newest first: ``{alerts, next}``. Raises `FactsRefused` for a cursor that is none."""
        limit = max(1, min(limit, _MOST))
        query = sa.select(ALERTS).order_by(ALERTS.c.number.desc()).limit(limit + 1)
        if status != "all":
            query = query.where((ALERTS.c.opens.is_not(None)) == (status == "open"))
        if cursor is not None:
            query = query.where(ALERTS.c.number < _number(cursor))
        rows = self._database.rows(query)
        more = str(rows[limit - 1].number) if len(rows) > limit else None
        return {"alerts": [_shown(row) for row in rows[:limit]], "next": more}

    # -- posting ---------------------------------------------------------------------------------------

    def deliveries(self, most: int) -> list[Delivery]:
        """What is to be posted, of each alert the first."""
        query = sa.select(ALERT_DELIVERIES).order_by(ALERT_DELIVERIES.c.number).limit(most)
        first: dict[str, Delivery] = {}
        for row in self._database.rows(query):
            parts = row.number, row.id, row.alert, row.body, row.created_at, row.due_at, row.attempts
            first.setdefault(row.alert, Delivery(*parts))
        return [*first.values()]

    def posted(self, delivery: Delivery, *, well: bool) -> None:
        """Note that nothing is left to be done of a delivery; ``well``: it arrived."""
        with self._database.writing() as connection:
            same = ALERT_DELIVERIES.c.number == delivery.number
            connection.execute(sa.delete(ALERT_DELIVERIES).where(same))
            left = sa.select(ALERT_DELIVERIES.c.number).where(ALERT_DELIVERIES.c.alert == delivery.alert)
            if connection.execute(left.limit(1)).first() is None:
                state = "sent" if well else "failed"
                mine = ALERTS.c.id == delivery.alert
                connection.execute(sa.update(ALERTS).where(mine).values(webhook=state))

    def postpone(self, delivery: Delivery, due_at: int) -> None:
        """Note a try in vain."""
        with self._database.writing() as connection:
            same = ALERT_DELIVERIES.c.number == delivery.number
            later = {"attempts": delivery.attempts + 1, "due_at": due_at}
            connection.execute(sa.update(ALERT_DELIVERIES).where(same).values(later))

    # -- forgetting ------------------------------------------------------------------------------------

    def forget(self, before: int | None, most: int = MOST_CLOSED) -> None:
        """Forget those that closed before a moment (microseconds), and all but the newest so many."""
        closed = ALERTS.c.closed_at.is_not(None)
        kept = sa.select(ALERTS.c.number).where(closed).order_by(ALERTS.c.number.desc()).limit(1).offset(most)
        with self._database.writing() as connection:
            last = connection.execute(kept).scalar()
            old = [] if last is None else [ALERTS.c.number <= last]
            if before is not None:
                old.append(ALERTS.c.closed_at < before)
            if old:
                connection.execute(sa.delete(ALERTS).where(closed, sa.or_(*old)))


def worst(severities: Sequence[str], order: Sequence[str]) -> str | None:
    """The one that hurts most."""
    return max(severities, key=order.index, default=None)


def _opens(alert: str, subject: str) -> str:
    return json.dumps([alert, subject])


def _time(micros: int) -> Timestamp:
    return Timestamp(micros * 1000)


def _number(cursor: str) -> int:
    if cursor.isascii() and cursor.isdecimal() and len(cursor) <= _DIGITS:
        return int(cursor)
    fault = Fault("/cursor", "format", "this is no cursor", "take it from next of the page before")
    raise FactsRefused("the query cannot be read", (fault,))


def _shown(row: sa.Row[Any]) -> dict[str, Any]:
    """An alert as callers see it."""
    seen: Mapping[str, Any] | None = None if row.acknowledged is None else json.loads(row.acknowledged)
    return {
        "id": row.id,
        "alert": row.alert,
        "title": row.title,
        "severity": row.severity,
        "of": row.of,
        "subject": row.subject,
        "status": "closed" if row.opens is None else "open",
        "text": row.text,
        "because": row.because,
        "opened_at": _time(row.opened_at),
        "closed_at": None if row.closed_at is None else _time(row.closed_at),
        "webhook": row.webhook,
        "values": read_json(row.facts.encode()),
        "acknowledged": seen,
    }
