"""A body that is taken in while replies to it go out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from starlette.requests import ClientDisconnect, Request

from rulesflow.api.routing import too_large


class Inbox:
    """A request's body, taken in as fast as it comes, up to a limit of bytes.

    A client that sends everything before it reads anything would otherwise wait for us to read while we wait
    for it to read our replies. Must be closed.
    """

    def __init__(self, request: Request, limit: int) -> None:
        self._receive = request.receive
        self._limit = limit
        self._head: list[bytes] = []
        self._chunks: asyncio.Queue[bytes | Exception | None] = asyncio.Queue()
        self._task = asyncio.create_task(self._fill())
        #: The client has left: nobody reads what is still sent.
        self.abandoned = False

    async def first_byte(self) -> bytes:
        """The first byte that is no white space, ``b""`` if there is none. Raises what iteration does."""
        async for chunk in self:
            self._head.append(chunk)
            if text := chunk.lstrip():
                return text[:1]
        self._chunks.put_nowait(None)  # an iteration after this one ends, too
        return b""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """The chunks. Raises `TooLarge`, and `ClientDisconnect` when the client leaves before the end."""
        while self._head:
            yield self._head.pop(0)
        while (chunk := await self._chunks.get()) is not None:
            if isinstance(chunk, Exception):
                raise chunk
            yield chunk

    def close(self) -> None:
        """Take in no more."""
        self._task.cancel()

    async def _fill(self) -> None:
        size, more = 0, True
        while True:  # past the end, too, to learn when the client leaves
            message = await self._receive()
            if message["type"] == "http.disconnect":
                self.abandoned = True
                self._chunks.put_nowait(ClientDisconnect())
                return
            size += len(message.get("body", b""))
            if size > self._limit:
                self._chunks.put_nowait(too_large(self._limit, "a batch"))
                return
            self._chunks.put_nowait(message.get("body", b""))
            if more and not message.get("more_body", False):
                more = False
                self._chunks.put_nowait(None)
