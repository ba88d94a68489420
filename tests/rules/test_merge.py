"""Overlays: what a higher layer may change, and what it may not."""

from __future__ import annotations

import pytest
from projects import codes, decide, facts, loaded, rule_names, shown

BASE = """
decision: d
outcome: {answer: {type: string}}
params: {limit: 100, word: small}
rules:
  - rule: small
    when: {order.total: "<= params.limit"}
    then: {answer: "${ params.word }"}
  - rule: web
    when: {order.channel: web}
    then: {answer: web}
default: {answer: none}
"""
DE = {"region": "eu/de"}


def test_an_overlay_may_change_nothing_but_a_param() -> None:
    files = {"base/d.yaml": BASE, "region/us/d.yaml": "decision: d\nparams: {limit: 10}\n"}
    assert decide(files).result == {"answer": "none"}
    assert decide(files, facts(**DE)).result == {"answer": "small"}


def test_a_new_rule_stands_before_the_rules_of_lower_layers() -> None:
    files = {
        "base/d.yaml": BASE,
        "region/eu/d.yaml": "decision: d\nrules: [{rule: eu, then: {answer: eu}}]\n",
        "region/eu/de/d.yaml": "decision: d\nrules: [{rule: de, then: {answer: de}}]\n",
    }
    assert decide(files, facts(**DE)).result == {"answer": "de"}
    assert decide(files, facts(region="eu/fr")).result == {"answer": "eu"}


def test_an_override_stands_in_the_place_of_what_it_replaces_and_tells_its_own_file() -> None:
    files = {
        "base/d.yaml": BASE,
        "region/eu/d.yaml": """
        decision: d
        rules:
          - {rule: small, override: true, when: {order.total: "<= 5"}, then: {answer: tiny}}
          - {rule: app, when: {order.channel: app}, then: {answer: app}}
        """,
    }
    answer = decide(files, facts(**DE, total=3, channel="app"))
    assert answer.result == {"answer": "app"}  # the new rule stands before, the override does not
    answer = decide(files, facts(**DE, total=3, channel="web"))
    assert answer.result == {"answer": "tiny"}
    assert [(m.file, m.line, m.layer) for m in answer.matched] == [("region/eu/d.yaml", 3, "region/eu")]


def test_disable_removes_the_effective_rule_and_no_lower_version_returns() -> None:
    files = {
        "base/d.yaml": BASE,
        "region/eu/d.yaml": "decision: d\nrules: [{rule: small, override: true, then: {answer: eu}}]\n",
        "region/eu/de/d.yaml": "decision: d\ndisable: [small]\n",
    }
    assert decide(files, facts(region="eu/fr")).result == {"answer": "eu"}
    assert decide(files, facts(**DE)).result == {"answer": "none"}


def test_an_override_above_a_disable_puts_the_rule_back_in_its_place() -> None:
    files = {
        "base/d.yaml": BASE,
        "region/eu/d.yaml": "decision: d\ndisable: [small]\n",
        "region/eu/de/d.yaml": "decision: d\nrules: [{rule: small, override: true, then: {answer: back}}]\n",
    }
    assert decide(files, facts(region="eu/fr")).result == {"answer": "none"}
    answer = decide(files, facts(**DE, channel="web"))
    assert answer.result == {"answer": "back"}


def test_default_is_replaced_whole() -> None:
    files = {"base/d.yaml": BASE, "region/us/d.yaml": "decision: d\ndefault: {answer: us}\n"}
    answer = decide(files, facts(total=1000))
    assert (answer.result, rule_names(answer)) == ({"answer": "us"}, ["default"])
    assert answer.matched[0].file == "region/us/d.yaml"


def test_a_final_rule_is_tested_before_every_rule_that_is_not_final() -> None:
    files = {
        "base/d.yaml": BASE.replace("- rule: web", "- rule: web\n    final: true"),
        "region/us/d.yaml": "decision: d\nrules: [{rule: us, then: {answer: us}}]\n",
    }
    assert decide(files, facts(channel="web")).result == {"answer": "web"}
    assert decide(files, facts(channel="app")).result == {"answer": "us"}


def test_finals_of_the_lowest_layer_come_first() -> None:
    files = {
        "base/d.yaml": BASE.replace("- rule: web", "- rule: web\n    final: true"),
        "region/us/d.yaml": "decision: d\nrules: [{rule: us, final: true, then: {answer: us}}]\n",
    }
    assert decide(files, facts(channel="web")).result == {"answer": "web"}


@pytest.mark.parametrize(
    ("overlay", "message"),
    [
        (
            "decision: d\nrules: [{rule: smal, override: true, then: {answer: x}}]\n",
            "2:16 RF302 overrides rule 'smal', which no lower layer has; did you mean small?",
        ),
        (
            "decision: d\ndisable: [wbe]\n",
            "2:11 RF302 disables rule 'wbe', which no lower layer has; did you mean web?",
        ),
        (
            "decision: d\nrules: [{rule: small, then: {answer: x}}]\n",
            "2:16 RF304 rule 'small' also stands at base/d.yaml:5, and both can be in one stack",
        ),
        (
            "decision: d\nparams: {limt: 1}\n",
            "2:10 RF307 this sets the param 'limt', which base/d.yaml does not declare",
        ),
        (
            "decision: d\nparams: {limit: many}\n",
            "2:17 RF307 param 'limit' is a number, and this is a string; give a number, as base/d.yaml does",
        ),
        ("decision: d\nhit: unique\n", "2:1 RF305 'hit' may stand only in the decision's first layer"),
        ("decision: d\nrule: []\n", "2:1 RF101 unknown key 'rule' in an overlay; did you mean rules?"),
        ("decision: e\n", "1:11 RF316 decision 'e' stands in a file named 'd'"),
    ],
)
def test_an_overlay_that_cannot_be_is_refused_with_place_and_mend(overlay: str, message: str) -> None:
    assert f"region/us/d.yaml:{message}" in shown(loaded({"base/d.yaml": BASE, "region/us/d.yaml": overlay}))


def test_two_rules_of_one_name_in_a_layer_are_an_error_that_names_the_other() -> None:
    text = BASE.replace("- rule: web", "- rule: small")
    result = shown(loaded({"base/d.yaml": text}))
    assert "base/d.yaml:8:11 RF301 two rules are named 'small'" in result
    assert "base/d.yaml:5" in result


def test_a_final_rule_may_be_neither_overridden_nor_disabled() -> None:
    base = BASE.replace("- rule: web", "- rule: web\n    final: true")
    overlay = "decision: d\nrules: [{rule: web, override: true, then: {answer: x}}]\n"
    assert codes({"base/d.yaml": base, "region/us/d.yaml": overlay}) == ["RF303"]
    assert codes({"base/d.yaml": base, "region/us/d.yaml": "decision: d\ndisable: [web]\n"}) == ["RF303"]


def test_a_param_that_a_final_rule_reads_may_not_be_replaced() -> None:
    base = BASE.replace("- rule: small", "- rule: small\n    final: true")
    for name, value in (("limit", "5"), ("word", "tiny")):
        overlay = f"decision: d\nparams: {{{name}: {value}}}\n"
        assert codes({"base/d.yaml": base, "region/us/d.yaml": overlay}) == ["RF303"], name


def test_two_layers_that_can_meet_may_not_use_one_name() -> None:
    overlay = "decision: d\nrules: [{rule: extra, then: {answer: x}}]\n"
    files = {"base/d.yaml": BASE, "region/us/d.yaml": overlay, "customer/vip/d.yaml": overlay}
    assert codes(files) == ["RF304"]


def test_two_layers_that_never_meet_may_use_one_name() -> None:
    overlay = "decision: d\nrules: [{rule: extra, then: {answer: x}}]\n"
    assert codes({"base/d.yaml": BASE, "region/us/d.yaml": overlay, "region/eu/d.yaml": overlay}) == []


def test_an_override_must_be_present_in_every_stack_it_can_be_in() -> None:
    files = {
        "base/d.yaml": BASE,
        "region/us/d.yaml": "decision: d\nrules: [{rule: extra, then: {answer: x}}]\n",
        "customer/vip/d.yaml": "decision: d\ndisable: [extra]\n",
    }
    assert "which is not in every stack with customer/vip/" in shown(loaded(files))


def test_an_overlay_needs_its_declaration_in_every_stack() -> None:
    files = {"region/us/d.yaml": BASE, "customer/vip/d.yaml": "decision: d\ndefault: {answer: x}\n"}
    assert codes(files) == ["RF306"]


def test_a_list_of_mixed_items_fits_no_list_of_one_kind() -> None:
    base = "decision: d\noutcome: {answer: {type: string}}\nparams: {blocked: [KP]}\n"
    for items in ("[null, KP]", "[[KP], IR]", "[{a: 1}, IR]", "[true, IR]"):
        overlay = f"decision: d\nparams: {{blocked: {items}}}\n"
        assert codes({"base/d.yaml": base, "region/us/d.yaml": overlay}) == ["RF307"]


def test_an_empty_list_fits_any_list() -> None:
    base = "decision: d\noutcome: {answer: {type: string}}\nparams: {blocked: []}\n"
    overlay = "decision: d\nparams: {blocked: [KP]}\n"
    assert codes({"base/d.yaml": base, "region/us/d.yaml": overlay}) == []
    assert (
        codes({"base/d.yaml": base.replace("[]", "[KP]"), "region/us/d.yaml": overlay.replace("[KP]", "[]")})
        == []
    )
    assert codes(
        {"base/d.yaml": base.replace("[]", "[KP]"), "region/us/d.yaml": overlay.replace("KP", "5")}
    ) == ["RF307"]
