"""The dealer: gets this process its share of a resource's concurrency, and turns by its rate.

It asks the database only where that would change something. ``lock``: what was read of the shared state is
taken over before anything else of it is written.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from functools import partial

from sqlalchemy.exc import SQLAlchemyError

from rulesflow.runtime.background import Background
from rulesflow.runtime.breakers import Breakers
from rulesflow.runtime.clock import Clock
from rulesflow.runtime.lane import Lane
from rulesflow.runtime.permits import NOTHING, Share, Shares, fair, turn


class Dealer:
    """For all lanes of the process ``executor``."""

    def __init__(
        self,
        executor: str,
        shares: Shares,
        breakers: Breakers,
        clock: Clock,
        background: Background,
        lock: threading.RLock,
    ) -> None:
        self._executor = executor
        self._shares = shares
        self._breakers = breakers
        self._clock = clock
        self._background = background
        self._lock = lock

    def permits(self, lane: Lane) -> None:
        """Fetch permits in the background."""
        self._fetch(lane, partial(self.settle, lane))

    def turns(self, lane: Lane, calls: int) -> None:
        """Reserve turns in the background."""
        self._fetch(lane, partial(self._reserve, lane, calls))

    def look(self, lane: Lane, dealt: Mapping[str, Share]) -> None:
        """Take, give back or ask for permits, if that changes anything. ``dealt``: as last read. Blocks."""
        mine, wish = dealt.get(self._executor, NOTHING), lane.wish()
        if mine == NOTHING and not wish:
            return
        if self._is_wasted(lane, mine, wish) or self._would_change(lane, dealt, wish):
            self.settle(lane)

    def settle(self, lane: Lane) -> None:
        """Have as many permits as this process should. Blocks."""
        with self._lock:
            self._breakers.know(lane.circuit.standing)
            wish, limit = lane.wish(), lane.circuit.resource.concurrency or 0
            lane.allow(self._shares.settle(lane.name, limit, wish, lane.limit_to))
            lane.full = lane.held < wish

    def _is_wasted(self, lane: Lane, mine: Share, wish: int) -> bool:
        """Whether others could use what this process holds or wants."""
        return mine.permits > max(lane.held, lane.in_flight) or wish * 2 < mine.wanted

    def _would_change(self, lane: Lane, dealt: Mapping[str, Share], wish: int) -> bool:
        """Whether this process holds more than is fair, or could have more."""
        limit = lane.circuit.resource.concurrency or 0
        others = {name: share for name, share in dealt.items() if name != self._executor}
        wanted = {name: share.wanted for name, share in others.items()} | {
            self._executor: max(wish, lane.held)
        }
        right = fair(limit, wanted, turn(self._clock.now()))[self._executor]
        if right < lane.held:
            return True
        free = max(0, limit - sum(share.permits for share in others.values()))
        mine = dealt.get(self._executor, NOTHING)
        return lane.short and (min(right, free) > lane.held or wish > mine.wanted)

    def _reserve(self, lane: Lane, calls: int) -> None:
        rate = lane.circuit.resource.rate
        if rate is None:
            return
        with self._lock:
            self._breakers.know(lane.circuit.standing)
            turns, now = self._shares.reserve(lane.name, rate, calls)
        self._clock.hear(now)
        self._background.in_loop(partial(lane.reserve, turns))

    def _fetch(self, lane: Lane, work: Callable[[], None]) -> None:
        def fetch() -> None:
            try:
                work()
            except SQLAlchemyError:
                lane.failed = True  # until the next look
                raise
            finally:
                self._background.in_loop(lane.fetched)

        self._background.do(fetch)
