"""The calls about events, and about the patterns that are matched on them."""

from __future__ import annotations

from starlette.requests import Request

from rulesflow.api.access import caller_of
from rulesflow.api.batch import Limits
from rulesflow.api.eventbodies import read_events
from rulesflow.api.eventqueries import read_event_query, read_match_query
from rulesflow.api.problems import DecisionsOnly
from rulesflow.api.routing import Answer, JsonReply, read_body
from rulesflow.api.runbodies import read_nothing
from rulesflow.api.runs import named, reply
from rulesflow.documents.jsontext import read_json, write_json
from rulesflow.model.errors import Fault, UnknownName
from rulesflow.runtime.eventquery import MatchQuery
from rulesflow.runtime.events import Events


class EventCalls:
    """Endpoints under ``/v1/events``, ``/v1/matches`` and ``/v1/patterns``.

    ``events``: None where only decisions are served.
    """

    def __init__(self, events: Events | None, limits: Limits) -> None:
        self._events = events
        self._limits = limits

    @property
    def events(self) -> Events:
        """What is asked. Raises `DecisionsOnly` where there is nothing to ask."""
        if self._events is None:
            raise DecisionsOnly
        return self._events

    async def send(self, request: Request) -> Answer:
        """``POST /v1/events``: 202 once they are durable; matching comes after that."""
        events, sent = self.events, await read_events(request, self._limits)
        taken = await events.accept(sent.events, batch=sent.batch, caller=caller_of(request))
        return reply(taken, 202)

    async def list(self, request: Request) -> Answer:
        """``GET /v1/events``."""
        return JsonReply(write_json(await self.events.list(read_event_query(request.scope["query_string"]))))

    async def matches(self, request: Request) -> Answer:
        """``GET /v1/matches``."""
        query = read_match_query(request.scope["query_string"])
        return JsonReply(write_json(await self.events.matches(query)))

    async def match(self, request: Request) -> Answer:
        """``GET /v1/matches/{match}``. Raises `UnknownName`."""
        events, match = self.events, named(request, "match", "match")
        found = (await events.matches(MatchQuery(id=match, limit=1)))["matches"]
        if not found:
            message = f"there is no match {match!r}"
            raise UnknownName(message, (Fault("", "unknown-match", message, "GET /v1/matches lists them"),))
        return JsonReply(write_json(found[0]))

    async def patterns(self, _: Request) -> Answer:
        """``GET /v1/patterns``."""
        return JsonReply(write_json(self.events.patterns()))

    async def retry(self, request: Request) -> Answer:
        """``POST /v1/events/retry``: whatever pattern failed."""
        events = self.events
        await self._nothing(request)
        return JsonReply(write_json(await events.retry(None)))

    async def retry_pattern(self, request: Request) -> Answer:
        """``POST /v1/patterns/{pattern}/retry``. Raises `UnknownName`."""
        events, pattern = self.events, named(request, "pattern", "pattern")
        await self._nothing(request)
        return JsonReply(write_json(await events.retry(pattern)))

    async def _nothing(self, request: Request) -> None:
        """A body that says nothing. Raises `FactsRefused`, and what reading does."""
        body = await read_body(request, self._limits.item_bytes)
        read_nothing(read_json(body) if body else {})
