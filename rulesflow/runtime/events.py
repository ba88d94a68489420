"""Events: what callers may ask of them. Taken in, listed, and what patterns have made of them."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Iterable, Sequence
from typing import Any, Final

from rulesflow.model.errors import Overloaded
from rulesflow.runtime.catalog import Catalog
from rulesflow.runtime.cloudevents import CloudEvent
from rulesflow.runtime.eventcounts import EventCounts
from rulesflow.runtime.eventquery import EventQuery, MatchQuery
from rulesflow.runtime.intake import Intake

logger = logging.getLogger(__name__)

#: Events that wait to be matched, before new ones are refused.
MOST_WAITING: Final = 1_000_000
_RETRY_AFTER: Final = 10  # seconds
_MANY: Final = 200  # events from which on holding them against their types is left to a thread


class Events:
    """The service over all events. ``start`` it, ``stop`` it; its methods may be awaited in any loop.

    ``limit``: of the events that wait to be matched.
    """

    def __init__(self, catalog: Catalog, intake: Intake, *, limit: int = MOST_WAITING) -> None:
        self._catalog = catalog
        self._limit = limit
        self._intake = intake
        intake.listeners.append(self._stored)
        self._lock = threading.Lock()
        self._waiting = 0

    def start(self) -> None:
        """Begin to store and to match. Blocks."""
        self._intake.start()

    def stop(self) -> None:
        """End, once what was taken in is stored. Blocks."""
        self._intake.stop()

    # -- taking in -------------------------------------------------------------------------------------

    async def accept(
        self, events: Sequence[CloudEvent], *, batch: bool = False, caller: str = ""
    ) -> dict[str, Any]:
        """Store events, all or none: ``{accepted, duplicates, events: [{source, id, status}]}``.

        They are stored when this returns. ``batch``: pointers name the place of an event. Raises
        `NotReadyError`, `FactsRefused` for what does not fit its type, and `Overloaded`.
        """
        self._admit(len(events))
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

    def _admit(self, count: int) -> None:
        """Raises `Overloaded`."""
        with self._lock:
            waiting = self._waiting
        if waiting + count > self._limit and waiting:
            detail = f"{waiting:,} events wait to be matched, and the bound is {self._limit:,}"
            raise Overloaded(detail, _RETRY_AFTER)

    def _stored(self, count: int) -> None:
        with self._lock:
            self._waiting += count

    # -- looking ---------------------------------------------------------------------------------------

    async def list(self, query: EventQuery) -> dict[str, Any]:
        """A page of events: ``{events, next}``. Raises `FactsRefused` for a cursor that is none."""
        raise NotImplementedError

    async def matches(self, query: MatchQuery) -> dict[str, Any]:
        """A page of matches: ``{matches, next}``. Raises `FactsRefused` for a cursor that is none."""
        raise NotImplementedError

    def patterns(self) -> dict[str, Any]:
        """The patterns that are loaded: ``{digest, engine, patterns}``. Raises `NotReadyError`."""
        project = self._catalog.current().project
        assert project.ruleset is not None
        shown = []
        for pattern in project.patterns.values():
            compiled = pattern.compiled.pattern
            shown.append(
                {
                    "name": pattern.name,
                    "title": pattern.title,
                    "by": ".".join(compiled.by),
                    "within": compiled.within,
                    "types": sorted(pattern.types),
                    "because": pattern.because,
                    "file": pattern.span.file,
                    "line": pattern.span.line,
                }
            )
        return {"digest": project.ruleset.digest, "engine": "ready", "patterns": shown}

    async def retry(self, pattern: str | None = None) -> dict[str, Any]:
        """Match again at once what patterns failed on: ``{count}``."""
        raise NotImplementedError

    def counters(self) -> EventCounts:
        """What this process has counted, for metrics."""
        return EventCounts(dict(self._intake.counts), waiting=self._waiting)
