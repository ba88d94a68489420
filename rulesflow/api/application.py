"""The HTTP application: every route, behind the gate, with its description."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Lifespan, Message, Receive, Scope, Send

from rulesflow import __version__
from rulesflow.api import (
    alertoperations,
    bulkoperations,
    eventoperations,
    graphoperations,
    operations,
    resourceoperations,
    rulesetoperations,
    runoperations,
    statoperations,
    streamoperations,
)
from rulesflow.api.access import Access
from rulesflow.api.alerts import AlertCalls
from rulesflow.api.alertschemas import ALERT_SCHEMAS
from rulesflow.api.batch import Limits
from rulesflow.api.bulkschemas import BULK_SCHEMAS
from rulesflow.api.decisions import Decisions
from rulesflow.api.ending import Ending
from rulesflow.api.events import EventCalls
from rulesflow.api.eventschemas import EVENT_SCHEMAS
from rulesflow.api.graphs import GraphCalls
from rulesflow.api.graphschemas import GRAPH_SCHEMAS
from rulesflow.api.health import Health
from rulesflow.api.incidents import IncidentCalls
from rulesflow.api.manual import add_manual
from rulesflow.api.metrics import Metrics
from rulesflow.api.pages import add_pages
from rulesflow.api.plugins import PluginCalls
from rulesflow.api.problems import on_defect, on_http_error
from rulesflow.api.resources import ResourceCalls
from rulesflow.api.resourceschemas import RESOURCE_SCHEMAS
from rulesflow.api.routing import Endpoint, Express, LeanRoute
from rulesflow.api.rulesets import Rulesets
from rulesflow.api.rulesetschemas import RULESET_SCHEMAS
from rulesflow.api.runorders import RunOrders
from rulesflow.api.runs import RunCalls
from rulesflow.api.runschemas import RUN_SCHEMAS
from rulesflow.api.schemas import SCHEMAS
from rulesflow.api.security import Gate
from rulesflow.api.stats import StatCalls
from rulesflow.api.statschemas import STAT_SCHEMAS
from rulesflow.api.streams import Streams
from rulesflow.hooks.manager import Plugins
from rulesflow.model.errors import RulesflowError
from rulesflow.runtime.alerts import Alerts
from rulesflow.runtime.changes import Changes
from rulesflow.runtime.events import Events
from rulesflow.runtime.runs import Runs
from rulesflow.runtime.service import Service
from rulesflow.runtime.sights import RuleSights
from rulesflow.runtime.stats import Stats
from rulesflow.runtime.traffic import Traffic
from rulesflow.runtime.versions import Versions
from rulesflow.settings import Settings
from rulesflow.workflows.commands import Action

_ABOUT = (
    "Layered, hot-reloaded business rules and durable workflows. Numbers are exact decimals, times RFC 3339. "
    "Every error is a problem of RFC 9457 with a stable `type`."
)
_BEARER = {"type": "http", "scheme": "bearer", "description": "a key from RULESFLOW_API_KEYS"}


class Application(FastAPI):
    """FastAPI behind a front of our own, with a description that is written by hand, once.

    ``front``: the ASGI application that takes every request first and hands on to FastAPI what is left.
    """

    describe: Callable[[], dict[str, Any]]
    front: ASGIApp
    #: Why the application did not start: what an operator can mend, so no traceback is shown.
    refusal: str | None = None

    def openapi(self) -> dict[str, Any]:
        """The OpenAPI document. It is made when it is first asked for: that takes a third of a start."""
        if self.openapi_schema is None:
            self.openapi_schema = self.describe()
        return self.openapi_schema

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take a request, or the lifespan."""
        if scope["type"] == "http":
            await self.front(scope, receive, send)
        else:
            await super().__call__(scope, receive, partial(self._in_plain_words, send))

    async def _in_plain_words(self, send: Send, message: Message) -> None:
        if message["type"] == "lifespan.startup.failed" and self.refusal is not None:
            message = {**message, "message": self.refusal}
        await send(message)


def build_application(
    settings: Settings,
    service: Service,
    versions: Versions,
    lifespan: Lifespan[FastAPI],
    runs: Runs | None = None,
    plugins: Plugins | None = None,
    traffic: Traffic | None = None,
    events: Events | None = None,
    changes: Changes | None = None,
    alerts: Alerts | None = None,
    stats: Stats | None = None,
) -> Application:
    """The application; ``lifespan`` starts and stops what it serves.

    ``runs``, ``traffic``, ``events``, ``alerts`` and ``stats``: None to serve decisions only. ``plugins``:
    they are shown, and may tell who calls and what he may. ``changes``: what the stream tells; of the rules
    alone where it is None.
    """
    ending = Ending()
    streams = Streams(changes or Changes(service.status), ending)
    routes = [
        *_routes(
            settings,
            service,
            versions,
            Metrics(service.catalog, traffic, events.counters if events else None, alerts, stats),
        ),
        *_run_routes(settings, runs, ending),
        *_graph_routes(
            GraphCalls(RuleSights(service.catalog, versions.snapshot), runs.sights if runs else None)
        ),
        *_resource_routes(ResourceCalls(traffic, settings.max_body_bytes)),
        *_event_routes(EventCalls(events, Limits.of(settings))),
        _route("GET", "/v1/steps/stats", StatCalls(stats).show, statoperations.SHOW),
        *_alert_routes(AlertCalls(alerts, settings.max_body_bytes)),
        _route("GET", "/v1/stream", streams.follow, streamoperations.STREAM),
    ]
    routes.append(
        _route(
            "GET", "/v1/plugins", PluginCalls(plugins.plugins if plugins else ()).list, runoperations.PLUGINS
        )
    )
    app = Application(
        title="rulesflow",
        version=__version__,
        description=_ABOUT,
        lifespan=_watched(ending, lifespan),
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        exception_handlers={HTTPException: on_http_error, Exception: on_defect},
    )
    app.router.routes[:0] = routes  # first, since routes are tried in order
    app.front = Gate(
        Express(super(Application, app).__call__, routes[0]), settings, Access(settings, plugins)
    )
    add_manual(app)
    add_pages(app)
    app.describe = partial(_openapi, app, routes, keyed=bool(settings.api_keys))
    return app


def _routes(settings: Settings, service: Service, versions: Versions, metrics: Metrics) -> list[LeanRoute]:
    decisions = Decisions(service, metrics, Limits.of(settings), versions)
    rulesets, health = Rulesets(service, versions, Limits.of(settings)), Health(service, metrics)
    return [
        _route("POST", "/v1/decisions/{decision}", decisions.decide, operations.DECIDE),
        _route("POST", "/v1/decisions/{decision}/batch", decisions.batch, operations.BATCH),
        _route("GET", "/v1/decisions", decisions.show_all, operations.SHOW_ALL),
        _route("GET", "/v1/decisions/{decision}", decisions.show, operations.SHOW),
        _route("GET", "/v1/decisions/{decision}/cases", decisions.cases, operations.CASES),
        _route("GET", "/v1/facts", decisions.facts, operations.FACTS),
        _route("GET", "/v1/ruleset", rulesets.status, operations.STATUS),
        _route("POST", "/v1/ruleset/reload", rulesets.reload, operations.RELOAD),
        _route("GET", "/v1/rulesets", rulesets.list, rulesetoperations.LIST),
        _route("POST", "/v1/rulesets", rulesets.candidate, rulesetoperations.CANDIDATE),
        _route("GET", "/v1/rulesets/{a}/diff/{b}", rulesets.diff, rulesetoperations.DIFF),
        _route("POST", "/v1/rulesets/{digest}/activate", rulesets.activate, rulesetoperations.ACTIVATE),
        _route("GET", "/v1/rulesets/{digest}/files", rulesets.files, rulesetoperations.FILES),
        _route("GET", "/v1/rulesets/{digest}/files/{path:path}", rulesets.file, rulesetoperations.FILE),
        _route("GET", "/livez", health.live, operations.LIVE),
        _route("GET", "/readyz", health.ready, operations.READY),
        _route("GET", "/metrics", health.metrics, operations.METRICS),
    ]


def _run_routes(settings: Settings, runs: Runs | None, ending: Ending) -> list[LeanRoute]:
    calls = RunCalls(runs, ending, settings.max_body_bytes)
    orders = RunOrders(calls)
    described = {
        Action.PAUSE: runoperations.PAUSE,
        Action.RESUME: runoperations.RESUME,
        Action.CANCEL: runoperations.CANCEL,
        Action.RETRY: runoperations.RETRY,
        Action.RERUN: runoperations.RERUN,
    }
    return [  # what has a fixed name first, since it would be taken for a run's id
        _route("POST", "/v1/runs", calls.start, runoperations.START),
        _route("GET", "/v1/runs", calls.list, runoperations.LIST),
        _route("GET", "/v1/runs/count", calls.count, runoperations.COUNT),
        _route("GET", "/v1/runs/fields", calls.fields, graphoperations.FIELDS),
        _route("POST", "/v1/runs/bulk", orders.bulk, bulkoperations.BEGIN),
        _route("GET", "/v1/runs/bulk", orders.bulks, bulkoperations.LIST),
        _route("GET", "/v1/runs/bulk/{bulk}", orders.progress, bulkoperations.SHOW),
        _route("POST", "/v1/runs/bulk/{bulk}/cancel", orders.cancel_bulk, bulkoperations.CANCEL),
        _route("GET", "/v1/runs/{run}", calls.show, runoperations.SHOW),
        _route("GET", "/v1/runs/{run}/history", calls.history, runoperations.HISTORY),
        _route("GET", "/v1/runs/{run}/events", calls.events, runoperations.EVENTS),
        _route("POST", "/v1/runs/{run}/signals/{name:path}", orders.signal, runoperations.SIGNAL),
        *(
            _route("POST", f"/v1/runs/{{run}}/{action}", orders.order(action), each)
            for action, each in described.items()
        ),
        _route("GET", "/v1/incidents", IncidentCalls(calls).list, bulkoperations.INCIDENTS),
        _route("GET", "/v1/workflows", calls.workflows, runoperations.WORKFLOWS),
    ]


def _graph_routes(calls: GraphCalls) -> list[LeanRoute]:
    return [
        _route("GET", "/v1/workflows/{workflow}", calls.workflow, graphoperations.WORKFLOW),
        _route("GET", "/v1/runs/{run}/graph", calls.graph, graphoperations.GRAPH),
        _route("GET", "/v1/runs/{run}/timeline", calls.timeline, graphoperations.TIMELINE),
        _route("GET", "/v1/runs/{run}/decisions", calls.decisions, graphoperations.DECISIONS),
    ]


def _resource_routes(calls: ResourceCalls) -> list[LeanRoute]:
    described = {
        "open": resourceoperations.OPEN,
        "close": resourceoperations.CLOSE,
        "probe": resourceoperations.PROBE,
    }
    return [
        _route("GET", "/v1/resources", calls.list, resourceoperations.LIST),
        _route("GET", "/v1/resources/{resource}", calls.show, resourceoperations.SHOW),
        *(
            _route("POST", f"/v1/resources/{{resource}}/{action}", calls.order(action), each)
            for action, each in described.items()
        ),
        _route("GET", "/v1/scale", calls.scale, resourceoperations.SCALE),
    ]


def _alert_routes(calls: AlertCalls) -> list[LeanRoute]:
    return [
        _route("GET", "/v1/alerts", calls.list, alertoperations.LIST),
        _route("GET", "/v1/alerts/rules", calls.rules, alertoperations.RULES),
        _route("POST", "/v1/alerts/{id}/acknowledge", calls.acknowledge, alertoperations.ACKNOWLEDGE),
    ]


def _event_routes(calls: EventCalls) -> list[LeanRoute]:
    return [
        _route("POST", "/v1/events", calls.send, eventoperations.SEND),
        _route("GET", "/v1/events", calls.list, eventoperations.LIST),
        _route("POST", "/v1/events/retry", calls.retry, eventoperations.RETRY),
        _route("GET", "/v1/matches", calls.matches, eventoperations.MATCHES),
        _route("GET", "/v1/matches/{match}", calls.match, eventoperations.MATCH),
        _route("GET", "/v1/patterns", calls.patterns, eventoperations.PATTERNS),
        _route("POST", "/v1/patterns/{pattern}/retry", calls.retry_pattern, eventoperations.RETRY_PATTERN),
    ]


def _watched(ending: Ending, lifespan: Lifespan[FastAPI]) -> Lifespan[FastAPI]:
    """The lifespan, within which the end is looked out for."""

    @asynccontextmanager
    async def watched(app: FastAPI) -> AsyncIterator[None]:
        try:
            with ending.watched():
                async with lifespan(app):
                    yield
        except RulesflowError as error:
            assert isinstance(app, Application)
            app.refusal = str(error)
            raise

    return watched


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
    document["components"] = {
        "schemas": SCHEMAS
        | RUN_SCHEMAS
        | GRAPH_SCHEMAS
        | BULK_SCHEMAS
        | RESOURCE_SCHEMAS
        | RULESET_SCHEMAS
        | EVENT_SCHEMAS
        | ALERT_SCHEMAS
        | STAT_SCHEMAS,
        "securitySchemes": {"bearer": _BEARER},
    }
    if keyed:
        document["security"] = [{"bearer": []}]
    return document
