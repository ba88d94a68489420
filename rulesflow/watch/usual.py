"""What is usual: the same hour of the week before, else the last hours, else nothing."""

from __future__ import annotations

from typing import Final

from rulesflow.watch.bucket import Bucket
from rulesflow.watch.measures import Usual

ENOUGH: Final = 30  # calls, with fewer of which nothing is known


def usual(weeks: Bucket | None, recent: Bucket | None) -> Usual | None:
    """From the calls in that hour of the week, in the ``weeks`` before, and from those of the last hours."""
    for source, bucket in (("hour-of-week", weeks), ("recent", recent)):
        if bucket is not None and bucket.calls >= ENOUGH:
            rate, run, queue = bucket.error_rate, bucket.run.latency(), bucket.queue.latency()
            return Usual(source, bucket.calls, rate, run, queue)
    return None
