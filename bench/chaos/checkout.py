"""A checkout that does not give up: it places an order under one key until it has been accepted."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random
from typing import Final

import httpx

from bench.chaos.orders import Order

_PAUSE: Final = (0.05, 0.5)  # seconds between two tries, at least and at most
_ANSWERS_WITHIN: Final = 8.0  # seconds; who waits longer asks again
_PATIENCE: Final = 90.0  # seconds after which a customer goes away
_AGAIN = frozenset({429, 500, 502, 503, 504})


@dataclass(slots=True)
class Placed:
    """An order that was placed. ``runs``: what it was told to have become, once for each time it was told.

    ``refused``: the answer by which it was turned away for good.
    """

    order: Order
    runs: list[str] = field(default_factory=list)
    tries: int = 0
    refused: str = ""


@dataclass(slots=True)
class Checkout:
    """Places orders at whichever server is up. ``urls``: those that are, at the moment."""

    urls: Callable[[], list[str]]
    chance: Random
    placed: dict[str, Placed] = field(default_factory=dict)

    async def place_all(self, orders: Sequence[Order]) -> None:
        """Place each at its time; returns when all have been accepted, turned away, or given up."""
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=20)
        began = time.monotonic()
        async with (
            httpx.AsyncClient(timeout=_ANSWERS_WITHIN, limits=limits) as client,
            asyncio.TaskGroup() as group,
        ):
            for order in orders:
                for _ in range(2 if order.twice else 1):
                    group.create_task(self._place(client, order, began))

    async def _place(self, client: httpx.AsyncClient, order: Order, began: float) -> None:
        await asyncio.sleep(began + order.at - time.monotonic())
        placed = self.placed.setdefault(order.id, Placed(order))
        ends = time.monotonic() + _PATIENCE
        while time.monotonic() < ends and not placed.refused:
            placed.tries += 1
            if await self._try(client, placed):
                await self._regret(client, placed)
                return
            await asyncio.sleep(self.chance.uniform(*_PAUSE))

    async def _regret(self, client: httpx.AsyncClient, placed: Placed) -> None:
        """Cancel it, if its customer does; once, whatever the answer: it may be on its way already."""
        if placed.order.regret is None or placed.refused:
            return
        await asyncio.sleep(placed.order.regret)
        for url in self.urls()[:1]:
            with suppress(httpx.HTTPError):
                await client.post(f"{url}/v1/runs/{placed.runs[0]}/cancel", json={"reason": "a regret"})

    async def _try(self, client: httpx.AsyncClient, placed: Placed) -> bool:
        """Whether there was an answer that is final."""
        urls = self.urls()
        if not urls:
            return False
        body = {"workflow": "order", "input": placed.order.given}
        key = {"Idempotency-Key": placed.order.key}
        try:
            answer = await client.post(f"{self.chance.choice(urls)}/v1/runs", json=body, headers=key)
        except httpx.HTTPError:  # whether the order was accepted is unknown, hence the key
            return False
        if answer.status_code in _AGAIN:
            return False
        if answer.status_code in (200, 202):
            placed.runs.append(answer.json()["id"])
        else:
            placed.refused = f"{answer.status_code} {answer.text[:500]}"
        return True
