"""How the service stands just now, beside what was counted of it: resources, what is parked, runs, rules."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

import sqlalchemy as sa

from rulesflow.model.times import SECOND
from rulesflow.runtime.catalog import Catalog, now
from rulesflow.runtime.database import RUNS, Database
from rulesflow.runtime.eventcounts import EventCounts
from rulesflow.runtime.parking import Parking
from rulesflow.runtime.traffic import Traffic
from rulesflow.watch.measures import ServiceMeasures

_BUSY: Final = ("queued", "running", "undoing")
_COUNTED: Final = (*_BUSY, "incident", "waiting")
_MOST: Final = 100_000  # runs of a status that are counted


@dataclass(frozen=True, slots=True)
class Seen:
    """``steps``: that there are, and the resource of each; ``resources``: as `Traffic.list` shows them.

    ``parked``: by step; ``slots``: calls of a process that may be in flight at once.
    """

    steps: Mapping[str, str] = field(default_factory=dict)
    resources: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    parked: Mapping[str, int] = field(default_factory=dict)
    service: ServiceMeasures = field(default_factory=ServiceMeasures)
    slots: int = 0


See: TypeAlias = Callable[[], Awaitable[Seen]]


async def nothing_seen() -> Seen:
    """Where there is no service around."""
    return Seen()


@dataclass(frozen=True, slots=True)
class StatSight:
    """What is looked at. ``steps``: those of plugins; ``events``: what was counted of them here."""

    database: Database
    traffic: Traffic
    parking: Parking
    catalog: Catalog
    events: Callable[[], EventCounts]
    steps: Mapping[str, str]
    slots: int

    async def see(self) -> Seen:
        """All of it. Raises `SQLAlchemyError`."""
        listed, scale = await self.traffic.list(), await self.traffic.scale()
        resources = {each["name"]: each for each in listed["resources"]}
        parked, runs = await asyncio.to_thread(self._count, bool(scale["parked"]))
        return Seen(self.steps, resources, parked, self._service(scale, runs), self.slots)

    def _count(self, parked: bool) -> tuple[Mapping[str, int], Mapping[str, int]]:
        """Parked steps by name, and runs by status."""
        counted = [
            sa.select(sa.literal(status), sa.func.count()).select_from(
                sa.select(RUNS.c.id).where(RUNS.c.status == status).limit(_MOST).subquery()
            )
            for status in _COUNTED
        ]
        with self.database.reading() as connection:
            rows = connection.execute(sa.union_all(*counted)).all()
        return self.parking.by_step() if parked else {}, {row[0]: row[1] for row in rows}

    def _service(self, scale: Mapping[str, Any], runs: Mapping[str, int]) -> ServiceMeasures:
        running = sum(runs.get(status, 0) for status in _BUSY)
        state = self.catalog.state
        active = None if state.snapshot is None else state.snapshot.activated_at
        return ServiceMeasures(
            backlog=running + scale["parked"],
            running=running,
            parked=scale["parked"],
            drain_rate=scale["drain_rate"],
            seconds=scale["seconds"],
            incidents=runs.get("incident", 0),
            waiting=runs.get("waiting", 0),
            events_waiting=self.events().waiting or 0,
            rules_error=state.failure is not None,
            rules_age=None if active is None else round(max(now() - active, 0) / SECOND, 3),
        )
