"""Stock for rulesflow: steps that reserve the goods of an order in a SQL table, and give them back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from weakref import WeakSet

from rulesflow import PluginSettings, Step, StepDatabase, hookimpl
from rulesflow_stock.settings import Settings
from rulesflow_stock.steps import stock_steps
from rulesflow_stock.table import StockTable

__all__ = ["Settings", "lifespan", "register_steps"]

#: The databases of the steps that are in use, by which `lifespan` finds those of its settings.
_OPENED: WeakSet[StepDatabase] = WeakSet()


@hookimpl
def register_steps(settings: PluginSettings) -> list[Step]:
    """``stock.reserve``, ``stock.release`` which takes it back, ``stock.restock`` and ``stock.level``."""
    given = settings.read("stock", Settings)
    database = StepDatabase("stock database", given.url, given.busy_timeout)
    _OPENED.add(database)
    return stock_steps(StockTable(database, given.initial))


@hookimpl
def lifespan(settings: PluginSettings) -> AbstractAsyncContextManager[None]:
    """Close the connections when rulesflow ends."""
    return _closing(settings.read("stock", Settings))


@asynccontextmanager
async def _closing(given: Settings) -> AsyncIterator[None]:
    try:
        yield
    finally:
        for database in [each for each in _OPENED if each.url == given.url]:
            await asyncio.to_thread(database.close)
