"""Differences between rulesets: by what rules mean, not by how they are written down."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings, strategies as st

from rulesflow.rules import load
from rulesflow.rules.diff import differences

PROJECT = {
    "rulesflow.yaml": "project: p\nfacts: facts.yaml\nlayers: [base, 'region/{region}']\n",
    "facts.yaml": (
        "type: object\nrequired: [total, region]\nproperties:\n"
        "  total: {type: number}\n  region: {enum: [eu, us]}\n"
    ),
}
HEAD = "decision: fee\nhit: first\noutcome: {fee: {type: number}, by: {type: string, optional: true}}\n"
FEE = (
    HEAD
    + """\
title: What it costs
params: {limit: 100}
default: {fee: 0}
rules:
  - rule: large
    when: total > params.limit
    because: Large ones are dear
    then: {fee: 9}
  - rule: small
    when: {total: "< 5"}
    then: {fee: 1}
  - rule: rest
    then: {fee: 3}
"""
)
EU = "decision: fee\nrules:\n  - rule: in_eu\n    when: total > 50\n    then: {fee: 4}\n"
TABLE = HEAD + "table: fee.csv\n"


def diff(one: dict[str, str], other: dict[str, str]) -> list[dict[str, Any]]:
    files = [{path: text.encode() for path, text in (PROJECT | each).items()} for each in (one, other)]
    loaded = [load(each) for each in files]
    for each in loaded:
        assert each.ruleset is not None, each.diagnostics
    return differences(loaded[0].ruleset, loaded[1].ruleset, *files)  # type: ignore[arg-type]


def changes(one: str, other: str) -> list[tuple[str, str, str]]:
    """What of a single decision differs, in short."""
    return [
        (each["what"], each["name"], each["status"])
        for decision in diff({"base/fee.yaml": one}, {"base/fee.yaml": other})
        for each in decision["changes"]
    ]


def fields(one: str, other: str) -> dict[str, tuple[str | None, str | None]]:
    (decision,) = diff({"base/fee.yaml": one}, {"base/fee.yaml": other})
    (change,) = decision["changes"]
    return {each["field"]: (each["before"], each["after"]) for each in change["fields"]}


def test_layout_comments_and_notation_make_no_difference() -> None:
    other = FEE.replace("decision: fee", "# a comment\n\ndecision:   'fee'").replace(
        "{fee: 9}", "\n      fee: 9.0"
    )
    other = other.replace("title: What it costs\n", "").replace("params:", "title: What it costs\nparams:")
    assert other != FEE
    assert diff({"base/fee.yaml": FEE}, {"base/fee.yaml": other}) == []


def test_each_field_of_a_rule_is_told_as_it_was_written() -> None:
    assert fields(FEE, FEE.replace("> params.limit", ">= params.limit")) == {
        "when": ("total > params.limit", "total >= params.limit")
    }
    assert fields(FEE, FEE.replace("fee: 9", "fee: 8, by: hand")) == {
        "then.fee": ("9", "8"),
        "then.by": (None, "hand"),
    }
    assert fields(FEE, FEE.replace("Large ones are dear", "So it is")) == {
        "because": ("Large ones are dear", "So it is")
    }
    more = FEE.replace("    then: {fee: 9}", "    final: true\n    from: 2026-01-01\n    then: {fee: 9}")
    assert fields(FEE, more) == {"final": (None, "true"), "from": (None, "2026-01-01T00:00:00Z")}
    shared = FEE.replace("    then: {fee: 9}", "    rollout: {percent: 12.5, by: region}\n    then: {fee: 9}")
    assert fields(FEE, shared) == {"rollout": (None, "12.5 % by region")}


def test_the_rest_of_a_decision_is_told_too() -> None:
    assert changes(FEE, FEE.replace("limit: 100", "limit: 200")) == [("param", "limit", "changed")]
    assert changes(FEE, FEE.replace("default: {fee: 0}\n", "")) == [("default", "default", "removed")]
    assert changes(FEE, FEE.replace("hit: first", "hit: unique")) == [("hit", "hit", "changed")]
    assert changes(FEE, FEE.replace("What it costs", "The fee")) == [("title", "title", "changed")]
    assert changes(
        FEE, FEE.replace("by: {type: string, optional: true}", "to: {type: string, optional: true}")
    ) == [("outcome", "outcome", "changed")]
    assert changes(FEE, FEE.replace("title:", "requires: [total]\ntitle:")) == [
        ("requires", "requires", "added")
    ]


def test_rules_come_go_and_move() -> None:
    rule = '  - rule: small\n    when: {total: "< 5"}\n    then: {fee: 1}\n'
    assert changes(FEE, FEE.replace(rule, "")) == [("rule", "small", "removed")]
    assert changes(FEE.replace(rule, ""), FEE) == [("rule", "small", "added")]
    moved = FEE.replace(rule, "").replace("rules:\n", "rules:\n" + rule)
    (decision,) = diff({"base/fee.yaml": FEE}, {"base/fee.yaml": moved})
    assert [(each["name"], each["status"]) for each in decision["changes"]] == [("small", "moved")]
    assert decision["changes"][0]["fields"] == [{"field": "place", "before": "after large", "after": "first"}]
    both = moved.replace("{fee: 1}", "{fee: 8}")
    assert fields(FEE, both) == {"then.fee": ("1", "8"), "place": ("after large", "first")}


def test_a_rule_is_told_by_its_layer_and_what_is_disabled_too() -> None:
    one = {"base/fee.yaml": FEE, "region/eu/fee.yaml": EU}
    other = {"base/fee.yaml": FEE, "region/eu/fee.yaml": EU.replace("> 50", "> 60") + "disable: [small]\n"}
    (decision,) = diff(one, other)
    assert [(each["layer"], each["name"], each["status"]) for each in decision["changes"]] == [
        ("region/eu", "in_eu", "changed"),
        ("region/eu", "small", "added"),
    ]
    assert decision["changes"][1]["after"] == {
        "file": "region/eu/fee.yaml",
        "line": 6,
        "text": "disable: [small]",
    }


def test_a_decision_that_comes_or_goes_is_told_whole() -> None:
    tax = FEE.replace("fee", "tax")
    (decision,) = diff({"base/fee.yaml": FEE}, {"base/fee.yaml": FEE, "base/tax.yaml": tax})
    assert (decision["decision"], decision["status"]) == ("tax", "added")
    assert {each["status"] for each in decision["changes"]} == {"added"}
    assert [each["name"] for each in decision["changes"] if each["what"] == "rule"] == [
        "large",
        "small",
        "rest",
    ]


def test_of_a_table_rows_are_rules_and_those_without_a_name_are_told_by_what_they_mean() -> None:
    rows = ["rule,when total,then fee", "cheap,< 5,1", ",< 50,2", ",< 500,3"]

    def table(*lines: str) -> dict[str, str]:
        return {"base/fee.yaml": TABLE, "base/fee.csv": "\n".join(lines) + "\n"}

    def told(*lines: str) -> list[tuple[str, str]]:
        found = diff(table(*rows), table(*lines))
        return [(each["name"], each["status"]) for one in found for each in one["changes"]]

    assert told(rows[0], "dear,> 900,9", *rows[1:]) == [("dear", "added")]
    assert told(rows[0], rows[1], ",< 20,7", *rows[2:]) == [("fee.csv:3", "added")]
    assert told(*rows[:3], ",< 500,4") == [("fee.csv:4", "changed")]
    swapped = told(rows[0], rows[1], rows[3], rows[2])
    assert sorted(status for _, status in swapped) == ["added", "removed"]
    assert told(rows[0], rows[1].replace("1", "0"), *rows[2:]) == [("cheap", "changed")]


def test_the_text_of_a_rule_is_all_of_it_and_no_more() -> None:
    other = FEE.replace(
        "  - rule: small\n    when",
        "  # cheap\n  - because: |\n      Small\n\n      ones\n    rule: small\n    when",
    )
    (decision,) = diff({"base/fee.yaml": FEE}, {"base/fee.yaml": other})
    (change,) = decision["changes"]
    assert change["before"]["text"] == '- rule: small\n  when: {total: "< 5"}\n  then: {fee: 1}'
    assert change["after"]["text"] == (
        '- because: |\n    Small\n\n    ones\n  rule: small\n  when: {total: "< 5"}\n  then: {fee: 1}'
    )


def _rule(number: int, total: int, fee: int) -> str:
    return f'  - rule: r{number}\n    when: {{total: "< {total}"}}\n    then: {{fee: {fee}}}\n'


rulesets = st.tuples(
    st.lists(
        st.tuples(st.integers(0, 6), st.integers(1, 3), st.integers(1, 3)), unique_by=lambda rule: rule[0]
    ),
    st.lists(st.tuples(st.integers(1, 3), st.integers(1, 2)), max_size=5),
    st.integers(1, 3),
).map(
    lambda drawn: {
        "base/fee.yaml": HEAD
        + f"params: {{p: {drawn[2]}}}\ndefault: {{fee: {drawn[2]}}}\nrules:\n"
        + ("".join(_rule(*rule) for rule in drawn[0]) or "  []\n"),
        "base/tax.yaml": HEAD.replace("fee\n", "tax\n", 1) + "default: {fee: 0}\ntable: tax.csv\n",
        "base/tax.csv": "when total,then fee\n" + "".join(f"< {total},{fee}\n" for total, fee in drawn[1]),
    }
)


def _turned(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The difference the other way round."""
    other = {"added": "removed", "removed": "added"}

    def turn(change: dict[str, Any]) -> dict[str, Any]:
        swapped = {"before": change["after"], "after": change["before"]}
        told = [{**each, "before": each["after"], "after": each["before"]} for each in change["fields"]]
        return {**change, **swapped, "fields": told, "status": other.get(change["status"], change["status"])}

    return _sorted(
        [
            {
                **each,
                "status": other.get(each["status"], each["status"]),
                "changes": [turn(change) for change in each["changes"]],
            }
            for each in found
        ]
    )


def _sorted(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**each, "changes": sorted(each["changes"], key=repr)} for each in found]


@settings(max_examples=60)
@given(rulesets, rulesets)
def test_nothing_differs_from_itself_and_differences_turn_round(
    one: dict[str, str], other: dict[str, str]
) -> None:
    assert diff(one, one) == []
    assert _turned(diff(one, other)) == _sorted(diff(other, one))
