"""Fresh facts: a thread that takes over what patterns of other processes have set."""

from __future__ import annotations

import logging
import threading
import time
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from rulesflow.model.times import SECOND, Timestamp
from rulesflow.runtime.catalog import now
from rulesflow.runtime.patience import told
from rulesflow.runtime.setfacts import SetFacts

logger = logging.getLogger(__name__)

_LOOK: Final = 0.25  # seconds
_FORGET: Final = 3600.0  # seconds between two times that expired facts are deleted
_EXPIRED: Final = 86_400 * SECOND  # nanoseconds for which they are kept


class FreshFacts:
    """Refreshes the facts, also while the database is away now and then."""

    def __init__(self, facts: SetFacts) -> None:
        self._facts = facts
        self._forgot = time.monotonic()
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="rulesflow-facts", daemon=True)

    def start(self) -> None:
        """Refresh them, and begin. Blocks. Raises `SQLAlchemyError`."""
        self._facts.refresh()
        self._thread.start()

    def stop(self) -> None:
        """End. Blocks."""
        self._stopping.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join()

    def wake(self) -> None:
        """Refresh them at once. Any thread may call it."""
        self._wake.set()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._wake.wait(_LOOK)
            self._wake.clear()
            try:
                self._facts.refresh()
                self._forget()
            except SQLAlchemyError as error:
                logger.debug("facts are behind: %s", told(error))
            except Exception:
                logger.exception("facts could not be taken over; it is tried again")

    def _forget(self) -> None:
        if time.monotonic() - self._forgot > _FORGET:
            self._forgot = time.monotonic()
            self._facts.forget(Timestamp(now() - _EXPIRED))
