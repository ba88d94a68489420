"""Background: one thread for what needs the database, and the way back into the engine's event loop."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy.exc import SQLAlchemyError

from rulesflow.runtime.patience import told

logger = logging.getLogger(__name__)


class Background:
    """``loop``: the engine's, None until it is known."""

    def __init__(self, name: str) -> None:
        self.loop: asyncio.AbstractEventLoop | None = None
        self._name = name
        self._thread = ThreadPoolExecutor(1, f"rulesflow-{name}")

    def do(self, work: Callable[[], None]) -> None:
        """Do it in the thread, after what it has to do already. What it raises is logged."""

        def quietly() -> None:
            try:
                work()
            except SQLAlchemyError as error:  # whoever looks next makes up for it
                logger.debug("%s: %s", self._name, told(error))
            except Exception:
                logger.exception("%s failed", self._name)

        try:
            self._thread.submit(quietly)
        except RuntimeError:  # the process ends
            return

    def in_loop(self, work: Callable[[], None]) -> None:
        """Do it in the loop, soon."""
        try:
            if self.loop is not None:
                self.loop.call_soon_threadsafe(work)
        except RuntimeError:  # it is closed, so nobody waits any more
            return

    def close(self) -> None:
        """Finish what is being done, and take no more. Blocks."""
        self._thread.shutdown(wait=True, cancel_futures=True)
