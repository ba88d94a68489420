"""What each way in which a service fails means for a run, and that no secret is told."""

from __future__ import annotations

import asyncio
import logging
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from paying import API_KEY, pay
from pydantic import ValidationError
from rulesflow_payment.gateway import Gateway
from rulesflow_payment.settings import Settings
from rulesflow_payment.steps import payment_steps

from bench.services.started import Running
from rulesflow import ErrorClass, StepCall, StepError

MONEY = {"amount": 20, "currency": "EUR"}


def failed(settings: Settings, key: str, **more: Any) -> StepError:
    with pytest.raises(StepError) as caught:
        pay(settings, ("charge", key, {**MONEY, **more}))
    return caught.value


@contextmanager
def answering(raw: bytes) -> Iterator[str]:
    """A server that answers one request with these bytes and closes; its URL."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(20)

        def answer() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(raw)

        thread = threading.Thread(target=answer)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        thread.join()


def replying(status: int, body: bytes, headers: str = "") -> bytes:
    return f"HTTP/1.1 {status} -\r\nContent-Length: {len(body)}\r\n{headers}\r\n".encode() + body


@pytest.mark.parametrize(
    ("status", "error_class", "code"),
    [
        (400, ErrorClass.INVALID, "invalid"),
        (401, ErrorClass.INVALID, "unauthorized"),
        (402, ErrorClass.REJECTED, "declined"),
        (403, ErrorClass.INVALID, "unauthorized"),
        (404, ErrorClass.INVALID, "not-found"),
        (408, ErrorClass.TIMEOUT, "timeout"),
        (409, ErrorClass.CONFLICT, "conflict"),
        (410, ErrorClass.INVALID, "invalid"),
        (422, ErrorClass.INVALID, "invalid"),
        (429, ErrorClass.UNAVAILABLE, "unavailable"),
        (500, ErrorClass.INTERNAL, "internal"),
        (501, ErrorClass.INTERNAL, "internal"),
        (502, ErrorClass.TIMEOUT, "timeout"),
        (503, ErrorClass.UNAVAILABLE, "unavailable"),
        (504, ErrorClass.TIMEOUT, "timeout"),
    ],
)
def test_each_status_has_its_class(
    service: Running, settings: Settings, key: str, status: int, error_class: ErrorClass, code: str
) -> None:
    service.control(fail={"status": status})
    error = failed(settings, key)
    assert (error.error_class, error.code) == (error_class, code)
    assert f"answered {status}" in error.message


def test_each_code_is_declared_with_its_class() -> None:
    charge = next(step for step in payment_steps(Gateway(Settings())) if step.name == "payment.charge")
    assert charge.errors == {
        "declined": ErrorClass.REJECTED,
        "taken-back": ErrorClass.CONFLICT,
        "not-open": ErrorClass.CONFLICT,
        "unauthorized": ErrorClass.INVALID,
        "not-found": ErrorClass.INVALID,
        "bad-answer": ErrorClass.INTERNAL,
    }


def test_a_declined_card_is_told_in_the_words_of_the_service(settings: Settings, key: str) -> None:
    error = failed(settings, key, token="declined")
    assert (error.error_class, error.code) == (ErrorClass.REJECTED, "declined")
    assert "the bank said no" in error.message


def test_what_the_service_does_not_understand_is_our_mistake(settings: Settings, key: str) -> None:
    error = failed(settings, key, currency="EURO")
    assert error.error_class is ErrorClass.INVALID
    assert "currency" in error.message


@pytest.mark.parametrize("fault", ["down", "fail"])
def test_the_seconds_of_retry_after_are_passed_on(
    service: Running, settings: Settings, key: str, fault: str
) -> None:
    service.control(**{fault: {"retry_after": 7, **({"status": 429} if fault == "fail" else {})}})
    error = failed(settings, key)
    assert (error.error_class, error.retry_after) == (ErrorClass.UNAVAILABLE, 7.0)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (
            lambda: format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True),
            pytest.approx(90, abs=5),
        ),
        (lambda: format_datetime(datetime.now(UTC) - timedelta(seconds=90), usegmt=True), 0.0),
        (lambda: "soon", None),
        (lambda: "-5", None),
        (lambda: "9" * 400, 86_400.0),
    ],
    ids=["a date", "a past date", "a word", "less than nothing", "for ever"],
)
def test_retry_after_may_be_a_date_and_is_bounded(key: str, header: Callable[[], str], seconds: Any) -> None:
    with answering(replying(503, b"", f"Retry-After: {header()}\r\n")) as url:
        assert failed(Settings(base_url=url), key).retry_after == seconds


def test_nobody_listening_is_unavailable(key: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    error = failed(Settings(base_url=f"http://127.0.0.1:{port}"), key)
    assert error.error_class is ErrorClass.UNAVAILABLE
    assert "no connection" in error.message


def test_no_answer_in_time_is_a_timeout(service: Running, settings: Settings, key: str) -> None:
    service.control(lag={"seconds": 1})
    error = failed(settings.model_copy(update={"timeout": 0.1}), key)
    assert (error.error_class, error.code) == (ErrorClass.TIMEOUT, "timeout")


def test_a_connection_that_breaks_is_a_timeout_since_the_effect_is_unknown(
    service: Running, settings: Settings, key: str
) -> None:
    service.control(drop=True)
    assert failed(settings, key).error_class is ErrorClass.TIMEOUT


def test_a_connection_that_waits_for_others_too_long_is_unavailable(
    service: Running, settings: Settings, key: str
) -> None:
    service.control(lag={"seconds": 0.6})
    narrow = settings.model_copy(update={"connections": 1, "timeout": 0.3})
    with pytest.raises(StepError) as caught:
        pay(narrow, *[("charge", f"{key}/{n}", MONEY) for n in range(3)], together=True)
    assert caught.value.error_class in (ErrorClass.UNAVAILABLE, ErrorClass.TIMEOUT)


@pytest.mark.parametrize(
    "body",
    [
        b'{"amount": "12.',
        b"",
        b"[]",
        b"\xff\xfe",
        b'{"id": "ch_1", "currency": "EUR"}',
        b'{"id": "ch_1", "currency": "EUR", "amount": "NaN"}',
        b'{"id": "ch_1", "currency": "EUR", "amount": true}',
        b'{"id": "ch_1", "currency": "EUR", "amount": "19.99"}',
        b'{"id": "ch_1", "currency": "USD", "amount": "20"}',
        b'{"id": "", "currency": "EUR", "amount": "20"}',
        b'{"currency": "EUR", "amount": "20"}',
        b'{"id": 7, "currency": "EUR", "amount": "20"}',
    ],
)
def test_a_broken_answer_is_internal(key: str, body: bytes) -> None:
    with answering(replying(200, body)) as url:
        error = failed(Settings(base_url=url), key)
    assert (error.error_class, error.code) == (ErrorClass.INTERNAL, "bad-answer")


@pytest.mark.parametrize(
    ("raw", "error_class"),
    [
        (b"SSH-2.0-OpenSSH\r\n\r\n", ErrorClass.TIMEOUT),
        (replying(200, b'{"id"').replace(b": 5", b": 50"), ErrorClass.TIMEOUT),
        (replying(200, b"no gzip", "Content-Encoding: gzip\r\n"), ErrorClass.INTERNAL),
        (replying(302, b"", "Location: http://127.0.0.1:1/\r\n"), ErrorClass.INTERNAL),
    ],
    ids=["another protocol", "cut short", "not as it was packed", "a redirection"],
)
def test_an_answer_that_is_none_leaves_the_effect_unknown(
    key: str, raw: bytes, error_class: ErrorClass
) -> None:
    with answering(raw) as url:
        error = failed(Settings(base_url=url), key)
    assert error.error_class is error_class
    assert error.error_class.effect_unknown


def test_amounts_that_come_as_numbers_are_read_exactly(key: str) -> None:
    with answering(replying(201, b'{"id": "ch_1", "currency": "EUR", "amount": 20.00}')) as url:
        (charged,) = pay(Settings(base_url=url), ("charge", key, MONEY))
    assert charged == {"charge_id": "ch_1", **MONEY}


def test_the_api_key_is_in_no_error_log_or_repr(
    service: Running, key: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    settings = Settings(base_url=service.url, api_key=API_KEY + "x")
    error = failed(settings, key)
    assert (error.error_class, error.code) == (ErrorClass.INVALID, "unauthorized")
    steps = payment_steps(Gateway(settings))
    assert API_KEY not in f"{error!r} {error} {settings!r} {steps!r} {caplog.text}"


def test_a_service_that_repeats_the_api_key_is_not_quoted(key: str) -> None:
    body = f'{{"error": {{"code": "x", "message": "no account {API_KEY} here"}}}}'.encode()
    with answering(replying(400, body)) as url:
        error = failed(Settings(base_url=url, api_key=API_KEY), key)
    assert error.message == "the payment service answered 400: no account *** here"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("base_url", "nowhere"),
        ("base_url", "ftp://pay.example"),
        ("api_key", ""),
        ("api_key", API_KEY + "\n"),
        ("api_key", f"{API_KEY} and more"),
        ("timeout", 0),
        ("connections", 0),
        ("apikey", API_KEY),
    ],
)
def test_a_setting_that_cannot_be_is_refused_without_quoting_it(name: str, value: Any) -> None:
    with pytest.raises(ValidationError) as caught:
        Settings.model_validate({name: value})
    assert caught.value.errors()[0]["loc"] == (name,)
    assert API_KEY not in str(caught.value)


def test_a_gateway_outlives_the_event_loop_that_used_it(
    service: Running, settings: Settings, key: str
) -> None:
    gateway = Gateway(settings)
    body = {"amount": "20", "currency": "EUR"}

    async def once() -> Any:
        async with gateway:
            return await gateway.post("charges", StepCall(body, key, "run-1", "charge"), body)

    assert asyncio.run(once()) == asyncio.run(once())
