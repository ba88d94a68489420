"""What goes on and what has piled up, as it is seen by many and bounded."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from rulesflow.model.errors import Overloaded, UnknownName
from rulesflow.model.times import SECOND, Timestamp
from rulesflow.runtime.catalog import now
from rulesflow.runtime.database import Database
from rulesflow.runtime.durable import Claim
from rulesflow.runtime.parking import Parking
from rulesflow.runtime.traffic import Traffic
from serving import wait_until
from shown_resources import LIMITS, ShownResources, park

AWAY = OperationalError("SELECT 1", None, Exception("the database is away"))


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    yield database
    database.close()


@pytest.fixture
def make(database: Database) -> Callable[..., Traffic]:
    """Traffic over really parked steps; ``live``: runs of this process."""

    def make(resources: ShownResources, live: int = 0, limit: int = 0, slots: int = 50) -> Traffic:
        parking = Parking(database, "me", lambda *_: Claim("", ()))
        return Traffic(resources, parking, lambda: live, slots, limit)

    return make


def only(traffic: Traffic) -> dict[str, Any]:
    (resource,) = asyncio.run(traffic.list())["resources"]
    return resource


def test_a_resource_is_shown_with_what_is_parked_for_it(make, database) -> None:
    park(database, "payment", 3, since=7_000_000)
    traffic = make(ShownResources({"name": "payment"}, {"name": "stock"}))
    payment, stock = asyncio.run(traffic.list())["resources"]
    assert (payment["name"], payment["parked"], payment["oldest_parked"]) == ("payment", 3, 7 * SECOND)
    assert (stock["name"], stock["parked"], stock["oldest_parked"]) == ("stock", 0, None)
    assert (stock["draining"], stock["expected_end"]) == (False, None)
    assert asyncio.run(traffic.show("payment"))["parked"] == 3


def test_one_that_is_well_and_has_steps_parked_drains_and_tells_its_end(make, database) -> None:
    park(database, "payment", 1000)
    before = now()
    shown = only(make(ShownResources({"name": "payment", "drain_rate": 50.0})))
    assert shown["draining"]
    assert before - SECOND <= shown["expected_end"] - 20 * SECOND <= now() + SECOND  # it is rounded


def test_the_end_of_an_open_one_comes_after_its_next_probe(make, database) -> None:
    park(database, "payment", 63)
    probe = Timestamp(now() + 600 * SECOND)
    shown = only(make(ShownResources({"name": "payment", "state": "open", "next_probe": probe})))
    assert not shown["draining"]
    assert shown["expected_end"] - probe == pytest.approx(6 * SECOND, abs=SECOND // 1000)


def test_nobody_knows_the_end_of_one_that_a_person_has_opened(make, database) -> None:
    park(database, "payment", 63)
    traffic = make(ShownResources({"name": "payment", "state": "open", "forced": True}))
    assert only(traffic)["expected_end"] is None
    scale = asyncio.run(traffic.scale())
    assert (scale["seconds"], scale["drain_rate"]) == (None, 0)
    assert scale["value"] == 6  # as if it were well from now on


def test_an_end_beyond_all_calendars_is_their_last_moment(make, database) -> None:
    park(database, "payment", 1000)
    traffic = make(ShownResources({"name": "payment", "limits": LIMITS | {"drain": 1e-9}}))
    assert str(only(traffic)["expected_end"]).startswith("9999-12-31")


def test_an_unknown_name_is_told_the_nearest(make) -> None:
    traffic = make(ShownResources({"name": "payment"}))
    with pytest.raises(UnknownName) as caught:
        asyncio.run(traffic.show("paymnt"))
    (fault,) = caught.value.faults
    assert (fault.code, fault.hint) == ("unknown-resource", "did you mean payment?")
    with pytest.raises(UnknownName):
        asyncio.run(traffic.order("paymnt", "open"))


def test_an_order_is_carried_out_logged_and_seen_at_once(make, caplog) -> None:
    resources = ShownResources({"name": "payment"})
    traffic = make(resources)

    async def pressed() -> dict[str, Any]:
        assert (await traffic.show("payment"))["state"] == "closed"
        return await traffic.order("payment", "open", "it is\nmoved", "ops")

    with caplog.at_level(logging.INFO):
        assert asyncio.run(pressed())["state"] == "open"
    assert resources.orders == [("payment", "open", "it is\nmoved")]
    assert "ops orders resource payment: open: it is\\nmoved" in caplog.messages


def test_many_who_ask_cost_one_look(make) -> None:
    resources = ShownResources({"name": "payment"})
    traffic = make(resources, limit=10_000)

    async def all_of_them() -> None:
        await asyncio.gather(*(traffic.list() for _ in range(100)), *(traffic.scale() for _ in range(100)))
        await asyncio.gather(*(traffic.admit() for _ in range(500)), *(traffic.glance() for _ in range(100)))

    asyncio.run(all_of_them())
    assert resources.looks < 20  # one a second, on a machine that is that busy


def test_no_work_is_no_work_for_a_scaler(make) -> None:
    assert asyncio.run(make(ShownResources()).scale()) == {
        "backlog": 0,
        "running": 0,
        "parked": 0,
        "drain_rate": 0.0,
        "seconds": 0.0,
        "value": 0.0,
    }


def test_the_scale_tells_the_longest_of_what_goes_on_side_by_side(make, database) -> None:
    park(database, "payment", 1000)
    park(database, "stock", 10)
    payment = {"name": "payment", "drain_rate": 50.0}
    resources = ShownResources(payment, {"name": "stock", "drain_rate": 50.0})
    scale = asyncio.run(make(resources, live=200, slots=50).scale())
    assert (scale["backlog"], scale["running"], scale["parked"]) == (1210, 200, 1010)
    assert scale["drain_rate"] == 50 + 50 + 50
    assert scale["value"] == scale["seconds"] == 20
    busy = asyncio.run(make(resources, live=5000, slots=50).scale())
    assert busy["value"] == 100  # slots are what is scarce then


def test_steps_of_a_resource_that_is_gone_count_all_the_same(make, database) -> None:
    park(database, "given-up", 7)
    assert asyncio.run(make(ShownResources()).scale())["backlog"] == 7


# -- the bound -------------------------------------------------------------------------------------------


def test_a_run_is_let_in_below_the_bound_and_refused_at_it(make, database) -> None:
    resources = ShownResources({"name": "payment", "drain_rate": 50.0})
    park(database, "payment", 1000)
    asyncio.run(make(resources, live=199, limit=1200).admit())
    with pytest.raises(Overloaded) as caught:
        asyncio.run(make(resources, live=200, limit=1200).admit())
    assert caught.value.detail == "1,200 runs have something to do, and the bound is 1,200"
    assert caught.value.retry_after == 20
    assert caught.value.faults[0].hint == "try again in 20 s"


def test_no_bound_lets_everybody_in_and_looks_at_nothing(make, database) -> None:
    park(database, "payment", 10)
    resources = ShownResources({"name": "payment"})
    asyncio.run(make(resources, live=10**9).admit())
    assert resources.looks == 0


def test_a_bound_holds_for_a_burst_and_gives_way_once_runs_have_ended(database) -> None:
    live: list[int] = []
    parking = Parking(database, "me", lambda *_: Claim("", ()))
    traffic = Traffic(ShownResources(), parking, lambda: len(live), 50, 100)

    async def burst() -> int:
        answers = await asyncio.gather(*(traffic.admit() for _ in range(5000)), return_exceptions=True)
        return sum(each is None for each in answers)

    assert 100 <= asyncio.run(burst()) < 5000  # these runs have not begun yet: a slow burst is counted anew
    live += [1] * 100
    wait_until(lambda: traffic.running == 100)
    assert asyncio.run(burst()) == 0
    live.clear()
    wait_until(lambda: traffic.running == 0)
    asyncio.run(traffic.admit())


@pytest.mark.parametrize(("parked", "live", "said"), [(0, 5, 1), (100_000, 0, 600)])
def test_the_time_to_come_again_is_neither_at_once_nor_never(make, database, parked, live, said) -> None:
    if parked:
        park(database, "payment", parked)
    with pytest.raises(Overloaded) as caught:
        asyncio.run(make(ShownResources({"name": "payment"}), live=live, limit=5).admit())
    assert caught.value.retry_after == said


# -- the database is away --------------------------------------------------------------------------------


def test_what_was_seen_last_stands_while_the_database_is_away(make, database, caplog) -> None:
    park(database, "payment", 5)
    resources = ShownResources({"name": "payment"})
    traffic = make(resources, limit=10_000)

    async def through_an_outage() -> None:
        await traffic.list()
        seen, resources.error = traffic.seen, AWAY
        while resources.looks < 3:  # two of them fail
            await traffic.glance()
            await traffic.admit()
            await asyncio.sleep(0.05)
        assert traffic.seen is seen
        assert (traffic.seen.parked, traffic.seen.resources["payment"]["parked"]) == (5, 5)
        with pytest.raises(OperationalError):
            await traffic.list()
        resources.error = None
        while traffic.seen is seen:
            await traffic.glance()
            await asyncio.sleep(0.05)

    asyncio.run(asyncio.wait_for(through_an_outage(), 60))
    said = [each for each in caplog.messages if "cannot be seen" in each]
    assert said == ["what is parked cannot be seen: the database does not answer (OperationalError)"]


def test_nobody_hangs_with_a_database_that_hangs(make) -> None:
    resources = ShownResources({"name": "payment"})
    resources.gate.clear()
    traffic = make(resources, limit=10_000)

    async def many() -> None:
        await asyncio.gather(*(traffic.glance() for _ in range(200)), *(traffic.admit() for _ in range(200)))
        assert not resources.gate.is_set()  # nobody has waited for it
        assert resources.looks == 1  # and they hang on to one thread
        assert traffic.seen is None

    try:
        asyncio.run(asyncio.wait_for(many(), 30))
    finally:
        resources.gate.set()
    wait_until(lambda: traffic.seen is not None)
