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
from dataclasses import dataclass
from math import ceil, inf
from typing import Any, Final, Protocol

from rulesflow.model.diagnostics import did_you_mean
from rulesflow.model.errors import Fault, Overloaded, UnknownName
from rulesflow.model.rendering import visible
from rulesflow.model.times import LAST, SECOND, Timestamp
from rulesflow.runtime.catalog import now
from rulesflow.runtime.forecast import drained_in, served_in, throughput
from rulesflow.runtime.patience import told

logger = logging.getLogger(__name__)

ACTIONS: Final = ("open", "close", "probe")
_FRESH: Final = 1.0  # seconds for which what was seen is good enough
_GLANCE: Final = 0.5  # seconds that who can do with something older waits for it
_SOONEST: Final = 1  # seconds, the least that Retry-After says
_LATEST: Final = 600
_SHOWN: Final = 80  # characters of a caller's text that a message repeats
_REASON: Final = 500  # characters of a reason that the log keeps
_MICRO: Final = 1000  # nanoseconds


class Breakers(Protocol):
    """What tells how well each resource is."""

    def shown(self) -> list[dict[str, Any]]:
        """What people see of each resource, by name. Blocks."""

    def order(self, name: str, action: str, reason: str) -> None:
        """What an operator presses. Blocks."""

    def calls(self) -> Mapping[str, Mapping[str, int]]:
        """The calls of this process since it began, by resource and outcome."""


class Parked(Protocol):
    """What tells how much is parked, over all processes."""

    def counts(self) -> dict[str, tuple[int, int | None]]:
        """By resource: how many steps are parked, and since when the oldest is, in microseconds. Blocks."""

    def dormant(self) -> int:
        """How many runs rest in no process. Blocks."""


@dataclass(frozen=True, slots=True)
class Picture:
    """What was seen at one time; ``taken``: by the monotonic clock. ``resources``: in full, by name."""

    taken: float
    resources: Mapping[str, dict[str, Any]]
    parked: int
    dormant: int

    @property
    def age(self) -> float:
        """Seconds since then."""
        return time.monotonic() - self.taken


class Traffic:
    """Resources and the backlog, shown and acted on. Its methods may be awaited in any event loop.

    The *backlog* are the runs that are accepted and have something to do: the ``live`` ones of this process,
    and every step that is parked, of all processes. Runs that wait for somebody do not count. ``live`` must
    be quick. ``slots``: calls of steps at once in this process; ``limit``: of the backlog, 0 for none.
    """

    def __init__(
        self, resources: Breakers, parking: Parked, live: Callable[[], int], slots: int, limit: int
    ) -> None:
        self._resources = resources
        self._parking = parking
        self._live = live
        self._slots = slots
        self._limit = limit
        self._thread = ThreadPoolExecutor(1, "rulesflow-traffic")
        self._lock = threading.Lock()
        self._look: Future[Picture] | None = None
        self._looked = -inf
        self._away = False
        #: The last that was seen; None before anything was.
        self.seen: Picture | None = None

    # -- looking ---------------------------------------------------------------------------------------

    async def list(self) -> dict[str, Any]:
        """Every resource in full: ``{resources}``."""
        return {"resources": [*(await self._fresh()).resources.values()]}

    async def show(self, name: str) -> dict[str, Any]:
        """A resource in full. Raises `UnknownName`."""
        return _named(await self._fresh(), name)

    async def scale(self) -> dict[str, Any]:
        """How much there is to do: ``{backlog, running, parked, drain_rate, seconds, value}``.

        ``seconds`` that it takes: None where nobody can tell, since a resource is open until a person closes
        it; ``value`` tells it as if all were well from now on.
        """
        picture, running, at = await self._fresh(), self._live(), now()
        work, ends = self._work(picture, running), [ends_in(each, at) for each in picture.resources.values()]
        known = [each for each in ends if each is not None]
        return {
            "backlog": running + picture.parked,
            "running": running,
            "parked": picture.parked,
            "drain_rate": round(self._rate(picture, running), 3),
            "seconds": round(max(work, *known, 0.0), 3) if len(known) == len(ends) else None,
            "value": round(work, 3),
        }

    def calls(self) -> Mapping[str, Mapping[str, int]]:
        """The calls of this process since it began, by resource and outcome."""
        return self._resources.calls()

    @property
    def running(self) -> int:
        """How many runs of this process have something to do."""
        return self._live()

    @property
    def backlog(self) -> int:
        """How many runs have something to do, by what was seen last."""
        return self._live() + (self.seen.parked if self.seen else 0)

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
        backlog = self.backlog
        if backlog >= self._limit:
            work = self._work(self.seen, self._live()) if self.seen else 0.0
            verb = "run has" if backlog == 1 else "runs have"
            raise Overloaded(
                f"{backlog:,} {verb} something to do, and the bound is {self._limit:,}",
                min(max(ceil(work), _SOONEST), _LATEST),
            )

    async def order(self, name: str, action: str, reason: str = "", caller: str = "") -> dict[str, Any]:
        """Do what an operator presses, one of `ACTIONS`; the resource in full. Raises `UnknownName`."""
        _named(await self._fresh(), name)
        await asyncio.to_thread(self._resources.order, name, action, reason)
        said = f": {visible(reason[:_REASON])}" if reason else ""
        logger.info("%s orders resource %s: %s%s", visible(caller) or "somebody", name, action, said)
        return _named(await self._fresh(anew=True), name)

    # -- within ----------------------------------------------------------------------------------------

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
            if not self._away:
                logger.warning("what is parked cannot be seen: %s", told(error))
            self._away = True
            raise
        else:
            self._away, self.seen = False, picture
            return picture
        finally:
            self._looked = time.monotonic()

    def _picture(self) -> Picture:
        counts = self._parking.counts()
        resources = {each["name"]: _in_full(each, counts) for each in self._resources.shown()}
        parked = sum(count for count, _ in counts.values())
        return Picture(time.monotonic(), resources, parked, self._parking.dormant())

    def _work(self, picture: Picture, running: int) -> float:
        """Seconds that the backlog takes, with every resource well from now on: its parts go side by side."""
        resources = picture.resources.values()
        drains = (drained_in(each, each["parked"]) for each in resources)
        return max(running / throughput(resources, self._slots), *drains, *map(served_in, resources), 0.0)

    def _rate(self, picture: Picture, running: int) -> float:
        """Runs a second that go on just now: let go by resources that drain, or given a slot."""
        resources = picture.resources.values()
        drained = sum(float(each["drain_rate"]) for each in resources if each["draining"])
        return drained + (throughput(resources, self._slots) if running else 0.0)


def _in_full(shown: Mapping[str, Any], counts: Mapping[str, tuple[int, int | None]]) -> dict[str, Any]:
    parked, since = counts.get(shown["name"], (0, None))
    full = {
        **shown,
        "parked": parked,
        "oldest_parked": None if since is None else Timestamp(since * _MICRO),
        "draining": shown["state"] == "closed" and parked > 0,
    }
    at = now()
    ends = ends_in(full, at) if parked else None
    return full | {"expected_end": None if ends is None else _after(at, ends)}


def _after(at: Timestamp, seconds: float) -> Timestamp:
    return Timestamp(min(at + int(seconds * SECOND), LAST))


def ends_in(resource: Mapping[str, Any], at: Timestamp) -> float | None:
    """Seconds from then until nothing of a resource is parked; None where its next probe is not known."""
    if not resource["parked"]:
        return 0.0
    drained = drained_in(resource, resource["parked"])
    if resource["state"] != "open":
        return drained
    if resource["next_probe"] is None:
        return None
    return drained + max(float(resource["next_probe"] - at) / SECOND, 0.0)


def _named(picture: Picture, name: str) -> dict[str, Any]:
    found = picture.resources.get(name)
    if found is None:
        known = picture.resources
        hint = did_you_mean(name[:_SHOWN], known) or f"resources: {', '.join(known) or 'none'}"
        detail = f"there is no resource {name[:_SHOWN]!r}"
        raise UnknownName(detail, (Fault("", "unknown-resource", detail, hint),))
    return found
