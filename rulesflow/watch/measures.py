"""Measures: how a step, a resource or the whole service has done within a window of time.

Lengths are in seconds, shares from 0 to 1. Each gives its ``facts``, which conditions of alerts read: what is
not known is absent from them. The schemas say what there may be.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

Facts: TypeAlias = dict[str, Any]

#: The classes of errors that calls end with.
CLASSES: Final = ("unavailable", "timeout", "rejected", "invalid", "conflict", "internal")
#: What a verdict may be, from what hurts least to what hurts most.
STATES: Final = ("well", "unknown", "slow", "saturated", "failing", "held")


@dataclass(frozen=True, slots=True)
class Latency:
    """Seconds that 50, 95 and 99 of 100 took at most."""

    p50: float
    p95: float
    p99: float

    def facts(self) -> Facts:
        """As conditions read it."""
        return {"p50": self.p50, "p95": self.p95, "p99": self.p99}


@dataclass(frozen=True, slots=True)
class Usual:
    """What is usual at this time. ``source``: ``hour-of-week``, or ``recent`` where there is no such yet.

    ``declined_rate``: the share that is declined by a service that is well; it is part of the ``error_rate``.
    """

    source: str
    calls: int
    error_rate: float
    run: Latency | None = None
    queue: Latency | None = None
    declined_rate: float = 0.0

    def facts(self) -> Facts:
        """As conditions read it."""
        told = {"source": self.source, "calls": self.calls, "error_rate": self.error_rate}
        return told | _known(run=self.run, queue=self.queue)


@dataclass(frozen=True, slots=True)
class Verdict:
    """How something does, in a word of `STATES` and in a text.

    ``cost``: seconds that calls lose by it, a second. ``cause`` of what is saturated: the ``rate`` or the
    ``concurrency`` of its resource, or the ``slots`` of the process.
    """

    state: str = "unknown"
    text: str = ""
    cost: float = 0.0
    cause: str = ""


@dataclass(frozen=True, slots=True)
class Point:
    """A stretch of a series that begins ``at`` (microseconds); ``run_p95`` and ``queue_p95`` in seconds."""

    at: int
    calls: int
    errors: int
    run_p95: float | None
    queue_p95: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """What is told of a step as of a resource, over all processes, within ``window`` seconds.

    ``run`` is the call itself, ``queue`` the time from which it was wanted until it was admitted. ``waiting``
    calls wait for that now, ``in_flight`` ones are being made, ``parked`` steps rest. ``oldest_call``:
    seconds for which the first of those in flight has run; None where there is none, or nobody knows.
    """

    resource: str
    window: float
    calls: int = 0
    per_second: float = 0.0
    errors: int = 0
    error_rate: float = 0.0
    by_class: Mapping[str, int] = field(default_factory=dict)
    run: Latency | None = None
    queue: Latency | None = None
    in_flight: int = 0
    oldest_call: float | None = None
    waiting: int = 0
    parked: int = 0
    usual: Usual | None = None
    verdict: Verdict = Verdict()
    series: tuple[Point, ...] = ()

    def facts(self) -> Facts:
        """As conditions read it; ``verdict`` is its state."""
        told: Facts = {
            "resource": self.resource,
            "window": self.window,
            "calls": self.calls,
            "per_second": self.per_second,
            "errors": self.errors,
            "error_rate": self.error_rate,
            "by_class": dict(self.by_class),
            "in_flight": self.in_flight,
            "waiting": self.waiting,
            "parked": self.parked,
            "verdict": self.verdict.state,
        }
        if self.oldest_call is not None:
            told["oldest_call"] = self.oldest_call
        return told | _known(run=self.run, queue=self.queue, usual=self.usual)


@dataclass(frozen=True, slots=True, kw_only=True)
class StepMeasures(Measures):
    """Of a step, which needs a resource."""

    step: str

    def facts(self) -> Facts:
        """As conditions read it."""
        return {"step": self.step} | Measures.facts(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceMeasures(Measures):
    """Of a resource. ``state``: of its breaker, which a person has ``forced`` or not.

    ``oldest_parked``: seconds for which a step has been parked.

    ``drain_rate``: parked steps that go on, a second; ``expected_end``: seconds until none is parked.
    """

    state: str = "closed"
    forced: bool = False
    oldest_parked: float | None = None
    drain_rate: float = 0.0
    expected_end: float | None = None

    def facts(self) -> Facts:
        """As conditions read it."""
        told: Facts = {"state": self.state, "forced": self.forced, "drain_rate": self.drain_rate}
        if self.oldest_parked is not None:
            told["oldest_parked"] = self.oldest_parked
        if self.expected_end is not None:
            told["expected_end"] = self.expected_end
        return Measures.facts(self) | told


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceMeasures:
    """Of the whole service: ``seconds`` that its ``backlog`` takes; None where that cannot be told.

    ``running`` and ``waiting`` runs; ``rules_error``: the folder does not load, ``rules_age``: seconds for
    which the rules of now have been active.
    """

    backlog: int = 0
    running: int = 0
    parked: int = 0
    drain_rate: float = 0.0
    seconds: float | None = None
    incidents: int = 0
    waiting: int = 0
    started_per_second: float = 0.0
    failed_per_second: float = 0.0
    events_waiting: int = 0
    rules_error: bool = False
    rules_age: float | None = None

    def facts(self) -> Facts:
        """As conditions read it."""
        told: Facts = {
            "backlog": self.backlog,
            "running": self.running,
            "parked": self.parked,
            "drain_rate": self.drain_rate,
            "incidents": self.incidents,
            "waiting": self.waiting,
            "started_per_second": self.started_per_second,
            "failed_per_second": self.failed_per_second,
            "events_waiting": self.events_waiting,
            "rules_error": self.rules_error,
        }
        for name, value in (("seconds", self.seconds), ("rules_age", self.rules_age)):
            if value is not None:
                told[name] = value
        return told


@dataclass(frozen=True, slots=True)
class Measured:
    """All that there is to tell, at a time in microseconds since 1970, of a window of so many seconds.

    ``bottleneck``: the step that costs the most time; None where every one is well.
    """

    at: int
    window: float
    steps: tuple[StepMeasures, ...]
    resources: tuple[ResourceMeasures, ...]
    service: ServiceMeasures
    bottleneck: StepMeasures | None = None


def _known(**parts: Latency | Usual | None) -> Facts:
    return {name: part.facts() for name, part in parts.items() if part is not None}


# -- what conditions may read --------------------------------------------------------------------------------

_COUNT: Final[Facts] = {"type": "integer", "minimum": 0}
_NUMBER: Final[Facts] = {"type": "number", "minimum": 0}
_SHARE: Final[Facts] = {"type": "number", "minimum": 0, "maximum": 1}
_TEXT: Final[Facts] = {"type": "string"}
_FLAG: Final[Facts] = {"type": "boolean"}


def _record(optional: tuple[str, ...] = (), **fields: Facts) -> Facts:
    return {
        "type": "object",
        "properties": fields,
        "required": [name for name in fields if name not in optional],
        "additionalProperties": False,
    }


def _says(schema: Facts, description: str) -> Facts:
    return {**schema, "description": description}


_LATENCY: Final = _record(p50=_NUMBER, p95=_NUMBER, p99=_NUMBER)
_USUAL: Final = _record(
    ("run", "queue"),
    source={"type": "string", "enum": ["hour-of-week", "recent"]},
    calls=_COUNT,
    error_rate=_SHARE,
    run=_LATENCY,
    queue=_LATENCY,
)
_UNKNOWN: Final = ("run", "queue", "usual", "oldest_call")
_SHARED: Final[Facts] = {
    "resource": _says(_TEXT, "the name of the resource"),
    "window": _says(_NUMBER, "seconds that all of this is about"),
    "calls": _says(_COUNT, "calls that ended within the window"),
    "per_second": _says(_NUMBER, "of them, a second"),
    "errors": _says(_COUNT, "of them, those that failed"),
    "error_rate": _says(_SHARE, "the share that failed"),
    "by_class": _says(_record(CLASSES, **dict.fromkeys(CLASSES, _COUNT)), "failures by the error's class"),
    "run": _says(_LATENCY, "seconds that calls took; absent where there was none"),
    "queue": _says(_LATENCY, "seconds that calls waited until they were made"),
    "in_flight": _says(_COUNT, "calls that are being made now"),
    "oldest_call": _says(_NUMBER, "seconds for which the first of those has run; absent: there is none"),
    "waiting": _says(_COUNT, "calls that wait now until they may be made"),
    "parked": _says(_COUNT, "steps that rest until their resource is well"),
    "usual": _says(_USUAL, "the same at this hour of the week before; absent where nothing is known"),
    "verdict": _says({"type": "string", "enum": list(STATES)}, "how it does, in a word"),
}
#: JSON Schema of `StepMeasures.facts`.
STEP_FACTS: Final = _record(_UNKNOWN, step=_says(_TEXT, "the name of the step"), **_SHARED)
#: JSON Schema of `ResourceMeasures.facts`.
RESOURCE_FACTS: Final = _record(
    (*_UNKNOWN, "oldest_parked", "expected_end"),
    **_SHARED,
    state=_says({"type": "string", "enum": ["closed", "open", "half-open"]}, "of its breaker"),
    forced=_says(_FLAG, "a person has set its state"),
    oldest_parked=_says(_NUMBER, "seconds for which the first has been parked; absent: nothing is"),
    drain_rate=_says(_NUMBER, "parked steps that go on, a second"),
    expected_end=_says(_NUMBER, "seconds until nothing is parked; absent: nothing is, or nobody can tell"),
)
#: JSON Schema of `ServiceMeasures.facts`.
SERVICE_FACTS: Final = _record(
    ("seconds", "rules_age"),
    backlog=_says(_COUNT, "runs that have something to do, and parked steps"),
    running=_says(_COUNT, "runs that have something to do"),
    parked=_says(_COUNT, "parked steps"),
    drain_rate=_says(_NUMBER, "of the backlog, so many a second go on"),
    seconds=_says(_NUMBER, "until the backlog is done; absent where a resource is open for good"),
    incidents=_says(_COUNT, "runs that wait for an operator"),
    waiting=_says(_COUNT, "runs that wait for a signal or a time"),
    started_per_second=_says(_NUMBER, "runs that began, a second"),
    failed_per_second=_says(_NUMBER, "runs that failed, a second"),
    events_waiting=_says(_COUNT, "events that are not matched yet"),
    rules_error=_says(_FLAG, "the rules folder does not load; older rules stay active"),
    rules_age=_says(_NUMBER, "seconds for which the rules of now have been active"),
)
