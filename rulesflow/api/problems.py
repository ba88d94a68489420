"""Problem details (RFC 9457): what every call answers when it does not succeed.

``{type, title, status, detail, errors: [{pointer, code, message, hint?}]}``, and for a failed decision also
``decision rule file line code``, for a ruleset that is refused its ``diagnostics``. The ``type`` is stable:
programs may rely on it, and on ``errors[].code``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from sqlalchemy.exc import InterfaceError, OperationalError, TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Route

from rulesflow.documents.jsontext import write_json
from rulesflow.model.errors import (
    Conflict,
    DecisionFailed,
    FactsRefused,
    Fault,
    JsonRefused,
    Overloaded,
    RequestRefused,
    RulesflowError,
    TooLarge,
    UnknownName,
)
from rulesflow.model.rendering import as_dict
from rulesflow.runtime.catalog import NotReadyError
from rulesflow.runtime.pins import RulesetRefused

MEDIA_TYPE = "application/problem+json"
_AWAY = (OperationalError, InterfaceError, PoolTimeout)
MOST_ERRORS = 100


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of problem: the end of its ``type``, its HTTP status and its title."""

    name: str
    status: int
    title: str

    @property
    def type(self) -> str:
        """The stable URI reference."""
        return f"/problems/{self.name}"


JSON_REFUSED = Kind("json-refused", 400, "The body is not JSON that can be read exactly")
UNAUTHORIZED = Kind("unauthorized", 401, "The call needs a valid API key")
FORBIDDEN = Kind("forbidden", 403, "The caller may not do this")
HOST_REFUSED = Kind("host-refused", 403, "The Host header names no host of this service")
CROSS_SITE = Kind("cross-site", 403, "A page of another site made this call")
NOT_FOUND = Kind("not-found", 404, "There is nothing at this path")
UNKNOWN_DECISION = Kind("unknown-decision", 404, "There is no decision of this name")
UNKNOWN_WORKFLOW = Kind("unknown-workflow", 404, "There is no workflow of this name")
UNKNOWN_RUN = Kind("unknown-run", 404, "There is no run of this id")
UNKNOWN_SIGNAL = Kind("unknown-signal", 404, "The workflow waits for no signal of this name")
UNKNOWN_BULK = Kind("unknown-bulk", 404, "There is no bulk order of this id")
UNKNOWN_RESOURCE = Kind("unknown-resource", 404, "There is no resource of this name")
UNKNOWN_PATTERN = Kind("unknown-pattern", 404, "There is no pattern of this name")
UNKNOWN_MATCH = Kind("unknown-match", 404, "There is no match of this id")
UNKNOWN_RULESET = Kind("unknown-ruleset", 404, "There is no ruleset of this digest")
UNKNOWN_ALERT = Kind("unknown-alert", 404, "There is no alert of this id")
UNKNOWN_FILE = Kind("unknown-file", 404, "The ruleset has no such file")
METHOD_NOT_ALLOWED = Kind("method-not-allowed", 405, "The path does not take this method")
CONFLICT = Kind("conflict", 409, "What stands forbids it")
KEY_REUSED = Kind("key-reused", 409, "The Idempotency-Key was used for another request")
RUN_ENDED = Kind("run-ended", 409, "The run has ended")
SIGNAL_PASSED = Kind("signal-passed", 409, "The run can no longer reach a wait for this signal")
COMMITTED = Kind("committed", 409, "The run has passed the point up to which it can be undone")
NO_INCIDENT = Kind("no-incident", 409, "The run has nothing to retry")
EFFECT_UNKNOWN = Kind("effect-unknown", 409, "The last attempt may have had its effect")
AMBIGUOUS_RULESET = Kind("ambiguous-ruleset", 409, "The digits fit several rulesets")
RULESET_REFUSED = Kind("ruleset-refused", 409, "The ruleset cannot be used")
TOO_LARGE = Kind("too-large", 413, "The request is larger than the limit")
FACTS_REFUSED = Kind("facts-refused", 422, "The request does not have the right shape")
DECISION_FAILED = Kind("decision-failed", 422, "A rule failed on these facts")
OVERLOADED = Kind("overloaded", 429, "Too much is waiting already")
INTERNAL_ERROR = Kind("internal-error", 500, "The service failed")
NOT_READY = Kind("not-ready", 503, "No ruleset is active")
DATABASE_AWAY = Kind("database-away", 503, "The database does not answer")
DECISIONS_ONLY = Kind("decisions-only", 503, "This service only decides")


class DecisionsOnly(RulesflowError):
    """A call about runs or events, of a service that was started without a database for them."""

    def __init__(self) -> None:
        super().__init__("this service was started to decide only; runs and events are taken by another")


#: By class of error; the first that fits counts.
_KINDS: tuple[tuple[type[RulesflowError], Kind], ...] = (
    (JsonRefused, JSON_REFUSED),
    (TooLarge, TOO_LARGE),
    (UnknownName, UNKNOWN_DECISION),
    (DecisionFailed, DECISION_FAILED),
    (FactsRefused, FACTS_REFUSED),
    (Conflict, CONFLICT),
    (Overloaded, OVERLOADED),
    (DecisionsOnly, DECISIONS_ONLY),
    (NotReadyError, NOT_READY),
)
#: What is unknown or conflicts is told apart by the code of its first fault.
_BY_CODE: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        UNKNOWN_WORKFLOW,
        UNKNOWN_RUN,
        UNKNOWN_SIGNAL,
        UNKNOWN_BULK,
        UNKNOWN_RESOURCE,
        UNKNOWN_PATTERN,
        UNKNOWN_MATCH,
        UNKNOWN_RULESET,
        UNKNOWN_FILE,
        UNKNOWN_ALERT,
        AMBIGUOUS_RULESET,
        RULESET_REFUSED,
        KEY_REUSED,
        RUN_ENDED,
        SIGNAL_PASSED,
        COMMITTED,
        NO_INCIDENT,
        EFFECT_UNKNOWN,
    )
}
_BY_STATUS = {404: NOT_FOUND, 405: METHOD_NOT_ALLOWED}


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem, ready to be written. ``more`` holds further members of the object."""

    kind: Kind
    detail: str
    faults: tuple[Fault, ...] = ()
    more: Mapping[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """The members of RFC 9457; ``errors`` holds the first hundred."""
        return {
            "type": self.kind.type,
            "title": self.kind.title,
            "status": self.kind.status,
            "detail": self.detail,
            **self.more,
            "errors": [_error(fault) for fault in self.faults[:MOST_ERRORS]],
        }

    def response(self, headers: Mapping[str, str] | None = None) -> Response:
        """The HTTP response."""
        return Response(write_json(self.as_dict()), self.kind.status, headers, MEDIA_TYPE)


def _error(fault: Fault) -> dict[str, str]:
    shown = {"pointer": fault.pointer, "code": fault.code, "message": fault.message}
    return shown | ({"hint": fault.hint} if fault.hint else {})


def kind_of(error: Exception) -> Kind:
    """The kind of problem that an error is; `INTERNAL_ERROR` where the caller is not to blame."""
    if isinstance(error, UnknownName | Conflict) and error.faults and error.faults[0].code in _BY_CODE:
        return _BY_CODE[error.faults[0].code]
    if isinstance(error, _AWAY):
        return DATABASE_AWAY
    return next((kind for cls, kind in _KINDS if isinstance(error, cls)), INTERNAL_ERROR)


def problem_of(error: Exception) -> Problem:
    """The problem that an error is to the caller; what is no mistake of the caller's tells nothing."""
    kind = kind_of(error)
    if kind is INTERNAL_ERROR:
        return Problem(kind, "the service's log tells more")
    if kind is DATABASE_AWAY:
        return Problem(
            kind,
            "try again with the same Idempotency-Key, or the same events: nothing is done twice",
        )
    if isinstance(error, DecisionFailed):
        names = ("decision", "rule", "file", "line", "code")
        return Problem(kind, error.detail, error.faults, {name: getattr(error, name) for name in names})
    faults = error.faults if isinstance(error, RequestRefused) else ()
    if isinstance(error, RulesetRefused):
        found = [as_dict(each) for each in error.diagnostics]
        return Problem(kind, error.detail, faults, {"diagnostics": found})
    return Problem(kind, _detail(str(error), faults), faults)


def _detail(text: str, faults: Iterable[Fault]) -> str:
    """The error's sentence, with the first fault when that says more."""
    first = next(iter(faults), None)
    if first is None:
        return text
    said = text if first.message in text else f"{text}: {first.pointer or 'the body'}: {first.message}"
    return f"{said}; {first.hint}" if first.hint else said


def problem_response(error: Exception) -> Response:
    """The response to an error of ours."""
    problem = problem_of(error)
    if isinstance(error, Overloaded):
        return problem.response({"retry-after": str(error.retry_after)})
    again = problem.kind in (NOT_READY, DATABASE_AWAY)
    return problem.response({"retry-after": "1"} if again else None)


async def on_http_error(request: Request, error: Exception) -> Response:
    """What the router refuses: an unknown path, a wrong method."""
    assert isinstance(error, HTTPException)
    kind = _BY_STATUS.get(error.status_code)
    if kind is None:
        phrase = HTTPStatus(error.status_code).phrase
        kind = Kind(phrase.lower().replace(" ", "-"), error.status_code, phrase)
    headers = error.headers
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        headers = {"allow": ", ".join(sorted(_methods(request)))}
    return Problem(kind, kind.title.lower()).response(headers)


def _methods(request: Request) -> set[str]:
    """Every method that some route has for this path; the router names those of the first only."""
    found: set[str] = set()
    for route in request.app.routes:
        if isinstance(route, Route) and route.matches(request.scope)[0] is not Match.NONE:
            found |= route.methods or set()
    return found


async def on_defect(_: Request, error: Exception) -> Response:
    """What nobody foresaw: the server logs it, the caller learns nothing of it."""
    return problem_response(error)
