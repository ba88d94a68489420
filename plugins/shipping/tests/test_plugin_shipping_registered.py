"""The steps as rulesflow loads and calls them: found, set up, and held against their schemas."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from labelling import ORDER, read

from rulesflow import ErrorClass, StepError

Run = Callable[..., Any]


@pytest.fixture
def plugin_settings(tmp_path: Path) -> dict[str, dict[str, Any]]:
    return {"shipping": {"folder": str(tmp_path / "labels"), "sender": ["Shop"], "require_address": True}}


def test_a_label_is_made_and_cancelled(run_step: Run, tmp_path: Path) -> None:
    given = {"order": ORDER, "reservation": None, "carrier": None}
    made = run_step("shipping.label", given, key="r/ship/1")
    assert read(tmp_path / "labels" / made["label"]).lines[:2] == ["Standard", "Shop"]
    undo = {"input": given, "output": made, "key": "r/ship/1"}
    assert run_step("shipping.cancel", undo, key="r/ship/1/undo") == {"cancelled": True}
    assert run_step("shipping.cancel", {**undo, "output": None}, key="r/ship/1/undo") == {"cancelled": False}


@pytest.mark.parametrize(
    "given", [{}, {"order": "A-1"}, {"order": {}, "carrier": "x" * 41}, {"order": {}, "to": 1}]
)
def test_an_input_that_does_not_fit_is_refused(run_step: Run, given: dict[str, Any]) -> None:
    with pytest.raises(StepError) as caught:
        run_step("shipping.label", given)
    assert (caught.value.error_class, caught.value.code) == (ErrorClass.INVALID, "invalid")


@pytest.mark.parametrize(
    ("ship_to", "error_class", "code"),
    [
        ({"country": "DE"}, ErrorClass.REJECTED, "no-address"),
        ({"name": "東", "street": "x", "city": "x", "country": "JP"}, ErrorClass.INVALID, "unprintable"),
    ],
)
def test_declared_codes_reach_the_workflow(
    run_step: Run, ship_to: dict[str, str], error_class: ErrorClass, code: str
) -> None:
    with pytest.raises(StepError) as caught:
        run_step("shipping.label", {"order": {"ship_to": ship_to}})
    assert (caught.value.error_class, caught.value.code) == (error_class, code)
