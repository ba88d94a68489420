"""Health checks: whether a service says that it is well, asked without anybody waiting for the answer."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Awaitable
from inspect import isawaitable, iscoroutinefunction
from typing import Final

from rulesflow.workflows.resource import HealthCheck

logger = logging.getLogger(__name__)

#: Seconds after which no answer means no.
TIMEOUT: Final = 5.0
_PATIENCE: Final = 4  # times that, after which a check that hangs is left to itself
_MOST_HANGING: Final = 3  # of such checks, since each holds a thread


class HealthChecks:
    """Asks each resource once at a time. Asynchronous checks run in ``loop``, if there is one by then."""

    def __init__(self) -> None:
        self.loop: asyncio.AbstractEventLoop | None = None
        self._asked: dict[str, _Question] = {}
        self._hanging: dict[str, list[_Question]] = {}

    def ask(self, name: str, check: HealthCheck) -> None:
        """Begin to ask. While an earlier check hangs that is the answer, until it is left to itself."""
        before = self._asked.get(name)
        if before is not None and before.is_alive() and not self._leave(name, before):
            return
        self._asked[name] = question = _Question(name, check, self.loop)
        question.start()

    def _leave(self, name: str, hanging: _Question) -> bool:
        """Leave a check to itself that has hung for long; False where too many do already."""
        left = [each for each in self._hanging.get(name, ()) if each.is_alive()]
        if time.monotonic() - hanging.begun < _PATIENCE * TIMEOUT or len(left) >= _MOST_HANGING:
            return False
        self._hanging[name] = [*left, hanging]
        return True

    def answer(self, name: str) -> bool | None:
        """What came of it; None: nothing yet."""
        question = self._asked.get(name)
        if question is None:
            return False
        late = time.monotonic() - question.begun > TIMEOUT
        return question.well if question.well is not None else (False if late else None)


class _Question(threading.Thread):
    """A thread of its own, which does not keep the process from ending: a plain check may hang for ever."""

    def __init__(self, name: str, check: HealthCheck, loop: asyncio.AbstractEventLoop | None) -> None:
        super().__init__(name=f"rulesflow-health-{name}", daemon=True)
        self.begun = time.monotonic()
        self.well: bool | None = None
        self._resource = name
        self._check = check
        self._loop = loop

    def run(self) -> None:
        try:
            self.well = bool(self._asked())
        except (Exception, SystemExit, asyncio.CancelledError) as error:
            reason = (
                "no answer in time" if isinstance(error, TimeoutError) else f"{type(error).__name__}: {error}"
            )
            logger.info("%s is not well yet: %s", self._resource, reason)
            self.well = False

    def _asked(self) -> object:
        asynchronous = iscoroutinefunction(self._check) or iscoroutinefunction(type(self._check).__call__)
        if not asynchronous:
            given = self._check()
            return self._awaited(given) if isawaitable(given) else given
        return self._awaited(self._call())

    async def _call(self) -> object:
        given = self._check()  # in the loop, where its client lives
        return await given if isawaitable(given) else given

    def _awaited(self, answer: Awaitable[object]) -> object:
        bounded = _within(answer)
        if self._loop is None or self._loop.is_closed():
            return asyncio.run(bounded)
        return asyncio.run_coroutine_threadsafe(bounded, self._loop).result(2 * TIMEOUT)


async def _within(answer: Awaitable[object]) -> object:
    async with asyncio.timeout(TIMEOUT):
        return await answer
