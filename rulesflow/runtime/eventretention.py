"""Retention of events: what happened long ago is forgotten, with the matches that it made up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import sqlalchemy as sa

from rulesflow.model.times import Timestamp
from rulesflow.runtime.catalog import now
from rulesflow.runtime.database import (
    EVENT_KEYS,
    EVENT_QUEUE,
    EVENTS,
    MATCH_EVENTS,
    MATCHES,
    Database,
)
from rulesflow.runtime.eventstore import bounded
from rulesflow.runtime.project import LoadedProject

_BATCH: Final = 500
_OPEN: Final = ("waiting", "pending")


class EventRetention:
    """Forgets events. ``project``: the one in force, None before there is one. Its methods block.

    Kept are events that a pattern may yet have to see, those that wait to be matched, and those of matches
    that wait or are to be followed; and matches, as long as one of their events may be matched again, or they
    may throttle others.
    """

    def __init__(self, database: Database, project: Callable[[], LoadedProject | None]) -> None:
        self._database = database
        self._project = project

    def forget(self, before: Timestamp) -> int:
        """Forget what came and happened before a moment; how many events there were."""
        project = self._project()
        if project is None:
            return 0
        within = max((int(each.compiled.pattern.within) for each in project.patterns.values()), default=0)
        throttle = max((int(each.throttle or 0) for each in project.patterns.values()), default=0)
        seen = bounded(min(int(before), int(now()) - 2 * within))
        count = self._events(project, int(before), seen)
        self._matches(int(before), bounded(min(seen, int(now()) - 2 * within - throttle)))
        return count

    def _events(self, project: LoadedProject, received: int, happened: int) -> int:
        """Those on which a pattern has failed for good, or one that there is no more, are not waited for."""
        old = (EVENTS.c.received_at < received) & (EVENTS.c.time < happened)
        queued = sa.exists().where(
            EVENT_QUEUE.c.number == EVENTS.c.number,
            EVENT_QUEUE.c.ready_at.is_not(None),
            EVENT_QUEUE.c.pattern.in_(["", *project.patterns]),
        )
        open_ = sa.exists().where(
            MATCH_EVENTS.c.number == EVENTS.c.number,
            MATCHES.c.id == MATCH_EVENTS.c.match,
            MATCHES.c.status.in_(_OPEN),
        )
        batch = sa.select(EVENTS.c.number).where(old, ~queued, ~open_).order_by(EVENTS.c.number).limit(_BATCH)
        count = 0
        while True:
            numbers = [row.number for row in self._database.rows(batch)]
            if not numbers:
                return count
            with self._database.writing() as connection:
                for table in (EVENT_KEYS, EVENT_QUEUE, EVENTS):
                    connection.execute(sa.delete(table).where(table.c.number.in_(numbers)))
            count += len(numbers)

    def _matches(self, found: int, happened: int) -> None:
        """Those of which no event is left, or nobody would find them again."""
        old = (MATCHES.c.found_at < found) & (MATCHES.c.latest < happened) & MATCHES.c.status.not_in(_OPEN)
        left = sa.exists().where(
            MATCH_EVENTS.c.match == MATCHES.c.id, EVENTS.c.number == MATCH_EVENTS.c.number
        )
        batch = sa.select(MATCHES.c.id).where(old, ~left).order_by(MATCHES.c.found_at).limit(_BATCH)
        while True:
            ids = [row.id for row in self._database.rows(batch)]
            if not ids:
                return
            with self._database.writing() as connection:
                connection.execute(sa.delete(MATCH_EVENTS).where(MATCH_EVENTS.c.match.in_(ids)))
                connection.execute(sa.delete(MATCHES).where(MATCHES.c.id.in_(ids)))
