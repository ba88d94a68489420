"""A breaker as one process sees it, by a clock that the test sets."""

from __future__ import annotations

from rulesflow.runtime.circuit import Circuit
from rulesflow.runtime.clock import MICROS, Clock
from rulesflow.workflows.resource import Breaker, Resource
from rulesflow.workflows.step import ErrorClass


class Hand(Clock):
    """A clock that stands still unless it is moved."""

    moment = 1_790_000_000 * MICROS

    def now(self) -> int:
        return self.moment


def called(circuit: Circuit, error: ErrorClass | None, times: int) -> int:
    """Make calls that end so; after how many the breaker was decided to open, 0 for never."""
    for number in range(1, times + 1):
        if circuit.count(circuit.admit(probe=False, parks=True), error, 0.1):
            return number
    return 0


def circuit(clock: Clock) -> Circuit:
    return Circuit(Resource("payment", breaker=Breaker(window=10.0, calls=5, failures=0.5)), clock)


def test_what_went_well_before_does_not_hide_an_outage_for_long() -> None:
    clock = Hand()
    made = circuit(clock)
    assert called(made, None, 400) == 0
    clock.moment += 2 * MICROS
    assert called(made, ErrorClass.UNAVAILABLE, 400) == 10
    assert made.decision is not None and made.decision.problem is not None
    assert made.decision.problem.message == "10 of 10 calls within 2 s failed (unavailable 10)"


def test_a_service_that_fails_now_and_then_is_called_on() -> None:
    clock = Hand()
    made = circuit(clock)
    for _ in range(30):
        assert called(made, None, 3) == 0
        assert called(made, ErrorClass.UNAVAILABLE, 1) == 0
        clock.moment += MICROS


def test_too_few_calls_say_nothing() -> None:
    clock = Hand()
    made = circuit(clock)
    assert called(made, ErrorClass.TIMEOUT, 4) == 0
    clock.moment += 20 * MICROS
    assert called(made, ErrorClass.TIMEOUT, 4) == 0
    assert called(made, ErrorClass.TIMEOUT, 1) == 1
