"""Refunds for rulesflow: a book of what each order got back, so that nobody gets more than was paid."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from weakref import WeakSet

from rulesflow import PluginSettings, Step, StepDatabase, hookimpl
from rulesflow_refund.book import RefundBook
from rulesflow_refund.settings import Settings
from rulesflow_refund.steps import refund_steps

__all__ = ["Settings", "lifespan", "register_steps"]

#: The databases of the steps that are in use, by which `lifespan` finds those of its settings.
_OPENED: WeakSet[StepDatabase] = WeakSet()


@hookimpl
def register_steps(settings: PluginSettings) -> list[Step]:
    """``refund.check``, ``refund.book``, and ``refund.unbook`` which takes a booking back."""
    given = settings.read("refund", Settings)
    database = StepDatabase("refund book", given.url, given.busy_timeout)
    _OPENED.add(database)
    return refund_steps(RefundBook(database), given)


@hookimpl
def lifespan(settings: PluginSettings) -> AbstractAsyncContextManager[None]:
    """Close the connections when rulesflow ends."""
    return _closing(settings.read("refund", Settings))


@asynccontextmanager
async def _closing(given: Settings) -> AsyncIterator[None]:
    try:
        yield
    finally:
        for database in [each for each in _OPENED if each.url == given.url]:
            await asyncio.to_thread(database.close)
