"""Quarantine: a pattern that fails again and again is not asked for a while, so that it holds up no other."""

from __future__ import annotations

import time
from typing import Final, NamedTuple

#: Failures in a row before a pattern is left alone.
_PATIENCE: Final = 3
_FIRST: Final = 5.0  # seconds; doubles
_LONGEST: Final = 600.0


class _Trouble(NamedTuple):
    failures: int
    until: float
    reason: str


class Quarantine:
    """The patterns that have failed in this process. One thread notes, any may look."""

    def __init__(self) -> None:
        self._troubles: dict[str, _Trouble] = {}

    def failed(self, pattern: str, reason: str) -> None:
        """Note a failure."""
        failures = self._troubles.get(pattern, _Trouble(0, 0.0, "")).failures + 1
        over = failures - _PATIENCE
        rest = min(_FIRST * 2 ** min(over, 10), _LONGEST) if over >= 0 else 0.0
        self._troubles[pattern] = _Trouble(failures, time.monotonic() + rest, reason)

    def worked(self, pattern: str) -> None:
        """Note that it could be matched."""
        if self._troubles:
            self._troubles.pop(pattern, None)

    def rests(self, pattern: str) -> float:
        """Seconds for which it is not asked; 0 where it is."""
        trouble = self._troubles.get(pattern)
        return 0.0 if trouble is None else max(0.0, trouble.until - time.monotonic())

    def resting(self) -> list[str]:
        """The patterns that are not asked at present."""
        return [pattern for pattern in [*self._troubles] if self.rests(pattern)]

    def reason(self, pattern: str) -> str | None:
        """Why it failed last; None where it did not."""
        trouble = self._troubles.get(pattern)
        return None if trouble is None else trouble.reason

    def lift(self, pattern: str | None) -> None:
        """Ask it again at once; None: all of them."""
        if pattern is None:
            self._troubles.clear()
        else:
            self._troubles.pop(pattern, None)
