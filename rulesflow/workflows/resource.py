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
