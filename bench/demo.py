"""``make demo``: a Black Friday weekend played through a running service, and what it decided.

Random orders, the same for the same seed, are sent over HTTP: each is asked about its discount, fraud, stock
and shipping, some about a refund. Two tables tell what came of them, by region and kind of customer.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from time import perf_counter
from types import FrameType
from typing import Any
from urllib.parse import urlsplit

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from bench import servers, traffic
from bench.connection import Reply, connect, get, post
from bench.takings import NEEDED, Takings, show
from rulesflow.documents.jsontext import read_json
from rulesflow.model.errors import JsonRefused

RULES = Path(__file__).parents[1] / "rules"
_CONNECTIONS = 4
_MOST_ORDERS = 1_000_000
_STOPS = (signal.SIGINT, signal.SIGTERM)


class DemoFailed(Exception):
    """The service did not answer as it should; the message says how."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Play the demo; the exit code: 0 well, 1 the service failed, 2 usage, 130 interrupted."""
    options = _options(arguments)
    console = Console()
    signal.signal(signal.SIGTERM, _interrupt)  # the server that we started must end with us
    try:
        with _service(options.url, console) as url:
            # An event loop that is half made cannot be stopped cleanly: whoever stops us waits until it runs.
            signal.pthread_sigmask(signal.SIG_BLOCK, _STOPS)
            takings = asyncio.run(_play(url, options.orders, options.seed, console))
    except (DemoFailed, servers.ServerFailed, OSError) as error:
        console.print(f"error: {error}", style="red", markup=False, highlight=False)
        return 1
    except KeyboardInterrupt:
        console.print("interrupted", style="yellow")
        return 130
    show(takings, console)
    return 0


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    signal.raise_signal(signal.SIGINT)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="demo", description="Play a Black Friday through the sample shop.")
    parser.add_argument("--orders", type=int, default=1_000, metavar="N", help="how many orders (1000)")
    parser.add_argument(
        "--seed", type=int, default=1127, metavar="S", help="the same orders for the same seed"
    )
    parser.add_argument(
        "--url", metavar="URL", help="a service that serves the sample shop; else one is started"
    )
    options = parser.parse_args(arguments)
    if not 1 <= options.orders <= _MOST_ORDERS:
        parser.error(f"--orders must be between 1 and {_MOST_ORDERS:,}")
    if options.url is not None and not _is_url(options.url):
        parser.error("--url must be of the form http://HOST:PORT")
    return options


def _is_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
        known = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        return known and parts.path in ("", "/")
    except ValueError:
        return False


@contextmanager
def _service(url: str | None, console: Console) -> Iterator[str]:
    """The URL of a service: the one named, or one of our own until the block ends."""
    if url is not None:
        yield url
        return
    with servers.rulesflow(RULES) as server:
        console.print(f"serving the sample shop on {server.url} (process {server.pid})", highlight=False)
        yield server.url


async def _play(url: str, count: int, seed: int, console: Console) -> Takings:
    """Send every order through its decisions, some orders at a time. Raises `DemoFailed` and `OSError`."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOPS)
    await _expect_ready(url)
    takings, orders = Takings(), list(traffic.orders(count, seed))
    with _progress(console) as progress:
        task = progress.add_task("decisions", total=sum(len(order.decisions) for order in orders))
        waiting = iter(orders)  # shared: each connection takes the next order when it is free
        started = perf_counter()
        await asyncio.gather(
            *(
                _keep_ordering(url, waiting, takings, partial(progress.advance, task))
                for _ in range(_CONNECTIONS)
            )
        )
        takings.seconds = perf_counter() - started
    return takings


def _progress(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
    )


async def _expect_ready(url: str) -> None:
    connection = await connect(url)
    reply = await connection.send(get(url, "/readyz"))
    connection.close()
    if reply.status != 200:
        raise DemoFailed(f"{url} is not ready: /readyz answers {reply.status}")


async def _keep_ordering(
    url: str, waiting: Iterator[traffic.Order], takings: Takings, advance: Callable[[int], None]
) -> None:
    connection = await connect(url)
    for order in waiting:
        for decision in order.decisions:
            request = post(url, f"/v1/decisions/{decision}", json.dumps(order.body(decision)).encode())
            started = perf_counter()
            reply = await connection.send(request)
            takings.decided(order, decision, _answer(decision, reply), perf_counter() - started)
        advance(len(order.decisions))
    connection.close()


def _answer(decision: str, reply: Reply) -> dict[str, Any]:
    """The answer. Raises `DemoFailed` for any other reply than one."""
    try:
        answer = read_json(reply.body)
    except JsonRefused:
        answer = None
    if not isinstance(answer, dict):
        raise DemoFailed(
            f"{decision}: the service answers {reply.status}, without any JSON: is it rulesflow?"
        )
    if reply.status != 200:
        raise DemoFailed(
            f"{decision}: {reply.status} {answer.get('title')}: {answer.get('detail')}{_first(answer)}"
        )
    result = answer.get("result")
    if not isinstance(result, dict) or not result.keys() >= NEEDED[decision]:
        raise DemoFailed(f"{decision}: {reply.body.decode()} is no answer of the sample shop")
    return answer


def _first(problem: dict[str, Any]) -> str:
    """What the first of a problem's errors says."""
    errors = problem.get("errors") or [{}]
    return f" ({errors[0].get('pointer')}: {errors[0].get('message')})" if errors[0] else ""


if __name__ == "__main__":
    sys.exit(main())
