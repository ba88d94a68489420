"""Resources: the services that steps call, as this process may use them. All processes share their state.

Admission is decided in memory, by what the database said last; what it costs the database is done by threads.
"""

from __future__ import annotations

import asyncio
import json
import logging
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from rulesflow.model.times import Timestamp
from rulesflow.runtime.breakers import (
    CIRCUIT_OPEN,
    CLOSED,
    OPEN,
    Breakers,
    Moved,
    Standing,
    standing,
)
from rulesflow.runtime.circuit import Call, Circuit, NotAdmitted
from rulesflow.runtime.clock import MICROS, Clock, database_now
from rulesflow.runtime.database import RESOURCES, SHARES, Database
from rulesflow.runtime.healthchecks import TIMEOUT, HealthChecks
from rulesflow.runtime.lane import Lane
from rulesflow.runtime.patience import told
from rulesflow.runtime.permits import Share, Shares, fair, turn
from rulesflow.runtime.slots import Slots
from rulesflow.runtime.window import dumps
from rulesflow.workflows.commands import Problem
from rulesflow.workflows.resource import Resource
from rulesflow.workflows.step import ErrorClass

__all__ = ["NotAdmitted", "Permit", "Resources"]

logger = logging.getLogger(__name__)

_WRITTEN: Final = 1.0  # seconds between two writes of what a process has seen, unless others have to know
_STEP: Final = MICROS  # between two doublings of the rate at which parked runs go
_BACKING: Final = MICROS // 4  # between two halvings
_LATELY: Final = 2 * MICROS  # in which parked runs went, so that failures are theirs
_ASKING: Final = 2 * TIMEOUT  # seconds for which nobody else asks for a resource's health
_NANOS: Final = 1000  # of a microsecond


class Permit:
    """A call that may be made. Exactly one of `done` and `drop` ends it, in the engine's event loop.

    ``back`` gives everything back; ``count`` is told what came of the call, and answers as `done` does.
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
        self._known = known
        self._slots = Slots(slots)
        self._clock = Clock()
        self._breakers = Breakers(database)
        self._shares = Shares(database, executor)
        self._checks = HealthChecks()
        self._lanes: dict[str, Lane] = {}
        self._dealt: Mapping[str, Mapping[str, Share]] = {}
        self._asked: dict[str, Standing] = {}
        self._told: dict[str, tuple[int, ...]] = {}
        self._told_at = 0.0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._making = threading.Lock()
        self._shared = threading.RLock()  # what is read is taken over before something else is written
        self._thread = ThreadPoolExecutor(1, "rulesflow-resources")

    async def attach(self) -> None:
        """Learn the engine's event loop, where asynchronous health checks run. Await it there, at start."""
        self._loop = self._checks.loop = asyncio.get_running_loop()

    def state(self, name: str) -> str:
        """``closed``, ``open`` or ``half-open``, as last known."""
        return self._lane(name).circuit.view.state

    def healthy_since(self, name: str) -> int:
        """Since when the state is what it is, as last known; microseconds by the database's clock."""
        return self._lane(name).circuit.view.since

    def calls(self) -> dict[str, dict[str, int]]:
        """The calls of this process since it began: by resource, and ``ok`` or the class of the error."""
        return {name: dict(lane.circuit.outcomes) for name, lane in sorted(self._lanes.copy().items())}

    # -- admission -------------------------------------------------------------------------------------

    async def admit(self, name: str, *, priority: float, age: int, probe: bool, parks: bool) -> Permit:
        """Wait until a call of the resource may be made. Raises `NotAdmitted`, also while it waits.

        ``probe``: it was let out of the parking to try the resource. ``parks``: whether the step parks when
        it is not admitted; of those that do not, one at a time tries a half-open resource.
        """
        self._loop = asyncio.get_running_loop()
        lane, rank = self._lane(name), (priority, age)
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
            self._refuse(lane)
            self._behind(partial(self._decide, lane))
        return lane.circuit.view.state != CLOSED

    def _refuse(self, lane: Lane) -> None:
        """Turn away whoever waits for a resource that is not called."""
        if lane.circuit.view.state == OPEN:
            lane.refuse()
            self._slots.refuse(lane.name, lane.circuit.refusal)

    def _lane(self, name: str) -> Lane:
        lane = self._lanes.get(name)
        if lane is None:
            with self._making:
                circuit = Circuit(self._known().get(name) or Resource(name), self._clock)
                lane = Lane(circuit, self._clock, self._more_permits, self._more_turns)
                lane = self._lanes.setdefault(name, lane)
        return lane

    # -- every quarter of a second ---------------------------------------------------------------------

    def tick(self) -> None:
        """Blocks; to be called every quarter of a second. Raises `SQLAlchemyError`, which does no harm."""
        try:
            lanes = self._refresh()
            self._tell(lanes)
            for lane in lanes:
                if lane.circuit.decision is not None or lane.circuit.judge():
                    self._decide(lane)
                self._share(lane)
                self._pace(lane)
        finally:
            self._in_loop(self._pump)

    def _refresh(self) -> list[Lane]:
        """Take over what is shared; the lanes of all resources that there are here."""
        known = self._known()
        lanes = [self._lane(name) for name in sorted({*known, *self._lanes})]
        for lane in lanes:
            lane.circuit.resource = known.get(lane.name) or Resource(lane.name)
        with self._shared:
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
                if row.executor != self._executor:
                    counts[row.name].append(json.loads(row.counts))
        self._dealt = dealt
        for name, lane in self._lanes.copy().items():
            lane.circuit.others = counts[name]
        return {row.name: standing(row) for row in rows}

    def _adopt(self, lane: Lane, found: Standing) -> None:
        mine = self._dealt.get(lane.name, {}).get(self._executor, Share(0, 0))
        lane.limit_to(mine.permits)  # less than before where others took us for gone
        self._changed(lane, *lane.circuit.adopt(found))

    def _changed(self, lane: Lane, before: str, after: str) -> None:
        if before == after:
            return
        view = lane.circuit.view
        if after == OPEN:
            logger.warning("%s is not called: %s", lane.name, view.problem.message if view.problem else "")
        else:
            logger.info("%s is %s", lane.name, after)
        self._in_loop(partial(self._refuse, lane))

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
            shown = {name: dumps(self._seen(self._lanes[name])) for name in news}
            with self._shared:
                self._shares.put_counts(shown, self._clock.now())
            self._told |= news
            self._told_at = moment

    def _seen(self, lane: Lane) -> dict[str, Any]:
        return {**lane.circuit.written(), "in_flight": lane.calls, "waiting": lane.waiting}

    def _pump(self) -> None:
        for lane in self._lanes.values():
            lane.denied = False
            lane.pump()

    # -- the breaker -----------------------------------------------------------------------------------

    def _decide(self, lane: Lane) -> None:
        """Write down what was decided here, unless another process was quicker."""
        circuit = lane.circuit
        with self._shared:
            decision = circuit.decision
            if decision is None:
                return
            if decision.problem is not None:
                moved = self._breakers.trip(decision.seen, decision.problem, circuit.resource.breaker)
            else:
                moved = self._breakers.close(decision.seen)
            before = decision.seen.state
            _, after = circuit.settle(decision, moved.standing)
            self._changed(lane, before, after)

    def _move(self, lane: Lane, move: Callable[[Standing], Moved], seen: Standing) -> bool:
        """Change the shared state; False where another process was quicker."""
        with self._shared:
            moved = move(seen)
            self._changed(lane, *lane.circuit.adopt(moved.standing))
        return moved.won

    def due(self) -> list[str]:
        """The resources that this process has just moved to half-open, so that a parked run may try them.

        Blocks, but not for a health check: that is begun, and the resource is among those of a later call.
        """
        return [lane.name for lane in [*self._lanes.values()] if self._is_due(lane)]

    def _is_due(self, lane: Lane) -> bool:
        seen, check = lane.circuit.standing, lane.circuit.resource.health
        asked = self._asked.get(lane.name)
        if lane.circuit.decision is not None:
            return False
        if asked is not None:
            return self._answered(lane, asked)
        if seen.state != OPEN or seen.forced or seen.probe_at > self._clock.now():
            return False
        if check is None:
            return self._move(lane, self._breakers.half_open, seen)
        if self._move(lane, partial(self._breakers.claim, seconds=_ASKING), seen):
            self._asked[lane.name] = lane.circuit.standing
            self._checks.ask(lane.name, check)
        return False

    def _answered(self, lane: Lane, asked: Standing) -> bool:
        """Go by what the health check has said."""
        well = self._checks.answer(lane.name)
        if well is None:
            return False
        del self._asked[lane.name]
        if well:
            return self._move(lane, self._breakers.half_open, asked)
        problem = Problem(ErrorClass.UNAVAILABLE, CIRCUIT_OPEN, "it says that it is not well")
        breaker = lane.circuit.resource.breaker
        self._move(lane, partial(self._breakers.trip, problem=problem, breaker=breaker), asked)
        return False

    def order(self, name: str, action: str, reason: str) -> None:
        """What an operator presses: ``open``, ``close`` or ``probe``. Blocks."""
        lane = self._lane(name)
        message = "opened by hand" + (f" ({reason})" if reason else "")
        with self._shared:
            self._breakers.add([name])
            match action:
                case "open":
                    problem = Problem(ErrorClass.UNAVAILABLE, CIRCUIT_OPEN, message)
                    found = self._breakers.force(name, problem)
                case "close":
                    found = self._breakers.release(name)
                case "probe":
                    found = self._breakers.hasten(name)
                case other:
                    raise ValueError(f"{other} is not something to order: open, close or probe")
            self._changed(lane, *lane.circuit.adopt(found))

    # -- parked runs -----------------------------------------------------------------------------------

    def grant(self, name: str, most: int) -> int:
        """How many parked runs this process may let go now, ``most`` of them at most. Blocks."""
        lane = self._lane(name)
        circuit = lane.circuit
        if circuit.decision is not None:
            self._decide(lane)
        if most <= 0 or circuit.view.state == OPEN or circuit.standing.drain_next > self._clock.now():
            return 0
        with self._shared:
            self._known_to_all(lane)
            granted, found = self._breakers.grant(name, most, circuit.resource.drain_limit)
            self._changed(lane, *circuit.adopt(found))
        return granted

    def _pace(self, lane: Lane) -> None:
        """Let parked runs go twice as fast, or half as fast where calls fail."""
        seen, limit, now = lane.circuit.standing, lane.circuit.resource.drain_limit, self._clock.now()
        if seen.state != CLOSED or seen.drain_rate <= 0 or lane.circuit.decision is not None:
            return
        calls, bad = lane.circuit.step()
        failing = bad > 0 and bad >= calls * lane.circuit.resource.breaker.failures / 2
        rate = seen.drain_rate
        if failing and seen.drain_next > now - _LATELY:
            rate = max(rate / 2, min(1.0, limit)) if now - seen.drain_at >= _BACKING else rate
        elif rate < limit and now - seen.drain_at >= _STEP:
            rate *= 2
        rate = min(rate, limit)
        if rate != seen.drain_rate:
            self._move(lane, partial(self._breakers.pace, rate=rate), seen)

    # -- permits and turns -----------------------------------------------------------------------------

    def _share(self, lane: Lane) -> None:
        """Take, give back or ask for permits, if that changes anything."""
        limit = lane.circuit.resource.concurrency or 0
        dealt = self._dealt.get(lane.name, {})
        mine = dealt.get(self._executor, Share(0, 0))
        wish = lane.wish()
        if mine == Share(0, 0) and not wish:
            return
        others = {name: share for name, share in dealt.items() if name != self._executor}
        wanted = {name: share.wanted for name, share in others.items()}
        free = max(0, limit - sum(share.permits for share in others.values()))
        mine_by_right = fair(
            limit, {**wanted, self._executor: max(wish, lane.held)}, turn(self._clock.now())
        )[self._executor]
        grows = lane.short and (min(mine_by_right, free) > lane.held or wish > mine.wanted)
        wasted = (
            mine.permits > max(lane.held, lane.in_flight)
            or wish * 2 < mine.wanted
            or (mine.wanted and not wish)
        )
        if grows or wasted or mine_by_right < lane.held:
            self._settle(lane)

    def _settle(self, lane: Lane) -> None:
        with self._shared:
            self._known_to_all(lane)
            wish, limit = lane.wish(), lane.circuit.resource.concurrency or 0
            lane.allow(self._shares.settle(lane.name, limit, wish, lane.limit_to))
            lane.denied = lane.held < wish

    def _more_permits(self, lane: Lane) -> None:
        self._fetch(lane, partial(self._settle, lane))

    def _more_turns(self, lane: Lane, calls: int) -> None:
        self._fetch(lane, partial(self._reserve, lane, calls))

    def _reserve(self, lane: Lane, calls: int) -> None:
        rate = lane.circuit.resource.rate
        if rate is None:
            return
        with self._shared:
            self._known_to_all(lane)
            turns, now = self._shares.reserve(lane.name, rate, calls)
        self._clock.hear(now)
        self._in_loop(partial(lane.reserve, turns))

    def _known_to_all(self, lane: Lane) -> None:
        """See that there is a row to lock."""
        if not lane.circuit.standing.since:
            self._breakers.add([lane.name])

    def _fetch(self, lane: Lane, work: Callable[[], None]) -> None:
        def fetch() -> None:
            try:
                work()
            except SQLAlchemyError:
                lane.denied = True  # until the next tick
                raise
            finally:
                self._in_loop(lane.fetched)

        self._behind(fetch)

    # -- threads ---------------------------------------------------------------------------------------

    def _behind(self, work: Callable[[], None]) -> None:
        """Do what needs the database in a thread. If it fails, the next tick makes up for it."""

        def quietly() -> None:
            try:
                work()
            except SQLAlchemyError as error:
                logger.debug("resources: %s", told(error))
            except Exception:
                logger.exception("resources")

        try:
            self._thread.submit(quietly)
        except RuntimeError:  # the process ends
            return

    def _in_loop(self, work: Callable[[], None]) -> None:
        try:
            if self._loop is not None:
                self._loop.call_soon_threadsafe(work)
        except RuntimeError:  # it is closed, so nobody waits any more
            return

    # -- the end ---------------------------------------------------------------------------------------

    def shown(self) -> list[dict[str, Any]]:
        """What people see of each resource, by name. Blocks."""
        known = self._known()
        return [self._shown(lane) for lane in self._refresh() if lane.name in known]

    def _shown(self, lane: Lane) -> dict[str, Any]:
        circuit, view, counts = lane.circuit, lane.circuit.view, lane.circuit.counts()
        resource, breaker = circuit.resource, circuit.resource.breaker
        limit = resource.drain_limit
        probed = view.state == OPEN and not view.forced
        return {
            "name": lane.name,
            "state": view.state,
            "since": _time(view.since) if view.since else None,
            "problem": view.problem.as_dict() if view.problem else None,
            "forced": view.forced,
            "next_probe": _time(view.probe_at) if probed else None,
            "limits": {
                "concurrency": resource.concurrency,
                "rate": resource.rate,
                "drain": resource.drain_limit,
            },
            "breaker": {
                "window": breaker.window,
                "calls": breaker.calls,
                "failures": breaker.failures,
                "slow": breaker.slow,
                "errors": [str(each) for each in breaker.errors],
                "rest": breaker.rest,
                "longest_rest": breaker.longest_rest,
            },
            "window": {
                "calls": counts.calls,
                "failed": counts.failed,
                "slow": counts.slow,
                "by_class": dict(counts.by_class),
                "p50": counts.latency_at(0.5),
                "p95": counts.latency_at(0.95),
            },
            "in_flight": lane.calls + sum(each.get("in_flight", 0) for each in circuit.others),
            "waiting": lane.waiting + sum(each.get("waiting", 0) for each in circuit.others),
            "drain_rate": min(view.drain_rate or limit, limit) if view.state == CLOSED else 0.0,
        }

    def leave(self) -> None:
        """This process ends: take its permits and counts away. Blocks."""
        self._thread.shutdown(wait=True, cancel_futures=True)
        self.forget([self._executor])

    def forget(self, executors: Collection[str]) -> None:
        """Take away the permits and counts of processes that are gone. Blocks."""
        self._shares.forget(executors)


def _time(micros: int) -> Timestamp:
    return Timestamp(micros * _NANOS)
