from __future__ import annotations

import threading
from typing import Final

import pytest
from hypothesis import given, strategies as st

from rulesflow.runtime.clock import MICROS
from rulesflow.runtime.tallies import BINS, WIDTH, Tally
from rulesflow.watch.bucket import Bucket

#: More than are noted before they are put in their places.
MANY: Final = 2_000

lengths = st.floats(0, 1_000)
calls = st.tuples(st.integers(0, 3), lengths, lengths, st.sampled_from([None, "timeout", "unavailable"]))


class Hand:
    """A clock that is set by hand; seconds."""

    def __init__(self) -> None:
        self.at = 0

    def __call__(self) -> int:
        return self.at * MICROS


@given(st.lists(calls), st.integers(0, 20))
def test_what_was_noted_is_in_the_stretch_of_its_time(made: list[tuple], again: int) -> None:
    """However often somebody looks meanwhile, or takes it away and gives it back."""
    clock, wanted = Hand(), {}
    tally = Tally("charge", "payment", clock)
    for place, (number, queued, ran, class_) in enumerate(made):
        clock.at = number * WIDTH
        tally.count(queued, ran, class_)
        wanted.setdefault(clock.at, Bucket()).count(queued, ran, class_)
        if again and place % again == 0:
            assert tally.seen().keys() == wanted.keys()
            tally.give_back(tally.take())
    assert {start: bucket.written() for start, bucket in tally.seen().items()} == {
        start: bucket.written() for start, bucket in wanted.items()
    }
    assert tally.take().keys() == wanted.keys()
    assert tally.take() == {}


def test_histograms_tell_of_all_calls_since_the_beginning_whatever_was_taken() -> None:
    tally = Tally("charge", "payment", Hand())
    for number in range(MANY):
        tally.count(0.007, 0.3, "timeout" if number % 10 == 0 else None)
        if number % 700 == 0:
            tally.take()
    run, queue = tally.histograms()
    assert {end: count for end, count in zip(BINS, run.bins, strict=False) if count} == {0.5: MANY}
    assert {end: count for end, count in zip(BINS, queue.bins, strict=False) if count} == {0.01: MANY}
    assert (run.seconds, queue.seconds) == (pytest.approx(MANY * 0.3), pytest.approx(MANY * 0.007))
    assert tally.by_class == {"timeout": MANY / 10}


def test_calls_in_flight_are_told_by_the_second_in_which_they_began() -> None:
    clock = Hand()
    tally = Tally("charge", "payment", clock)
    clock.at = 100
    first, second = tally.begin(), tally.begin()
    clock.at = 107
    third = tally.begin()
    assert (tally.in_flight, tally.begun()) == (3, ((100, 2), (107, 1)))
    tally.end(first)
    assert tally.begun() == ((100, 1), (107, 1))
    tally.end(second)
    tally.end(third)
    assert (tally.in_flight, tally.begun()) == (0, ())


def test_of_calls_that_began_over_very_many_seconds_the_oldest_are_told_apart() -> None:
    clock = Hand()
    tally = Tally("charge", "payment", clock)
    for clock.at in range(MANY):
        tally.begin()
    told = tally.begun()
    assert (len(told), told[0], told[-1]) == (61, (0, 1), (MANY - 1, MANY - 60))


def test_threads_that_count_while_another_takes_lose_nothing() -> None:
    tally, taken = Tally("charge", "payment", Hand()), Bucket()

    def count() -> None:
        for _ in range(MANY):
            tally.count(0.1, 0.2, "timeout")

    counting = [threading.Thread(target=count) for _ in range(3)]
    for each in counting:
        each.start()
    while any(each.is_alive() for each in counting):
        for bucket in tally.take().values():
            taken.merge(bucket)
    for bucket in tally.take().values():
        taken.merge(bucket)
    assert (taken.calls, taken.by_class) == (3 * MANY, {"timeout": 3 * MANY})
