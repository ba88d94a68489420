"""Pace: turns that are spread evenly over time, so many a second and hardly more."""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import suppress
from typing import Final

_HASTE: Final = 2.0  # how much closer turns may follow each other to make up for one that was late
_MORE: Final = 1.08  # how many more turns than the rate allows may fall into any one second by that
_MOST: Final = 10_000  # turns a second, which nobody takes
_FORGIVEN: Final = 1.0  # seconds of delay from which on the rest of it is not made up for


class Pace:
    """Gives turns. ``rate``: turns a second; None for as many as anybody takes."""

    def __init__(self, rate: float | None) -> None:
        self._gap = 0.0 if rate is None else 1 / rate
        self._due: float | None = None
        self._second: deque[float] = deque(maxlen=max(1, int(min((rate or 0) * _MORE, _MOST))))

    async def turn(self, halt: asyncio.Event) -> None:
        """Wait for the next turn, or until there is to be none."""
        if not self._gap:
            return
        loop = asyncio.get_running_loop()
        planned = loop.time() if self._due is None else self._due
        due = max(planned, self._earliest())
        if due > loop.time():
            with suppress(TimeoutError):
                async with asyncio.timeout_at(due):
                    await halt.wait()
        self._second.append(loop.time())
        self._due = max(planned, self._second[-1] - _FORGIVEN) + self._gap

    def _earliest(self) -> float:
        """The moment before which no turn comes, however late the ones before it were."""
        if not self._second:
            return 0.0
        full = len(self._second) == self._second.maxlen
        return max(self._second[-1] + self._gap / _HASTE, self._second[0] + 1 if full else 0.0)
