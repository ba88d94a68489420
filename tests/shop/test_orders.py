from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import Any

import pytest
from orders import (
    DECISIONS,
    ORDERS,
    OUTCOME,
    REGIONS,
    Trial,
    customer_type,
    decide_all,
    outcome,
    read_orders,
    shop,
    trials,
)

from rulesflow.rules import Answer, Ruleset

pytestmark = pytest.mark.skipif(
    not ORDERS.is_file(),
    reason="the real orders are not here: ../shared/data/orders.ndjson from the project's root",
)

Decided = dict[str, list[tuple[Trial, Answer]]]

# The states as the price list for Brazil groups them, written a second time.
SOUTHEAST, SOUTH, MIDWEST = {"SP", "RJ", "MG", "ES"}, {"PR", "SC", "RS"}, {"DF", "GO", "MT", "MS"}
NORTH = {"AC", "AM", "AP", "PA", "RO", "RR", "TO"}


@pytest.fixture(scope="module")
def orders() -> list[dict[str, Any]]:
    return read_orders()


@pytest.fixture(scope="module")
def ruleset() -> Ruleset:
    return shop()


@pytest.fixture(scope="module")
def decided(ruleset: Ruleset, orders: list[dict[str, Any]]) -> Decided:
    return {region: list(decide_all(ruleset, orders, region)) for region in REGIONS}


def test_every_order_is_decided_by_every_decision_in_every_region(decided: Decided) -> None:
    assert len(DECISIONS) == 5
    for region in REGIONS:
        counts = Counter(answer.decision for _, answer in decided[region])
        assert counts == dict.fromkeys(DECISIONS, 877)


def test_every_answer_names_the_rule_that_gave_it(decided: Decided) -> None:
    assert all(answer.matched for answers in decided.values() for _, answer in answers)


def test_every_enum_holds_only_its_own_words(decided: Decided) -> None:
    words = {
        "fraud": {"approve", "review", "reject"},
        "refund": {"auto", "review", "deny"},
        "shipping": {"post", "parcel", "express", "haulier"},
        "stock": {"allocate", "back-order", "reject"},
    }
    for answers in decided.values():
        for _, answer in answers:
            if answer.decision in words:
                assert answer.result[OUTCOME[answer.decision]] in words[answer.decision]


def test_the_layers_of_an_answer_are_those_of_its_region_and_customer(decided: Decided) -> None:
    for region, answers in decided.items():
        for trial, answer in answers:
            folders = {"base", "region/" + region.split("/")[0], "region/" + region}
            customer = "customer/" + trial.facts["customer"]["type"]
            allowed = folders | {customer} | {f"{folder}/{customer}" for folder in folders}
            assert {match.layer for match in answer.matched} <= allowed
            assert set(answer.layers) <= allowed


def test_brazil_and_the_united_states_are_decided_by_different_files(decided: Decided) -> None:
    used = {
        region: {match.file for _, answer in answers for match in answer.matched}
        for region, answers in decided.items()
    }
    assert {"region/br/shipping.csv", "region/br/fraud.yaml", "region/br/discount.yaml"} <= used["br"] - used[
        "us"
    ]
    assert "region/us/shipping.csv" in used["us"] - used["br"]
    assert not {file for file in used["us"] | used["eu/de"] | used["eu/fr"] if file.startswith("region/br/")}


def test_freight_in_brazil_is_what_the_price_list_says(decided: Decided) -> None:
    for trial, answer in decided["br"]:
        if answer.decision == "shipping":
            assert answer.result["price"] == brazilian_freight(trial.state, trial.facts["order"]["total"])


def brazilian_freight(state: str, total: Decimal) -> Decimal:
    """An order over 1500 travels insured; the Southeast and the South are free from 200 on."""
    if total >= 1500 or (total >= 200 and state in SOUTHEAST | SOUTH):
        return Decimal(0)
    regions = [(SOUTHEAST, "14.9"), (SOUTH, "18.9"), (MIDWEST, "22.9"), (NORTH, "34.9")]
    return Decimal(next((price for states, price in regions if state in states), "27.9"))


def test_no_refund_is_larger_than_the_order(decided: Decided) -> None:
    for answers in decided.values():
        for trial, answer in answers:
            if answer.decision == "refund":
                assert 0 <= answer.result["limit"] <= trial.facts["order"]["total"]


def test_goods_that_left_the_warehouse_are_allocated_and_no_others(decided: Decided) -> None:
    for answers in decided.values():
        for trial, answer in answers:
            if answer.decision == "stock":
                assert (answer.result["action"] == "allocate") == (trial.facts["stock"]["missing"] == 0)


def test_a_bank_slip_in_brazil_is_always_approved_and_always_earns_its_discount(decided: Decided) -> None:
    slips = 0
    for trial, answer in decided["br"]:
        if trial.facts["payment"]["method"] == "bank_slip":
            slips += 1
            if answer.decision == "fraud":
                assert answer.result["verdict"] == "approve"
            elif answer.decision == "discount":
                assert answer.result["percent"] >= 5
    assert slips == 160 * len(DECISIONS)


def test_each_decision_tells_orders_apart(decided: Decided) -> None:
    kinds = {outcome(answer) for _, answer in decided["br"]}
    for decision in DECISIONS:
        assert sum(kind.startswith(decision) for kind in kinds) > 1, decision


def test_the_same_orders_are_decided_alike_once_more(
    ruleset: Ruleset, orders: list[dict[str, Any]], decided: Decided
) -> None:
    again = [answer.as_dict() for _, answer in decide_all(ruleset, orders[:50], "br")]
    assert again == [answer.as_dict() for _, answer in decided["br"][: len(again)]]


def test_totals_are_exact_sums_of_the_prices_as_written(orders: list[dict[str, Any]]) -> None:
    for order, trial in zip(orders, trials(orders, "br"), strict=True):
        cents = sum(round(float(line["price"]) * 100) for line in order["lines"])
        assert trial.facts["order"]["total"] * 100 == cents


def test_the_clock_of_the_data_is_brazilian_summer_time(orders: list[dict[str, Any]]) -> None:
    placed = [trial.facts["order"]["placed_at"] for trial in trials(orders, "br")]
    assert all(time.endswith("-02:00") for time in placed)
    assert placed == sorted(placed)


def test_customer_types_come_from_sellers_and_earlier_orders(orders: list[dict[str, Any]]) -> None:
    assert [customer_type(1, earlier) for earlier in range(4)] == ["new", "regular", "vip", "vip"]
    assert customer_type(2, 0) == "business"
    types = Counter(trial.facts["customer"]["type"] for trial in trials(orders, "br"))
    assert types == {"new": 866, "business": 10, "regular": 1}
