"""The plugin's steps that the workflows of pages and tests call. Nobody carries them out."""

from __future__ import annotations

from typing import Any

from rulesflow.workflows.step import ErrorClass, Step, StepCall

TEXT = {"type": "string"}
NUMBER = {"type": "number"}


def closed(*required: str, **properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "required": list(required),
        "properties": properties,
        "additionalProperties": False,
    }


def nobody(call: StepCall) -> None:
    raise AssertionError(f"{call.path} was called")


_LINE = {
    "type": "object",
    "required": ["sku", "quantity"],
    "properties": {"sku": TEXT, "quantity": {"type": "integer", "minimum": 1}},
}
_UNDO = closed("key", key=TEXT, input={"type": "object"}, output={"type": ["object", "null"]})

STEPS = {
    step.name: step
    for step in (
        Step(
            "stock.reserve",
            nobody,
            closed(lines={"type": "array", "items": _LINE}, sku=TEXT),
            closed("reservation_id", reservation_id=TEXT),
            undo="stock.release",
            errors={"out-of-stock": ErrorClass.REJECTED},
        ),
        Step("stock.release", nobody, _UNDO),
        Step(
            "payment.charge",
            nobody,
            closed("amount", "currency", amount=NUMBER, currency={"enum": ["EUR", "USD"]}),
            closed("charge_id", "amount", charge_id=TEXT, amount=NUMBER, note=TEXT),
            undo="payment.refund",
            errors={"declined": ErrorClass.REJECTED},
        ),
        Step("payment.refund", nobody, _UNDO),
        Step(
            "fraud.score",
            nobody,
            {"type": "object"},
            closed("value", "verdict", value=NUMBER, verdict={"enum": ["low", "high"]}),
        ),
        Step(
            "shipping.label",
            nobody,
            {"type": "object", "required": ["order"], "properties": {"order": {"type": "object"}}},
            closed("label", label=TEXT),
        ),
    )
}
