"""Verdicts: how something does, in a word and in a text that an operator reads.

What is judged is told from what is usual with room for noise: a few calls, or a few milliseconds, are nothing
to raise a voice about. Without anything usual nothing is slow.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from rulesflow.model.rendering import counted
from rulesflow.watch.measures import Latency, Measures, StepMeasures, Verdict

_FEW: Final = 10  # calls, with fewer of which nothing is said
_MANY: Final = 100  # calls from which on the slowest of 20 say something
_SLOWER: Final = 2.0  # times what is usual
_TAIL: Final = 2.5  # the same of the slowest of 20, which vary more
_FLOOR: Final = 0.05  # seconds more than usual that are nothing
_QUEUED: Final = 0.5  # seconds in the queue that are nothing
_FAILING: Final = 0.1  # the share of calls that fail, beyond what is usual
_FAILED: Final = 5  # calls that have to fail
_NEAR: Final = 0.8  # of the rate that is allowed, from which on it is what holds calls up
_DECLINED: Final = ("rejected", "conflict")  # a service says so when it is well


@dataclass(frozen=True, slots=True)
class Limits:
    """What holds calls back: of a resource (None: nothing), and the ``slots`` of a process.

    ``busy`` and ``per_second``: calls of the resource, of all its steps, in flight and ended.
    """

    state: str = "closed"
    forced: bool = False
    concurrency: int | None = None
    rate: float | None = None
    slots: int = 0
    busy: int = 0
    per_second: float = 0.0


def judge(name: str, measures: Measures, limits: Limits) -> Verdict:
    """How a step or a resource does that is called ``name`` in the text."""
    found = (
        _held(measures, limits)
        or _failing(measures)
        or _slow(measures)
        or _saturated(measures, limits)
        or _well(measures)
    )
    return Verdict(found.state, f"{name}: {found.text}", round(found.cost, 6), found.cause)


def bottleneck(steps: Iterable[StepMeasures]) -> StepMeasures | None:
    """The step that costs the most time, or what it waits for: None where all are well."""
    ailing = [step for step in steps if step.verdict.state not in ("well", "unknown")]
    if not ailing:
        return None
    worst = max(ailing, key=_cost)
    if worst.verdict.state == "saturated":  # it may only wait behind another that has become slow
        slow = [step for step in ailing if step.verdict.state == "slow"]
        near = [step for step in slow if step.resource == worst.resource]
        behind = near or (slow if worst.verdict.cause == "slots" else [])
        return max(behind, key=_cost, default=worst)
    return worst


def _cost(step: StepMeasures) -> float:
    return step.verdict.cost


# -- one after the other ------------------------------------------------------------------------------------


def _held(measures: Measures, limits: Limits) -> Verdict | None:
    if limits.state != "closed":
        why = "by hand" if limits.forced else "its breaker is open"
        if limits.state == "half-open":
            why = "it is being tried"
        text = f"{measures.resource} is not called, {why}, {counted(measures.parked, 'step')} parked"
        return Verdict("held", text, measures.parked + measures.waiting + 1.0)
    if measures.parked >= _FEW:
        text = f"{counted(measures.parked, 'step')} still parked, though {measures.resource} is well again"
        return Verdict("held", text, float(measures.parked))
    return None


def _failing(measures: Measures) -> Verdict | None:
    """Without anything usual a refusal is no failure, since services decline what they do not like."""
    usual = measures.usual
    errors = measures.errors
    if usual is None:
        errors -= sum(measures.by_class.get(name, 0) for name in _DECLINED)
    rate = errors / measures.calls if measures.calls else 0.0
    bar = _FAILING if usual is None else max(usual.error_rate + _FAILING, usual.error_rate * _SLOWER)
    if errors < _FAILED or measures.calls < _FEW or rate < bar:
        return None
    class_ = max(measures.by_class, key=lambda name: measures.by_class[name])
    against = f" against {_share(usual.error_rate)}" if usual is not None else ""
    text = f"{_share(rate)} of calls fail{against}, mostly {class_}{_waiting(measures)}"
    took = measures.run.p50 if measures.run is not None else 0.0
    return Verdict("failing", text, measures.per_second * rate * (took + 1.0))


def _slow(measures: Measures) -> Verdict | None:
    run, usual = measures.run, measures.usual.run if measures.usual is not None else None
    if run is None or usual is None or measures.calls < _FEW:
        return None
    middle = run.p50 >= usual.p50 * _SLOWER and run.p50 - usual.p50 >= _FLOOR
    tail = measures.calls >= _MANY and run.p95 >= usual.p95 * _TAIL and run.p95 - usual.p95 >= _FLOOR
    if not (middle or tail):
        return None
    text = f"{_against(run, usual, tail or run.p95 >= usual.p95 * _SLOWER)}{_waiting(measures)}"
    lost = max(run.p50 - usual.p50, (run.p95 - usual.p95) / 10, 0.0) + _queued(measures)
    return Verdict("slow", text, measures.per_second * lost + measures.waiting)


def _saturated(measures: Measures, limits: Limits) -> Verdict | None:
    queue, usual = measures.queue, measures.usual.queue if measures.usual is not None else None
    stuck = measures.waiting >= _FEW and measures.calls < _FEW
    if not stuck:
        if queue is None or measures.calls < _FEW:
            return None
        took = measures.run.p95 if measures.run is not None else 0.0
        if queue.p95 < max(_QUEUED, took) or (usual is not None and queue.p95 < usual.p95 * _SLOWER):
            return None
    queued = f"p95 {length(queue.p95)} in the queue" if queue is not None else "calls are queued"
    if usual is not None:
        queued += f" against {length(usual.p95)}"
    cause, why = _cause(measures.resource, limits)
    cost = measures.per_second * _queued(measures) + measures.waiting
    return Verdict("saturated", f"{queued}{_waiting(measures)}; {why}", cost, cause)


def _cause(name: str, limits: Limits) -> tuple[str, str]:
    if limits.rate is not None and limits.per_second >= limits.rate * _NEAR:
        return "rate", f"{name} may be called {limits.rate:g} times a second"
    if limits.concurrency is not None and limits.busy >= limits.concurrency * _NEAR:
        return "concurrency", f"{name} may have {limits.concurrency} calls in flight"
    return "slots", f"a process may have {limits.slots} calls in flight (concurrency)"


def _well(measures: Measures) -> Verdict:
    if not measures.calls or measures.run is None:
        if measures.in_flight or measures.waiting:
            text = f"no call has ended within {length(measures.window)}"
            return Verdict("unknown", f"{text}, {measures.in_flight} in flight{_waiting(measures)}")
        return Verdict("unknown", f"no calls within {length(measures.window)}")
    usual = measures.usual.run if measures.usual is not None else None
    known = f"usual is {length(usual.p95)}" if usual is not None else "what is usual is not known yet"
    return Verdict("well", f"p95 {length(measures.run.p95)}, {known}{_waiting(measures)}")


# -- words --------------------------------------------------------------------------------------------------


def length(seconds: float) -> str:
    """A length of time in few digits: ``4.1 s``, ``35 ms``, ``5 min``."""
    if seconds < 0.0995:
        return f"{seconds * 1000:.2g} ms"
    if seconds < 120:
        return f"{seconds:.1f} s" if seconds < 9.95 else f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.0f} h"


def _against(run: Latency, usual: Latency, tail: bool) -> str:
    name, now, before = ("p95", run.p95, usual.p95) if tail else ("p50", run.p50, usual.p50)
    return f"{name} {length(now)} against {length(before)}"


def _waiting(measures: Measures) -> str:
    return f", {counted(measures.waiting, 'run')} waiting" if measures.waiting else ""


def _queued(measures: Measures) -> float:
    return measures.queue.p50 if measures.queue is not None else 0.0


def _share(share: float) -> str:
    return f"{share:.0%}" if share >= 0.01 or not share else f"{share:.1%}"
