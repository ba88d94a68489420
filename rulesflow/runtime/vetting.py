"""Vetting: whether a ruleset that loads may be activated."""

from __future__ import annotations

from rulesflow.model.diagnostics import Diagnostic, Span
from rulesflow.patterns.casereport import run_pattern_cases
from rulesflow.rules import PROJECT_FILE, run_cases
from rulesflow.runtime.project import LoadedProject
from rulesflow.runtime.workflow_cases import run_cases_of


def no_decisions(loaded: LoadedProject) -> tuple[Diagnostic, ...]:
    """A diagnostic RF319 where nothing is left to decide.

    So looks a folder whose layers are just being copied or have lost their mount.
    """
    if loaded.ruleset is None or loaded.ruleset.decisions:
        return ()
    hint = "write one, such as base/refund.yaml"
    return (Diagnostic("RF319", "there is no decision in any layer", Span(PROJECT_FILE, 1, 1, 1), hint),)


def no_decisions_or_failing_cases(loaded: LoadedProject) -> tuple[Diagnostic, ...]:
    """Both, for services that activate nothing whose cases fail."""
    return no_decisions(loaded) + failing_cases(loaded)


def failing_cases(loaded: LoadedProject) -> tuple[Diagnostic, ...]:
    """A diagnostic RF610 for each case that does not come out as expected, at the case's place."""
    if loaded.ruleset is None:
        return ()
    of_rules, of_workflows = run_cases(loaded.ruleset, loaded.cases), run_cases_of(loaded)
    of_patterns = run_pattern_cases(loaded.patterns, loaded.pattern_cases)
    return (
        *(_failed(each.case.name, each.case.span, each.failure) for each in of_rules.failures),
        *(_failed(each.case.name, each.case.span, each.failure) for each in of_workflows.failures),
        *(_failed(each.case.name, each.case.span, each.failure) for each in of_patterns.failures),
    )


def _failed(case: str, span: Span, failure: str | None) -> Diagnostic:
    return Diagnostic("RF610", f"case {case!r} failed: {failure}", span)
