"""Laws of sketches and buckets."""

from __future__ import annotations

from math import floor
from random import Random

from hypothesis import given, settings, strategies as st

from rulesflow.watch.bucket import Bucket
from rulesflow.watch.sketch import ACCURACY, LONGEST, SHORTEST, Sketch

SECONDS = st.one_of(st.just(0.0), st.floats(SHORTEST, 1000.0))
MANY = st.lists(SECONDS, min_size=1, max_size=200)


def sketch(values: list[float]) -> Sketch:
    made = Sketch()
    for value in values:
        made.see(value)
    return made


def told(made: Sketch) -> tuple[float, ...]:
    latency = made.latency()
    assert latency is not None
    return latency.p50, latency.p95, latency.p99


@given(MANY)
@settings(max_examples=100, deadline=None)
def test_percentiles_are_the_exact_ones_within_the_accuracy(values: list[float]) -> None:
    ordered = sorted(values)
    for share, found in zip((0.5, 0.95, 0.99), told(sketch(values)), strict=True):
        exact = ordered[floor(share * (len(values) - 1))]
        assert abs(found - exact) <= exact * ACCURACY + 1e-6


@given(st.lists(MANY, min_size=1, max_size=6), st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_merged_sketches_tell_what_one_of_the_whole_tells_in_any_order(
    parts: list[list[float]], random: Random
) -> None:
    whole = sketch([value for part in parts for value in part])
    random.shuffle(parts)
    merged = Sketch()
    for part in parts:
        merged.merge(sketch(part))
    assert told(merged) == told(whole)
    assert merged.written() == whole.written()


@given(MANY, MANY)
@settings(max_examples=60, deadline=None)
def test_a_sketch_that_was_written_and_read_is_the_same(ones: list[float], others: list[float]) -> None:
    read = Sketch()
    read.absorb(sketch(ones).written())
    assert (told(read), read.count) == (told(sketch(ones)), len(ones))
    read.absorb(sketch(others).written())
    assert told(read) == told(sketch(ones + others))


def test_a_sketch_takes_no_more_room_however_many_values_it_has_seen() -> None:
    random = Random(7)
    made = sketch([10 ** random.uniform(-9, 9) for _ in range(20_000)])
    assert len(made.written()) <= 1 + 2 * 580
    assert told(sketch([1e30]))[0] <= LONGEST * (1 + ACCURACY)
    assert told(sketch([-1.0, 1e-9])) == (0.0, 0.0, 0.0)


def test_nothing_has_no_percentiles() -> None:
    assert Sketch().latency() is None


@given(st.lists(st.tuples(SECONDS, SECONDS, st.sampled_from([None, "timeout", "rejected"])), max_size=50))
@settings(max_examples=50, deadline=None)
def test_a_bucket_that_was_written_and_read_twice_has_all_calls_twice(calls: list) -> None:
    bucket, read, merged = Bucket(), Bucket(), Bucket()
    for call in calls:
        bucket.count(*call)
    for _ in range(2):
        read.absorb(bucket.written())
        merged.merge(bucket)
    assert (read.calls, read.errors) == (2 * bucket.calls, 2 * bucket.errors)
    assert (read.error_rate, read.run.latency()) == (bucket.error_rate, merged.run.latency())
