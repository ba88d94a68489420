"""How urgent a run is: computed from its input, and never a reason to fail."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, strategies as st
from playing import ORDER, SPAN, START, calls, read, workflow
from sample_workflows import findings, loaded, steps, workflow as written

from rulesflow.model.times import SECOND, Duration, Timestamp
from rulesflow.values.expression import ExpressionFailed
from rulesflow.workflows.priority import USUAL, priority

FLOW = workflow(calls("charge"))


def urgency(gives: Any) -> float:
    """The priority of a run whose workflow computes it so."""
    return priority(replace(FLOW, priority=gives), ORDER, START, "run-7")


def test_without_an_expression_it_is_the_usual_one() -> None:
    assert priority(FLOW, ORDER, START, "run-7") == USUAL == 5.0


def test_the_input_the_run_and_the_time_may_be_read() -> None:
    assert urgency(read("order.total")) == 80.0
    assert urgency(lambda names: len(names["run"]["id"])) == 5
    assert urgency(lambda names: names["at"] - START + 1) == 1.0
    assert urgency(lambda names: (names["run"]["started_at"] - START) + len(names["steps"]) + 2) == 2.0
    assert urgency(lambda names: 7 if names["run"]["workflow"] == "order" else 8) == 7.0


NO_NUMBERS: list[Any] = [None, True, "1", [1], {"a": 1}, Timestamp(3), Duration(SECOND)]
ENDLESS = [Decimal("NaN"), Decimal("Infinity"), Decimal("1E+5000"), 10**400]


@pytest.mark.parametrize("given", [*NO_NUMBERS, *ENDLESS])
def test_what_is_no_finite_number_counts_as_the_usual_one(given: Any) -> None:
    assert urgency(lambda names: given) == USUAL


@given(st.integers() | st.decimals(allow_nan=False, allow_infinity=False))
def test_a_number_is_taken_as_it_is(number: Any) -> None:
    found = urgency(lambda names: number)
    assert found in (USUAL, pytest.approx(float(number) if abs(number) < 10**300 else USUAL))


def test_an_expression_that_fails_does_not_fail_the_run() -> None:
    def fails(names: Any) -> Any:
        raise ExpressionFailed("no-such-field", "no x", SPAN)

    assert urgency(fails) == USUAL


def test_it_is_read_from_a_file() -> None:
    flow = written(steps("a: {set: {x: 1}}", tail='priority: "${ order.total > 500 ? 1 : 8.5 }"\n'))
    assert priority(flow, {"order": {"total": 501}}, START, "run-7") == 1.0
    assert priority(flow, {"order": {"total": Decimal("0.5")}}, START, "run-7") == 8.5
    assert priority(flow, {}, START, "run-7") == USUAL, "what is missing does not fail it"
    assert priority(written(steps("a: {set: {x: 1}}", tail="priority: 3\n")), {}, START, "r") == 3.0


def test_a_priority_that_is_no_number_is_told_with_its_place() -> None:
    text = steps("a: {set: {x: 1}}", tail='priority: "${ order.currency }"\n')
    [found] = loaded({"workflows/flow.yaml": text}).diagnostics
    assert (found.code, found.span.file, found.span.line) == ("RF719", "workflows/flow.yaml", 5)
    assert "'priority' is a number" in found.message
    for wrong in ("high", "true", "[1]", '"${ order.placed_at }"', "\"${ customer.type == 'vip' }\""):
        assert any(
            "RF719" in each for each in findings(steps("a: {set: {x: 1}}", tail=f"priority: {wrong}\n"))
        )


def test_a_priority_cannot_read_what_steps_give() -> None:
    text = steps("a: {set: {x: 1}}", tail='priority: "${ steps.a.x }"\n')
    assert findings(text)
