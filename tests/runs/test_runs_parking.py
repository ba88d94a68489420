"""The payment service goes away at the peak: its orders park, rest, and go through, each exactly once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from serving import ROOT, wait_until
from shopfront import Shop, open_shop, purchase

ORDERS = 24
#: The rules approve these at once, for they are small and from a customer who is known.
EASY: dict[str, Any] = {"total": 30, "kind": "vip"}


def state(shop: Shop) -> str:
    return shop.client.get("/v1/resources/payment").json()["state"]


def begin(shop: Shop, *numbers: int) -> list[str]:
    return [shop.run("order", purchase(number, **EASY))["id"] for number in numbers]


def parked(shop: Shop, run: str) -> dict[str, Any]:
    """The run once it rests at its parked charge."""
    return shop.until(run, "parked", seconds=60)


def charges(shop: Shop) -> Counter[str]:
    assert shop.payment is not None
    return Counter(row["key"] for row in shop.payment.ledger("rows=all")["charges"])


def once(*runs: str) -> dict[str, int]:
    return {f"{run}/charge/1": 1 for run in runs}


def entries(shop: Shop, run: str, type_: str) -> list[dict[str, Any]]:
    history = shop.client.get(f"/v1/runs/{run}/history").json()
    return [each for each in history["entries"] if each["type"] == type_]


def fail(shop: Shop) -> None:
    """Take the payment service away, and let the service find out."""
    assert shop.payment is not None
    shop.payment.control(down=True)


def heal(shop: Shop) -> None:
    assert shop.payment is not None
    shop.payment.control(down=None)


def test_orders_of_an_outage_go_through_once_even_if_the_power_fails_meanwhile(shop: Shop) -> None:
    fail(shop)
    first = begin(shop, *range(ORDERS))
    for run in first:
        parked(shop, run)
    wait_until(lambda: state(shop) in ("open", "half-open"), 30)
    later = begin(shop, *range(ORDERS, 2 * ORDERS))
    for run in later:
        shown = parked(shop, run)
        (waits,) = shown["waiting_for"]
        assert (waits["path"], waits["kind"], waits["step"]) == ("charge", "park", "payment.charge")
    shop.kill()
    shop.start()
    assert {shop.show(run)["status"] for run in first + later} == {"parked"}
    assert charges(shop) == {}
    heal(shop)
    for run in first + later:
        shop.until(run, "completed", seconds=90)
    assert charges(shop) == once(*first, *later)
    never_tried = [run for run in later if not any("problem" in each for each in entries(shop, run, "call"))]
    released = {run: entries(shop, run, "released")[-1]["at"] for run in never_tried}
    assert len(released) > ORDERS // 2
    assert all(released[one] <= released[next_] for one, next_ in pairwise(never_tried))
    shown = shop.client.get("/v1/resources/payment").json()
    assert (shown["state"], shown["parked"]) == ("closed", 0)


def test_a_parked_order_can_be_cancelled_and_gives_its_goods_back(shop: Shop) -> None:
    fail(shop)
    run = begin(shop, *range(6))[-1]
    parked(shop, run)
    assert shop.order(run, "cancel", reason="changed my mind").status_code == 200
    shown = shop.until(run, "cancelled")
    assert [each["path"] for each in entries(shop, run, "undo")] == ["reserve"]
    assert shown["waiting_for"] == []
    wait_until(lambda: shop.client.get("/v1/resources/payment").json()["parked"] == 5)
    heal(shop)
    wait_until(lambda: shop.client.get("/v1/runs/count?status=completed").json()["count"] == 5, 60)
    assert f"{run}/charge/1" not in charges(shop)


def test_a_parked_order_can_be_edited_and_tried_at_once(shop: Shop) -> None:
    fail(shop)
    runs = begin(shop, *range(6))
    run = runs[-1]
    parked(shop, run)
    heal(shop)
    shop.client.post("/v1/resources/payment/open", json={"reason": "maintenance"})
    edited = {"amount": 12, "currency": "EUR"}
    given = {**shop.show(run)["waiting_for"][0]}
    assert given["kind"] == "park"
    answer = shop.order(run, "retry", step="charge", input=edited, force=True)
    assert answer.status_code == 200, answer.text
    wait_until(lambda: shop.show(run)["waiting_for"][0:1] and state(shop) == "open", 30)
    assert shop.client.post("/v1/resources/payment/close").status_code == 200
    for each in runs:
        shop.until(each, "completed", seconds=60)
    assert charges(shop) == {**once(*runs[:-1]), f"{run}/charge/2": 1}


def test_a_resource_that_a_person_has_opened_is_not_called_until_he_closes_it(shop: Shop) -> None:
    opened = shop.client.post("/v1/resources/payment/open", json={"reason": "the bank asked us to"})
    assert (opened.status_code, opened.json()["state"]) == (200, "open")
    (run,) = begin(shop, 1)
    assert "the bank asked us to" in parked(shop, run)["waiting_for"][0]["problem"]["message"]
    wait_until(lambda: shop.client.get("/v1/scale").json()["parked"] == 1)
    assert charges(shop) == {}
    assert shop.client.post("/v1/resources/payment/close").json()["state"] == "closed"
    shop.until(run, "completed")
    assert charges(shop) == once(run)


@pytest.fixture
def pair(tmp_path: Path, database_url: str) -> Iterator[tuple[Shop, Shop]]:
    """Two services on one database."""
    with ExitStack() as stack:
        one = stack.enter_context(open_shop(tmp_path, ROOT / "rules", database_url))
        two = replace(one, log=[])
        stack.callback(two.stop)
        two.start()
        yield one, two


def test_two_processes_see_one_breaker_and_share_what_is_parked(pair: tuple[Shop, Shop]) -> None:
    one, two = pair
    fail(one)
    runs = begin(one, *range(ORDERS))
    for run in runs:
        parked(two, run)
    wait_until(lambda: state(two) in ("open", "half-open"), 30)
    more = begin(two, *range(ORDERS, ORDERS + 4))
    for run in more:
        parked(one, run)
    heal(one)
    for run in runs + more:
        two.until(run, "completed", seconds=90)
    assert charges(one) == once(*runs, *more)


def test_what_a_dead_process_has_let_go_is_let_go_by_the_other(pair: tuple[Shop, Shop]) -> None:
    one, two = pair
    assert one.payment is not None
    fail(one)
    runs = begin(one, *range(ORDERS))
    for run in runs:
        parked(two, run)
    one.payment.control(down=None, lag={"seconds": 1.0})
    wait_until(lambda: two.client.get("/v1/runs/count?status=running").json()["count"], 60)
    one.kill()
    for run in runs:
        two.until(run, "completed", seconds=90)
    assert charges(one) == once(*runs)
