"""The sliding window: what counts, for how long, and what other processes read of it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, strategies as st

from rulesflow.runtime.window import Counts, Window, dumps, read_counts
from rulesflow.workflows.resource import Breaker
from rulesflow.workflows.step import ErrorClass

SECOND = 1_000_000
NOW = 1_790_000_000 * SECOND
BREAKER = Breaker(window=10, slow=5.0)
ERRORS = st.sampled_from([None, *ErrorClass])
CALLS = st.lists(st.tuples(ERRORS, st.floats(0, 700), st.integers(0, 30 * SECOND)))


def window(*calls: tuple[ErrorClass | None, float, int], breaker: Breaker = BREAKER) -> Window:
    made = Window(breaker)
    for error_class, seconds, at in sorted(calls, key=lambda call: call[2]):
        made.add(error_class, seconds, NOW + at)
    return made


@pytest.mark.parametrize(
    ("error_class", "seconds", "counted"),
    [
        (None, 0.1, (1, 0, 0)),
        (ErrorClass.UNAVAILABLE, 0.1, (1, 1, 0)),
        (ErrorClass.TIMEOUT, 9.0, (1, 1, 0)),
        (ErrorClass.REJECTED, 0.1, (1, 0, 0)),
        (ErrorClass.REJECTED, 6.0, (1, 0, 1)),
        (None, 6.0, (1, 0, 1)),
        (None, 5.0, (1, 0, 0)),
        (ErrorClass.INTERNAL, 0.1, (0, 0, 0)),
        (ErrorClass.INTERNAL, 6.0, (1, 0, 1)),
    ],
)
def test_a_call_counts_by_its_class_and_its_time(
    error_class: ErrorClass | None, seconds: float, counted: tuple[int, int, int]
) -> None:
    found = window((error_class, seconds, 0)).counts(NOW)
    assert (found.calls, found.failed, found.slow) == counted
    assert found.by_class == ({error_class: 1} if error_class else {})
    assert found.bad == Window(BREAKER).is_bad(error_class, seconds)


def test_an_internal_error_counts_where_the_breaker_says_so() -> None:
    breaker = Breaker(errors=(ErrorClass.INTERNAL,))
    assert window((ErrorClass.INTERNAL, 0.1, 0), breaker=breaker).counts(NOW).failed == 1


def test_calls_leave_the_window_as_it_slides() -> None:
    made = window(*((None, 0.1, second * SECOND) for second in range(20)))
    assert [made.counts(NOW + second * SECOND).calls for second in (19, 20, 24, 28, 29, 60)] == [
        10,
        9,
        5,
        1,
        0,
        0,
    ]


def test_a_clock_that_is_set_back_leaves_no_calls_behind() -> None:
    made = window((ErrorClass.TIMEOUT, 1.0, 3600 * SECOND))
    written = made.written(NOW + 3600 * SECOND)
    assert made.counts(NOW) == read_counts(written, NOW) == Counts()


def test_a_window_is_emptied() -> None:
    made = window((ErrorClass.TIMEOUT, 1.0, 0))
    made.empty()
    assert made.counts(NOW) == Counts()


def test_it_keeps_ten_buckets_however_many_calls_there_are() -> None:
    made = window(*((None, 0.1, second * SECOND) for second in range(1000)))
    written = made.written(NOW + 999 * SECOND)
    assert len(written["buckets"]) == 10
    assert len(dumps(written)) < 500


@given(CALLS)
def test_the_window_holds_what_came_within_its_length_but_for_a_tenth(
    calls: list[tuple[ErrorClass | None, float, int]],
) -> None:
    now = 30 * SECOND
    counts = window(*calls).counts(NOW + now)
    ages = [
        now - at
        for error_class, seconds, at in calls
        if error_class is not ErrorClass.INTERNAL or seconds > 5
    ]
    assert sum(age <= 9 * SECOND for age in ages) <= counts.calls <= sum(age < 10 * SECOND for age in ages)
    assert counts.bad <= counts.calls


@given(CALLS, st.integers(0, 20 * SECOND))
def test_another_process_reads_what_this_one_has_counted(
    calls: list[tuple[ErrorClass | None, float, int]], later: int
) -> None:
    made = window(*calls)
    written = json.loads(dumps(made.written(NOW + 30 * SECOND)))
    read, own = read_counts(written, NOW + 30 * SECOND + later), made.counts(NOW + 30 * SECOND + later)
    assert (read.calls, read.failed, read.slow) == (own.calls, own.failed, own.slow)
    if later == 0:
        assert read.by_class == own.by_class or not read.calls
        assert read.latency == own.latency or not read.calls


def test_what_a_process_has_written_before_it_had_calls_is_nothing() -> None:
    assert read_counts({}, NOW) == Counts()


@given(st.lists(st.floats(0.001, 600), min_size=1), st.floats(0.01, 1))
def test_latencies_are_an_eighth_exact(seconds: list[float], share: float) -> None:
    found = window(*((None, each, 0) for each in seconds)).counts(NOW).latency_at(share)
    rank = max(1, -int(-share * len(seconds) // 1))
    exact = sorted(seconds)[rank - 1]
    assert found is not None
    assert exact / 1.13 <= found + 0.0001
    assert found <= exact * 1.13 + 0.0001


def test_without_calls_there_is_no_latency() -> None:
    assert Counts().latency_at(0.5) is None


def test_counts_add_up() -> None:
    one = Counts(3, 1, 1, {"timeout": 1}, {4: 3})
    assert one + one == Counts(6, 2, 2, {"timeout": 2}, {4: 6})
