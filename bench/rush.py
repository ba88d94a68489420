"""The shape of a Black Friday: few orders, then ten times as many, then few again. And when each comes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil
from random import Random

#: How many times as many orders come at the peak.
SURGE = 10.0


@dataclass(frozen=True, slots=True)
class Rush:
    """Orders a second (``quiet``, then ``peak``) and for how many seconds each part lasts.

    Between quiet and peak the rate climbs for ``climb``, and falls for as long. At the peak something may
    break: the ``outage`` begins ``outage_after`` seconds after the peak did.
    """

    quiet: float
    peak: float
    before: float
    climb: float
    lasts: float
    after: float
    outage_after: float
    outage: float

    @property
    def seconds(self) -> float:
        """From the first moment to the last in which orders come."""
        return self.before + self.climb + self.lasts + self.climb + self.after

    @property
    def orders(self) -> int:
        """How many come in all, by the rates."""
        return round(self.quiet * (self.before + self.after) + self.peak * self.lasts + self._climbing)

    @property
    def outage_at(self) -> float:
        """When the outage begins, in seconds."""
        return self.before + self.climb + self.outage_after

    def rate(self, second: float) -> float:
        """Orders a second at that moment."""
        into = min(second - self.before, self.before + 2 * self.climb + self.lasts - second)
        share = min(max(into / self.climb, 0.0), 1.0) if self.climb else float(into >= 0)
        return self.quiet + (self.peak - self.quiet) * share

    def times(self, count: int, seed: int) -> list[float]:
        """When so many orders come, by chance as the rates are: earliest first, alike for a seed."""
        random, found = Random(seed), list[float]()
        while len(found) < count:
            second = random.uniform(0, self.seconds)
            if random.uniform(0, self.peak) < self.rate(second):
                found.append(second)
        return sorted(found)

    @property
    def _climbing(self) -> float:
        return (self.quiet + self.peak) * self.climb


def lasting(orders: int, peak: float, outage: float) -> Rush:
    """A rush of so many orders, ``peak`` a second, with an outage of so many seconds amid its peak.

    It is quiet for a third of that time before and after, and climbs for a sixth. Raises `ValueError` where
    the peak would be over before the outage is.
    """
    edge, climb = outage / 3, outage / 6
    empty = Rush(peak / SURGE, peak, edge, climb, 0, edge, 0, outage)
    lasts = (orders - empty.orders) / peak
    if lasts < outage:
        least = empty.orders + ceil(peak * outage)
        raise ValueError(f"the peak must outlast the outage: at {peak:g} a second, with {least:,} orders")
    return replace(empty, lasts=lasts, outage_after=min(edge, (lasts - outage) / 2))
