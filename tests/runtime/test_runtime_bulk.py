"""Bulk orders: every run of a query once, no quicker than asked, and a count of how far it is."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from rulesflow.model.errors import Conflict, FactsRefused, UnknownName
from rulesflow.model.times import Timestamp
from rulesflow.runtime.bulk import Bulk, applicable
from rulesflow.runtime.database import Database
from rulesflow.runtime.listing import Entry, Listing, Page
from rulesflow.runtime.orders import Order
from rulesflow.runtime.runquery import RunQuery
from rulesflow.workflows.commands import Action

CANCEL = Order(Action.CANCEL, reason="the sale is over")


@pytest.fixture
def listing(tmp_path: Path) -> Iterator[Listing]:
    """A list of a thousand and one runs, so that there are several pages."""
    database = Database(f"sqlite:///{tmp_path / 'state.db'}")
    listing = Listing(database)
    listing.start()
    for number in range(1001):
        at = Timestamp(number)
        status = "completed" if number % 7 == 0 else "waiting"
        shown = Entry(f"r{number:04}", "order", status, "d", at, at, version=1)
        listing.put(shown.id, lambda shown=shown: shown)
    listing.stop()
    yield Listing(database)
    database.close()


WAITING = [f"r{number:04}" for number in range(1001) if number % 7]


class Obeying:
    """Runs that are told. Some refuse, or worse."""

    def __init__(self, refuse: Callable[[str], Exception | None] = lambda run: None) -> None:
        self.told: list[tuple[str, Any, str | None, str]] = []
        self.at: list[float] = []
        self._refuse = refuse

    async def __call__(self, run: str, order: Any, *, key: str | None, caller: str) -> None:
        self.at.append(asyncio.get_running_loop().time())
        await asyncio.sleep(0)
        self.told.append((run, order, key, caller))
        refused = self._refuse(run)
        if refused is not None:
            raise refused


def bulk(listing: Listing, obeying: Obeying) -> Bulk:
    async def page(query: RunQuery) -> Page:
        return await asyncio.to_thread(listing.find, query)

    return Bulk(page, obeying)


async def over(carrying: Bulk, started: str) -> dict[str, Any]:
    while (progress := carrying.progress(started))["running"]:
        await asyncio.sleep(0.001)
    return progress


def carry_out(
    listing: Listing, obeying: Obeying, query: RunQuery, rate: float | None = None
) -> dict[str, Any]:
    async def play() -> dict[str, Any]:
        carrying = bulk(listing, obeying)
        count = sum(listing.count(query).values())
        return await over(carrying, carrying.start(CANCEL, query, count, rate, "Ada"))

    return asyncio.run(play())


def test_every_run_of_the_query_is_told_once_oldest_first(listing: Listing) -> None:
    obeying = Obeying()
    progress = carry_out(listing, obeying, applicable(Action.CANCEL, RunQuery()))
    assert [run for run, *_ in obeying.told] == WAITING
    assert {(order, caller) for _, order, _, caller in obeying.told} == {(CANCEL, "Ada")}
    assert progress == {
        "id": progress["id"],
        "action": "cancel",
        "count": len(WAITING),
        "done": len(WAITING),
        "failed": 0,
        "running": False,
    }
    assert {key for _, _, key, _ in obeying.told} == {f"bulk {progress['id']}"}


def test_runs_that_cannot_obey_are_counted_and_the_others_go_on(listing: Listing) -> None:
    obeying = Obeying(lambda run: Conflict("it has ended") if run.endswith("3") else None)
    progress = carry_out(listing, obeying, applicable(Action.CANCEL, RunQuery()))
    failed = sum(run.endswith("3") for run in WAITING)
    assert (progress["done"], progress["failed"]) == (len(WAITING) - failed, failed)


def test_a_database_that_fails_for_once_does_not_end_the_order(listing: Listing) -> None:
    def fails(run: str) -> Exception | None:
        return OperationalError("SELECT", {}, Exception("database is locked")) if run == WAITING[3] else None

    progress = carry_out(listing, Obeying(fails), applicable(Action.CANCEL, RunQuery()))
    assert (progress["done"], progress["failed"]) == (len(WAITING) - 1, 1)


def test_no_run_is_told_before_its_turn(listing: Listing) -> None:
    """Runs a second: each is due a hundredth after the one before, whatever the machine does meanwhile."""
    obeying = Obeying()
    query = applicable(Action.CANCEL, RunQuery(until=Timestamp(50)))
    carry_out(listing, obeying, query, 100)
    assert len(obeying.at) == 42
    for number, at in enumerate(obeying.at):
        assert at - obeying.at[0] > number / 100 - 0.05


def test_progress_is_told_on_the_way(listing: Listing) -> None:
    async def play() -> None:
        halt = asyncio.Event()
        obeying = Obeying()

        async def until(run: str, order: Any, *, key: str | None, caller: str) -> None:
            if len(obeying.told) == 10:
                await halt.wait()
            await obeying(run, order, key=key, caller=caller)

        carrying = bulk(listing, obeying)
        carrying._obey = until
        started = carrying.start(CANCEL, applicable(Action.CANCEL, RunQuery()), 1, None, "")
        while carrying.progress(started)["done"] < 10:
            await asyncio.sleep(0.001)
        assert carrying.progress(started)["running"]
        halt.set()
        assert (await over(carrying, started))["done"] == len(WAITING)

    asyncio.run(play())


@pytest.mark.parametrize("rate", [0, -1, float("nan"), -0.0])
def test_a_rate_that_is_none_is_refused(listing: Listing, rate: float) -> None:
    with pytest.raises(FactsRefused) as refused:
        carry_out(listing, Obeying(), RunQuery(), rate)
    (fault,) = refused.value.faults
    assert (fault.pointer, fault.message) == ("/rate", "a rate is above 0: runs a second")


def test_a_bulk_order_that_is_not_known_is_said_to_be_none(listing: Listing) -> None:
    with pytest.raises(UnknownName, match="there is no bulk order 'x'"):
        bulk(listing, Obeying()).progress("x")


@pytest.mark.parametrize(
    ("action", "status"),
    [
        (Action.RESUME, ("paused",)),
        (Action.RETRY, ("incident", "undoing")),
        (Action.CANCEL, ("queued", "running", "waiting", "parked", "incident", "paused")),
    ],
)
def test_without_a_status_those_are_meant_that_can_obey(action: Action, status: tuple[str, ...]) -> None:
    assert applicable(action, RunQuery()).status == status
    assert applicable(action, RunQuery(status=("failed",))).status == ("failed",)
    assert applicable(action, RunQuery(cursor="1.x", limit=1)).cursor is None
