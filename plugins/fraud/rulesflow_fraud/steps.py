"""The step that scores an order, by the service or here."""

from __future__ import annotations

from typing import Any

from rulesflow import ErrorClass, Step, StepCall, StepError
from rulesflow_fraud.functions import disposable_domains
from rulesflow_fraud.local import local_score
from rulesflow_fraud.service import ScoreService
from rulesflow_fraud.settings import Settings

_AWAY = (ErrorClass.UNAVAILABLE, ErrorClass.TIMEOUT)
_OPEN = {"type": "object", "additionalProperties": True}
_INPUT = {
    "type": "object",
    "required": ["order"],
    "additionalProperties": False,
    "properties": {
        "order": {**_OPEN, "description": "The order; all of it is shown to the service"},
        "customer": _OPEN,
        "payment": _OPEN,
        "device": _OPEN,
    },
}
_OUTPUT = {
    "type": "object",
    "required": ["value", "reasons", "source"],
    "additionalProperties": False,
    "properties": {
        "value": {"type": "number", "minimum": 0, "maximum": 1, "description": "The chance of fraud"},
        "reasons": {"type": "array", "items": {"type": "string"}},
        "source": {"enum": ["service", "local"], "description": "Who says so"},
    },
}


def fraud_steps(settings: Settings, service: ScoreService | None) -> list[Step]:
    """``fraud.score``. Without a service, orders are scored here."""
    domains = disposable_domains(settings.disposable_domains)

    async def score(call: StepCall) -> dict[str, Any]:
        if service is not None:
            try:
                value, reasons = await service.score(call)
                return {"value": value, "reasons": reasons, "source": "service"}
            except StepError as error:
                if settings.when_away == "fail" or error.error_class not in _AWAY:
                    raise
        value, reasons = local_score(call.input, domains)
        return {"value": value, "reasons": reasons, "source": "local"}

    return [
        Step(
            "fraud.score",
            score,
            input=_INPUT,
            output=_OUTPUT,
            errors={"unauthorized": ErrorClass.INVALID, "bad-answer": ErrorClass.INTERNAL},
            summary="Tells how likely an order is a fraud, and why",
        )
    ]
