"""Stock for rulesflow: steps that reserve the goods of an order in a SQL table, and give them back."""

from __future__ import annotations

from rulesflow import PluginSettings, Step, hookimpl
from rulesflow_stock.database import Database
from rulesflow_stock.settings import Settings
from rulesflow_stock.steps import stock_steps
from rulesflow_stock.table import StockTable

__all__ = ["Settings", "register_steps"]


@hookimpl
def register_steps(settings: PluginSettings) -> list[Step]:
    """``stock.reserve``, ``stock.release`` which takes it back, ``stock.restock`` and ``stock.level``."""
    given = settings.read("stock", Settings)
    return stock_steps(StockTable(Database(given.url, given.busy_timeout), given.initial))
