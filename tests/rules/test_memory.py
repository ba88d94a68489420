"""Loading with a memory of earlier loads: the same as from nothing, and nothing made twice."""

from __future__ import annotations

import gc
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st
from projects import AT, FACTS, PROJECT, facts, files

from rulesflow.documents.shape import Findings
from rulesflow.model.diagnostics import Span
from rulesflow.model.errors import RequestRefused
from rulesflow.rules import Loaded, load
from rulesflow.rules.cases import run_cases
from rulesflow.rules.compiled import Rule
from rulesflow.rules.describe import effective
from rulesflow.rules.memory import Memory

LIMIT = """
decision: limit
outcome: {answer: {type: string}, most: {type: number, optional: true}}
params: {large: 100}
rules:
  - {rule: large, when: {order.total: "> params.large"}, then: {answer: large, most: "${ params.large * 2 }"}}
  - {rule: web, when: 'has(order.channel) && order.channel == "web"', then: {answer: web}}
default: {answer: none}
"""
SHIP = "decision: ship\noutcome: {carrier: {type: string}}\ntable: ship.csv\ndefault: {carrier: post}\n"
ROWS = "rule,when order.total,when order.region,then carrier\nlight,<= 5,,dhl\neu,,eu,ups\n"
OVER = """
decision: limit
params: {large: 10}
rules:
  - {rule: de, when: {order.total: 7}, then: {answer: de}}
"""
CASES = """
decision: limit
cases:
  - {case: a, facts: {order: {total: 500, region: us}, customer: {type: new}}, rule: large}
"""

#: What may stand in each file, None for no file. Some of it is wrong, alone or beside other files.
VARIANTS: dict[str, tuple[str | None, ...]] = {
    "rulesflow.yaml": (
        PROJECT,
        PROJECT.replace("Europe/Berlin", "UTC"),
        PROJECT.replace("  - base", "  - bse"),
    ),
    "facts.yaml": (
        FACTS,
        FACTS.replace("note:", "memo:"),
        FACTS.replace("total: {type: number", "sum: {type: number"),
    ),
    "base/limit.yaml": (
        LIMIT,
        LIMIT.replace('"web"', '"app"'),
        LIMIT.replace("large: 100", "large: few"),
        LIMIT.replace("outcome:", "hit: collect\noutcome:"),
        LIMIT.replace("- {rule: large, ", "- {rule: large, final: true, "),
        LIMIT.replace("answer: {type: string}", "answer: {enum: [large, web, none, de]}"),
        "decision: limit\nrules: [",
        None,
    ),
    "base/ship.yaml": (SHIP, SHIP.replace("post", "none"), SHIP.replace("ship.csv", "shop.csv"), None),
    "base/ship.csv": (ROWS, ROWS.replace("ups", "gls"), ROWS.replace("<= 5", "<= five"), None),
    "region/eu/limit.yaml": (
        None,
        OVER,
        OVER.replace("rule: de", "rule: web"),
        OVER.replace("large: 10", "large: x"),
    ),
    "region/eu/de/limit.yaml": (
        None,
        "decision: limit\ndisable: [web]\n",
        "decision: limit\ndisable: [wbe]\n",
    ),
    "region/eu/ship.csv": (None, "rule,when order.total,then carrier\nheavy,> 50,truck\n"),
    "base/limit.cases.yaml": (None, CASES, CASES.replace("rule: large", "rule: lrge")),
}
STATES = st.fixed_dictionaries({path: st.sampled_from(variants) for path, variants in VARIANTS.items()})
GOOD = {path: variants[0] for path, variants in VARIANTS.items()}


@st.composite
def edits(draw: st.DrawFn) -> list[dict[str, str | None]]:
    """States of the folder, each but for one or two files as the one before, from time to time quite new."""
    state = draw(st.one_of(st.just(GOOD), STATES))
    states = [state]
    for _ in range(draw(st.integers(1, 8))):
        for path in draw(st.lists(st.sampled_from(sorted(VARIANTS)), min_size=1, max_size=2)):
            state = {**state, path: draw(st.sampled_from(VARIANTS[path]))}
        states.append(state)
    return states


def given_files(state: dict[str, str | None]) -> dict[str, bytes]:
    return files(**{path: text for path, text in state.items() if text is not None})


def told(loaded: Loaded) -> Any:
    """All that one can tell of a load."""
    ruleset = loaded.ruleset
    if ruleset is None:
        return loaded.diagnostics, loaded.broken
    regions: tuple[dict[str, str], ...] = (
        {},
        {"order.region": "eu"},
        {"order.region": "eu/de"},
        {"order.region": "us"},
    )
    rules = [effective(ruleset, name, region) for name in ruleset.decisions for region in regions]
    report = run_cases(ruleset, loaded.cases)
    results = [(each.case, each.failure) for each in report.results]
    return loaded.diagnostics, ruleset.digest, rules, answers(loaded), results, report.coverage


def answers(loaded: Loaded) -> list[Any]:
    assert loaded.ruleset is not None
    found: list[Any] = []
    for name in loaded.ruleset.decisions:
        for total, region in ((3, "us"), (7, "eu/de"), (60, "eu"), (500, "eu/fr")):
            try:
                asked = facts(total=total, region=region, channel="web")
                found.append(loaded.ruleset.decide(name, asked, AT).as_dict())
            except RequestRefused as refused:
                found.append((refused.detail, refused.faults))
    return found


@settings(deadline=None, max_examples=60)
@given(edits())
def test_edits_load_with_memory_as_they_do_from_nothing(states: list[dict[str, str | None]]) -> None:
    memory = Memory()
    for state in states:
        loaded = load(given_files(state), memory=memory)
        memory.settle(good=loaded.ruleset is not None)
        assert told(loaded) == told(load(given_files(state)))


def remembered(memory: Memory, **changes: str | None) -> Loaded:
    loaded = load(
        given_files({**GOOD, **{path.replace("__", "/"): text for path, text in changes.items()}}),
        memory=memory,
    )
    memory.settle(good=loaded.ruleset is not None)
    return loaded


def test_a_decision_whose_files_did_not_change_is_the_very_same() -> None:
    memory = Memory()
    before = remembered(memory).ruleset
    after = remembered(memory, **{"base/ship.csv": ROWS.replace("ups", "gls")}).ruleset
    assert before is not None and after is not None
    assert after.decisions["limit"] is before.decisions["limit"]
    assert after.decisions["ship"] is not before.decisions["ship"]
    assert after.facts is before.facts


def test_what_was_good_is_remembered_while_a_file_is_wrong() -> None:
    memory = Memory()
    before = remembered(memory).ruleset
    assert remembered(memory, **{"base/ship.yaml": "decision: [\n"}).ruleset is None
    after = remembered(memory).ruleset
    assert before is not None and after is not None
    assert after.decisions["limit"] is before.decisions["limit"]
    assert after.decisions["ship"] is before.decisions["ship"]


def test_an_edit_of_the_declaration_leaves_the_rules_of_an_overlay_as_they_are() -> None:
    memory = Memory()
    before = remembered(memory, **{"region/eu/limit.yaml": OVER}).ruleset
    changed = LIMIT.replace('"web"', '"app"')
    after = remembered(memory, **{"region/eu/limit.yaml": OVER, "base/limit.yaml": changed}).ruleset
    assert before is not None and after is not None
    rules = [each.decisions["limit"].rules for each in (before, after)]
    assert rules[0]["region/eu", "de"] is rules[1]["region/eu", "de"]
    assert rules[0]["base", "web"] is not rules[1]["base", "web"]


def test_facts_of_another_shape_compile_everything_anew() -> None:
    memory = Memory()
    before = remembered(memory).ruleset
    after = remembered(memory, **{"facts.yaml": FACTS.replace("note:", "memo:")}).ruleset
    assert before is not None and after is not None
    assert after.decisions["limit"] is not before.decisions["limit"]


def test_what_a_load_did_not_ask_for_is_forgotten() -> None:
    memory, made = Memory(), []

    def make(findings: Findings) -> int:
        findings.error("RF001", "found", Span("f", 1, 1, 1))
        made.append(1)
        return 7

    def recall() -> int:
        findings = Findings()
        value = memory.recall("key", findings, make)
        assert [each.message for each in findings.items] == ["found"]
        return value

    assert recall() == recall() == 7
    memory.settle(good=True)
    assert recall() == 7 and len(made) == 1
    memory.settle(good=True)
    memory.settle(good=True)
    assert recall() == 7 and len(made) == 2


def test_what_a_remembered_thing_was_made_of_is_remembered_with_it() -> None:
    memory, made = Memory(), []

    def inner(_: Findings) -> str:
        made.append("inner")
        return "inner"

    def outer(findings: Findings) -> str:
        return memory.recall("inner", findings, inner)

    for _ in range(3):
        assert memory.recall("outer", Findings(), outer) == "inner"
        memory.settle(good=True)
    memory.recall("inner", Findings(), inner)
    assert made == ["inner"]


def count(kind: type) -> int:
    return sum(type(each) is kind for each in gc.get_objects())


@pytest.mark.parametrize("rules", [3, 100])
def test_a_ruleset_that_was_asked_is_freed_with_its_last_user_and_needs_no_collector(rules: int) -> None:
    texts = [f"  - {{rule: r{n}, when: {{order.total: {n}}}, then: {{answer: r{n}}}}}" for n in range(rules)]
    limit = "\n".join(("decision: limit", "outcome: {answer: {type: string}}", "rules:", *texts, ""))
    memory = Memory()
    gc.collect()
    before = count(Rule)
    gc.disable()
    try:
        ruleset = remembered(memory, **{"base/limit.yaml": limit}).ruleset
        assert ruleset is not None
        ruleset.decide("limit", facts(total=1), AT)
        assert count(Rule) >= before + rules
        del ruleset
        remembered(memory)
        memory = Memory()
        assert count(Rule) == before
    finally:
        gc.enable()
