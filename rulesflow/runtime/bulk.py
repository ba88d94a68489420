"""Bulk orders: one order for every run of a query, at a rate, with a count of how far it is."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any, Final, Protocol

from rulesflow.model.errors import FactsRefused, Fault, RulesflowError, UnknownName
from rulesflow.runtime.identifiers import new_id
from rulesflow.runtime.listing import Page
from rulesflow.runtime.runquery import RunQuery
from rulesflow.workflows.commands import Action

logger = logging.getLogger(__name__)

_KEPT: Final = 1000  # progress reports that are kept
_PAGE: Final = 500
_GOING: Final = ("queued", "running", "waiting", "parked", "incident")
#: The statuses of the runs that can obey an action.
_ABLE: Final = {
    Action.PAUSE: _GOING,
    Action.RESUME: ("paused",),
    Action.CANCEL: (*_GOING, "paused"),
    Action.RETRY: ("incident", "undoing"),
    Action.RERUN: (*_GOING, "paused"),
}


class Obey(Protocol):
    """What orders one run about."""

    def __call__(self, run: str, order: Any, *, key: str | None, caller: str) -> Awaitable[Any]:
        """Raises `RulesflowError` where the run cannot obey."""


def applicable(action: Action, query: RunQuery) -> RunQuery:
    """The query, oldest first, for the runs that can obey unless it names a status itself."""
    status = query.status or _ABLE[action]
    return replace(query, status=status, newest_first=False, limit=_PAGE, cursor=None)


@dataclass(slots=True)
class _Progress:
    id: str
    action: str
    count: int
    done: int = 0
    failed: int = 0
    running: bool = True

    def as_dict(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "action": self.action,
            "count": self.count,
            "done": self.done,
            "failed": self.failed,
            "running": self.running,
        }


class Bulk:
    """Carries out bulk orders in the background of the event loop that starts them."""

    def __init__(self, page: Callable[[RunQuery], Awaitable[Page]], obey: Obey) -> None:
        self._page = page
        self._obey = obey
        self._progress: dict[str, _Progress] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, order: Any, query: RunQuery, count: int, rate: float | None, caller: str) -> str:
        """Begin; the id by which to ask for progress. Raises `FactsRefused` for a rate that is none."""
        if rate is not None and not rate > 0:
            fault = Fault("/rate", "minimum", "a rate is above 0: runs a second")
            raise FactsRefused("the bulk order cannot be carried out", (fault,))
        progress = _Progress(new_id(), str(order.action), count)
        self._progress[progress.id] = progress
        for old in list(self._progress)[:-_KEPT]:
            del self._progress[old]
        task = asyncio.create_task(self._carry_out(progress, order, query, rate, caller))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return progress.id

    def progress(self, bulk: str) -> dict[str, Any]:
        """How far a bulk order is. Raises `UnknownName`."""
        found = self._progress.get(bulk)
        if found is None:
            detail = f"there is no bulk order {bulk[:80]!r}"
            raise UnknownName(
                detail, (Fault("", "unknown-bulk", detail, "it was given to another process?"),)
            )
        return found.as_dict()

    async def _carry_out(
        self, progress: _Progress, order: Any, query: RunQuery, rate: float | None, caller: str
    ) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        try:
            for run in [each async for each in self._runs(query)]:
                if rate is not None:
                    await asyncio.sleep(max(0.0, due - loop.time()))
                    due += 1 / rate
                try:
                    await self._obey(run, order, key=f"bulk {progress.id}", caller=caller)
                    progress.done += 1
                except RulesflowError as error:
                    logger.info("bulk %s of run %s: %s", progress.action, run, error)
                    progress.failed += 1
                except Exception:  # of the database, say; the others are to be told all the same
                    logger.exception("bulk %s of run %s failed", progress.action, run)
                    progress.failed += 1
        finally:
            progress.running = False

    async def _runs(self, query: RunQuery) -> AsyncIterator[str]:
        while True:
            entries, cursor = await self._page(query)
            for entry in entries:
                yield entry.id
            if cursor is None:
                return
            query = replace(query, cursor=cursor)
