"""Examples for what OpenAPI says about rulesets; tests hold them against their schemas."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rulesflow.api.problems import (
    AMBIGUOUS_RULESET,
    RULESET_REFUSED,
    UNKNOWN_FILE,
    UNKNOWN_RULESET,
    Kind,
    Problem,
)
from rulesflow.model.errors import Fault

NEWER = "9c0ffee2aa41d3b1f0c85e6d7b2a94137e5c1f8d6a3b0e4c7f29d815b6a0e3f4"
OLDER = "71d2b6c05e9f4a38b1c7d0e6f3a2958c4b7e1d0f6a9c3e5b8d2f7a1c0e4b6d93"
_COUNTS = {"decisions": 9, "rules": 214, "workflows": 4, "patterns": 3}

LIST: dict[str, Any] = {
    "active": OLDER,
    "pinned": True,
    "pending": {"digest": NEWER, "at": "2026-11-27T17:40:02.118002Z"},
    "rulesets": [
        {
            "digest": OLDER,
            "first_at": "2026-11-20T09:58:11.204518Z",
            "activated_at": "2026-11-27T17:52:40.001933Z",
            "active": True,
            "pinned": True,
            "pending": False,
            "source": "/srv/rules",
            "counts": _COUNTS,
            "note": "activated by dana: the new refund limits were wrong",
        },
        {
            "digest": NEWER,
            "first_at": "2026-11-27T17:40:02.118002Z",
            "activated_at": "2026-11-27T17:40:02.118002Z",
            "active": False,
            "pinned": False,
            "pending": True,
            "source": "/srv/rules",
            "counts": _COUNTS | {"rules": 215},
            "note": None,
        },
    ],
    "next": None,
}
FILES: dict[str, Any] = {
    "digest": OLDER,
    "files": [{"path": "base/refund.yaml", "bytes": 2210}, {"path": "rulesflow.yaml", "bytes": 118}],
}
FILE: dict[str, Any] = {
    "digest": OLDER,
    "path": "rulesflow.yaml",
    "text": "project: shop\nfacts: facts.yaml\nlayers: [base]\n",
    "binary": False,
}
DIFF: dict[str, Any] = {
    "from": OLDER,
    "to": NEWER,
    "same": False,
    "decisions": [
        {
            "decision": "refund",
            "status": "changed",
            "changes": [
                {
                    "what": "rule",
                    "name": "large-order",
                    "status": "changed",
                    "layer": "region/eu",
                    "before": {
                        "file": "region/eu/refund.yaml",
                        "line": 12,
                        "text": "- rule: large-order\n  when: order.total > 500\n  then: {route: review}",
                    },
                    "after": {
                        "file": "region/eu/refund.yaml",
                        "line": 12,
                        "text": "- rule: large-order\n  when: order.total > 400\n  then: {route: review}",
                    },
                    "fields": [
                        {"field": "when", "before": "order.total > 500", "after": "order.total > 400"}
                    ],
                }
            ],
        }
    ],
    "workflows": [
        {
            "workflow": "order",
            "status": "changed",
            "changes": [
                {
                    "step": "payment/charge",
                    "status": "changed",
                    "before": {
                        "file": "workflows/order.yaml",
                        "line": 40,
                        "text": "charge:\n  call: payment.charge\n  timeout: 5s",
                    },
                    "after": {
                        "file": "workflows/order.yaml",
                        "line": 40,
                        "text": "charge:\n  call: payment.charge\n  timeout: 10s",
                    },
                }
            ],
        }
    ],
    "others": [{"file": "patterns/card-testing.yaml", "status": "changed"}],
    "files": [
        {"path": "patterns/card-testing.yaml", "status": "changed"},
        {"path": "region/eu/refund.yaml", "status": "changed"},
        {"path": "workflows/order.yaml", "status": "changed"},
    ],
}
CANDIDATE: dict[str, Any] = {
    "base": "active",
    "files": {
        "base/refund.yaml": "decision: refund\nhit: first\n…",
        "region/eu/refund.yaml": None,
    },
}
TRIED: dict[str, Any] = {"digest": NEWER, "base": OLDER, "diagnostics": [], "diff": DIFF}
REFUSED: dict[str, Any] = {
    "digest": None,
    "base": OLDER,
    "diagnostics": [
        {
            "code": "RF203",
            "severity": "error",
            "file": "base/refund.yaml",
            "line": 12,
            "column": 31,
            "message": "unknown field order.totl",
            "hint": "did you mean order.total?",
        }
    ],
    "diff": None,
}

_UNKNOWN = "there is no ruleset 71d2b6c0"
_UNKNOWN_HINT = "GET /v1/rulesets lists those that were active"
_NO_FILE = "the ruleset 71d2b6c05e9f has no file 'base/refnd.yaml'"
_NO_FILE_HINT = "GET /v1/rulesets/71d2b6c05e9f/files tells which it has"
_SEVERAL = "71d2b6c0 fits several rulesets"
_SEVERAL_HINT = "give more digits: 71d2b6c05e9f4a38, 71d2b6c0a1f04b77"
_REFUSED = "the ruleset 71d2b6c05e9f cannot be activated; what is active serves on"
_REFUSED_HINT = "see its diagnostics"

RULESET_PROBLEMS: Mapping[Kind, Problem] = {
    UNKNOWN_RULESET: Problem(
        UNKNOWN_RULESET,
        f"{_UNKNOWN}; {_UNKNOWN_HINT}",
        (Fault("", UNKNOWN_RULESET.name, _UNKNOWN, _UNKNOWN_HINT),),
    ),
    UNKNOWN_FILE: Problem(
        UNKNOWN_FILE,
        f"{_NO_FILE}; {_NO_FILE_HINT}",
        (Fault("", UNKNOWN_FILE.name, _NO_FILE, _NO_FILE_HINT),),
    ),
    AMBIGUOUS_RULESET: Problem(
        AMBIGUOUS_RULESET,
        f"{_SEVERAL}; {_SEVERAL_HINT}",
        (Fault("", AMBIGUOUS_RULESET.name, _SEVERAL, _SEVERAL_HINT),),
    ),
    RULESET_REFUSED: Problem(
        RULESET_REFUSED,
        _REFUSED,
        (Fault("", RULESET_REFUSED.name, _REFUSED, _REFUSED_HINT),),
        {
            "diagnostics": [
                {
                    "code": "RF704",
                    "severity": "error",
                    "file": "workflows/order.yaml",
                    "line": 14,
                    "column": 11,
                    "message": "there is no step charge",
                    "hint": None,
                }
            ]
        },
    ),
}
