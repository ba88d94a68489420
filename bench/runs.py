"""``runs``: a durable flow against the same flow written by hand for DBOS; and runs over HTTP."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

import sqlalchemy as sa

from bench import servers
from bench.connection import connect, post
from bench.flow import STEPS
from bench.measuring import OURS, Comparison, Pace, Result, WrongAnswer
from bench.servers import ServerFailed
from bench.services.started import ServiceFailed, payment_service, postgresql

PEER = "dbos"
_ROOT = Path(__file__).parents[1]
_SHOP = _ROOT / "rules"
_AT_ONCE = (1, 16)
_WARM_UP = 20
_COUNTED = 10
_RECORDS = ("workflow_input", "workflow_output", "operation_outputs")


@dataclass(frozen=True, slots=True)
class _Size:
    """How many rounds, and how many runs in each turn."""

    rounds: int
    runs: Mapping[int, int]  # by how many go on at once
    orders: int


_FULL = _Size(rounds=9, runs={1: 30, 16: 96}, orders=96)
_QUICK = _Size(rounds=5, runs={1: 4, 16: 16}, orders=16)


def run(pace: Pace) -> Result:
    """Measure on SQLite, and on PostgreSQL where it is installed."""
    size = _QUICK if pace.quick else _FULL
    comparisons: list[Comparison] = []
    notes = [
        f"{len(STEPS)} asynchronous steps that do nothing, with two decisions between them; one worker each.",
        "Each in a process of its own, turn by turn, over the same settings of the same kind of database.",
        "For times less is better. Rows: one for each step, the run and its end.",
    ]
    skipped: dict[str, str] = {}
    with TemporaryDirectory() as folder, ExitStack() as stack:
        databases: dict[str, Callable[[str], str]] = {"SQLite": lambda name: f"sqlite:///{folder}/{name}.db"}
        try:
            server = stack.enter_context(postgresql())
            databases["PostgreSQL"] = partial(new_database, server)
        except ServiceFailed as failed:
            skipped["PostgreSQL"] = str(failed).strip().splitlines()[-1]
        for case, database in databases.items():
            comparisons += _flows(case, {name: database(f"flow_{name}") for name in (OURS, PEER)}, size)
            comparisons.append(_orders(case, database("shop"), size))
    return Result("runs", "Durable runs", comparisons, notes, skipped)


def new_database(server: str, name: str) -> str:
    url = sa.make_url(server).set(drivername="postgresql+psycopg")
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return url.set(drivername="postgresql", database=name).render_as_string(hide_password=False)


# -- the flow against the same by hand -----------------------------------------------------------------


class Contender:
    """A process of `bench.flow`."""

    def __init__(self, name: str, process: subprocess.Popen[str]) -> None:
        self.name = name
        self._process = process
        self._answer()  # it is ready

    def turn(self, runs: int, at_once: int, *, count: bool = False) -> dict[str, Any]:
        """Carry out runs; what it says of them. Raises `WrongAnswer`."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"runs": runs, "at_once": at_once, "count": count}) + "\n")
        self._process.stdin.flush()
        found: dict[str, Any] = json.loads(self._answer())
        return found

    def _answer(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise WrongAnswer(f"{self.name} could not carry out the flow; its reason stands above")
        return line


@contextmanager
def contender(name: str, url: str) -> Iterator[Contender]:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("RULESFLOW_")}
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.flow", name, url],
        cwd=_ROOT,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield Contender(name, process)
    finally:
        try:
            process.communicate(timeout=30)  # closes its input, at which it ends
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _flows(case: str, urls: Mapping[str, str], size: _Size) -> Iterator[Comparison]:
    with ExitStack() as stack:
        contenders = [stack.enter_context(contender(name, url)) for name, url in urls.items()]
        for each in contenders:
            each.turn(_WARM_UP, 4)
        written = {each.name: [_written(each)] for each in contenders}
        for at_once in _AT_ONCE:
            yield from _rounds(case, contenders, at_once, size)
        yield Comparison(case, "statements that record a run", "", written)


def _written(contender: Contender) -> float:
    """How many statements record a run. The list of runs, written behind in batches, is not counted."""
    writes: dict[str, int] = contender.turn(_COUNTED, 1, count=True)["writes"]
    return sum(writes.get(table, 0) for table in _RECORDS) / _COUNTED


def _rounds(case: str, contenders: list[Contender], at_once: int, size: _Size) -> Iterator[Comparison]:
    runs = size.runs[at_once]
    times: dict[str, list[float]] = {each.name: [] for each in contenders}
    busy: dict[str, list[float]] = {each.name: [] for each in contenders}
    for number in range(size.rounds):
        first = number % len(contenders)
        for each in contenders[first:] + contenders[:first]:
            found = each.turn(runs, at_once)
            times[each.name].append(found["seconds"] / runs * 1000)
            busy[each.name].append(found["cpu"] / runs * 1000)
    which = "one after another" if at_once == 1 else f"{at_once} at once"
    yield Comparison(case, f"time of a run, {which}", "ms", times)
    yield Comparison(case, f"processor time of a run, {which}", "ms", busy)


# -- the sample shop over HTTP -------------------------------------------------------------------------


def _orders(case: str, database: str, size: _Size) -> Comparison:
    """Orders of the sample shop a second, from the request to the label."""
    with TemporaryDirectory() as folder, payment_service(Path(folder) / "ledger.db") as payment:
        settings = {
            "RULESFLOW_DATABASE_URL": database,
            "RULESFLOW_PLUGINS__PAYMENT__BASE_URL": payment.url,
            "RULESFLOW_PLUGINS__STOCK__INITIAL": "1000000",
        }
        with servers.rulesflow(_SHOP, settings) as server:
            asyncio.run(_order(server.url, 0, _WARM_UP))
            rates = []
            for number in range(size.rounds):
                started = perf_counter()
                asyncio.run(_order(server.url, (number + 1) * 10_000, size.orders))
                rates.append(size.orders / (perf_counter() - started))
        if payment.ledger()["most_per_key"] != 1:
            raise WrongAnswer("an order was charged twice")
    return Comparison(case, "orders over REST, 16 at once", "runs/s", {OURS: rates})


async def _order(url: str, first: int, count: int) -> None:
    waiting = iter(range(first, first + count))

    async def keep_ordering() -> None:
        connection = await connect(url)
        for number in waiting:
            body = json.dumps({"workflow": "order", "input": _purchase(number)}).encode()
            reply = await connection.send(post(url, "/v1/runs?wait=30s", body))
            if reply.status not in (200, 202):
                raise ServerFailed(f"an order is answered by {reply.status} {reply.body.decode()}")
            status = json.loads(reply.body)["status"]
            if status != "completed":
                raise WrongAnswer(f"order {number} is {status}, not completed")
        connection.close()

    async with asyncio.TaskGroup() as group:
        for _ in range(16):
            group.create_task(keep_ordering())


def _purchase(number: int) -> dict[str, Any]:
    order = {"id": f"A-{number}", "total": 80, "currency": "EUR", "region": "eu/de"}
    lines = [{"sku": f"sku-{number % 100}", "quantity": 1, "price": 80}]
    return {"order": {**order, "lines": lines}, "customer": {"type": "regular", "tenure_days": 400}}
