"""What OpenAPI says of each call: parameters, bodies, every response with an example."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rulesflow.api import examples
from rulesflow.api.alertexamples import ALERT_PROBLEMS
from rulesflow.api.batch import NDJSON
from rulesflow.api.eventexamples import EVENT_PROBLEMS
from rulesflow.api.problems import (
    AMBIGUOUS_RULESET,
    CROSS_SITE,
    DATABASE_AWAY,
    DECISION_FAILED,
    FACTS_REFUSED,
    FORBIDDEN,
    HOST_REFUSED,
    INTERNAL_ERROR,
    JSON_REFUSED,
    MEDIA_TYPE,
    NOT_READY,
    RULESET_REFUSED,
    TOO_LARGE,
    UNAUTHORIZED,
    UNKNOWN_DECISION,
    UNKNOWN_RULESET,
    Kind,
)
from rulesflow.api.resourceexamples import RESOURCE_PROBLEMS
from rulesflow.api.routing import JSON
from rulesflow.api.rulesetexamples import RULESET_PROBLEMS
from rulesflow.api.runexamples import RUN_PROBLEMS
from rulesflow.api.schemas import array, ref

Described = dict[str, Any]

_EXAMPLES = {
    **examples.PROBLEMS,
    **RUN_PROBLEMS,
    **RESOURCE_PROBLEMS,
    **RULESET_PROBLEMS,
    **EVENT_PROBLEMS,
    **ALERT_PROBLEMS,
}

READ = (UNAUTHORIZED, FORBIDDEN, HOST_REFUSED, INTERNAL_ERROR)
WRITE = (*READ, CROSS_SITE)
_DECISION = {
    "name": "decision",
    "in": "path",
    "required": True,
    "description": "the decision's name",
    "schema": {"type": "string"},
    "example": "refund",
}


def described(
    name: str,
    summary: str,
    description: str,
    good: Described,
    problems: Sequence[Kind],
    tag: str,
    status: int = 200,
    **extra: Any,
) -> Described:
    """Options of a route: what FastAPI puts into OpenAPI. ``status``: of the ``good`` response."""
    return {
        "operation_id": name,
        "summary": summary,
        "description": description,
        "tags": [tag],
        "responses": {status: good, **_problems(problems)},
        "openapi_extra": extra,
    }


def _problems(kinds: Sequence[Kind]) -> dict[int, Described]:
    """The responses of these kinds, those of one status together."""
    responses: dict[int, Described] = {}
    for kind in sorted(kinds, key=lambda each: each.status):
        response = responses.setdefault(
            kind.status,
            {"description": "", "content": {MEDIA_TYPE: {"schema": ref("Problem"), "examples": {}}}},
        )
        response["description"] += ("; " if response["description"] else "") + kind.title
        example = {"summary": kind.title, "value": _EXAMPLES[kind].as_dict()}
        response["content"][MEDIA_TYPE]["examples"][kind.name] = example
    return responses


def ok(description: str, schema: str, example: Any) -> Described:
    """A response that answers what was asked."""
    return {"description": description, "content": {JSON: {"schema": ref(schema), "example": example}}}


def _lines(*values: str) -> Described:
    return {"schema": {"type": "string"}, "example": "\n".join(values) + "\n"}


_WHAT_IF: Described = {
    "name": "ruleset",
    "in": "query",
    "description": "what if: decide by this ruleset instead of the active one: a digest, eight or "
    "more of its first digits, or `pending`. Neither metrics nor anything else tells of it",
    "schema": {"type": "string"},
}
DECIDE = described(
    "decide",
    "Decide",
    "The facts are validated, the layers they bring are stacked, and the rules are asked. The body is read "
    "as JSON whatever its Content-Type. Numbers are exact decimals, in and out.",
    {
        "description": "The decision",
        "content": {
            JSON: {
                "schema": ref("DecisionReply"),
                "examples": {
                    "matched": {"summary": "the rules that matched", "value": examples.REPLY},
                    "full": {"summary": "every rule, and the nearest flips", "value": examples.EXPLAINED},
                },
            }
        },
    },
    (
        *WRITE,
        JSON_REFUSED,
        UNKNOWN_DECISION,
        TOO_LARGE,
        FACTS_REFUSED,
        DECISION_FAILED,
        NOT_READY,
        UNKNOWN_RULESET,
        AMBIGUOUS_RULESET,
        RULESET_REFUSED,
    ),
    "decisions",
    parameters=[_DECISION, _WHAT_IF],
    requestBody={
        "required": True,
        "content": {JSON: {"schema": ref("DecisionRequest"), "example": examples.REQUEST}},
    },
)
BATCH = described(
    "decide_batch",
    "Decide many",
    "A JSON array, or NDJSON (one request a line), told by the Content-Type or by the first byte. The reply "
    "has the same form and order, each item a reply or `{error: problem}`; all are decided by one ruleset. "
    "NDJSON is streamed both ways; when the batch passes a limit, the last line says so.",
    {
        "description": "The replies, in order",
        "content": {
            JSON: {
                "schema": array(ref("BatchReply")),
                "example": [examples.REPLY, {"error": examples.PROBLEMS[FACTS_REFUSED].as_dict()}],
            },
            NDJSON: _lines(
                f'{{"id": "{examples.ID}", "decision": "refund", …}}', '{"error": {"status": 422, …}}'
            ),
        },
    },
    (
        *WRITE,
        JSON_REFUSED,
        UNKNOWN_DECISION,
        TOO_LARGE,
        FACTS_REFUSED,
        NOT_READY,
        UNKNOWN_RULESET,
        AMBIGUOUS_RULESET,
        RULESET_REFUSED,
    ),
    "decisions",
    parameters=[_DECISION, _WHAT_IF],
    requestBody={
        "required": True,
        "content": {
            JSON: {"schema": array(ref("DecisionRequest")), "example": [examples.REQUEST, examples.REQUEST]},
            NDJSON: _lines('{"facts": {"order": {"total": 40, "region": "eu/de"}, …}}', '{"facts": {…}}'),
        },
    },
)
SHOW_ALL = described(
    "list_decisions",
    "What can be decided",
    "Every decision that is loaded, in short.",
    ok(
        "The decisions",
        "DecisionList",
        examples.LIST,
    ),
    (*READ, NOT_READY),
    "decisions",
)
FACTS = described(
    "show_facts",
    "What decisions read",
    "The JSON Schema of the facts, with its descriptions and examples: enough to draw a form.",
    ok("The schema", "Facts", examples.FACTS_SCHEMA),
    (*READ, FACTS_REFUSED, NOT_READY),
    "decisions",
)
CASES = described(
    "list_cases",
    "Examples of facts",
    "The cases that stand beside a decision's rules, the first 200 of them, with what they expect.",
    ok("The cases", "CaseList", examples.CASES),
    (*READ, UNKNOWN_DECISION, FACTS_REFUSED, NOT_READY),
    "decisions",
    parameters=[_DECISION],
)
SHOW = described(
    "show_decision",
    "The effective rules for a layer stack",
    "Name the dimensions of the stack in the query: `?order.region=eu/de&customer.type=vip`. A dimension "
    "that is left out brings no layer.",
    ok(
        "The rules, in the order in which they are asked",
        "EffectiveRules",
        examples.EFFECTIVE,
    ),
    (*READ, UNKNOWN_DECISION, FACTS_REFUSED, NOT_READY),
    "decisions",
    parameters=[
        _DECISION,
        {
            "name": "dimensions",
            "in": "query",
            "description": "dotted names of facts that choose layers, with their values",
            "style": "form",
            "explode": True,
            "schema": {"type": "object", "additionalProperties": {"type": "string"}},
            "example": {"order.region": "eu/de", "customer.type": "vip"},
        },
    ],
)
STATUS = described(
    "ruleset_status",
    "What is active, and what is wrong",
    "The active ruleset serves on whatever happens to the files; `error` tells why the last attempt failed.",
    ok("The status", "RulesetStatus", examples.STATUS),
    READ,
    "rules",
)
RELOAD = described(
    "reload_ruleset",
    "Reload now",
    "Loads the folder without waiting for a change, and answers the status after that. A ruleset that was "
    "pinned no longer is, in no process. With several workers it is one of them that reloads; the others see "
    "changes for themselves.",
    ok("The status after the load", "RulesetStatus", examples.STATUS | {"error": None}),
    (*WRITE, DATABASE_AWAY),
    "rules",
)
LIVE = described(
    "live", "The process answers", "", ok("Alive", "Health", {"status": "live"}), (INTERNAL_ERROR,), "health"
)
READY = described(
    "ready",
    "A ruleset is active",
    "",
    ok("Ready", "Health", {"status": "ready"}),
    (INTERNAL_ERROR, NOT_READY),
    "health",
)
METRICS = described(
    "metrics",
    "Metrics for Prometheus",
    "Each process counts for itself: with several workers a scrape reaches one of them. What is parked, and "
    "how well resources are, is the same for all; where the database does not answer, it is what it said "
    "last, and `rulesflow_traffic_age_seconds` tells how old that is.",
    {
        "description": "Prometheus text, or OpenMetrics if asked for",
        "content": {
            "text/plain": _lines('rulesflow_decisions_total{decision="refund",outcome="decided"} 12')
        },
    },
    (HOST_REFUSED, INTERNAL_ERROR),
    "health",
)
