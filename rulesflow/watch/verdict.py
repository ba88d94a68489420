"""Verdicts: how something does, in a word and in a text that an operator reads.

What is judged is told from what is usual with room for noise: a few calls, or a few milliseconds, are nothing
to raise a voice about. Without anything usual nothing is slow.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from rulesflow.model.rendering import counted
from rulesflow.watch.measures import Latency, Measures, StepMeasures, Verdict
from rulesflow.watch.usual import DECLINED, TAIL_KNOWN, bar, slower, slower_tail

FEW: Final = 10  # calls, with fewer of which nothing is said
_SOME: Final = 30  # calls, with fewer of which only what is far from usual says something
_MANY: Final = 100  # calls from which on the slowest of 20 say something
_SLOWER: Final = 2.0  # times what is usual
_QUEUED: Final = 0.5  # seconds in the queue that are nothing
_FAILED: Final = 5  # calls that have to fail
_NEAR: Final = 0.8  # of the rate that is allowed, from which on it is what holds calls up
_HANGING: Final = 3  # calls that have to hang
_HANGS: Final = 30.0  # seconds after which a call hangs at the earliest
_LONGER: Final = 3.0  # times what all but one of 100 usually take, after which it hangs
_NOTED: Final = 0.05  # the share of calls that fail, from which on it is told even where all is well


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


@dataclass(frozen=True, slots=True)
class Going:
    """The calls in flight: ``ages`` in seconds, the oldest first, and how many calls have each.

    ``per_second``: calls that have ended just now.
    """

    ages: tuple[tuple[float, int], ...] = ()
    per_second: float = 0.0

    @property
    def oldest(self) -> float | None:
        """Seconds for which the first of them has run; None where there is none."""
        return self.ages[0][0] if self.ages else None

    def older(self, seconds: float) -> int:
        """How many have run for longer than that."""
        return sum(calls for age, calls in self.ages if age > seconds)


_NOTHING: Final = Going()


def judge(
    name: str, measures: Measures, limits: Limits, lately: Measures | None = None, going: Going = _NOTHING
) -> Verdict:
    """How a step or a resource does that is called ``name`` in the text.

    ``lately``: its last calls, some of them before the window, where that has too few to tell. ``going``:
    those that have not ended yet.
    """
    found = (
        _held(measures, limits)
        or _of_last(_failing, measures, lately)
        or _hanging(measures, going)
        or _of_last(_slow, measures, lately)
        or _saturated(measures, limits)
        or _well(measures, lately or measures)
    )
    return Verdict(found.state, f"{name}: {found.text}", round(found.cost, 6), found.cause)


def bottleneck(steps: Iterable[StepMeasures]) -> StepMeasures | None:
    """The step that costs the most time, or what it waits for: None where all are well."""
    steps = [*steps]
    ailing = [step for step in steps if step.verdict.state not in ("well", "unknown")]
    if not ailing:
        return None
    worst = max(ailing, key=_weight)
    if worst.verdict.state == "saturated":  # it may only wait behind another that has become slow
        slow = [step for step in ailing if step.verdict.state == "slow"]
        near = [step for step in slow if step.resource == worst.resource]
        behind = near or (slow if worst.verdict.cause == "slots" else [])
        if not behind and worst.verdict.cause == "slots":
            return _occupying(steps, worst)
        return max(behind, key=_weight, default=worst)
    return worst


def _occupying(steps: Sequence[StepMeasures], queued: StepMeasures) -> StepMeasures:
    """The step whose calls take up most of the slots for which that one waits; its text says so."""
    most = max(steps, key=_busy)
    if most.step == queued.step or _busy(most) <= _busy(queued):
        return queued
    share = _busy(most) / (sum(map(_busy, steps)) or 1.0)
    text = f"{most.step}: its calls are {_share(share)} of those in flight; {queued.verdict.text}"
    return replace(most, verdict=replace(queued.verdict, text=text))


def _busy(step: StepMeasures) -> float:
    """Calls that are in flight on average, by half of them."""
    return step.per_second * step.run.p50 if step.run is not None else 0.0


def _weight(step: StepMeasures) -> tuple[float, int]:
    """What it costs; of those that cost the same, as with a breaker that is open, what is called counts."""
    return step.verdict.cost, step.calls


# -- one after the other ------------------------------------------------------------------------------------


def _of_last(
    judged: Callable[[Measures], Verdict | None], measures: Measures, lately: Measures | None
) -> Verdict | None:
    """What is said of the last calls, where there are others than those of the window."""
    found = judged(lately or measures)
    if found is None or lately is None:
        return found
    return replace(found, text=f"{found.text} (the last {lately.calls} calls)")


def _held(measures: Measures, limits: Limits) -> Verdict | None:
    if limits.state != "closed":
        why = "by hand" if limits.forced else "its breaker is open"
        if limits.state == "half-open":
            why = "it is being tried"
        text = f"{measures.resource} is not called, {why}, {counted(measures.parked, 'step')} parked"
        return Verdict("held", text, measures.parked + measures.waiting + 1.0)
    if measures.parked >= FEW:
        text = f"{counted(measures.parked, 'step')} still parked, though {measures.resource} is well again"
        return Verdict("held", text, float(measures.parked))
    return None


def _failing(measures: Measures) -> Verdict | None:
    """What a service declines is judged by itself; without anything usual it is no failure."""
    usual = measures.usual
    declined = {name: number for name, number in measures.by_class.items() if name in DECLINED}
    broken = {name: number for name, number in measures.by_class.items() if name not in DECLINED}
    if usual is None:
        return _too_many(measures, broken, None)
    broken_rate = max(usual.error_rate - usual.declined_rate, 0.0)
    return _too_many(measures, broken, broken_rate) or _too_many(measures, declined, usual.declined_rate)


def _too_many(measures: Measures, by_class: Mapping[str, int], usual: float | None) -> Verdict | None:
    errors = sum(by_class.values())
    if errors < _FAILED or measures.calls < FEW or errors / measures.calls < bar(usual or 0.0):
        return None
    rate, class_ = errors / measures.calls, max(by_class, key=lambda name: by_class[name])
    against = f" against {_share(usual)}" if usual is not None else ""
    text = f"{_share(rate)} of calls fail{against}, mostly {class_}{_waiting(measures)}"
    took = measures.run.p50 if measures.run is not None else 0.0
    return Verdict("failing", text, measures.per_second * rate * (took + 1.0))


def _slow(measures: Measures) -> Verdict | None:
    run, usual = measures.run, measures.usual
    before = usual.run if usual is not None else None
    if run is None or usual is None or before is None or measures.calls < FEW:
        return None
    # Of a few calls half are soon slow by chance, but hardly as slow as one of 20 is.
    middle = slower(run, before) and (measures.calls >= _SOME or run.p50 >= before.p95)
    tail = measures.calls >= _MANY and usual.calls >= TAIL_KNOWN and slower_tail(run, before)
    if not (middle or tail):
        return None
    text = f"{_against(run, before, tail or run.p95 >= before.p95 * _SLOWER)}{_waiting(measures)}"
    lost = max(run.p50 - before.p50, (run.p95 - before.p95) / 10, 0.0) + _queued(measures)
    return Verdict("slow", text, measures.per_second * lost + measures.waiting)


def _hanging(measures: Measures, going: Going) -> Verdict | None:
    """Whether calls run far longer than usual that have not ended yet.

    Some hang now and then where very many are made: as many as end within a second are nothing yet.
    """
    usual = measures.usual.run if measures.usual is not None else None
    if usual is None:
        return None
    bound = max(_HANGS, usual.p99 * _LONGER)
    hanging = going.older(bound)
    if hanging < max(_HANGING, going.per_second):
        return None
    ended = "" if measures.calls else f", none has ended within {length(measures.window)}"
    text = f"{counted(hanging, 'call')} have run for more than {length(bound)}"
    first = f"the first for {length(going.oldest or bound)}, usual is {length(usual.p95)}"
    return Verdict("slow", f"{text}, {first}{ended}{_waiting(measures)}", float(hanging + measures.waiting))


def _saturated(measures: Measures, limits: Limits) -> Verdict | None:
    queue, usual = measures.queue, measures.usual.queue if measures.usual is not None else None
    stuck = measures.waiting >= FEW and measures.calls < FEW
    if not stuck:
        if queue is None or measures.calls < FEW:
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


def _well(measures: Measures, lately: Measures) -> Verdict:
    if not lately.calls or lately.run is None:
        if measures.in_flight or measures.waiting:
            text = f"no call has ended within {length(measures.window)}"
            return Verdict("unknown", f"{text}, {measures.in_flight} in flight{_waiting(measures)}")
        return Verdict("unknown", f"no calls within {length(measures.window)}")
    usual = measures.usual.run if measures.usual is not None else None
    known = f"usual is {length(usual.p95)}" if usual is not None else "what is usual is not known yet"
    failing = lately.errors / lately.calls
    failed = f", {_share(failing)} of calls fail" if failing >= _NOTED else ""
    text = f"p95 {length(lately.run.p95)}, {known}{failed}{_waiting(measures)}"
    if lately.calls < FEW:
        return Verdict("unknown", f"too few calls to tell ({lately.calls}): {text}")
    return Verdict("well", text)


# -- words --------------------------------------------------------------------------------------------------


def length(seconds: float) -> str:
    """A length of time in few digits: ``4.1 s``, ``35 ms``, ``5 min``."""
    if seconds < 0.0995:
        return f"{seconds * 1000:.2g} ms"
    if seconds < 120:
        return f"{seconds:.1f} s" if seconds < 9.95 else f"{seconds:.0f} s"
    if seconds < 7200:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.0f} h" if seconds < 2 * 86_400 else f"{seconds / 86_400:.0f} d"


def _against(run: Latency, usual: Latency, tail: bool) -> str:
    name, now, before = ("p95", run.p95, usual.p95) if tail else ("p50", run.p50, usual.p50)
    return f"{name} {length(now)} against {length(before)}"


def _waiting(measures: Measures) -> str:
    return f", {counted(measures.waiting, 'run')} waiting" if measures.waiting else ""


def _queued(measures: Measures) -> float:
    return measures.queue.p50 if measures.queue is not None else 0.0


def _share(share: float) -> str:
    return f"{share:.0%}" if share >= 0.01 or not share else f"{share:.1%}"
