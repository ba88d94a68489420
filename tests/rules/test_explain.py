"""Explanations: why each rule fired or did not, with the value it saw."""

from __future__ import annotations

from typing import Any

from projects import AT, decide, facts, loaded

from rulesflow.rules import Explain

BASE = """
decision: d
outcome: {answer: {type: string}}
params: {limit: 100}
rules:
  - {rule: later, when: {order.total: "> 0"}, then: {answer: a}, from: 2027-01-01}
  - {rule: over, when: {order.total: "> 0"}, then: {answer: a}, until: 2026-01-01}
  - {rule: share, then: {answer: a}, rollout: {percent: 0, by: customer.id}}
  - rule: two_tests
    when: {order.region: us, order.total: "> params.limit"}
    then: {answer: a}
  - rule: condition
    when: order.region == "us" && order.total * 2 > params.limit + 500
    then: {answer: a}
  - rule: many
    when: has(customer.home) && customer.home.startsWith("b") && order.total > 1
    then: {answer: a}
  - rule: pair
    when: order.total > 70 || customer.type == "vip"
    then: {answer: a}
  - rule: fails
    when: 1 / (order.total - 50) > 1
    then: {answer: a}
  - {rule: winner, when: {order.total: "[50..60]"}, then: {answer: won}}
  - {rule: late, then: {answer: late}}
"""


def accounts(given: dict[str, Any] | None = None) -> dict[str, dict[str, Any]]:
    files = {
        "base/d.yaml": BASE.replace(
            "  - rule: fails\n    when: 1 / (order.total - 50) > 1\n",
            "  - rule: fails\n    when: order.total < 0\n",
        )
    }
    answer = decide(files, given, explain=Explain.FULL).as_dict()
    return {each.pop("rule"): each for each in answer["explanation"]["rules"]}


def test_every_rule_of_the_stack_is_accounted_for() -> None:
    told = accounts(facts(customer={"home": "paris", "id": "c9"}))
    failed = {name: each.get("failed") for name, each in told.items()}
    assert failed == {
        "later": {"test": "from 2026-12-31T23:00:00Z", "value": AT},
        "over": {"test": "until 2025-12-31T23:00:00Z", "value": AT},
        "share": {"test": "rollout 0 % by customer.id", "value": "c9"},
        "two_tests": {"test": "order.total: > params.limit", "value": 50},
        "condition": {"test": "order.total * 2 > params.limit + 500", "value": 50},
        "many": {"test": 'customer.home.startsWith("b")', "value": "paris"},
        "pair": {
            "test": 'order.total > 70 || customer.type == "vip"',
            "value": {"customer.type": "regular", "order.total": 50},
        },
        "fails": {"test": "order.total < 0", "value": 50},
        "winner": None,
        "late": None,
    }
    assert told["winner"] == {"layer": "base", "file": "base/d.yaml", "line": 23, "fired": True}


def test_a_rule_whose_tests_hold_but_that_was_not_chosen_says_so() -> None:
    assert accounts()["late"]["overruled"] is True


def test_an_absent_fact_is_seen_as_null() -> None:
    assert accounts()["many"]["failed"] == {"test": "has(customer.home)", "value": None}


def test_a_test_that_fails_after_the_winner_tells_its_error() -> None:
    text = """
    decision: d
    outcome: {answer: {type: string}}
    rules:
      - {rule: winner, then: {answer: won}}
      - {rule: fails, when: 1 / (order.total - 50) > 1, then: {answer: x}}
      - {rule: hidden, when: [1 / (order.total - 50) > 1, order.total > 99], then: {answer: x}}
    """
    answer = decide({"base/d.yaml": text}, explain=Explain.FULL).as_dict()
    told = {each["rule"]: each for each in answer["explanation"]["rules"]}
    assert told["fails"]["failed"]["error"] == "division by zero"
    assert told["hidden"]["failed"] == {"test": "order.total > 99", "value": 50}


def test_none_names_no_rule_and_matched_has_no_explanation() -> None:
    ruleset = loaded({"base/d.yaml": "decision: d\noutcome: {x: {type: number}}\ndefault: {x: 1}\n"}).ruleset
    assert ruleset is not None
    none = ruleset.decide("d", facts(), AT, Explain.NONE).as_dict()
    matched = ruleset.decide("d", facts(), AT).as_dict()
    assert (none["matched"], none["result"]) == ([], {"x": 1})
    assert "explanation" not in none
    assert "explanation" not in matched
