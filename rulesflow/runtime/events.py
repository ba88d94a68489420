"""Events: what callers may ask of them. Taken in, listed, and what patterns have made of them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from rulesflow.model.diagnostics import did_you_mean
from rulesflow.model.errors import Fault, Overloaded, UnknownName
from rulesflow.patterns.supervisor import Supervisor
from rulesflow.runtime.backlog import Backlog
from rulesflow.runtime.catalog import Catalog
from rulesflow.runtime.cloudevents import CloudEvent
from rulesflow.runtime.correlation import Correlation, Parts
from rulesflow.runtime.database import Database
from rulesflow.runtime.eventcounts import EventCounts
from rulesflow.runtime.eventlists import EventLists
from rulesflow.runtime.eventquery import EventQuery, MatchQuery
from rulesflow.runtime.eventstore import EventStore
from rulesflow.runtime.followups import Followups
from rulesflow.runtime.freshfacts import FreshFacts
from rulesflow.runtime.intake import Intake
from rulesflow.runtime.listing import Listing
from rulesflow.runtime.matches import Matches
from rulesflow.runtime.precedence import Precedence
from rulesflow.runtime.runs import Runs
from rulesflow.runtime.setfacts import SetFacts
from rulesflow.runtime.shownpatterns import shown_pattern

logger = logging.getLogger(__name__)

#: Events that wait to be matched, before new ones are refused.
MOST_WAITING: Final = 1_000_000
_RETRY_AFTER: Final = 10  # seconds
_MANY: Final = 200  # events from which on holding them against their types is left to a thread


@dataclass(frozen=True, slots=True)
class Around:
    """What events are put together from. ``holder``: this process."""

    database: Database
    catalog: Catalog
    intake: Intake
    runs: Runs
    listing: Listing
    facts: SetFacts
    holder: str


class Events:
    """The service over all events. Its methods may be awaited in any loop.

    ``open`` it, so that events are stored, ``start`` it, so that they are matched; ``stop`` and ``close`` it.
    ``limit``: of the events that wait to be matched.
    """

    def __init__(self, around: Around, *, limit: int = MOST_WAITING) -> None:
        self._catalog = around.catalog
        self._intake = around.intake
        self._limit = limit
        self._lists = EventLists(around.database)
        self._matches = Matches(around.database, around.facts)
        self._supervisor = Supervisor()
        self._facts = FreshFacts(around.facts)
        precedence = Precedence(around.database)
        self._followups = Followups(around.database, around.runs, around.listing, precedence, around.holder)
        self._correlation = Correlation(
            Parts(
                around.database,
                around.catalog,
                EventStore(around.database),
                self._matches,
                self._supervisor,
                precedence,
                around.holder,
            ),
            self._found,
            self._look,
        )
        self._backlog = Backlog(self._correlation.queue, limit)
        around.intake.listeners.append(self._stored)

    def open(self) -> None:
        """Begin to store events, and know the facts that are set. Runs need both. Blocks."""
        self._facts.start()
        self._intake.start()

    def start(self) -> None:
        """Begin to match, and to follow what is found. That needs runs."""
        self._correlation.start()
        self._followups.start()

    def stop(self) -> None:
        """Match and follow no more. Blocks."""
        self._correlation.stop()
        self._followups.stop()

    def close(self) -> None:
        """End, once what was taken in is stored. Blocks."""
        self._intake.stop()
        self._facts.stop()
        self._supervisor.close()

    def inherit(self, gone: Collection[str]) -> None:
        """Take over what processes were at that are gone. Blocks."""
        self._correlation.inherit(gone)
        self._followups.inherit(gone)

    # -- taking in -------------------------------------------------------------------------------------

    async def accept(
        self, events: Sequence[CloudEvent], *, batch: bool = False, caller: str = ""
    ) -> dict[str, Any]:
        """Store events, all or none: ``{accepted, duplicates, events: [{source, id, status}]}``.

        They are stored when this returns. ``batch``: pointers name the place of an event. Raises
        `NotReadyError`, `FactsRefused` for what does not fit its type, and `Overloaded`.
        """
        await self._admit(len(events))
        if len(events) > _MANY:
            prepared = await asyncio.to_thread(self._intake.prepare, events, batch=batch)
        else:
            prepared = self._intake.prepare(events, batch=batch)
        taken = await asyncio.shield(asyncio.wrap_future(self._intake.put(prepared)))
        logger.debug("%s brings %d events, %d of them new", caller or "somebody", len(taken), sum(taken))
        shown = [
            {"source": event.source, "id": event.id, "status": "accepted" if new else "duplicate"}
            for event, new in zip(events, taken, strict=True)
        ]
        return {"accepted": sum(taken), "duplicates": len(taken) - sum(taken), "events": shown}

    def tell(self, events: Iterable[CloudEvent]) -> None:
        """Store events of a run some time, in this order. Any thread may; nobody waits.

        Those whose type is not declared, or whose data does not fit it, are passed over.
        """
        self._intake.tell(events)

    async def _admit(self, count: int) -> None:
        """Raises `Overloaded`."""
        if not self._backlog.fresh:
            await asyncio.to_thread(self._backlog.look)
        waiting = self._backlog.waiting or 0
        if waiting and waiting + count > self._limit:
            detail = f"{waiting:,} events wait to be matched, and the bound is {self._limit:,}"
            raise Overloaded(detail, _RETRY_AFTER)

    def _stored(self, count: int) -> None:
        self._backlog.more(count)
        self._correlation.wake()

    def _look(self) -> None:
        if not self._backlog.fresh:
            self._backlog.look()

    def _found(self) -> None:
        """Matches were recorded."""
        self._facts.wake()
        self._followups.wake()

    # -- looking ---------------------------------------------------------------------------------------

    async def list(self, query: EventQuery) -> dict[str, Any]:
        """A page of events: ``{events, next}``. Raises `FactsRefused` for a cursor that is none."""
        return await asyncio.to_thread(self._lists.events, query)

    async def matches(self, query: MatchQuery) -> dict[str, Any]:
        """A page of matches: ``{matches, next}``. Raises `FactsRefused` for a cursor that is none."""
        return await asyncio.to_thread(self._lists.matches, query)

    def patterns(self) -> dict[str, Any]:
        """The patterns that are loaded: ``{digest, engine, patterns}``. Raises `NotReadyError`."""
        project = self._catalog.current().project
        assert project.ruleset is not None
        engine = "ready" if self._correlation.missing is None else "missing"
        reason = self._correlation.quarantine.reason
        shown = [shown_pattern(each, reason(each.name)) for each in project.patterns.values()]
        return {"digest": project.ruleset.digest, "engine": engine, "patterns": shown}

    async def retry(self, pattern: str | None = None) -> dict[str, Any]:
        """Match again at once what patterns failed on, and follow what could not be followed: ``{count}``.

        Raises `UnknownName` for a pattern that there is not, and that nothing is left of.
        """
        count = await asyncio.to_thread(self._retry, pattern)
        known = self._catalog.current().project.patterns
        if pattern is not None and not count and pattern not in known:
            message = f"there is no pattern {pattern!r}"
            hint = did_you_mean(pattern, known) or "GET /v1/patterns lists them"
            raise UnknownName(message, (Fault("", "unknown-pattern", message, hint),))
        self._correlation.wake()
        return {"count": count}

    def _retry(self, pattern: str | None) -> int:
        self._correlation.quarantine.lift(pattern)
        return self._correlation.queue.retry(pattern) + self._matches.retry(pattern)

    def counters(self) -> EventCounts:
        """What this process has counted, for metrics."""
        correlation = self._correlation
        return EventCounts(
            events=dict(self._intake.counts),
            matches=dict(correlation.counts + self._followups.counts),
            failures=dict(correlation.failures),
            losses=self._supervisor.losses,
            waiting=self._backlog.waiting,
        )
