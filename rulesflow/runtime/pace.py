"""Pace: turns that are spread evenly over time, so many a second and hardly more."""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import suppress
from typing import Final

_HASTE: Final = 1.5  # how much closer turns may follow each other to make up for one that was late
_MORE: Final = 1.08  # how many more turns than the rate allows may be over within any one second by that
_FORGIVEN: Final = 1.0  # seconds of delay from which on the rest of it is not made up for
_LOOK: Final = 0.02  # seconds between two looks whether a turn is over


class Pace:
    """Gives turns, each of which is `over` some time. ``rate``: turns a second; None for as many as come.

    However long turns take, and whatever holds them up: not many more are over within any one second.
    """

    def __init__(self, rate: float | None) -> None:
        self._gap = 0.0 if rate is None else 1 / rate
        self._most = max(1, int((rate or 0) * _MORE))
        self._due: float | None = None
        self._last = 0.0
        self._flying = 0
        self._over: deque[float] = deque()  # when turns were over, of the last second

    async def turn(self, halt: asyncio.Event) -> None:
        """Wait for the next turn, or until there is to be none."""
        if not self._gap:
            return
        loop = asyncio.get_running_loop()
        planned = loop.time() if self._due is None else max(self._due, self._last + self._gap / _HASTE)
        while not halt.is_set() and (due := max(planned, self._room(loop.time()))) > loop.time():
            with suppress(TimeoutError):
                async with asyncio.timeout_at(due):
                    await halt.wait()
        self._flying += 1
        self._last = loop.time()
        self._due = max(planned if self._due is None else self._due, self._last - _FORGIVEN) + self._gap

    def over(self) -> None:
        """A turn is over."""
        if self._gap:
            self._flying -= 1
            self._over.append(asyncio.get_running_loop().time())

    def _room(self, now: float) -> float:
        """The moment at which one more may be over within the second before it; or a moment to look again."""
        while self._over and self._over[0] <= now - 1:
            self._over.popleft()
        if self._flying + len(self._over) < self._most:
            return now
        return self._over[0] + 1 if self._over else now + _LOOK
