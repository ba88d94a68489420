"""Resources: the services that steps call, as this process may use them. All processes share their state.

Admission is decided in memory, by what the database said last; what it costs the database is done by threads.
"""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import partial
from typing import Any, Final

import sqlalchemy as sa

from rulesflow.runtime.background import Background
from rulesflow.runtime.breakers import CLOSED, Breakers, Standing, standing
from rulesflow.runtime.circuit import Call, NotAdmitted
from rulesflow.runtime.clock import Clock, database_now
from rulesflow.runtime.database import RESOURCES, SHARES, Database
from rulesflow.runtime.dealer import Dealer
from rulesflow.runtime.healthchecks import HealthChecks
from rulesflow.runtime.lane import Lane
from rulesflow.runtime.lanes import Lanes
from rulesflow.runtime.permits import NOTHING, Share, Shares
from rulesflow.runtime.shownresources import shown_resource
from rulesflow.runtime.slots import Slots
from rulesflow.runtime.tender import Tender
from rulesflow.runtime.window import dumps
from rulesflow.workflows.resource import Resource
from rulesflow.workflows.step import ErrorClass

__all__ = ["NotAdmitted", "Permit", "Resources"]

_WRITTEN: Final = 1.0  # seconds between two writes of what a process has seen, unless others have to know


class Permit:
    """A call that may be made. Exactly one of `done` and `drop` ends it, in the engine's event loop.

    ``back`` gives everything back. ``count`` is told what came of the call, and answers as `done` does;
    ``drop`` is told that nothing is known.
    """

    def __init__(
        self,
        back: Callable[[], None],
        count: Callable[[ErrorClass | None, float], bool] | None = None,
        drop: Callable[[], None] | None = None,
    ) -> None:
        self._back = back
        self._count = count
        self._drop = drop

    def done(self, error_class: ErrorClass | None, seconds: float) -> bool:
        """Give everything back and count the call, which failed by ``error_class`` (None: it did not).

        True: the resource is not well now, so whoever failed parks instead of trying again.
        """
        unwell = self._count(error_class, seconds) if self._count is not None else False
        self._back()
        return unwell

    def drop(self) -> None:
        """Give everything back; nothing is known of the call, since it was broken off."""
        if self._drop is not None:
            self._drop()
        self._back()


class Resources:
    """Admits calls, tells who is well, and lets parked runs go.

    ``known``: the resources of now, by name; one that is missing there has no limits and the usual breaker.
    ``slots``: calls of this process in flight. Methods that are not said to block do not; `admit`, `attach`
    and the permits belong to the engine's event loop, the others to any thread.
    """

    def __init__(
        self, database: Database, executor: str, known: Callable[[], Mapping[str, Resource]], slots: int
    ) -> None:
        self._database = database
        self._executor = executor
        self._lock = threading.RLock()
        self._clock, self._slots, self._checks = Clock(), Slots(slots), HealthChecks()
        self._background = Background("resources")
        self._breakers, self._shares = Breakers(database), Shares(database, executor)
        self._dealer = Dealer(
            executor, self._shares, self._breakers, self._clock, self._background, self._lock
        )
        self._lanes = Lanes(known, self._slots, self._clock, self._background, self._dealer)
        self._tender = Tender(self._breakers, self._lanes, self._checks, self._clock, self._lock)
        self._dealt: Mapping[str, Mapping[str, Share]] = {}
        self._told: dict[str, tuple[int, ...]] = {}
        self._told_at = 0.0

    async def attach(self) -> None:
        """Learn the engine's event loop, where asynchronous health checks run. Await it there, at start."""
        self._background.loop = self._checks.loop = asyncio.get_running_loop()

    def state(self, name: str) -> str:
        """``closed``, ``open`` or ``half-open``, as last known."""
        return self._lanes.of(name).circuit.view.state

    def healthy_since(self, name: str) -> int:
        """Since when the state is what it is, as last known; microseconds by the database's clock."""
        return self._lanes.of(name).circuit.view.since

    def calls(self) -> dict[str, dict[str, int]]:
        """The calls of this process since it began: by resource, and ``ok`` or the class of the error."""
        return {lane.name: dict(lane.circuit.outcomes) for lane in self._lanes.all()}

    # -- admission -------------------------------------------------------------------------------------

    async def admit(self, name: str, *, priority: float, age: int, probe: bool, parks: bool) -> Permit:
        """Wait until a call of the resource may be made. Raises `NotAdmitted`, also while it waits.

        ``probe``: it was let out of the parking to try the resource. ``parks``: whether the step parks when
        it is not admitted; of those that do not, one at a time tries a half-open resource.
        """
        self._background.loop = asyncio.get_running_loop()
        lane, rank = self._lanes.of(name), (priority, age)
        lane.circuit.check(probe, parks)
        await lane.enter(rank)
        try:
            await self._slots.take(rank, name)
        except BaseException:
            lane.leave()
            raise
        lane.calls += 1
        back = partial(self._back, lane)
        try:
            call = lane.circuit.admit(probe, parks)
        except NotAdmitted:
            back()
            raise
        return Permit(back, partial(self._count, lane, call), partial(lane.circuit.drop, call))

    def _back(self, lane: Lane) -> None:
        lane.calls -= 1
        self._slots.give()
        lane.leave()

    def _count(self, lane: Lane, call: Call, error_class: ErrorClass | None, seconds: float) -> bool:
        if lane.circuit.count(call, error_class, seconds):
            self._lanes.refuse(lane)
            self._background.do(partial(self._tender.decide, lane))
        return lane.circuit.view.state != CLOSED

    # -- every quarter of a second ---------------------------------------------------------------------

    def tick(self) -> None:
        """Blocks; to be called every quarter of a second. Raises `SQLAlchemyError`, which does no harm."""
        try:
            lanes = self._refresh()
            self._tell(lanes)
            for lane in lanes:
                self._tender.look(lane)
                self._dealer.look(lane, self._dealt.get(lane.name, {}))
        finally:
            self._background.in_loop(self._lanes.pump)

    def _refresh(self) -> list[Lane]:
        """Take over what is shared; all lanes."""
        lanes = self._lanes.renewed()
        with self._lock:
            found = self._read()
            missing = [lane.name for lane in lanes if lane.name not in found]
            if missing:
                self._breakers.add(missing)
                found = self._read()
            for lane in lanes:
                if lane.name in found:
                    self._adopt(lane, found[lane.name])
        return lanes

    def _read(self) -> dict[str, Standing]:
        """Everything that is shared, in one statement."""
        share = [SHARES.c.executor, SHARES.c.counts, SHARES.c.permits, SHARES.c.wanted]
        both = sa.outerjoin(RESOURCES, SHARES, RESOURCES.c.name == SHARES.c.resource)
        query = sa.select(database_now(self._database).label("now"), RESOURCES, *share).select_from(both)
        rows: list[Any] = self._database.rows(query)
        if rows:
            self._clock.hear(rows[0].now)
        dealt: dict[str, dict[str, Share]] = defaultdict(dict)
        counts: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
        for row in rows:
            if row.executor is not None:
                dealt[row.name][row.executor] = Share(row.permits, row.wanted)
            if row.executor not in (None, self._executor):
                counts[row.name].append(json.loads(row.counts))
        for lane in self._lanes.all():
            lane.circuit.others = counts[lane.name]
        self._dealt = dealt
        return {row.name: standing(row) for row in rows}

    def _adopt(self, lane: Lane, found: Standing) -> None:
        mine = self._dealt.get(lane.name, {}).get(self._executor, NOTHING)
        lane.limit_to(mine.permits)  # fewer than before where others took us for gone
        self._lanes.changed(lane, *lane.circuit.adopt(found))

    def _tell(self, lanes: Iterable[Lane]) -> None:
        """Write what this process has seen, if it is new: once a second, or at once if it is bad."""
        moment = time.monotonic()
        rarely = moment - self._told_at >= _WRITTEN
        news: dict[str, tuple[int, ...]] = {}
        for lane in lanes:
            circuit = lane.circuit
            now = (circuit.bad, circuit.outcomes.total(), lane.calls, lane.waiting)
            before = self._told.get(lane.name, (0, 0, 0, 0))
            if now != before and (rarely or (now[0] != before[0] and circuit.others)):
                news[lane.name] = now
        if news:
            with self._lock:
                self._shares.put_counts({name: self._seen(name) for name in news}, self._clock.now())
            self._told |= news
            self._told_at = moment

    def _seen(self, name: str) -> str:
        lane = self._lanes.of(name)
        return dumps({**lane.circuit.written(), "in_flight": lane.calls, "waiting": lane.waiting})

    # -- parked runs -----------------------------------------------------------------------------------

    def due(self) -> list[str]:
        """The resources that this process has just moved to half-open, so that a parked run may try them.

        Blocks, but not for a health check: that is begun, and the resource is among those of a later call.
        """
        return [lane.name for lane in self._lanes.all() if self._tender.is_due(lane)]

    def grant(self, name: str, most: int) -> int:
        """How many parked runs this process may let go now, ``most`` of them at most. Blocks."""
        return self._tender.grant(self._lanes.of(name), most)

    # -- people, and the end ---------------------------------------------------------------------------

    def order(self, name: str, action: str, reason: str) -> None:
        """What an operator presses: ``open``, ``close`` or ``probe``. Blocks."""
        self._tender.order(self._lanes.of(name), action, reason)

    def shown(self) -> list[dict[str, Any]]:
        """What people see of each resource that is known, by name; see `shown_resource`. Blocks."""
        self._refresh()
        return [shown_resource(lane) for lane in self._lanes.known()]

    def leave(self) -> None:
        """This process ends: take its permits and counts away. Blocks."""
        self._background.close()
        self.forget([self._executor])

    def forget(self, executors: Collection[str]) -> None:
        """Take away the permits and counts of processes that are gone. Blocks."""
        self._shares.forget(executors)

    def disown(self, known: Collection[str]) -> None:
        """The same of all processes that are not ``known``. Blocks."""
        self._shares.disown(known)
