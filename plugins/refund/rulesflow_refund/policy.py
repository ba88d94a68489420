"""Whether money may go back: by the book and by the calendar. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from rulesflow_refund.book import Standing


@dataclass(frozen=True, slots=True)
class Wish:
    """What a customer asks for. ``amount`` is None for all that is left."""

    paid: Decimal
    amount: Decimal | None = None
    delivered_at: datetime | None = None
    requested_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """What may go back now, and a word for why it is no more."""

    reason: str
    amount: Decimal
    left: Decimal


def judge(wish: Wish, standing: Standing, window_days: int | None, most: int) -> Finding:
    """Hold a wish against what has gone back before, and against the window after delivery."""
    left = max(wish.paid - standing.booked, Decimal(0))
    if not left:
        reason = "nothing-left"
    elif standing.refunds >= most:
        reason = "too-many"
    elif _too_late(wish, window_days):
        reason = "too-late"
    else:
        wanted = left if wish.amount is None else wish.amount
        return Finding("ok", min(wanted, left), left)
    return Finding(reason, Decimal(0), left)


def _too_late(wish: Wish, window_days: int | None) -> bool:
    if window_days is None or wish.delivered_at is None or wish.requested_at is None:
        return False
    return wish.requested_at - wish.delivered_at > timedelta(days=window_days)
