"""``make demo``: a Black Friday weekend of orders played through a running service, and what came of them.

Random orders, the same for the same seed, are started as runs over HTTP, sixteen at once. The payment service
fails now and then and declines some cards; whoever sits at the inbox approves most of the orders that wait
for a person. Two tables tell what came of it, by region and kind of customer.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from time import perf_counter
from types import FrameType
from typing import Any
from urllib.parse import urlsplit

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from bench import servers, traffic
from bench.connection import Connection, Reply, connect, get, post
from bench.services.started import Running, ServiceFailed, payment_service
from bench.takings import Takings, show
from rulesflow.documents.jsontext import read_json, write_json
from rulesflow.model.errors import JsonRefused

RULES = Path(__file__).parents[1] / "rules"
_CONNECTIONS = 16
_MOST_ORDERS = 1_000_000
_WAIT = 20  # seconds for one order to end; longer ones are counted as open
_INBOX = 0.2  # seconds between two looks of the person who approves
_APPROVED = 0.85  # of the orders that wait for a person
_FAULTS: dict[str, Any] = {"fail": {"status": 503, "share": 0.04}, "decline": {"share": 0.02}}
_STOPS = (signal.SIGINT, signal.SIGTERM)


class DemoFailed(Exception):
    """The service did not answer as it should; the message says how."""


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is played: ``orders`` for the ``seed``, none begun after so many ``seconds``."""

    orders: int
    seed: int
    seconds: float


def main(arguments: Sequence[str] | None = None) -> int:
    """Play the demo; the exit code: 0 well, 1 the service failed, 2 usage, 130 interrupted."""
    options = _options(arguments)
    console = Console(stderr=options.json)
    signal.signal(signal.SIGTERM, _interrupt)  # the servers that we started must end with us
    plan = _Plan(options.orders, options.seed, options.seconds)
    try:
        with _service(options.url, options.seed, console) as (url, payment):
            # An event loop that is half made cannot be stopped cleanly: whoever stops us waits until it runs.
            signal.pthread_sigmask(signal.SIG_BLOCK, _STOPS)
            takings = asyncio.run(_play(url, plan, console))
            books = payment.ledger() if payment else None
    except (DemoFailed, servers.ServerFailed, ServiceFailed, OSError) as error:
        console.print(f"error: {error}", style="red", markup=False, highlight=False)
        return 1
    except KeyboardInterrupt:
        console.print("interrupted", style="yellow")
        return 130
    if options.json:
        print(json.dumps({**takings.as_dict(), "books": books}, ensure_ascii=False))
        return 0
    show(takings, console)
    if books:
        console.print(
            f"in the payment service's books: {books['charges']} charges, {books['refunds']} refunds\n"
            f"no order was charged more than {_times(books['most_per_key'])}",
            highlight=False,
        )
    return 0


def _times(count: int) -> str:
    return "once" if count <= 1 else f"{count} times"


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    signal.raise_signal(signal.SIGINT)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="demo", description="Play a Black Friday through the sample shop.")
    parser.add_argument("--orders", type=int, default=600, metavar="N", help="how many orders at most (600)")
    parser.add_argument(
        "--seconds", type=float, default=25, metavar="S", help="after which no more are begun (25)"
    )
    parser.add_argument(
        "--seed", type=int, default=1127, metavar="S", help="the same orders for the same seed"
    )
    parser.add_argument(
        "--url", metavar="URL", help="a service that serves the sample shop; else one is started"
    )
    parser.add_argument("--json", action="store_true", help="print JSON instead of the tables")
    options = parser.parse_args(arguments)
    if not options.seconds > 0:
        parser.error("--seconds must be more than 0")
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
def _service(url: str | None, seed: int, console: Console) -> Iterator[tuple[str, Running | None]]:
    """The URL of a service: the one named, or one of our own, which ends with the block as its bank does."""
    if url is not None:
        yield url, None
        return
    with ExitStack() as stack:
        folder = stack.enter_context(TemporaryDirectory())
        payment = stack.enter_context(payment_service(Path(folder) / "ledger.db", seed=seed))
        payment.control(**_FAULTS)
        settings = {"RULESFLOW_PLUGINS__PAYMENT__BASE_URL": payment.url}
        server = stack.enter_context(servers.rulesflow(RULES, settings))
        console.print(f"serving the sample shop on {server.url} (process {server.pid})", highlight=False)
        yield server.url, payment


async def _play(url: str, plan: _Plan, console: Console) -> Takings:
    """Send the orders, some at a time, and wait for their ends. Raises `DemoFailed` and `OSError`."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOPS)
    await _expect_ready(url)
    takings = Takings()
    with _progress(console) as progress:
        task = progress.add_task("orders", total=plan.orders)
        started = perf_counter()
        waiting = _until(traffic.orders(plan.orders, plan.seed), started + plan.seconds)
        advance = partial(progress.advance, task)
        async with _approving(url, plan.seed):
            await asyncio.gather(
                *(_keep_ordering(url, waiting, takings, advance) for _ in range(_CONNECTIONS))
            )
        takings.seconds = perf_counter() - started
        progress.update(task, total=takings.orders)
    return takings


def _until(orders: Iterator[traffic.Order], moment: float) -> Iterator[traffic.Order]:
    for order in orders:
        if perf_counter() > moment:
            return
        yield order


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
    url: str, waiting: Iterator[traffic.Order], takings: Takings, advance: Callable[[], None]
) -> None:
    """Take the next order whenever the last one has ended: the basket asks its price, then it is placed."""
    connection = await connect(url)
    for order in waiting:
        started = perf_counter()
        await _ask(connection, url, "/v1/decisions/discount", order.body("discount"))
        takings.group(order).decision_times.append(perf_counter() - started)
        body = {"workflow": "order", "input": order.body("order")["facts"]}
        takings.ended(order, await _ask(connection, url, f"/v1/runs?wait={_WAIT}s", body))
        advance()
    connection.close()


@asynccontextmanager
async def _approving(url: str, seed: int) -> AsyncIterator[None]:
    """Somebody sits at the inbox meanwhile. Raises `DemoFailed` if they had to leave."""
    inbox = asyncio.create_task(_keep_approving(url, seed))
    try:
        yield
    finally:
        inbox.cancel()
        (left,) = await asyncio.gather(inbox, return_exceptions=True)
    if isinstance(left, Exception):
        raise DemoFailed(f"nobody could approve: {left}")


async def _keep_approving(url: str, seed: int) -> None:
    """Whatever waits for approval gets an answer."""
    connection, random, answered = await connect(url), Random(seed), set[str]()
    while True:
        reply = await connection.send(get(url, "/v1/runs?workflow=order&status=waiting&limit=500"))
        for run in read_json(reply.body)["runs"]:
            if "review" in run["at"] and run["id"] not in answered:
                answered.add(run["id"])
                verdict = "approved" if random.random() < _APPROVED else "rejected"
                body = json.dumps({"verdict": verdict}).encode()
                await connection.send(post(url, f"/v1/runs/{run['id']}/signals/approval", body))
        await asyncio.sleep(_INBOX)


async def _ask(connection: Connection, url: str, path: str, body: Any) -> dict[str, Any]:
    reply = await connection.send(post(url, path, write_json(body)))
    return _answer(path, reply)


def _answer(path: str, reply: Reply) -> dict[str, Any]:
    """The answer. Raises `DemoFailed` for any other reply than one of the sample shop."""
    try:
        answer = read_json(reply.body)
    except JsonRefused:
        answer = None
    if not isinstance(answer, dict):
        raise DemoFailed(f"{path}: the service answers {reply.status}, without any JSON: is it rulesflow?")
    if reply.status not in (200, 202):
        raise DemoFailed(
            f"{path}: {reply.status} {answer.get('title')}: {answer.get('detail')}{_first(answer)}"
        )
    if not answer.keys() & {"result", "path"}:
        raise DemoFailed(f"{path}: {reply.body.decode()} is no answer of the sample shop")
    return answer


def _first(problem: dict[str, Any]) -> str:
    """What the first of a problem's errors says."""
    errors = problem.get("errors") or [{}]
    return f" ({errors[0].get('pointer')}: {errors[0].get('message')})" if errors[0] else ""


if __name__ == "__main__":
    sys.exit(main())
