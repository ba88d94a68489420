"""What OpenAPI says of each call about runs."""

from __future__ import annotations

from typing import Any

from rulesflow.api import runexamples as examples
from rulesflow.api.operations import READ, WRITE, Described, described, ok
from rulesflow.api.problems import (
    COMMITTED,
    CONFLICT,
    DATABASE_AWAY,
    DECISIONS_ONLY,
    EFFECT_UNKNOWN,
    FACTS_REFUSED,
    JSON_REFUSED,
    KEY_REUSED,
    NO_INCIDENT,
    NOT_READY,
    OVERLOADED,
    RUN_ENDED,
    SIGNAL_PASSED,
    TOO_LARGE,
    UNKNOWN_RUN,
    UNKNOWN_SIGNAL,
    UNKNOWN_WORKFLOW,
    Kind,
)
from rulesflow.api.routing import JSON
from rulesflow.api.schemas import ref
from rulesflow.api.sse import MEDIA_TYPE
from rulesflow.runtime.runquery import STATUSES

_RUNS = (NOT_READY, DECISIONS_ONLY, DATABASE_AWAY)
#: The problems of a call about runs: one that looks, one that changes something.
RUN_READ = (*READ, *_RUNS, FACTS_REFUSED)
RUN_WRITE = (*WRITE, *_RUNS, JSON_REFUSED, TOO_LARGE, FACTS_REFUSED, KEY_REUSED)
_TEXT = {"type": "string"}


def path_parameter(name: str, description: str, example: str) -> Described:
    """A parameter in the path."""
    return {
        "name": name,
        "in": "path",
        "required": True,
        "description": description,
        "schema": _TEXT,
        "example": example,
    }


def query_parameter(name: str, description: str, schema: Any, example: Any) -> Described:
    """A parameter in the query."""
    return {"name": name, "in": "query", "description": description, "schema": schema, "example": example}


_RUN = path_parameter("run", "the run's id", examples.RUN)
#: The header by which a call may be made again.
KEY: Described = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "the same key with the same request is the same call, however often it is made",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
    "example": "checkout-A-1001",
}
_WAIT = query_parameter("wait", "answer once the run has ended, or after this time; 5m at most", _TEXT, "5s")
_MOMENT = {"type": "string", "format": "date-time"}
#: Which runs are meant.
FILTERS = [
    query_parameter("workflow", "the workflow's name", _TEXT, "order"),
    query_parameter(
        "status",
        "one of these; may be given several times, or with commas between",
        {"type": "array", "items": {"enum": list(STATUSES)}},
        ["incident", "parked"],
    ),
    query_parameter("fingerprint", "of the incident at which they stand still", _TEXT, "5be1c04a9d2f7713"),
    query_parameter("since", "begun at this time or later", _MOMENT, "2026-11-27T00:00:00Z"),
    query_parameter("until", "begun before this time", _MOMENT, "2026-11-28T00:00:00Z"),
    {
        "name": "fields",
        "in": "query",
        "description": "indexed fields of the input by their dotted names, with their values",
        "style": "form",
        "explode": True,
        "schema": {"type": "object", "additionalProperties": _TEXT},
        "example": {"order.region": "eu/de"},
    },
]
_PAGE = [
    query_parameter(
        "limit", "runs on a page", {"type": "integer", "minimum": 1, "maximum": 1000, "default": 100}, 50
    ),
    query_parameter("cursor", "`next` of the page before", _TEXT, "b2xkZXI"),
    query_parameter("sort", "by the time of their beginning", {"enum": ["newest", "oldest"]}, "newest"),
]


def body(schema: str, example: Any, *, required: bool = True) -> Described:
    """A body of JSON."""
    return {"required": required, "content": {JSON: {"schema": ref(schema), "example": example}}}


START = described(
    "start_run",
    "Start a run",
    "The input is validated, the run is pinned to the rules and workflows of now, and is durable when the "
    "reply comes. With `wait` the reply is 200 if the run ends in that time, else 202. While as many runs as "
    "the setting `backlog` says have something to do, new ones are refused; the key of one that was accepted "
    "is still answered.",
    ok("The run, which goes on", "Run", examples.IN_FULL),
    (*RUN_WRITE, UNKNOWN_WORKFLOW, OVERLOADED),
    "runs",
    status=202,
    parameters=[KEY, _WAIT],
    requestBody=body("RunRequest", examples.REQUEST),
)
START["responses"] |= {200: ok("The run, which has ended", "Run", examples.IN_FULL | {"status": "completed"})}
START["responses"][OVERLOADED.status]["headers"] = {
    "Retry-After": {
        "description": "seconds in which the backlog is worked off, or a part of it where that takes longer",
        "schema": {"type": "integer", "minimum": 1, "maximum": 600},
        "example": 57,
    }
}
LIST = described(
    "list_runs",
    "Runs",
    "Runs that fit every filter, the newest first. A parameter that is none of these names an indexed field "
    "of the input: `?order.region=eu/de`.",
    ok("A page of runs", "RunList", examples.LIST),
    RUN_READ,
    "runs",
    parameters=[*FILTERS, *_PAGE],
)
COUNT = described(
    "count_runs",
    "How many runs",
    "Takes the filters of the list. `by` counts by another thing than the status: the reply then has `by`.",
    ok("The counts", "RunCount", examples.COUNT),
    RUN_READ,
    "runs",
    parameters=[
        *FILTERS,
        query_parameter(
            "by", "`status`, `workflow`, or an indexed field of the input", _TEXT, "order.region"
        ),
    ],
)
SHOW = described(
    "show_run",
    "A run in full",
    "Where it stands and what it waits for, its path, each decision with file and line, each attempt.",
    ok("The run", "Run", examples.IN_FULL),
    (*RUN_READ, UNKNOWN_RUN),
    "runs",
    parameters=[_RUN, _WAIT],
)
HISTORY = described(
    "run_history",
    "What happened in a run",
    "Everything that was recorded, in order.",
    ok("A page of entries", "RunHistory", examples.HISTORY),
    (*RUN_READ, UNKNOWN_RUN),
    "runs",
    parameters=[
        _RUN,
        query_parameter(
            "after", "entries of a higher number", {"type": "integer", "minimum": 0, "default": 0}, 100
        ),
        query_parameter(
            "limit",
            "entries on a page",
            {"type": "integer", "minimum": 1, "maximum": 10000, "default": 1000},
            100,
        ),
    ],
)
EVENTS = described(
    "run_events",
    "Follow a run",
    "Server-sent events: each entry of the history with its number as id, and each change of status, until "
    "the run ends. A comment shows every 15 s that the stream lives.",
    {
        "description": "The events",
        "content": {MEDIA_TYPE: {"schema": {"type": "string"}, "example": examples.EVENTS}},
    },
    (*RUN_READ, UNKNOWN_RUN),
    "runs",
    parameters=[
        _RUN,
        {
            "name": "Last-Event-ID",
            "in": "header",
            "description": "go on after this entry, as browsers ask by themselves",
            "schema": {"type": "integer", "minimum": 0},
            "example": 2,
        },
        query_parameter(
            "after", "the same, for who cannot set a header", {"type": "integer", "minimum": 0}, 2
        ),
    ],
)
SIGNAL = described(
    "signal_run",
    "Send a signal",
    "The body is the payload. The signal is kept, in order, until a wait of its name consumes it, so it may "
    "come early.",
    ok("The signal is kept", "SignalReply", examples.SIGNALLED),
    (*RUN_WRITE, UNKNOWN_RUN, UNKNOWN_SIGNAL, RUN_ENDED, SIGNAL_PASSED),
    "runs",
    status=202,
    parameters=[_RUN, path_parameter("name", "the signal's name", "approval"), KEY],
    requestBody={
        "required": False,
        "content": {
            JSON: {
                "schema": {"description": "as the workflow's wait describes it"},
                "example": examples.SIGNAL,
            }
        },
    },
)


def _order(
    action: str, summary: str, description: str, body: Described, problems: tuple[Kind, ...]
) -> Described:
    return described(
        f"{action}_run",
        summary,
        description,
        ok("The run, once it obeyed; after 2 s at most", "Run", examples.IN_FULL),
        (*RUN_WRITE, UNKNOWN_RUN, CONFLICT, RUN_ENDED, *problems),
        "runs",
        parameters=[_RUN, KEY],
        requestBody=body,
    )


_WHY = body("Reason", {"reason": "the customer called"}, required=False)
PAUSE = _order(
    "pause", "Pause a run", "A call in flight finishes; nothing more begins until resume.", _WHY, ()
)
RESUME = _order("resume", "Let a paused run go on", "", _WHY, ())
CANCEL = _order(
    "cancel",
    "Cancel a run",
    "Ends a wait, sleep or park at once; a call in flight finishes first. Then the steps are undone.",
    _WHY,
    (COMMITTED,),
)
RETRY = _order(
    "retry",
    "Try an incident, or a parked step, again",
    "At once, and with the same idempotency key; edited input is a new visit, and so has a new one.",
    body("RetryRequest", {"step": "charge", "reason": "the gateway is back"}, required=False),
    (NO_INCIDENT, EFFECT_UNKNOWN),
)
RERUN = _order(
    "rerun",
    "Run again from a step on",
    "The recorded steps behind it are undone first; the same run goes on with new visits.",
    body("RerunRequest", {"from": "fraud", "reason": "the address was corrected"}),
    (COMMITTED, EFFECT_UNKNOWN),
)
WORKFLOWS = described(
    "list_workflows",
    "What can be run",
    "Every workflow that is loaded, with the schema of its input and the signals that it may wait for.",
    ok("The workflows", "WorkflowList", examples.WORKFLOWS),
    (*READ, *_RUNS),
    "runs",
)
PLUGINS = described(
    "list_plugins",
    "Which plugins are loaded",
    "",
    ok("The plugins", "PluginList", examples.PLUGINS),
    READ,
    "runs",
)
