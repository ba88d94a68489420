"""What a label says of a parcel, taken from an order of any shape."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

_NEEDED = ("name", "street", "city", "country")


@dataclass(frozen=True, slots=True)
class Parcel:
    """The lines of the receiver's address, and what else is printed: words by their heading."""

    carrier: str
    address: tuple[str, ...]
    missing: tuple[str, ...]
    notes: tuple[tuple[str, str], ...]


def parcel(order: Mapping[str, Any], carrier: str, reservation: str | None) -> Parcel:
    """Read an order. ``missing``: what a full address would have, and this has not."""
    ship_to = order.get("ship_to")
    fields = ship_to if isinstance(ship_to, Mapping) else {}
    told = {
        name: _text(fields.get(name)) for name in (*_NEEDED, "company", "street2", "postal_code", "state")
    }
    town = " ".join(filter(None, (told["postal_code"], told["city"], told["state"])))
    lines = (told["name"], told["company"], told["street"], told["street2"], town, told["country"])
    pieces = _text(order.get("items"))
    weight = _text(order.get("weight_kg"))
    notes = (
        ("Order", _text(order.get("id"))),
        ("Reservation", reservation or ""),
        ("Pieces", pieces),
        ("Weight", f"{weight} kg" if weight else ""),
        ("Service", "express" if order.get("express") is True else ""),
    )
    return Parcel(
        carrier,
        tuple(filter(None, lines)),
        tuple(name for name in _NEEDED if not told[name]),
        tuple((heading, words) for heading, words in notes if words),
    )


def _text(value: Any) -> str:
    if isinstance(value, Decimal):
        return format(value.normalize(), "f") if abs(value.adjusted()) < 30 else ""
    usable = isinstance(value, str | int) and not isinstance(value, bool)
    return str(value).strip() if usable else ""
