"""What was stored of the last minutes, as it was read before: whoever looks often reads but the last of them.

What is older than a minute is read once a minute. So what a process writes still later, since it hung or the
database was away, is missed for as long at most.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from rulesflow.runtime.statstore import StatStore, Stretch
from rulesflow.runtime.tallies import WIDTH
from rulesflow.watch.bucket import Bucket

_RESTS: Final = 60  # seconds after which nobody writes a stretch any more, as a rule
_AGAIN: Final = 60  # seconds between two reads of what rests
_SPAN: Final = 900 + 2 * WIDTH  # seconds that are kept at most, since they take room


class StatRecall:
    """One thread at a time may use it."""

    def __init__(self, store: StatStore) -> None:
        self._store = store
        self._kept: list[Stretch] = []
        self._since = self._until = 0  # of what is kept
        self._read_at = -_AGAIN

    def seconds(self, since: int, now: int) -> list[Stretch]:
        """What all processes have seen since then, in stretches of ten seconds. Raises `SQLAlchemyError`.

        What rests is that of all of them in one.
        """
        first, until = max(since, now - _SPAN), now + WIDTH
        if 0 <= now - self._read_at < _AGAIN and first >= self._since:
            recent = self._store.seconds(self._until, until)
        else:
            recent = self._keep(self._store.seconds(first, until), first, now)
        older = self._store.seconds(since, first) if since < first else []
        return [*older, *(each for each in self._kept if each.start >= first), *recent]

    def _keep(self, read: list[Stretch], since: int, now: int) -> list[Stretch]:
        """Keep what rests of what was read; the others."""
        self._since, self._until, self._read_at = since, now - _RESTS, now
        self._kept = _joined(each for each in read if each.start < self._until)
        return [each for each in read if each.start >= self._until]


def _joined(stretches: Iterable[Stretch]) -> list[Stretch]:
    """Those of the same time in one."""
    same: dict[tuple[int, str, str], list[Stretch]] = {}
    for each in stretches:
        same.setdefault((each.start, each.step, each.resource), []).append(each)
    return [_sum(each) if len(each) > 1 else each[0] for each in same.values()]


def _sum(stretches: list[Stretch]) -> Stretch:
    bucket = Bucket()
    for each in stretches:
        bucket.absorb(each.counted)
    return replace(stretches[0], counted=bucket.written(), in_flight=0, waiting=0, begun=())
