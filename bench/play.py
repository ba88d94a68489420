"""A Black Friday, played: customers come as a rush has it, payment breaks down amid it, all is watched."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import cycle
from random import Random
from time import perf_counter, time
from typing import Any
from uuid import uuid4

from bench import traffic
from bench.connection import Connection, Reply, connect, get, post
from bench.gateway import Gateway
from bench.rush import Rush
from bench.samples import Sample, Sampler
from rulesflow.documents.jsontext import read_json, write_json
from rulesflow.model.errors import JsonRefused
from rulesflow.model.times import SECOND, Timestamp

WORKFLOW = "order"
RESOURCE = "payment"
APPROVED = 0.85  # of the orders that wait for a person
#: What ails the payment service all day long.
AILMENTS: dict[str, Any] = {"fail": {"status": 503, "share": 0.04}, "decline": {"share": 0.02}}

_LOOK = 0.5  # seconds between two samples, and between two looks of the person who approves
_AGAIN = 1.0  # seconds after which a customer comes again who was sent away for the crowd
_STALLED = 90.0  # seconds without any order that ends, after which the rest counts as lost


class PlayFailed(Exception):
    """The service did not answer as it should; the message says how."""


@dataclass(frozen=True, slots=True)
class Placed:
    """An order that was accepted as ``run``: when it came, in seconds from the beginning.

    ``priced``, ``accepted``: seconds until the basket knew its price, and until the order was taken in.
    """

    order: traffic.Order
    run: str
    second: float
    priced: float
    accepted: float


@dataclass(slots=True)
class Played:
    """What happened. ``began``: seconds since 1970; all other times are seconds from then.

    ``outage``: from when to when payment was down; ``sent_away``: how often the crowd was too large.
    """

    rush: Rush
    began: float
    placed: dict[str, Placed] = field(default_factory=dict)
    samples: list[Sample] = field(default_factory=list)
    outage: tuple[float, float] | None = None
    sent_away: int = 0


class Play:
    """One play: ``orders`` by ``seed`` in the rush, over the services at ``urls`` in turn.

    ``gateway``: the payment service, to break down; without one there is no outage. ``tell`` hears of each
    sample.
    """

    def __init__(
        self,
        urls: Sequence[str],
        gateway: Gateway | None,
        rush: Rush,
        orders: int,
        seed: int,
        tell: Callable[[Sample], None],
    ) -> None:
        self._urls = urls
        self._gateway = gateway
        self._orders = orders
        self._seed = seed
        self._tell = tell
        self._pools = {url: deque[Connection]() for url in urls}
        self._played = Played(rush, time())

    async def run(self) -> Played:
        """Play it to its end. Raises `PlayFailed`, `NoAnswer` and `OSError`."""
        for url in self._urls:
            await self._expect_ready(url)
        self._played.began = time()
        try:
            async with asyncio.TaskGroup() as group:
                customers = group.create_task(self._customers())
                group.create_task(self._break_down())
                approving = group.create_task(self._approve())
                await self._watch(customers)
                approving.cancel()
        except ExceptionGroup as failed:
            raise _first(failed) from None
        for pool in self._pools.values():
            for connection in pool:
                connection.close()
        return self._played

    @property
    def second(self) -> float:
        """Seconds from the beginning."""
        return time() - self._played.began

    # -- the customers ---------------------------------------------------------------------------------

    async def _customers(self) -> None:
        """Everybody comes when it is time, however slow the service is."""
        orders = traffic.orders(self._orders, self._seed)
        urls = cycle(self._urls)
        async with asyncio.TaskGroup() as group:
            for second in self._played.rush.times(self._orders, self._seed):
                await self._until(second)
                group.create_task(self._buy(next(urls), next(orders)))

    async def _buy(self, url: str, order: traffic.Order) -> None:
        """Ask the basket's price, then place the order."""
        second = self.second
        priced, _ = await self._post(url, "/v1/decisions/discount", order.body("discount"))
        body = {"workflow": WORKFLOW, "input": order.body("order")["facts"]}
        accepted, run = await self._post(url, "/v1/runs", body)
        self._played.placed[run["id"]] = Placed(order, run["id"], second, priced, accepted)

    async def _post(self, url: str, path: str, body: Any) -> tuple[float, dict[str, Any]]:
        """The seconds that it took, and the answer. Raises `PlayFailed`."""
        request = post(url, path, write_json(body), str(uuid4()))
        while True:
            started = perf_counter()
            reply = await self._send(url, request)
            if reply.status != 429:
                return perf_counter() - started, _answer(path, reply)
            self._played.sent_away += 1
            await asyncio.sleep(_AGAIN)

    # -- the outage ------------------------------------------------------------------------------------

    async def _break_down(self) -> None:
        rush, gateway = self._played.rush, self._gateway
        if gateway is None or not rush.outage:
            return
        await self._until(rush.outage_at)
        await asyncio.to_thread(gateway.order, down=True)
        down = self.second
        await asyncio.sleep(rush.outage)
        await asyncio.to_thread(gateway.order, down=None)
        self._played.outage = down, self.second

    # -- the person at the inbox -----------------------------------------------------------------------

    async def _approve(self) -> None:
        """Whatever waits for approval gets an answer, the same for the same order and seed."""
        answered = set[str]()
        path = f"/v1/runs?workflow={WORKFLOW}&status=waiting&limit=500&since={self._since}"
        while True:
            await asyncio.sleep(_LOOK)
            reply = await self._send(self._urls[0], get(self._urls[0], path))
            for run in _answer(path, reply)["runs"]:
                placed = self._played.placed.get(run["id"])
                if placed and "review" in run["at"] and placed.run not in answered:
                    answered.add(placed.run)
                    await self._sign(placed)

    async def _sign(self, placed: Placed) -> None:
        likes = Random(f"{self._seed} {placed.order.facts['order']['id']}").random() < APPROVED
        body = json.dumps({"verdict": "approved" if likes else "rejected"}).encode()
        url = self._urls[0]
        await self._send(url, post(url, f"/v1/runs/{placed.run}/signals/approval", body))

    # -- watching --------------------------------------------------------------------------------------

    async def _watch(self, customers: asyncio.Task[None]) -> None:
        """Until the last order has ended, or none has for long."""
        url, played = self._urls[0], self._played
        sampler = Sampler(await connect(url), url, RESOURCE, WORKFLOW, self._since)
        done, progress = 0, self.second
        while not customers.done() or (done < len(played.placed) and self.second - progress < _STALLED):
            await asyncio.sleep(_LOOK)
            sample = await sampler.sample(self.second, time(), len(played.placed))
            played.samples.append(sample)
            self._tell(sample)
            if sample.done > done or not customers.done():
                done, progress = sample.done, self.second

    @property
    def _since(self) -> str:
        return str(Timestamp(int(self._played.began * 1000) * (SECOND // 1000)))

    # -- within ----------------------------------------------------------------------------------------

    async def _until(self, second: float) -> None:
        await asyncio.sleep(max(second - self.second, 0))

    async def _send(self, url: str, request: bytes) -> Reply:
        """The reply. What is sent may come twice, where the server closes an idle connection just then."""
        pool = self._pools[url]
        while pool:
            connection = pool.pop()
            with suppress(ConnectionError):
                return await self._sent(connection, url, request)
        return await self._sent(await connect(url), url, request)

    async def _sent(self, connection: Connection, url: str, request: bytes) -> Reply:
        reply = await connection.send(request)
        self._pools[url].append(connection)
        return reply

    async def _expect_ready(self, url: str) -> None:
        reply = await self._send(url, get(url, "/readyz"))
        if reply.status != 200:
            raise PlayFailed(f"{url} is not ready: /readyz answers {reply.status}")


@contextmanager
def ailing(gateway: Gateway) -> Iterator[None]:
    """All day long payment fails now and then; it is well again afterwards, however the day ended."""
    try:
        gateway.order(**AILMENTS)
        yield
    finally:
        gateway.order(down=None, **dict.fromkeys(AILMENTS))


def _first(failed: BaseException) -> BaseException:
    """The first error of those that came together."""
    return _first(failed.exceptions[0]) if isinstance(failed, BaseExceptionGroup) else failed


def _answer(path: str, reply: Reply) -> dict[str, Any]:
    """The answer. Raises `PlayFailed` for any other reply than one of the sample shop."""
    try:
        answer = read_json(reply.body)
    except JsonRefused:
        answer = None
    if not isinstance(answer, dict):
        raise PlayFailed(f"{path}: the service answers {reply.status}, without any JSON: is it rulesflow?")
    if reply.status not in (200, 202):
        raise PlayFailed(
            f"{path}: {reply.status} {answer.get('title')}: {answer.get('detail')}{_fault(answer)}"
        )
    if not answer.keys() & {"result", "id", "runs"}:
        raise PlayFailed(f"{path}: {reply.body.decode()} is no answer of the sample shop")
    return answer


def _fault(problem: dict[str, Any]) -> str:
    """What the first of a problem's errors says."""
    errors = problem.get("errors") or [{}]
    return f" ({errors[0].get('pointer')}: {errors[0].get('message')})" if errors[0] else ""
