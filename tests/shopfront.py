"""The whole shop for end-to-end tests: a payment service, a rulesflow process, and the books of both."""

from __future__ import annotations

import os
import re
import signal
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from bench.services.started import Running, payment_service
from forks import Fork
from serving import wait_until

ENDED = ("completed", "failed", "cancelled")


@dataclass
class Shop:
    """A rulesflow process over a database, which can be killed and started again; ``client`` talks to it."""

    folder: Path
    rules: Path
    database_url: str
    payment: Running | None = None
    environment: dict[str, str] = field(default_factory=dict)
    process: Fork | None = None
    client: httpx.Client = field(default_factory=httpx.Client)
    log: list[str] = field(default_factory=list)
    reader: threading.Thread = field(default_factory=threading.Thread)

    def start(self) -> None:
        """Start the process and wait until it takes requests."""
        command = ["-m", "rulesflow", "serve", "--rules", str(self.rules), "--port", "0"]
        begin = len(self.log)
        self.process = Fork(
            [*command, "--database", self.database_url],
            self.folder,
            {**os.environ, **self._settings(), **self.environment},
        )
        self.reader = threading.Thread(target=self.log.extend, args=(self.process.stderr,))
        self.reader.start()
        process = self.process
        found = wait_until(lambda: self._port(begin) or process.poll() is not None, 60)
        assert found is not True, "".join(self.log[begin:])
        self.client = httpx.Client(base_url=f"http://127.0.0.1:{found}", timeout=30)

    def _port(self, begin: int) -> str | None:
        told = re.search(r"running on http://127\.0\.0\.1:(\d+)", "".join(self.log[begin:]))
        return told[1] if told else None

    def _settings(self) -> dict[str, str]:
        settings = {
            "RULESFLOW_PLUGINS__STOCK__DATABASE": str(self.folder / "stock.db"),
            "RULESFLOW_PLUGINS__REFUND__DATABASE": str(self.folder / "refund.db"),
            "RULESFLOW_PLUGINS__SHIPPING__FOLDER": str(self.folder / "labels"),
        }
        if self.payment is not None:
            settings["RULESFLOW_PLUGINS__PAYMENT__BASE_URL"] = self.payment.url
        return settings

    def kill(self) -> None:
        """End the process as a power cut would."""
        self.stop(signal.SIGKILL)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End the process, as an operator does."""
        if self.process is None:
            return
        process, self.process = self.process, None
        process.send_signal(how)
        process.wait()
        self.client.close()
        self.reader.join()
        process.stderr.close()

    # -- runs ------------------------------------------------------------------------------------------

    def run(self, workflow: str, given: Any, key: str | None = None, **query: str) -> dict[str, Any]:
        """Start a run."""
        headers = {"Idempotency-Key": key} if key else {}
        body = {"workflow": workflow, "input": given}
        answer = self.client.post("/v1/runs", json=body, headers=headers, params=query)
        assert answer.status_code in (200, 202), answer.text
        return answer.json()

    def show(self, run: str) -> dict[str, Any]:
        """A run in full."""
        answer = self.client.get(f"/v1/runs/{run}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def until(self, run: str, *status: str, seconds: float = 30) -> dict[str, Any]:
        """The run once it has one of these statuses."""
        found: dict[str, Any] = {}

        def reached() -> bool:
            found.update(self.show(run))
            return found["status"] in status

        try:
            wait_until(reached, seconds)
        except AssertionError:
            raise AssertionError(f"the run is {found.get('status')}: {found}") from None
        return found

    def signal(self, run: str, name: str, payload: Any) -> httpx.Response:
        """Send a signal."""
        return self.client.post(f"/v1/runs/{run}/signals/{name}", json=payload)

    def order(self, run: str, action: str, **body: Any) -> httpx.Response:
        """Order a run about."""
        return self.client.post(f"/v1/runs/{run}/{action}", json=body)

    # -- the books -------------------------------------------------------------------------------------

    def stock(self, query: str) -> list[tuple[Any, ...]]:
        """Rows of the stock plugin's database."""
        with closing(sqlite3.connect(self.folder / "stock.db")) as connection:
            return list(connection.execute(query))


@contextmanager
def open_shop(
    folder: Path, rules: Path, database_url: str, *, environment: dict[str, str] | None = None, seed: int = 0
) -> Iterator[Shop]:
    """A shop with its payment service; it ends with the block."""
    with payment_service(folder / "ledger.db", seed=seed) as payment:
        shop = Shop(folder, rules, database_url, payment, environment or {})
        try:
            shop.start()
            yield shop
        finally:
            shop.stop()


def purchase(
    number: int | str, total: Any = 80, region: str = "eu/de", kind: str = "regular", **more: Any
) -> dict[str, Any]:
    """An input of the sample shop's workflow ``order``."""
    currency = {"us": "USD", "br": "BRL"}.get(region, "EUR")
    lines = more.pop("lines", [{"sku": "MUG", "quantity": 1, "price": total}])
    order = {"id": f"A-{number}", "total": total, "region": region, "currency": currency, "lines": lines}
    return {"order": {**order, **more}, "customer": {"id": f"C-{number}", "type": kind, "tenure_days": 400}}
