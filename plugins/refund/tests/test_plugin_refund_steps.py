"""The steps on SQLite and on PostgreSQL: what they book, that they book it once, and never too much."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from decimal import Decimal
from importlib.metadata import entry_points
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest
import rulesflow_refund
from pydantic import ValidationError
from refunding import Refunds, book_ones, fails
from rulesflow_refund.settings import Settings

from rulesflow import ErrorClass

Where = dict[str, Any]
DELIVERED = "2026-11-01T12:00:00+01:00"


def test_rulesflow_finds_the_plugin_by_its_entry_point() -> None:
    (entry,) = entry_points(group="rulesflow", name="refund")
    assert entry.load() is rulesflow_refund


def test_bookings_of_an_order_add_up_exactly(refunds: Refunds) -> None:
    assert refunds.book("r/1", "0.10")["booked"] == Decimal("0.1")
    assert refunds.book("r/2", "0.20") == {
        "booking_id": "r/2",
        "amount": Decimal("0.2"),
        "booked": Decimal("0.3"),
        "left": Decimal("49.7"),
    }
    assert refunds.book("r/3", "1", order="A-2")["booked"] == 1


def test_a_key_called_again_books_nothing_more(refunds: Refunds) -> None:
    assert refunds.book("r/1", "50") == refunds.book("r/1", "50")
    assert refunds.check()["booked"] == 50


def test_no_more_goes_back_than_was_paid(refunds: Refunds) -> None:
    refunds.book("r/1", "49.99")
    with fails(ErrorClass.REJECTED, "over-refund") as caught:
        refunds.book("r/2", "0.02")
    assert caught.value.message == "0.02 are to go back for order A-1, and only 0.01 are left of it"
    assert refunds.check()["refunds"] == 1
    assert refunds.book("r/2", "0.01")["left"] == 0


def test_a_booking_is_taken_back_once(refunds: Refunds) -> None:
    refunds.book("r/1", "20")
    assert [refunds.unbook("r/1"), refunds.unbook("r/1")] == [{"unbooked": 20}, {"unbooked": 0}]
    assert refunds.check()["left"] == 50


def test_an_undo_that_finds_nothing_succeeds_and_stops_a_late_booking(refunds: Refunds) -> None:
    assert refunds.unbook("r/1") == {"unbooked": 0}
    with fails(ErrorClass.CONFLICT, "taken-back"):
        refunds.book("r/1", "20")
    assert refunds.check()["booked"] == 0


def test_threads_never_give_back_more_than_was_paid(where: Where) -> None:
    shares = [[f"{thread}/{n}" for n in range(4)] for thread in range(6)]
    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(book_ones, [where] * 6, shares)) == 10


def test_processes_never_give_back_more_than_was_paid(where: Where) -> None:
    shares = [[f"{process}/{n}" for n in range(8)] for process in range(2)]
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        assert sum(pool.map(book_ones, [where] * 2, shares)) == 10


@pytest.mark.parametrize(
    ("given", "amount"),
    [({}, 50), ({"amount": Decimal("12.5")}, Decimal("12.5")), ({"amount": 0}, 0), ({"amount": 80}, 50)],
)
def test_what_is_asked_for_may_go_back_as_far_as_it_is_left(
    refunds: Refunds, given: dict[str, Any], amount: Any
) -> None:
    assert refunds.check(**given) == {
        "eligible": True,
        "reason": "ok",
        "amount": amount,
        "left": 50,
        "booked": 0,
        "refunds": 0,
    }


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"requested_at": "2026-12-01T12:00:00+01:00"}, "ok"),
        ({"requested_at": "2026-12-01T11:00:01Z"}, "too-late"),
        ({"requested_at": "2027-12-01T12:00:00Z", "delivered_at": None}, "ok"),
        ({"requested_at": None}, "ok"),
        ({}, "ok"),
    ],
    ids=["the last moment", "a second later", "not delivered", "not said", "left out"],
)
def test_the_window_begins_with_the_delivery(refunds: Refunds, given: dict[str, Any], reason: str) -> None:
    found = refunds.check(**{"delivered_at": DELIVERED, **given})
    assert (found["reason"], found["eligible"]) == (reason, reason == "ok")
    assert found["amount"] == (50 if reason == "ok" else 0)


def test_a_shop_may_have_no_window(where: Where) -> None:
    refunds = Refunds(where, window_days=None)
    assert refunds.check(delivered_at=DELIVERED, requested_at="2036-01-01T00:00:00Z")["eligible"] is True
    refunds.close()


def test_nothing_left_and_too_many_are_told_apart(where: Where) -> None:
    refunds = Refunds(where, most=2)
    refunds.book("r/1", "1")
    assert refunds.check()["reason"] == "ok"
    refunds.book("r/2", "1")
    assert refunds.check()["reason"] == "too-many"
    refunds.book("r/3", "48")
    assert refunds.check()["reason"] == "nothing-left"
    refunds.close()


def test_a_file_that_cannot_be_used_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "refund.db").write_text("no database, but long enough to be looked at " * 20)
    for file in (tmp_path / "file" / "refund.db", tmp_path / "refund.db"):
        with fails(ErrorClass.UNAVAILABLE, "unavailable") as caught:
            Refunds({"database": str(file)}).book("r/1", "1")
        assert caught.value.message.startswith("refund book: ")


def test_a_server_that_is_not_there_is_unavailable_and_the_password_is_not_told() -> None:
    refunds = Refunds({"database_url": "postgresql://me:hidden@127.0.0.1:1/shop"}, busy_timeout=0.5)
    with fails(ErrorClass.UNAVAILABLE, "unavailable") as caught:
        refunds.check()
    assert "hidden" not in f"{caught.value!r} {refunds.steps!r}"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("database", "postgresql://me:hidden@host/x"),
        ("database_url", "hidden"),
        ("window_days", -1),
        ("most", 0),
        ("x", 1),
    ],
)
def test_a_setting_that_cannot_be_is_refused_without_quoting_it(name: str, value: Any) -> None:
    with pytest.raises(ValidationError) as caught:
        Settings.model_validate({name: value})
    assert caught.value.errors()[0]["loc"] == (name,)
    assert "hidden" not in str(caught.value)
