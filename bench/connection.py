"""A minimal HTTP client: one keep-alive connection, one request at a time.

A general client would cost more than the servers that are measured with it.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import cast
from urllib.parse import urlsplit

import httptools


@dataclass(frozen=True, slots=True)
class Reply:
    """A response: its status and its body."""

    status: int
    body: bytes


class Connection(asyncio.Protocol):
    """A connection that `connect` has opened. `send` must not be called again before it has returned."""

    def __init__(self) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._body = bytearray()
        self._waiting: asyncio.Future[Reply] | None = None
        self._lost: Exception | None = None
        self._transport: asyncio.Transport

    async def send(self, request: bytes) -> Reply:
        """Send a whole request and wait for its response. Raises `ConnectionError`."""
        if self._lost is not None:
            raise self._lost
        self._waiting = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._waiting

    def close(self) -> None:
        """Close the connection."""
        self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by the event loop."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is no subclass

    def data_received(self, data: bytes) -> None:
        """Called by the event loop."""
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            self._fail(ConnectionError(f"the server sent no HTTP: {error}"))
            self._transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Called by the event loop."""
        self._fail(ConnectionError(f"the server closed the connection{f': {exc}' if exc else ''}"))

    def on_body(self, data: bytes) -> None:
        """Called by the parser."""
        self._body += data

    def on_message_complete(self) -> None:
        """Called by the parser."""
        reply = Reply(self._parser.get_status_code(), bytes(self._body))
        self._body.clear()
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(reply)

    def _fail(self, error: Exception) -> None:
        self._lost = self._lost or error
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(self._lost)


async def connect(url: str) -> Connection:
    """Open a connection to ``http://host:port``. Raises `OSError`."""
    parts = urlsplit(url)
    tls = parts.scheme == "https"
    _, connection = await asyncio.get_running_loop().create_connection(
        Connection, parts.hostname or "", parts.port or (443 if tls else 80), ssl=tls or None
    )
    return connection


def get(url: str, path: str) -> bytes:
    """A GET request, as it goes over the wire."""
    return f"GET {path} HTTP/1.1\r\nHost: {urlsplit(url).netloc}\r\n\r\n".encode()


def post(
    url: str, path: str, body: bytes, key: str | None = None, media_type: str = "application/json"
) -> bytes:
    """A POST request, as it goes over the wire; ``key``: its Idempotency-Key."""
    once = f"Idempotency-Key: {key}\r\n" if key else ""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {urlsplit(url).netloc}\r\n"
        f"Content-Type: {media_type}\r\nContent-Length: {len(body)}\r\n{once}\r\n"
    )
    return head.encode() + body
