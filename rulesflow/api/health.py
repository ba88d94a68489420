"""What orchestrators and Prometheus ask."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from rulesflow.api.metrics import Metrics
from rulesflow.api.routing import Answer, JsonReply
from rulesflow.documents.jsontext import write_json
from rulesflow.runtime.service import Service


class Health:
    """Endpoints ``/livez``, ``/readyz`` and ``/metrics``."""

    def __init__(self, service: Service, metrics: Metrics) -> None:
        self._service = service
        self._metrics = metrics

    async def live(self, _: Request) -> Answer:
        """``GET /livez``: the process answers."""
        return JsonReply(write_json({"status": "live"}))

    async def ready(self, _: Request) -> Answer:
        """``GET /readyz``: a ruleset is active. Raises `NotReadyError`."""
        self._service.snapshot()
        return JsonReply(write_json({"status": "ready"}))

    async def metrics(self, request: Request) -> Answer:
        """``GET /metrics``."""
        text, media_type = await self._metrics.exposition(request.headers.get("accept", ""))
        return Response(text, headers={"content-type": media_type})
