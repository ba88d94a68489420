"""Routes as lean as the server allows: a body in bytes goes in, bytes come out, errors become problems.

FastAPI documents the routes but validates nothing: `rulesflow.documents.jsontext` and the facts' schema do,
and a second reading of each body would cost more than deciding.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

from fastapi.routing import APIRoute
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Receive, Scope, Send

from rulesflow.api.problems import DATABASE_AWAY, kind_of, problem_response
from rulesflow.model.errors import Fault, RulesflowError, TooLarge
from rulesflow.runtime.patience import told

logger = logging.getLogger(__name__)

JSON = "application/json"
#: A response: anything that speaks ASGI.
Answer: TypeAlias = ASGIApp
Endpoint: TypeAlias = Callable[[Request], Awaitable[Answer]]


class LeanRoute(APIRoute):
    """A route that calls its endpoint with the bare request, and turns our errors into problem details."""

    def __init__(self, path: str, endpoint: Endpoint, **options: Any) -> None:
        super().__init__(path, endpoint, **options)
        self.app = _lean(endpoint)


def _lean(endpoint: Endpoint) -> ASGIApp:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            response = await endpoint(Request(scope, receive))
        except RulesflowError as error:
            response = problem_response(error)
        except ClientDisconnect:
            return
        except Exception as error:
            if kind_of(error) is DATABASE_AWAY:
                logger.warning("%s %s: %s", scope["method"], scope["path"], told(error))
            else:
                logger.exception("%s %s met a defect", scope["method"], scope["path"])
            response = problem_response(error)
        await response(scope, receive, send)

    return app


class Express:
    """ASGI middleware that takes one call past the router, since most requests make it.

    The call is ``METHOD /path/{parameter}``, the parameter being the path's last part.
    """

    def __init__(self, app: ASGIApp, route: LeanRoute) -> None:
        self._app = app
        self._route = route
        self._methods = route.methods or ()
        self._prefix, _, parameter = route.path.partition("{")
        self._parameter = parameter.rstrip("}")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the call, or pass the request on."""
        if scope["type"] == "http" and scope["method"] in self._methods:
            start, _, last = scope["path"].rpartition("/")
            if last and start + "/" == self._prefix:
                scope["path_params"] = {self._parameter: last}
                await self._route.app(scope, receive, send)
                return
        await self._app(scope, receive, send)


class JsonReply:
    """A reply of status 200: its bytes, and the two headers that they need."""

    __slots__ = ("_body",)

    def __init__(self, body: bytes) -> None:
        self._body = body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        length = str(len(self._body)).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", length)]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": self._body})


async def read_body(request: Request, limit: int) -> bytes:
    """The whole body. Raises `TooLarge` when it passes ``limit`` bytes, or says beforehand that it will."""
    for name, value in request.scope["headers"]:
        if name == b"content-length" and value.isdigit() and int(value) > limit:
            raise too_large(limit)
    chunks, size, more = [], 0, True
    while more:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        chunk: bytes = message.get("body", b"")
        chunks.append(chunk)
        size += len(chunk)
        if size > limit:
            raise too_large(limit)
        more = message.get("more_body", False)
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def too_large(limit: int, what: str = "the body") -> TooLarge:
    """The error for what passes a limit of bytes."""
    message = f"{what} may have {limit:,} bytes at most"
    return TooLarge(message, (Fault("", "too-large", message),))
