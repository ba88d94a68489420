"""Threads for plain handlers: so many and no more, those counted that a handler does not give back.

They are daemons, which those of `concurrent.futures` are not: a handler that hangs must not keep the process
from ending.
"""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any

from rulesflow.model.errors import RulesflowError


class AllThreadsHang(RulesflowError):
    """Every thread is held by a handler that did not come back in time."""


class _Job:
    """Work, and who waits for it. ``begun`` becomes False where it never will."""

    def __init__(self, work: Callable[[], Any]) -> None:
        self.loop = asyncio.get_running_loop()
        self.begun: asyncio.Future[bool] = self.loop.create_future()
        self.ended: asyncio.Future[Any] = self.loop.create_future()
        self.context = contextvars.copy_context()
        self.work = work

    def tell(self, future: asyncio.Future[Any], value: Any) -> None:
        """Set a result from any thread."""
        try:
            self.loop.call_soon_threadsafe(_set, future, value)
        except RuntimeError:  # the loop is closed, so nobody waits any more
            return


class HandlerThreads:
    """A bounded pool. No thread can be stopped: one that hangs is missing until it ends by itself."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._lock = threading.Lock()
        self._threads = 0
        self._idle = 0
        self._queued: set[_Job] = set()
        self._running: set[_Job] = set()
        self._hanging: set[_Job] = set()

    @property
    def hanging(self) -> int:
        """How many threads are missing."""
        return len(self._hanging)

    async def run(self, work: Callable[[], Any], timeout: float) -> Any:
        """Run work that raises nothing. ``timeout``: seconds from when it has a thread.

        Raises `TimeoutError`, and `AllThreadsHang` where it will not get one.
        """
        job = _Job(work)
        self._enqueue(job)
        try:
            if not await job.begun:
                raise self._all_hang()
            await asyncio.wait({job.ended}, timeout=timeout)
            if not job.ended.done():
                raise TimeoutError
            return job.ended.result()
        finally:
            self._leave(job)

    def close(self) -> None:
        """End the threads that have nothing to do; the others end after what they are at."""
        with self._lock:
            for _ in range(self._threads):
                self._jobs.put(None)

    def _enqueue(self, job: _Job) -> None:
        with self._lock:
            if len(self._hanging) >= self._size:
                raise self._all_hang()
            self._queued.add(job)
            self._jobs.put(job)
            if len(self._queued) > self._idle and self._threads < self._size:
                self._threads += 1
                self._idle += 1
                name = f"rulesflow-step-{self._threads}"
                threading.Thread(target=self._serve, name=name, daemon=True).start()

    def _leave(self, job: _Job) -> None:
        """Wait no longer. When the last thread is missing, nobody in the queue will ever get one."""
        with self._lock:
            self._queued.discard(job)
            if job not in self._running:
                return
            self._hanging.add(job)
            stranded = tuple(self._queued) if len(self._hanging) >= self._size else ()
            self._queued.difference_update(stranded)
        for each in stranded:
            each.tell(each.begun, False)

    def _serve(self) -> None:
        while (job := self._jobs.get()) is not None:
            with self._lock:
                self._idle -= 1
                wanted = job in self._queued
                if wanted:
                    self._queued.discard(job)
                    self._running.add(job)
            if wanted:
                self._do(job)
            with self._lock:
                self._idle += 1

    def _do(self, job: _Job) -> None:
        job.tell(job.begun, True)
        result = job.context.run(job.work)
        with self._lock:
            self._running.discard(job)
            self._hanging.discard(job)
        job.tell(job.ended, result)

    def _all_hang(self) -> AllThreadsHang:
        threads = "the only thread is" if self._size == 1 else f"all {self._size} threads are"
        return AllThreadsHang(
            f"{threads} held by steps that did not come back in time; "
            "give their plugins timeouts of their own, and restart"
        )


def _set(future: asyncio.Future[Any], value: Any) -> None:
    if not future.done():
        future.set_result(value)
