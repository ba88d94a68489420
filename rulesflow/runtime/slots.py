"""Slots: how many calls may be in flight at once, and who waits for one: the smallest rank goes first."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from heapq import heapify, heappop, heappush
from itertools import count
from typing import NamedTuple, TypeAlias

#: Priority (smaller first), then age (when the run was created: older first).
Rank: TypeAlias = tuple[float, int]


class _Waiter(NamedTuple):
    rank: Rank
    number: int
    group: str
    future: asyncio.Future[None]


class Line:
    """Those who wait to be let in, by rank; ``waiting`` of them. All of it happens in one event loop.

    ``back``: called for who was let in and is cancelled before he could go.
    """

    def __init__(self, back: Callable[[], None]) -> None:
        self.waiting = 0
        self._back = back
        self._queue: list[_Waiter] = []
        self._numbers = count()

    async def wait(self, rank: Rank, group: str = "") -> None:
        """Wait to be let in. Raises what `refuse` says; who is cancelled leaves nothing behind."""
        future = asyncio.get_running_loop().create_future()
        heappush(self._queue, _Waiter(rank, next(self._numbers), group, future))
        self.waiting += 1
        try:
            await future
        except asyncio.CancelledError:
            if future.cancelled():
                self._left(1)
            elif future.exception() is None:
                self._back()
            raise

    def let_in(self) -> bool:
        """Let the first in; False where nobody waits."""
        while self._queue:
            waiter = heappop(self._queue)
            if not waiter.future.done():
                waiter.future.set_result(None)
                self.waiting -= 1
                return True
        return False

    def refuse(self, group: str, error: Callable[[], Exception]) -> None:
        """Turn all of a group away, each with an error of his own."""
        refused = [waiter for waiter in self._queue if waiter.group == group and not waiter.future.done()]
        for waiter in refused:
            waiter.future.set_exception(error())
        self._left(len(refused))

    def _left(self, waiters: int) -> None:
        """They wait no more, and are cleared away once such are the greater part of the queue."""
        self.waiting -= waiters
        if len(self._queue) > 2 * self.waiting:
            self._queue = [waiter for waiter in self._queue if not waiter.future.done()]
            heapify(self._queue)


class Slots:
    """A semaphore whose waiters go by rank."""

    def __init__(self, free: int) -> None:
        self.free = free
        self._line = Line(self.give)

    @property
    def waiting(self) -> int:
        """How many wait for a slot."""
        return self._line.waiting

    async def take(self, rank: Rank, group: str = "") -> None:
        """Take a slot, at once if one is free, which it is only when nobody waits."""
        if self.free > 0:
            self.free -= 1
        else:
            await self._line.wait(rank, group)

    def give(self) -> None:
        """Give a slot back: to the first who waits, if anybody does."""
        if not self._line.let_in():
            self.free += 1

    def refuse(self, group: str, error: Callable[[], Exception]) -> None:
        """Turn all away who wait for a slot as members of a group."""
        self._line.refuse(group, error)
