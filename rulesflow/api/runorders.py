"""The calls by which people and programs act on runs: signals, orders, and orders in bulk."""

from __future__ import annotations

from asyncio import to_thread
from typing import Any

from starlette.requests import Request

from rulesflow.api.access import caller_of
from rulesflow.api.routing import Answer, Endpoint, JsonReply
from rulesflow.api.runbodies import Bulk, read_bulk, read_key, read_nothing, read_order, within
from rulesflow.api.runqueries import read_place
from rulesflow.api.runs import RunCalls, named, reply, run_of
from rulesflow.documents.jsontext import write_json
from rulesflow.model.errors import FactsRefused
from rulesflow.runtime.runs import Runs
from rulesflow.workflows.commands import Action


class RunOrders:
    """Endpoints under ``/v1/runs`` that change something. All take an ``Idempotency-Key``."""

    def __init__(self, calls: RunCalls) -> None:
        self._calls = calls

    async def signal(self, request: Request) -> Answer:
        """``POST /v1/runs/{run}/signals/{name}``: kept, once answered, until a wait consumes it."""
        runs, run, name = self._calls.runs, run_of(request), named(request, "name", "signal")
        key, payload = read_key(request), await self._calls.read(request, needed=False)
        return reply(await runs.signal(run, name, payload, key=key, caller=caller_of(request)), 202)

    def order(self, action: Action) -> Endpoint:
        """The endpoint of ``POST /v1/runs/{run}/ACTION``."""

        async def ordered(request: Request) -> Answer:
            runs, run = self._calls.runs, run_of(request)
            key, body = read_key(request), await self._calls.read(request, needed=False)
            order = read_order(action, body)
            return JsonReply(write_json(await runs.order(run, order, key=key, caller=caller_of(request))))

        return ordered

    async def bulk(self, request: Request) -> Answer:
        """``POST /v1/runs/bulk``: how many it is; 202 with an id where it begins."""
        runs, key, caller = self._calls.runs, read_key(request), caller_of(request)
        begun = await _begin(runs, read_bulk(await self._calls.read(request)), key, caller)
        if begun["id"] is None:
            return JsonReply(write_json(begun))
        return reply(begun, 202, {"location": f"/v1/runs/bulk/{begun['id']}"})

    async def bulks(self, request: Request) -> Answer:
        """``GET /v1/runs/bulk``: the newest first."""
        bulks, (limit, cursor) = self._calls.runs.bulks, read_place(request.scope["query_string"])
        return JsonReply(write_json(await to_thread(bulks.page, limit, cursor)))

    async def progress(self, request: Request) -> Answer:
        """``GET /v1/runs/bulk/{bulk}``."""
        bulks, bulk = self._calls.runs.bulks, named(request, "bulk", "bulk")
        return JsonReply(write_json(await to_thread(bulks.progress, bulk)))

    async def cancel_bulk(self, request: Request) -> Answer:
        """``POST /v1/runs/bulk/{bulk}/cancel``: no further run is told."""
        bulks, bulk = self._calls.runs.bulks, named(request, "bulk", "bulk")
        read_nothing(await self._calls.read(request, needed=False))
        return JsonReply(write_json(await to_thread(bulks.cancel, bulk)))


async def _begin(runs: Runs, bulk: Bulk, key: str | None, caller: str) -> dict[str, Any]:
    """Count the runs, or begin. Raises `FactsRefused` with the place in the body of what is wrong."""
    try:
        return await runs.bulk(
            bulk.order, bulk.query, dry_run=bulk.dry_run, rate=bulk.rate, key=key, caller=caller
        )
    except FactsRefused as refused:
        raise FactsRefused(refused.detail, within("/filter", refused.faults)) from None
