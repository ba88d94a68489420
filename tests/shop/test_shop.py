from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from rulesflow.documents.folder import read_folder
from rulesflow.rules import CaseReport, Loaded, Ruleset, load, run_cases

RULES = Path(__file__).parents[2] / "rules"


@pytest.fixture(scope="module")
def loaded() -> Loaded:
    folder = read_folder(RULES)
    return load(folder.files, folder.diagnostics)


@pytest.fixture(scope="module")
def ruleset(loaded: Loaded) -> Ruleset:
    assert loaded.ruleset is not None, loaded.diagnostics
    return loaded.ruleset


@pytest.fixture(scope="module")
def report(loaded: Loaded, ruleset: Ruleset) -> CaseReport:
    return run_cases(ruleset, loaded.cases)


def test_the_shop_loads_without_a_single_diagnostic(loaded: Loaded) -> None:
    assert loaded.diagnostics == ()


def test_every_case_of_the_shop_passes(report: CaseReport) -> None:
    assert [(each.case.name, each.failure) for each in report.failures] == []


def test_every_rule_row_override_and_default_of_the_shop_is_shown_by_a_case(report: CaseReport) -> None:
    assert [f"{each.file}:{each.line} {each.rule}" for each in report.uncovered] == []


def test_every_decision_of_the_shop_has_cases(ruleset: Ruleset, report: CaseReport) -> None:
    counts = Counter(each.case.decision for each in report.results)
    assert set(counts) == set(ruleset.decisions) == {"discount", "fraud", "refund", "shipping", "stock"}
    assert min(counts.values()) >= 10


def test_every_case_names_the_rule_that_must_win(loaded: Loaded) -> None:
    assert [case.name for case in loaded.cases if case.rule is None] == []
