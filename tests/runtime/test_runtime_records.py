"""What is recorded comes back as it was, through the JSON that a database keeps."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, strategies as st

from rulesflow.documents.jsontext import DEPTH, read_json, write_json
from rulesflow.model.errors import FactsRefused
from rulesflow.model.numbers import DIGITS, EXPONENT, INT_LIMIT, NumberRefused
from rulesflow.model.times import FIRST, LAST, LONGEST, Duration, Timestamp
from rulesflow.runtime.records import Record, freeze, freeze_problem, thaw, thaw_problem
from rulesflow.workflows.commands import Action, Event, Held, Ordered, Problem, Raised, Returned
from rulesflow.workflows.emitted import Emitted
from rulesflow.workflows.step import ErrorClass

texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)
keys = st.one_of(st.sampled_from(["$time", "$span", "$object", "$", "$error", "a"]), texts)
timestamps = st.integers(FIRST, LAST).map(Timestamp)
durations = st.integers(-LONGEST, LONGEST).map(Duration)
whole = st.integers(-INT_LIMIT + 1, INT_LIMIT - 1)
decimals = st.builds(
    lambda digits, exponent: Decimal(digits).scaleb(exponent), whole, st.integers(-EXPONENT + DIGITS, 6000)
)
scalars = st.one_of(st.none(), st.booleans(), whole, decimals, texts, timestamps, durations)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=12,
)
problems = st.builds(
    Problem,
    st.sampled_from(ErrorClass),
    texts,
    texts,
    st.none() | st.floats(0, 1e9, allow_nan=False) | st.just(1e-300),
)
events = st.one_of(
    st.builds(Returned, values, timestamps, st.none() | st.integers(1, 2**62)),
    st.builds(Raised, problems, timestamps),
    st.builds(Held, problems, timestamps, st.booleans()),
    st.builds(
        Ordered,
        st.sampled_from(Action),
        timestamps,
        st.none() | texts,
        values,
        st.booleans(),
        texts,
        st.integers(0, 2**62),
    ),
)
decisions = st.dictionaries(texts, values, max_size=4)
records = st.builds(
    Record,
    texts,
    events,
    timestamps,
    st.lists(decisions, max_size=3).map(tuple),
    st.none() | texts,
    st.lists(st.builds(Emitted, texts, decisions, st.none() | texts), max_size=2).map(tuple),
)


def kept(frozen: Any) -> Any:
    """As a database gives it back."""
    return read_json(write_json(frozen))


def kinds(value: Any) -> Any:
    """The types of a value, since numbers of different types are equal; the two of a number are one."""
    if isinstance(value, dict):
        return {key: kinds(item) for key, item in value.items()}
    if isinstance(value, list):
        return [kinds(item) for item in value]
    return "number" if type(value) in (int, Decimal) else type(value)


@given(values)
def test_every_value_comes_back_as_it_was(value: Any) -> None:
    back = thaw(kept(freeze(value)))
    assert back == value
    assert kinds(back) == kinds(value)


@given(values)
def test_what_was_thawed_freezes_as_before(value: Any) -> None:
    once = write_json(freeze(value))
    assert write_json(freeze(thaw(read_json(once)))) == once


@given(records)
def test_every_record_comes_back_as_it_was(record: Record) -> None:
    back = Record.thaw(kept(record.freeze()))
    assert back == record
    assert type(back.event) is type(record.event)
    assert kinds(list(back.decisions)) == kinds(list(record.decisions))


@given(problems)
def test_an_error_keeps_to_the_digit_what_the_service_said(problem: Problem) -> None:
    assert thaw_problem(kept(freeze_problem(problem))) == problem


@pytest.mark.parametrize(
    "value",
    [
        {"$time": 5},
        {"$span": "x", "b": 1},
        {"$object": {"$object": {"$time": 1}}},
        [{"$time": Timestamp(3)}],
        {"deep": {"$": Duration(-1)}},
    ],
)
def test_a_key_of_ours_in_a_caller_s_object_is_only_a_key(value: Any) -> None:
    back = thaw(kept(freeze(value)))
    assert back == value
    assert kinds(back) == kinds(value)


@pytest.mark.parametrize("number", ["1." + "1" * 33, "-0." + "9" * 34, "1E+6000", "1E-6000", "12345.6789"])
def test_numbers_of_34_digits_are_kept(number: str) -> None:
    assert thaw(kept(freeze(Decimal(number)))) == Decimal(number)


@pytest.mark.parametrize("number", [Decimal("1." + "1" * 34), Decimal("NaN"), 10**35 + 1, Decimal("1E+7000")])
def test_a_number_that_would_be_rounded_is_refused(number: Any) -> None:
    with pytest.raises(NumberRefused):
        freeze({"a": [number]})


@pytest.mark.parametrize("stranger", [1.5, object(), {1, 2}, b"bytes"])
def test_what_is_no_value_is_refused_by_its_type(stranger: Any) -> None:
    with pytest.raises(TypeError, match=f"a {type(stranger).__name__} is no value"):
        freeze(["fine", stranger])


def nested(levels: int, around: str = "a") -> Any:
    value: Any = 1
    for _ in range(levels):
        value = {around: value}
    return value


@pytest.mark.parametrize("around", ["a", "$a"])
def test_whatever_depth_is_taken_can_be_read_again_from_every_place_of_a_record(around: str) -> None:
    """A record stands around a value, and the engine's call around an order."""
    taken = 0  # levels
    for levels in range(1, DEPTH + 1):
        value = nested(levels, around)
        try:
            frozen = freeze(value)
        except FactsRefused:
            break
        taken = levels
        assert thaw(kept({"args": [{"given": frozen}], "kwargs": {}})["args"][0]["given"]) == value
        record = Record("", Ordered(Action.RERUN, Timestamp(1), "a", value), Timestamp(1))
        assert Record.thaw(kept(record.freeze())) == record
    assert taken >= 40


def test_what_is_nested_too_deep_is_refused_in_a_sentence() -> None:
    with pytest.raises(FactsRefused, match="nested"):
        freeze(nested(DEPTH))


def test_events_of_each_kind_are_told_apart() -> None:
    at = Timestamp(7)
    each: list[Event] = [
        Returned(None, at),
        Returned({"problem": 1, "order": 2}, at, 3),
        Raised(Problem(ErrorClass.TIMEOUT, "timeout", "slow", 1.5), at),
        Held(Problem(ErrorClass.UNAVAILABLE, "circuit-open", "away"), at, called=False),
        Held(Problem(ErrorClass.TIMEOUT, "timeout", "slow", 1.5), at, called=True),
        Ordered(Action.CANCEL, at, None, {"value": 1}, True, "why", 9),
    ]
    for event in each:
        record = Record("id", event, at)
        assert Record.thaw(kept(record.freeze())) == record


def test_the_keys_of_a_map_are_texts_as_in_any_json() -> None:
    assert thaw(kept(freeze({2: "a", True: {Decimal("1.50"): "b"}}))) == {"2": "a", "true": {"1.5": "b"}}
