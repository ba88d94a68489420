"""Batches: a JSON array, or NDJSON streamed both ways. Replies come in order; a bad item fails alone."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass
from time import perf_counter
from typing import TypeAlias

from starlette.requests import ClientDisconnect, Request
from starlette.types import Receive, Scope, Send

from rulesflow.api.inbox import Inbox
from rulesflow.api.ndjson import Lines
from rulesflow.api.problems import problem_of
from rulesflow.api.routing import Answer, too_large
from rulesflow.documents.jsontext import split_array, write_json
from rulesflow.model.errors import Fault, RulesflowError, TooLarge
from rulesflow.model.times import Timestamp
from rulesflow.runtime.catalog import now
from rulesflow.settings import Settings

logger = logging.getLogger(__name__)

#: From an item's bytes, and the moment that counts where it gives none, to its reply's. Raises
#: `RulesflowError`.
Decide: TypeAlias = Callable[[bytes, Timestamp], bytes]
#: The same beside other requests, for an item that takes long; None for one that does not.
Aside: TypeAlias = Callable[[bytes, Timestamp], Awaitable[bytes] | None]

NDJSON = "application/x-ndjson"
SLICE = 0.002  # seconds of deciding after which other requests have their turn


@dataclass(frozen=True, slots=True)
class Limits:
    """How large one item (or the body of a single decision) and one batch may be."""

    item_bytes: int
    batch_bytes: int
    batch_items: int

    @classmethod
    def of(cls, settings: Settings) -> Limits:
        """The limits that are set."""
        return cls(settings.max_body_bytes, settings.max_batch_bytes, settings.max_batch_items)


@dataclass(frozen=True, slots=True)
class Items:
    """Makes the replies to the items of a batch; whatever is wrong with one, the others go on."""

    decide: Decide
    aside: Aside
    limits: Limits

    async def slices(self, items: Iterable[bytes | None]) -> AsyncIterator[list[bytes]]:
        """Replies, as many as can be made in one slice of time, which is one moment to all of them."""
        replies: list[bytes] = []
        at, ends = now(), perf_counter() + SLICE
        for item in items:
            waiting = None if item is None else self.aside(item, at)
            replies.append(self._reply(item, at) if waiting is None else await self._awaited(waiting))
            if perf_counter() >= ends:
                yield replies
                replies, at, ends = [], now(), perf_counter() + SLICE
        if replies:
            yield replies

    def _reply(self, item: bytes | None, at: Timestamp) -> bytes:
        """The reply to one item, or ``{"error": problem}``."""
        try:
            if item is None or len(item) > self.limits.item_bytes:
                raise too_large(self.limits.item_bytes, "an item")
            return self.decide(item, at)
        except Exception as error:
            return _failed(error)

    async def _awaited(self, reply: Awaitable[bytes]) -> bytes:
        try:
            return await reply
        except Exception as error:
            return _failed(error)


def _failed(error: Exception) -> bytes:
    if not isinstance(error, RulesflowError):
        logger.error("an item of a batch met a defect", exc_info=error)
    return _failure(error)


async def batch_response(request: Request, decide: Decide, aside: Aside, limits: Limits) -> Answer:
    """Tell the form of the batch by its Content-Type or its first byte, and answer in the same form.

    Raises `JsonRefused`, `FactsRefused` and `TooLarge` for an array as a whole; NDJSON has begun to be
    answered by then, so its last line tells of an error.
    """
    inbox = Inbox(request, limits.batch_bytes)
    try:
        media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media_type == NDJSON or await inbox.first_byte() == b"{":
            return Streamed(inbox, _ndjson(inbox, Items(decide, aside, limits)), NDJSON)
        items = split_array(b"".join([chunk async for chunk in inbox]))
        if len(items) > limits.batch_items:
            raise _too_many(limits)
        return Streamed(inbox, _array(inbox, items, Items(decide, aside, limits)), "application/json")
    except BaseException:
        inbox.close()
        raise


class Streamed:
    """A response whose body is made while it is sent."""

    def __init__(self, inbox: Inbox, body: AsyncIterator[bytes], media_type: str) -> None:
        self._inbox = inbox
        self._body = body
        self._media_type = media_type

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it; other requests have their turn after each part."""
        headers = [(b"content-type", self._media_type.encode())]
        try:
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            async for part in self._body:
                await send({"type": "http.response.body", "body": part, "more_body": True})
                await asyncio.sleep(0)
            await send({"type": "http.response.body", "body": b""})
        except ClientDisconnect:
            logger.info("the client left before its batch was answered")
        finally:
            self._inbox.close()


async def _array(inbox: Inbox, items: list[bytes], decided: Items) -> AsyncIterator[bytes]:
    before = b"["
    async for replies in decided.slices(items):
        if inbox.abandoned:
            return
        yield before + b",\n".join(replies)
        before = b",\n"
    yield b"]" if items else b"[]"


async def _ndjson(inbox: Inbox, decided: Items) -> AsyncIterator[bytes]:
    limits = decided.limits
    lines, left = Lines(limits.item_bytes), limits.batch_items
    try:
        async for chunk in _ended(inbox):
            found = lines.feed(chunk)
            async for replies in decided.slices(found[:left]):
                yield b"\n".join([*replies, b""])
            left -= len(found)
            if left < 0:
                raise _too_many(limits)
    except TooLarge as error:
        yield _failure(error) + b"\n"


async def _ended(inbox: Inbox) -> AsyncIterator[bytes]:
    async for chunk in inbox:
        yield chunk
    yield b"\n"


def _failure(error: Exception) -> bytes:
    return write_json({"error": problem_of(error).as_dict()})


def _too_many(limits: Limits) -> TooLarge:
    message = f"a batch may have {limits.batch_items:,} items at most"
    return TooLarge(message, (Fault("", "too-large", message),))
