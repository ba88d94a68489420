"""What the plugin holds open, and that it lets go of it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
import rulesflow_stock
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from rulesflow import StepCall


class Given:
    """Settings of this plugin alone."""

    def __init__(self, where: dict[str, Any]) -> None:
        self._where = where

    def read(self, _plugin: str, model: Any) -> Any:
        return model(**self._where)


def connections(given: Given) -> int:
    """How many others are connected to the database."""
    engine = create_engine(given.read("stock", rulesflow_stock.Settings).url, poolclass=NullPool)
    with engine.connect() as connection:
        others = (
            "datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )
        found = connection.execute(text(f"SELECT count(*) FROM pg_stat_activity WHERE {others}"))
        return int(found.scalar_one())


@pytest.mark.parametrize("where", ["postgresql"], indirect=True)
def test_connections_are_closed_when_rulesflow_ends(where: dict[str, Any]) -> None:
    given = Given(where)
    steps: Any = {step.name: step for step in rulesflow_stock.register_steps(given)}

    async def live() -> int:
        async with rulesflow_stock.lifespan(given):
            steps["stock.reserve"].handler(StepCall({"sku": "MUG"}, "r/1", "r", "stock"))
            return connections(given)

    assert asyncio.run(live()) == 1
    while connections(given):  # a server takes a moment to see that somebody has left
        pass
    # What is closed opens again when it is used.
    assert steps["stock.level"].handler(StepCall({"sku": "MUG"}, "l/1", "r", "stock"))["on_hand"] == 99
    asyncio.run(live_and_end(given))


async def live_and_end(given: Given) -> None:
    async with rulesflow_stock.lifespan(given):
        pass
