"""One flow, twice: five steps that do nothing and two decisions, for rulesflow and by hand for DBOS.

``python -m bench.flow rulesflow|unwatched|dbos DATABASE_URL`` is a contender: a process of its own, since
DBOS is global. It prints a line when it is ready, and then for each line of its input, ``{"runs": 40,
"at_once": 16}``, carries out so many runs and prints ``{"seconds": …, "cpu": …, "writes": {…}}``. ``cpu``:
seconds of the processor that this process took. ``writes`` counts the statements that wrote, by table, where
``"count": true`` asks for it.
"""

from __future__ import annotations

import asyncio
import gc
import json
import re
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from decimal import Decimal
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from types import SimpleNamespace
from typing import Any, TypeAlias, cast
from unittest.mock import patch

import sqlalchemy as sa
from dbos import DBOS, DBOSConfig, Serializer, SetWorkflowID
from sqlalchemy import event

from rulesflow import Step, StepCall, hookimpl
from rulesflow.app import Engine
from rulesflow.documents.folder import read_folder
from rulesflow.documents.jsontext import read_json, write_json
from rulesflow.hooks.manager import load_plugins
from rulesflow.runtime.alerts import Alerts
from rulesflow.runtime.archive import Archive
from rulesflow.runtime.catalog import Catalog
from rulesflow.runtime.database import Database
from rulesflow.runtime.identifiers import new_id
from rulesflow.runtime.loading import load_archived, load_folder
from rulesflow.runtime.stats import Stats
from rulesflow.runtime.tallies import unmeasured
from rulesflow.settings import read_settings

STEPS = ("reserve", "check", "charge", "label", "mail")
#: Carries out one run with an order of that number; its output.
Run: TypeAlias = Callable[[int], Awaitable[Any]]

_WRITES = re.compile(r"\s*(?:INSERT\s+INTO|UPDATE|DELETE\s+FROM)\s+(\S+)", re.IGNORECASE)
_ENDS_WITHIN = 60.0
_SETTLED = 0.5  # seconds after which all is written that is written behind the answer: the end, the list
_FILES = {
    "rulesflow.yaml": "project: flow\nfacts: facts.yaml\nlayers: [base, 'region/{order.region}']\n",
    "facts.yaml": """\
type: object
required: [order]
properties:
  order:
    type: object
    required: [id, total, weight, region]
    properties:
      id: {type: string}
      total: {type: number, minimum: 0}
      weight: {type: number, minimum: 0}
      region: {enum: [eu, us]}
""",
    "base/fraud.yaml": """\
decision: fraud
outcome: {verdict: {enum: [approve, review]}}
rules:
  - {rule: huge, when: {order.total: "> 10000"}, then: {verdict: review}, because: More than anybody pays}
default: {verdict: approve}
""",
    "base/carrier.yaml": """\
decision: carrier
outcome: {carrier: {enum: [post, parcel]}}
rules:
  - {rule: light, when: {order.weight: "< 2"}, then: {carrier: post}, because: It fits through the letter box}
default: {carrier: parcel}
""",
    "workflows/order.yaml": """\
workflow: order
title: Five steps that do nothing, and two decisions
input: facts.yaml
steps:
  reserve: {call: flow.reserve, with: {order: "${ order.id }"}}
  fraud: {decide: fraud, on: {approve: check, review: {fail: rejected}}}
  check: {call: flow.check, with: {order: "${ order.id }"}}
  charge: {call: flow.charge, with: {order: "${ order.id }", amount: "${ order.total }"}}
  carrier: {decide: carrier, on: {post: label, parcel: label}}
  label: {call: flow.label, with: {order: "${ order.id }", carrier: "${ steps.carrier.carrier }"}}
  mail: {call: flow.mail, with: {order: "${ order.id }"}}
output: {carrier: "${ steps.carrier.carrier }", order: "${ steps.mail.order }"}
""",
}


def given(number: int) -> dict[str, Any]:
    """An order."""
    weight, region = Decimal(number % 40) / 10, "eu" if number % 3 else "us"
    return {"order": {"id": f"A-{number}", "total": 19 + number % 90, "weight": weight, "region": region}}


def wanted(number: int) -> dict[str, Any]:
    """What its run must end with."""
    return {"carrier": "post" if number % 40 < 20 else "parcel", "order": f"A-{number}"}


async def _nothing(handed: Any) -> dict[str, Any]:
    return {"order": handed["order"]}


# -- rulesflow -----------------------------------------------------------------------------------------


def write_project(root: Path) -> Path:
    """The rules and the workflow."""
    for name, text in _FILES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


@hookimpl
def register_steps() -> Iterator[Step]:
    """The steps, as a plugin gives them."""
    for name in STEPS:
        yield Step(f"flow.{name}", _step)


async def _step(call: StepCall) -> dict[str, Any]:
    return await _nothing(call.input)


@asynccontextmanager
async def _rulesflow(url: str) -> AsyncIterator[tuple[Run, sa.Engine]]:
    """Ours, as the service starts and awaits runs."""
    with TemporaryDirectory() as root:
        plugins = load_plugins(only=(), extra={"flow": SimpleNamespace(register_steps=register_steps)})
        catalog = Catalog()
        catalog.activate(load_folder(read_folder(write_project(Path(root))), plugins), root)
    database = Database(url)
    archive = Archive(database, partial(load_archived, plugins=plugins))
    settings = read_settings({"rules": Path(root), "database_url": url})
    engine = Engine(settings, catalog, plugins, database, archive)
    await asyncio.to_thread(engine.start)

    async def run(number: int) -> Any:
        begun = await engine.runs.start("order", given(number))
        ended = await engine.runs.wait(begun["id"], _ENDS_WITHIN)
        return ended["output"]

    yield run, database.engine
    await asyncio.to_thread(engine.stop)
    database.close()


@asynccontextmanager
async def _unwatched(url: str) -> AsyncIterator[tuple[Run, sa.Engine]]:
    """The same, but nothing is measured, and no alert is looked for."""

    def idle(*_: Any) -> None:
        """Do nothing."""

    with (
        patch.object(Stats, "of", lambda _, step, resource: unmeasured(step, resource)),
        patch.object(Stats, "mark", idle),
        patch.object(Stats, "start", idle),
        patch.object(Alerts, "start", idle),
    ):
        async with _rulesflow(url) as ours:
            yield ours


# -- DBOS by hand --------------------------------------------------------------------------------------


class _Json(Serializer):
    def name(self) -> str:
        return "json"

    def serialize(self, data: Any) -> str:
        return write_json(data).decode()

    def deserialize(self, serialized_data: str) -> Any:
        return read_json(serialized_data.encode())


async def _by_hand(handed: dict[str, Any]) -> dict[str, Any]:
    """The flow, as one would write it without rulesflow."""
    order = handed["order"]
    await DBOS.run_step_async({"name": "reserve"}, _nothing, {"order": order["id"]})
    if order["total"] > 10_000:
        raise ValueError("rejected")
    await DBOS.run_step_async({"name": "check"}, _nothing, {"order": order["id"]})
    charge = {"order": order["id"], "amount": order["total"]}
    await DBOS.run_step_async({"name": "charge"}, _nothing, charge)
    carrier = "post" if order["weight"] < 2 else "parcel"
    await DBOS.run_step_async({"name": "label"}, _nothing, {"order": order["id"], "carrier": carrier})
    mailed = await DBOS.run_step_async({"name": "mail"}, _nothing, {"order": order["id"]})
    return {"carrier": carrier, "order": mailed["order"]}


@asynccontextmanager
async def _dbos(url: str) -> AsyncIterator[tuple[Run, sa.Engine]]:
    """DBOS over the same connections to the same kind of database, with as many threads."""
    database = Database(url)
    config: DBOSConfig = {
        "name": "by-hand",
        "system_database_engine": database.engine,
        "application_version": "1",
        "serializer": _Json(),
        "max_executor_threads": 16,
        "console_log_level": "ERROR",
        "use_listen_notify": False,
    }
    DBOS(config=config)
    flow = DBOS.workflow(name="order")(_by_hand)
    DBOS.launch()

    async def run(number: int) -> Any:
        with SetWorkflowID(new_id()):
            handle = await DBOS.start_workflow_async(flow, given(number))
        return await handle.get_result()

    yield run, database.engine
    await asyncio.to_thread(DBOS.destroy)
    database.close()


# -- the contender -------------------------------------------------------------------------------------

CONTENDERS = {"rulesflow": _rulesflow, "unwatched": _unwatched, "dbos": _dbos}


@contextmanager
def _counting(engine: sa.Engine, *, wished: bool) -> Iterator[Counter[str]]:
    """Count the statements that write, by table; one for many rows counts as one."""
    counted: Counter[str] = Counter()

    def see(_conn: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if found := _WRITES.match(statement):
            counted[found[1].split(".")[-1].strip('"')] += 1

    if wished:
        event.listen(engine, "before_cursor_execute", see)
    yield counted
    if wished:
        event.remove(engine, "before_cursor_execute", see)


async def _turn(run: Run, numbers: range, at_once: int) -> float:
    """Carry out runs, so many at a time; the seconds that they took. Raises `ValueError` for a wrong end."""
    waiting = iter(numbers)

    async def keep_running() -> None:
        for number in waiting:
            output = await run(number)
            if output != wanted(number):
                raise ValueError(f"run {number} ended with {output!r}, not with {wanted(number)!r}")

    started = perf_counter()
    async with asyncio.TaskGroup() as group:
        for _ in range(at_once):
            group.create_task(keep_running())
    return perf_counter() - started


async def _serve(name: str, url: str) -> None:
    async with CONTENDERS[name](url) as (run, engine):
        gc.collect()
        gc.freeze()  # what stands from the beginning is spared the collector, as it is in the service
        print("ready", flush=True)
        first = 0
        while line := await asyncio.to_thread(sys.stdin.readline):
            asked = json.loads(line)
            if asked.get("count"):
                await asyncio.sleep(_SETTLED)
            with _counting(engine, wished=bool(asked.get("count"))) as writes:
                busy = process_time()
                seconds = await _turn(run, range(first, first + asked["runs"]), asked["at_once"])
                busy = process_time() - busy
                if asked.get("count"):
                    await asyncio.sleep(_SETTLED)
            first += cast(int, asked["runs"])
            print(json.dumps({"seconds": seconds, "cpu": busy, "writes": writes}), flush=True)


if __name__ == "__main__":
    asyncio.run(_serve(*sys.argv[1:]))
