"""``--parked N``: what N parked runs cost a server that has nothing to do, and how long its next start takes.

Payment is down and its breaker is open, so that each run that is started parks at once.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx

from bench.chaos.premises import clean
from bench.chaos.server import Server
from bench.servers import ServerFailed
from bench.services.started import payment_service, postgresql

IDLE: Final = 20.0  # seconds over which idleness is measured
_SETTLED: Final = 5.0  # seconds until what is written behind has been written
_TRIES: Final = 5  # to start a run, under one key
_STARTERS: Final = 32  # runs that are being started at once
_PARKS_WITHIN: Final = 300.0  # seconds after the last start
_READY_WITHIN: Final = 120.0  # seconds
_LOOK: Final = 0.5
_TICKS: Final = os.sysconf("SC_CLK_TCK")
_PAGE: Final = os.sysconf("SC_PAGE_SIZE")
_FILES: Final = {
    "rulesflow.yaml": "project: parked\nfacts: facts.yaml\nlayers: [base]\n",
    "facts.yaml": "type: object\nproperties: {number: {type: integer}}\n",
    "base/fee.yaml": "decision: fee\noutcome: {fee: {type: number}}\ndefault: {fee: 0}\n",
    "workflows/pay.yaml": """\
workflow: pay
input: facts.yaml
retries: {once: {on: [unavailable, timeout], attempts: 1, then: park}}
steps:
  charge: {call: payment.charge, with: {amount: 10, currency: EUR}, retry: once}
""",
}


class NotParked(Exception):
    """Not all runs have parked; the message tells what they did instead."""


@dataclass(frozen=True, slots=True)
class Idle:
    """A server that has nothing to do: the share of a core that it uses, its MiB, and seconds to be ready."""

    share: float
    memory: float
    ready: float


@dataclass(frozen=True, slots=True)
class Soaked:
    """What it costs: with nothing parked, and with so many ``runs``, started at a ``rate`` a second."""

    runs: int
    rate: float
    empty: Idle
    full: Idle

    def __str__(self) -> str:
        return "\n".join(
            (
                f"{self.runs:,} runs parked, started at {self.rate:.0f} a second",
                f"{'':24}{'none parked':>14}{f'{self.runs:,} parked':>18}",
                _row("idle, of a core", f"{self.empty.share:.2%}", f"{self.full.share:.2%}"),
                _row("memory", f"{self.empty.memory:.0f} MiB", f"{self.full.memory:.0f} MiB"),
                _row("start until /readyz", f"{self.empty.ready:.1f} s", f"{self.full.ready:.1f} s"),
            )
        )


def _row(name: str, empty: str, full: str) -> str:
    return f"{name:24}{empty:>14}{full:>18}"


def soak(runs: int, database: str, folder: Path, say: Callable[[str], None], idle: float = IDLE) -> Soaked:
    """Park so many runs. Raises `NotParked`, `ServiceFailed` and `ServerFailed`."""
    with _opened(database, folder) as server:
        empty = _idle(server, _ready(server), idle)
        say(f"with nothing parked: {empty.share:.2%} of a core")
        rate = asyncio.run(_start(server.url or "", runs))
        say(f"{runs:,} runs started, {rate:.0f} a second")
        _wait_parked(server, runs)
        full = _idle(server, 0, idle)
        say(f"with {runs:,} parked: {full.share:.2%} of a core")
        server.end()
        ready = _ready(server)
        return Soaked(runs, rate, empty, Idle(full.share, full.memory, ready))


@contextmanager
def _opened(database: str, folder: Path) -> Iterator[Server]:
    """A server that has not been started, with a payment service that is down."""
    for name, text in _FILES.items():
        file = folder / "rules" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    with ExitStack() as stack:
        url = f"sqlite:///{folder / 'state.db'}"
        if database == "postgresql":
            url = stack.enter_context(postgresql())
        payment = stack.enter_context(payment_service(folder / "ledger.db"))
        payment.control(down=True)
        settings: Mapping[str, str] = {
            **clean(),
            "RULESFLOW_DATABASE_URL": url,
            "RULESFLOW_PLUGINS__PAYMENT__BASE_URL": payment.url,
        }
        server = Server("server", folder, folder / "rules", settings)
        stack.callback(server.end)
        yield server


def _ready(server: Server) -> float:
    """Start it; seconds until it is ready."""
    began = time.monotonic()
    server.start()
    with httpx.Client(base_url=server.url or "") as client:
        while client.get("/readyz").status_code != 200:
            if time.monotonic() - began > _READY_WITHIN:
                raise ServerFailed(f"the server is not ready within {_READY_WITHIN:.0f} s:\n{server.tail()}")
            time.sleep(0.02)
    return time.monotonic() - began


def _idle(server: Server, ready: float, seconds: float) -> Idle:
    assert server.pid is not None
    time.sleep(_SETTLED)
    before, began = _busy(server.pid), time.monotonic()
    time.sleep(seconds)
    share = (_busy(server.pid) - before) / (time.monotonic() - began)
    resident = int(Path(f"/proc/{server.pid}/statm").read_text().split()[1])
    return Idle(share, resident * _PAGE / (1 << 20), ready)


def _busy(pid: int) -> float:
    """Seconds of a processor that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


async def _start(url: str, runs: int) -> float:
    """Start them; how many a second."""
    numbers = iter(range(runs))
    limits = httpx.Limits(max_connections=_STARTERS)
    began = time.monotonic()
    async with (
        httpx.AsyncClient(base_url=url, timeout=60, limits=limits) as client,
        asyncio.TaskGroup() as all_,
    ):
        for _ in range(min(_STARTERS, runs)):
            all_.create_task(_keep_starting(client, numbers))
    return runs / (time.monotonic() - began)


async def _keep_starting(client: httpx.AsyncClient, numbers: Iterator[int]) -> None:
    for number in numbers:
        body = {"workflow": "pay", "input": {"number": number}}
        key = {"Idempotency-Key": f"soak-{number}"}
        for _ in range(_TRIES):  # a connection may be closed just when it is used again
            with suppress(httpx.TransportError):
                (await client.post("/v1/runs", json=body, headers=key)).raise_for_status()
                break
        else:
            raise NotParked(f"run {number} could not be started in {_TRIES} tries")


def _wait_parked(server: Server, runs: int) -> None:
    ends = time.monotonic() + _PARKS_WITHIN
    with httpx.Client(base_url=server.url or "", timeout=60) as client:
        while True:
            counted: dict[str, Any] = client.get("/v1/runs/count").raise_for_status().json()["by_status"]
            if counted.get("parked") == runs:
                return
            if time.monotonic() > ends:
                raise NotParked(
                    f"{runs} runs were started, and after {_PARKS_WITHIN:.0f} s they are {counted}"
                )
            time.sleep(_LOOK)
