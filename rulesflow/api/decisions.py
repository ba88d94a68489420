"""The calls that decide, and those that show what decides."""

from __future__ import annotations

from asyncio import to_thread
from collections.abc import Awaitable, Iterable, Mapping
from functools import partial
from time import perf_counter
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request

from rulesflow.api.batch import Limits, batch_response
from rulesflow.api.metrics import DECIDED, Metrics
from rulesflow.api.problems import INTERNAL_ERROR, kind_of
from rulesflow.api.routing import Answer, JsonReply, read_body
from rulesflow.api.rulesetqueries import read_ruleset
from rulesflow.api.runqueries import read_no_query
from rulesflow.documents.jsontext import read_json, write_json
from rulesflow.model.errors import FactsRefused, Fault, RulesflowError, pointer
from rulesflow.model.times import Timestamp
from rulesflow.runtime.catalog import Snapshot, now
from rulesflow.runtime.identifiers import new_id
from rulesflow.runtime.request import decode_request
from rulesflow.runtime.service import Service
from rulesflow.runtime.versions import Versions

_MOST_DIMENSIONS = 100
_MANY = 1_000  # rules of a decision, beyond which a full explanation is not for the event loop
_FULL = b'"full"'  # stands in the body of a request for one, unless somebody has escaped its letters


class Decisions:
    """Endpoints under ``/v1/decisions``."""

    def __init__(self, service: Service, metrics: Metrics, limits: Limits, versions: Versions) -> None:
        self._service = service
        self._versions = versions
        self._metrics = metrics
        self._limits = limits

    async def decide(self, request: Request) -> Answer:
        """``POST /v1/decisions/{decision}``."""
        body = await read_body(request, self._limits.item_bytes)
        name, query = request.path_params["decision"], request.scope["query_string"]
        if query and (ruleset := read_ruleset(query)) is not None:
            return JsonReply(await to_thread(self._what_if, ruleset, name, body, now()))
        active = self._service.snapshot()
        moment = now()
        waiting = self._aside(active, name, body, moment)
        return JsonReply(self._decide(active, name, body, moment) if waiting is None else await waiting)

    def _what_if(self, ruleset: str, name: str, body: bytes, moment: Timestamp) -> bytes:
        """The reply by a ruleset that may not be active, and that may have to be compiled first.

        It decides nothing that happens, so it is not counted.
        """
        return self._reply(self._versions.snapshot(ruleset), name, body, moment)

    async def batch(self, request: Request) -> Answer:
        """``POST /v1/decisions/{decision}/batch``: all items on one ruleset, as at the start."""
        name, query = request.path_params["decision"], request.scope["query_string"]
        ruleset = read_ruleset(query) if query else None
        if ruleset is None:
            snapshot, counted = self._service.snapshot(), True
        else:
            snapshot, counted = await to_thread(self._versions.snapshot, ruleset), False
        snapshot.ruleset.decision(name)
        decide = partial(self._decide if counted else self._reply, snapshot, name)
        aside = partial(self._aside, snapshot, name, counted=counted)
        return await batch_response(request, decide, aside, self._limits)

    async def show_all(self, _: Request) -> Answer:
        """``GET /v1/decisions``."""
        return JsonReply(write_json(self._service.decisions()))

    async def show(self, request: Request) -> Answer:
        """``GET /v1/decisions/{decision}?order.region=eu/de``."""
        dimensions = read_dimensions(request.scope["query_string"])
        shown = self._service.effective(request.path_params["decision"], dimensions)
        return JsonReply(write_json(shown))

    async def facts(self, request: Request) -> Answer:
        """``GET /v1/facts``."""
        read_no_query(request.scope["query_string"])
        return JsonReply(write_json(self._service.facts()))

    async def cases(self, request: Request) -> Answer:
        """``GET /v1/decisions/{decision}/cases``."""
        read_no_query(request.scope["query_string"])
        return JsonReply(write_json(self._service.cases(request.path_params["decision"])))

    def _decide(self, active: Snapshot, name: str, body: bytes, moment: Timestamp) -> bytes:
        """`_reply`, counted."""
        with _Counted(self._metrics, name):
            return self._reply(active, name, body, moment)

    def _aside(
        self, active: Snapshot, name: str, body: bytes, moment: Timestamp, *, counted: bool = True
    ) -> Awaitable[bytes] | None:
        """`_decide` beside other requests, where all of many rules are asked for; None where they are not.

        A what-if is not ``counted``.
        """
        if _FULL not in body or len(body) > self._limits.item_bytes:
            return None
        decision = active.ruleset.decisions.get(name)
        if decision is None or len(decision.rules) <= _MANY:
            return None
        if not counted:
            return to_thread(self._reply, active, name, body, moment)
        return self._decide_aside(active, name, body, moment)

    async def _decide_aside(self, active: Snapshot, name: str, body: bytes, moment: Timestamp) -> bytes:
        """`_reply` beside other requests, counted: to account for many rules may take a second."""
        with _Counted(self._metrics, name):
            return await to_thread(self._reply, active, name, body, moment)

    def _reply(self, active: Snapshot, name: str, body: bytes, moment: Timestamp) -> bytes:
        """From the body's bytes to the reply's. Raises what `Service.answer` does, and `JsonRefused`.

        ``moment`` counts where the body gives none.
        """
        ruleset = active.ruleset
        ruleset.decision(name)  # first of all, since a decision that is not there has no body to be wrong
        request = decode_request(read_json(body), ruleset.zone)
        if name in active.project.readers:
            facts, shown = self._service.filled(active.project, request.facts)
            if shown:
                answer = self._service.answer(ruleset, name, request._replace(facts=facts), moment)
                return _with_set_facts(ruleset.replies.write(new_id(), answer), shown)
        answer = self._service.answer(ruleset, name, request, moment)
        return ruleset.replies.write(new_id(), answer)


def _with_set_facts(reply: bytes, shown: Iterable[Mapping[str, Any]]) -> bytes:
    """The reply, an object, with the facts that patterns have set."""
    return b'%b,"set_facts":%b}' % (reply[:-1], write_json(list(shown)))


class _Counted:
    """Counts what becomes of one decision within a ``with``, and the time it takes."""

    __slots__ = ("_metrics", "_name", "_started")

    def __init__(self, metrics: Metrics, name: str) -> None:
        self._metrics = metrics
        self._name = name
        self._started = perf_counter()

    def __enter__(self) -> None:
        """Nothing is to be done yet."""

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        """Count it."""
        outcome = DECIDED
        if error is not None:
            outcome = (kind_of(error) if isinstance(error, RulesflowError) else INTERNAL_ERROR).name
        self._metrics.count(self._name, outcome, perf_counter() - self._started)


def read_dimensions(query: bytes) -> dict[str, str]:
    """The dimensions of a layer stack, from a query. Raises `FactsRefused` for a name that stands twice."""
    try:
        pairs = parse_qsl(
            query.decode("latin-1"), keep_blank_values=True, errors="strict", max_num_fields=_MOST_DIMENSIONS
        )
    except ValueError as error:
        raise FactsRefused("the query cannot be read", (Fault("", "query", str(error)),)) from None
    dimensions: dict[str, str] = {}
    for name, value in pairs:
        if name in dimensions:
            fault = Fault(pointer(name), "duplicate-key", f"{name[:80]} stands twice", "give one value")
            raise FactsRefused("the query names no layer stack", (fault,))
        dimensions[name] = value
    return dimensions
