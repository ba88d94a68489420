"""What is usual: the same hour of the week before, else the last hours, else nothing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from rulesflow.watch.bucket import Bucket
from rulesflow.watch.measures import Latency, Usual

ENOUGH: Final = 30  # calls, with fewer of which nothing is known
#: Calls from which on it is known how long the slowest of 20 usually take.
TAIL_KNOWN: Final = 200
#: Services say so when they are well: a card is declined, something is out of stock.
DECLINED: Final = ("rejected", "conflict")
_LASTING: Final = 4 * 3600  # seconds after which a new level is what is usual
_SLOWER: Final = 2.0  # times what is usual
_TAIL: Final = 2.5  # the same of the slowest of 20, which vary more
_FLOOR: Final = 0.05  # seconds more than usual that are nothing
_FAILING: Final = 0.1  # the share of calls that fail, beyond what is usual


def usual(weeks: Bucket | None, recent: Bucket | None) -> Usual | None:
    """From the calls in that hour of the week, in the ``weeks`` before, and from those of the last hours."""
    for source, bucket in (("hour-of-week", weeks), ("recent", recent)):
        if bucket is not None and bucket.calls >= ENOUGH:
            rate, run, queue = bucket.error_rate, bucket.run.latency(), bucket.queue.latency()
            return Usual(source, bucket.calls, rate, run, queue, declined(bucket) / bucket.calls)
    return None


def steady(stretches: Iterable[tuple[int, Bucket]]) -> Bucket:
    """The calls of those stretches, each of so many seconds in order of time, in which all was as before.

    So what has become slow, or fails, does not become usual while somebody is still to mend it. A level that
    has lasted for four hours on end is the usual one from then on.
    """
    kept, left, left_for = Bucket(), Bucket(), 0
    for seconds, bucket in stretches:
        if kept.calls >= ENOUGH and _ails(bucket, kept):
            left.merge(bucket)
            left_for += seconds
            if left_for < _LASTING:
                continue
            kept = left
        else:
            kept.merge(bucket)
        left, left_for = Bucket(), 0
    return kept


def declined(bucket: Bucket) -> int:
    """The calls that a service has declined to do."""
    return sum(bucket.by_class.get(name, 0) for name in DECLINED)


def slower(now: Latency, before: Latency) -> bool:
    """Whether half of the calls take far longer than half of them do."""
    return now.p50 >= before.p50 * _SLOWER and now.p50 - before.p50 >= _FLOOR


def slower_tail(now: Latency, before: Latency) -> bool:
    """The same of the slowest of 20."""
    return now.p95 >= before.p95 * _TAIL and now.p95 - before.p95 >= _FLOOR


def bar(share: float) -> float:
    """The share of calls from which on more fail than the usual ``share``; below 1 where that is."""
    return min(max(share + _FAILING, share * _SLOWER), (share + 1) / 2)


def _ails(bucket: Bucket, before: Bucket) -> bool:
    run, known = bucket.run.latency(), before.run.latency()
    if run is None or known is None:
        return False
    tail = before.calls >= TAIL_KNOWN and slower_tail(run, known)
    failed = (bucket.errors - declined(bucket)) / bucket.calls
    return slower(run, known) or tail or failed >= bar((before.errors - declined(before)) / before.calls)
