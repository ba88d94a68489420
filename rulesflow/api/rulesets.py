"""The calls about the rules as a whole: what is active, what is wrong, reload now."""

from __future__ import annotations

import asyncio

from starlette.requests import Request

from rulesflow.api.routing import Answer, JsonReply
from rulesflow.documents.jsontext import write_json
from rulesflow.runtime.reloader import Reloader
from rulesflow.runtime.service import Service


class Rulesets:
    """Endpoints under ``/v1/ruleset``."""

    def __init__(self, service: Service, reloader: Reloader) -> None:
        self._service = service
        self._reloader = reloader

    async def status(self, _: Request) -> Answer:
        """``GET /v1/ruleset``."""
        return JsonReply(write_json(self._service.status()))

    async def reload(self, request: Request) -> Answer:
        """``POST /v1/ruleset/reload``: the status after a load that began after the call."""
        await asyncio.wrap_future(self._reloader.reload())
        return await self.status(request)
