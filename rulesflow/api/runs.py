"""The calls that start runs and show them."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

from rulesflow.api.access import caller_of
from rulesflow.api.ending import Ending
from rulesflow.api.problems import DecisionsOnly
from rulesflow.api.routing import JSON, Answer, JsonReply, read_body
from rulesflow.api.runbodies import read_key, read_start
from rulesflow.api.runqueries import (
    read_after,
    read_count,
    read_no_query,
    read_page,
    read_query,
    read_wait,
)
from rulesflow.api.sse import EventStream
from rulesflow.documents.jsontext import Json, read_json, write_json
from rulesflow.model.errors import Fault, UnknownName
from rulesflow.runtime.listing import ENDED
from rulesflow.runtime.runs import Runs

_LONGEST_NAME = 200


class RunCalls:
    """Endpoints under ``/v1/runs``, and ``/v1/workflows``. ``runs``: None where only decisions are served."""

    def __init__(self, runs: Runs | None, ending: Ending, most_bytes: int) -> None:
        self._runs = runs
        self._ending = ending
        self._most_bytes = most_bytes

    @property
    def runs(self) -> Runs:
        """What is asked. Raises `DecisionsOnly` where there is nothing to ask."""
        if self._runs is None:
            raise DecisionsOnly
        return self._runs

    async def start(self, request: Request) -> Answer:
        """``POST /v1/runs``: 202 once the run is durable; 200 where the caller waits, and it ends in time."""
        runs, wait = self.runs, read_wait(request.scope["query_string"])
        key, body = read_key(request), await self.read(request)
        workflow, given = read_start(body)
        run = await runs.start(workflow, given, key=key, caller=caller_of(request))
        if wait and run["status"] not in ENDED:
            run = await self._ending.before(runs.wait(run["id"], wait)) or run
        ended = wait is not None and run["status"] in ENDED
        return reply(run, 200 if ended else 202, {"location": f"/v1/runs/{run['id']}"})

    async def list(self, request: Request) -> Answer:
        """``GET /v1/runs``."""
        return JsonReply(write_json(await self.runs.list(read_query(request.scope["query_string"]))))

    async def count(self, request: Request) -> Answer:
        """``GET /v1/runs/count``."""
        query, by = read_count(request.scope["query_string"])
        runs = self.runs
        counted = await (runs.count(query) if by is None else runs.count_by(query, by))
        return JsonReply(write_json(counted))

    async def fields(self, request: Request) -> Answer:
        """``GET /v1/runs/fields``."""
        read_no_query(request.scope["query_string"])
        return JsonReply(write_json(await self.runs.fields()))

    async def show(self, request: Request) -> Answer:
        """``GET /v1/runs/{run}``; with ``wait`` once it has ended, or after that time."""
        runs, run, wait = self.runs, run_of(request), read_wait(request.scope["query_string"])
        shown = await self._ending.before(runs.wait(run, wait)) if wait else None
        return JsonReply(write_json(shown or await runs.show(run)))

    async def history(self, request: Request) -> Answer:
        """``GET /v1/runs/{run}/history``."""
        runs, run = self.runs, run_of(request)
        after, limit = read_page(request.scope["query_string"])
        return JsonReply(write_json(await runs.history(run, after, limit)))

    async def events(self, request: Request) -> Answer:
        """``GET /v1/runs/{run}/events``: the history as it grows, and the status as it changes."""
        runs, run = self.runs, run_of(request)
        after = read_after(request.scope["query_string"], request.headers.get("last-event-id"))
        await runs.history(run, after, 1)  # an unknown run is a problem, not a stream
        return EventStream(runs.events(run, after), self._ending)

    async def workflows(self, _: Request) -> Answer:
        """``GET /v1/workflows``."""
        return JsonReply(write_json(self.runs.workflows()))

    async def read(self, request: Request, *, needed: bool = True) -> Json:
        """The body; an empty object for no bytes, unless it is ``needed``. Raises what reading does."""
        body = await read_body(request, self._most_bytes)
        return read_json(body) if body or needed else {}


def run_of(request: Request) -> str:
    """The run's id in the path. Raises `UnknownName` for what can be none."""
    return named(request, "run", "run")


def named(request: Request, parameter: str, noun: str) -> str:
    """A name in the path. Raises `UnknownName` for what can be none, and so need not be looked for."""
    name: str = request.path_params[parameter]
    if len(name) > _LONGEST_NAME or not name.isprintable():
        message = f"there is no {noun} {name[:_LONGEST_NAME]!r}"
        raise UnknownName(message, (Fault("", f"unknown-{noun}", message),))
    return name


def reply(value: object, status: int, headers: Mapping[str, str] | None = None) -> Response:
    """A reply of another status than 200."""
    return Response(write_json(value), status, headers, JSON)
