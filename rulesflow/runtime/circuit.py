"""A circuit: a resource's breaker as one process sees it, and the calls by which the process judges it.

What the process decides holds for its own calls at once: a `Decision`, until it is written for all.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple

from rulesflow.model.errors import RulesflowError
from rulesflow.model.times import Timestamp
from rulesflow.runtime.breakers import CIRCUIT_OPEN, CLOSED, HALF_OPEN, OPEN, Standing, verdict
from rulesflow.runtime.clock import MICROS, Clock
from rulesflow.runtime.window import Counts, Window, read_counts
from rulesflow.workflows.commands import Problem
from rulesflow.workflows.resource import Resource
from rulesflow.workflows.step import ErrorClass

_NANOS: Final = 1000  # of a microsecond
_STEP: Final = MICROS  # how long calls are counted by which a drain goes faster or slower


class NotAdmitted(RulesflowError):
    """The resource is not well, so the call is not made. ``problem``: class unavailable, ``circuit-open``.

    Its ``retry_after`` is the time to the next probe in seconds, where that is known.
    """

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Call:
    """A call that was admitted: ``standing`` then; whether it tries a half-open resource, and on its own."""

    standing: Standing
    epoch: int
    probe: bool = False
    alone: bool = False


class Decision(NamedTuple):
    """What is to be written: that the breaker opens by a problem, or closes where there is none."""

    seen: Standing
    problem: Problem | None
    expected: Standing


class Circuit:
    """Any thread may use it.

    ``others``: what other processes have written of their calls. ``outcomes``: all calls of this process.
    """

    def __init__(self, resource: Resource, clock: Clock) -> None:
        self.standing = Standing(resource.name)
        self.decision: Decision | None = None
        self.others: Sequence[Mapping[str, Any]] = ()
        self.outcomes: Counter[str] = Counter()
        self.bad = 0
        self._resource = resource
        self._clock = clock
        self._window = Window(resource.breaker)
        self._epoch = 0  # when the breaker was last closed
        self._trying = False
        self._step, self._step_at = (0, 0), 0
        self._lock = threading.RLock()

    @property
    def resource(self) -> Resource:
        """With the numbers of now."""
        return self._resource

    @resource.setter
    def resource(self, resource: Resource) -> None:
        with self._lock:
            if resource.breaker != self._resource.breaker:
                self._window = Window(resource.breaker)
            self._resource = resource

    @property
    def view(self) -> Standing:
        """How it stands, as far as this process knows, or has decided."""
        decision = self.decision
        return decision.expected if decision is not None else self.standing

    # -- calls -----------------------------------------------------------------------------------------

    def check(self, probe: bool, parks: bool) -> None:
        """Raise `NotAdmitted` where a call may not be made now."""
        state = self.view.state
        if state != CLOSED and not (state == HALF_OPEN and (probe or (not parks and not self._trying))):
            raise self.refusal()

    def admit(self, probe: bool, parks: bool) -> Call:
        """Begin a call. Raises `NotAdmitted`."""
        self.check(probe, parks)
        standing = self.view
        if standing.state == CLOSED:
            return Call(standing, self._epoch)
        self._trying = self._trying or not probe
        return Call(standing, self._epoch, True, not probe)

    def drop(self, call: Call) -> None:
        """A call was broken off."""
        if call.alone:
            self._trying = False

    def count(self, call: Call, error_class: ErrorClass | None, seconds: float) -> bool:
        """Count a call that has ended; whether the breaker is decided to change by it.

        What began before the breaker was closed says nothing of how the resource is since.
        """
        self.drop(call)
        with self._lock:
            self.outcomes[str(error_class) if error_class is not None else "ok"] += 1
            bad = self._window.is_bad(error_class, seconds)
            if call.epoch == self._epoch:
                self._window.add(error_class, seconds, self._clock.now())
                self._step = (self._step[0] + 1, self._step[1] + bad)
                self.bad += bad
            if call.probe:
                return self._tried(call, bad)
            return bad and self.judge()

    def judge(self) -> bool:
        """Decide that it opens, if the calls of all processes say so; whether that is decided now."""
        with self._lock:
            view = self.view
            if view.state != CLOSED or not self._window.counts(self._clock.now()).bad:
                return False
            breaker = self._resource.breaker
            latest = replace(breaker, window=breaker.window / 5, calls=breaker.calls * 2)
            problem = verdict(self.counts(), breaker) or verdict(
                self._window.latest(self._clock.now()), latest
            )
            return problem is not None and self._decide(view, problem)

    def _tried(self, call: Call, bad: bool) -> bool:
        seen, view = call.standing, self.view
        if view.state != HALF_OPEN or (view.since, view.trips) != (seen.since, seen.trips):
            return False
        problem = Problem(ErrorClass.UNAVAILABLE, CIRCUIT_OPEN, "it was tried in vain")
        return self._decide(view, problem if bad else None)

    def _decide(self, seen: Standing, problem: Problem | None) -> bool:
        now = self._clock.now()
        if problem is None:
            expected = replace(seen, state=CLOSED, since=now, problem=None, trips=0, probe_at=0)
        else:
            expected = seen.opened(problem, self._resource.breaker, now)
        self.decision = Decision(seen, problem, expected)
        return True

    # -- what others see, and what is seen of them -----------------------------------------------------

    def adopt(self, standing: Standing) -> tuple[str, str]:
        """Take over what the database says; the states before and after it."""
        with self._lock:
            before, decision = self.view.state, self.decision
            if decision is not None and decision.seen.version != standing.version:
                self.decision = None
            self.standing = standing
            if standing.state == CLOSED and standing.since != self._epoch:
                self._epoch = standing.since
                self._window.empty()
                self._step = (0, 0)
            return before, self.view.state

    def settle(self, decision: Decision, standing: Standing) -> str:
        """A decision was written, or others were quicker: that is how it stands. The state now."""
        with self._lock:
            if self.decision is decision:
                self.decision = None
            return self.adopt(standing)[1]

    def counts(self) -> Counts:
        """The calls within the window, of all processes."""
        with self._lock:
            now = self._clock.now()
            since = self._epoch if self.view.state == CLOSED else None
            own = self._window.counts(now)
            seen = [each for each in self.others if since is None or each.get("epoch") == since]
            return sum((read_counts(each, now) for each in seen), own)

    def written(self) -> dict[str, Any]:
        """The calls of this process, for the others."""
        with self._lock:
            return {"epoch": self._epoch, **self._window.written(self._clock.now())}

    def step(self) -> tuple[int, int]:
        """The calls of the last second, and how many of them were bad: for the pace of a drain."""
        with self._lock:
            found, now = self._step, self._clock.now()
            if now - self._step_at >= _STEP:
                self._step, self._step_at = (0, 0), now
            return found

    def refusal(self) -> NotAdmitted:
        """Why a call is not made."""
        view = self.view
        reason = view.problem.message if view.problem else "it is being tried"
        since = str(Timestamp(view.since * _NANOS))[11:19]
        message = f"{view.name} is not called since {since}Z: {reason}"
        return NotAdmitted(Problem(ErrorClass.UNAVAILABLE, CIRCUIT_OPEN, message, self.retry_after()))

    def retry_after(self) -> float | None:
        """Seconds to the next probe; None where that is not known."""
        view = self.view
        if view.state != OPEN or view.forced:
            return None
        return max(0.0, (view.probe_at - self._clock.now()) / MICROS)
