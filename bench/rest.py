"""``rest``: decisions over HTTP, one worker: beside a bare JSON echo, beside zen-engine, and in batches."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from statistics import mean
from tempfile import TemporaryDirectory
from typing import Any

from bench import servers, traffic
from bench.connection import connect
from bench.generator import request_of
from bench.measuring import OURS, Bar, Comparison, Pace, Result, WrongAnswer, at_least, in_turn
from bench.peers import zen
from bench.tables import DECISION, Table, equality_table, requests, write_project

SHOP = Path(__file__).parents[1] / "rules"
ECHO = "echo"
ZEN_APP = "zen-engine, FastAPI"
ONE_BY_ONE = "one by one"
_CONNECTIONS = 16
_REQUESTS = 1_000
_SEED = 1127
_CHECKED = 200
_LINES = 6  # order lines that make the facts of the table about 400 bytes long
_TABLE_CASE, _SHOP_CASE, _BATCH_CASE = "1,000 rules", "sample shop", f"batch of {_REQUESTS:,}"
_ARRAY, _NDJSON = "JSON array", "NDJSON"
_BARS: dict[str, Bar] = {ECHO: at_least(0.9), ZEN_APP: at_least(2)}
_BATCH_BARS = {ONE_BY_ONE: at_least(5)}


@dataclass(frozen=True, slots=True)
class Asked:
    """A request to be sent: its path with its body or lines, and the result that is right, as far as we know
    it (of a batch those of its items)."""

    line: dict[str, Any]
    result: Any = None


@dataclass(frozen=True, slots=True)
class Turn:
    """What a contender is sent in each of its turns; a request holds so many ``decisions``."""

    case: str
    name: str
    url: str
    asked: Sequence[Asked]
    connections: int = _CONNECTIONS
    decisions: int = 1


def run(pace: Pace) -> Result:
    """Measure 1,000 rules of equality, the sample shop, and batches, at the default explanation."""
    table = equality_table(1_000)
    single = [
        Asked({"path": f"/v1/decisions/{DECISION}", "body": {"facts": json.loads(each.text)}}, each.outcome)
        for each in requests(table, _REQUESTS, _SEED, lines=_LINES)
    ]
    shop = list(islice(_shop_requests(), _REQUESTS))
    with TemporaryDirectory() as folder, ExitStack() as stack:
        root = Path(folder)
        turns = _turns(stack, root, table, single, shop)
        for each in turns:
            asyncio.run(_check(each))
        lines = _generate(root, turns, pace)
    skipped = {ZEN_APP: zen.MISSING} if zen.MISSING else {}
    return Result("rest", "Decisions over HTTP", _comparisons(turns, lines), _notes(single, shop), skipped)


def _turns(
    stack: ExitStack, root: Path, table: Table, single: Sequence[Asked], shop: Sequence[Asked]
) -> list[Turn]:
    ours = stack.enter_context(servers.rulesflow(write_project(root / "rules", table.files()))).url
    ours_shop = stack.enter_context(servers.rulesflow(SHOP)).url
    echo = stack.enter_context(servers.echo()).url
    turns = [Turn(_TABLE_CASE, OURS, ours, single), Turn(_TABLE_CASE, ECHO, echo, single)]
    if not zen.MISSING:
        graph = root / "graph.json"
        graph.write_text(json.dumps(zen.graph(table)), encoding="utf-8")
        turns.append(Turn(_TABLE_CASE, ZEN_APP, stack.enter_context(servers.zen_app(graph)).url, single))
    turns += [Turn(_SHOP_CASE, OURS, ours_shop, shop), Turn(_SHOP_CASE, ECHO, echo, shop)]
    turns.append(Turn(_BATCH_CASE, ONE_BY_ONE, ours, single, connections=1))
    for name, key in ((_ARRAY, "body"), (_NDJSON, "lines")):
        batch = Asked(
            {"path": f"/v1/decisions/{DECISION}/batch", key: [each.line["body"] for each in single]},
            [each.result for each in single],
        )
        turns.append(Turn(_BATCH_CASE, name, ours, [batch], connections=1, decisions=len(single)))
    return turns


def _shop_requests() -> Iterator[Asked]:
    for order in traffic.orders(_REQUESTS, _SEED):
        for decision in order.decisions:
            yield Asked({"path": f"/v1/decisions/{decision}", "body": order.body(decision)})


async def _check(turn: Turn) -> None:
    """Raises `WrongAnswer` where a reply is not what it must be."""
    connection = await connect(turn.url)
    for each in turn.asked[:_CHECKED]:
        reply = await connection.send(request_of(turn.url, each.line))
        if reply.status != 200 or not _is_right(turn, each, reply.body):
            told = reply.body.decode(errors="replace")[:2_000]
            raise WrongAnswer(f"{turn.name} ({turn.case}) answers {reply.status} {told}, asked {each.line}")
    connection.close()


def _is_right(turn: Turn, asked: Asked, body: bytes) -> bool:
    if turn.name == ECHO:
        return bool(json.loads(body) == asked.line["body"])
    if turn.name == _NDJSON:
        return [json.loads(line)["result"] for line in body.splitlines()] == list(asked.result)
    answer = json.loads(body)
    if turn.name == _ARRAY:
        return [each["result"] for each in answer] == list(asked.result)
    return asked.result is None or bool(answer["result"] == asked.result)


def _generate(root: Path, turns: Sequence[Turn], pace: Pace) -> list[list[dict[str, float]]]:
    """What the generator saw, by turn and round. Raises `WrongAnswer` and `ServerFailed`."""
    plans = []
    for number, turn in enumerate(turns):
        file = root / f"{number}.ndjson"
        file.write_text("\n".join(json.dumps(each.line) for each in turn.asked), encoding="utf-8")
        plans.append(
            {
                "url": turn.url,
                "requests": str(file),
                "seconds": pace.http_turn,
                "connections": turn.connections,
            }
        )
    order = [number for turn in range(pace.http_rounds) for number in in_turn(range(len(turns)), turn)]
    plan = root / "plan.json"
    plan.write_text(json.dumps({"turns": [plans[number] for number in order]}), encoding="utf-8")
    command = [sys.executable, "-m", "bench.generator", str(plan)]
    done = subprocess.run(command, check=False, stdout=subprocess.PIPE, text=True, cwd=SHOP.parent)
    if done.returncode:
        raise servers.ServerFailed("the load generator could not go on; its reason stands above")
    found: list[list[dict[str, float]]] = [[] for _ in turns]
    for number, line in zip(order, map(json.loads, done.stdout.splitlines()), strict=True):
        if line["failed"]:
            turn = turns[number]
            raise WrongAnswer(
                f"{turn.name} ({turn.case}) refused {line['failed']} of {line['requests']} requests"
            )
        found[number].append(line)
    return found


def _comparisons(turns: Sequence[Turn], lines: Sequence[list[dict[str, float]]]) -> list[Comparison]:
    rates: dict[str, dict[str, list[float]]] = {}
    times: dict[tuple[str, str], dict[str, list[float]]] = {}
    for turn, found in zip(turns, lines, strict=True):
        rate = [each["requests"] * turn.decisions / each["seconds"] for each in found]
        rates.setdefault(turn.case, {})[turn.name] = rate
        for part in ("p50", "p99"):
            times.setdefault((turn.case, part), {})[turn.name] = [each[part] * 1000 for each in found]
    comparisons = []
    for case in (_TABLE_CASE, _SHOP_CASE):
        bars = _BARS if case == _TABLE_CASE else {}
        comparisons.append(Comparison(case, "throughput", "req/s", rates[case], bars))
        comparisons += [
            Comparison(case, f"request, {part}", "ms", times[case, part]) for part in ("p50", "p99")
        ]
    batch = rates[_BATCH_CASE]
    for name in (_ARRAY, _NDJSON):
        rounds = {OURS: batch[name], ONE_BY_ONE: batch[ONE_BY_ONE]}
        comparisons.append(Comparison(_BATCH_CASE, name, "decisions/s", rounds, _BATCH_BARS))
    return comparisons


def _notes(single: Sequence[Asked], shop: Sequence[Asked]) -> tuple[str, ...]:
    sizes = ", ".join(
        f"{mean(len(json.dumps(each.line['body']['facts'])) for each in some):.0f} bytes ({case})"
        for case, some in ((_TABLE_CASE, single), (_SHOP_CASE, shop))
    )
    return (
        f"{_CONNECTIONS} keep-alive connections from a process of its own; facts of {sizes} on average.",
        f"The first {_CHECKED} answers of each were checked, all of a batch, and the status of every one.",
        "Batches, and one by one beside them, go over one keep-alive connection.",
        "More throughput is better: a ratio of 0.5 is half as much as the other has. For times, less is.",
    )
