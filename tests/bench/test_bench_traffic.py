"""The traffic: the same for a seed, of every kind, and such that the shop can decide all of it."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

from bench import traffic
from bench.takings import Takings
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


def test_the_shop_decides_all_of_it_in_every_way() -> None:
    ruleset = load(read_folder(RULES).files).ruleset
    assert ruleset is not None
    named = {"fraud": "verdict", "stock": "action", "shipping": "carrier", "refund": "route"}
    found: dict[str, Counter[str]] = {decision: Counter() for decision in named}
    for order in traffic.orders(600, 1):
        for decision in order.decisions:
            body = read_json(write_json(order.body(decision)))
            result = ruleset.decide(decision, body["facts"], parse_timestamp(order.at)).as_dict()["result"]
            if decision in named:
                found[decision][result[named[decision]]] += 1
    # A demo in which a decision always gives the same answer would show nothing.
    assert {decision: len(counts) for decision, counts in found.items()} == {
        "fraud": 3,
        "stock": 3,
        "shipping": 4,
        "refund": 3,
    }


def _run(status: str, *paths: str, attempt: int = 1, code: str | None = None) -> dict[str, Any]:
    return {
        "status": status,
        "digest": "d",
        "created_at": "2026-11-27T10:00:00Z",
        "updated_at": "2026-11-27T10:00:00.250Z",
        "path": [{"path": path, "visit": 1} for path in paths],
        "attempts": [{"path": "charge", "attempt": attempt}],
        "problem": {"code": code} if code else None,
        "output": {"charged": Decimal("9.50")} if status == "completed" else None,
    }


def test_takings_count_each_order_by_its_end_and_its_ways() -> None:
    orders = list(traffic.orders(6, 1))
    runs = [
        _run("completed", "reserve", "charge", "ship"),
        _run("completed", "back_order", "review", "split", attempt=2),
        _run("failed", "reserve", code="declined"),
        _run("failed", code="not-restocked"),
        _run("failed", "review", code="rejected"),
        _run("parked", "charge", attempt=5),
    ]
    takings = Takings(seconds=1)
    for order, run in zip(orders, runs, strict=True):
        takings.ended(order, run)
    groups = takings.as_dict()["groups"]
    routes = sum((Counter(each["routes"]) for each in groups), Counter[str]())
    assert routes == {
        "completed": 2,
        "declined": 1,
        "other": 1,
        "rejected": 1,
        "open": 1,
        "reviewed": 2,
        "back-ordered": 1,
        "split": 1,
        "retried": 2,
    }
    assert sum(Decimal(each["charged"]) for each in groups) == 19
    assert sum(Decimal(each["goods"]) for each in groups) == sum(order.total for order in orders)
    assert {each["run_ms"]["p95"] for each in groups} <= {250, None}
    assert takings.digests == {"d"}
