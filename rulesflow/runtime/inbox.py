"""The inbox: signals and orders for runs, numbered, kept until their run is forgotten.

A message is stored before anybody acts on it. The run's process is told at once when it is this one; others
look for new messages together, however many runs wait there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from rulesflow.documents.jsontext import read_json, write_json
from rulesflow.model.errors import Conflict, Fault
from rulesflow.model.times import Timestamp
from rulesflow.runtime.catalog import now
from rulesflow.runtime.database import INBOX, Database
from rulesflow.runtime.records import freeze, in_order, thaw


class Kind(StrEnum):
    """What a message is."""

    SIGNAL = "signal"
    ORDER = "order"


@dataclass(frozen=True, slots=True)
class Message:
    """``name``: of the signal, or the order's action; ``body``: its payload, or what else it says."""

    number: int
    run: str
    kind: Kind
    name: str
    body: Any
    sender: str
    at: Timestamp


class Inbox:
    """Stores messages and finds them. Its methods block; any thread may call them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def post(
        self,
        run: str,
        kind: Kind,
        name: str,
        body: Any,
        *,
        key: str | None,
        sender: str,
        note: Mapping[str, Any] | None = None,
    ) -> Message:
        """Store a message. A key that was used before gives the message of then.

        ``note``: what is kept in the body beside what the sender says, so that it makes no other message.
        Raises `Conflict` where the key was used for another message.
        """
        frozen = freeze(body)
        text = write_json({**frozen, **note} if note else frozen).decode()
        fingerprint = _fingerprint(kind, name, frozen)
        at = now()
        row = {
            "run": run,
            "kind": str(kind),
            "name": name,
            "body": text,
            "key": key,
            "fingerprint": fingerprint,
            "sender": sender,
            "at": int(at),
        }
        try:
            with self._database.writing() as connection:
                number = connection.execute(
                    sa.insert(INBOX).values(row).returning(INBOX.c.number)
                ).scalar_one()
        except IntegrityError:
            return self._posted(run, key, fingerprint)
        return Message(number, run, kind, name, thaw(read_json(text.encode())), sender, at)

    def repeated(self, run: str, kind: Kind, name: str, body: Any, key: str) -> Message | None:
        """The message, if this very one came before by this key. Raises `Conflict` where another did."""
        fingerprint = _fingerprint(kind, name, freeze(body))
        known = self._database.rows(sa.select(INBOX.c.number).where(INBOX.c.run == run, INBOX.c.key == key))
        return self._posted(run, key, fingerprint) if known else None

    def of(self, run: str) -> list[Message]:
        """All messages of a run, oldest first."""
        return self._messages(sa.select(INBOX).where(INBOX.c.run == run))

    def after(self, number: int) -> list[tuple[int, str]]:
        """The higher numbers, and for which runs they are, lowest first."""
        query = sa.select(INBOX.c.number, INBOX.c.run).where(INBOX.c.number > number)
        rows: list[Any] = self._database.rows(query.order_by(INBOX.c.number))
        return [(row.number, row.run) for row in rows]

    def last(self) -> int:
        """The highest number so far."""
        return self._database.rows(sa.select(sa.func.max(INBOX.c.number)))[0][0] or 0

    def forget(self, runs: list[str]) -> None:
        """Delete the messages of runs."""
        with self._database.writing() as connection:
            connection.execute(sa.delete(INBOX).where(INBOX.c.run.in_(runs)))

    def _posted(self, run: str, key: str | None, fingerprint: str) -> Message:
        (row,) = self._database.rows(sa.select(INBOX).where(INBOX.c.run == run, INBOX.c.key == key))
        if row.fingerprint != fingerprint:
            detail = "this Idempotency-Key was used for something else"
            raise Conflict(detail, (Fault("", "key-reused", detail, "send a new key with a new body"),))
        return _message(row)

    def _messages(self, query: sa.Select[Any]) -> list[Message]:
        return [_message(row) for row in self._database.rows(query.order_by(INBOX.c.number))]


def _fingerprint(kind: Kind, name: str, frozen: Any) -> str:
    """Equal for equal messages, in whatever order their keys stand."""
    return hashlib.sha256(write_json([kind, name, in_order(frozen)])).hexdigest()


def _message(row: sa.Row[Any]) -> Message:
    body = thaw(read_json(row.body.encode()))
    return Message(row.number, row.run, Kind(row.kind), row.name, body, row.sender, Timestamp(row.at))
