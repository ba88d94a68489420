"""``rest``: decisions over HTTP against a bare JSON echo that is sent the same bytes, one worker each."""

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
from bench.connection import Reply, connect, post
from bench.measuring import OURS, Comparison, Pace, Result, WrongAnswer
from bench.tables import DECISION, equality_table, requests

SHOP = Path(__file__).parents[1] / "rules"
ECHO = "echo"
_CONNECTIONS = 16
_REQUESTS = 1_000
_SEED = 1127
_CHECKED = 200
_LINES = 6  # order lines that make the facts of the table about 400 bytes long
_TABLE_CASE, _SHOP_CASE = "1,000 rules", "sample shop"


@dataclass(frozen=True, slots=True)
class Asked:
    """A request to be sent: where to, the body, and the result that is right, as far as we know it."""

    path: str
    body: dict[str, Any]
    result: Any = None


def run(pace: Pace) -> Result:
    """Measure 1,000 rules of equality and the sample shop, at the default explanation."""
    table = equality_table(1_000)
    asked = {
        _TABLE_CASE: [
            Asked(f"/v1/decisions/{DECISION}", {"facts": json.loads(each.text)}, each.outcome)
            for each in requests(table, _REQUESTS, _SEED, lines=_LINES)
        ],
        _SHOP_CASE: list(islice(_shop_requests(), _REQUESTS)),
    }
    with TemporaryDirectory() as folder, ExitStack() as stack:
        root = Path(folder)
        urls = {
            (_TABLE_CASE, OURS): stack.enter_context(servers.rulesflow(_project(root, table.files()))).url,
            (_SHOP_CASE, OURS): stack.enter_context(servers.rulesflow(SHOP)).url,
        }
        url = stack.enter_context(servers.echo()).url
        urls |= {(case, ECHO): url for case in asked}
        for (case, name), each in urls.items():
            asyncio.run(_check(name, each, asked[case][:_CHECKED]))
        lines = _generate(root, urls, asked, pace)
    return Result("rest", "Decisions over HTTP", _comparisons(lines), _notes(asked))


def _shop_requests() -> Iterator[Asked]:
    for order in traffic.orders(_REQUESTS, _SEED):
        for decision in order.decisions:
            yield Asked(f"/v1/decisions/{decision}", order.body(decision))


def _project(root: Path, files: dict[str, bytes]) -> Path:
    project = root / "rules"
    for path, data in files.items():
        (project / path).parent.mkdir(parents=True, exist_ok=True)
        (project / path).write_bytes(data)
    return project


async def _check(name: str, url: str, asked: Sequence[Asked]) -> None:
    """Raises `WrongAnswer` where a reply is not what it must be."""
    connection = await connect(url)
    for each in asked:
        body = json.dumps(each.body).encode()
        reply = await connection.send(post(url, each.path, body))
        if not _is_right(name, each, reply):
            raise WrongAnswer(f"{name} answers {reply.status} {reply.body.decode()}, asked {body.decode()}")
    connection.close()


def _is_right(name: str, asked: Asked, reply: Reply) -> bool:
    if reply.status != 200:
        return False
    answer = json.loads(reply.body)
    if name == ECHO:
        return bool(answer == asked.body)
    return asked.result is None or bool(answer["result"] == asked.result)


def _generate(
    root: Path, urls: dict[tuple[str, str], str], asked: dict[str, list[Asked]], pace: Pace
) -> list[tuple[tuple[str, str], dict[str, float]]]:
    """What the generator saw in each turn, by case and contender. Raises `WrongAnswer` and `ServerFailed`."""
    files = {case: root / f"{number}.ndjson" for number, case in enumerate(asked)}
    for case, file in files.items():
        lines = (json.dumps({"path": each.path, "body": each.body}) for each in asked[case])
        file.write_text("\n".join(lines), encoding="utf-8")
    keys = list(urls)
    order = [
        key for turn in range(pace.http_rounds) for key in keys[turn % len(keys) :] + keys[: turn % len(keys)]
    ]
    turns = [{"url": urls[key], "requests": str(files[key[0]]), "seconds": pace.http_turn} for key in order]
    plan = root / "plan.json"
    plan.write_text(json.dumps({"connections": _CONNECTIONS, "turns": turns}), encoding="utf-8")
    command = [sys.executable, "-m", "bench.generator", str(plan)]
    done = subprocess.run(command, check=False, stdout=subprocess.PIPE, text=True, cwd=SHOP.parent)
    if done.returncode:
        raise servers.ServerFailed("the load generator could not go on; its reason stands above")
    found = list(zip(order, map(json.loads, done.stdout.splitlines()), strict=True))
    for (case, name), line in found:
        if line["failed"]:
            raise WrongAnswer(f"{name} ({case}) refused {line['failed']} of {line['requests']} requests")
    return found


def _comparisons(lines: Sequence[tuple[tuple[str, str], dict[str, float]]]) -> list[Comparison]:
    found = []
    for case in (_TABLE_CASE, _SHOP_CASE):
        mine = {name: [line for key, line in lines if key == (case, name)] for name in (OURS, ECHO)}
        rate = {name: [each["requests"] / each["seconds"] for each in turns] for name, turns in mine.items()}
        found.append(Comparison(case, "throughput", "req/s", rate))
        for part in ("p50", "p99"):
            times = {name: [each[part] * 1000 for each in turns] for name, turns in mine.items()}
            found.append(Comparison(case, f"time of a request, {part}", "ms", times))
    return found


def _notes(asked: dict[str, list[Asked]]) -> tuple[str, ...]:
    sizes = ", ".join(
        f"{mean(len(json.dumps(each.body['facts'])) for each in some):.0f} bytes ({case})"
        for case, some in asked.items()
    )
    return (
        f"{_CONNECTIONS} keep-alive connections from a process of its own; facts of {sizes} on average.",
        f"The first {_CHECKED} answers of each were checked, and the status of every one.",
        "More throughput is better: a ratio of 0.5 is half as many requests as the echo. For times, less is.",
    )
