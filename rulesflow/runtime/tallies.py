"""Tallies: what this process counts of the calls of each step, until it is written down for all."""

from __future__ import annotations

import threading
from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from rulesflow.runtime.clock import MICROS
from rulesflow.watch.bucket import Bucket

WIDTH: Final = 10  # seconds of a bucket
_MOST_BUCKETS: Final = 60  # of a step that are kept while they cannot be written
_MOST_NOTED: Final = 3 * 512  # numbers: three of each call
_MOST_BEGUN: Final = 60  # seconds that are told apart in which calls in flight began
#: Seconds; each is the end of a bin of what Prometheus is told, and part of it.
BINS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)

#: Seconds since 1970, the oldest first, and how many calls in flight began by then and not before.
Begun: TypeAlias = tuple[tuple[int, int], ...]
#: The tally of a step, which needs a resource.
TallyOf: TypeAlias = "Callable[[str, str], Tally]"


@dataclass(slots=True)
class Histogram:
    """Counts since the process began; the last bin is open."""

    bins: list[int] = field(default_factory=lambda: [0] * (len(BINS) + 1))
    seconds: float = 0.0

    def see(self, seconds: float) -> None:
        """Take in a length of time."""
        self.bins[bisect_left(BINS, seconds)] += 1
        self.seconds += seconds

    def copy(self) -> Histogram:
        """The same, which stays as it is."""
        return Histogram([*self.bins], self.seconds)


class Tally:
    """Of one step. ``waiting`` is written, and calls `begin` and `end`, in the engine's event loop alone.

    ``clock``: microseconds. Any thread may `count`, `take` and look at what is in flight. ``lost``: calls
    that could not be kept.

    Calls are only noted where they end, and put in their places many at once: one by one that takes 16 µs,
    as hardly anything of it is in the processor's caches by then, instead of 3.
    """

    def __init__(self, step: str, resource: str, clock: Callable[[], int]) -> None:
        self.step = step
        self.resource = resource
        self.waiting = 0
        self.lost = 0
        self.by_class: dict[str, int] = {}
        self._run, self._queue = Histogram(), Histogram()
        self._clock = clock
        self._calls = 0  # that have begun
        self._begun: dict[int, int] = {}  # the calls in flight by number, and when they began
        self._noted = array("d")  # for each call the number of its bucket, and seconds: queued, and run
        self._buckets: dict[int, Bucket] = {}
        self._lock = threading.Lock()

    @property
    def in_flight(self) -> int:
        """Calls that are being made."""
        return len(self._begun)

    def begin(self) -> int:
        """A call begins; the number by which it is to `end`."""
        self._calls = number = self._calls + 1
        self._begun[number] = self._clock()
        return number

    def end(self, number: int) -> None:
        """A call is not in flight any more, whatever came of it."""
        del self._begun[number]

    def begun(self) -> Begun:
        """When the calls in flight began, to the second, and none earlier than it did.

        Of very many seconds the oldest are told; what began later counts to the last of all.
        """
        copied = self._begun.copy()  # at one go, while the loop may change it
        ordered = sorted(Counter(-(-at // MICROS) for at in copied.values()).items())
        told, rest = ordered[:_MOST_BEGUN], ordered[_MOST_BEGUN:]
        if rest:
            told.append((rest[-1][0], sum(calls for _, calls in rest)))
        return tuple(told)

    def count(self, queued: float, ran: float, error_class: str | None) -> None:
        """A call has ended: seconds that it was queued and ran, and the class of its error, if it failed."""
        number = self._clock() // (WIDTH * MICROS)
        with self._lock:
            self._noted.extend((number, queued, ran))
            if error_class is not None:
                self._bucket(number).mark(error_class)
                self.by_class[error_class] = self.by_class.get(error_class, 0) + 1
            if len(self._noted) >= _MOST_NOTED:
                self._sort()

    def mark(self, name: str) -> None:
        """Count something that is no call."""
        number = self._clock() // (WIDTH * MICROS)
        with self._lock:
            self._bucket(number).mark(name)

    def histograms(self) -> tuple[Histogram, Histogram]:
        """How long calls ran, and how long they were queued before."""
        with self._lock:
            self._sort()
            return self._run.copy(), self._queue.copy()

    def take(self) -> dict[int, Bucket]:
        """What was counted since the last time, by when it began in seconds since 1970; it is gone then."""
        with self._lock:
            self._sort()
            taken, self._buckets = self._buckets, {}
        return {number * WIDTH: bucket for number, bucket in taken.items()}

    def give_back(self, taken: dict[int, Bucket]) -> None:
        """Keep what could not be written after all; the oldest of it goes where there is too much."""
        with self._lock:
            for start, bucket in taken.items():
                self._bucket(start // WIDTH).merge(bucket)

    def seen(self) -> dict[int, Bucket]:
        """Copies of what was counted and not taken yet, by the same."""
        with self._lock:
            self._sort()
            copies = {number * WIDTH: Bucket() for number in self._buckets}
            for number, bucket in self._buckets.items():
                copies[number * WIDTH].merge(bucket)
        return copies

    def _sort(self) -> None:
        """Put the calls that were noted in their places."""
        noted, self._noted = self._noted, array("d")
        numbers = iter(noted)
        for number, queued, ran in zip(numbers, numbers, numbers, strict=True):
            self._bucket(int(number)).count(queued, ran, None)
            self._run.see(ran)
            self._queue.see(queued)

    def _bucket(self, number: int) -> Bucket:
        bucket = self._buckets.get(number)
        if bucket is None:
            if len(self._buckets) >= _MOST_BUCKETS:
                self.lost += self._buckets.pop(min(self._buckets)).calls
            bucket = self._buckets[number] = Bucket()
        return bucket


class Tallies:
    """Of all steps of this process, made as they are called. ``clock``: microseconds."""

    def __init__(self, clock: Callable[[], int]) -> None:
        self._clock = clock
        self._tallies: dict[str, Tally] = {}
        self._lock = threading.Lock()

    def of(self, step: str, resource: str) -> Tally:
        """The tally of a step."""
        tally = self._tallies.get(step)
        if tally is None or tally.resource != resource:
            with self._lock:
                tally = self._tallies.get(step) or Tally(step, resource, self._clock)
                tally.resource = resource
                self._tallies = {**self._tallies, step: tally}
        return tally

    def all(self) -> list[Tally]:
        """All that there are."""
        return [*self._tallies.values()]


class _Unmeasured(Tally):
    def count(self, queued: float, ran: float, error_class: str | None) -> None:
        """Count nothing."""


_NOBODY: Final = _Unmeasured("", "", lambda: 0)


def unmeasured(_: str, __: str) -> Tally:
    """A tally for every step that counts nothing."""
    return _NOBODY
