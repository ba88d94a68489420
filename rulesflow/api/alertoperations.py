"""What OpenAPI says of each call about alerts."""

from __future__ import annotations

from rulesflow.api import alertexamples as examples
from rulesflow.api.operations import READ, WRITE, described, ok
from rulesflow.api.problems import (
    DATABASE_AWAY,
    DECISIONS_ONLY,
    FACTS_REFUSED,
    JSON_REFUSED,
    TOO_LARGE,
    UNKNOWN_ALERT,
)
from rulesflow.api.routing import JSON
from rulesflow.api.runoperations import path_parameter
from rulesflow.api.schemas import ref

_READ = (*READ, DECISIONS_ONLY)
_TAG = "alerts"

LIST = described(
    "list_alerts",
    "What an operator should know of",
    "Alerts of all processes that share the database, newest first. One opens when its condition has held "
    "for long enough, for each step, resource or the service by itself, and closes when that is over for a "
    "while.",
    ok("A page of alerts", "AlertList", examples.LIST),
    (*_READ, DATABASE_AWAY, FACTS_REFUSED),
    _TAG,
    parameters=[
        {
            "name": "status",
            "in": "query",
            "description": "which",
            "schema": {"enum": ["open", "closed", "all"], "default": "open"},
        },
        {
            "name": "limit",
            "in": "query",
            "description": "how many",
            "schema": {"type": "integer", "minimum": 1, "maximum": 1000, "default": 100},
        },
        {
            "name": "cursor",
            "in": "query",
            "description": "`next` of the page before",
            "schema": {"type": "string"},
        },
    ],
)
RULES = described(
    "list_alert_rules",
    "What raises alerts",
    "Those that are shipped, changed and added to by `alerts.yaml` in the rules folder.",
    ok("The rules of alerts", "AlertRuleList", examples.RULES),
    _READ,
    _TAG,
)
ACKNOWLEDGE = described(
    "acknowledge_alert",
    "Say that an alert was seen",
    "It stays open until its cause is gone.",
    ok("The alert", "Alert", examples.SEEN),
    (*WRITE, DECISIONS_ONLY, DATABASE_AWAY, JSON_REFUSED, TOO_LARGE, FACTS_REFUSED, UNKNOWN_ALERT),
    _TAG,
    parameters=[path_parameter("id", "the alert's id", examples.ALERT["id"])],
    requestBody={
        "required": False,
        "content": {JSON: {"schema": ref("AlertNote"), "example": {"note": "the gateway is being moved"}}},
    },
)
