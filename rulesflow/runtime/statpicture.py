"""A picture of how everything did: from what was counted in stretches of time, and from how it stands now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from rulesflow.runtime.clock import MICROS
from rulesflow.runtime.statsight import Seen
from rulesflow.runtime.statstore import HOUR, KEPT, Stretch
from rulesflow.runtime.statusual import Usuals
from rulesflow.runtime.tallies import WIDTH
from rulesflow.watch.bucket import Bucket
from rulesflow.watch.measures import (
    Measured,
    Measures,
    Point,
    ResourceMeasures,
    ServiceMeasures,
    StepMeasures,
)
from rulesflow.watch.verdict import FEW, Going, Limits, bottleneck, judge

SERVICE: Final = ""  # in the place of a step: runs are marked there, not calls
LATELY: Final = 2 * WIDTH  # seconds after which a process that says nothing makes no call
_LAST: Final = 3 * WIDTH  # seconds in which it is seen how fast calls end just now
LOOKS_BACK: Final = 600  # seconds in which the last calls are looked for where a window has too few
_POINTS: Final = 120  # of a series at most, unless it is one of hours
_NANOS: Final = 1000  # of a microsecond
_NO_LIMITS: Final[Mapping[str, Any]] = {"concurrency": None, "rate": None}


@dataclass(slots=True)
class Counted:
    """What was counted of one step or resource: in all, and by when each part of the series began.

    ``before``: what began in the minutes before the window, where that has few calls. ``begun``: by when
    calls in flight began, in seconds since 1970. ``ended``: calls that ended in the last seconds.
    """

    resource: str
    bucket: Bucket = field(default_factory=Bucket)
    parts: dict[int, Bucket] = field(default_factory=dict)
    before: list[Stretch] = field(default_factory=list)
    in_flight: int = 0
    waiting: int = 0
    begun: Counter[int] = field(default_factory=Counter)
    ended: int = 0

    def see(self, stretch: Stretch, width: int) -> None:
        """Add a stretch within the window, and to its part of the series; ``width`` of that, or 0."""
        self.bucket.absorb(stretch.counted)
        if width:
            start = stretch.start - stretch.start % width
            self.parts.setdefault(start, Bucket()).absorb(stretch.counted)

    def add(self, other: Counted) -> None:
        """Add what was counted of a part of it."""
        self.bucket.merge(other.bucket)
        for start, bucket in other.parts.items():
            self.parts.setdefault(start, Bucket()).merge(bucket)
        self.in_flight += other.in_flight
        self.waiting += other.waiting
        self.begun.update(other.begun)
        self.ended += other.ended


@dataclass(frozen=True, slots=True)
class Frame:
    """What a picture is of: ``at`` (microseconds), ``window`` seconds, really since ``since`` (seconds).

    ``width``: seconds of a part of the series; 0 for no series.
    """

    at: int
    window: float
    since: int
    width: int

    @classmethod
    def of(cls, at: int, window: float, series: bool) -> Frame:
        """Beginning with a whole stretch: one of seconds, or of an hour where seconds are not kept."""
        width = WIDTH if window <= KEPT else HOUR
        since = int(at / MICROS - window)
        parts = max(width, -(-int(window) // _POINTS // width) * width) if width == WIDTH else width
        return cls(at, window, since - since % width, parts if series else 0)

    @property
    def now(self) -> int:
        """Seconds since 1970."""
        return self.at // MICROS

    @property
    def seconds(self) -> float:
        """That it really is of."""
        return max(self.at / MICROS - self.since, 1.0)


def busy(frame: Frame, stretches: Iterable[Stretch]) -> set[str]:
    """The steps of which a window has calls enough to tell how they do; and what is no step."""
    calls: dict[str, int] = {}
    for each in stretches:
        if each.start >= frame.since:
            calls[each.step] = calls.get(each.step, 0) + each.calls
    return {SERVICE, *(step for step, number in calls.items() if number >= FEW)}


def picture(frame: Frame, stretches: Sequence[Stretch], seen: Seen, usuals: Usuals) -> Measured:
    """Everything. ``stretches``: all that began within the frame, and the last ones of each process.

    There may be more of them: what began in the minutes before it is looked at of steps that are not `busy`.
    """
    parts = _parts(frame, stretches)
    marks = parts.pop((SERVICE, SERVICE), Counted(SERVICE)).bucket.by_class
    steps = {name: Counted(resource) for name, resource in seen.steps.items()}
    resources = {name: Counted(name) for name in [*seen.resources, *seen.steps.values()]}
    for (step, resource), part in parts.items():
        for into in (
            steps.setdefault(step, Counted(resource)),
            resources.setdefault(resource, Counted(resource)),
        ):
            into.add(part)
    for each in _earlier(frame, stretches):
        for counted in (steps.get(each.step), resources.get(each.resource)):
            if counted is not None:
                counted.before.append(each)
    limits = {
        name: _limits(each, seen.resources.get(name), seen.slots, frame) for name, each in resources.items()
    }
    told = [_step(name, each, frame, seen, usuals, limits) for name, each in sorted(steps.items())]
    return Measured(
        frame.at,
        frame.window,
        tuple(told),
        tuple(_measured(name, each, frame, seen, usuals, limits) for name, each in sorted(resources.items())),
        _service(seen.service, marks, frame),
        bottleneck(told),
    )


class _Parts(dict[tuple[str, str], Counted]):
    """Made as they are needed."""

    def __missing__(self, key: tuple[str, str]) -> Counted:
        return self.setdefault(key, Counted(key[1]))


def _parts(frame: Frame, stretches: Iterable[Stretch]) -> dict[tuple[str, str], Counted]:
    """What was counted within the frame, and goes on now, by step and resource."""
    parts = _Parts()
    for each in stretches:
        if each.start >= frame.since:
            parts[each.step, each.resource].see(each, frame.width)
        if each.start > frame.now - _LAST:
            parts[each.step, each.resource].ended += each.calls
    for each in _last(stretches, frame):
        part = parts[each.step, each.resource]
        part.in_flight += each.in_flight
        part.waiting += each.waiting
        part.begun.update(dict(each.begun))
    return parts


def _earlier(frame: Frame, stretches: Sequence[Stretch]) -> Iterator[Stretch]:
    """What began in the minutes before the frame, of steps that are not `busy`."""
    if any(frame.now - LOOKS_BACK <= each.start < frame.since for each in stretches):
        known = busy(frame, stretches)
        for each in stretches:
            if frame.now - LOOKS_BACK <= each.start < frame.since and each.step not in known:
                yield each


def _last(stretches: Iterable[Stretch], frame: Frame) -> list[Stretch]:
    """What each process has written last of each step: how many calls go on there."""
    newest: dict[tuple[str, str], Stretch] = {}
    for each in stretches:
        if each.executor and each.start > frame.now - LATELY - WIDTH and each.step != SERVICE:
            key = each.executor, each.step
            if key not in newest or newest[key].start <= each.start:
                newest[key] = each
    return [*newest.values()]


def _step(
    name: str,
    counted: Counted,
    frame: Frame,
    seen: Seen,
    usuals: Usuals,
    limits: Mapping[str, Limits],
) -> StepMeasures:
    going = _going(counted, frame)
    made = StepMeasures(
        step=name,
        **_shared(counted, frame),
        in_flight=counted.in_flight,
        waiting=counted.waiting,
        oldest_call=going.oldest,
        parked=seen.parked.get(name, 0),
        usual=usuals.of("step", name),
    )
    verdict = judge(name, made, limits[counted.resource], _last_calls(made, counted), going)
    return replace(made, verdict=verdict)


def _measured(
    name: str,
    counted: Counted,
    frame: Frame,
    seen: Seen,
    usuals: Usuals,
    limits: Mapping[str, Limits],
) -> ResourceMeasures:
    shown = seen.resources.get(name, {})
    since, until = shown.get("oldest_parked"), shown.get("expected_end")
    going = _going(counted, frame)
    made = ResourceMeasures(
        **_shared(counted, frame),
        in_flight=limits[name].busy,
        oldest_call=going.oldest,
        waiting=max(counted.waiting, shown.get("waiting", 0)),
        parked=shown.get("parked", 0),
        usual=usuals.of("resource", name),
        state=shown.get("state", "closed"),
        forced=shown.get("forced", False),
        oldest_parked=None if since is None else _seconds(frame.at - int(since) // _NANOS),
        drain_rate=shown.get("drain_rate", 0.0) if shown.get("draining") else 0.0,
        expected_end=None if until is None else _seconds(int(until) // _NANOS - frame.at),
    )
    verdict = judge(name, made, limits[name], _last_calls(made, counted), going)
    return replace(made, verdict=verdict)


def _going(counted: Counted, frame: Frame) -> Going:
    ages = tuple((_seconds(frame.at - at * MICROS), calls) for at, calls in sorted(counted.begun.items()))
    return Going(ages, counted.ended / _LAST)


def _last_calls(measures: Measures, counted: Counted) -> Measures | None:
    """With as many calls from before the window as are needed to tell; None where it has enough, or all."""
    if measures.calls >= FEW or not counted.before:
        return None
    bucket = Bucket()
    bucket.merge(counted.bucket)
    for each in sorted(counted.before, key=lambda each: -each.start):
        if bucket.calls >= FEW:
            break
        bucket.absorb(each.counted)
    return replace(measures, **_of_bucket(bucket))


def _seconds(micros: int) -> float:
    return round(max(micros / MICROS, 0.0), 3)


def _shared(counted: Counted, frame: Frame) -> dict[str, Any]:
    bucket = counted.bucket
    return {
        "resource": counted.resource,
        "window": frame.window,
        "per_second": round(bucket.calls / frame.seconds, 3),
        "series": _series(counted, frame),
        **_of_bucket(bucket),
    }


def _of_bucket(bucket: Bucket) -> dict[str, Any]:
    return {
        "calls": bucket.calls,
        "errors": bucket.errors,
        "error_rate": bucket.error_rate,
        "by_class": dict(sorted(bucket.by_class.items())),
        "run": bucket.run.latency(),
        "queue": bucket.queue.latency(),
    }


def _series(counted: Counted, frame: Frame) -> tuple[Point, ...]:
    if not frame.width:
        return ()
    first = frame.since - frame.since % frame.width
    return tuple(
        _point(start, counted.parts.get(start)) for start in range(first, frame.now + 1, frame.width)
    )


def _point(start: int, bucket: Bucket | None) -> Point:
    if bucket is None:
        return Point(start * MICROS, 0, 0, None, None)
    run, queue = bucket.run.latency(), bucket.queue.latency()
    parts = run.p95 if run else None, queue.p95 if queue else None
    return Point(start * MICROS, bucket.calls, bucket.errors, *parts)


def _limits(counted: Counted, shown: Mapping[str, Any] | None, slots: int, frame: Frame) -> Limits:
    shown = shown or {}
    limits = shown.get("limits", _NO_LIMITS)
    return Limits(
        shown.get("state", "closed"),
        shown.get("forced", False),
        limits["concurrency"],
        limits["rate"],
        slots,
        max(counted.in_flight, shown.get("in_flight", 0)),
        counted.bucket.calls / frame.seconds,
    )


def _service(service: ServiceMeasures, marks: Mapping[str, int], frame: Frame) -> ServiceMeasures:
    started, failed = marks.get("started", 0), marks.get("failed", 0)
    return replace(
        service,
        started_per_second=round(started / frame.seconds, 3),
        failed_per_second=round(failed / frame.seconds, 3),
    )
