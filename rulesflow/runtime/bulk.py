"""Bulk orders, carried out: every run of a query is told the same, at a rate, even if a process dies."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Collection, Coroutine
from concurrent.futures import Future
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final, Protocol

from sqlalchemy.exc import SQLAlchemyError

from rulesflow.model.errors import Conflict, FactsRefused, Fault, RequestRefused, RulesflowError, UnknownName
from rulesflow.runtime.bulks import BulkOrder, Bulks
from rulesflow.runtime.catalog import now
from rulesflow.runtime.identifiers import id_of, new_id
from rulesflow.runtime.orders import Order
from rulesflow.runtime.pace import Pace
from rulesflow.runtime.patience import patiently, told
from rulesflow.runtime.runquery import STUCK, RunQuery
from rulesflow.workflows.commands import Action

logger = logging.getLogger(__name__)

_AT_ONCE: Final = 8  # runs that are told at the same time
_AT_RATE: Final = 64  # the same where a rate keeps them apart
_SAVE: Final = 1.0  # seconds between two times that it is written how far an order is
_FIRST: Final = 0.2  # seconds before the first new attempt at a run while the database is away; doubles
_LONGEST: Final = 5.0
_TRIES: Final = 16  # attempts at a run, within about a minute
_GOING: Final = ("queued", "running", "waiting", "parked", "incident")
#: The statuses of the runs that can obey an action.
_ABLE: Final = {
    Action.PAUSE: _GOING,
    Action.RESUME: ("paused",),
    Action.CANCEL: (*_GOING, "paused"),
    Action.RETRY: STUCK,
    Action.RERUN: (*_GOING, "paused"),
}


class Obey(Protocol):
    """What orders one run about."""

    def __call__(
        self, run: str, order: Order, *, key: str | None, caller: str, wait: bool
    ) -> Awaitable[None]:
        """``wait``: until the run has obeyed, for a while. Raises `RulesflowError` where it cannot obey."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What bulk orders need of the process around them.

    ``runs``: the ids of the runs of a query, oldest first; it blocks. ``submit`` lets something go on in the
    engine's loop. ``executor``: the name of the process.
    """

    runs: Callable[[RunQuery], list[str]]
    obey: Obey
    submit: Callable[[Coroutine[Any, Any, None]], Future[None]]
    executor: str


def applicable(action: Action, query: RunQuery) -> RunQuery:
    """The query, oldest first, for the runs that can obey unless it names a status itself."""
    stuck = action is Action.RETRY and not query.status
    status = query.status or _ABLE[action]
    return replace(query, status=status, stuck=stuck, newest_first=False, cursor=None)


class Bulk:
    """Carries out bulk orders, and tells how far they are. Its methods block, but for `start`."""

    def __init__(self, bulks: Bulks, ground: Ground) -> None:
        self._bulks = bulks
        self._ground = ground
        self._going: dict[str, _Going] = {}

    async def start(
        self, order: Order, query: RunQuery, rate: float | None, *, key: str | None, caller: str
    ) -> BulkOrder:
        """Begin: it is recorded when this returns. One key of a caller is one bulk order.

        The runs are those that the query finds now. Raises `FactsRefused` for a rate that is none, and
        `Conflict` where the key was used for another order.
        """
        if rate is not None and not rate > 0:
            fault = Fault("/rate", "minimum", "a rate is above 0: runs a second")
            raise FactsRefused("the bulk order cannot be carried out", (fault,))
        bulk = new_id() if key is None else id_of("bulk", caller, key)
        asked = BulkOrder(bulk, order, query, caller, rate, 0, now(), self._ground.executor)
        return await asyncio.to_thread(self._begin, asked)

    def _begin(self, asked: BulkOrder) -> BulkOrder:
        known = self._bulks.one(asked.id)
        if known is None:
            runs = self._ground.runs(applicable(asked.order.action, asked.query))
            asked = replace(asked, count=len(runs))
            if self._bulks.add(asked, runs):
                self._go_on(self._carry_out(asked, runs))
                return asked
            known = self._one(asked.id)  # another call with the same key was quicker
        if not known.same(asked):
            detail = "this Idempotency-Key has begun another bulk order"
            raise Conflict(detail, (Fault("", "key-reused", detail, "send a new key with a new body"),))
        return known

    def progress(self, bulk: str) -> dict[str, Any]:
        """How far a bulk order is, as `BulkOrder.as_dict` tells it. Raises `UnknownName`."""
        return self._newest(self._one(bulk)).as_dict(now())

    def page(self, limit: int, cursor: str | None) -> dict[str, Any]:
        """The newest ones first: ``{bulks, next}``. Raises `FactsRefused` for a cursor that is none."""
        found, more = self._bulks.page(limit, cursor)
        return {"bulks": [self._newest(each).as_dict(now()) for each in found], "next": more}

    def cancel(self, bulk: str) -> dict[str, Any]:
        """Let no further run be told; how far it is. Raises `UnknownName`, `Conflict` where it has ended."""
        self._bulks.cancel(bulk)
        stored = self._one(bulk)
        if not stored.cancelled:
            message = "the bulk order has ended: there is nothing to cancel"
            raise Conflict(message, (Fault("", "bulk-ended", message),))
        going = self._going.get(bulk)
        if going is not None:
            self._ground.submit(going.cancel())
        return stored.as_dict(now())

    def adopt(self, gone: Collection[str]) -> None:
        """Carry on with what processes have left that are gone."""
        for bulk in self._bulks.take(self._ground.executor, gone):
            logger.warning("bulk order %s goes on here, behind %d of %d", bulk.id, bulk.through, bulk.count)
            self._go_on(self._carry_on(bulk))

    def resume(self) -> None:
        """Carry on with what nobody does any more."""
        self.adopt(())

    def _go_on(self, work: Coroutine[Any, Any, None]) -> None:
        self._ground.submit(work).add_done_callback(_log)

    def _newest(self, stored: BulkOrder) -> BulkOrder:
        """The same as this process knows it, which writes now and then only."""
        going = self._going.get(stored.id)
        return stored if going is None else going.bulk

    def _one(self, bulk: str) -> BulkOrder:
        found = self._bulks.one(bulk)
        if found is None:
            detail = f"there is no bulk order {bulk[:80]!r}"
            raise UnknownName(detail, (Fault("", "unknown-bulk", detail, "GET /v1/runs/bulk lists them"),))
        return found

    async def _carry_on(self, bulk: BulkOrder) -> None:
        """From where it broke off. Runs that were told since that was written know the order by its key."""
        await self._carry_out(bulk, await patiently(partial(self._bulks.runs, bulk.id, bulk.through)))

    async def _carry_out(self, bulk: BulkOrder, runs: list[str]) -> None:
        going = self._going[bulk.id] = _Going(bulk, self._ground.obey)
        if bulk.cancelled:
            await going.cancel()
        saving = asyncio.create_task(self._keep(going))
        try:
            await going.go_through(runs)
            await patiently(partial(self._bulks.save, going.ended()))
        finally:  # also where the process ends: whoever comes next goes on from what was saved
            saving.cancel()
            del self._going[bulk.id]

    async def _keep(self, going: _Going) -> None:
        """Write every now and then how far it is, and hear whether it is to go on."""
        while True:
            await asyncio.sleep(_SAVE)
            try:
                cancelled = await asyncio.to_thread(self._bulks.save, going.bulk)
            except SQLAlchemyError as error:
                logger.warning("how far a bulk order is cannot be written: %s", told(error))
                continue
            if cancelled is None:
                logger.warning("bulk order %s is carried out by another process", going.bulk.id)
                going.halt.set()
            elif cancelled:
                await going.cancel()


class _Going:
    """A bulk order that is carried out here; ``bulk`` tells how far, ``halt`` ends it before its time.

    Several runs are told at once. One counts once all before it have answered, so that whoever goes on from
    there leaves none out and counts none twice.
    """

    def __init__(self, bulk: BulkOrder, obey: Obey) -> None:
        self.bulk = bulk
        self._obey = obey
        self.halt = asyncio.Event()
        self._flight: deque[asyncio.Task[dict[str, str] | None]] = deque()

    async def cancel(self) -> None:
        """Let no further run be told."""
        self.bulk = replace(self.bulk, cancelled=True)
        self.halt.set()

    def ended(self) -> BulkOrder:
        """The order at its end."""
        return replace(self.bulk, running=False, ended_at=now())

    async def go_through(self, runs: list[str]) -> None:
        """Tell the runs one after the other, until they are through or it is cancelled."""
        room = asyncio.Semaphore(_AT_ONCE if self.bulk.rate is None else _AT_RATE)
        pace = Pace(self.bulk.rate)
        for run in runs:
            await room.acquire()
            await pace.turn(self.halt)
            if self.halt.is_set():
                break
            self._send(run, room, pace)
        await asyncio.gather(*self._flight)
        self._settle()

    def _send(self, run: str, room: asyncio.Semaphore, pace: Pace) -> None:
        def landed(_: object) -> None:
            room.release()
            pace.over()
            self._settle()

        task = asyncio.create_task(self._tell(run))
        self._flight.append(task)
        task.add_done_callback(landed)

    def _settle(self) -> None:
        while self._flight and self._flight[0].done() and not self._flight[0].cancelled():
            self.bulk = self.bulk.told(self._flight.popleft().result())

    async def _tell(self, run: str) -> dict[str, str] | None:
        """Why the run refuses, if it does."""
        try:
            await self._patiently(run)
        except RulesflowError as error:
            logger.info("bulk %s of run %s: %s", self.bulk.order.action, run, error)
            return {"run": run, "code": _code(error), "message": str(error)}
        except Exception as error:  # of the database, say; the others are to be told all the same
            logger.exception("bulk %s of run %s failed", self.bulk.order.action, run)
            return {"run": run, "code": "internal-error", "message": type(error).__name__}
        return None

    async def _patiently(self, run: str) -> None:
        """Tell a run, for about a minute also while the database does not answer."""
        pause = _FIRST
        for _ in range(_TRIES - 1):
            try:
                return await self._obeyed(run)
            except SQLAlchemyError as error:
                logger.warning("a bulk order waits: %s", told(error))
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST)
        return await self._obeyed(run)

    async def _obeyed(self, run: str) -> None:
        bulk = self.bulk
        wait = bulk.rate is None  # else the rate keeps the runs from being too many at a time
        await self._obey(run, bulk.order, key=f"bulk {bulk.id}", caller=bulk.caller, wait=wait)


def _log(work: Future[None]) -> None:
    """Say so where a defect of ours has ended it; the next process that starts goes on with it."""
    error = None if work.cancelled() else work.exception()
    if error is not None:
        logger.error("a bulk order broke off", exc_info=error)


def _code(error: RulesflowError) -> str:
    faults = error.faults if isinstance(error, RequestRefused) else ()
    return faults[0].code if faults else "refused"
