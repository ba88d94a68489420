"""Slots: how many calls may be in flight at once, and who waits for one: the smallest rank goes first."""

from __future__ import annotations

import asyncio
from heapq import heapify, heappop, heappush
from itertools import count
from typing import NamedTuple

#: Priority (smaller first), then age (when the run was created: older first).
Rank = tuple[float, int]


class _Waiter(NamedTuple):
    rank: Rank
    number: int
    group: str
    future: asyncio.Future[None]


class Slots:
    """A semaphore whose waiters go by rank. All of it happens in one event loop.

    ``free`` slots may be taken at once; waiters of one ``group`` can be turned away together.
    """

    def __init__(self, free: int) -> None:
        self.free = free
        self._queue: list[_Waiter] = []
        self._gone = 0
        self._numbers = count()

    @property
    def waiting(self) -> int:
        """How many wait."""
        return len(self._queue) - self._gone

    def take_now(self) -> bool:
        """Take a slot if one is free, which it is only when nobody waits."""
        if self.free <= 0:
            return False
        self.free -= 1
        return True

    async def take(self, rank: Rank, group: str = "") -> None:
        """Wait for a slot. Whoever is cancelled meanwhile leaves nothing behind."""
        if not self.take_now():
            await self.wait(rank, group)

    async def wait(self, rank: Rank, group: str = "") -> None:
        """Wait to be let in by `give`, even if a slot is free."""
        future = asyncio.get_running_loop().create_future()
        heappush(self._queue, _Waiter(rank, next(self._numbers), group, future))
        try:
            await future
        except asyncio.CancelledError:
            if future.cancelled():
                self._left()
            elif future.exception() is None:  # let in and cancelled in the same breath
                self.give()
            raise

    def give(self) -> None:
        """Give a slot back: to the first who waits, if anybody does."""
        if not self.let_in():
            self.free += 1

    def let_in(self) -> bool:
        """Let the first in who waits; False where nobody does."""
        while self._queue:
            waiter = heappop(self._queue)
            if not waiter.future.done():
                waiter.future.set_result(None)
                return True
            self._gone -= 1
        return False

    def refuse(self, group: str, error: Exception) -> None:
        """Turn all who wait in a group away: for them, `take` raises the error."""
        refused = [waiter for waiter in self._queue if waiter.group == group]
        if refused:
            self._keep([waiter for waiter in self._queue if waiter.group != group])
        for waiter in refused:
            if not waiter.future.done():
                waiter.future.set_exception(error)

    def _left(self) -> None:
        """One in the queue waits no more. They are cleared away once they are the greater part."""
        self._gone += 1
        if self._gone * 2 > len(self._queue):
            self._keep(self._queue)

    def _keep(self, waiters: list[_Waiter]) -> None:
        self._queue = [waiter for waiter in waiters if not waiter.future.done()]
        self._gone = 0
        heapify(self._queue)
