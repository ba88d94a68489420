"""What is usual of each step and resource, by what the database has of the weeks and hours before."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, TypeAlias

from rulesflow.runtime.statstore import HOUR, KEPT, RESTS, StatStore, Stretch
from rulesflow.watch.bucket import Bucket
from rulesflow.watch.measures import Usual
from rulesflow.watch.usual import steady, usual

_PART: Final = 300  # seconds of a part of the last hours, which is usual or not
_DAY: Final = 24 * HOUR
_REMEMBERED: Final = 60  # seconds for which what is usual stays so
Gathered: TypeAlias = dict[tuple[str, str], Bucket]


class Usuals:
    """What is usual now, by step and by resource; looked for once a minute. One thread uses it."""

    def __init__(self, store: StatStore) -> None:
        self._store = store
        self._at: int | None = None
        self._weeks: Gathered = {}
        self._recent: list[tuple[int, Gathered]] = []
        self._parts: dict[int, Gathered] = {}
        self._until = 0
        self._known: dict[tuple[str, str], Usual | None] = {}

    def refresh(self, now: int) -> None:
        """Look again if it is time. ``now``: seconds since 1970. Blocks. Raises `SQLAlchemyError`."""
        if self._at is not None and 0 <= now - self._at < _REMEMBERED and now // HOUR == self._at // HOUR:
            return
        self._weeks = _gathered(self._store.same_hour(now - now % HOUR))
        self._recent = self._lately(now)
        self._known = {}
        self._at = now

    def of(self, kind: str, name: str) -> Usual | None:
        """Of a ``step`` or a ``resource``."""
        key = kind, name
        if key not in self._known:
            recent = ((seconds, part[key]) for seconds, part in self._recent if key in part)
            self._known[key] = usual(self._weeks.get(key), steady(recent))
        return self._known[key]

    def _lately(self, now: int) -> list[tuple[int, Gathered]]:
        """The last day in order of time: hours, then parts of an hour, without the last minutes.

        Each part is read once.
        """
        begin, until = -(-(now - KEPT) // HOUR) * HOUR, (now - RESTS) // _PART * _PART
        if not begin <= self._until <= until:
            self._parts, self._until = {}, begin
        hours = _by_time(self._store.hours(now - _DAY, begin), HOUR)
        self._parts |= _by_time(self._store.seconds(self._until, until), _PART)
        self._parts = {start: part for start, part in self._parts.items() if start >= begin}
        self._until = until
        timed = [(HOUR, hours[start]) for start in sorted(hours)]
        return timed + [(_PART, self._parts[start]) for start in sorted(self._parts)]


def _by_time(stretches: Iterable[Stretch], width: int) -> dict[int, Gathered]:
    found: dict[int, list[Stretch]] = {}
    for stretch in stretches:
        found.setdefault(stretch.start - stretch.start % width, []).append(stretch)
    return {start: _gathered(each) for start, each in found.items()}


def _gathered(stretches: Iterable[Stretch]) -> Gathered:
    found: Gathered = {}
    for stretch in stretches:
        for key in (("step", stretch.step), ("resource", stretch.resource)):
            found.setdefault(key, Bucket()).absorb(stretch.counted)
    return found
