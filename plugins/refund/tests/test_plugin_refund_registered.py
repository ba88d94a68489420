"""The steps as rulesflow loads and calls them: found, set up, and held against their schemas."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from rulesflow import ErrorClass, StepError

Run = Callable[..., Any]


@pytest.fixture
def plugin_settings(tmp_path: Path) -> dict[str, dict[str, Any]]:
    return {"refund": {"database": str(tmp_path / "refund.db"), "window_days": 14}}


def test_a_refund_is_checked_booked_and_taken_back(run_step: Run) -> None:
    order = {"order_id": "A-1", "paid": Decimal("59.90")}
    wish = {**order, "delivered_at": "2026-11-01T12:00:00Z", "requested_at": "2026-11-15T12:00:00Z"}
    assert run_step("refund.check", wish)["amount"] == Decimal("59.9")
    booked = run_step("refund.book", {**order, "amount": Decimal("9.90")}, key="r/book/1")
    assert booked["left"] == 50
    undo = {"input": order, "output": booked, "key": "r/book/1"}
    assert run_step("refund.unbook", undo, key="r/book/1/undo") == {"unbooked": Decimal("9.9")}
    assert run_step("refund.check", {**wish, "requested_at": "2026-11-15T12:00:01Z"})["reason"] == "too-late"


def test_an_undo_of_unknown_effect_has_no_output(run_step: Run) -> None:
    assert run_step("refund.unbook", {"input": {}, "output": None, "key": "r/book/1"}) == {"unbooked": 0}


@pytest.mark.parametrize(
    "given",
    [{}, {"order_id": "", "paid": 1}, {"order_id": "A", "paid": -1}, {"order_id": "A", "paid": 1, "x": 1}],
)
def test_an_input_that_does_not_fit_is_refused(run_step: Run, given: dict[str, Any]) -> None:
    with pytest.raises(StepError) as caught:
        run_step("refund.check", given)
    assert caught.value.error_class is ErrorClass.INVALID


def test_declared_codes_reach_the_workflow(run_step: Run) -> None:
    with pytest.raises(StepError) as caught:
        run_step("refund.book", {"order_id": "A-1", "paid": 1, "amount": 2})
    assert (caught.value.error_class, caught.value.code) == (ErrorClass.REJECTED, "over-refund")
