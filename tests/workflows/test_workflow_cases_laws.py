"""Whatever stands in a file of cases: it is told, or run, and never a traceback."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import HealthCheck, given, settings, strategies as st
from test_workflow_cases import PROJECT, STEPS, decided, dedented

from rulesflow.runtime.project import load_project
from rulesflow.workflows.casereport import run_workflow_cases
from rulesflow.workflows.stepschema import step_schemas

SCHEMAS = {name: step_schemas(step) for name, step in STEPS.items()}
WORDS = [
    *("case", "input", "at", "mocks", "signals", "expect", "status", "path", "output", "undone", "error"),
    *(
        "calls",
        "class",
        "code",
        "message",
        "retry_after",
        "signal",
        "payload",
        "after",
        "approval",
        "verdict",
    ),
    *("approved", "rejected", "charge", "split/*/take", "split/0/take", "charge/undo", "total", "declined"),
    *("unavailable", "timeout", "internal", "completed", "failed", "waiting", "2h", "9999d", "2026-11-27"),
    *("fraud", "review", "*", "2026-11-27T08:00:00Z", "charge_id", "order"),
]
LEAVES = st.one_of(
    st.sampled_from(WORDS),
    st.none(),
    st.booleans(),
    st.integers(-3, 10**20),
    st.just(0.5),
    st.text(max_size=4),
)
ANYTHING = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=3),
    max_leaves=6,
)
ERRORS = st.sampled_from(["declined", "unavailable", "timeout", "invalid", "internal", "nonsense"])
ANSWERS = st.one_of(
    st.just({}),
    st.just({"charge_id": "c"}),
    st.fixed_dictionaries({"error": ERRORS}),
    st.fixed_dictionaries({"held": st.just(True) | LEAVES}),
    st.fixed_dictionaries({"error": st.fixed_dictionaries({"class": ERRORS, "retry_after": LEAVES})}),
    ANYTHING,
)
PATHS = st.sampled_from(["charge", "charge/undo", "split/*/take", "split/1/take", "split/*/take/undo", "*"])
SIGNALS = st.fixed_dictionaries(
    {"signal": st.just("approval"), "payload": st.just({"verdict": "approved"})},
    optional={"after": st.sampled_from(["0s", "2h", "25h", "9999d", "3650000d", "soon"])},
)
CASES = st.fixed_dictionaries(
    {
        "case": st.text(min_size=1, max_size=3) | ANYTHING,
        "input": st.fixed_dictionaries({"total": st.integers(0, 900)}) | ANYTHING,
        "expect": st.fixed_dictionaries({"status": st.just("completed")}) | ANYTHING,
    },
    optional={
        "at": st.sampled_from(["2026-11-27T08:00:00Z", "9999-12-31T23:59:59Z", "0001-01-01"]) | ANYTHING,
        "mocks": st.dictionaries(PATHS, ANSWERS | st.lists(ANSWERS, max_size=3), max_size=4) | ANYTHING,
        "signals": st.lists(SIGNALS, max_size=2) | ANYTHING,
    },
)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(cases=st.lists(CASES | ANYTHING, max_size=3))
def test_any_cases_are_told_or_run(cases: list[Any]) -> None:
    document = json.dumps({"workflow": "order", "cases": cases}).encode()
    loaded = load_project({**dedented(PROJECT), "workflows/order.cases.yaml": document}, steps=STEPS)
    if loaded.ruleset is None:
        assert {each.span.file for each in loaded.errors} == {"workflows/order.cases.yaml"}
        return
    report = run_workflow_cases(
        loaded.workflows.values(), loaded.workflow_cases, decided(loaded.ruleset), SCHEMAS
    )
    assert len(report.results) == len(cases)
    for result in report.results:
        assert result.failure is None or result.failure.strip()
        if result.run is not None:
            str(result.run.at)
