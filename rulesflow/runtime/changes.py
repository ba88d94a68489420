"""Changes: what is new in the whole service, for those who follow it. One looks for all of them.

What this process does is told by the list of runs as it is written; what others do is found by looking at the
counts, once a second or, where counting takes long, as seldom as keeps it below a tenth of the time.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from typing import Any, Final, TypeAlias

from sqlalchemy.exc import SQLAlchemyError

from rulesflow.runtime.listing import Listing
from rulesflow.runtime.patience import told
from rulesflow.runtime.runquery import RunQuery
from rulesflow.runtime.traffic import Traffic

logger = logging.getLogger(__name__)

_PAUSE: Final = 1.0  # seconds between two looks
_SHARE: Final = 10  # times as long as counting took, it is not done again
_NAMED: Final = 200  # runs that are named; more are told as many
#: What a part of the service is like now: the data of an event.
Part: TypeAlias = Mapping[str, Any]


class Changes:
    """Follow it with `follow`, in the event loop that serves.

    ``status``: of the rules, as ``GET /v1/ruleset`` shows it; ``alerts``: ``{open, worst}``. ``listing``,
    ``traffic`` and ``alerts`` are None where only decisions are served.
    """

    def __init__(
        self,
        status: Callable[[], Part],
        listing: Listing | None = None,
        traffic: Traffic | None = None,
        alerts: Callable[[], Awaitable[Part]] | None = None,
    ) -> None:
        self._status = status
        self._listing = listing
        self._traffic = traffic
        self._alerts = alerts
        self._followers: set[_Follower] = set()
        self._looking: asyncio.Task[None] | None = None
        self._seen: dict[str, Part] = {}
        self._lock = threading.Lock()
        self._changed: set[str] = set()
        self._counted_at, self._counting = 0.0, 0.0

    async def follow(self) -> AsyncIterator[dict[str, Any]]:
        """First a ``hello`` with every part, then each part as it changes: events with their ``type``."""
        follower = _Follower()
        try:
            await self._join(follower)
            follower.forget()
            yield {"type": "hello", **self._seen}
            while True:
                for name, part in (await follower.news()).items():
                    yield {"type": name, **part}
        finally:
            self._leave(follower)

    async def _join(self, follower: _Follower) -> None:
        first = not self._followers
        self._followers.add(follower)
        if first and self._listing is not None:
            self._listing.heard = self._hear
        if self._looking is None:
            self._seen = {}
            await self._look()
            if self._looking is None and self._followers:  # another may have come meanwhile
                self._looking = asyncio.create_task(self._keep_looking())

    def _leave(self, follower: _Follower) -> None:
        self._followers.discard(follower)
        if self._followers:
            return
        if self._listing is not None:
            self._listing.heard = _deaf
        if self._looking is not None:
            self._looking.cancel()
            self._looking = None
        self._changed.clear()

    def _hear(self, runs: Iterable[str]) -> None:
        """The list has written that these have changed. Called by its thread."""
        with self._lock:
            if len(self._changed) <= _NAMED:
                self._changed.update(runs)

    async def _keep_looking(self) -> None:
        while True:
            await asyncio.sleep(_PAUSE)
            try:
                await self._look()
            except SQLAlchemyError as error:  # it is told by whoever cannot do without
                logger.debug("the stream of changes: %s", told(error))
            except Exception:
                logger.exception("looking for changes failed")

    async def _look(self) -> None:
        self._tell("ruleset", self._status())
        if self._traffic is not None:
            await self._traffic.glance()
            self._tell("resources", _states(self._traffic))
        if self._alerts is not None:
            self._tell("alerts", await self._alerts())
        if self._listing is not None:
            await self._look_at_runs(self._listing)

    async def _look_at_runs(self, listing: Listing) -> None:
        before = self._seen.get("runs")
        counts = before["counts"] if before is not None else {}
        if before is None or time.monotonic() >= self._counted_at + _SHARE * self._counting:
            began = time.monotonic()
            counts = await asyncio.to_thread(listing.count, RunQuery())
            self._counted_at = time.monotonic()
            self._counting = self._counted_at - began
        with self._lock:  # only now, since counting has the list written
            changed, self._changed = self._changed, set()
        if before is None or changed or counts != before["counts"]:
            named = sorted(changed) if 0 < len(changed) <= _NAMED else None
            self._tell("runs", {"counts": counts, "changed": named}, anew=True)

    def _tell(self, name: str, part: Part, *, anew: bool = False) -> None:
        if not anew and self._seen.get(name) == part:
            return
        self._seen[name] = part
        for follower in self._followers:
            follower.hear(name, part)


class _Follower:
    """Who follows: of each part the newest that he has not taken yet, so that a slow one holds up nothing."""

    def __init__(self) -> None:
        self._news: dict[str, Part] = {}
        self._come = asyncio.Event()

    def hear(self, name: str, part: Part) -> None:
        """Take in what a part is like now."""
        before = self._news.get(name)
        self._news[name] = _both(before, part) if name == "runs" and before is not None else part
        self._come.set()

    def forget(self) -> None:
        """What has come so far is known."""
        self._news.clear()
        self._come.clear()

    async def news(self) -> dict[str, Part]:
        """What has come, once anything has."""
        await self._come.wait()
        self._come.clear()
        news, self._news = self._news, {}
        return news


def _both(before: Part, part: Part) -> Part:
    """The runs that have changed by either."""
    earlier, later = before["changed"], part["changed"]
    if earlier is None or later is None or len({*earlier, *later}) > _NAMED:
        return {**part, "changed": None}
    return {**part, "changed": sorted({*earlier, *later})}


def _states(traffic: Traffic) -> Part:
    resources = traffic.seen.resources.values() if traffic.seen is not None else ()
    return {
        "resources": [
            {"name": each["name"], "state": each["state"], "parked": each["parked"]} for each in resources
        ]
    }


def _deaf(_: Iterable[str]) -> None:
    """Nobody follows."""
