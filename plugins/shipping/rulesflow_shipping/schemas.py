"""What the steps take and give."""

from __future__ import annotations

from typing import Any


def _closed(required: list[str], **properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "required": required,
        "additionalProperties": False,
        "properties": properties,
    }


LABEL = _closed(
    ["order"],
    order={
        "type": "object",
        "additionalProperties": True,
        "description": "Of it are read: id, items, weight_kg, express, and in ship_to name, company, street, "
        "street2, postal_code, city, state, country",
    },
    reservation={"type": ["string", "null"], "description": "As stock.reserve gave it"},
    carrier={
        "type": ["string", "null"],
        "maxLength": 40,
        "description": "By default the one of the settings",
    },
)
LABELLED = _closed(
    ["label", "tracking", "carrier"],
    label={"type": "string", "description": "The file's name, or its URL where the folder is served"},
    tracking={"type": "string"},
    carrier={"type": "string"},
)
CANCEL = _closed(
    ["key"],
    key={"type": "string", "minLength": 1},
    input={"type": ["object", "null"]},
    output={"type": ["object", "null"]},
)
CANCELLED = _closed(["cancelled"], cancelled={"type": "boolean", "description": "Whether there was a label"})
