"""Server-sent events (the HTML standard, section 9.2): a stream of entries that a client can resume.

An entry's ``number`` becomes the event's id, its ``type`` the event's name.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import suppress
from typing import Any, Final

from starlette.types import Message, Receive, Scope, Send

from rulesflow.api.ending import Ending
from rulesflow.api.problems import problem_of
from rulesflow.documents.jsontext import write_json

logger = logging.getLogger(__name__)

MEDIA_TYPE: Final = "text/event-stream"
KEEP_ALIVE: Final = 15.0  # seconds after which a silent stream shows that it lives
_AGAIN = 2000  # milliseconds after which a browser that lost the stream comes back
_HEADERS = [
    (b"content-type", MEDIA_TYPE.encode()),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
]
_NOTHING = object()


class EventStream:
    """A response that sends entries as they come, until they end, the client leaves or the server ends.

    An entry's ``number`` becomes the event's id, its ``type`` the event's name.
    """

    def __init__(
        self, entries: AsyncIterator[Mapping[str, Any]], ending: Ending, keep_alive: float = KEEP_ALIVE
    ) -> None:
        self._entries = entries
        self._ending = ending
        self._keep_alive = keep_alive

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        left = asyncio.ensure_future(_left(receive))
        over = asyncio.ensure_future(self._ending.wait())
        try:
            await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
            await send(_part(b"retry: %d\n\n" % _AGAIN))
            await self._relay(send, left, over)
            if not left.done():
                await send({"type": "http.response.body", "body": b""})
        finally:
            left.cancel()
            over.cancel()

    async def _relay(self, send: Send, *stops: asyncio.Future[None]) -> None:
        coming = self._next()
        try:
            while True:
                await asyncio.wait(
                    (coming, *stops), timeout=self._keep_alive, return_when=asyncio.FIRST_COMPLETED
                )
                if coming.done():
                    entry = coming.result()
                    if entry is _NOTHING:
                        return
                    await send(_part(event(entry)))
                    coming = self._next()
                elif any(stop.done() for stop in stops):
                    return
                else:
                    await send(_part(b": still here\n\n"))
        except Exception as error:
            logger.exception("a stream of events met a defect")
            await send(_part(event({"type": "problem", **problem_of(error).as_dict()}, "problem")))
        finally:
            await self._close(coming)

    def _next(self) -> asyncio.Future[Any]:
        return asyncio.ensure_future(anext(self._entries, _NOTHING))

    async def _close(self, coming: asyncio.Future[Any]) -> None:
        """Let what makes the entries clean up."""
        coming.cancel()
        with suppress(asyncio.CancelledError, Exception):
            await coming
        if isinstance(self._entries, AsyncGenerator):
            await self._entries.aclose()


def event(entry: Mapping[str, Any], name: str | None = None) -> bytes:
    """One event as it is sent."""
    number = entry.get("number")
    lines = [f"id: {number}\n".encode()] if number is not None else []
    lines.append(f"event: {name or entry['type']}\n".encode())
    lines.append(b"data: " + write_json(dict(entry)) + b"\n\n")  # JSON on one line, so one line of data
    return b"".join(lines)


def _part(body: bytes) -> Message:
    return {"type": "http.response.body", "body": body, "more_body": True}


async def _left(receive: Receive) -> None:
    """Until the client leaves."""
    while (await receive())["type"] != "http.disconnect":
        pass
