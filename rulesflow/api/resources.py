"""The calls about resources: how well each is, what an operator presses, and how much there is to do."""

from __future__ import annotations

from starlette.requests import Request

from rulesflow.api.access import caller_of
from rulesflow.api.members import Members
from rulesflow.api.problems import DecisionsOnly
from rulesflow.api.repeats import Repeats
from rulesflow.api.routing import Answer, Endpoint, JsonReply, read_body
from rulesflow.api.runbodies import read_key
from rulesflow.api.runs import named
from rulesflow.documents.jsontext import Json, read_json, write_json
from rulesflow.runtime.traffic import Traffic


class ResourceCalls:
    """Endpoints under ``/v1/resources``, and ``/v1/scale``.

    ``traffic``: None where only decisions are served.
    """

    def __init__(self, traffic: Traffic | None, most_bytes: int) -> None:
        self._traffic = traffic
        self._most_bytes = most_bytes
        self._repeats = Repeats()

    @property
    def traffic(self) -> Traffic:
        """What is asked. Raises `DecisionsOnly` where there is nothing to ask."""
        if self._traffic is None:
            raise DecisionsOnly
        return self._traffic

    async def list(self, _: Request) -> Answer:
        """``GET /v1/resources``."""
        return JsonReply(write_json(await self.traffic.list()))

    async def show(self, request: Request) -> Answer:
        """``GET /v1/resources/{resource}``."""
        traffic, name = self.traffic, named(request, "resource", "resource")
        return JsonReply(write_json(await traffic.show(name)))

    async def scale(self, _: Request) -> Answer:
        """``GET /v1/scale``."""
        return JsonReply(write_json(await self.traffic.scale()))

    def order(self, action: str) -> Endpoint:
        """The endpoint of ``POST /v1/resources/{resource}/ACTION``."""

        async def ordered(request: Request) -> Answer:
            traffic, name = self.traffic, named(request, "resource", "resource")
            key, caller, reason = read_key(request), caller_of(request), await self._reason(request)
            given = [name, action, reason]
            answer = self._repeats.find(caller, key, given)
            if answer is None:
                answer = await traffic.order(name, action, reason, caller)
                self._repeats.keep(caller, key, given, answer)
            return JsonReply(write_json(answer))

        return ordered

    async def _reason(self, request: Request) -> str:
        """Why: what a body may say. Raises `FactsRefused`, and what reading does."""
        body = await read_body(request, self._most_bytes)
        given: Json = read_json(body) if body else {}
        members = Members(given, "{reason?}")
        reason = members.text("reason")
        members.close()
        return reason
