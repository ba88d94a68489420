"""The step and the functions as rulesflow loads and calls them."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from rulesflow import ErrorClass, StepError

Run = Callable[..., Any]
FACTS = """
type: object
required: [email, orders_at]
properties:
  email: {type: string}
  orders_at: {type: array, items: {type: string, format: date-time}}
"""
RULES = """
decision: fraud
outcome: {verdict: {enum: [approve, review, reject]}}
rules:
  - rule: throw_away
    when: fraud.disposable_email(email)
    then: {verdict: reject}
  - rule: many_orders
    when: 'fraud.velocity(orders_at, at, duration("1h")) > 2'
    then: {verdict: review}
default: {verdict: approve}
"""


@pytest.fixture
def plugin_settings() -> dict[str, dict[str, Any]]:
    return {"fraud": {"disposable_domains": ["gone.example"]}}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "base").mkdir()
    (tmp_path / "rulesflow.yaml").write_text("project: shop\nfacts: facts.yaml\nlayers: [base]\n")
    (tmp_path / "facts.yaml").write_text(FACTS)
    (tmp_path / "base" / "fraud.yaml").write_text(RULES)
    return tmp_path


def test_an_order_is_scored(run_step: Run) -> None:
    scored = run_step("fraud.score", {"order": {"total": Decimal("59.90")}, "customer": {"blocked": True}})
    assert scored == {"value": Decimal("0.95"), "reasons": ["the account is blocked"], "source": "local"}


@pytest.mark.parametrize("given", [{}, {"order": "A-1"}, {"order": {}, "basket": {}}])
def test_an_input_that_does_not_fit_is_refused(run_step: Run, given: dict[str, Any]) -> None:
    with pytest.raises(StepError) as caught:
        run_step("fraud.score", given)
    assert caught.value.error_class is ErrorClass.INVALID


@pytest.mark.parametrize(
    ("facts", "verdict"),
    [
        ({"email": "x@gone.example", "orders_at": []}, "reject"),
        ({"email": "x@mailinator.com", "orders_at": []}, "reject"),
        ({"email": "x@example.com", "orders_at": [f"2026-11-27T07:{m}:00Z" for m in (10, 20, 30)]}, "review"),
        (
            {"email": "x@example.com", "orders_at": [f"2026-11-27T06:{m}:00Z" for m in (10, 20, 30)]},
            "approve",
        ),
    ],
)
def test_conditions_call_the_functions(
    decide: Run, folder: Path, facts: dict[str, Any], verdict: str
) -> None:
    assert decide(folder, "fraud", facts, at="2026-11-27T08:00:00Z").result == {"verdict": verdict}
