"""Examples for what OpenAPI says about events; tests hold them against their schemas."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rulesflow.api.problems import UNKNOWN_MATCH, UNKNOWN_PATTERN, Kind, Problem
from rulesflow.api.runexamples import DIGEST
from rulesflow.model.errors import Fault

SOURCE = "/shop/payments"
MATCH_ID = "c9f0f895fb98ab9159f51fd0297e236d"
CURSOR = "1795766681500000000.4711"
_TIMES = ("2026-11-27T08:00:00Z", "2026-11-27T08:03:10Z", "2026-11-27T08:04:41.5Z")
_DATA = {"device_id": "d-77", "card": "4111", "order_id": "A-1001"}

EVENT: dict[str, Any] = {
    "specversion": "1.0",
    "id": "p-3",
    "source": SOURCE,
    "type": "payment.declined",
    "time": _TIMES[2],
    "data": _DATA,
}
BATCH = [EVENT | {"id": "p-2", "time": _TIMES[1]}, EVENT]
TAKEN = {
    "accepted": 1,
    "duplicates": 0,
    "events": [{"source": SOURCE, "id": "p-3", "status": "accepted"}],
}
STORED: dict[str, Any] = {
    "number": 4711,
    "source": SOURCE,
    "id": "p-3",
    "type": "payment.declined",
    "subject": None,
    "time": _TIMES[2],
    "received_at": "2026-11-27T08:04:41.620318Z",
    "data": _DATA,
    "extensions": {},
    "status": "matched",
    "problems": [],
}
_PROBLEM = {
    "pattern": "card-testing",
    "message": "the worker died at it",
    "attempts": 3,
    "retry_at": "2026-11-27T08:05:12Z",
}
LIST = {"events": [STORED | {"status": "failed", "problems": [_PROBLEM]}], "next": CURSOR}
MATCH: dict[str, Any] = {
    "id": MATCH_ID,
    "pattern": "card-testing",
    "key": "d-77",
    "status": "done",
    "found_at": "2026-11-27T08:04:41.66Z",
    "due": None,
    "events": [
        {
            "alias": alias,
            "source": SOURCE,
            "id": f"p-{number}",
            "type": "payment.declined",
            "time": _TIMES[number - 1],
        }
        for number, alias in enumerate(("first", "second", "third"), 1)
    ],
    "problem": None,
}
MATCHES = {"matches": [MATCH], "next": None}
PATTERNS = {
    "digest": DIGEST,
    "engine": "ready",
    "patterns": [
        {
            "name": "card-testing",
            "title": "Several cards from one device",
            "by": "device_id",
            "within": "600s",
            "types": ["payment.declined"],
            "then": {"fact": "device.card_testing", "where": ["payment.device_id"], "for": "86400s"},
            "because": "Three cards from one device within ten minutes",
            "file": "patterns/card-testing.yaml",
            "line": 1,
            "failing": None,
        }
    ],
}
RETRIED = {"count": 1}

_MATCH_MESSAGE, _MATCH_HINT = f"there is no match '{MATCH_ID}'", "GET /v1/matches lists them"
_MESSAGE, _HINT = "there is no pattern 'card-tseting'", "did you mean card-testing?"
EVENT_PROBLEMS: Mapping[Kind, Problem] = {
    UNKNOWN_MATCH: Problem(
        UNKNOWN_MATCH,
        f"{_MATCH_MESSAGE}; {_MATCH_HINT}",
        (Fault("", UNKNOWN_MATCH.name, _MATCH_MESSAGE, _MATCH_HINT),),
    ),
    UNKNOWN_PATTERN: Problem(
        UNKNOWN_PATTERN, f"{_MESSAGE}; {_HINT}", (Fault("", UNKNOWN_PATTERN.name, _MESSAGE, _HINT),)
    ),
}
