"""Vetting: what loads well and is kept from being activated all the same."""

from __future__ import annotations

from rulesflow.runtime.project import load_project as load
from rulesflow.runtime.vetting import failing_cases, no_decisions, no_decisions_or_failing_cases

EMPTY = {
    "rulesflow.yaml": b"project: shop\nfacts: facts.yaml\nlayers: [base]\n",
    "facts.yaml": b"type: object\nproperties: {a: {type: number}}\n",
}
DECISION = b"decision: d\noutcome: {x: {type: number}}\ndefault: {x: 1}\n"
CASES = b"decision: d\ncases:\n  - {case: one, facts: {}, expect: {x: 2}}\n"


def test_a_ruleset_without_decisions_is_not_activated() -> None:
    found = no_decisions(load(EMPTY))
    assert [each.code for each in found] == ["RF319"]
    assert found[0].hint == "write one, such as base/refund.yaml"
    assert no_decisions(load({**EMPTY, "base/d.yaml": DECISION})) == ()


def test_what_does_not_load_is_left_to_its_own_diagnostics() -> None:
    assert no_decisions_or_failing_cases(load({})) == ()


def test_a_case_that_fails_is_told_at_its_place() -> None:
    loaded = load({**EMPTY, "base/d.yaml": DECISION, "base/d.cases.yaml": CASES})
    (found,) = failing_cases(loaded)
    assert (found.code, found.span.file, found.span.line) == ("RF610", "base/d.cases.yaml", 3)
    assert no_decisions_or_failing_cases(loaded) == (found,)


def test_a_case_of_a_workflow_that_fails_is_told_too() -> None:
    workflow = b"workflow: w\ninput: facts.yaml\nsteps: {decided: {decide: d}}\n"
    cases = b"workflow: w\ncases:\n  - {case: one, input: {}, expect: {status: failed}}\n"
    files = {"base/d.yaml": DECISION, "workflows/w.yaml": workflow, "workflows/w.cases.yaml": cases}
    (found,) = no_decisions_or_failing_cases(load({**EMPTY, **files}))
    assert (found.code, found.span.file, found.span.line) == ("RF610", "workflows/w.cases.yaml", 3)
    assert "status: expected failed, got completed" in found.message
