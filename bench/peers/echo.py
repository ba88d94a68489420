"""The least that a JSON service in Python does: Starlette parses a body and writes it back. A script."""

from __future__ import annotations

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route


async def echo(request: Request) -> Response:
    """Send the body back."""
    return JSONResponse(await request.json())


async def ready(_: Request) -> Response:
    """Say that requests may come."""
    return Response()


app = Starlette(routes=[Route("/v1/decisions/{decision}", echo, methods=["POST"]), Route("/readyz", ready)])

if __name__ == "__main__":
    # The settings of `rulesflow.app.serve`, as far as they touch a request.
    uvicorn.run(app, port=0, access_log=False, ws="none", proxy_headers=False, server_header=False)
