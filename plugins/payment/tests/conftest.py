"""The payment service as a process."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import pytest
from paying import API_KEY
from rulesflow_payment.settings import Settings

from bench.services.started import Running, payment_service

_NUMBERS = count(1)


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with payment_service(tmp_path_factory.mktemp("payment") / "ledger.db", api_key=API_KEY) as running:
        yield running


@pytest.fixture
def service(running: Running) -> Iterator[Running]:
    """The service, without faults before and after."""
    faults = dict.fromkeys(("down", "fail", "drop", "lag", "repeat", "decline", "wrong"))
    running.control(**faults, seed=1)
    yield running
    running.control(**faults)


@pytest.fixture
def settings(service: Running) -> Settings:
    return Settings(base_url=service.url, api_key=API_KEY, timeout=20)


@pytest.fixture
def key() -> str:
    """A key that no other test has."""
    return f"run-{next(_NUMBERS)}/charge/1"
