"""The tender: writes down what this process decides of the breakers, tries resources, lets parked runs go.

Its methods block, and raise `SQLAlchemyError` where the database is away.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Final

from rulesflow.runtime.breakers import CIRCUIT_OPEN, CLOSED, OPEN, Breakers, Moved, Standing
from rulesflow.runtime.clock import MICROS, Clock
from rulesflow.runtime.healthchecks import TIMEOUT, HealthChecks
from rulesflow.runtime.lane import Lane
from rulesflow.runtime.lanes import Lanes
from rulesflow.workflows.commands import Problem
from rulesflow.workflows.step import ErrorClass

_STEP: Final = MICROS  # between two doublings of the rate at which parked runs go
_BACK: Final = MICROS // 4  # between two halvings
_LATELY: Final = 2 * MICROS  # in which parked runs went, so that failures are theirs
_ASKING: Final = 2 * TIMEOUT  # seconds for which nobody else asks for a resource's health


class Tender:
    """For all lanes of this process. ``lock``: as of `rulesflow.runtime.dealer`."""

    def __init__(
        self, breakers: Breakers, lanes: Lanes, checks: HealthChecks, clock: Clock, lock: threading.RLock
    ) -> None:
        self._breakers = breakers
        self._lanes = lanes
        self._checks = checks
        self._clock = clock
        self._lock = lock
        self._asked: dict[str, Standing] = {}

    def look(self, lane: Lane) -> None:
        """Judge, and see that parked runs go as fast as they may."""
        if lane.circuit.decision is not None or lane.circuit.judge():
            self.decide(lane)
        self._pace(lane)

    def decide(self, lane: Lane) -> None:
        """Write down what was decided here, unless another process was quicker."""
        circuit = lane.circuit
        with self._lock:
            decision = circuit.decision
            if decision is None:
                return
            if decision.problem is None:
                moved = self._breakers.close(decision.seen)
            else:
                moved = self._breakers.trip(decision.seen, decision.problem, circuit.resource.breaker)
            after = circuit.settle(decision, moved.standing)
            self._lanes.changed(lane, decision.seen.state, after)

    # -- trying ----------------------------------------------------------------------------------------

    def is_due(self, lane: Lane) -> bool:
        """Whether this process has just moved it to half-open. An answer of its health is not waited for."""
        asked, seen, check = self._asked.get(lane.name), lane.circuit.standing, lane.circuit.resource.health
        if lane.circuit.decision is not None:
            return False
        if asked is not None:
            return self._is_well(lane, asked)
        if seen.state != OPEN or seen.forced or seen.probe_at > self._clock.now():
            return False
        if check is None:
            return self._move(lane, self._breakers.half_open, seen)
        if self._move(lane, partial(self._breakers.claim, seconds=_ASKING), seen):
            self._asked[lane.name] = lane.circuit.standing
            self._checks.ask(lane.name, check)
        return False

    def _is_well(self, lane: Lane, asked: Standing) -> bool:
        """Go by what the health check has said."""
        well = self._checks.answer(lane.name)
        if well is None:
            return False
        del self._asked[lane.name]
        if well:
            return self._move(lane, self._breakers.half_open, asked)
        problem = Problem(ErrorClass.UNAVAILABLE, CIRCUIT_OPEN, "it says that it is not well")
        breaker = lane.circuit.resource.breaker
        breaker = replace(breaker, longest_rest=breaker.rest)  # to ask costs no order anything
        trip = partial(self._breakers.trip, problem=problem, breaker=breaker)
        self._move(lane, trip, asked)
        return False

    def _move(self, lane: Lane, move: Callable[[Standing], Moved], seen: Standing) -> bool:
        """Change the shared state; False where another process was quicker."""
        with self._lock:
            moved = move(seen)
            self._lanes.changed(lane, *lane.circuit.adopt(moved.standing))
        return moved.won

    # -- parked runs -----------------------------------------------------------------------------------

    def grant(self, lane: Lane, most: int) -> int:
        """How many parked runs this process may let go now."""
        circuit = lane.circuit
        if circuit.decision is not None:
            self.decide(lane)
        if most <= 0 or circuit.view.state == OPEN or circuit.standing.drain_next > self._clock.now():
            return 0
        with self._lock:
            self._breakers.know(circuit.standing)
            granted, found = self._breakers.grant(lane.name, most, circuit.resource.drain_limit)
            self._lanes.changed(lane, *circuit.adopt(found))
        return granted

    def _pace(self, lane: Lane) -> None:
        """Let parked runs go twice as fast, or half as fast where calls fail."""
        seen = lane.circuit.standing
        if seen.state != CLOSED or seen.drain_rate <= 0 or lane.circuit.decision is not None:
            return
        rate = min(self._paced(lane, seen), lane.circuit.resource.drain_limit)
        if rate != seen.drain_rate:
            self._move(lane, partial(self._breakers.pace, rate=rate), seen)

    def _paced(self, lane: Lane, seen: Standing) -> float:
        calls, bad = lane.circuit.step()
        now, passed = self._clock.now(), self._clock.now() - seen.drain_at
        failing = bad > 0 and bad >= calls * lane.circuit.resource.breaker.failures / 2
        if failing and seen.drain_next > now - _LATELY:
            return max(seen.drain_rate / 2, 1.0) if passed >= _BACK else seen.drain_rate
        return seen.drain_rate * 2 if passed >= _STEP else seen.drain_rate

    # -- a person --------------------------------------------------------------------------------------

    def order(self, lane: Lane, action: str, reason: str) -> None:
        """Do what an operator presses: ``open``, ``close`` or ``probe``."""
        message = "opened by hand" + (f" ({reason})" if reason else "")
        with self._lock:
            self._breakers.add([lane.name])
            match action:
                case "open":
                    problem = Problem(ErrorClass.UNAVAILABLE, CIRCUIT_OPEN, message)
                    found = self._breakers.force(lane.name, problem)
                case "close":
                    found = self._breakers.release(lane.name)
                case "probe":
                    found = self._breakers.hasten(lane.name)
                    if found.state == OPEN:  # it is due now by the database's clock, so by ours as well
                        self._clock.hear(found.probe_at)
                case other:
                    raise ValueError(f"{other} is not something to order: open, close or probe")
            self._lanes.changed(lane, *lane.circuit.adopt(found))
