"""The sample shop's patterns: they load, their cases pass, and what they tell is read by the rules."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from rulesflow.documents.folder import read_folder
from rulesflow.model.times import parse_timestamp
from rulesflow.patterns.followup import SendSignal, SetFact, StartRun
from rulesflow.rules import Ruleset
from rulesflow.runtime.loading import load_folder, plugins_for
from rulesflow.runtime.project import LoadedProject

RULES = Path(__file__).parents[2] / "rules"
SAMPLES = {
    "address-change-then-large-order",
    "card-testing",
    "no-payment-in-30-minutes",
    "refund-before-delivery",
}
AT = parse_timestamp("2026-11-27T10:00:00Z")


@pytest.fixture(scope="module")
def project() -> LoadedProject:
    folder = read_folder(RULES)
    return load_folder(folder, plugins_for(folder))


@pytest.fixture(scope="module")
def ruleset(project: LoadedProject) -> Ruleset:
    assert project.ruleset is not None, project.diagnostics
    return project.ruleset


def test_every_pattern_has_cases_of_matches_and_of_near_misses(project: LoadedProject) -> None:
    assert project.patterns.keys() >= SAMPLES
    matches = Counter(case.pattern.name for case in project.pattern_cases if case.expected)
    misses = Counter(case.pattern.name for case in project.pattern_cases if not case.expected)
    for name in project.patterns:
        assert matches[name] >= 1, name
        assert misses[name] >= 2, name


def test_every_kind_of_follow_up_is_shown(project: LoadedProject) -> None:
    assert {type(each.then) for each in project.patterns.values()} == {SetFact, SendSignal, StartRun}


def test_each_sample_sets_a_fact_that_makes_another_verdict_of_the_fraud_decision(
    project: LoadedProject, ruleset: Ruleset
) -> None:
    facts = {"order": {"total": 900, "region": "eu/de", "currency": "EUR"}, "customer": {"type": "regular"}}
    assert ruleset.decide("fraud", facts, AT).result["verdict"] == "approve"
    for name in SAMPLES:
        then = project.patterns[name].then
        assert isinstance(then, SetFact)
        (part, own) = then.fact
        told = {**facts, part: {**facts.get(part, {}), own: True}}
        answer = ruleset.decide("fraud", told, AT)
        assert answer.result["verdict"] in ("review", "reject"), name
        assert answer.matched[0].file == "base/fraud.yaml"
