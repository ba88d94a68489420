"""Batches: a JSON array, or NDJSON streamed both ways. Replies come in order; a bad item fails alone."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
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


async def batch_response(request: Request, decide: Decide, limits: Limits) -> Answer:
    """Tell the form of the batch by its Content-Type or its first byte, and answer in the same form.

    Raises `JsonRefused`, `FactsRefused` and `TooLarge` for an array as a whole; NDJSON has begun to be
    answered by then, so its last line tells of an error.
    """
    inbox = Inbox(request, limits.batch_bytes)
    try:
        media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media_type == NDJSON or await inbox.first_byte() == b"{":
            return Streamed(inbox, _ndjson(inbox, decide, limits), NDJSON)
        items = split_array(b"".join([chunk async for chunk in inbox]))
        if len(items) > limits.batch_items:
            raise _too_many(limits)
        return Streamed(inbox, _array(inbox, items, decide, limits), "application/json")
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


async def _array(inbox: Inbox, items: list[bytes], decide: Decide, limits: Limits) -> AsyncIterator[bytes]:
    before = b"["
    for replies in _slices(items, decide, limits):
        if inbox.abandoned:
            return
        yield before + b",\n".join(replies)
        before = b",\n"
    yield b"]" if items else b"[]"


async def _ndjson(inbox: Inbox, decide: Decide, limits: Limits) -> AsyncIterator[bytes]:
    lines, left = Lines(limits.item_bytes), limits.batch_items
    try:
        async for chunk in _ended(inbox):
            found = lines.feed(chunk)
            for replies in _slices(found[:left], decide, limits):
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


def _slices(items: Iterable[bytes | None], decide: Decide, limits: Limits) -> Iterator[list[bytes]]:
    """Replies, as many as can be made in one slice of time, which is one moment to all of them."""
    replies: list[bytes] = []
    at, ends = now(), perf_counter() + SLICE
    for item in items:
        replies.append(_reply(item, at, decide, limits))
        if perf_counter() >= ends:
            yield replies
            replies, at, ends = [], now(), perf_counter() + SLICE
    if replies:
        yield replies


def _reply(item: bytes | None, at: Timestamp, decide: Decide, limits: Limits) -> bytes:
    """The reply to one item, or ``{"error": problem}``; whatever is wrong with it, the others go on."""
    try:
        if item is None or len(item) > limits.item_bytes:
            raise too_large(limits.item_bytes, "an item")
        return decide(item, at)
    except RulesflowError as error:
        return _failure(error)
    except Exception as error:
        logger.exception("an item of a batch met a defect")
        return _failure(error)


def _failure(error: Exception) -> bytes:
    return write_json({"error": problem_of(error).as_dict()})


def _too_many(limits: Limits) -> TooLarge:
    message = f"a batch may have {limits.batch_items:,} items at most"
    return TooLarge(message, (Fault("", "too-large", message),))
