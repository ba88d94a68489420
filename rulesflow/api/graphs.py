"""The calls that draw: workflows, runs, their timelines, and what their decisions were taken on."""

from __future__ import annotations

from starlette.requests import Request

from rulesflow.api.problems import DecisionsOnly
from rulesflow.api.routing import Answer, JsonReply
from rulesflow.api.runqueries import read_digest, read_key, read_no_query
from rulesflow.api.runs import named, run_of
from rulesflow.documents.jsontext import write_json
from rulesflow.runtime.sights import RuleSights, RunSights


class GraphCalls:
    """Endpoints that show and change nothing. ``runs``: None where only decisions are served."""

    def __init__(self, rules: RuleSights, runs: RunSights | None) -> None:
        self._rules = rules
        self._runs = runs

    async def workflow(self, request: Request) -> Answer:
        """``GET /v1/workflows/{workflow}``."""
        name = named(request, "workflow", "workflow")
        digest = read_digest(request.scope["query_string"])
        return JsonReply(write_json(await self._rules.workflow(name, digest)))

    async def graph(self, request: Request) -> Answer:
        """``GET /v1/runs/{run}/graph``."""
        read_no_query(request.scope["query_string"])
        return JsonReply(write_json(await self._sights().graph(run_of(request))))

    async def timeline(self, request: Request) -> Answer:
        """``GET /v1/runs/{run}/timeline``."""
        read_no_query(request.scope["query_string"])
        return JsonReply(write_json(await self._sights().timeline(run_of(request))))

    async def decisions(self, request: Request) -> Answer:
        """``GET /v1/runs/{run}/decisions``."""
        key = read_key(request.scope["query_string"])
        return JsonReply(write_json(await self._sights().decisions(run_of(request), key)))

    def _sights(self) -> RunSights:
        if self._runs is None:
            raise DecisionsOnly
        return self._runs
