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
_DIGITS = 20  # of a length, beyond which it is larger than any limit
_JSON_TYPE = (b"content-type", JSON.encode())
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
        self._length = len(self._prefix)
        self._parameter = parameter.rstrip("}")

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Answer the call, or pass the request on."""
        path: str = scope["path"]
        if path.startswith(self._prefix) and scope["method"] in self._methods:
            last = path[self._length :]
            if last and "/" not in last:
                scope["path_params"] = {self._parameter: last}
                scope["route"] = self._route
                return self._route.app(scope, receive, send)
        return self._app(scope, receive, send)


class JsonReply:
    """A reply of status 200: its bytes, and the two headers that they need."""

    __slots__ = ("_body",)

    def __init__(self, body: bytes) -> None:
        self._body = body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        body = self._body
        headers = [_JSON_TYPE, (b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})


async def read_body(request: Request, limit: int, what: str = "the body") -> bytes:
    """The whole body. Raises `TooLarge` when it passes ``limit`` bytes, or says beforehand that it will."""
    for name, value in request.scope["headers"]:
        if name == b"content-length" and value.isdigit() and _number(value) > limit:
            raise too_large(limit, what)
    chunks: list[bytes] = []
    size, receive = 0, request.receive
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        chunk: bytes = message.get("body", b"")
        size += len(chunk)
        if size > limit:
            raise too_large(limit, what)
        if not message.get("more_body", False):
            return b"".join([*chunks, chunk]) if chunks else chunk  # most bodies are one chunk
        chunks.append(chunk)


def _number(digits: bytes) -> int:
    """A length, which may have been written with any number of zeros before it."""
    return int(digits.lstrip(b"0")[:_DIGITS] or b"0")


def too_large(limit: int, what: str = "the body") -> TooLarge:
    """The error for what passes a limit of bytes."""
    message = f"{what} may have {limit:,} bytes at most"
    return TooLarge(message, (Fault("", "too-large", message),))
