"""Vetting: whether a ruleset that loads may be activated, where its cases must pass."""

from __future__ import annotations

from rulesflow.model.diagnostics import Diagnostic
from rulesflow.rules import Loaded, run_cases


def failing_cases(loaded: Loaded) -> tuple[Diagnostic, ...]:
    """A diagnostic RF610 for each case that does not come out as expected, at the case's place."""
    if loaded.ruleset is None:
        return ()
    report = run_cases(loaded.ruleset, loaded.cases)
    return tuple(
        Diagnostic("RF610", f"case {result.case.name!r} failed: {result.failure}", result.case.span)
        for result in report.failures
    )
