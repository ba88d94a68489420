"""A payment service that becomes slow, under a real service that carries out real runs."""

from __future__ import annotations

import time
from pathlib import Path
from threading import Event, Thread
from typing import Any

import httpx
import pytest

from rulesflow.runtime.clock import MICROS
from rulesflow.runtime.database import Database
from rulesflow.runtime.stats import Stats
from serving import wait_until
from shopfront import Shop, open_shop

_USUAL = 0.2  # seconds that payment takes
_HOUR = 3600 * MICROS
_WEEK = 7 * 24 * _HOUR
_FILES = {
    "rulesflow.yaml": "project: till\nfacts: facts.yaml\nlayers: [base]\n",
    "facts.yaml": "type: object\nproperties: {order: {type: string}}\n",
    "base/fee.yaml": "decision: fee\noutcome: {fee: {type: number}}\ndefault: {fee: 1}\n",
    # so that it closes while one waits; it opens as it is shipped
    "alerts.yaml": "alerts:\n  slow-step: {window: 30s, clear_for: 5s}\n",
    "workflows/pay.yaml": """\
workflow: pay
input: {type: object, required: [order], properties: {order: {type: string}}}
steps:
  charge:
    call: payment.charge
    with: {amount: 10, currency: EUR, reference: "${ order }"}
    timeout: 10s
""",
}


@pytest.mark.slow
def test_a_slow_payment_is_told_within_a_minute_and_ends_when_it_is_well(tmp_path: Path) -> None:
    for name, text in _FILES.items():
        file = tmp_path / "rules" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    database_url = f"sqlite:///{tmp_path}/state.db"
    _last_week(database_url)
    with open_shop(tmp_path, tmp_path / "rules", database_url) as shop:
        assert shop.payment is not None
        ended = Event()
        buyers = Thread(target=_buy, args=(shop.client.base_url, ended))
        buyers.start()
        try:
            shop.payment.control(lag={"seconds": _USUAL * 5})
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


def _last_week(database_url: str) -> None:
    """Write down what was usual a week ago, in this hour and the next, as the service would have."""
    clock = [time.time_ns() // 1000 - _WEEK]
    database = Database(database_url)
    stats = Stats(database, lambda: clock[0])
    for _ in range(2):
        for _ in range(500):
            stats.count("payment.charge", "payment", 0.001, _USUAL, None)
        stats.flush()
        clock[0] += _HOUR
    clock[0] += _HOUR
    stats.flush()
    stats.stop()
    database.close()


def _buy(url: httpx.URL, ended: Event) -> None:
    """Start a few runs a second."""
    with httpx.Client(base_url=url, timeout=30) as client:
        number = 0
        while not ended.wait(0.25):
            number += 1
            client.post("/v1/runs", json={"workflow": "pay", "input": {"order": f"A-{number}"}})


def _alerts(shop: Shop, status: str) -> Any:
    return shop.client.get(f"/v1/alerts?status={status}").json()["alerts"]
