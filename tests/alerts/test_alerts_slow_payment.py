"""A payment service that becomes slow, under a real service that carries out real runs."""

from __future__ import annotations

import time
from pathlib import Path
from threading import Event, Thread
from typing import Any

import httpx
import pytest

from serving import wait_until
from shopfront import Shop, open_shop
from usual_payment import USUAL, last_week, write_till


@pytest.mark.slow
def test_a_slow_payment_is_told_within_a_minute_and_ends_when_it_is_well(tmp_path: Path) -> None:
    # so that it closes while one waits; it opens as it is shipped
    rules = write_till(tmp_path / "rules", timeout="10s", alerts="slow-step: {window: 30s, clear_for: 5s}")
    database_url = f"sqlite:///{tmp_path}/state.db"
    last_week(database_url)
    with open_shop(tmp_path, rules, database_url) as shop:
        assert shop.payment is not None
        ended = Event()
        buyers = Thread(target=_buy, args=(shop.client.base_url, ended))
        buyers.start()
        try:
            shop.payment.control(lag={"seconds": USUAL * 5})
            began = time.monotonic()
            (alert,) = wait_until(lambda: _alerts(shop, "open"), 90)
            assert time.monotonic() - began <= 60
            assert (alert["alert"], alert["subject"]) == ("slow-step", "payment.charge")
            assert alert["values"]["verdict"] == "slow"
            assert alert["text"].startswith("payment.charge: p")
            shop.payment.control(lag=None)
            (closed,) = wait_until(lambda: _alerts(shop, "closed"), 90)
            assert closed["id"] == alert["id"]
            assert _alerts(shop, "open") == []
        finally:
            ended.set()
            buyers.join()


def _buy(url: httpx.URL, ended: Event) -> None:
    """Start a few runs a second."""
    with httpx.Client(base_url=url, timeout=30) as client:
        number = 0
        while not ended.wait(0.25):
            number += 1
            client.post("/v1/runs", json={"workflow": "pay", "input": {"order": f"A-{number}"}})


def _alerts(shop: Shop, status: str) -> Any:
    return shop.client.get(f"/v1/alerts?status={status}").json()["alerts"]
