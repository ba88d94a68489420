"""Bounds the time for which a call waits for a database that does not answer. Pure ASGI."""

from __future__ import annotations

import asyncio
from typing import Final

from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rulesflow.api.problems import problem_response
from rulesflow.runtime.pulse import Pulse

_BOUND: Final = 8.0  # seconds after which a call is given up, if the database is away then
_AGAIN: Final = 0.5  # seconds until it is looked again
_CALLS: Final = "/v1/"
_DECISIONS: Final = "/v1/decisions/"  # they need no database


class Bounded:
    """ASGI middleware that answers 503 for calls that have not begun to answer."""

    def __init__(self, app: ASGIApp, pulse: Pulse) -> None:
        self._app = app
        self._pulse = pulse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or give it up."""
        path: str = scope["path"]
        if path.startswith(_DECISIONS) or not path.startswith(_CALLS):
            await self._app(scope, receive, send)
            return
        loop = asyncio.get_running_loop()
        timer: asyncio.TimerHandle

        async def begun(message: Message) -> None:
            timer.cancel()
            if not limit.expired():
                limit.reschedule(None)  # it may have been set a moment ago
            await send(message)

        def look() -> None:
            nonlocal timer
            if self._pulse.away:
                limit.reschedule(loop.time())
            else:
                timer = loop.call_later(_AGAIN, look)

        timer = loop.call_later(_BOUND, look)
        try:
            async with asyncio.timeout(None) as limit:
                await self._app(scope, receive, begun)
        except TimeoutError:
            if not limit.expired():
                raise
            await problem_response(PoolTimeout())(scope, receive, send)
        finally:
            timer.cancel()
