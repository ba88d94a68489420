"""An outage: what cannot be done for a while, as a rule since the database is away, and what the log is told.

What is tried again four times a second must not tell the log each time that it failed, or it buries all else.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from rulesflow.runtime.patience import told

_REMINDER: Final = 60.0  # seconds until it is told again that it still fails
_FLICKERS: Final = 10.0  # seconds behind the last word for which a new failure is none of its own


class Outage:
    """Told at its beginning, once a minute, and at its end, with how long it was. For one thread at a time.

    ``failing`` and ``again`` are the sentences: "events wait to be matched", "events are matched again".
    ``passing``: further errors that pass with time; of all others, which are defects, the place is told.
    """

    def __init__(
        self,
        logger: logging.Logger,
        failing: str,
        again: str,
        *passing: type[Exception],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._logger = logger
        self._failing = failing
        self._again = again
        self._passing: tuple[type[Exception], ...] = (SQLAlchemyError, *passing)
        self._clock = clock
        self._since: float | None = None  # when it began
        self._said: float | None = None  # when the log was told last
        self._quiet = True  # nothing was said of the outage of now
        self._defect = False  # what was said was one

    def through(self, work: Callable[[], object]) -> bool:
        """Do it; whether that went well. What it raises is told, and goes no further."""
        try:
            work()
        except Exception as error:
            self.failed(error)
            return False
        self.over()
        return True

    def failed(self, error: Exception) -> None:
        """It was tried, and failed."""
        moment, defect = self._clock(), not isinstance(error, self._passing)
        if self._since is None:
            self._since, self._quiet, self._defect = moment, True, False
        pause = _FLICKERS if self._quiet else _REMINDER
        news = self._said is None or moment - self._said >= pause or (defect and not self._defect)
        if not news:
            return
        self._say(error, moment - self._since, defect)
        self._said, self._quiet, self._defect = moment, False, defect

    def over(self) -> None:
        """It went well."""
        if self._since is None:
            return
        if not self._quiet:
            self._said = self._clock()
            self._logger.warning("%s, after %s", self._again, _length(self._said - self._since))
        self._since = None

    def _say(self, error: Exception, lasted: float, defect: bool) -> None:
        already = f", for {_length(lasted)} now" if lasted >= _FLICKERS else ""
        if defect:
            self._logger.error("%s%s, by a defect", self._failing, already, exc_info=error)
        else:
            self._logger.warning("%s%s: %s", self._failing, already, told(error))


def _length(seconds: float) -> str:
    """``0.4 s``, ``12 s``, ``3 min 5 s``."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
