"""Calls of the refund steps, as an engine makes them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import pytest
from rulesflow_refund.book import RefundBook
from rulesflow_refund.settings import Settings
from rulesflow_refund.steps import refund_steps

from rulesflow import ErrorClass, StepCall, StepDatabase, StepError

OPENED: list[Refunds] = []


class Refunds:
    """The steps over one database. ``where``: its settings."""

    def __init__(self, where: dict[str, Any], **settings: Any) -> None:
        given = Settings(**where, **settings)
        self._database = StepDatabase("refund book", given.url, given.busy_timeout)
        self.steps = {step.name: step for step in refund_steps(RefundBook(self._database), given)}
        OPENED.append(self)

    def close(self) -> None:
        self._database.close()

    def call(self, verb: str, key: str, value: dict[str, Any]) -> Any:
        return self.steps[f"refund.{verb}"].handler(StepCall(value, key, "run-1", "refund"))

    def book(self, key: str, amount: str, order: str = "A-1", paid: str = "50") -> Any:
        given = {"order_id": order, "paid": Decimal(paid), "amount": Decimal(amount), "reason": "damaged"}
        return self.call("book", key, given)

    def unbook(self, key: str) -> Any:
        return self.call("unbook", f"{key}/undo", {"input": {}, "output": None, "key": key})

    def check(self, **given: Any) -> Any:
        return self.call("check", "c/1", {"order_id": "A-1", "paid": 50, **given})


def book_ones(where: dict[str, Any], keys: list[str]) -> int:
    """Book 1 of an order of 10 by each key; how many were booked. Whoever calls has steps of his own."""
    refunds = Refunds(where, busy_timeout=60)
    booked = 0
    for key in keys:
        try:
            refunds.book(key, "1", paid="10")
            booked += 1
        except StepError as error:
            assert error.code == "over-refund"
    refunds.close()
    return booked


@contextmanager
def fails(error_class: ErrorClass, code: str) -> Iterator[pytest.ExceptionInfo[StepError]]:
    with pytest.raises(StepError) as caught:
        yield caught
    assert (caught.value.error_class, caught.value.code) == (error_class, code)
