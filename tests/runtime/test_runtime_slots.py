"""Slots: by priority, then by age; who is cancelled leaves nothing behind."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable

import pytest
from hypothesis import given, strategies as st

from rulesflow.runtime.slots import Slots


async def settled() -> None:
    """Let every task go as far as it can."""
    for _ in range(5):
        await asyncio.sleep(0)


def test_the_smallest_rank_goes_first_and_of_equals_the_first_who_came() -> None:
    async def scenario() -> None:
        slots, order = Slots(1), []
        await slots.take((5, 0))

        async def work(name: str, rank: tuple[float, int]) -> None:
            await slots.take(rank)
            order.append(name)
            slots.give()

        ranks = {"late": (5, 9), "early": (5, 1), "urgent": (1, 7), "later": (5, 9), "idle": (9.5, 0)}
        tasks = [asyncio.create_task(work(name, rank)) for name, rank in ranks.items()]
        await settled()
        slots.give()
        await asyncio.gather(*tasks)
        assert order == ["urgent", "early", "late", "later", "idle"]
        assert (slots.free, slots.waiting) == (1, 0)

    asyncio.run(scenario())


def test_a_slot_that_is_free_is_taken_without_giving_way() -> None:
    async def scenario() -> None:
        slots = Slots(2)
        other = asyncio.create_task(settled())
        taken = slots.take((5, 0))
        with pytest.raises(StopIteration):
            taken.send(None)
        assert slots.free == 1
        await other

    asyncio.run(scenario())


def test_who_is_cancelled_as_his_turn_comes_passes_it_on() -> None:
    async def scenario() -> None:
        slots = Slots(1)
        await slots.take((5, 0))
        first = asyncio.create_task(slots.take((1, 0)))
        second = asyncio.create_task(slots.take((2, 0)))
        await settled()
        slots.give()
        first.cancel()
        await second
        assert (slots.free, slots.waiting) == (0, 0)

    asyncio.run(scenario())


def test_a_group_is_turned_away_and_the_others_keep_their_order() -> None:
    async def scenario() -> None:
        slots = Slots(0)
        groups = ["payment", "stock", "payment", "stock"]
        tasks = [asyncio.create_task(slots.take((number, 0), group)) for number, group in enumerate(groups)]
        await settled()
        slots.refuse("payment", lambda: LookupError("not well"))
        await settled()
        assert [type(task.exception()) for task in tasks[::2]] == [LookupError, LookupError]
        assert tasks[0].exception() is not tasks[2].exception()
        assert slots.waiting == 2
        slots.give()
        await settled()
        assert [task.done() for task in tasks] == [True, True, True, False]
        tasks[3].cancel()

    asyncio.run(scenario())


def test_cancelled_waiters_do_not_pile_up() -> None:
    async def scenario() -> None:
        slots = Slots(0)
        for _ in range(3):
            tasks = [asyncio.create_task(slots.take((5, 0))) for _ in range(500)]
            await settled()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        assert slots.waiting == 0
        assert len(slots._line._queue) <= 1

    asyncio.run(scenario())


async def play(seed: int, count: int) -> None:
    """Workers take, hold, give, are cancelled and refused, at any moment."""
    choose, slots, inside = random.Random(seed), Slots(3), 0

    async def worker() -> None:
        nonlocal inside
        await slots.take((choose.randrange(3), choose.randrange(3)), choose.choice("ab"))
        inside += 1
        assert inside <= 3
        try:
            await asyncio.sleep(0)
        finally:
            inside -= 1
            slots.give()

    tasks = []
    for _ in range(count):
        tasks.append(asyncio.create_task(worker()))
        moves: list[Callable[[], object]] = [
            choose.choice(tasks).cancel,
            lambda: slots.refuse("a", lambda: LookupError("no")),
            lambda: None,
        ]
        choose.choice(moves)()
        await asyncio.sleep(0)
    pending: Awaitable[object] = asyncio.gather(*tasks, return_exceptions=True)
    await pending
    assert (slots.free, slots.waiting, inside) == (3, 0, 0)


@given(st.integers(), st.integers(1, 60))
def test_whatever_happens_every_slot_comes_back(seed: int, count: int) -> None:
    asyncio.run(play(seed, count))
