"""The moment at which the server is told to end. Long answers stop then, so that it need not wait."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, TypeVar

T = TypeVar("T")
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Ending:
    """Whether the end has come. A server first waits for its answers and only then tells the application.

    So whoever answers for long has to learn it from the signals themselves, beside the server's own handlers.
    """

    def __init__(self) -> None:
        self._come = asyncio.Event()

    async def wait(self) -> None:
        """Until the end comes."""
        await self._come.wait()

    async def before(self, work: Awaitable[T]) -> T | None:
        """What the work gives; None where the end comes first, which cancels it."""
        task, come = asyncio.ensure_future(work), asyncio.ensure_future(self._come.wait())
        try:
            await asyncio.wait((task, come), return_when=asyncio.FIRST_COMPLETED)
            return task.result() if task.done() else None
        finally:
            task.cancel()
            come.cancel()

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Listen, within the event loop; the end has come, too, when the block is left."""
        loop = asyncio.get_running_loop()
        before: dict[int, Any] = {}
        if threading.current_thread() is threading.main_thread():
            for number in _SIGNALS:
                before[number] = signal.getsignal(number)
                if callable(before[number]):  # what is left to the system ends us at once, and may
                    signal.signal(number, self._chained(loop, before[number]))
        try:
            yield
        finally:
            self._come.set()
            for changed, handler in before.items():
                if callable(handler):
                    signal.signal(changed, handler)

    def _chained(
        self, loop: asyncio.AbstractEventLoop, handler: Callable[[int, FrameType | None], object]
    ) -> Callable[[int, FrameType | None], None]:
        def chained(number: int, frame: FrameType | None) -> None:
            loop.call_soon_threadsafe(self._come.set)
            handler(number, frame)

        return chained
