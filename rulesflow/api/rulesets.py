"""The calls about the rules as a whole: what is active, what was, what is wrong; reload, activate."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Final

from starlette.requests import Request

from rulesflow.api.access import caller_of
from rulesflow.api.batch import Limits
from rulesflow.api.candidatebodies import read_candidate
from rulesflow.api.members import Members
from rulesflow.api.routing import Answer, JsonReply, read_body
from rulesflow.api.runqueries import read_place
from rulesflow.documents.jsontext import Json, read_json, write_json
from rulesflow.runtime.service import Service
from rulesflow.runtime.versions import Versions

_LONGEST: Final = 1000  # characters


class Rulesets:
    """Endpoints under ``/v1/ruleset`` and ``/v1/rulesets``."""

    def __init__(self, service: Service, versions: Versions, limits: Limits) -> None:
        self._service = service
        self._versions = versions
        self._limits = limits

    async def status(self, _: Request) -> Answer:
        """``GET /v1/ruleset``."""
        return JsonReply(write_json(self._service.status()))

    async def reload(self, request: Request) -> Answer:
        """``POST /v1/ruleset/reload``: the status after a load that began after the call."""
        await asyncio.wrap_future(self._versions.reload())
        return await self.status(request)

    async def list(self, request: Request) -> Answer:
        """``GET /v1/rulesets``."""
        limit, cursor = read_place(request.scope["query_string"])
        return await _aside(self._versions.list, limit, cursor)

    async def activate(self, request: Request) -> Answer:
        """``POST /v1/rulesets/{digest}/activate``: the status once it is in charge here."""
        caller, reason = caller_of(request), await self._reason(request)
        digest = await asyncio.to_thread(self._versions.find, request.path_params["digest"])
        await asyncio.wrap_future(self._versions.activate(digest, reason, caller))
        return await self.status(request)

    async def files(self, request: Request) -> Answer:
        """``GET /v1/rulesets/{digest}/files``."""
        name = request.path_params["digest"]
        return await _aside(self._versions.files, name)

    async def file(self, request: Request) -> Answer:
        """``GET /v1/rulesets/{digest}/files/{path}``."""
        name, path = request.path_params["digest"], request.path_params["path"]
        return await _aside(self._versions.file, name, path)

    async def diff(self, request: Request) -> Answer:
        """``GET /v1/rulesets/{a}/diff/{b}``."""
        one, other = request.path_params["a"], request.path_params["b"]
        return await _aside(self._versions.diff, one, other)

    async def candidate(self, request: Request) -> Answer:
        """``POST /v1/rulesets``: compile other files, without putting them in charge."""
        body = await read_body(request, self._limits.batch_bytes)
        answer = await asyncio.to_thread(self._tried, body)
        return JsonReply(answer)

    def _tried(self, body: bytes) -> bytes:
        base, sent = read_candidate(read_json(body))
        return write_json(self._versions.candidate(base, sent))

    async def _reason(self, request: Request) -> str:
        """Why: what a body may say. Raises `FactsRefused`, and what reading does."""
        body = await read_body(request, self._limits.item_bytes)
        given: Json = read_json(body) if body else {}
        members = Members(given, "{reason?}")
        reason = members.text("reason")
        if len(reason) > _LONGEST:
            members.fault("reason", "too-long", f"a reason has {_LONGEST:,} characters at most")
        members.close()
        return reason


async def _aside(look: Callable[..., dict[str, Any]], *given: object) -> Answer:
    """The reply to a call that may have much to read and to write, beside other requests."""
    return JsonReply(await asyncio.to_thread(lambda: write_json(look(*given))))
