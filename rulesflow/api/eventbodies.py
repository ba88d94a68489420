"""CloudEvents over HTTP: one event or a batch of them in JSON, or one as headers and body."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from time import perf_counter
from typing import Final

from starlette.requests import Request
from starlette.types import Message, Receive

from rulesflow.api.batch import SLICE, Limits
from rulesflow.api.cloudevents import read_event
from rulesflow.api.eventheaders import is_binary, read_attributes
from rulesflow.api.problems import MOST_ERRORS
from rulesflow.api.routing import read_body, too_large
from rulesflow.api.runbodies import within
from rulesflow.documents.jsontext import Json, read_json, split_array
from rulesflow.model.errors import FactsRefused, Fault, JsonRefused, TooLarge
from rulesflow.runtime.cloudevents import CloudEvent

SINGLE: Final = "application/cloudevents+json"
BATCH: Final = "application/cloudevents-batch+json"
_FAMILY: Final = "application/cloudevents"


@dataclass(frozen=True, slots=True)
class Sent:
    """Events that came together; ``batch``: in an array, so that pointers begin with the place."""

    events: list[CloudEvent]
    batch: bool


async def read_events(request: Request, limits: Limits) -> Sent:
    """The events of a request; a batch fails as a whole.

    Raises `JsonRefused`, `FactsRefused` and `TooLarge`.
    """
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type.startswith(_FAMILY) and media_type not in (SINGLE, BATCH):
        message = f"{media_type[:80]} is not taken"
        raise FactsRefused(message, (Fault("", "media-type", message, f"send {SINGLE}, or {BATCH}"),))
    if media_type == BATCH:
        return await _batch(await read_body(request, limits.batch_bytes, "a batch"), limits)
    if media_type == SINGLE:
        return _single(await read_body(request, limits.item_bytes))
    if is_binary(request):
        return await _binary(request, limits)
    return await _either(request, limits)


async def _binary(request: Request, limits: Limits) -> Sent:
    attributes = read_attributes(request)
    body = await read_body(request, limits.item_bytes)
    if not body:
        attributes.pop("datacontenttype", None)  # there is nothing that it could tell of
        return Sent([read_event(attributes)], False)
    read_event(attributes)  # first, since what is not said to be JSON is not to be read as JSON
    return Sent([read_event(attributes | {"data": read_json(body)})], False)


async def _either(request: Request, limits: Limits) -> Sent:
    """One event or a batch, told apart by the first byte of the body."""
    head, first = await _head(request, limits.item_bytes)
    request = Request(request.scope, _again(head, request.receive))
    if first == b"[":
        return await _batch(await read_body(request, limits.batch_bytes, "a batch"), limits)
    return _single(await read_body(request, limits.item_bytes))


async def _head(request: Request, limit: int) -> tuple[list[Message], bytes]:
    """The messages up to the first byte that is no white space, and that byte."""
    head: list[Message] = []
    size = 0
    while size <= limit:
        message = await request.receive()
        head.append(message)
        text: bytes = message.get("body", b"")
        if text.strip() or not message.get("more_body", False):
            return head, text.lstrip()[:1]
        size += len(text)
    raise too_large(limit)


def _again(head: Iterable[Message], receive: Receive) -> Receive:
    """Gives what was received already, and then what comes."""
    messages = iter(head)

    async def received() -> Message:
        message = next(messages, None)
        return await receive() if message is None else message

    return received


def _single(body: bytes) -> Sent:
    return Sent([read_event(read_json(body))], False)


async def _batch(body: bytes, limits: Limits) -> Sent:
    """Other requests have their turn while a large one is read."""
    events: list[CloudEvent] = []
    faults: list[Fault] = []
    ends = perf_counter() + SLICE
    for number, item in enumerate(_items(body, limits)):
        try:
            events.append(read_event(_read_item(number, item, limits)))
        except FactsRefused as refused:
            faults += within(f"/{number}", refused.faults)
        if len(faults) >= MOST_ERRORS:
            break
        if perf_counter() >= ends:
            await asyncio.sleep(0)
            ends = perf_counter() + SLICE
    if faults:
        raise FactsRefused("these are not all events of CloudEvents 1.0", tuple(faults))
    return Sent(events, True)


def _items(body: bytes, limits: Limits) -> list[bytes]:
    """The texts of a batch's events."""
    if body.lstrip()[:1] != b"[":
        read_json(body)
        message = "a batch of events must be an array"
        raise FactsRefused(message, (Fault("", "type", message, f"one event is sent as {SINGLE}"),))
    items = split_array(body)
    if len(items) > limits.batch_items:
        message = f"a batch may have {limits.batch_items:,} items at most"
        raise TooLarge(message, (Fault("", "too-large", message),))
    return items


def _read_item(number: int, item: bytes, limits: Limits) -> Json:
    """An event's JSON. Raises `TooLarge`, and `JsonRefused` which tells of which event."""
    if len(item) > limits.item_bytes:
        message = f"an event may have {limits.item_bytes:,} bytes at most"
        raise TooLarge(message, (Fault(f"/{number}", "too-large", message),))
    try:
        return read_json(item)
    except JsonRefused as refused:
        message = f"event {number} of the batch: {refused.detail}"
        raise JsonRefused(message, within(f"/{number}", refused.faults)) from None
