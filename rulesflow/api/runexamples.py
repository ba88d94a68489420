"""Examples for what OpenAPI says about runs, from the sample shop; tests hold them against their schemas."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rulesflow.api.problems import (
    COMMITTED,
    CONFLICT,
    DATABASE_AWAY,
    DECISIONS_ONLY,
    EFFECT_UNKNOWN,
    KEY_REUSED,
    NO_INCIDENT,
    OVERLOADED,
    RUN_ENDED,
    SIGNAL_PASSED,
    UNKNOWN_BULK,
    UNKNOWN_RUN,
    UNKNOWN_SIGNAL,
    UNKNOWN_WORKFLOW,
    Kind,
    Problem,
)
from rulesflow.model.errors import Fault

RUN = "019aa6b5-9d80-7a51-9f1c-2f6a52d3c1e7"
BULK = "019aa6b6-1c02-7c3e-8a44-90d1e2b7a5f0"
DIGEST = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
_BEGAN = "2026-11-27T08:00:00.120418Z"
_MOVED = "2026-11-27T08:00:00.381205Z"

REQUEST = {
    "workflow": "order",
    "input": {
        "order": {"id": "A-1001", "total": 120, "currency": "EUR", "region": "eu/de"},
        "customer": {"type": "vip"},
    },
}
SUMMARY: dict[str, Any] = {
    "id": RUN,
    "workflow": "order",
    "status": "waiting",
    "created_at": _BEGAN,
    "updated_at": _MOVED,
    "at": ["review"],
    "fields": {"order.region": "eu/de", "customer.type": "vip"},
    "problem": None,
}
DECISION = {
    "path": "fraud",
    "key": "fraud/1",
    "decision": "fraud",
    "result": {"route": "review"},
    "matched": [
        {
            "rule": "large_order",
            "layer": "region/eu",
            "file": "region/eu/fraud.yaml",
            "line": 12,
            "because": "Large orders are looked at",
        }
    ],
    "layers": ["base", "region/eu", "region/eu/de", "customer/vip"],
    "digest": DIGEST,
    "at": _MOVED,
}
IN_FULL = SUMMARY | {
    "digest": DIGEST,
    "input": REQUEST["input"],
    "output": None,
    "path": [
        {"path": "stock", "visit": 1},
        {"path": "fraud", "visit": 1},
        {"path": "review", "visit": 1},
    ],
    "steps": {"stock": {"reservation_id": "R-77"}, "fraud": {"route": "review"}},
    "waiting_for": [
        {
            "path": "review",
            "kind": "signal",
            "signal": "approval",
            "payload": {
                "type": "object",
                "required": ["verdict"],
                "properties": {"verdict": {"enum": ["approved", "rejected"]}, "note": {"type": "string"}},
            },
            "until": "2026-11-28T08:00:00.381205Z",
        }
    ],
    "decisions": [DECISION],
    "attempts": [
        {
            "kind": "call",
            "path": "stock",
            "key": "stock/1",
            "step": "stock.reserve",
            "attempt": 1,
            "started_at": "2026-11-27T08:00:00.140022Z",
            "ended_at": _MOVED,
            "output": {"reservation_id": "R-77"},
        }
    ],
    "undone": [],
}
ENTRY = {
    "number": 2,
    "at": _MOVED,
    "type": "call",
    "path": "stock",
    "key": "stock/1",
    "step": "stock.reserve",
    "attempt": 1,
    "output": {"reservation_id": "R-77"},
}
HISTORY = {
    "run": RUN,
    "entries": [{"number": 1, "at": _BEGAN, "type": "started", "input": REQUEST["input"]}, ENTRY],
    "next": None,
}
LIST = {"runs": [SUMMARY], "next": None}
COUNT = {"count": 212, "by_status": {"waiting": 200, "incident": 12}}
SIGNAL = {"verdict": "approved", "note": "a regular"}
SIGNALLED = {"run": RUN, "signal": "approval", "number": 1, "status": "waiting"}
WORKFLOWS = {
    "digest": DIGEST,
    "workflows": [
        {
            "name": "order",
            "title": "From checkout to the shipping label",
            "file": "workflows/order.yaml",
            "input": {"type": "object"},
            "signals": ["approval"],
            "steps": ["stock", "fraud", "review", "charge", "ship"],
        }
    ],
}
PLUGINS = {
    "plugins": [
        {
            "name": "stock",
            "distribution": "rulesflow-stock",
            "version": "0.1.0",
            "hooks": ["register_steps"],
            "steps": ["stock.reserve", "stock.release"],
            "functions": [],
        }
    ]
}
EVENTS = (
    f'id: 2\nevent: call\ndata: {{"number":2,"at":"{_MOVED}","type":"call","path":"stock",…}}\n\n'
    'event: status\ndata: {"type":"status","status":"waiting"}\n\n: still here\n\n'
    'event: end\ndata: {"type":"end","status":"completed"}\n\n'
)


def _problem(kind: Kind, message: str, hint: str | None = None) -> Problem:
    detail = f"{message}; {hint}" if hint else message
    return Problem(kind, detail, (Fault("", kind.name, message, hint),))


RUN_PROBLEMS: Mapping[Kind, Problem] = {
    problem.kind: problem
    for problem in (
        _problem(UNKNOWN_WORKFLOW, "there is no workflow 'ordr'", "did you mean order?"),
        _problem(UNKNOWN_RUN, f"there is no run '{RUN}'"),
        _problem(UNKNOWN_SIGNAL, "workflow order never waits for 'aproval'", "did you mean approval?"),
        _problem(UNKNOWN_BULK, f"there is no bulk order '{BULK}'"),
        Problem(CONFLICT, "the run is paused already", (Fault("", "paused", "the run is paused already"),)),
        _problem(KEY_REUSED, "this Idempotency-Key came with another request before", "take a new one"),
        _problem(RUN_ENDED, "the run has completed"),
        _problem(SIGNAL_PASSED, "the run can no longer come to a wait for 'approval'"),
        _problem(COMMITTED, "the order is shipped: it can no longer be cancelled"),
        _problem(NO_INCIDENT, "charge is neither an incident nor parked: there is nothing to retry"),
        _problem(EFFECT_UNKNOWN, "charge may have had its effect", "send force: true if it must run again"),
        _problem(
            OVERLOADED,
            "250,112 runs have something to do, and the bound is 250,000",
            "try again in 57 s",
        ),
        Problem(DATABASE_AWAY, "try again, with the same Idempotency-Key"),
        Problem(DECISIONS_ONLY, "this service was started to decide only"),
    )
}
