"""The executor: carries out runs in this process, and takes over those of processes that are gone."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from sqlalchemy.exc import SQLAlchemyError

from rulesflow.conditions import Value
from rulesflow.model.times import Timestamp
from rulesflow.runtime.archive import Archive
from rulesflow.runtime.catalog import now
from rulesflow.runtime.database import Database
from rulesflow.runtime.drive import Drive, Order
from rulesflow.runtime.durable import Checkpoint, Durable
from rulesflow.runtime.inbox import Inbox, Message
from rulesflow.runtime.leases import BEAT, Identity, Leases
from rulesflow.runtime.listing import ENDED, FORCED, Entry, Listing
from rulesflow.runtime.live import LiveRun, Performer, World
from rulesflow.runtime.project import LoadedProject
from rulesflow.runtime.records import Record, freeze
from rulesflow.runtime.views import broken, standing, trouble

logger = logging.getLogger(__name__)
T = TypeVar("T")

_LOOK: Final = 0.25  # seconds between two looks for messages that came by other processes
_LATE: Final = 10.0  # seconds in which a message with a lower number may still become visible


@dataclass(frozen=True, slots=True)
class Around:
    """What the executor is put together from.

    ``current``: the digest and project of now. ``lifespan``: what plugins hold meanwhile. ``observe`` is told
    of each change of a run: its kind, the run, and what the list shows of it.
    """

    database: Database
    archive: Archive
    inbox: Inbox
    listing: Listing
    performer: Performer
    current: Callable[[], tuple[str, LoadedProject]]
    lifespan: Callable[[], AbstractAsyncContextManager[None]]
    observe: Callable[[str, str, Mapping[str, Any]], None]
    concurrency: int
    cost_limit: int


class Executor:
    """All live runs of this process. ``start`` it, ``stop`` it; any thread may ask it."""

    def __init__(self, around: Around) -> None:
        self._around = around
        self._identity = Identity.mine()
        self._leases = Leases(around.database, self._identity)
        self.durable = Durable(around.database, self._identity.executor, self._carry_out)
        self._live: dict[str, LiveRun] = {}
        self._prepared: dict[str, LiveRun] = {}
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
        ]
        self._seen: deque[tuple[float, int]] = deque()

    def start(self) -> None:
        """Begin. Blocks. Raises what plugins raise that cannot start."""
        self._leases.beat()
        self.durable.launch()
        self.durable.submit(self._enter()).result()
        self._seen.append((time.monotonic(), self._around.inbox.last()))
        self._sweep()
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End; what is in flight is carried on by whoever comes next. Blocks."""
        self._stopping.set()
        for thread in self._threads:
            thread.join()
        self.durable.close(self._held.aclose())
        self._leases.leave()

    async def _enter(self) -> None:
        around = self._around
        slots = asyncio.Semaphore(around.concurrency)
        self._world = World(around.performer, around.current, slots, self._changed, around.cost_limit)
        await self._held.enter_async_context(around.lifespan())

    # -- runs ------------------------------------------------------------------------------------------

    async def begin(self, order: Order, project: LoadedProject) -> LiveRun | None:
        """Record a run and carry it out; None where it was recorded before. Await it in the engine's loop."""
        live = self._prepared[order.run] = self._make(order, project)
        begun = False
        try:
            begun = await self.durable.start(order.run, order.freeze())
        finally:
            if not begun:
                self._prepared.pop(order.run, None)
        if not begun:
            return None
        self._live[order.run] = live
        self._changed(live, "")
        return live

    def live(self, run: str) -> LiveRun | None:
        """A run that is carried out here."""
        return self._live.get(run)

    def __len__(self) -> int:
        return len(self._live)

    def deliver(self, message: Message) -> None:
        """Bring a message to its run, if it is here."""
        self.durable.ring(lambda: self._deliver(message))

    def _deliver(self, message: Message) -> None:
        live = self._live.get(message.run)
        if live is not None:
            live.deliver(message)

    def drive(self, order: Order, project: LoadedProject, records: list[Record]) -> Drive:
        """A run at its beginning, with the decisions that its records hold. Fed with nothing yet."""
        known = {each["id"]: each for record in records for each in record.decisions}
        workflow = project.workflows[order.workflow]
        return Drive(workflow, project, order, self._around.archive.project, self._around.cost_limit, known)

    def _make(
        self,
        order: Order,
        project: LoadedProject,
        records: list[Record] | None = None,
        messages: list[Message] | None = None,
    ) -> LiveRun:
        assert self._world is not None
        return LiveRun(self.drive(order, project, records or []), self._world, messages or [])

    async def _carry_out(self, frozen: Mapping[str, Any], checkpoint: Checkpoint) -> Mapping[str, Any]:
        order = Order.thaw(frozen)
        try:
            live = self._prepared.pop(order.run, None) or await self._recovered(order)
            self._live[order.run] = live
            done = await live.carry_out(checkpoint)
        except Exception as error:
            self._broke(order, error)
            raise
        finally:
            self._live.pop(order.run, None)
        self._changed(live, "")
        taken = freeze(list(live.drive.taken))
        return {"status": done.status, "at": int(live.drive.state.at), "decisions": taken}

    def _broke(self, order: Order, error: Exception) -> None:
        """A run cannot go on by a defect of ours: an incident that only a restart of it mends."""
        logger.error("run %s broke off: %s: %s", order.run, type(error).__name__, error)
        problem = broken(f"{type(error).__name__}: {error}")
        shown = Entry(
            order.run, order.workflow, "incident", order.digest, order.at, now(), (), problem, {}, FORCED
        )
        self._around.listing.put(order.run, lambda: shown)

    async def _recovered(self, order: Order) -> LiveRun:
        """A run that another process, or a life of this one, has begun."""
        project, records, messages = await self._outside(self._read, order)
        live = self._make(order, project, records, messages)
        live.changes = 1 << 20  # later than whatever the list was told before
        return live

    def _read(self, order: Order) -> tuple[LoadedProject, list[Record], list[Message]]:
        project = self._around.archive.project(order.digest)
        records = [Record.thaw(each) for each in self.durable.records(order.run)]
        return project, records, self._around.inbox.of(order.run)

    async def _outside(self, work: Callable[[Order], T], order: Order) -> T:
        """In a thread that does not know of the run being carried out, or reading would count as a step."""
        return await asyncio.get_running_loop().run_in_executor(None, work, order)

    # -- what the list and the observers are told ------------------------------------------------------

    def _changed(self, live: LiveRun, before: str) -> None:
        self._around.listing.put(live.drive.order.run, lambda: entry_of(live))
        if live.status != before:
            order = live.drive.order
            kind = f"run.{live.status}" if before or live.status in ENDED else "run.started"
            told = {"workflow": order.workflow, "status": live.status, "problem": trouble(live.drive)}
            self._around.observe(kind, order.run, told)

    # -- other processes -------------------------------------------------------------------------------

    def _every(self, seconds: float, work: Callable[[], None]) -> None:
        while not self._stopping.wait(seconds):
            try:
                work()
            except SQLAlchemyError as error:
                logger.warning("the database does not answer: %s", " ".join(str(error).split())[:300])
            except Exception:
                logger.exception("%s failed", threading.current_thread().name)

    def _sweep(self) -> None:
        """Show that this process lives, and take over the runs of those that do not."""
        self._leases.beat()
        gone = self._leases.gone()
        if gone:
            runs = self.durable.recover(gone)
            self._leases.bury(gone)
            if runs:
                logger.warning("took over %d runs of %d processes that are gone", runs, len(gone))

    def _look(self) -> None:
        """Fetch messages that other processes have stored for runs that are carried out here."""
        if not self._live:
            return
        moment = time.monotonic()
        while len(self._seen) > 1 and self._seen[1][0] < moment - _LATE:
            self._seen.popleft()
        messages = self._around.inbox.after(self._seen[0][1])
        if messages and messages[-1].number > self._seen[-1][1]:
            self._seen.append((moment, messages[-1].number))
        for message in messages:
            if message.run in self._live:
                self.deliver(message)


def entry_of(live: LiveRun) -> Entry:
    """How the list shows a live run."""
    drive = live.drive
    version = (drive.recorded << 32) + live.changes
    return entry(drive, live.status, version)


def entry(drive: Drive, status: str, version: int = 0) -> Entry:
    """How the list shows a run."""
    order = drive.order
    return Entry(
        order.run,
        order.workflow,
        status,
        order.digest,
        order.at,
        Timestamp(max(drive.state.at, order.at)),
        () if drive.done else standing(drive),
        trouble(drive),
        indexed(drive.project, order.given),
        version,
    )


def indexed(project: LoadedProject, given: Value) -> dict[str, str]:
    """The fields of an input by which its run is found, as texts."""
    found = {}
    for path in indexed_paths(project):
        value: Any = given
        for name in path:
            value = value.get(name) if isinstance(value, Mapping) else None
        if isinstance(value, str | int) or (value is not None and not isinstance(value, Mapping | list)):
            found[".".join(path)] = _text(value)
    return found


def indexed_paths(project: LoadedProject) -> tuple[tuple[str, ...], ...]:
    """The dimensions of the layers, and the fields that the facts mark with ``x-indexed: true``."""
    if project.ruleset is None:
        return ()
    dimensions = [dimension.path for dimension in project.ruleset.layers.dimensions]
    marked = _marked(project.ruleset.facts.source, ())
    return tuple(dict.fromkeys([*dimensions, *marked]))


def _marked(schema: Any, path: tuple[str, ...]) -> list[tuple[str, ...]]:
    found = []
    properties = schema.get("properties") if isinstance(schema, Mapping) else None
    for name, each in (properties or {}).items():
        if isinstance(each, Mapping):
            if each.get("x-indexed") is True:
                found.append((*path, name))
            found += _marked(each, (*path, name))
    return found


def _text(value: Any) -> str:
    return {True: "true", False: "false"}.get(value, str(value)) if isinstance(value, bool) else str(value)
