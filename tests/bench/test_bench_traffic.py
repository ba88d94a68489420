"""The traffic: the same for a seed, of every kind, and such that the shop can decide all of it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from bench import traffic
from bench.takings import NEEDED, Takings
from rulesflow.documents.folder import read_folder
from rulesflow.documents.jsontext import read_json, write_json
from rulesflow.model.times import parse_timestamp
from rulesflow.rules import load

RULES = Path(__file__).parents[2] / "rules"


def test_a_seed_gives_the_same_orders() -> None:
    once, again, other = (list(traffic.orders(50, seed)) for seed in (1, 1, 2))
    assert once == again
    assert once != other


def test_every_region_and_customer_orders_about_as_often_as_it_should() -> None:
    orders = list(traffic.orders(4_000, 1))
    regions = Counter(order.region for order in orders)
    customers = Counter(order.customer for order in orders)
    for name, (share, *_) in traffic.REGIONS.items():
        assert abs(regions[name] / len(orders) - share) < 0.03
    for name, (share, _) in traffic.CUSTOMERS.items():
        assert abs(customers[name] / len(orders) - share) < 0.03


def test_only_the_refund_desk_sends_the_refund() -> None:
    asked = [order for order in traffic.orders(100, 1) if "refund" in order.decisions]
    assert asked
    for order in asked:
        assert "refund" in order.body("refund")["facts"]
        assert "refund" not in order.body("fraud")["facts"]


def test_the_shop_decides_all_of_it_and_the_takings_add_up() -> None:
    ruleset = load(read_folder(RULES).files).ruleset
    assert ruleset is not None
    takings, orders = Takings(), list(traffic.orders(600, 1))
    for order in orders:
        for decision in order.decisions:
            body = read_json(write_json(order.body(decision)))
            answer = ruleset.decide(decision, body["facts"], parse_timestamp(order.at)).as_dict()
            assert answer["result"].keys() >= NEEDED[decision]
            takings.decided(order, decision, answer, 0.001)
    groups = takings.groups.values()
    assert sum(group.orders for group in groups) == 600
    assert sum(group.goods for group in groups) == sum(order.total for order in orders)
    outcomes = sum((group.outcomes for group in groups), Counter[tuple[str, str]]())
    for decision in ("fraud", "stock", "shipping"):
        assert sum(count for (name, _), count in outcomes.items() if name == decision) == 600
    # A demo in which a decision always gives the same answer would show nothing.
    assert len([key for key in outcomes if key[0] == "fraud"]) == 3
    assert len([key for key in outcomes if key[0] == "stock"]) == 3
    assert len([key for key in outcomes if key[0] == "shipping"]) == 4
    assert len([key for key in outcomes if key[0] == "refund"]) == 3
