"""What the steps take and give."""

from __future__ import annotations

from typing import Any

_ID = {"type": "string", "minLength": 1, "maxLength": 200}
_CURRENCY = {"type": "string", "pattern": "^[A-Z]{3}$", "description": "ISO 4217"}
_AMOUNT = {"type": "number", "minimum": 0}
_NULLABLE_ID = {"type": ["string", "null"], "description": "null where there was nothing to move"}


def _closed(required: list[str], **properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "required": required,
        "additionalProperties": False,
        "properties": properties,
    }


_MEANS = {
    "amount": _AMOUNT,
    "currency": _CURRENCY,
    "token": {**_ID, "description": "The means of payment, as the shop front got it from the service"},
    "method": {"type": "string", "maxLength": 40},
    "reference": {**_ID, "description": "What the service's books call it; by default the run"},
}
AUTHORIZE = _closed(["amount", "currency"], **_MEANS)
AUTHORIZED = _closed(
    ["authorization_id", "amount", "currency"],
    authorization_id=_NULLABLE_ID,
    amount=_AMOUNT,
    currency=_CURRENCY,
)
CHARGE = _closed(
    ["amount", "currency"],
    **_MEANS,
    authorization_id={"type": ["string", "null"], "description": "Take what was authorized"},
)
CHARGED = _closed(
    ["charge_id", "amount", "currency"], charge_id=_NULLABLE_ID, amount=_AMOUNT, currency=_CURRENCY
)

#: What an undo gets of the call that it undoes.
_UNDONE = {
    "key": {"type": "string", "minLength": 1},
    "input": {"type": ["object", "null"]},
    "output": {"type": ["object", "null"]},
}
REFUND = _closed(
    [],
    **_UNDONE,
    charge_id={**_ID, "description": "As payment.charge gave it"},
    amount={**_AMOUNT, "description": "A part of the charge; without it, all that is left"},
    reason={"type": "string", "maxLength": 200},
)
REFUNDED = _closed(["refund_id", "amount"], refund_id=_NULLABLE_ID, amount=_AMOUNT)
VOID = _closed(["key"], **_UNDONE)
VOIDED = _closed(["voided"], voided={"type": "boolean"})
