"""Precedence: of processes that go by different rules, only those with the newest match events and follow.

Others would take events off the queue that patterns have yet to see which they do not know. The newest are
those that were activated last; older ones come to their turn when nobody has gone by the newest for a while.
"""

from __future__ import annotations

import logging
import threading
import time
from math import inf
from typing import Any, Final

import sqlalchemy as sa

from rulesflow.runtime.clock import MICROS, database_now
from rulesflow.runtime.database import EVENT_RULES, Database

logger = logging.getLogger(__name__)

_LOOK: Final = 0.25  # seconds between two looks
_SAY: Final = 5 * MICROS  # between two signs that somebody goes by the newest rules
_FRESH: Final = 30 * MICROS  # after the last such sign
_THE_ROW: Final = 1


class Precedence:
    """Of the rules that this process goes by. Its methods block; any thread may call them."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._digest: str | None = None
        self._activated = 0
        self._since = 0
        self._looked = -inf
        self._leads = True

    def activate(self, digest: str, at: int = 0) -> bool:
        """Go by these rules from here on: they are the newest. Whether somebody went by others before.

        ``at``: when this process activated them. Rules that it comes back to are the newest once more.
        """
        with self._lock:
            if (digest, at) == (self._digest, self._activated):
                return False
            with self._database.writing() as connection:
                changed = self._enter(connection, digest)
            self._digest, self._activated = digest, at
            self._looked = -inf
            return changed

    def leads(self) -> bool:
        """Whether no other process goes by newer rules; False before any were activated."""
        with self._lock:
            if self._digest is not None and time.monotonic() - self._looked >= _LOOK:
                leads, self._looked = self._look(self._digest), time.monotonic()
                if leads != self._leads:
                    logger.info(
                        "%s", "events are matched here" if leads else "events are left to newer rules"
                    )
                self._leads = leads
            return self._digest is not None and self._leads

    def holds(self, connection: sa.Connection) -> bool:
        """Whether that is so still, within a transaction that has written already."""
        return connection.execute(sa.select(EVENT_RULES.c.digest)).scalar() == self._digest

    def _enter(self, connection: sa.Connection, digest: str) -> bool:
        now = connection.execute(sa.select(database_now(self._database))).scalar_one()
        values = {"digest": digest, "activated_at": now, "seen": now}
        self._database.insert_missing(EVENT_RULES, [{"number": _THE_ROW, **values}], connection)
        others = sa.update(EVENT_RULES).where(EVENT_RULES.c.digest != digest)
        changed = connection.execute(others.values(values)).rowcount > 0
        self._since = connection.execute(sa.select(EVENT_RULES.c.activated_at)).scalar_one()
        return changed

    def _look(self, digest: str) -> bool:
        (row,) = self._database.rows(sa.select(EVENT_RULES, database_now(self._database).label("now")))
        silent = row.now - row.seen
        if row.digest == digest:
            self._since = row.activated_at
            return silent < _SAY or self._say(row, digest)
        if row.activated_at >= self._since and silent < _FRESH:
            return False
        return self._say(row, digest)

    def _say(self, row: sa.Row[Any], digest: str) -> bool:
        """Show that this process goes by the newest rules; False where somebody has said so of others."""
        values = {"digest": digest, "activated_at": self._since, "seen": row.now}
        same = EVENT_RULES.c.digest.in_((row.digest, digest)) & (
            EVENT_RULES.c.activated_at <= row.activated_at
        )
        with self._database.writing() as connection:
            return connection.execute(sa.update(EVENT_RULES).where(same).values(values)).rowcount > 0
