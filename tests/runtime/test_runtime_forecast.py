"""How long work takes that has piled up, held against playing it through."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from rulesflow.runtime.forecast import drain_limit, drain_seconds, drained_in, served_in, throughput
from shown_resources import LIMITS, RESOURCE, WINDOW


def resource(state: str = "closed", took: float | None = None, calls: int = 10, **more: object) -> dict:
    limits = LIMITS | {name: more.pop(name) for name in LIMITS if name in more}
    window = WINDOW | ({"calls": calls, "p50": took, "p95": took} if took else {})
    return RESOURCE | {"state": state, "limits": limits, "window": window, **more}


def test_a_drain_begins_slowly_and_doubles_each_second() -> None:
    assert drain_seconds(0, 1, 50) == 0
    assert drain_seconds(1, 1, 50) == 1
    assert drain_seconds(3, 1, 50) == 2
    assert drain_seconds(7, 1, 50) == 3
    assert drain_seconds(1 + 2 + 4 + 8 + 16 + 32 + 500, 1, 50) == 6 + 10


def test_a_drain_that_is_at_its_limit_goes_on_evenly() -> None:
    assert drain_seconds(800, 80, 80) == 10
    assert drain_seconds(800, 500, 80) == 10


def test_a_drain_may_be_slower_than_one_a_second() -> None:
    assert drain_seconds(10, 0, 0.5) == 20


@given(st.integers(0, 10_000), st.floats(0, 200), st.floats(0.5, 200))
def test_a_drain_takes_as_long_as_playing_it_through(parked: int, rate: float, most: float) -> None:
    left, seconds, now = float(parked), 0, min(max(rate, 1.0), most)
    while left > now:
        left, seconds, now = left - now, seconds + 1, min(now * 2, most)
    assert drain_seconds(parked, rate, most) == pytest.approx(seconds + left / now, abs=1e-6)


@given(st.integers(0, 10_000), st.integers(1, 100), st.floats(0, 200), st.floats(0.5, 200))
def test_more_takes_longer(parked: int, more: int, rate: float, most: float) -> None:
    assert drain_seconds(parked + more, rate, most) > drain_seconds(parked, rate, most)


def test_every_limit_bounds_the_drain() -> None:
    assert drain_limit(resource()) == 50
    assert drain_limit(resource(concurrency=20)) == 50  # nobody knows yet how long calls take
    assert drain_limit(resource(concurrency=20, took=2.0)) == 10


def test_a_resource_that_is_not_well_begins_its_drain_at_the_beginning() -> None:
    assert drained_in(resource(drain_rate=50.0), 100) == 2
    assert drained_in(resource("half-open", drain_rate=50.0), 3) == 2
    assert drained_in(resource("open"), 3) == 2
    assert drained_in(resource("open"), 0) == 0


def test_calls_wait_for_the_tightest_limit() -> None:
    assert served_in(resource(waiting=500)) == 0
    assert served_in(resource(waiting=500, rate=100.0)) == 5
    assert served_in(resource(waiting=500, rate=100.0, concurrency=10, took=1.0)) == 50


def test_slots_take_as_many_calls_as_the_mean_call_lets_them() -> None:
    assert throughput([], 50) == 50  # as if a call took a second
    assert throughput([resource()], 50) == 50
    assert throughput([resource(took=0.1)], 50) == 500
    mixed = [resource(took=0.1, calls=30), resource(took=0.5, calls=10)]
    assert throughput(mixed, 50) == pytest.approx(50 / 0.2)
