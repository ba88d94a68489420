"""A lane: how calls of one resource come through in this process, within its share of the limits.

Everything happens in the engine's event loop, but for `allow` and `limit_to`.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from typing import Final

from rulesflow.runtime.circuit import Circuit
from rulesflow.runtime.clock import MICROS, Clock
from rulesflow.runtime.slots import Line, Rank

_BLOCK: Final = 0.25  # seconds for whose calls turns are reserved in advance
_LATE: Final = 0.25  # seconds that a call may be late for its turn; then that is over, or many would bunch up
_IDLE: Final = 5.0  # seconds after which what was needed once is needed no more


class Lane:
    """Calls wait here for a permit of the resource's concurrency, and for their turn by its rate.

    ``held``: permits of this process that may be used, ``in_flight``: those that are; ``calls``: those by
    which a call is made. ``more_permits`` and ``more_turns`` fetch some, and have `fetched` called. ``full``:
    more permits could not be had when they were last asked for, ``failed``: nothing can be fetched just now.
    """

    def __init__(
        self,
        circuit: Circuit,
        clock: Clock,
        more_permits: Callable[[Lane], None],
        more_turns: Callable[[Lane, int], None],
    ) -> None:
        self.circuit = circuit
        self.in_flight = 0
        self.held = 0
        self.calls = 0
        self.full = False
        self.failed = False
        self._clock = clock
        self._more_permits = more_permits
        self._more_turns = more_turns
        self._fetching = False
        self._line = Line(self.leave)
        self._turns: deque[int] = deque()
        self._used = (0, 0, 0)  # turns in which quarter of a second, and in the one before
        self._timer: asyncio.TimerHandle | None = None
        self._peaks = (0, 0)
        self._peaked = time.monotonic()
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        """The resource's."""
        return self.circuit.resource.name

    @property
    def waiting(self) -> int:
        """Calls that wait, for whatever it may be."""
        return self._line.waiting + self.in_flight - self.calls

    @property
    def short(self) -> bool:
        """Whether calls wait for a permit."""
        limited = self.circuit.resource.concurrency is not None
        return limited and self._line.waiting > 0 and self.in_flight >= self.held

    async def enter(self, rank: Rank) -> None:
        """Come through. Raises what `refuse` says."""
        self._peaks = max(self._peaks[0], self.in_flight + self._line.waiting + 1), self._peaks[1]
        if not self._line.waiting and self._take():
            return
        asyncio.get_running_loop().call_soon(self.pump)
        await self._line.wait(rank)

    def leave(self) -> None:
        """Give back what `enter` took; the next one comes through."""
        with self._lock:
            self.in_flight -= 1
        if self._line.waiting:
            self.pump()

    def refuse(self) -> None:
        """Turn away who waits: the resource is not well."""
        self._line.refuse("", self.circuit.refusal)

    def pump(self) -> None:
        """Let through whoever may come, and see that the next one can."""
        while self._line.waiting and self._take():
            self._line.let_in()
        if not self._line.waiting:
            return
        if self.short:
            limit = self.circuit.resource.concurrency or 0
            if self.held < limit and not (self._fetching or self.full or self.failed):
                self._fetching = True
                self._more_permits(self)
        elif self.circuit.resource.rate is not None:
            self._turn(self.circuit.resource.rate)

    def fetched(self) -> None:
        """What was to be fetched is there, or cannot be had."""
        self._fetching = False
        self.pump()

    # -- permits ---------------------------------------------------------------------------------------

    def allow(self, permits: int) -> None:
        """So many may be used from now on."""
        with self._lock:
            self.held = permits

    def limit_to(self, permits: int) -> int:
        """Use no more than so many for new calls; how many are taken for as long as the others last."""
        with self._lock:
            self.held = min(self.held, permits)
            return max(self.in_flight, permits)

    def wish(self) -> int:
        """How many permits would be good to have: what was needed of late, and a few more."""
        limit, moment = self.circuit.resource.concurrency, time.monotonic()
        if moment - self._peaked > _IDLE:
            self._peaks, self._peaked = (0, self._peaks[0]), moment
        need = max(*self._peaks, self.in_flight + self._line.waiting)
        return min(limit, need + need // 4 + 1) if limit is not None and need else 0

    def _take(self) -> bool:
        limited, rate = self.circuit.resource.concurrency is not None, self.circuit.resource.rate
        with self._lock:
            if (limited and self.in_flight >= self.held) or (rate is not None and not self._has_turn(rate)):
                return False
            self.in_flight += 1
            return True

    # -- rate ------------------------------------------------------------------------------------------

    def reserve(self, turns: Iterable[int]) -> None:
        """Take in when further calls may go."""
        self._turns.extend(turns)

    def _has_turn(self, rate: float) -> bool:
        """Use a turn whose time has come."""
        now, late = self._clock.now(), int(max(_LATE, 1 / rate) * MICROS)
        while self._turns and self._turns[0] < now - late:
            self._turns.popleft()
        if not self._turns or self._turns[0] > now:
            return False
        self._turns.popleft()
        self._note(1)
        return True

    def _note(self, turns: int) -> int:
        """Count turns that are used; how many there were in a block of time, of late."""
        block = int(self._clock.now() / MICROS / _BLOCK)
        when, used, before = self._used
        if block != when:
            used, before = 0, used if block == when + 1 else 0
        self._used = (block, used + turns, before)
        return max(used + turns, before)

    def _turn(self, rate: float) -> None:
        """Come back when the next turn is. Where one lacks, reserve as many as were used of late."""
        lacking = self._line.waiting - len(self._turns)
        block = max(1, int(rate * _BLOCK))
        if lacking > 0 and len(self._turns) <= block // 4 and not (self._fetching or self.failed):
            self._fetching = True
            self._more_turns(self, min(max(lacking, self._note(0)), block))
        if self._turns and self._timer is None:
            seconds = max(0.0, (self._turns[0] - self._clock.now()) / MICROS)
            self._timer = asyncio.get_running_loop().call_later(seconds, self._ring)

    def _ring(self) -> None:
        self._timer = None
        self.pump()
