"""The steps: from a call to the policy and the book, and from what went wrong to an error of the run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from typing import Any

from rulesflow import ErrorClass, Step, StepCall, StepError
from rulesflow_refund import schemas
from rulesflow_refund.book import OverRefund, RefundBook, TakenBack
from rulesflow_refund.policy import Wish, judge
from rulesflow_refund.settings import Settings


def refund_steps(book: RefundBook, settings: Settings) -> list[Step]:
    """All steps, over one book. They are plain functions: a database makes its callers wait."""

    def check(call: StepCall) -> dict[str, Any]:
        given = call.input
        amount = given.get("amount")
        wish = Wish(
            Decimal(given["paid"]),
            None if amount is None else Decimal(amount),
            _moment(given.get("delivered_at")),
            _moment(given.get("requested_at")),
        )
        with _told():
            standing = book.standing(given["order_id"])
        found = judge(wish, standing, settings.window_days, settings.most)
        return {
            "eligible": found.reason == "ok",
            "reason": found.reason,
            "amount": found.amount,
            "left": found.left,
            "booked": standing.booked,
            "refunds": standing.refunds,
        }

    def note(call: StepCall) -> dict[str, Any]:
        given = call.input
        amount, paid = Decimal(given["amount"]), Decimal(given["paid"])
        with _told():
            standing = book.book(call.key, given["order_id"], amount, paid, given.get("reason", ""))
        left = max(paid - standing.booked, Decimal(0))
        return {"booking_id": call.key, "amount": amount, "booked": standing.booked, "left": left}

    def unbook(call: StepCall) -> dict[str, Any]:
        with _told():
            return {"unbooked": book.unbook(call.input["key"])}

    return [
        Step(
            "refund.check",
            check,
            input=schemas.CHECK,
            output=schemas.CHECKED,
            summary="Tells how much of an order may go back, by the book and the calendar",
        ),
        Step(
            "refund.book",
            note,
            input=schemas.BOOK,
            output=schemas.BOOKED,
            undo="refund.unbook",
            errors={"over-refund": ErrorClass.REJECTED, "taken-back": ErrorClass.CONFLICT},
            summary="Notes that an amount goes back, and never more than was paid",
        ),
        Step(
            "refund.unbook",
            unbook,
            input=schemas.UNBOOK,
            output=schemas.UNBOOKED,
            summary="Takes back what a call of refund.book noted",
        ),
    ]


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


@contextmanager
def _told() -> Iterator[None]:
    """What the book raises, as errors of the step."""
    try:
        yield
    except OverRefund as over:
        raise StepError(ErrorClass.REJECTED, str(over), code="over-refund") from None
    except TakenBack as gone:
        raise StepError(ErrorClass.CONFLICT, str(gone), code="taken-back") from None
