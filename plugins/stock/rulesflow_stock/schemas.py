"""What the steps take and give."""

from __future__ import annotations

from typing import Any

_SKU = {"type": "string", "minLength": 1, "maxLength": 200, "description": "The article"}
# A thousand lines of the largest quantity still fit into the 64 bits of a database's integer.
_QUANTITY = {"type": "integer", "minimum": 1, "maximum": 1_000_000_000, "description": "Pieces"}
_LINES = {
    "type": "array",
    "minItems": 1,
    "maxItems": 1000,
    "items": {
        "type": "object",
        "required": ["sku", "quantity"],
        "additionalProperties": True,
        "properties": {"sku": _SKU, "quantity": _QUANTITY},
    },
}


def _closed(required: list[str], **properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "required": required,
        "additionalProperties": False,
        "properties": properties,
    }


#: Either ``lines``, or ``sku`` and perhaps ``quantity``.
GOODS = _closed(
    [],
    lines={**_LINES, "description": "The goods; other fields of a line are ignored"},
    sku=_SKU,
    quantity={**_QUANTITY, "description": "Pieces of sku; 1 if it is not said"},
)
RESERVED = _closed(
    ["reservation_id", "quantity"],
    reservation_id={"type": "string"},
    quantity={"type": "integer", "minimum": 1, "description": "Pieces, over all lines"},
)
UNDO = _closed(
    ["key"],
    key={"type": "string", "minLength": 1},
    input={"type": ["object", "null"]},
    output={"type": ["object", "null"]},
)
RELEASED = _closed(
    ["released"], released={"type": "integer", "minimum": 0, "description": "Pieces given back"}
)
RESTOCKED = _closed(
    ["on_hand"],
    on_hand={
        "type": "object",
        "additionalProperties": {"type": "integer", "minimum": 0},
        "description": "Pieces by article",
    },
)
LEVEL = _closed(["sku"], sku=_SKU)
ON_HAND = _closed(
    ["sku", "on_hand"],
    sku={"type": "string"},
    on_hand={"type": "integer", "minimum": 0, "description": "Pieces"},
)
