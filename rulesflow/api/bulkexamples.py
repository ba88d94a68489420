"""Examples for what OpenAPI says about bulk orders and incidents; tests hold them against their schemas."""

from __future__ import annotations

from typing import Any

from rulesflow.api.runexamples import BULK, RUN

FINGERPRINT = "5be1c04a9d2f7713"
_BEGAN = "2026-11-27T09:30:00.051772Z"

REQUEST = {
    "action": "retry",
    "filter": {"fingerprint": FINGERPRINT, "order.region": "eu/de"},
    "dry_run": False,
    "rate": 20,
}
PREVIEWED = {"count": 212, "by_status": {"incident": 212}, "sample": [RUN], "id": None}
BEGUN = {"count": 212, "id": BULK}
PROGRESS: dict[str, Any] = {
    "id": BULK,
    "action": "retry",
    "filter": {"fingerprint": FINGERPRINT, "order.region": "eu/de"},
    "count": 212,
    "done": 70,
    "failed": 1,
    "running": True,
    "cancelled": False,
    "rate": 20.0,
    "caller": "ops",
    "created_at": _BEGAN,
    "ended_at": None,
    "expected_end": "2026-11-27T09:30:10.6Z",
    "problems": [{"run": RUN, "code": "run-ended", "message": "the run has ended: it is cancelled"}],
}
CANCELLED = PROGRESS | {"cancelled": True}
LIST = {"bulks": [PROGRESS], "next": None}
INCIDENTS = {
    "incidents": [
        {
            "fingerprint": FINGERPRINT,
            "count": 212,
            "workflow": "order",
            "path": "lines/*/reserve",
            "class": "internal",
            "code": "internal",
            "message": "KeyError: 'warehouse-7'",
            "first": "2026-11-27T08:00:00.381205Z",
            "last": "2026-11-27T09:12:44.020391Z",
            "example": RUN,
            "undo": False,
        }
    ],
    "next": None,
}
