"""The HTTP application: every route, behind the gate, with its description."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Lifespan, Receive, Scope, Send

from rulesflow import __version__
from rulesflow.api import operations
from rulesflow.api.batch import Limits
from rulesflow.api.decisions import Decisions
from rulesflow.api.health import Health
from rulesflow.api.manual import add_manual
from rulesflow.api.metrics import Metrics
from rulesflow.api.problems import on_defect, on_http_error
from rulesflow.api.routing import Endpoint, Express, LeanRoute
from rulesflow.api.rulesets import Rulesets
from rulesflow.api.schemas import SCHEMAS
from rulesflow.api.security import Gate
from rulesflow.runtime.reloader import Reloader
from rulesflow.runtime.service import Service
from rulesflow.settings import Settings

_ABOUT = (
    "Layered, hot-reloaded business rules. Numbers are exact decimals, times RFC 3339. "
    "Every error is a problem of RFC 9457 with a stable `type`."
)
_BEARER = {"type": "http", "scheme": "bearer", "description": "a key from RULESFLOW_API_KEYS"}


class Application(FastAPI):
    """FastAPI behind a front of our own, with a description that is written by hand, once.

    ``front``: the ASGI application that takes every request first and hands on to FastAPI what is left.
    """

    document: dict[str, Any]
    front: ASGIApp

    def openapi(self) -> dict[str, Any]:
        """The OpenAPI document."""
        return self.document

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take a request, or the lifespan."""
        passed = self.front if scope["type"] == "http" else super().__call__
        await passed(scope, receive, send)


def build_application(
    settings: Settings, service: Service, reloader: Reloader, lifespan: Lifespan[FastAPI]
) -> Application:
    """The application; ``lifespan`` starts and stops what it serves."""
    routes = _routes(settings, service, reloader)
    app = Application(
        title="rulesflow",
        version=__version__,
        description=_ABOUT,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        exception_handlers={HTTPException: on_http_error, Exception: on_defect},
    )
    app.router.routes[:0] = routes  # first, since routes are tried in order
    app.front = Gate(Express(super(Application, app).__call__, routes[0]), settings)
    add_manual(app)
    app.document = _openapi(app, routes, keyed=bool(settings.api_keys))
    return app


def _routes(settings: Settings, service: Service, reloader: Reloader) -> list[LeanRoute]:
    metrics = Metrics(service.catalog)
    decisions = Decisions(service, metrics, Limits.of(settings))
    rulesets, health = Rulesets(service, reloader), Health(service, metrics)
    return [
        _route("POST", "/v1/decisions/{decision}", decisions.decide, operations.DECIDE),
        _route("POST", "/v1/decisions/{decision}/batch", decisions.batch, operations.BATCH),
        _route("GET", "/v1/decisions", decisions.show_all, operations.SHOW_ALL),
        _route("GET", "/v1/decisions/{decision}", decisions.show, operations.SHOW),
        _route("GET", "/v1/ruleset", rulesets.status, operations.STATUS),
        _route("POST", "/v1/ruleset/reload", rulesets.reload, operations.RELOAD),
        _route("GET", "/livez", health.live, operations.LIVE),
        _route("GET", "/readyz", health.ready, operations.READY),
        _route("GET", "/metrics", health.metrics, operations.METRICS),
    ]


def _route(method: str, path: str, endpoint: Endpoint, described: operations.Described) -> LeanRoute:
    return LeanRoute(
        path, endpoint, methods=[method], response_class=Response, response_model=None, **described
    )


def _openapi(app: FastAPI, routes: list[LeanRoute], *, keyed: bool) -> dict[str, Any]:
    document = get_openapi(title=app.title, version=app.version, description=app.description, routes=routes)
    for route in routes:
        for method in route.methods or ():
            operation = document["paths"][route.path_format][method.lower()]
            # Put in once more, since FastAPI drops every null, those of examples too.
            operation["responses"] = {str(status): each for status, each in route.responses.items()}
            operation |= route.openapi_extra or {}
    document["components"] = {"schemas": SCHEMAS, "securitySchemes": {"bearer": _BEARER}}
    if keyed:
        document["security"] = [{"bearer": []}]
    return document
