"""Calls of the stock steps, as an engine makes them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import pytest
from rulesflow_stock.settings import Settings
from rulesflow_stock.steps import stock_steps
from rulesflow_stock.table import StockTable
from sqlalchemy import create_engine, text

from rulesflow import ErrorClass, Step, StepCall, StepDatabase, StepError

OPENED: list[Stock] = []


class Stock:
    """The steps over one database. ``where``: its settings."""

    def __init__(self, where: dict[str, Any], **settings: Any) -> None:
        given = Settings(**where, **settings)
        self.url = given.url
        self._database = StepDatabase("stock database", given.url, given.busy_timeout)
        steps = stock_steps(StockTable(self._database, given.initial))
        self.steps: dict[str, Step] = {step.name: step for step in steps}
        OPENED.append(self)

    def close(self) -> None:
        self._database.close()

    def call(self, verb: str, key: str, value: dict[str, Any]) -> Any:
        return self.steps[f"stock.{verb}"].handler(StepCall(value, key, "run-1", "stock"))

    def reserve(self, key: str, *lines: tuple[str, int], **more: Any) -> Any:
        wanted = [{"sku": sku, "quantity": quantity, **more} for sku, quantity in lines]
        return self.call("reserve", key, {"lines": wanted})

    def release(self, key: str) -> Any:
        return self.call("release", f"{key}/undo", {"input": {}, "output": None, "key": key})

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        engine = create_engine(self.url)
        with closing(engine.connect()) as connection:
            found = [tuple(row) for row in connection.execute(text(sql))]
        engine.dispose()
        return found

    def on_hand(self) -> dict[str, int]:
        return dict(self.rows("SELECT sku, on_hand FROM stock"))


def take(where: dict[str, Any], keys: list[str]) -> int:
    """Reserve one piece by each key; how many there were. Whoever calls has steps of his own."""
    stock = Stock(where, initial=10, busy_timeout=60)
    taken = 0
    for key in keys:
        try:
            stock.reserve(key, ("MUG", 1))
            taken += 1
        except StepError as error:
            assert error.code == "out-of-stock"
    stock.close()
    return taken


def shuffle(where: dict[str, Any], keys: list[str]) -> None:
    """Reserve several articles in both orders by each key, and give back every second."""
    stock = Stock(where, initial=1000, busy_timeout=60)
    for number, key in enumerate(keys):
        lines = [("MUG", 1), ("CAP", 1)] if number % 2 else [("CAP", 1), ("MUG", 1)]
        stock.reserve(key, *lines)
        if number % 2:
            stock.release(key)
    stock.close()


@contextmanager
def fails(error_class: ErrorClass, code: str) -> Iterator[pytest.ExceptionInfo[StepError]]:
    with pytest.raises(StepError) as caught:
        yield caught
    assert (caught.value.error_class, caught.value.code) == (error_class, code)
