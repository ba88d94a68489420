"""What the steps take and give."""

from __future__ import annotations

from typing import Any

_ORDER = {"type": "string", "minLength": 1, "maxLength": 200, "description": "The order's number"}
_AMOUNT = {"type": "number", "minimum": 0}
_PAID = {**_AMOUNT, "description": "What was paid for the order, of which no more than all goes back"}
_MOMENT = {"type": ["string", "null"], "format": "date-time"}
_LEFT = {**_AMOUNT, "description": "What could still go back"}

#: Why nothing may go back, or that it may.
REASONS = ("ok", "nothing-left", "too-late", "too-many")


def _closed(required: list[str], **properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "required": required,
        "additionalProperties": False,
        "properties": properties,
    }


CHECK = _closed(
    ["order_id", "paid"],
    order_id=_ORDER,
    paid=_PAID,
    amount={**_AMOUNT, "description": "What is asked for; all that is left, if it is not said"},
    delivered_at={**_MOMENT, "description": "Without it the window has not begun"},
    requested_at={**_MOMENT, "description": "When it was asked for; without it the window is not looked at"},
)
CHECKED = _closed(
    ["eligible", "reason", "amount", "left", "booked", "refunds"],
    eligible={"type": "boolean"},
    reason={"enum": list(REASONS)},
    amount={**_AMOUNT, "description": "What may go back now: what is asked for, as far as it is left"},
    left=_LEFT,
    booked={**_AMOUNT, "description": "What went back before"},
    refunds={"type": "integer", "minimum": 0, "description": "How often"},
)
BOOK = _closed(
    ["order_id", "paid", "amount"],
    order_id=_ORDER,
    paid=_PAID,
    amount=_AMOUNT,
    reason={"type": "string", "maxLength": 200},
)
BOOKED = _closed(
    ["booking_id", "amount", "booked", "left"],
    booking_id={"type": "string"},
    amount=_AMOUNT,
    booked={**_AMOUNT, "description": "What has gone back by now"},
    left=_LEFT,
)
UNBOOK = _closed(
    ["key"],
    key={"type": "string", "minLength": 1},
    input={"type": ["object", "null"]},
    output={"type": ["object", "null"]},
)
UNBOOKED = _closed(["unbooked"], unbooked={**_AMOUNT, "description": "0 where nothing was booked"})
