"""The steps as rulesflow loads and calls them: found, set up, and held against their schemas."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rulesflow import ErrorClass, StepError

Run = Callable[..., Any]


@pytest.fixture
def plugin_settings(tmp_path: Path) -> dict[str, dict[str, Any]]:
    return {"stock": {"database": str(tmp_path / "stock.db"), "initial": 3}}


def test_goods_are_reserved_and_given_back(run_step: Run) -> None:
    lines = [{"sku": "MUG", "quantity": 2, "price": 5, "category": "cups"}]
    reserved = run_step("stock.reserve", {"lines": lines}, key="r/stock/1")
    assert reserved == {"reservation_id": "r/stock/1", "quantity": 2}
    assert run_step("stock.level", {"sku": "MUG"}) == {"sku": "MUG", "on_hand": 1}
    undo = {"input": {"lines": lines}, "output": reserved, "key": "r/stock/1"}
    assert run_step("stock.release", undo, key="r/stock/1/undo") == {"released": 2}


def test_an_undo_of_unknown_effect_has_no_output(run_step: Run) -> None:
    assert run_step("stock.release", {"input": {}, "output": None, "key": "r/stock/1"}) == {"released": 0}


def test_a_delivery_and_a_single_article(run_step: Run) -> None:
    assert run_step("stock.restock", {"sku": "MUG", "quantity": 4}) == {"on_hand": {"MUG": 7}}
    assert run_step("stock.reserve", {"sku": "MUG"})["quantity"] == 1


@pytest.mark.parametrize(
    "given",
    [
        {"lines": []},
        {"lines": [{"sku": "MUG"}]},
        {"lines": [{"sku": "MUG", "quantity": 0}]},
        {"sku": "MUG", "quantity": 1_000_000_001},
        {"sku": ""},
        {"sku": "MUG", "pieces": 1},
        {},
    ],
)
def test_an_input_that_does_not_fit_is_refused(run_step: Run, given: dict[str, Any]) -> None:
    with pytest.raises(StepError) as caught:
        run_step("stock.reserve", given)
    assert caught.value.error_class is ErrorClass.INVALID


def test_declared_codes_reach_the_workflow(run_step: Run) -> None:
    with pytest.raises(StepError) as caught:
        run_step("stock.reserve", {"sku": "MUG", "quantity": 4})
    assert (caught.value.error_class, caught.value.code) == (ErrorClass.REJECTED, "out-of-stock")
