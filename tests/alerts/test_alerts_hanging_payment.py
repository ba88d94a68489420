"""A payment service that stops answering, under a real service that carries out real runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from serving import wait_until
from shopfront import Shop, open_shop
from usual_payment import USUAL, last_week, write_till

_BUYERS = 4
_HANGING = "payment.charge: 4 calls have run for more than 30 s, the first for "


@pytest.mark.slow
def test_calls_that_hang_are_told_while_none_has_ended(tmp_path: Path) -> None:
    rules = write_till(tmp_path / "rules", timeout="10m", alerts="slow-step: {for: 1s}")
    database_url = f"sqlite:///{tmp_path}/state.db"
    last_week(database_url)
    patient = {"RULESFLOW_PLUGINS__PAYMENT__TIMEOUT": "600"}
    with open_shop(tmp_path, rules, database_url, environment=patient) as shop:
        assert shop.payment is not None
        shop.payment.control(lag={"seconds": USUAL * 600})
        for number in range(_BUYERS):
            shop.run("pay", {"order": f"A-{number}"})
        (alert,) = wait_until(lambda: _alerts(shop), 60)
        assert (alert["alert"], alert["subject"]) == ("slow-step", "payment.charge")
        assert alert["text"].startswith(_HANGING)
        stats = shop.client.get("/v1/steps/stats?window=1m").json()
        assert stats["bottleneck"]["step"] == "payment.charge"
        assert stats["bottleneck"]["text"].startswith(_HANGING)
        (charge,) = (each for each in stats["steps"] if each["step"] == "payment.charge")
        assert (charge["calls"], charge["in_flight"]) == (0, _BUYERS)
        assert charge["oldest_call"] > 30


def _alerts(shop: Shop) -> Any:
    return shop.client.get("/v1/alerts?status=open").json()["alerts"]
