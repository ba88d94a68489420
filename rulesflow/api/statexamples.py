"""Examples for what OpenAPI says about how steps do; tests hold them against their schemas."""

from __future__ import annotations

from typing import Any

_QUEUE = {"p50": 0.804, "p95": 2.1, "p99": 2.5}
_CHARGE: dict[str, Any] = {
    "resource": "payment",
    "calls": 1460,
    "per_second": 4.87,
    "errors": 12,
    "error_rate": 0.008219,
    "by_class": {"timeout": 3, "unavailable": 9},
    "run": {"p50": 2.104, "p95": 4.1, "p99": 4.9},
    "queue": _QUEUE,
    "in_flight": 20,
    "oldest_call": 4.312,
    "waiting": 212,
    "parked": 0,
    "usual": {
        "source": "hour-of-week",
        "calls": 48210,
        "error_rate": 0.0041,
        "run": {"p50": 0.31, "p95": 0.6, "p99": 0.9},
        "queue": {"p50": 0.0, "p95": 0.001, "p99": 0.012},
    },
    "verdict": {"state": "slow", "text": "charge: p95 4.1 s against 0.6 s, 212 runs waiting"},
    "series": [
        {"at": "2026-11-27T18:00:00Z", "calls": 49, "errors": 0, "run_p95": 4.1, "queue_p95": 2.1},
        {"at": "2026-11-27T18:00:10Z", "calls": 0, "errors": 0, "run_p95": None, "queue_p95": None},
    ],
}
STATS: dict[str, Any] = {
    "at": "2026-11-27T18:00:14.220961Z",
    "window": 300.0,
    "bottleneck": {"step": "charge", **_CHARGE["verdict"]},
    "steps": [{"step": "charge", **_CHARGE}],
    "resources": [
        _CHARGE | {"verdict": {"state": "slow", "text": "payment: p95 4.1 s against 0.6 s, 212 runs waiting"}}
    ],
}
