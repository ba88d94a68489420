"""Exact decimals: what is kept, what is refused, and how a number is written."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, strategies as st

from rulesflow.model.numbers import INT_LIMIT, Number, NumberRefused, canonical, exact, parse_number, plain

DECIMALS = st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**20), max_value=10**20)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", 0),
        ("-0", 0),
        ("-0.0", 0),
        ("12", 12),
        ("12.0", 12),
        ("1e3", 1000),
        ("1.50", Decimal("1.5")),
        ("-0.50", Decimal("-0.5")),
        ("9" * 34, int("9" * 34)),
        ("1" + "0" * 40, Decimal("1e40")),
        ("0." + "0" * 100 + "1", Decimal("1e-101")),
        ("1.50" + "0" * 60, Decimal("1.5")),
    ],
)
def test_numbers_are_read_exactly(text: str, value: Number) -> None:
    read = parse_number(text)
    assert read == value
    assert isinstance(read, int) == (value == int(value) and abs(value) < INT_LIMIT)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "1,5",
        "NaN",
        "Infinity",
        "-inf",
        "1" * 35,
        "1." + "1" * 34,
        "1e6145",
        "1e-6145",
        "1e999999999",
    ],
)
def test_what_would_be_rounded_is_refused(text: str) -> None:
    with pytest.raises(NumberRefused):
        parse_number(text)


@pytest.mark.parametrize(
    "value", [10**6145, 10**7000, 10**34 + 1, -(10**34) - 1], ids=lambda each: f"{each:#x}"[:12]
)
def test_integers_too_long_to_keep_are_refused_fast(value: int) -> None:
    with pytest.raises(NumberRefused):
        exact(value)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (Decimal("-0.0"), "0"),
        (Decimal("1.500"), "1.5"),
        (Decimal("1E+3"), "1000"),
        (Decimal("1E-7"), "0.0000001"),
        (Decimal("-12.340"), "-12.34"),
        (Decimal("100"), "100"),
        (10**33, "1" + "0" * 33),
    ],
)
def test_numbers_are_written_plainly(value: Number, text: str) -> None:
    assert plain(value) == text


@given(DECIMALS)
def test_writing_and_reading_gives_the_same_number(value: Decimal) -> None:
    text = plain(value)
    assert parse_number(text) == value
    assert "E" not in text.upper()


@given(DECIMALS)
def test_the_canonical_type_does_not_change_the_value(value: Decimal) -> None:
    assert canonical(value) == value
    assert hash(canonical(value)) == hash(value)
