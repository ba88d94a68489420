"""The executor: carries out runs in this process, and takes over those of processes that are gone."""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Final

from sqlalchemy.exc import SQLAlchemyError

from rulesflow.model.times import SECOND, Timestamp
from rulesflow.runtime.archive import Archive
from rulesflow.runtime.catalog import NotReadyError, now
from rulesflow.runtime.database import Database
from rulesflow.runtime.drain import Drain, Release
from rulesflow.runtime.drive import Order
from rulesflow.runtime.durable import Durable, Execution, Rested
from rulesflow.runtime.inbox import Inbox
from rulesflow.runtime.leases import BEAT, Identity, Leases
from rulesflow.runtime.listing import FORCED, Entry, Listing
from rulesflow.runtime.live import LiveRun, World
from rulesflow.runtime.outage import Outage
from rulesflow.runtime.parking import Parking
from rulesflow.runtime.patience import patiently, told
from rulesflow.runtime.ports import Performer
from rulesflow.runtime.project import LoadedProject
from rulesflow.runtime.recall import Recall
from rulesflow.runtime.records import Record, freeze
from rulesflow.runtime.resources import Resources
from rulesflow.runtime.runevents import Tell, Teller
from rulesflow.runtime.setfacts import Fill
from rulesflow.runtime.tallies import TallyOf, unmeasured
from rulesflow.runtime.tracing import Tracer
from rulesflow.runtime.views import broken, trouble
from rulesflow.workflows.resource import Resource

logger = logging.getLogger(__name__)

_LOOK: Final = 0.25  # seconds between two looks for messages that came by other processes
_CHECK: Final = 15.0  # seconds between two looks for runs that nobody carries out
_STALLED: Final = 1.0  # seconds for which nothing but a blocking asynchronous handler holds up the loop
_UNLISTED: Final = 60  # seconds that the list may have been behind when a process was gone
_MICROSECOND: Final = 1000  # of `Timestamp`
_BUSY: Final = ("queued", "running", "undoing")
_LATE: Final = 10.0  # seconds in which a message with a lower number may still become visible


@dataclass(frozen=True, slots=True)
class Around:
    """What the executor is put together from.

    ``tracer``: who traces, if anybody.
    ``current``: the digest and project of now; ``known``: its resources. ``lifespan``: what plugins hold
    meanwhile. ``observe`` is told of each change of a run: its kind, the run, and what the list shows of it.
    ``fill``: with facts that patterns have set. ``tell`` is given the events that runs give, ``settle`` comes
    back once all of these are stored; it raises `SQLAlchemyError` where they cannot be. ``tally``: where
    calls of a step are counted.
    """

    database: Database
    archive: Archive
    inbox: Inbox
    listing: Listing
    performer: Performer
    tracer: Tracer | None = field(default=None, kw_only=True)
    current: Callable[[], tuple[str, LoadedProject]]
    known: Callable[[], Mapping[str, Resource]]
    lifespan: Callable[[], AbstractAsyncContextManager[None]]
    observe: Callable[[str, str, Mapping[str, Any]], None]
    concurrency: int
    cost_limit: int
    fill: Fill | None = None
    tell: Tell | None = None
    settle: Callable[[], None] = lambda: None
    tally: TallyOf = unmeasured


class Executor:
    """All live runs of this process. ``start`` it, ``stop`` it; any thread may ask it."""

    def __init__(self, around: Around) -> None:
        self._around = around
        self._identity = Identity.mine()
        self._leases = Leases(around.database, self._identity)
        self.durable = Durable(around.database, self._identity.executor, self._carry_out)
        self.recall = Recall(self.durable, around.archive, around.listing, around.cost_limit)
        executor = self._identity.executor
        self.resources = Resources(around.database, executor, around.known, around.concurrency)
        self.parking = Parking(around.database, executor, self.durable.claim)
        #: They are told of processes that are gone, at the start of none, to carry on what those have left.
        self.heirs: list[Callable[[Collection[str]], None]] = []
        #: How often runs of a workflow have ``started`` here, or come to a status.
        self.changes: Counter[tuple[str, str]] = Counter()
        self._live: dict[str, LiveRun] = {}
        self._prepared: dict[int, LiveRun] = {}
        self._drain = Drain(
            self.parking,
            self.resources,
            around.concurrency,
            lambda: [*self._live.values()],
            lambda run, release: self.durable.ring(partial(self._release, run, release)),
            self.durable.carry_on,
        )
        self._teller = Teller(around.tell) if around.tell is not None else None
        self._held = AsyncExitStack()
        self._world: World | None = None
        self._stopping = threading.Event()
        self._threads = [
            threading.Thread(
                target=self._every, args=(BEAT, self._sweep), name="rulesflow-leases", daemon=True
            ),
            threading.Thread(
                target=self._every, args=(_LOOK, self._look), name="rulesflow-inbox", daemon=True
            ),
            threading.Thread(
                target=self._every, args=(_LOOK, self._drain.flow), name="rulesflow-drain", daemon=True
            ),
        ]
        self._seen: deque[tuple[float, int]] = deque()
        self._told: set[int] = set()
        self._lost: set[str] = set()
        self._checked = 0.0

    @property
    def name(self) -> str:
        """That of this process among all that share the database."""
        return self._identity.executor

    def start(self) -> None:
        """Begin. Blocks. Raises what plugins raise that cannot start."""
        self._around.listing.start()
        self._leases.beat()
        self.durable.launch()
        self.durable.submit(self._enter()).result()
        self._seen.append((time.monotonic(), self._around.inbox.last()))
        self._adopt([])
        self._sweep()
        self._inherit(())
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End; what is in flight is carried on by whoever comes next. Blocks."""
        self._stopping.set()
        for thread in self._threads:
            thread.join()
        try:
            self.durable.close(self._held.aclose())
        finally:
            self._around.listing.stop()
            self._leave()

    def _leave(self) -> None:
        """Only once the list and the events are written, since nobody catches up on who left in peace."""
        try:
            self._around.settle()
            self.resources.leave()
            self._leases.leave()
        except (SQLAlchemyError, NotReadyError) as error:  # then others find out by themselves
            logger.warning("left without a word: %s", told(error))

    async def _enter(self) -> None:
        around = self._around
        await self.resources.attach()
        self._world = World(
            around.performer,
            around.current,
            self.resources,
            self.parking,
            self._changed,
            around.cost_limit,
            around.fill,
            self._teller.tell if self._teller else None,
            around.tally,
            tracer=around.tracer,
        )
        await self._held.enter_async_context(around.lifespan())

    # -- runs ------------------------------------------------------------------------------------------

    async def begin(self, order: Order, project: LoadedProject) -> LiveRun | None:
        """Record a run and carry it out; None where it was recorded before. Await it in the engine's loop."""
        live, frozen = self._make(order, project), order.freeze()
        self._prepared[id(frozen)] = live  # this very object comes back, unless the run is recovered
        begun = False
        try:
            begun = await self.durable.start(order.run, frozen)
        finally:
            if not begun:
                self._prepared.pop(id(frozen), None)
        if not begun:
            return None
        self._live[order.run] = live
        self._changed(live, "")
        return live

    def live(self, run: str) -> LiveRun | None:
        """A run that is carried out here, once it has come to where its records end."""
        live = self._live.get(run)
        return live if live is not None and live.drive.recorded >= live.behind else None

    def deliver(self, run: str) -> None:
        """Bring a run its messages, if it is here or rests. Any thread may ask."""
        if run in self._live:
            self.durable.submit(self._deliver(run))
        else:
            self.durable.submit(self._wake(run))

    async def _wake(self, run: str) -> None:
        """Carry a run on if it rests."""
        claim = await patiently(partial(self.parking.wake, [run]))
        await patiently(partial(self.durable.carry_on, claim))

    async def _deliver(self, run: str) -> None:
        """All that is stored for the run, in order: what came by another process may have been first."""
        live = self._live.get(run)
        if live is None:
            return
        for message in await patiently(partial(self._around.inbox.of, run)):
            live.deliver(message)

    def _make(
        self,
        order: Order,
        project: LoadedProject,
        records: list[Record] | None = None,
    ) -> LiveRun:
        assert self._world is not None
        return LiveRun(self.recall.start(order, project, records), self._world, [])

    async def _carry_out(self, frozen: Mapping[str, Any], execution: Execution) -> Mapping[str, Any]:
        order = Order.thaw(frozen)
        live = self._prepared.pop(id(frozen), None)
        try:
            if live is None:
                live = await self._recovered(order)
                self._live[order.run] = live
                await self._deliver(order.run)  # only now, or one that comes meanwhile would be missed
            self._live[order.run] = live
            done = await live.carry_out(execution)
        except Rested:
            if live is not None and live.messages > live.told:  # it came at the last moment
                self.durable.submit(self._wake(order.run))
            raise
        except Exception as error:
            self._broke(order, error)
            raise
        finally:
            if self._live.get(order.run) is live:  # it may have been claimed anew already
                self._live.pop(order.run, None)
            if live is not None:
                live.over.set()
        self._changed(live, live.status)
        taken = freeze(list(live.drive.taken))
        return {"status": done.status, "at": int(live.drive.state.at), "decisions": taken}

    def _broke(self, order: Order, error: Exception) -> None:
        """A run cannot go on by a defect of ours: an incident that only a restart of it mends."""
        logger.error("run %s broke off: %s", order.run, told(error))
        problem = broken(told(error))
        shown = Entry(
            order.run, order.workflow, "incident", order.digest, order.at, now(), (), problem, {}, FORCED
        )
        self._around.listing.put(order.run, lambda: shown)

    async def _recovered(self, order: Order) -> LiveRun:
        """A run that another process, or a life of this one, has begun."""
        project, records = await patiently(partial(self._read, order))
        live = self._make(order, project, records)
        live.behind = len(records)
        live.held = None
        released = self._drain.arrived(order.run)
        if released is not None:
            live.release(*released)
        live.changes = 1 << 20  # later than whatever the list was told before
        return live

    def _read(self, order: Order) -> tuple[LoadedProject, list[Record]]:
        return self.recall.project(order), self.recall.records(order.run)

    # -- what the list and the observers are told ------------------------------------------------------

    def _changed(self, live: LiveRun, before: str) -> None:
        if live.drive.recorded < live.behind:  # all of that was told when it happened
            return
        self._around.listing.put(live.drive.order.run, live.entry)
        if live.status == before:
            return
        order = live.drive.order
        told = {"workflow": order.workflow, "status": live.status, "problem": trouble(live.drive)}
        changes = [] if before else ["started"]
        if before or live.status not in _BUSY:
            changes.append(live.status)
        for change in changes:
            self.changes[order.workflow, change] += 1
            self._around.observe(f"run.{change}", order.run, told)

    # -- other processes -------------------------------------------------------------------------------

    def _every(self, seconds: float, work: Callable[[], None]) -> None:
        name = threading.current_thread().name
        outage = Outage(logger, f"{name} stands still", f"{name} goes on", NotReadyError)
        while not self._stopping.wait(seconds):
            outage.through(work)

    def _sweep(self) -> None:
        """Show that this process lives, and take over the runs of those that do not."""
        self._leases.beat()
        if not self.durable.alive(_STALLED):
            logger.error("no run goes on, since a step holds up the event loop; %s", self.durable.where())
        gone = self._leases.gone() | self._unleased()
        if gone:
            self.resources.forget(list(gone))
            self._adopt(list(gone))
            for executor in gone:
                self._tell_unreadable(executor)
            runs = self.durable.recover(list(gone))
            self._inherit(gone)
            for executor, seen in gone.items():
                self._catch_up(executor, seen)
            self._around.listing.catch_up()  # who is buried is not looked at again
            self._around.listing.catch_up()  # before they are forgotten, should we be gone next
            self._around.settle()
            self._leases.bury(gone)
            if runs:
                logger.warning("took over %d runs of %d processes that are gone", runs, len(gone))

    def _inherit(self, gone: Collection[str]) -> None:
        for heir in self.heirs:
            heir(gone)

    def _unleased(self) -> dict[str, int]:
        """Every now and then, the executors that have runs and no lease; runs that got lost here go on.

        Neither should be. But a process may die between two writes, and an error of the database at the wrong
        moment may end what carries a run out.
        """
        moment = time.monotonic()
        if moment - self._checked < _CHECK:
            return {}
        self._checked = moment
        owned = self.durable.owned()
        mine = owned.pop(self._identity.executor, set()) - self._live.keys() - self.durable.active()
        for run in mine & self._lost:
            logger.warning("run %s was carried out by nobody; it goes on", run)
            self.durable.reclaim(run)
        self._lost = mine - self._lost
        known = self._leases.known()
        self.parking.disown(known)
        self.resources.disown(known)
        self._drain.carry_on(self.parking.wake_told())
        return {executor: 0 for executor in owned if executor not in known}

    def _tell_unreadable(self, executor: str) -> None:
        """List runs that will not come to `_carry_out`, since their orders cannot be read."""
        for seen in self.recall.unreadable(executor):
            logger.error("run %s cannot be carried on: %s", seen.entry.id, seen.broken)
            self._around.listing.put(seen.entry.id, partial(replace, seen.entry, version=FORCED))

    def _adopt(self, executors: list[str]) -> None:
        adopted = self.durable.adopt(executors)
        if adopted:
            logger.warning("%d runs of another version of rulesflow go on by this one", adopted)

    def _catch_up(self, executor: str, seen: int) -> None:
        """List the runs that ended in a process shortly before it was gone, if it had no time to.

        Their events are told again, and those of all runs that came to rest meanwhile: who carried these out
        last is not known.
        """
        if not seen:  # it left in peace
            return
        since = Timestamp((seen - _UNLISTED) * SECOND)
        ended = self.durable.ended_by(executor, str(since))
        for run in ended:
            found = self.recall.run(run)
            if found is not None:
                self._around.listing.put(run, partial(replace, found.entry, version=FORCED))
        if self._teller is not None:
            for run in self.recall.telling([*ended, *self.durable.rested_since(since)]):
                self._teller.tell(run, 0, self.recall.events(run))

    def _look(self) -> None:
        """Fetch messages that other processes have stored for runs that are carried out here."""
        moment = time.monotonic()
        while len(self._seen) > 1 and self._seen[1][0] < moment - _LATE:
            self._seen.popleft()
        news = self._around.inbox.after(self._seen[0][1])
        if news and news[-1][0] > self._seen[-1][1]:
            self._seen.append((moment, news[-1][0]))
        for run in {run for number, run in news if number not in self._told} & self._live.keys():
            self.deliver(run)
        self._told = {number for number, _ in news}
        self._drain.carry_on_again()
        self._drain.carry_on(self.parking.wake_told({run for _, run in news} - self._live.keys()))
        self._drain.carry_on(self.parking.wake_due(int(now()) // _MICROSECOND))

    def _release(self, run: str, release: Release) -> None:
        live = self._live.get(run)
        if live is not None:
            live.release(*release)

    def busy(self) -> int:
        """How many runs have something to do here."""
        return sum(live.status in _BUSY for live in [*self._live.values()])
