"""The database goes away for a while, with orders in flight: nothing is lost, nothing is done twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.chaos.postgres import Postgres
from bench.services.started import postgresql
from databases import new_database
from serving import ROOT, wait_until
from shopfront import Shop, open_shop, purchase

ORDERS = 20
LOOKS = 500  # at the books, which show no new charge: every call has ended and waits to be recorded


@pytest.fixture
def server(postgres: str) -> Iterator[Postgres]:
    """One of its own, since the others share theirs; ``postgres`` tells whether there can be any."""
    with postgresql() as url:
        yield Postgres(url)


@pytest.fixture
def shop(tmp_path: Path, server: Postgres) -> Iterator[Shop]:
    with open_shop(tmp_path, ROOT / "rules", new_database(server.url)) as opened:
        yield opened


def test_orders_outlast_an_outage_of_the_database(shop: Shop, server: Postgres) -> None:
    assert shop.payment is not None
    shop.payment.control(lag={"seconds": 1.5})
    runs = [shop.run("order", purchase(number))["id"] for number in range(ORDERS)]
    waiting = shop.run("order", purchase("waits", 900, "us", "new"))["id"]
    shop.until(waiting, "waiting")
    server.kill()
    wait_until(lambda: "does not answer" in "".join(shop.log), 30)
    server.start()
    seen = [shop.until(run, "completed", seconds=90) for run in runs]
    assert {each["problem"] for each in seen} == {None}
    charged = Counter(row["key"] for row in shop.payment.ledger("rows=all")["charges"])
    assert charged == dict.fromkeys((f"{run}/charge/1" for run in runs), 1)
    assert shop.signal(waiting, "approval", {"verdict": "approved"}).status_code == 202
    shop.until(waiting, "completed")
    assert "broke off" not in "".join(shop.log)


def test_a_server_ends_in_peace_while_the_database_is_away(shop: Shop, server: Postgres) -> None:
    assert shop.payment is not None
    shop.payment.control(lag={"seconds": 0.5})
    runs = [shop.run("order", purchase(number))["id"] for number in range(ORDERS)]
    server.kill()
    wait_until(lambda: "rulesflow-inbox stands still: the database does not answer" in "".join(shop.log), 60)
    charges: list[int] = []

    def still() -> bool:
        charges.append(len(shop.payment.ledger("rows=all")["charges"]))
        return len(charges) > LOOKS and len({*charges[-LOOKS:]}) == 1

    wait_until(still, 60)
    shop.stop()
    server.start()
    shop.start()
    for run in runs:
        assert shop.until(run, "completed", seconds=90)["problem"] is None
