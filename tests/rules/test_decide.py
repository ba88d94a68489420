"""Deciding: conditions, required facts, dates, rollout, and what a caller is told."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st
from projects import decide, facts, loaded, rule_names

from rulesflow.model.errors import DecisionFailed, FactsRefused, UnknownName
from rulesflow.model.times import parse_timestamp
from rulesflow.rules import effective, summary
from rulesflow.rules.reach import bucket

BASE = """
decision: d
title: Something to decide
requires: [customer.id]
outcome: {answer: {type: string}}
params: {limit: 100}
rules:
  - rule: grace
    when: {order.channel: [web, app]}
    then: {answer: grace}
    from: 2026-11-27
    until: 2026-12-01
  - rule: some
    when: order.total < 10
    then: {answer: some}
    rollout: {percent: 25, by: customer.id}
  - rule: large
    when: [order.total > params.limit, "!(customer.type in ['vip'])", {order.channel: store}]
    then: {answer: large}
    because: Large orders in the store
default: {answer: none}
"""
FILES: dict[str, str | bytes] = {"base/d.yaml": BASE}
ID = {"customer": {"id": "c1"}}


def test_a_list_of_conditions_and_field_tests_must_hold_together() -> None:
    answer = decide(FILES, facts(**ID, total=101, channel="store"))
    assert (rule_names(answer), answer.matched[0].because) == (["large"], "Large orders in the store")
    vip = {"customer": {"id": "c1", "type": "vip"}}
    assert rule_names(decide(FILES, facts(**vip, total=101, channel="store"))) == ["default"]


def test_the_answer_says_what_was_decided_from_what() -> None:
    shown = decide(FILES, facts(**ID)).as_dict()
    assert shown == {
        "decision": "d",
        "result": {"answer": "none"},
        "matched": [{"rule": "default", "layer": "base", "file": "base/d.yaml", "line": 20, "because": None}],
        "layers": ["base"],
        "digest": shown["digest"],
        "at": parse_timestamp("2026-11-20T10:00:00Z"),
    }


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-11-26T22:59:59Z", "default"),  # a minute before midnight in Berlin
        ("2026-11-26T23:00:00Z", "grace"),
        ("2026-11-30T22:59:59Z", "grace"),
        ("2026-11-30T23:00:00Z", "default"),
    ],
)
def test_from_is_inclusive_and_until_exclusive_in_the_projects_time_zone(at: str, expected: str) -> None:
    answer = decide(FILES, facts(**ID, channel="web"), at=parse_timestamp(at))
    assert rule_names(answer) == [expected]


def test_rollout_takes_its_share_of_the_keys() -> None:
    ruleset = loaded(FILES).ruleset
    assert ruleset is not None
    at = parse_timestamp("2026-01-01T00:00:00Z")
    won = [
        rule_names(ruleset.decide("d", facts(total=5, customer={"id": f"c{number}"}), at)) == ["some"]
        for number in range(2000)
    ]
    assert 400 < sum(won) < 600
    assert won == [bucket("d", "some", f"c{number}") < 2500 for number in range(2000)]


def test_the_bucket_is_that_of_the_written_formula() -> None:
    # printf 'refund\0black_friday_grace\0c-1' | sha256sum, the first 16 digits modulo 10,000
    assert bucket("refund", "black_friday_grace", "c-1") == 9854


@given(st.text(), st.integers(0, 10_000), st.integers(0, 10_000))
def test_raising_the_percentage_only_adds_keys(key: str, one: int, other: int) -> None:
    low, high = sorted((one, other))
    assert not (bucket("d", "r", key) < low) or bucket("d", "r", key) < high


def test_an_absent_rollout_key_does_not_match() -> None:
    text = BASE.replace("requires: [customer.id]\n", "").replace("percent: 25", "percent: 100")
    assert rule_names(decide({"base/d.yaml": text}, facts(total=5))) == ["default"]
    assert rule_names(decide({"base/d.yaml": text}, facts(**ID, total=5))) == ["some"]


def test_a_required_fact_that_is_missing_is_refused_with_every_other_fault() -> None:
    given_facts = facts(total=-1, channel="phone")
    with pytest.raises(FactsRefused) as refused:
        decide(FILES, given_facts)
    assert {(fault.pointer, fault.code) for fault in refused.value.faults} == {
        ("/facts/order/total", "minimum"),
        ("/facts/order/channel", "enum"),
        ("/facts/customer/id", "required"),
    }


@pytest.mark.parametrize("bad", [None, [], "x", 5])
def test_facts_that_are_no_object_are_refused(bad: object) -> None:
    ruleset = loaded(FILES).ruleset
    assert ruleset is not None
    with pytest.raises(FactsRefused):
        ruleset.decide("d", bad, parse_timestamp("2026-01-01T00:00:00Z"))


def test_an_unknown_decision_is_named_with_the_nearest() -> None:
    with pytest.raises(UnknownName) as unknown:
        decide({"base/refund.yaml": BASE.replace("decision: d", "decision: refund")}, name="refnd")
    assert unknown.value.faults[0].hint == "did you mean refund?"


def test_facts_stay_as_they_were() -> None:
    mine = facts(**ID, placed_at="2026-11-20T10:00:00Z")
    decide(FILES, mine)
    assert mine == facts(**ID, placed_at="2026-11-20T10:00:00Z")


def test_a_decision_that_costs_too_much_is_refused() -> None:
    text = """
    decision: d
    outcome: {answer: {type: boolean}}
    rules:
      - rule: r
        when: has(order.lines) && order.lines.all(a, order.lines.all(b, order.lines.all(c, true)))
        then: {answer: true}
    """
    lines = [{"sku": str(number)} for number in range(50)]
    assert decide({"base/d.yaml": text}, facts(lines=lines)).result == {"answer": True}
    with pytest.raises(DecisionFailed, match="costs more than"):
        decide({"base/d.yaml": text}, facts(lines=lines * 4))


def test_effective_rules_of_a_stack_with_their_provenance() -> None:
    overlay = "decision: d\nparams: {limit: 10}\nrules: [{rule: us, then: {answer: us}}]\n"
    ruleset = loaded({**FILES, "region/us/d.yaml": overlay}).ruleset
    assert ruleset is not None
    shown = effective(ruleset, "d", {"order.region": "us", "customer.type": "vip"})
    assert shown["layers"] == ["base", "region/us"]
    assert [(rule["rule"], rule["file"], rule["line"]) for rule in shown["rules"]] == [
        ("us", "region/us/d.yaml", 3),
        ("grace", "base/d.yaml", 7),
        ("some", "base/d.yaml", 12),
        ("large", "base/d.yaml", 16),
    ]
    assert shown["params"]["limit"] == {
        "value": 10,
        "layer": "region/us",
        "file": "region/us/d.yaml",
        "line": 2,
        "over": [{"value": 100, "layer": "base", "file": "base/d.yaml", "line": 5}],
    }
    assert shown["rules"][2]["rollout"] == {"percent": 25, "by": "customer.id"}
    assert shown["default"]["then"] == {"answer": "none"}
    assert effective(ruleset, "d", {})["layers"] == ["base"]
    listed = summary(ruleset.decision("d"))
    assert listed["title"] == "Something to decide"
    assert "order.region" in [each["fact"] for each in listed["dimensions"]]


def test_effective_rules_tell_what_a_later_layer_put_out_of_force_and_where() -> None:
    region = """
    decision: d
    rules:
      - {rule: large, when: {order.total: "> 500"}, then: {answer: us}, override: true}
    default: {answer: us}
    """
    vip = "decision: d\ndisable: [large]\n"
    ruleset = loaded({**FILES, "region/us/d.yaml": region, "customer/vip/d.yaml": vip}).ruleset
    assert ruleset is not None
    shown = effective(ruleset, "d", {"order.region": "us", "customer.type": "vip"})
    assert "large" not in [rule["rule"] for rule in shown["rules"]]
    assert [
        (rule["rule"], rule["layer"], rule["by"]["how"], rule["by"]["file"]) for rule in shown["replaced"]
    ] == [
        ("large", "base", "overridden", "region/us/d.yaml"),
        ("default", "base", "overridden", "region/us/d.yaml"),
        ("large", "region/us", "disabled", "customer/vip/d.yaml"),
    ]
    assert shown["replaced"][2]["by"]["line"] == 2
    assert {"order.region", "customer.type", "order.total"} <= set(shown["reads"])
    assert effective(ruleset, "d", {})["replaced"] == []


def test_a_query_for_a_stack_names_what_it_does_not_know() -> None:
    ruleset = loaded(FILES).ruleset
    assert ruleset is not None
    with pytest.raises(FactsRefused) as refused:
        effective(ruleset, "d", {"order.regoin": "us", "customer.type": "vipp"})
    assert [fault.hint for fault in refused.value.faults] == [
        "did you mean order.region?",
        "did you mean vip?",
    ]


def test_code_can_be_made_before_it_is_asked_for() -> None:
    rules = "".join(
        f"  - {{rule: r{n}, when: 'order.total * 2 == {n}', then: {{answer: r{n}}}}}\n" for n in range(3)
    )
    head = "decision: d\noutcome: {answer: {type: string}}\nrules:\n"
    ruleset = loaded({"base/d.yaml": head + rules}).ruleset
    assert ruleset is not None
    decision = ruleset.decision("d")
    residuals = [rule.residual for rule in decision.rules.values()]
    assert [residual and residual._program for residual in residuals] == [None, None, None]
    decision.finish()
    assert all(residual and residual._program for residual in residuals)


def test_a_rollout_by_a_fact_that_turns_out_to_be_a_list_matches_nobody() -> None:
    text = """
        decision: d
        outcome: {answer: {type: string}}
        rules:
          - {rule: some, then: {answer: yes}, rollout: {percent: 100, by: customer.tags.team}}
        default: {answer: no}
    """
    assert decide({"base/d.yaml": text}, facts(customer={"tags": {"team": "a"}})).result == {"answer": "yes"}
    assert decide({"base/d.yaml": text}, facts(customer={"tags": {"team": ["a"]}})).result == {"answer": "no"}
