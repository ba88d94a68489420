"""The steps against the real service: what they move, and that they move it once."""

from __future__ import annotations

from decimal import Decimal
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest
import rulesflow_payment
from paying import API_KEY, pay, told
from rulesflow_payment.settings import Settings

from bench.services.started import Running, payment_service
from rulesflow import ErrorClass, StepError

MONEY = {"amount": Decimal("19.90"), "currency": "EUR"}


def charges(service: Running, key: str) -> list[tuple[str, str]]:
    """What the books say of a key: each amount that was taken, and how much of it was given back."""
    return [(row["amount"], row["refunded"]) for row in service.ledger(f"key={key}")["charges"]]


def undo(key: str, output: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"input": MONEY, "output": output, "key": key}


def test_rulesflow_finds_the_plugin_by_its_entry_point() -> None:
    (entry,) = entry_points(group="rulesflow", name="payment")
    assert entry.load() is rulesflow_payment


def test_a_charge_takes_the_exact_amount(service: Running, settings: Settings, key: str) -> None:
    (charged,) = pay(settings, ("charge", key, MONEY))
    assert charged.pop("charge_id").startswith("ch_")
    assert charged == MONEY
    assert charges(service, key) == [("19.90", "0")]


def test_the_books_name_the_run_unless_the_workflow_names_something_else(
    service: Running, settings: Settings, key: str
) -> None:
    pay(settings, ("charge", key, MONEY), ("charge", f"{key}/b", {**MONEY, "reference": "A-1"}))
    rows = [service.ledger(f"key={each}")["charges"][0]["reference"] for each in (key, f"{key}/b")]
    assert rows == ["run-1", "A-1"]


def test_a_key_charged_again_takes_nothing_more_and_gets_the_same_answer(
    service: Running, settings: Settings, key: str
) -> None:
    first, second = pay(settings, ("charge", key, MONEY), ("charge", key, MONEY))
    assert first == second
    assert charges(service, key) == [("19.90", "0")]


def test_many_charges_of_one_key_at_once_are_one_charge(
    service: Running, settings: Settings, key: str
) -> None:
    answers = pay(settings, *[("charge", key, MONEY)] * 30, together=True)
    assert len({answer["charge_id"] for answer in answers}) == 1
    assert charges(service, key) == [("19.90", "0")]


def test_a_request_that_comes_twice_is_one_charge(service: Running, settings: Settings, key: str) -> None:
    service.control(repeat=True)
    pay(settings, ("charge", key, MONEY))
    assert charges(service, key) == [("19.90", "0")]


def test_nothing_is_asked_for_an_amount_of_zero(service: Running, settings: Settings, key: str) -> None:
    service.control(down=True)
    (charged,) = pay(settings, ("charge", key, {"amount": 0, "currency": "EUR"}))
    assert charged == {"charge_id": None, "amount": 0, "currency": "EUR"}


def test_the_undo_gives_back_what_the_key_charged_once(
    service: Running, settings: Settings, key: str
) -> None:
    (charged,) = pay(settings, ("charge", key, MONEY))
    first, again, other = pay(
        settings,
        ("refund", f"{key}/undo", undo(key, charged)),
        ("refund", f"{key}/undo", undo(key, charged)),
        ("refund", f"{key}/undo2", undo(key, charged)),
    )
    assert first == again
    assert first["amount"] == Decimal("19.90")
    assert other == {"refund_id": None, "amount": 0}
    assert charges(service, key) == [("19.90", "19.90")]


def test_the_undo_finds_a_charge_whose_answer_was_lost(
    service: Running, settings: Settings, key: str
) -> None:
    service.control(wrong={"how": "close"})
    with pytest.raises(StepError) as caught:
        pay(settings, ("charge", key, MONEY))
    assert caught.value.error_class is ErrorClass.TIMEOUT
    assert charges(service, key) == [("19.90", "0")]
    service.control(wrong=None)
    pay(settings, ("refund", f"{key}/undo", undo(key)))
    assert charges(service, key) == [("19.90", "19.90")]


def test_another_attempt_after_a_lost_answer_charges_no_second_time(
    service: Running, settings: Settings, key: str
) -> None:
    service.control(wrong={"how": "status"})
    with pytest.raises(StepError) as caught:
        pay(settings, ("charge", key, MONEY))
    assert caught.value.error_class is ErrorClass.INTERNAL
    service.control(wrong=None)
    pay(settings, ("charge", key, MONEY))
    assert charges(service, key) == [("19.90", "0")]


def test_an_undo_that_finds_nothing_succeeds_and_stops_a_late_charge(
    service: Running, settings: Settings, key: str
) -> None:
    (refunded,) = pay(settings, ("refund", f"{key}/undo", undo(key)))
    assert refunded == {"refund_id": None, "amount": 0}
    with pytest.raises(StepError) as caught:
        pay(settings, ("charge", key, MONEY))
    assert (caught.value.error_class, caught.value.code) == (ErrorClass.CONFLICT, "taken-back")
    assert charges(service, key) == []


def test_a_charge_still_on_its_way_when_it_is_undone_takes_nothing(
    service: Running, settings: Settings, key: str
) -> None:
    service.control(lag={"seconds": 0.5})
    with pytest.raises(StepError) as caught:
        pay(settings.model_copy(update={"timeout": 0.1}), ("charge", key, MONEY))
    assert caught.value.error_class is ErrorClass.TIMEOUT
    service.control(lag=None)
    pay(settings, ("refund", f"{key}/undo", undo(key)))
    # The same key waits until the late one has been answered, and gets its answer.
    with pytest.raises(StepError, match="taken back"):
        pay(settings, ("charge", key, MONEY))
    assert charges(service, key) == []


def test_a_workflow_gives_back_parts_until_nothing_is_left(
    service: Running, settings: Settings, key: str
) -> None:
    (charged,) = pay(settings, ("charge", key, MONEY))
    part = {"charge_id": charged["charge_id"], "amount": Decimal("5.05"), "reason": "damaged"}
    rest = {"charge_id": charged["charge_id"]}
    outputs = pay(settings, ("refund", f"{key}/1", part), ("refund", f"{key}/2", rest))
    assert [output["amount"] for output in outputs] == [Decimal("5.05"), Decimal("14.85")]
    with pytest.raises(StepError) as caught:
        pay(settings, ("refund", f"{key}/3", part))
    assert (caught.value.error_class, caught.value.code) == (ErrorClass.CONFLICT, "already-refunded")
    assert charges(service, key) == [("19.90", "19.90")]


@pytest.mark.parametrize("given", [{}, {"charge_id": "ch_1", "key": "k"}, {"amount": 5}])
def test_a_refund_must_say_of_what(settings: Settings, key: str, given: dict[str, Any]) -> None:
    with pytest.raises(StepError, match="charge_id") as caught:
        pay(settings, ("refund", key, given))
    assert caught.value.error_class is ErrorClass.INVALID


def test_what_was_authorized_is_charged_once(service: Running, settings: Settings, key: str) -> None:
    (held,) = pay(settings, ("authorize", f"{key}/hold", MONEY))
    taken = {**MONEY, "authorization_id": held["authorization_id"]}
    pay(settings, ("charge", key, taken))
    with pytest.raises(StepError) as caught:
        pay(settings, ("charge", f"{key}/other", taken))
    assert (caught.value.error_class, caught.value.code) == (ErrorClass.CONFLICT, "not-open")
    assert charges(service, key) == [("19.90", "0")]


def test_void_lets_go_and_then_holds_nothing_of_that_key(
    service: Running, settings: Settings, key: str
) -> None:
    (held,) = pay(settings, ("authorize", key, MONEY))
    before = service.ledger()["open_authorizations"]
    outputs = pay(settings, ("void", f"{key}/u", undo(key, held)), ("void", f"{key}/v", undo(key)))
    assert outputs == [{"voided": True}, {"voided": False}]
    assert service.ledger()["open_authorizations"] == before - 1


def test_an_authorization_that_comes_after_its_void_is_refused(settings: Settings, key: str) -> None:
    assert pay(settings, ("void", f"{key}/undo", undo(key))) == [{"voided": False}]
    with pytest.raises(StepError) as caught:
        pay(settings, ("authorize", key, MONEY))
    assert caught.value.code == "taken-back"


def test_a_key_that_no_header_can_carry_is_still_charged_and_refunded(
    service: Running, settings: Settings
) -> None:
    key = "läuft/ärmel\n/1"
    pay(settings, ("charge", key, MONEY), ("refund", f"{key}/undo", undo(key)))
    rows = service.ledger("rows=all")["charges"]
    assert [row["refunded"] for row in rows if "rmel" in row["key"]] == ["19.90"]


def test_the_books_survive_the_service(tmp_path: Path, key: str) -> None:
    with payment_service(tmp_path / "ledger.db", api_key=API_KEY) as service:
        settings = Settings(base_url=service.url, api_key=API_KEY)
        first = pay(settings, ("charge", key, MONEY))
        port = int(service.url.rpartition(":")[2])
        service.kill()
        with pytest.raises(StepError) as caught:
            pay(settings, ("charge", key, MONEY))
        assert caught.value.error_class is ErrorClass.UNAVAILABLE
        with payment_service(tmp_path / "ledger.db", port=port, api_key=API_KEY) as again:
            assert pay(settings, ("charge", key, MONEY)) == first
            assert charges(again, key) == [("19.90", "0")]


def test_a_charge_tells_the_patterns_that_the_order_was_paid(
    service: Running, settings: Settings, key: str
) -> None:
    ((type_, data),) = told(settings, "charge", key, {**MONEY, "reference": "A-1"})
    assert data.pop("charge_id").startswith("ch_")
    assert (type_, data) == ("payment.captured", {"order_id": "A-1", **MONEY})
    nothing = {"amount": 0, "currency": "EUR"}
    assert told(settings, "charge", f"{key}/b", nothing) == [
        ("payment.captured", {"order_id": "run-1", **nothing})
    ]


def test_money_that_goes_back_is_told_and_an_undo_of_nothing_is_not(
    service: Running, settings: Settings, key: str
) -> None:
    (charged,) = pay(settings, ("charge", key, MONEY))
    wish = {"charge_id": charged["charge_id"], "amount": Decimal(5)}
    ((type_, data),) = told(settings, "refund", f"{key}/part", wish)
    assert data.pop("refund_id")
    assert (type_, data) == ("payment.refunded", wish)
    ((_, data),) = told(settings, "refund", f"{key}/undo", undo(key, charged))
    assert (data["charge_id"], data["amount"]) == (charged["charge_id"], Decimal("14.90"))
    assert told(settings, "refund", f"{key}/other", undo(f"{key}/never")) == []
