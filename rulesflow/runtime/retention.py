"""Retention: what ended long ago is forgotten, in batches: runs, with all that they left, and events."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Final

from rulesflow.model.times import SECOND, Timestamp
from rulesflow.runtime.archive import Archive
from rulesflow.runtime.catalog import now
from rulesflow.runtime.durable import Durable
from rulesflow.runtime.inbox import Inbox
from rulesflow.runtime.listing import Listing

logger = logging.getLogger(__name__)

_EVERY: Final = 600.0  # seconds
_FIRST: Final = 30.0  # seconds after the start
_BATCH: Final = 200
_DAY: Final = 86_400 * SECOND


class Retention:
    """Forgets runs that ended more than ``days`` ago, and the archived rules that none is left of.

    ``events`` forgets what else there is of before a moment, and tells how much. ``start`` it, ``stop`` it.
    Two processes that do it at once do no harm to each other.
    """

    def __init__(
        self,
        durable: Durable,
        archive: Archive,
        inbox: Inbox,
        listing: Listing,
        days: int,
        events: Callable[[Timestamp], int] = lambda _: 0,
    ) -> None:
        self._events = events
        self._durable = durable
        self._archive = archive
        self._inbox = inbox
        self._listing = listing
        self._days = days
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work, name="rulesflow-retention", daemon=True)

    def start(self) -> None:
        """Begin, if anything is to be forgotten at all."""
        if self._days:
            self._thread.start()

    def stop(self) -> None:
        """End after the batch that it may be at."""
        self._stopping.set()
        if self._days:
            self._thread.join()

    def _work(self) -> None:
        pause = _FIRST
        while not self._stopping.wait(pause):
            try:
                before = Timestamp(now() - self._days * _DAY)
                self.forget(before)
                if count := self._events(before):
                    logger.info("forgot %d events of before %s", count, before)
            except Exception:
                logger.exception("old runs and events could not be forgotten; it is tried again")
            pause = _EVERY

    def forget(self, before: Timestamp) -> int:
        """Forget the runs that ended before a moment; how many there were. Blocks."""
        count = 0
        while not self._stopping.is_set():
            runs = self._durable.ended_before(str(before), _BATCH)
            if not runs:
                break
            self._inbox.forget(runs)
            self._listing.forget(runs)
            self._durable.delete(runs)  # last, since by it they are found again should we be cut off
            count += len(runs)
        if count:
            self._archive.forget_unused()
            logger.info("forgot %d runs that ended before %s", count, before)
        return count
