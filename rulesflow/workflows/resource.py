"""What a resource is: a service that steps call, with its limits, and how one tells that it is not well."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from rulesflow.workflows.step import ErrorClass

#: Tells whether the service is well, plain (then it is called in a thread) or asynchronous. What it raises
#: means that it is not.
HealthCheck: TypeAlias = Callable[[], bool] | Callable[[], Awaitable[bool]]

#: Parked runs a second, where the resource says nothing.
DRAIN: Final = 50.0
#: The largest number that can be meant.
MOST: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Breaker:
    """When a resource counts as failing, and when it is tried again. Times are in seconds.

    It opens when of at least ``calls`` calls within ``window`` the share ``failures`` failed by a class in
    ``errors``, or took longer than ``slow`` (None: however long they take). It stays open for ``rest``, and
    after each probe that fails for twice as long, up to ``longest_rest``.
    """

    window: float = 10.0
    calls: int = 5
    failures: float = 0.5
    slow: float | None = None
    errors: tuple[ErrorClass, ...] = (ErrorClass.UNAVAILABLE, ErrorClass.TIMEOUT)
    rest: float = 2.0
    longest_rest: float = 30.0


@dataclass(frozen=True, slots=True)
class Resource:
    """A service that steps need, by the name that `Step.needs` gives.

    ``health``: asked before calls are tried again; without it the oldest parked run's call is the probe.
    ``concurrency``: calls in flight, ``rate``: calls a second, over all processes; None: no limit.
    ``drain``: parked runs a second at most once it is well again, within ``rate``.
    """

    name: str
    health: HealthCheck | None = None
    concurrency: int | None = None
    rate: float | None = None
    drain: float = DRAIN
    breaker: Breaker = field(default_factory=Breaker)

    @property
    def drain_limit(self) -> float:
        """Parked runs a second at most: new work keeps a fifth of a limited rate."""
        return self.drain if self.rate is None else min(self.drain, self.rate * 0.8)


def faults(resource: Resource) -> list[str]:
    """What is wrong with the numbers of a resource, in words that follow its name."""
    breaker, numbers = resource.breaker, []
    numbers += [("concurrency", resource.concurrency, MOST)] if resource.concurrency is not None else []
    numbers += [("rate", resource.rate, MOST)] if resource.rate is not None else []
    numbers += [
        ("drain", resource.drain, MOST),
        ("calls", breaker.calls, MOST),
        ("failures", breaker.failures, 1),
    ]
    numbers += [("slow", breaker.slow, MOST)] if breaker.slow is not None else []
    times = ("window", "rest", "longest_rest")
    numbers += [(name, getattr(breaker, name), MOST) for name in times]
    found = [
        f"{name} must be above 0, at most {most:,}"
        for name, value, most in numbers
        if not _within(value, most)
    ]
    found += [
        f"{name} must be a whole number" for name in ("concurrency", "calls") if not _whole(resource, name)
    ]
    if not found and breaker.longest_rest < breaker.rest:
        found.append("longest_rest is shorter than rest")
    if not breaker.errors or not set(breaker.errors) <= set(ErrorClass):
        found.append(f"errors must be some of {', '.join(ErrorClass)}")
    if resource.health is not None and not callable(resource.health):
        found.append("its health check is no function")
    return found


def _within(value: object, most: int) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= most


def _whole(resource: Resource, name: str) -> bool:
    value = resource.concurrency if name == "concurrency" else resource.breaker.calls
    return value is None or isinstance(value, int)
