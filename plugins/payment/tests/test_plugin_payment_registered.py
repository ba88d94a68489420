"""The steps as rulesflow loads and calls them: found, set up, and held against their schemas."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
import rulesflow_payment
from paying import API_KEY

from bench.services.started import Running
from rulesflow import ErrorClass, PluginSettings, StepError

Run = Callable[..., Any]
MONEY = {"amount": Decimal("19.90"), "currency": "EUR"}


@pytest.fixture
def plugin_settings(service: Running) -> dict[str, dict[str, Any]]:
    return {"payment": {"base_url": service.url, "api_key": API_KEY}}


def test_money_is_held_taken_and_given_back(run_step: Run, service: Running, key: str) -> None:
    held = run_step("payment.authorize", MONEY, key=f"{key}/hold")
    taken = run_step("payment.charge", {**MONEY, "authorization_id": held["authorization_id"]}, key=key)
    undo = {"input": MONEY, "output": taken, "key": key}
    assert run_step("payment.refund", undo, key=f"{key}/undo")["amount"] == Decimal("19.9")
    undo = {"input": MONEY, "output": held, "key": f"{key}/hold"}
    assert run_step("payment.void", undo, key=f"{key}/hold/undo") == {"voided": False}
    (row,) = service.ledger(f"key={key}")["charges"]
    assert (row["amount"], row["refunded"]) == ("19.90", "19.90")


def test_an_undo_of_unknown_effect_has_no_output(run_step: Run, key: str) -> None:
    undo = {"input": MONEY, "output": None, "key": key}
    assert run_step("payment.refund", undo, key=f"{key}/undo") == {"refund_id": None, "amount": 0}


def test_the_connection_is_kept_between_calls(run_step: Run, service: Running, key: str) -> None:
    for number in range(3):
        run_step("payment.charge", MONEY, key=f"{key}/{number}")
    assert service.control() == {}
    assert all(service.ledger(f"key={key}/{number}")["charges"] for number in range(3))


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"amount": -1, "currency": "EUR"},
        {"amount": 1, "currency": "euro"},
        {"amount": "1", "currency": "EUR"},
        {**MONEY, "card": "4111"},
    ],
)
def test_an_input_that_does_not_fit_is_refused(run_step: Run, given: dict[str, Any]) -> None:
    with pytest.raises(StepError) as caught:
        run_step("payment.charge", given)
    assert (caught.value.error_class, caught.value.code) == (ErrorClass.INVALID, "invalid")


@pytest.mark.parametrize(
    ("fault", "error_class", "code"),
    [
        ({"decline": True}, ErrorClass.REJECTED, "declined"),
        ({"fail": {"status": 401}}, ErrorClass.INVALID, "unauthorized"),
        ({"wrong": {"how": "garble"}}, ErrorClass.INTERNAL, "bad-answer"),
        ({"down": True}, ErrorClass.UNAVAILABLE, "unavailable"),
    ],
)
def test_declared_codes_reach_the_workflow(
    run_step: Run, service: Running, key: str, fault: dict[str, Any], error_class: ErrorClass, code: str
) -> None:
    service.control(**fault)
    with pytest.raises(StepError) as caught:
        run_step("payment.charge", MONEY, key=key)
    assert (caught.value.error_class, caught.value.code) == (error_class, code)


def test_an_engine_that_stops_waiting_leaves_no_connection_behind(
    run_step: Run, service: Running, key: str
) -> None:
    service.control(lag={"seconds": 0.5})
    with pytest.raises(StepError) as caught:
        run_step("payment.charge", MONEY, key=key, timeout=0.05)
    assert caught.value.error_class is ErrorClass.TIMEOUT
    service.control(lag=None)
    assert run_step("payment.charge", MONEY, key=key)["amount"] == Decimal("19.9")
    assert len(service.ledger(f"key={key}")["charges"]) == 1


def is_well(url: str) -> bool:
    """What the plugin's health check says of a service."""
    settings = PluginSettings.of({"payment": {"base_url": url}}, "here")
    (resource,) = rulesflow_payment.register_resources(settings)
    assert resource.health is not None

    async def ask(health: Callable[[], Any]) -> bool:
        async with rulesflow_payment.lifespan(settings):
            return bool(await health())

    return asyncio.run(ask(resource.health))


@pytest.mark.parametrize("fault", [{}, {"decline": True}])
def test_a_service_that_answers_is_well(service: Running, fault: dict[str, Any]) -> None:
    service.control(**fault)
    assert is_well(service.url)


@pytest.mark.parametrize("fault", ["down", "fail", "drop", "wrong"])
def test_a_service_that_fails_is_not_well(service: Running, fault: str) -> None:
    service.control(**{fault: True})
    assert not is_well(service.url)


def test_a_service_that_cannot_be_reached_is_not_well() -> None:
    assert not is_well("http://127.0.0.1:9")


def test_a_service_without_a_health_path_is_well_as_long_as_it_answers(service: Running) -> None:
    assert is_well(f"{service.url}/nowhere")
