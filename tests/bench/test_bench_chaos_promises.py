"""Each promise, held against ends that keep it and against ends that do not."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from decimal import Decimal
from random import Random
from typing import Any

import pytest

from bench.chaos import report
from bench.chaos.checkout import Placed
from bench.chaos.ending import Charge, Ending, Refund, Reservation
from bench.chaos.orders import Order, draw_orders
from bench.chaos.play import Outcome
from bench.chaos.promises import judge
from bench.chaos.scenario import Scenario
from rulesflow.model.times import parse_timestamp

SHELF = 100


def history(run: str, status: str, *more: dict[str, Any]) -> list[dict[str, Any]]:
    entries = [
        {"type": "started", "at": f"2026-11-27T10:00:0{run[-1]}Z"},
        {"type": "call", "key": "charge/1", "at": "2026-11-27T10:01:00Z"},
        *more,
        {"type": "end", "status": status, "at": "2026-11-27T11:00:00Z"},
    ]
    return [{"number": number, **entry} for number, entry in enumerate(entries, 1)]


def shown(order: Order, status: str) -> dict[str, Any]:
    output = {"charged": 50, "tracking": [f"T-{order.id}"]} if status == "completed" else None
    return {"status": status, "input": order.given, "output": output}


def parked(begin: str, end: str, *, held: bool = True) -> list[dict[str, Any]]:
    where = {"key": "charge/1", "step": "payment.charge"}
    return [
        {"type": "parked", "held": held, "at": f"2026-11-27T{begin}Z", **where},
        {"type": "released", "at": f"2026-11-27T{end}Z", **where},
    ]


@pytest.fixture
def orders() -> list[Order]:
    one, two = draw_orders(Random(1), 2, 10)
    customer = {**two.given["customer"], "id": one.customer}
    return [one, replace(two, customer=one.customer, given={**two.given, "customer": customer})]


@pytest.fixture
def good(orders: list[Order]) -> Ending:
    """One order is completed; the other was charged, failed, and got its money back."""
    sold, failed = orders
    runs = {"run-1": shown(sold, "completed"), "run-2": shown(failed, "failed")}
    return Ending(
        placed={
            sold.id: Placed(sold, ["run-1", "run-1"], 2),
            failed.id: Placed(failed, ["run-2"], 1),
        },
        runs=runs,
        histories={run: history(run, each["status"]) for run, each in runs.items()},
        listed=["run-1", "run-2"],
        charges=[
            Charge(1, "run-1/charge/1", Decimal(50), sold.id),
            Charge(2, "run-2/charge/1", Decimal(60), failed.id),
        ],
        refunds=[Refund("run-2/charge/1/undo", 2, Decimal(60))],
        reservations=[
            Reservation("run-1/reserve/1", False, sold.pieces),
            Reservation("run-2/reserve/1", True, failed.pieces),
        ],
        on_hand={sku: SHELF - sold.pieces[sku] for sku in sold.pieces + failed.pieces},
        shelf=SHELF,
        labels={f"T-{sold.id}.pdf": True},
    )


def broken(ending: Ending) -> set[str]:
    return {each.promise for each in judge(ending)}


def test_a_good_end_breaks_no_promise(good: Ending) -> None:
    assert judge(good) == []


def test_an_order_that_was_accepted_and_is_gone_or_never_ends_is_lost(good: Ending) -> None:
    lost = "an accepted order comes to its end"
    gone = {run: each for run, each in good.runs.items() if run != "run-2"}
    assert lost in broken(replace(good, runs=gone, histories={"run-1": good.histories["run-1"]}))
    assert lost in broken(replace(good, listed=["run-1"]))
    stuck = {**good.runs, "run-2": {**good.runs["run-2"], "status": "parked"}}
    assert lost in broken(replace(good, runs=stuck))


def test_an_order_that_nobody_answered_for_may_have_become_no_run(good: Ending, orders: list[Order]) -> None:
    given_up = replace(orders[0], id="A-9")
    assert broken(replace(good, placed={**good.placed, "A-9": Placed(given_up, [], 30)})) == set()


def test_one_key_that_became_two_runs_is_found(good: Ending, orders: list[Order]) -> None:
    sold = orders[0]
    twice = {**good.placed, sold.id: Placed(sold, ["run-1", "run-2"], 2)}
    assert "one order is one run" in broken(replace(good, placed=twice))
    runs = {**good.runs, "run-2": shown(sold, "failed")}
    assert "one order is one run" in broken(replace(good, runs=runs))


def test_what_nobody_has_placed_is_found(good: Ending, orders: list[Order]) -> None:
    only = {orders[0].id: good.placed[orders[0].id]}
    found = [each for each in judge(replace(good, placed=only)) if "nowhere" in each.promise]
    assert len(found) == 2  # the run and its charge


def test_a_good_order_that_is_refused_and_a_server_that_dies_are_found(
    good: Ending, orders: list[Order]
) -> None:
    refused = {**good.placed, orders[0].id: Placed(orders[0], ["run-1"], 2, "422 no")}
    assert broken(replace(good, placed=refused)) == {"a good order is not refused"}
    assert broken(replace(good, complaints=["it died"])) == {"servers end when told, and only then"}


def test_a_key_and_an_order_that_are_charged_twice_are_found(good: Ending, orders: list[Order]) -> None:
    same_key = replace(good.charges[0], id=3)
    told = [each.what for each in judge(replace(good, charges=[*good.charges, same_key]))]
    assert f"order {orders[0].id} was charged 2 times" in told
    assert "key run-1/charge/1 was charged 2 times" in told
    other_key = Charge(3, "run-1/charge/2", Decimal(50), orders[0].id)
    assert "nobody pays twice" in broken(replace(good, charges=[*good.charges, other_key]))


@pytest.mark.parametrize(
    "refunds",
    [
        [Refund("k", 2, Decimal(30))],
        [Refund("k", 2, Decimal(60)), Refund("l", 2, Decimal(60))],
        [Refund("k", 2, Decimal(60)), Refund("l", 9, Decimal(1))],
    ],
    ids=["of a part", "twice", "of nothing"],
)
def test_a_refund_that_balances_no_charge_is_found(good: Ending, refunds: list[Refund]) -> None:
    assert "a refund balances one charge" in broken(replace(good, refunds=refunds))


def test_a_charge_that_was_never_returned_is_found(good: Ending) -> None:
    assert broken(replace(good, refunds=[])) == {
        "a charge is of a completed run, or went back",
        "what failed holds nothing",
    }


def test_a_charge_without_a_run_or_of_another_order_is_found(good: Ending, orders: list[Order]) -> None:
    promise = "a charge is of a completed run, or went back"
    stray = Charge(3, "run-3/charge/1", Decimal(5), orders[0].id)
    assert promise in broken(replace(good, charges=[*good.charges, stray]))
    other = replace(good.charges[0], reference=orders[1].id)
    assert promise in broken(replace(good, charges=[other, good.charges[1]]))


def test_a_completed_run_that_was_not_paid_is_found(good: Ending) -> None:
    assert broken(replace(good, charges=good.charges[1:])) == {"completed runs are paid"}
    back = [*good.refunds, Refund("k", 1, Decimal(50))]
    assert broken(replace(good, refunds=back)) == {"completed runs are paid"}


def test_a_charge_that_the_history_does_not_know_is_found(good: Ending) -> None:
    forgotten = [each for each in good.histories["run-1"] if each["type"] != "call"]
    histories = {**good.histories, "run-1": forgotten}
    assert "a charge stands in its run's history" in broken(replace(good, histories=histories))


def test_goods_that_are_sold_without_being_there_are_found(good: Ending) -> None:
    sku = next(iter(good.on_hand))
    assert broken(replace(good, on_hand={**good.on_hand, sku: -1})) == {"nothing is oversold"}
    without = replace(good.reservations[0], pieces=Counter())
    assert broken(replace(good, reservations=[without])) == {
        "nothing is oversold",
        "completed runs have their goods",
    }


def test_goods_that_a_failed_run_keeps_are_found(good: Ending) -> None:
    kept = replace(good.reservations[1], released=False)
    assert "what failed holds nothing" in broken(replace(good, reservations=[good.reservations[0], kept]))
    assert broken(replace(good, holds=["run-2/hold/1"])) == {"what failed holds nothing"}


def test_a_label_that_is_missing_or_torn_is_found(good: Ending) -> None:
    assert broken(replace(good, labels={})) == {"parcels have their labels"}
    assert broken(replace(good, labels=dict.fromkeys(good.labels, False))) == {"parcels have their labels"}


@pytest.mark.parametrize(
    "spoil",
    [
        lambda entries: [entries[0], *entries[2:]],
        lambda entries: entries[:-1],
        lambda entries: [*entries[:-1], {**entries[-1], "status": "failed"}],
        lambda entries: [*entries, {**entries[-1], "number": len(entries) + 1}],
        lambda entries: [{**entries[0], "type": "order"}, *entries[1:]],
    ],
    ids=["gap", "no end", "another end", "two ends", "no beginning"],
)
def test_a_history_that_is_not_whole_is_found(good: Ending, spoil: Any) -> None:
    spoilt = replace(good, histories={**good.histories, "run-1": spoil(good.histories["run-1"])})
    assert "histories are whole" in broken(spoilt)


TURNS = "a customer's orders go on in their order"


def resting(good: Ending, older: list[dict[str, Any]], younger: list[dict[str, Any]]) -> Ending:
    """Run 1 is the older one, by a second."""
    histories = {
        "run-1": history("run-1", "completed", *older),
        "run-2": history("run-2", "failed", *younger),
    }
    return replace(good, histories=histories)


def test_a_parked_order_that_is_overtaken_by_a_later_one_of_its_customer_is_found(good: Ending) -> None:
    ending = resting(good, parked("10:02:00", "10:05:00"), parked("10:02:01", "10:04:00"))
    assert broken(ending) == {TURNS}


@pytest.mark.parametrize(
    ("older", "younger"),
    [
        (parked("10:02:00", "10:04:00"), parked("10:02:01", "10:05:00")),
        (parked("10:02:00", "10:04:00.5"), parked("10:02:01", "10:04:00")),
        (parked("10:04:30", "10:05:00"), parked("10:02:01", "10:04:00")),
        (parked("10:02:00", "10:05:00", held=False), parked("10:02:01", "10:04:00")),
    ],
    ids=["in order", "together", "parked later", "put off by its own failures"],
)
def test_orders_that_take_their_turns_are_well(good: Ending, older: Any, younger: Any) -> None:
    assert broken(resting(good, older, younger)) == set()


def test_turns_are_not_judged_by_a_clock_that_was_wrong(good: Ending) -> None:
    ending = resting(good, parked("10:02:00", "10:05:00"), parked("10:02:01", "10:04:00"))
    assert broken(replace(ending, clock_was_wrong=True)) == set()


def test_an_order_may_be_overtaken_while_the_server_that_held_it_is_dead(good: Ending) -> None:
    ending = resting(good, parked("10:02:00", "10:05:00"), parked("10:02:01", "10:04:00"))
    day = good.histories["run-1"][0]["at"][:11]
    meanwhile, before = (parse_timestamp(f"{day}{time}Z") for time in ("10:04:01", "10:01:59"))
    assert broken(replace(ending, kills=[meanwhile])) == set()
    assert broken(replace(ending, kills=[before])) == {TURNS}


def test_another_customer_may_go_first(good: Ending, orders: list[Order]) -> None:
    ending = resting(good, parked("10:02:00", "10:05:00"), parked("10:02:01", "10:04:00"))
    given = {**orders[1].given, "customer": {**orders[1].given["customer"], "id": "another"}}
    runs = {**ending.runs, "run-2": {**ending.runs["run-2"], "input": given}}
    assert broken(replace(ending, runs=runs)) == set()


def test_a_verdict_tells_what_was_broken_with_ledger_stock_and_history(good: Ending) -> None:
    ending = replace(good, refunds=[])
    outcome = Outcome(Scenario(7, "sqlite", 10, (), ()), judge(ending), ending, "figures")
    told = "\n".join(report.verdict(outcome))
    assert "seed 7 on sqlite: 2 times a promise was BROKEN" in told
    for part in (
        "run run-2",
        "ledger: charge 2 run-2/charge/1 60",
        "stock: run-2/reserve/1",
        '"type": "end"',
    ):
        assert part in told
    assert "history" not in "\n".join(report.verdict(replace(outcome, broken=[])))
