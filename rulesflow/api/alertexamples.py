"""Examples for what OpenAPI says about alerts; tests hold them against their schemas."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rulesflow.api.problems import UNKNOWN_ALERT, Kind, Problem
from rulesflow.model.errors import Fault

ALERT: dict[str, Any] = {
    "id": "5be1c04a9d2f77135be1c04a9d2f7713",
    "alert": "slow-step",
    "title": "A step is slow",
    "severity": "warning",
    "of": "step",
    "subject": "charge",
    "status": "open",
    "text": "charge: p95 4.1 s against 0.6 s, 212 runs waiting",
    "because": 'verdict == "slow", for 20 s',
    "opened_at": "2026-11-27T18:00:25.220961Z",
    "closed_at": None,
    "webhook": "sent",
    "values": {"step": "charge", "resource": "payment", "calls": 840, "verdict": "slow", "waiting": 212},
    "acknowledged": None,
}
LIST = {"alerts": [ALERT], "next": None}
SEEN = ALERT | {
    "acknowledged": {"by": "ops", "at": "2026-11-27T18:02:00.5Z", "note": "the gateway is being moved"}
}
RULES = {
    "rules": [
        {
            "alert": "slow-step",
            "title": "A step is slow",
            "of": "step",
            "severity": "warning",
            "when": 'verdict == "slow"',
            "clear": None,
            "for": 20.0,
            "clear_for": 60.0,
            "file": "defaults.yaml",
            "line": 4,
            "source": "shipped",
            "enabled": True,
            "problem": None,
        }
    ]
}
_MESSAGE, _HINT = "there is no alert '5be1'", "GET /v1/alerts?status=all lists them"
ALERT_PROBLEMS: Mapping[Kind, Problem] = {
    UNKNOWN_ALERT: Problem(
        UNKNOWN_ALERT,
        f"{_MESSAGE}; {_HINT}",
        (Fault("", UNKNOWN_ALERT.name, _MESSAGE, _HINT),),
    )
}
