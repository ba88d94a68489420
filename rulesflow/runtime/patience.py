"""Patience: work that needs the database is tried again until the database answers."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Final, TypeVar

from sqlalchemy.exc import SQLAlchemyError

logger = logging.getLogger(__name__)
T = TypeVar("T")

_FIRST: Final = 0.2  # seconds before the first new attempt; doubles
_LONGEST: Final = 5.0


async def patiently(work: Callable[[], T], *impatient: type[Exception]) -> T:
    """What the work gives, done in a thread; tried again for as long as the database does not answer.

    ``impatient``: further errors that pass with time. The thread knows nothing of the run that is being
    carried out, or reading would count as a step of it.
    """
    pause = _FIRST
    passing: tuple[type[Exception], ...] = (SQLAlchemyError, *impatient)
    while True:
        try:
            return await asyncio.get_running_loop().run_in_executor(None, work)
        except passing as error:
            if pause == _FIRST:
                logger.warning("a run waits: %s", told(error))
        await asyncio.sleep(pause)
        pause = min(pause * 2, _LONGEST)


def told(error: Exception) -> str:
    """An error in a sentence. What the database says may quote what was to be stored, so that is left out."""
    if isinstance(error, SQLAlchemyError):
        return f"the database does not answer ({type(error).__name__})"
    return f"{type(error).__name__}: {error}"
