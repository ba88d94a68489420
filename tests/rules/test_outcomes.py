"""Outcomes: what ``then`` may hold, checked when files load and again when a value is computed."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from projects import AT, codes, decide, facts, loaded, shown

from rulesflow.documents.jsontext import write_json
from rulesflow.model.errors import DecisionFailed

NESTED = (
    "{x: {type: object, additionalProperties: false, required: [a, b], "
    "properties: {a: {type: number}, b: {type: string}}}}"
)


def files(outcome: str, then: str, when: str = "", rest: str = "") -> dict[str, str | bytes]:
    condition = f"    when: {when}\n" if when else ""
    return {
        "base/d.yaml": f"decision: d\noutcome: {outcome}\nparams: {{rate: 0.2, names: [a, b]}}\n{rest}"
        f"rules:\n  - rule: r\n{condition}    then: {then}\n"
    }


@pytest.mark.parametrize(
    ("outcome", "then", "json"),
    [
        ("{x: {type: number}}", "{x: 1.50}", b'{"x":1.5}'),
        ("{x: {type: number}}", '{x: "${ order.total * params.rate }"}', b'{"x":10}'),
        ("{x: {type: string}}", '{x: "${ order.total } EUR in ${ order.region }"}', b'{"x":"50 EUR in us"}'),
        ("{x: {type: string}}", '{x: "literally $${ order.total }"}', b'{"x":"literally ${ order.total }"}'),
        ("{x: {type: boolean}}", '{x: "${ order.total > 10 }"}', b'{"x":true}'),
        ("{x: {type: array, items: {type: number}}}", '{x: [1, "${ order.total }"]}', b'{"x":[1,50]}'),
        ("{x: {type: array, items: {type: string}}}", '{x: "${ params.names }"}', b'{"x":["a","b"]}'),
        (
            "{x: {type: object, properties: {a: {type: number}, b: {type: string}}}}",
            '{x: {a: "${ order.total }", b: fix}}',
            b'{"x":{"a":50,"b":"fix"}}',
        ),
        ("{x: {type: string, format: date-time}}", '{x: "${ at }"}', b'{"x":"2026-11-20T10:00:00Z"}'),
        ("{x: {type: string, format: date}}", '{x: "${ at }"}', b'{"x":"2026-11-20"}'),
        ("{x: {type: [string, 'null']}}", "{x: null}", b'{"x":null}'),
        ("{x: {type: string}, y: {type: number, optional: true}}", "{x: a}", b'{"x":"a"}'),
        ("{a: {type: number}, b: {type: number}}", '{b: 2, a: "${ order.total }"}', b'{"a":50,"b":2}'),
    ],
)
def test_what_then_gives(outcome: str, then: str, json: bytes) -> None:
    assert write_json(decide(files(outcome, then)).result) == json


@pytest.mark.parametrize(
    ("outcome", "then", "message"),
    [
        ("{x: {type: number}}", "{}", "RF308 r gives no 'x'"),
        ("{x: {type: number}}", "{x: 1, xx: 2}", "RF308 the outcome has no property 'xx'; did you mean x?"),
        (
            "{x: {type: number}}",
            '{x: "5"}',
            'RF309 x: must be a number; it is the string "5"; without quotes: 5',
        ),
        ("{x: {enum: [auto, deny]}}", "{x: atuo}", "6:15 RF309 x: "),
        ("{x: {type: number, maximum: 10}}", "{x: 11}", "RF309 x: "),
        (
            "{x: {type: number}}",
            '{x: "${ order.region }"}',
            "RF309 x is a number, but this gives a string",
        ),
        ("{x: {type: string}}", '{x: "${ order.note }"}', "RF204"),
        (
            "{x: {type: number}}",
            '{x: "${ order.totl }"}',
            "6:19 RF203 unknown field order.totl; did you mean order.total?",
        ),
        ("{x: {type: number}}", '{x: "${ order.total + }"}', "RF201"),
        ("{x: {type: array, items: {type: number}}}", "{x: [1, a]}", "6:19 RF309"),
        (
            "{x: {type: array, items: {type: number}}}",
            '{x: ["${ order.total }", a]}',
            "RF309 x: must be a number",
        ),
        (NESTED, '{x: {a: "${ order.total }", b: 1}}', "RF309 x.b: must be a string"),
        (NESTED, '{x: {a: "${ order.total }"}}', "RF309 x gives no 'b'"),
        (NESTED, '{x: {a: "${ order.total }", b: s, c: 1}}', "RF309 x has no property 'c'"),
        (NESTED, '{x: ["${ order.total }"]}', "RF309 x is an object, not a list"),
        (NESTED, '{x: {a: "${ order.region }", b: s}}', "RF309 x.a is a number, but this gives a string"),
        ("{x: {type: string}}", "{x: 00123}", 'quote it: "00123"'),
    ],
)
def test_what_then_may_not_hold(outcome: str, then: str, message: str) -> None:
    text = shown(loaded(files(outcome, then)))
    assert message in text, text


def test_then_may_read_what_when_has_shown_to_be_there() -> None:
    outcome, then = "{x: {type: string}}", '{x: "${ customer.home }"}'
    assert codes(files(outcome, then)) == ["RF204"]
    for when in ("{customer.home: present}", "has(customer.home)", "[has(customer.home), order.total > 1]"):
        assert codes(files(outcome, then, when)) == [], when
    assert codes(files(outcome, then, rest="requires: [customer.home]\n")) == []


def test_a_computed_value_that_the_outcome_does_not_allow_fails_the_decision() -> None:
    overlay = files("{x: {type: number, maximum: 10}}", '{x: "${ order.total }"}')
    assert decide(overlay, facts(total=10)).result == {"x": 10}
    with pytest.raises(DecisionFailed, match=r"rule r \(base/d.yaml:6:.*x: .*10") as failed:
        decide(overlay, facts(total=11))
    assert (failed.value.rule, failed.value.file, failed.value.line, failed.value.code) == (
        "r", "base/d.yaml", 6, "outcome-mismatch",
    )  # fmt: skip


def test_an_error_in_then_names_the_rule_and_the_line() -> None:
    overlay = files("{x: {type: number}}", '{x: "${ 100 / order.total }"}')
    assert decide(overlay, facts(total=8)).result == {"x": Decimal("12.5")}
    with pytest.raises(DecisionFailed, match="division by zero") as failed:
        decide(overlay, facts(total=0))
    assert (failed.value.rule, failed.value.line, failed.value.code) == ("r", 6, "division-by-zero")


def test_results_do_not_share_state() -> None:
    ruleset = loaded(files("{x: {type: array, items: {type: number}}}", "{x: [1, 2]}")).ruleset
    assert ruleset is not None
    answers: list[Any] = [ruleset.decide("d", facts(), AT).result for _ in range(2)]
    answers[0]["x"].append(3)
    assert answers[1] == {"x": [1, 2]}


def test_params_are_constants() -> None:
    for value in ('"${ order.total }"', "null"):
        text = f"decision: d\noutcome: {{x: {{type: number}}}}\nparams: {{p: {value}}}\n"
        assert codes({"base/d.yaml": text}) == ["RF102"], value
