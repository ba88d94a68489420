"""Sketches: lengths of time in constant space, from which percentiles are told, and which can be added up.

After Masson, Rim and Lee, "DDSketch: a fast and fully-mergeable quantile sketch with relative-error
guarantees", VLDB 2019. What a merged sketch tells is what one sketch of everything tells.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import Final

from ddsketch.ddsketch import BaseDDSketch
from ddsketch.mapping import LogarithmicMapping
from ddsketch.store import DenseStore

from rulesflow.watch.measures import Latency

#: A percentile is told within this share of itself.
ACCURACY: Final = 0.02
SHORTEST: Final = 1e-5  # seconds, below which nothing is told apart from 0
LONGEST: Final = (
    1e5  # seconds, above which nothing is told apart: with these bounds there are 576 bins at most
)
_MAPPING: Final = LogarithmicMapping(ACCURACY)
_DIGITS: Final = 6


class Sketch(BaseDDSketch):  # type: ignore[misc, unused-ignore]
    """Lengths of time in seconds."""

    def __init__(self) -> None:
        super().__init__(_MAPPING, DenseStore(), DenseStore(), 0.0)

    def see(self, seconds: float) -> None:
        """Take in one more."""
        self.add(min(seconds, LONGEST) if seconds >= SHORTEST else 0.0)

    def latency(self) -> Latency | None:
        """The percentiles; None where nothing was seen."""
        if not self._count:
            return None
        at = (self.get_quantile_value(share) or 0.0 for share in (0.5, 0.95, 0.99))
        return Latency(*(round(seconds, _DIGITS) for seconds in at))

    def written(self) -> list[int]:
        """How many were zero, then the bins that are not empty: steps from one to the next, and counts."""
        bins: list[int] = [int(self._zero_count)]
        before, store = 0, self._store
        for number, count in enumerate(store.bins, store.offset):
            if count:
                bins += (number - before, int(count))
                before = number
        return bins

    def absorb(self, written: Sequence[int]) -> None:
        """Add what another has `written`."""
        if not written:
            return
        numbers, counts, store = [*accumulate(written[1::2])], written[2::2], self._store
        for end in {0, len(numbers) - 1} if numbers else ():
            store.add(numbers[end], 0)  # makes room, for those between as well
        bins, offset, total = store.bins, store.offset, sum(counts)
        for number, count in zip(numbers, counts, strict=True):
            bins[number - offset] += count
        store.count += total
        self._zero_count += written[0]
        self._count += written[0] + total
