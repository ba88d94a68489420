"""Examples for what OpenAPI says about resources; tests hold them against their schemas."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rulesflow.api.problems import UNKNOWN_RESOURCE, Kind, Problem
from rulesflow.model.errors import Fault

PAYMENT: dict[str, Any] = {
    "name": "payment",
    "state": "open",
    "since": "2026-11-27T18:00:03.220961Z",
    "problem": {"class": "unavailable", "code": "unavailable", "message": "the gateway answers 503"},
    "forced": False,
    "next_probe": "2026-11-27T18:04:41.5Z",
    "limits": {"concurrency": 20, "rate": 100.0, "drain": 80.0},
    "breaker": {
        "window": 10.0,
        "calls": 5,
        "failures": 0.5,
        "slow": 5.0,
        "errors": ["unavailable", "timeout"],
        "rest": 2.0,
        "longest_rest": 10.0,
    },
    "window": {
        "calls": 12,
        "failed": 9,
        "slow": 0,
        "by_class": {"unavailable": 7, "timeout": 2},
        "p50": 0.031,
        "p95": 2.004,
    },
    "in_flight": 0,
    "waiting": 0,
    "parked": 4180,
    "oldest_parked": "2026-11-27T18:00:03.24002Z",
    "drain_rate": 0.0,
    "draining": False,
    "expected_end": "2026-11-27T18:05:39.3375Z",
}
LIST = {"resources": [PAYMENT]}
DRAINING = PAYMENT | {
    "state": "closed",
    "since": "2026-11-27T18:04:41.9Z",
    "problem": None,
    "next_probe": None,
    "drain_rate": 4.0,
    "draining": True,
}
FORCED = PAYMENT | {"forced": True, "next_probe": None, "expected_end": None}
PROBED = PAYMENT | {"next_probe": "2026-11-27T18:04:12.031Z"}
SCALE = {
    "backlog": 4310,
    "running": 130,
    "parked": 4180,
    "drain_rate": 80.0,
    "seconds": 57.838,
    "value": 57.838,
}
_MESSAGE, _HINT = "there is no resource 'paymnt'", "did you mean payment?"
RESOURCE_PROBLEMS: Mapping[Kind, Problem] = {
    UNKNOWN_RESOURCE: Problem(
        UNKNOWN_RESOURCE,
        f"{_MESSAGE}; {_HINT}",
        (Fault("", UNKNOWN_RESOURCE.name, _MESSAGE, _HINT),),
    )
}
