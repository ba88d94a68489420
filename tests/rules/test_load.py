"""Loading: bad input of every kind gets a diagnostic with its place, and a good folder a ruleset."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, strategies as st
from projects import AT, PROJECT, codes, facts, files, loaded, shown

from rulesflow.model.diagnostics import Diagnostic, Span
from rulesflow.rules import Loaded, load

BASE = """
decision: refund
outcome: {route: {enum: [auto, review]}}
rules:
  - rule: small
    when: {order.total: "<= 100"}
    then: {route: auto}
default: {route: review}
"""
GOOD: dict[str, str | bytes] = {"base/refund.yaml": BASE}


def test_a_good_folder_has_no_diagnostics_and_a_ruleset() -> None:
    result = loaded(GOOD)
    assert result.diagnostics == ()
    assert result.ruleset is not None
    assert list(result.ruleset.decisions) == ["refund"]
    assert len(result.ruleset.digest) == 64


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("when: {", "when: [", "base/refund.yaml:5:33 RF002"),
        ("    then: {route: auto}", "    then: {route: auto}\n    then: {route: auto}", ":7:5: RF003"),
        ("    when:", "    wehn:", ":5:5: RF101 unknown key 'wehn' in a rule; did you mean when?"),
        ("order.total", "order.totl", ":5:12: RF203 unknown field order.totl; did you mean order.total?"),
        ("<= 100", "<= many", ":5:29: RF323"),
        ("<= 100", "[100..5]", "RF321 no value lies in the range [100..5]"),
        ("- rule: small", "- rule: Small", "RF104 'Small' is not a name"),
        ("- rule: small", "- rule: default", "RF317 'default' is a reserved rule name"),
        ("- rule: small", "- name: small", "RF103 a rule lacks the key 'rule'"),
        ("decision: refund", "decision: refund\nhit: [first]", "RF102 hit must be text, not a list"),
        (
            "outcome: {route",
            "outcomes: {route",
            "RF101 unknown key 'outcomes' in a decision; did you mean outcome?",
        ),
        ("rules:", "requires: [order.nmae]\nrules:", "RF203 unknown field order.nmae"),
        (
            '{order.total: "<= 100"}',
            "order.total",
            "RF202 a condition is true or false, but this gives a number",
        ),
        ('{order.total: "<= 100"}', "order.total >", "RF201"),
        ('{order.total: "<= 100"}', "5", "RF102 'when' is a condition"),
        ('{order.total: "<= 100"}', 'order.region.matches("(")', "RF206"),
        ('{order.total: "<= 100"}', 'order.region == "uk"', "RF208"),
        ('{order.total: "<= 100"}', "order.total / 0 > 1", "RF207"),
        ('{order.total: "<= 100"}', 'order.note == "x"', "RF204"),
        ('{order.total: "<= 100"}', "!(order.total > 5)", "quote a value that starts with !"),
        ("then: {route: auto}", "then: {route: auto}\n    from: tomorrow", "RF314"),
        (
            "then: {route: auto}",
            "then: {route: auto}\n    from: 2026-02-01\n    until: 2026-01-01",
            "RF314 rule small ends",
        ),
        (
            "then: {route: auto}",
            "then: {route: auto}\n    rollout: {percent: 101, by: order.id}",
            "RF314 rollout percent",
        ),
        ("then: {route: auto}", "then: {route: auto}\n    rollout: {percent: 1, by: order.idd}", "RF203"),
        (
            "then: {route: auto}",
            "then: {route: auto}\n    rollout: {percent: 1, by: order.lines}",
            "RF314 order.lines is a list",
        ),
    ],
)
def test_a_slip_in_a_decision_is_found_at_its_place(old: str, new: str, message: str) -> None:
    text = shown(loaded({"base/refund.yaml": BASE.replace(old, new, 1)}))
    assert message.replace(": RF", " RF") in text, text


def test_everything_that_is_wrong_is_told_at_once_in_the_order_of_the_files() -> None:
    text = BASE.replace("order.total", "order.totl").replace("then: {route: auto}", "then: {rout: auto}")
    result = loaded({"base/refund.yaml": text, "region/us/refund.yaml": "decision: refund\ndisable: [x]\n"})
    assert [each.code for each in result.diagnostics] == ["RF308", "RF203", "RF308", "RF302"]
    assert result.ruleset is None


def test_a_very_deep_expression_is_refused() -> None:
    deep = "(" * 10_000 + "true" + ")" * 10_000
    assert codes({"base/refund.yaml": BASE.replace('{order.total: "<= 100"}', f"'{deep}'")}) == ["RF211"]


def test_a_folder_without_a_project_file_says_how_to_make_one() -> None:
    result = load({})
    assert shown(result).startswith("rulesflow.yaml:1:1 RF001 there is no rulesflow.yaml here")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "facts: facts.yaml",
            "facts: fact.yaml",
            "RF001 the facts schema 'fact.yaml' is not there; did you mean facts.yaml?",
        ),
        ("Europe/Berlin", "Europe/Berln", "3:11 RF105 'Europe/Berln' is not a time zone"),
        ("project: shop", "projekt: shop", "RF101 unknown key 'projekt'"),
        ("  - base\n", "  - base\n  - base\n", "RF105 layer 'base' is named twice"),
        ("{order.region}", "{order.region", "RF105"),
        ("layers:", "layers: []\nlayer:", "RF105 layers must name at least one layer"),
    ],
)
def test_a_slip_in_the_project_file(old: str, new: str, message: str) -> None:
    text = shown(loaded({**GOOD, "rulesflow.yaml": PROJECT.replace(old, new, 1)}))
    assert message in text, text


def test_broken_facts_are_told_and_nothing_else() -> None:
    assert codes({**GOOD, "facts.yaml": "type: object\nproperties: {a: {type: strin}}\n"}) == ["RF402"]


@given(st.binary(max_size=200))
def test_no_bytes_whatever_break_the_loader(noise: bytes) -> None:
    for path in (
        "rulesflow.yaml",
        "facts.yaml",
        "base/refund.yaml",
        "base/refund.csv",
        "base/refund.cases.yaml",
    ):
        result = load({**files(**GOOD), path: noise})
        assert (result.ruleset is None) == any(each.severity == "error" for each in result.diagnostics)


@given(st.integers(0, 400), st.integers(0, 40))
def test_no_half_written_file_breaks_the_loader(start: int, length: int) -> None:
    whole = files(**GOOD)
    for path, data in whole.items():
        for cut in (data[:start], data[:start] + data[start + length :]):
            result = load({**whole, path: cut})
            assert result.ruleset is not None or result.errors


def test_one_mistake_is_told_once() -> None:
    tagged = BASE.replace('{order.total: "<= 100"}', "!(order.region in ['us'])")
    assert codes({"base/refund.yaml": tagged}) == ["RF004"]
    alias = BASE.replace('"<= 100"', "*small")
    assert codes({"base/refund.yaml": alias}) == ["RF004"]
    misspelt = BASE + "table: refnd.csv\n"
    assert codes({"base/refund.yaml": misspelt, "base/refund.csv": "x\n"}) == ["RF501", "RF505"]


def test_a_table_that_could_not_be_read_is_not_called_missing() -> None:
    found = Diagnostic(
        "RF006", "the file has 50.0 MiB; the limit is 16 MiB", Span("base/refund.csv", 1, 1, 1)
    )
    result = load(files(**{"base/refund.yaml": BASE + "table: refund.csv\n"}), [found])
    assert result.diagnostics == (found,)
    assert result.ruleset is None


def test_a_condition_may_be_a_plain_true_but_not_null() -> None:
    assert codes({"base/refund.yaml": BASE.replace('{order.total: "<= 100"}', "true")}) == []
    guarded = BASE.replace('{order.total: "<= 100"}', "has(order.gift) && order.gift")
    assert codes({"base/refund.yaml": guarded}) == []
    text = BASE.replace('{order.total: "<= 100"}', "'order.total > 5 ? true : null'")
    assert codes({"base/refund.yaml": text}) == ["RF202"]


def test_a_comment_that_cuts_a_condition_is_named() -> None:
    text = BASE.replace('{order.total: "<= 100"}', 'order.region == "A #1"')
    assert "quote a value that holds it" in shown(loaded({"base/refund.yaml": text}))


def test_of_a_decision_that_cannot_be_read_its_overlays_say_nothing() -> None:
    overlay = "decision: refund\ndisable: [small]\n"
    assert codes({"base/refund.yaml": "decision: [refund\n", "region/us/refund.yaml": overlay}) == ["RF002"]


def test_a_broken_outcome_does_not_hide_what_is_wrong_with_the_rules() -> None:
    text = BASE.replace("enum: [auto, review]", "type: strng").replace("order.total", "order.totl")
    assert codes({"base/refund.yaml": text}) == ["RF402", "RF203"]


def test_what_only_an_overlay_may_hold_is_named_as_such() -> None:
    assert "RF305 'disable' stands only in an overlay" in shown(
        loaded({"base/refund.yaml": BASE + "disable: [small]\n"})
    )
    text = BASE.replace("then: {route: auto}", "then: {route: auto}\n    override: true")
    assert "leave override out" in shown(loaded({"base/refund.yaml": text}))


def test_a_then_that_is_no_mapping_is_told_once() -> None:
    assert codes({"base/refund.yaml": BASE.replace("then: {route: auto}", "then: auto")}) == ["RF102"]


def test_one_wrong_header_is_one_mistake() -> None:
    csv = "rule,order.total,then route\n" + "".join(f"r{i},<= {i},auto\n" for i in range(1, 50))
    table = BASE.split("rules:", maxsplit=1)[0] + "table: refund.csv\n"
    assert codes({"base/refund.yaml": table, "base/refund.csv": csv}) == ["RF501"]
    misnamed = csv.replace("order.total", "when order.total").replace("then route", "then rout")
    assert codes({"base/refund.yaml": table, "base/refund.csv": misnamed}) == ["RF308"]


def test_cases_of_rules_that_do_not_load_say_nothing() -> None:
    cases = "decision: refund\ncases: [{case: a, facts: {}, rule: small}]\n"
    broken = BASE.replace("- rule: small", "- rule: Small")
    assert codes({"base/refund.yaml": broken, "base/refund.cases.yaml": cases}) == ["RF104"]


def test_a_condition_in_braces_is_told_to_stand_bare() -> None:
    text = BASE.replace('{order.total: "<= 100"}', '"${ order.total > 5 }"')
    assert "leave out ${ and }" in shown(loaded({"base/refund.yaml": text}))


def test_a_file_of_very_many_rules_is_told_and_decided_as_any_other() -> None:
    rules = [f"  - {{rule: r{n}, when: {{order.total: {n}}}, then: {{route: auto}}}}" for n in range(1_500)]
    head, tail = BASE.split("rules:", maxsplit=1)[0].strip(), "default: {route: review}\n"

    def load_with(*last: str) -> Loaded:
        return loaded({"base/refund.yaml": "\n".join((head, "rules:", *last, tail))})

    good = load_with(*rules, "  - {rule: last, when: {order.total: 5000}, then: {route: auto}}")
    assert good.diagnostics == ()
    assert good.ruleset is not None
    assert len(good.ruleset.decisions["refund"].rules) == 1_502
    answer = good.ruleset.decide("refund", facts(total=5000), AT)
    assert [(match.rule, match.line) for match in answer.matched] == [("last", 1_504)]
    wrong = "  - {rule: last, when: {order.totl: 5000}, then: {rout: auto}, becuse: no}"
    alone, last = load_with(wrong).diagnostics, load_with(*rules, wrong).diagnostics
    assert len(last) == 4
    assert last == tuple(replace(d, span=replace(d.span, line=d.span.line + 1_500)) for d in alone)
