"""Examples for the OpenAPI description, from the sample shop; tests hold them against their schemas."""

from __future__ import annotations

from collections.abc import Mapping

from rulesflow.api.problems import (
    CROSS_SITE,
    DECISION_FAILED,
    FACTS_REFUSED,
    FORBIDDEN,
    HOST_REFUSED,
    INTERNAL_ERROR,
    JSON_REFUSED,
    NOT_READY,
    TOO_LARGE,
    UNAUTHORIZED,
    UNKNOWN_DECISION,
    Kind,
    Problem,
)
from rulesflow.model.errors import Fault

FACTS = {
    "order": {"total": 40, "region": "eu/de", "channel": "web"},
    "customer": {"type": "regular", "tenure_days": 400},
    "refund": {"reason": "not_as_described"},
}
AT = "2026-11-20T10:00:00Z"
ID = "019aa6b5-9d80-7a51-9f1c-2f6a52d3c1e7"
DIGEST = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
MATCH = {
    "rule": "small_and_trusted",
    "layer": "base",
    "file": "base/refund.yaml",
    "line": 41,
    "because": "Small refunds for long-standing customers",
}
REQUEST = {"facts": FACTS, "at": AT}
REPLY = {
    "id": ID,
    "decision": "refund",
    "result": {"route": "auto", "limit": 40},
    "matched": [MATCH],
    "layers": ["base", "region/eu", "region/eu/de"],
    "digest": DIGEST,
    "at": AT,
}
_DEFAULT = {"rule": "default", "layer": "base", "file": "base/refund.yaml", "line": 56, "because": None}
EXPLAINED = REPLY | {
    "explanation": {
        "rules": [{key: MATCH[key] for key in ("rule", "layer", "file", "line")} | {"fired": True}],
        "flips": [
            {
                "fact": "order.total",
                "from": 40,
                "to": 100.01,
                "test": "order.total > 100",
                "result": {"route": "review", "limit": 0},
                "matched": [_DEFAULT],
            },
            {
                "fact": "customer.tenure_days",
                "from": 400,
                "to": 89,
                "test": "customer.tenure_days < 90",
                "result": {"route": "review", "limit": 0},
                "matched": [_DEFAULT],
            },
        ],
    }
}
STATUS = {
    "digest": DIGEST,
    "activated_at": "2026-11-20T09:58:11.204518Z",
    "source": "/srv/rules",
    "pinned": False,
    "decisions": ["fraud", "refund"],
    "pending": None,
    "error": {
        "at": "2026-11-20T09:59:40.118002Z",
        "diagnostics": [
            {
                "code": "RF203",
                "severity": "error",
                "file": "region/eu/refund.yaml",
                "line": 12,
                "column": 31,
                "message": "unknown field order.totl",
                "hint": "did you mean order.total?",
                "text": '    when: {order.coupon: ABC, order.totl: "<= 100"}',
            }
        ],
    },
}

PROBLEMS: Mapping[Kind, Problem] = {
    JSON_REFUSED: Problem(
        JSON_REFUSED,
        "line 1, column 19: trailing comma",
        (Fault("", "json-syntax", "line 1, column 19: trailing comma"),),
    ),
    UNAUTHORIZED: Problem(UNAUTHORIZED, "send Authorization: Bearer KEY, with a key from RULESFLOW_API_KEYS"),
    FORBIDDEN: Problem(FORBIDDEN, "checkout may not reload ruleset"),
    HOST_REFUSED: Problem(
        HOST_REFUSED, "'evil.example' is not served here; name it in RULESFLOW_ALLOWED_HOSTS if it is"
    ),
    CROSS_SITE: Problem(CROSS_SITE, "a call from https://evil.example is refused"),
    UNKNOWN_DECISION: Problem(
        UNKNOWN_DECISION,
        "there is no decision 'refnd'; did you mean refund?",
        (Fault("", "unknown-decision", "there is no decision 'refnd'", "did you mean refund?"),),
    ),
    TOO_LARGE: Problem(
        TOO_LARGE,
        "the body may have 1,048,576 bytes at most",
        (Fault("", "too-large", "the body may have 1,048,576 bytes at most"),),
    ),
    FACTS_REFUSED: Problem(
        FACTS_REFUSED,
        "the facts do not fit the schema: /facts/order/total: must be a number, not a string",
        (Fault("/facts/order/total", "type", "must be a number, not a string", "write it without quotes"),),
    ),
    DECISION_FAILED: Problem(
        DECISION_FAILED,
        "decision refund, rule by_weight (base/refund.yaml:20:24): division by zero",
        (
            Fault(
                "/facts",
                "division-by-zero",
                "decision refund, rule by_weight (base/refund.yaml:20:24): division by zero",
            ),
        ),
        {
            "decision": "refund",
            "rule": "by_weight",
            "file": "base/refund.yaml",
            "line": 20,
            "code": "division-by-zero",
        },
    ),
    INTERNAL_ERROR: Problem(INTERNAL_ERROR, "the service's log tells more"),
    NOT_READY: Problem(NOT_READY, "no ruleset is active; GET /v1/ruleset tells why"),
}

LIST = {
    "digest": DIGEST,
    "decisions": [
        {
            "decision": "refund",
            "title": "How a refund request is handled",
            "hit": "first",
            "requires": ["refund.reason"],
            "outcome": {"route": {"enum": ["auto", "review", "deny"]}},
            "layers": ["base", "region/eu", "customer/vip"],
            "rules": 9,
            "dimensions": [{"fact": "order.region", "values": ["eu", "eu/de", "us"]}],
        }
    ],
}

FACTS_SCHEMA = {
    "digest": DIGEST,
    "schema": {
        "type": "object",
        "required": ["order"],
        "properties": {
            "order": {
                "type": "object",
                "required": ["total"],
                "properties": {
                    "total": {
                        "type": "number",
                        "minimum": 0,
                        "description": "Tax included",
                        "examples": [59.9],
                    }
                },
            }
        },
    },
}
CASES = {
    "decision": "refund",
    "cases": [
        {
            "case": "a long-standing VIP gets a small refund at once",
            "facts": FACTS,
            "at": AT,
            "expect": {"route": "auto"},
            "file": "base/refund.cases.yaml",
            "line": 3,
        }
    ],
}
EFFECTIVE = {
    "decision": "refund",
    "title": "How a refund request is handled",
    "hit": "first",
    "requires": ["refund.reason"],
    "outcome": {"route": {"enum": ["auto", "review", "deny"]}},
    "layers": ["base", "region/eu", "region/eu/de"],
    "reads": ["customer.tenure_days", "order.region", "order.total"],
    "params": {
        "auto_limit": {"value": 100, "layer": "base", "file": "base/refund.yaml", "line": 14, "over": []}
    },
    "rules": [
        MATCH
        | {
            "when": ["order.total: <= params.auto_limit", "customer.tenure_days: >= 90"],
            "then": {"route": "auto", "limit": "${ order.total }"},
            "final": False,
            "from": None,
            "until": None,
        }
    ],
    "default": None,
    "replaced": [],
    "digest": DIGEST,
}
