"""Hit policies: which matches give the answer, layer by layer or all together."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from projects import codes, decide, facts, loaded, rule_names, shown

from rulesflow.model.errors import DecisionFailed

OUTCOME = "{level: {enum: [high, mid, low]}, score: {type: number}}"


def base(hit: str, *rules: str, outcome: str = OUTCOME, rest: str = "") -> dict[str, str | bytes]:
    lines = "".join(f"  - {rule}\n" for rule in rules) or "  []\n"
    return {"base/d.yaml": f"decision: d\nhit: {hit}\noutcome: {outcome}\nrules:\n{lines}{rest}"}


def rule(name: str, level: str = "low", score: int | str = 1, when: str = "", rest: str = "") -> str:
    condition = f"when: {when}, " if when else ""
    return f"{{rule: {name}, {condition}then: {{level: {level}, score: {score}}}{rest}}}"


LOW, MID, HIGH = rule("a", "low", 1), rule("b", "mid", 2), rule("c", "high", 3)
NEVER = rule("never", when="order.total < 0")


def overlay(*rules: str) -> dict[str, str | bytes]:
    lines = "".join(f"  - {each}\n" for each in rules)
    return {"region/us/d.yaml": f"decision: d\nrules:\n{lines}"}


def test_first_takes_the_first_that_matches() -> None:
    answer = decide(base("first", NEVER, MID, HIGH))
    assert (answer.result, rule_names(answer)) == ({"level": "mid", "score": 2}, ["b"])


def test_a_rule_after_the_winner_is_not_evaluated_under_first() -> None:
    failing = rule("f", when="order.total / (order.total - 50) > 1")
    assert rule_names(decide(base("first", LOW, failing))) == ["a"]


def test_every_rule_is_evaluated_under_any_other_policy() -> None:
    failing = rule("f", when="order.total / (order.total - 50) > 1")
    with pytest.raises(DecisionFailed, match=r"rule f \(base/d.yaml:6:.*division by zero"):
        decide(base("rule-order", LOW, failing))


def test_unique_refuses_two_matches_in_one_layer_and_names_both() -> None:
    with pytest.raises(
        DecisionFailed, match=r"rules a \(base/d.yaml:5\) and b \(base/d.yaml:6\) both match"
    ) as failed:
        decide(base("unique", LOW, MID))
    assert failed.value.code == "several-matches"


def test_unique_is_asked_layer_by_layer_from_the_top() -> None:
    answer = decide(base("unique", LOW) | overlay(rule("top", "high", 9)))
    assert rule_names(answer) == ["top"]
    answer = decide(base("unique", LOW) | overlay(NEVER))
    assert rule_names(answer) == ["a"]


def test_an_override_keeps_the_layer_in_which_it_stood() -> None:
    override = rule("a", "high", 9, rest=", override: true")
    with pytest.raises(DecisionFailed, match="both match"):
        decide(base("unique", LOW, MID) | overlay(override))


def test_finals_form_a_layer_above_all() -> None:
    final = rule("f", "low", 5, rest=", final: true")
    answer = decide(base("unique", LOW, final) | overlay(rule("top", "high", 9)))
    assert rule_names(answer) == ["f"]


def test_any_demands_equal_results_and_names_all_that_gave_it() -> None:
    answer = decide(base("any", LOW, rule("b", "low", "1.0")))
    assert (answer.result, rule_names(answer)) == ({"level": "low", "score": 1}, ["a", "b"])
    with pytest.raises(DecisionFailed, match="both match with different results"):
        decide(base("any", LOW, MID))


def test_priority_ranks_by_the_order_of_the_enum() -> None:
    answer = decide(base("priority", LOW, HIGH, MID))
    assert (answer.result, rule_names(answer)) == ({"level": "high", "score": 3}, ["c"])


def test_priority_takes_the_earlier_of_two_equals() -> None:
    assert rule_names(decide(base("priority", LOW, rule("x", "high", 1), HIGH))) == ["x"]


def test_priority_compares_the_first_property_first() -> None:
    outcome = "{level: {enum: [high, mid, low]}, speed: {enum: [fast, slow], optional: true}}"
    rules = [
        "{rule: a, then: {level: mid, speed: fast}}",
        "{rule: b, then: {level: high}}",
        "{rule: c, then: {level: high, speed: slow}}",
    ]
    assert rule_names(decide(base("priority", *rules, outcome=outcome))) == ["c"]


def test_rule_order_and_collect_list_all_layers_matches_in_rule_order() -> None:
    for hit in ("rule-order", "collect"):
        answer = decide(base(hit, LOW, NEVER, MID) | overlay(rule("top", "high", 9)))
        assert rule_names(answer) == ["top", "a", "b"]
        assert [each["score"] for each in answer.result] == [9, 1, 2]


def test_output_order_lists_by_rank() -> None:
    answer = decide(base("output-order", LOW, HIGH, MID))
    assert rule_names(answer) == ["c", "b", "a"]
    assert [each["level"] for each in answer.result] == ["high", "mid", "low"]


@pytest.mark.parametrize(
    ("hit", "expected", "matched"),
    [
        ("collect(sum)", {"fee": Decimal("3.75")}, ["a", "b", "c"]),
        ("collect(min)", {"fee": Decimal("0.5")}, ["a"]),
        ("collect(max)", {"fee": 2}, ["b"]),
        ("collect(count)", {"count": 3}, ["a", "b", "c"]),
    ],
)
def test_aggregations(hit: str, expected: dict[str, Any], matched: list[str]) -> None:
    rules = [
        f"{{rule: {name}, then: {{fee: {fee}}}}}" for name, fee in (("a", "0.5"), ("b", "2"), ("c", "1.25"))
    ]
    answer = decide(base(hit, *rules, outcome="{fee: {type: number}}"))
    assert (answer.result, rule_names(answer)) == (expected, matched)


@pytest.mark.parametrize(
    ("hit", "empty"),
    [
        ("first", None),
        ("unique", None),
        ("any", None),
        ("rule-order", []),
        ("collect", []),
        ("collect(sum)", {"fee": 0}),
        ("collect(min)", {"fee": None}),
        ("collect(max)", {"fee": None}),
        ("collect(count)", {"count": 0}),
    ],
)
def test_without_a_match_or_default_the_answer_is_empty_and_names_no_rule(hit: str, empty: Any) -> None:
    answer = decide(
        base(hit, "{rule: a, when: order.total < 0, then: {fee: 1}}", outcome="{fee: {type: number}}")
    )
    assert (answer.result, answer.matched) == (empty, ())


@pytest.mark.parametrize(
    ("hit", "default", "result"),
    [
        ("first", "{fee: 7}", {"fee": 7}),
        ("collect", "{fee: 7}", [{"fee": 7}]),
        ("collect(sum)", "{fee: 7}", {"fee": 7}),
        ("collect(count)", "{count: 7}", {"count": 7}),
    ],
)
def test_default_replaces_each_empty_answer(hit: str, default: str, result: Any) -> None:
    rules = "{rule: a, when: order.total < 0, then: {fee: 1}}"
    files = base(hit, rules, outcome="{fee: {type: number}}", rest=f"default: {default}\n")
    answer = decide(files)
    assert (answer.result, rule_names(answer)) == (result, ["default"])


def test_policies_that_rank_or_aggregate_say_what_the_outcome_must_be() -> None:
    number = "{fee: {type: number}}"
    for hit, outcome in (("priority", number), ("output-order", number), ("collect(sum)", OUTCOME)):
        assert codes(base(hit, outcome=outcome)) == ["RF315"], hit
    assert codes(base("collect(max)", outcome="{name: {type: string}}")) == ["RF315"]


def test_an_unknown_policy_is_named_with_the_nearest() -> None:
    assert "2:6 RF315 unknown hit policy 'uniqe'; did you mean unique?" in shown(loaded(base("uniqe", LOW)))


def test_sums_are_exact() -> None:
    rules = [f"{{rule: r{i}, then: {{fee: 0.1}}}}" for i in range(3)]
    answer = decide(base("collect(sum)", *rules, outcome="{fee: {type: number}}"), facts())
    assert str(answer.result["fee"]) == "0.3"


def test_a_number_that_may_be_null_cannot_be_summed() -> None:
    assert codes(base("collect(sum)", outcome="{fee: {type: [number, 'null']}}")) == ["RF315"]


def test_a_sum_that_is_too_large_fails_the_decision() -> None:
    rules = [f"{{rule: r{i}, then: {{fee: 9e6144}}}}" for i in range(2)]
    with pytest.raises(DecisionFailed, match="too large") as failed:
        decide(base("collect(sum)", *rules, outcome="{fee: {type: number}}"))
    assert failed.value.code == "out-of-range"
