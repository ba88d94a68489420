"""Traffic: what goes on and what has piled up, for people and scrapers; and the bound on it.

What the database tells is looked at once a second at most, however many ask, and by one thread: where it
hangs, they do not hang with it.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from math import ceil, inf
from typing import Any, Final

from rulesflow.model.errors import Overloaded
from rulesflow.model.rendering import visible
from rulesflow.runtime.outage import Outage
from rulesflow.runtime.parking import Parking
from rulesflow.runtime.picture import Picture
from rulesflow.runtime.resources import Resources

logger = logging.getLogger(__name__)

ACTIONS: Final = ("open", "close", "probe")
_FRESH: Final = 1.0  # seconds for which what was seen is good enough
_RECENT: Final = 0.1  # seconds for which a count of runs is, where it matters
_GLANCE: Final = 0.5  # seconds that who can do with something older waits for it
_SOONEST: Final = 1  # seconds, the least that Retry-After says
_LATEST: Final = 600
_REASON: Final = 500  # characters of a reason that the log keeps


class Traffic:
    """Resources and the backlog, shown and acted on. Its methods may be awaited in any event loop.

    The *backlog* are the runs that are accepted and have something to do: the ``live`` ones of this process,
    and every step that is parked, of all processes. Runs that wait for somebody do not count. ``slots``:
    calls of steps at once in this process; ``limit``: of the backlog, 0 for none. ``changes``: by workflow
    and status, how often runs have come to it here.
    """

    def __init__(
        self,
        resources: Resources,
        parking: Parking,
        live: Callable[[], int],
        slots: int,
        limit: int,
        changes: Callable[[], Mapping[tuple[str, str], int]] = dict,
    ) -> None:
        self._resources = resources
        self._parking = parking
        self._live = live
        self._slots = slots
        self._limit = limit
        #: How often runs of a workflow have come to a status in this process.
        self.changes = changes
        self._thread = ThreadPoolExecutor(1, "rulesflow-traffic")
        self._lock = threading.Lock()
        self._look: Future[Picture] | None = None
        self._looked = -inf
        self._outage = Outage(logger, "what is parked cannot be seen", "what is parked is seen again")
        self._counted, self._counted_at, self._let_in = 0, -inf, 0
        #: The last that was seen; None before anything was.
        self.seen: Picture | None = None

    # -- looking ---------------------------------------------------------------------------------------

    async def list(self) -> dict[str, Any]:
        """Every resource in full: ``{resources}``."""
        return {"resources": [*(await self._fresh()).resources.values()]}

    async def show(self, name: str) -> dict[str, Any]:
        """A resource in full. Raises `UnknownName`."""
        return (await self._fresh()).one(name)

    async def scale(self) -> dict[str, Any]:
        """How much there is to do: ``{backlog, running, parked, drain_rate, seconds, value}``.

        ``seconds`` that it takes: None where nobody can tell, since a resource is open until a person closes
        it; ``value`` tells it as if all were well from now on.
        """
        picture, running = await self._fresh(), self.running
        ends_in = picture.ends_in(running, self._slots)
        return {
            "backlog": running + picture.parked,
            "running": running,
            "parked": picture.parked,
            "drain_rate": round(picture.rate(running, self._slots), 3),
            "seconds": None if ends_in is None else round(ends_in, 3),
            "value": round(picture.work(running, self._slots), 3),
        }

    def calls(self) -> Mapping[str, Mapping[str, int]]:
        """The calls of this process since it began, by resource and outcome."""
        return self._resources.calls()

    @property
    def running(self) -> int:
        """How many runs of this process have something to do, with those that were let in just now."""
        return self._running(_RECENT)

    @property
    def backlog(self) -> int:
        """How many runs have something to do, by what was seen last."""
        return self.running + (self.seen.parked if self.seen else 0)

    @property
    def work(self) -> float:
        """Seconds that the backlog takes with every resource well, by what was seen last."""
        return self.seen.work(self.running, self._slots) if self.seen else 0.0

    async def glance(self) -> None:
        """Look anew if that is quickly done: `seen` may be older than a second after this."""
        if self.seen is not None and self.seen.age < _FRESH:
            return
        try:
            async with asyncio.timeout(_GLANCE):
                await self._fresh()
        except Exception:  # it is logged by who looks, and told by the age of what was seen
            return

    # -- acting ----------------------------------------------------------------------------------------

    async def admit(self) -> None:
        """Let a new run in. Raises `Overloaded` where the backlog is at its bound."""
        if not self._limit:
            return
        await self.glance()
        parked = self.seen.parked if self.seen else 0
        if self._running(_FRESH) + parked >= self._limit and self.running + parked >= self._limit:
            raise self._overloaded(self.running + parked)
        self._let_in += 1

    def _overloaded(self, backlog: int) -> Overloaded:
        verb = "run has" if backlog == 1 else "runs have"
        detail = f"{backlog:,} {verb} something to do, and the bound is {self._limit:,}"
        return Overloaded(detail, min(max(ceil(self.work), _SOONEST), _LATEST))

    async def order(self, name: str, action: str, reason: str = "", caller: str = "") -> dict[str, Any]:
        """Do what an operator presses, one of `ACTIONS`; the resource in full. Raises `UnknownName`."""
        (await self._fresh()).one(name)
        await asyncio.to_thread(self._resources.order, name, action, reason)
        _note(name, action, reason[:_REASON], caller)
        return (await self._fresh(anew=True)).one(name)

    # -- within ----------------------------------------------------------------------------------------

    def _running(self, age: float) -> int:
        """As counted so many seconds ago at most, since counting takes its time where there are many.

        Those that were let in since are added, those that have ended are not taken off.
        """
        moment = time.monotonic()
        if moment - self._counted_at >= age:
            self._counted, self._counted_at, self._let_in = self._live(), moment, 0
        return self._counted + self._let_in

    async def _fresh(self, *, anew: bool = False) -> Picture:
        """What there is to be seen, a second old at most, or ``anew``. Raises what the database raises."""
        with self._lock:
            look = self._look
            if look is None or anew or (look.done() and time.monotonic() - self._looked >= _FRESH):
                look = self._look = self._thread.submit(self._take)
        return await asyncio.shield(asyncio.wrap_future(look))

    def _take(self) -> Picture:
        try:
            picture = self._picture()
        except Exception as error:
            self._outage.failed(error)
            raise
        else:
            self._outage.over()
            self.seen = picture
            return picture
        finally:
            self._looked = time.monotonic()

    def _picture(self) -> Picture:
        return Picture.of(self._resources.shown(), self._parking.counts(), self._parking.dormant())


def _note(resource: str, action: str, reason: str, caller: str) -> None:
    """Keep in the log who has pressed what, and why."""
    said = f": {visible(reason)}" if reason else ""
    parts = {"resource": resource, "action": action, "reason": reason, "caller": caller}
    who = visible(caller) or "somebody"
    logger.info("%s orders resource %s: %s%s", who, resource, action, said, extra=parts)
