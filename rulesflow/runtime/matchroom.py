"""Room: how many matches of one pattern and key may yet be recorded about a moment."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from rulesflow.runtime.matches import MOST_RECORDED, Finding, Matches


class Stretch(NamedTuple):
    """A stretch of time, both ends included."""

    since: int
    until: int


def stretches(times: Iterable[int], within: int) -> list[Stretch]:
    """The times that are ``within`` of one of these, in order, none of them twice."""
    found: list[Stretch] = []
    for time in sorted(times):
        if found and time - within <= found[-1].until:
            found[-1] = Stretch(found[-1].since, time + within)
        else:
            found.append(Stretch(time - within, time + within))
    return found


class Room:
    """Of one pattern and key. A match has room where fewer than the bound are ``within`` of its latest event.

    ``times``: of the events that matches may be made of.
    """

    def __init__(self, within: int, times: Iterable[int]) -> None:
        self._within = within
        self._times = sorted({*times})
        self._recorded: set[str] = set()
        self._latest: list[int] = []
        self._full: set[int] = set()

    def fill(self, matches: Matches, pattern: str, key: str, busy: Sequence[Stretch]) -> None:
        """Take over what is recorded about some stretches of time. Blocks."""
        for since, until in busy:
            for id_, latest in matches.between(pattern, key, since, until + self._within):
                if id_ not in self._recorded:
                    self._recorded.add(id_)
                    self._latest.append(latest)
        self._latest.sort()

    def has(self, time: int) -> bool:
        """Whether there is room for any match that an event of this time is in."""
        first, last = bisect_left(self._times, time), bisect_right(self._times, time + self._within)
        return any(not self._is_full(latest) for latest in self._times[first:last])

    def take(self, finding: Finding) -> bool:
        """Take the room that a match needs; False where there is none."""
        if finding.id in self._recorded:
            return True
        if self._is_full(finding.latest):
            return False
        self._recorded.add(finding.id)
        insort(self._latest, finding.latest)
        return True

    def _is_full(self, latest: int) -> bool:
        if latest in self._full:
            return True
        first = bisect_left(self._latest, latest - self._within)
        full = bisect_right(self._latest, latest + self._within) - first >= MOST_RECORDED
        if full:
            self._full.add(latest)
        return full
