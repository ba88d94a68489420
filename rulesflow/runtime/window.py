"""The window: the calls of a resource within the last seconds, by what came of them and how long they took.

It slides by a tenth of its length. Latencies are counted in bins, each a quarter wider than the one before.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from rulesflow.runtime.clock import MICROS
from rulesflow.workflows.resource import Breaker
from rulesflow.workflows.step import ErrorClass

_BUCKETS: Final = 10  # of a window
_FIRST: Final = 0.001  # seconds; the upper edge of the first bin
_WIDER: Final[float] = 1.25
_BINS: Final = 64


@dataclass(frozen=True, slots=True)
class Counts:
    """Calls: those that failed by a class that the breaker counts, and further ones that took too long.

    ``calls`` are those that say something of the resource's health. ``by_class``: all errors.
    """

    calls: int = 0
    failed: int = 0
    slow: int = 0
    by_class: Mapping[str, int] = field(default_factory=dict)
    latency: Mapping[int, int] = field(default_factory=dict)

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            self.calls + other.calls,
            self.failed + other.failed,
            self.slow + other.slow,
            Counter(self.by_class) + Counter(other.by_class),
            Counter(self.latency) + Counter(other.latency),
        )

    @property
    def bad(self) -> int:
        """Calls that speak against the resource."""
        return self.failed + self.slow

    def latency_at(self, share: float) -> float | None:
        """The seconds within which this share of the calls ended, about an eighth exact; None without any."""
        left = share * sum(self.latency.values())
        for number, calls in sorted(self.latency.items()):
            left -= calls
            if left <= 0:
                return round(_FIRST * math.pow(_WIDER, number - 0.5), 4)
        return None


@dataclass(slots=True)
class _Bucket:
    calls: int = 0
    failed: int = 0
    slow: int = 0
    by_class: Counter[str] = field(default_factory=Counter)
    latency: Counter[int] = field(default_factory=Counter)

    def counts(self) -> Counts:
        return Counts(self.calls, self.failed, self.slow, self.by_class, self.latency)


class Window:
    """The calls of this process. Times are microseconds of one clock."""

    def __init__(self, breaker: Breaker) -> None:
        self._breaker = breaker
        self._width = max(1, int(breaker.window * MICROS) // _BUCKETS)
        self._buckets: dict[int, _Bucket] = {}

    def is_bad(self, error_class: ErrorClass | None, seconds: float) -> bool:
        """Whether a call speaks against the resource."""
        return error_class in self._breaker.errors or self._slow(seconds)

    def add(self, error_class: ErrorClass | None, seconds: float, at: int) -> None:
        """Count a call that has ended. One that failed is not slow as well."""
        bucket = self._bucket(at // self._width)
        failed = error_class in self._breaker.errors
        slow = not failed and self._slow(seconds)
        if error_class is not None:
            bucket.by_class[str(error_class)] += 1
        bucket.latency[_bin(seconds)] += 1
        bucket.calls += failed or slow or error_class is not ErrorClass.INTERNAL
        bucket.failed += failed
        bucket.slow += slow

    def counts(self, now: int) -> Counts:
        """All calls that are in the window."""
        return sum((bucket.counts() for _, bucket in self._live(now)), Counts())

    def latest(self, now: int) -> Counts:
        """The calls of its last fifth: what went well before that must not hide an outage for long."""
        current = now // self._width
        buckets = (bucket for number, bucket in self._live(now) if number > current - _BUCKETS // 5)
        return sum((bucket.counts() for bucket in buckets), Counts())

    def empty(self) -> None:
        """Forget everything."""
        self._buckets.clear()

    def written(self, now: int) -> dict[str, Any]:
        """The window as other processes read it, by `read_counts`: each of them lets it slide by itself."""
        counts = self.counts(now)
        buckets = {str(number): [each.calls, each.failed, each.slow] for number, each in self._live(now)}
        return {
            "width": self._width,
            "buckets": buckets,
            "by_class": dict(counts.by_class),
            "latency": {str(number): calls for number, calls in counts.latency.items()},
        }

    def _slow(self, seconds: float) -> bool:
        return self._breaker.slow is not None and seconds > self._breaker.slow

    def _live(self, now: int) -> list[tuple[int, _Bucket]]:
        return [each for each in self._buckets.items() if _is_live(each[0], now // self._width)]

    def _bucket(self, number: int) -> _Bucket:
        bucket = self._buckets.get(number)
        if bucket is None:
            self._buckets = {old: each for old, each in self._buckets.items() if _is_live(old, number)}
            bucket = self._buckets[number] = _Bucket()
        return bucket


def read_counts(written: Mapping[str, Any], now: int) -> Counts:
    """What of another process's window still counts. Classes and latencies go once all its calls are gone."""
    width = written.get("width", 1)
    buckets = written.get("buckets", {})
    live = [each for number, each in buckets.items() if _is_live(int(number), now // width)]
    if not live:
        return Counts()
    calls, failed, slow = (sum(each) for each in zip(*live, strict=True))
    latency = {int(number): calls for number, calls in written["latency"].items()}
    return Counts(calls, failed, slow, written["by_class"], latency)


def dumps(written: Mapping[str, Any]) -> str:
    """JSON without blanks: it is read by every process several times a second."""
    return json.dumps(written, separators=(",", ":"))


def _is_live(number: int, current: int) -> bool:
    """Whether a bucket is in the window; what is far ahead was counted before the clock was set back."""
    return current - _BUCKETS < number <= current + 1


def _bin(seconds: float) -> int:
    if seconds <= _FIRST:
        return 0
    return min(math.ceil(math.log(seconds / _FIRST, _WIDER)), _BINS)
