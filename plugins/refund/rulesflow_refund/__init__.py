"""Refunds for rulesflow: a book of what each order got back, so that nobody gets more than was paid."""

from __future__ import annotations

from rulesflow import PluginSettings, Step, hookimpl
from rulesflow_refund.book import RefundBook
from rulesflow_refund.database import Database
from rulesflow_refund.settings import Settings
from rulesflow_refund.steps import refund_steps

__all__ = ["Settings", "register_steps"]


@hookimpl
def register_steps(settings: PluginSettings) -> list[Step]:
    """``refund.check``, ``refund.book``, and ``refund.unbook`` which takes a booking back."""
    given = settings.read("refund", Settings)
    return refund_steps(RefundBook(Database(given.url, given.busy_timeout)), given)
