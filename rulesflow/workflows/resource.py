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
_NULLABLE: Final = ("concurrency", "rate", "slow")


@dataclass(frozen=True, slots=True)
class Breaker:
    """When a resource counts as failing, and when it is tried again. Times are in seconds.

    It opens when of at least ``calls`` calls within ``window``, or of twice as many that one process has made
    in its last fifth, the share ``failures`` failed by a class in ``errors``, or took longer than ``slow``
    (None: however long they take). It stays open for ``rest``, and after each call that was made in vain for
    twice as long, up to ``longest_rest``; a health check that says no is asked again after ``rest``.
    """

    window: float = 10.0
    calls: int = 5
    failures: float = 0.5
    slow: float | None = None
    errors: tuple[ErrorClass, ...] = (ErrorClass.UNAVAILABLE, ErrorClass.TIMEOUT)
    rest: float = 2.0
    longest_rest: float = 10.0


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
    breaker = resource.breaker
    numbers: dict[str, object] = {
        "concurrency": resource.concurrency,
        "rate": resource.rate,
        "drain": resource.drain,
        **{
            name: getattr(breaker, name)
            for name in ("window", "calls", "failures", "slow", "rest", "longest_rest")
        },
    }
    given = {name: value for name, value in numbers.items() if value is not None or name not in _NULLABLE}
    found = [fault for name, value in given.items() if (fault := _fault(name, value))]
    if not found and breaker.longest_rest < breaker.rest:
        found.append("longest_rest is shorter than rest")
    if not breaker.errors or not set(breaker.errors) <= set(ErrorClass):
        found.append(f"errors must be some of {', '.join(ErrorClass)}")
    health: object = resource.health
    if health is not None and not callable(health):
        found.append("its health check is no function")
    return found


def _fault(name: str, value: object) -> str | None:
    most = 1 if name == "failures" else MOST
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 < value <= most:
        return f"{name} must be above 0, at most {most:,}"
    if name in ("concurrency", "calls") and not isinstance(value, int):
        return f"{name} must be a whole number"
    return None
