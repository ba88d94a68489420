"""The score step, against the real service and without one."""

from __future__ import annotations

import asyncio
import logging
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from importlib.metadata import entry_points
from typing import Any

import pytest
import rulesflow_fraud
from pydantic import ValidationError
from rulesflow_fraud.service import ScoreService
from rulesflow_fraud.settings import Settings
from rulesflow_fraud.steps import fraud_steps

from bench.services.started import Running, score_service
from rulesflow import ErrorClass, StepCall, StepError

API_KEY = "sk-very-secret"
ORDER = {"id": "A-1", "total": Decimal("59.90")}


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    with score_service(api_key=API_KEY) as running:
        yield running


@pytest.fixture
def service(running: Running) -> Iterator[Running]:
    """The service, without faults before and after."""
    faults = dict.fromkeys(("down", "fail", "drop", "lag", "wrong"))
    running.control(**faults)
    yield running
    running.control(**faults)


@pytest.fixture
def settings(service: Running) -> Settings:
    return Settings(base_url=service.url, api_key=API_KEY, timeout=20)


def score(settings: Settings, **given: Any) -> Any:
    async def run() -> Any:
        if settings.base_url is None:
            return await fraud_steps(settings, None)[0].handler(call)
        async with ScoreService(settings) as service:
            return await fraud_steps(settings, service)[0].handler(call)

    call = StepCall({"order": ORDER, **given}, "run-1/check/1", "run-1", "check")
    return asyncio.run(run())


def failed(settings: Settings) -> StepError:
    with pytest.raises(StepError) as caught:
        score(settings)
    return caught.value


@contextmanager
def answering(body: bytes, head: bytes = b"HTTP/1.1 200 -\r\n") -> Iterator[str]:
    """A server that answers one request with this body and closes; its URL."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(20)

        def answer() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(head + b"Content-Length: %d\r\n\r\n" % len(body) + body)

        thread = threading.Thread(target=answer)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        thread.join()


def test_rulesflow_finds_the_plugin_by_its_entry_point() -> None:
    (entry,) = entry_points(group="rulesflow", name="fraud")
    assert entry.load() is rulesflow_fraud


def test_the_service_scores_the_same_order_alike(service: Running, settings: Settings) -> None:
    first, second = score(settings), score(settings)
    assert first == second
    assert first["source"] == "service"
    assert 0 <= first["value"] <= 1
    assert isinstance(first["value"], Decimal)


def test_the_service_gives_its_reasons(settings: Settings) -> None:
    found = score(settings, order={"id": "BAD-1"})
    assert found == {"value": Decimal("0.97"), "reasons": ["seen in a fraud before"], "source": "service"}


@pytest.mark.parametrize(
    ("status", "error_class", "code"),
    [
        (400, ErrorClass.INVALID, "invalid"),
        (401, ErrorClass.INVALID, "unauthorized"),
        (403, ErrorClass.INVALID, "unauthorized"),
        (408, ErrorClass.TIMEOUT, "timeout"),
        (429, ErrorClass.UNAVAILABLE, "unavailable"),
        (500, ErrorClass.INTERNAL, "internal"),
        (502, ErrorClass.UNAVAILABLE, "unavailable"),
        (503, ErrorClass.UNAVAILABLE, "unavailable"),
        (504, ErrorClass.UNAVAILABLE, "unavailable"),
    ],
)
def test_each_status_has_its_class(
    service: Running, settings: Settings, status: int, error_class: ErrorClass, code: str
) -> None:
    service.control(fail={"status": status})
    error = failed(settings)
    assert (error.error_class, error.code) == (error_class, code)
    assert error.message == f"the score service answered {status}"


def test_the_seconds_of_retry_after_are_passed_on(service: Running, settings: Settings) -> None:
    service.control(down={"retry_after": 7})
    assert failed(settings).retry_after == 7.0


def test_nobody_listening_and_a_broken_connection_are_unavailable(
    service: Running, settings: Settings
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    assert failed(Settings(base_url=f"http://127.0.0.1:{port}")).error_class is ErrorClass.UNAVAILABLE
    service.control(drop=True)
    assert failed(settings).error_class is ErrorClass.UNAVAILABLE


def test_no_answer_in_time_is_a_timeout(service: Running, settings: Settings) -> None:
    service.control(lag={"seconds": 1})
    assert failed(settings.model_copy(update={"timeout": 0.1})).error_class is ErrorClass.TIMEOUT


@pytest.mark.parametrize("fault", ["down", "drop"])
def test_a_service_that_is_away_may_be_done_without(service: Running, settings: Settings, fault: str) -> None:
    service.control(**{fault: True})
    found = score(settings.model_copy(update={"when_away": "local"}), customer={"blocked": True})
    assert found == {"value": Decimal("0.95"), "reasons": ["the account is blocked"], "source": "local"}


def test_a_mistake_of_ours_is_told_even_if_the_service_can_be_done_without(settings: Settings) -> None:
    wrong = settings.model_copy(update={"when_away": "local", "api_key": None})
    assert failed(wrong).code == "unauthorized"


@pytest.mark.parametrize(
    "body",
    [
        b'{"value": 0.',
        b"",
        b"[]",
        b"7",
        b"{}",
        b'{"value": "0.5"}',
        b'{"value": true}',
        b'{"value": 1.01}',
        b'{"value": -0.1}',
        b'{"value": NaN}',
        b'{"value": 0.5, "reasons": "none"}',
        b'{"value": 0.5, "reasons": [1]}',
    ],
)
def test_a_broken_answer_is_internal(body: bytes) -> None:
    with answering(body) as url:
        error = failed(Settings(base_url=url))
    assert (error.error_class, error.code) == (ErrorClass.INTERNAL, "bad-answer")


def test_reasons_may_be_missing() -> None:
    with answering(b'{"value": 1}') as url:
        assert score(Settings(base_url=url)) == {"value": 1, "reasons": [], "source": "service"}


def test_numbers_of_any_size_reach_the_service(settings: Settings) -> None:
    order = {"total": Decimal("0.1"), "long": Decimal("1.2345678901234567890123"), "large": Decimal("1e6000")}
    assert score(settings, order=order)["source"] == "service"


def test_the_api_key_is_in_no_error_log_or_repr(service: Running, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    settings = Settings(base_url=service.url, api_key=API_KEY + "x")
    error = failed(settings)
    assert error.code == "unauthorized"
    steps = fraud_steps(settings, ScoreService(settings))
    assert API_KEY not in f"{error!r} {error} {settings!r} {steps!r} {caplog.text}"


def test_without_a_service_an_order_with_no_sign_scores_nothing() -> None:
    assert score(Settings()) == {"value": 0, "reasons": [], "source": "local"}


def test_signs_count_as_independent_chances() -> None:
    found = score(
        Settings(),
        order={"total": Decimal("400.01"), "ship_to": {"country": "FR"}},
        customer={"type": "new", "home": "DE", "email": "x@mailinator.com"},
        payment={"card_country": "FR", "declined_1h": 3, "three_d_secure": False, "score": Decimal("0.5")},
    )
    assert found["reasons"] == [
        "declined payments",
        "throw-away mail",
        "the card is from abroad",
        "it goes abroad",
        "a large first order",
        "the bank did not check",
        "the gateway's score",
    ]
    innocent = (
        Decimal("0.6") * Decimal("0.65") * Decimal("0.75") * Decimal("0.9") * Decimal("0.8") * Decimal("0.9")
    )
    assert found["value"] == round(1 - innocent / 2, 4)


@pytest.mark.parametrize(
    "given",
    [
        {"order": {"total": Decimal(400)}, "customer": {"type": "new"}},
        {"customer": {"home": "DE"}},
        {"customer": {"blocked": False}, "device": {"card_testing": False}},
        {"payment": {"declined_1h": 2, "three_d_secure": True, "score": 0}},
        {"order": {"ship_to": None, "total": "much"}, "customer": {"email": 7}},
    ],
)
def test_what_is_missing_or_harmless_is_no_sign(given: dict[str, Any]) -> None:
    assert score(Settings(), **given)["value"] == 0


def test_a_score_of_the_gateway_beyond_all_bounds_is_certainty() -> None:
    assert score(Settings(), payment={"score": 7})["value"] == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("base_url", "nowhere"),
        ("api_key", f"{API_KEY}\n"),
        ("api_key", ""),
        ("timeout", 0),
        ("when_away", "sk-very-secret"),
        ("apikey", "sk-very-secret"),
    ],
)
def test_a_setting_that_cannot_be_is_refused_without_quoting_it(name: str, value: Any) -> None:
    with pytest.raises(ValidationError) as caught:
        Settings.model_validate({name: value})
    assert caught.value.errors()[0]["loc"] == (name,)
    assert API_KEY not in str(caught.value)
