"""A receiver of traces, and a shop that sends its traces there."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from busyshop import keep_busy
from receiver import Receiver, receiving

from serving import ROOT
from shopfront import Shop, open_shop


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    """A receiver, shared by the tests of a module."""
    with receiving() as started:
        yield started


@pytest.fixture(scope="module")
def settings(receiver: Receiver) -> dict[str, str]:
    """The environment of the shop: it sends its traces to the receiver."""
    return receiver.environment


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, settings: dict[str, str]) -> Iterator[Shop]:
    """The sample shop as a process of its own."""
    folder = tmp_path_factory.mktemp("shop")
    url = f"sqlite:///{folder / 'state.db'}"
    with open_shop(folder, ROOT / "rules", url, environment=settings) as opened:
        yield opened


@pytest.fixture(scope="module")
def busy(shop: Shop) -> Shop:
    """The shop after a little of everything."""
    keep_busy(shop)
    return shop
