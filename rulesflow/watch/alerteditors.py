"""The JSON Schema (2020-12) by which editors check and complete ``alerts.yaml``.

An editor that finds no fault proves nothing, `rulesflow check` does.
"""

from __future__ import annotations

from typing import Any, Final, TypeAlias

from rulesflow.watch.alertfacts import ALERT_FACTS
from rulesflow.watch.alertfile import REQUIRED, shipped_alerts
from rulesflow.watch.alertrule import SEVERITIES

JsonSchema: TypeAlias = dict[str, Any]

_PERIOD: Final = {"type": "string", "pattern": r"^\+?(0|([0-9.]+(ms|s|m|h|d))+)$"}
_NAME: Final = "^[a-z][a-z0-9_-]*$"


def alerts_schema() -> JsonSchema:
    """The file ``alerts.yaml``. Of a shipped alert only what is changed need be given."""
    shipped = {name: _entry(()) | {"description": rule.title} for name, rule in shipped_alerts().items()}
    alerts = {
        "type": "object",
        "properties": shipped,
        "propertyNames": {"pattern": _NAME},
        "additionalProperties": _entry(REQUIRED),
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "What raises alerts",
        "type": "object",
        "required": ["alerts"],
        "properties": {"alerts": alerts},
        "additionalProperties": False,
    }


def _entry(required: tuple[str, ...]) -> JsonSchema:
    facts = "; ".join(f"of a {of}: {', '.join(schema['properties'])}" for of, schema in ALERT_FACTS.items())
    condition = {"type": "string"}
    return {
        "type": "object",
        "required": list(required),
        "additionalProperties": False,
        "properties": {
            "title": {"type": "string", "description": "What it means, in a few words."},
            "of": {"enum": list(ALERT_FACTS), "description": "What it is about: each of these by itself."},
            "when": condition | {"description": f"A condition that opens it. It reads, {facts}."},
            "clear": condition
            | {"description": "A condition that closes it; without, that 'when' does not hold."},
            "for": _PERIOD | {"description": "How long 'when' has to hold: 20s unless given."},
            "clear_for": _PERIOD | {"description": "How long 'clear' has to hold: 60s unless given."},
            "severity": {"enum": list(SEVERITIES), "description": "A warning unless given."},
            "window": _PERIOD | {"description": "How much time the facts are about: 1m unless given."},
            "say": {"type": "string", "description": "The text of the alert; values stand in ${ … }."},
            "enabled": {"type": "boolean", "description": "false switches it off."},
        },
    }
