"""Traces requests: each call of ``/v1`` is a span, named by its route. Pure ASGI."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rulesflow.runtime.tracing import Tracer

_TRACED = "/v1/"  # probes, scrapes and pages come often, and tell nothing


class Traced:
    """ASGI middleware that tells a tracer of each request."""

    def __init__(self, app: ASGIApp, tracer: Tracer) -> None:
        self._app = app
        self._tracer = tracer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, within a span of its own."""
        if not scope["path"].startswith(_TRACED):
            await self._app(scope, receive, send)
            return
        with self._tracer.request(scope["method"], scope["scheme"], scope["headers"]) as trace:

            async def told(message: Message) -> None:
                if message["type"] == "http.response.start":
                    route = getattr(scope.get("route"), "path", None)
                    trace.replied(route, message["status"])
                await send(message)

            await self._app(scope, receive, told)
