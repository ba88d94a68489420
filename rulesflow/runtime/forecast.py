"""Forecasts: how long work takes that has piled up. Pure; lengths of time are seconds, rates are a second."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, TypeAlias

RAMP: Final = 1.0  # seconds after which a drain that goes well is twice as fast
FIRST: Final = 1.0  # parked steps a second with which a drain begins
_CALL: Final = 1.0  # seconds that a call takes where none was seen lately

#: A resource as `Resources.shown` shows it.
Shown: TypeAlias = Mapping[str, Any]


def drain_seconds(parked: int, rate: float, most: float) -> float:
    """How long it takes until so many steps have gone, at a rate that doubles each second up to ``most``."""
    left, passed = float(parked), 0.0
    rate = min(max(rate, FIRST), most)
    while rate < most and left > rate * RAMP:
        left -= rate * RAMP
        passed += RAMP
        rate = min(rate * 2, most)
    return passed + left / rate


def drain_limit(resource: Shown) -> float:
    """Parked steps a second at most: by the limit of the drain itself, and of the calls in flight."""
    limits, took = resource["limits"], resource["window"]["p50"]
    most = float(limits["drain"])
    bounded = limits["concurrency"] is not None and took
    return min(most, limits["concurrency"] / took) if bounded else most


def drained_in(resource: Shown, parked: int) -> float:
    """How long a resource that is well from now on takes for its parked steps; 0 where there are none."""
    rate = resource["drain_rate"] if resource["state"] == "closed" else FIRST
    return drain_seconds(parked, rate, drain_limit(resource)) if parked else 0.0


def served_in(resource: Shown) -> float:
    """How long the calls take that wait within a resource's limits; 0 where it has none."""
    limits, took = resource["limits"], resource["window"]["p50"]
    found = [0.0]
    if limits["rate"] is not None:
        found.append(resource["waiting"] / limits["rate"])
    if limits["concurrency"] is not None and took:
        found.append(resource["waiting"] * took / limits["concurrency"])
    return max(found)


def throughput(resources: Iterable[Shown], slots: int) -> float:
    """Calls a second that the slots of a process take, by how long calls took lately."""
    windows = [each["window"] for each in resources if each["window"]["p50"]]
    calls = sum(window["calls"] for window in windows)
    took = sum(window["p50"] * window["calls"] for window in windows)
    return slots * calls / took if calls else slots / _CALL
