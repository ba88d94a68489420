"""The backlog of events: how many wait to be matched, by all processes, as it was seen last."""

from __future__ import annotations

import logging
import threading
import time
from math import inf
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from rulesflow.runtime.eventqueue import EventQueue
from rulesflow.runtime.patience import told

logger = logging.getLogger(__name__)

_FRESH: Final = 1.0  # seconds for which a look is good enough
_IDLE: Final = 5.0  # seconds for which it is while nothing waits
_BEYOND: Final = 10_000  # events beyond the bound that are counted


class Backlog:
    """Looked at once a second at most, and added to in between. Any thread may use it."""

    def __init__(self, queue: EventQueue, limit: int) -> None:
        self._queue = queue
        self._most = limit + _BEYOND
        self._looked = -inf
        self._lock = threading.Lock()
        #: How many; None before anybody has looked.
        self.waiting: int | None = None

    @property
    def fresh(self) -> bool:
        """Whether the last look is good enough."""
        return time.monotonic() - self._looked < (_FRESH if self.waiting else _IDLE)

    def look(self) -> None:
        """Count them, unless somebody does so already. Blocks."""
        if not self._lock.acquire(blocking=False):
            return
        try:
            if not self.fresh:
                self._looked = time.monotonic()
                self.waiting = self._queue.waiting(self._most)
        except SQLAlchemyError as error:  # who stores events will say so
            logger.debug("waiting events cannot be counted: %s", told(error))
        finally:
            self._lock.release()

    def more(self, count: int) -> None:
        """So many were stored here."""
        if self.waiting is not None:
            self.waiting += count
