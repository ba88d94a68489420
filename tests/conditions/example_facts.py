"""Facts for random conditions: their types, and strategies for their values."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from hypothesis import strategies as st

from rulesflow.conditions.types import (
    BOOL,
    DURATION,
    DYN,
    NUMBER,
    STRING,
    TIMESTAMP,
    Field,
    Kind,
    Type,
    list_of,
    map_of,
)
from rulesflow.model.times import CEL_UNITS, SECOND, Duration, Timestamp, parse_duration, parse_timestamp

LINE = Type(
    Kind.OBJECT,
    fields={"sku": Field(STRING), "price": Field(NUMBER), "count": Field(NUMBER, required=False)},
    closed=True,
)
ORDER = Type(
    Kind.OBJECT,
    fields={
        "total": Field(NUMBER),
        "note": Field(STRING, required=False),
        "code": Field(Type(Kind.STRING, nullable=True)),
        "tags": Field(list_of(STRING)),
        "lines": Field(list_of(LINE)),
        "placed": Field(TIMESTAMP),
    },
)
#: The names of the facts and their types, as a strict scope knows them.
NAMES: Mapping[str, Field] = {
    "n": Field(NUMBER),
    "k": Field(NUMBER),
    "s": Field(STRING),
    "b": Field(BOOL),
    "t": Field(TIMESTAMP),
    "d": Field(DURATION),
    "ns": Field(list_of(NUMBER)),
    "ss": Field(list_of(STRING)),
    "m": Field(map_of(NUMBER)),
    "order": Field(ORDER),
    "spare": Field(ORDER, required=False),
    "any": Field(DYN),
}
#: The same names, of which nothing is known.
UNTYPED: Mapping[str, Field] = {name: Field(DYN, required=False) for name in NAMES}

_DIGITS_34 = st.integers(10**33, 10**34 - 1)
numbers = st.one_of(
    st.sampled_from([0, 1, 2, -1, 3, 10, Decimal("0.1"), Decimal("0.5"), Decimal("-2.5"), Decimal("1.25")]),
    st.sampled_from([Decimal("-0.125"), Decimal("25"), Decimal("-3.5"), Decimal("0.000")]),
    st.integers(-20, 20),
    st.decimals("-1000", "1000", places=2),
    _DIGITS_34,
    st.builds(lambda digits, places: Decimal(f"-{digits}e-{places}"), _DIGITS_34, st.integers(1, 60)),
    st.sampled_from([Decimal("1e6144"), Decimal("-9.9e6144"), Decimal("1e-6143"), Decimal("3e5000")]),
)
strings = st.one_of(
    st.sampled_from(
        ["", "a", "b", "ab", "aba", "a,b,,c", "A-Zäß", "\U0001f431x", "  a\xa0\x1c", "12", "-1.50"]
    ),
    st.sampled_from(["true", "F", "2026-11-27T08:00:00.5+01:00", "2026-02-29", "1h30m", "-0.5s", "1e99999"]),
    st.text("ab,A \xe4\U0001f431", max_size=6),
)
moments = st.one_of(
    st.sampled_from(["2026-11-27T08:00:00Z", "1969-12-31T23:59:59.25Z", "2024-02-29T23:30:00-05:00"]),
    st.sampled_from(["0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999999Z"]),
)
lengths = st.sampled_from(["0s", "90s", "1.5h", "-36h", "0.25s", "-1ns", "80000000h"])
timestamps = st.builds(parse_timestamp, moments) | st.integers(-(10**10), 10**10).map(
    lambda seconds: Timestamp(seconds * SECOND)
)
durations = st.builds(parse_duration, lengths, st.just(CEL_UNITS))

_anything = st.recursive(
    st.none() | st.booleans() | numbers | strings | timestamps | durations,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=5,
)
_orders = st.fixed_dictionaries(
    {
        "total": numbers,
        "code": st.none() | strings,
        "tags": st.lists(strings, max_size=3),
        "lines": st.lists(
            st.fixed_dictionaries({"sku": strings, "price": numbers}, optional={"count": numbers}), max_size=3
        ),
        "placed": timestamps,
    },
    optional={"note": strings},
)
#: Facts that fit `NAMES`.
facts = st.fixed_dictionaries(
    {
        "n": numbers,
        "k": numbers,
        "s": strings,
        "b": st.booleans(),
        "t": timestamps,
        "d": durations,
        "ns": st.lists(numbers, max_size=4),
        "ss": st.lists(strings, max_size=4),
        "m": st.dictionaries(st.sampled_from(["a", "b", "ab", ""]), numbers, max_size=3),
        "order": _orders,
        "any": _anything,
    },
    optional={"spare": _orders},
)
#: Facts under the same names that fit nothing.
wild_facts = st.fixed_dictionaries({}, optional=dict.fromkeys(NAMES, _anything))

_small = st.integers(-50, 50)
_seconds = st.integers(-(10**9), 4 * 10**9)
#: Facts for `SHARED`: whole numbers, times to the second.
shared_facts = st.fixed_dictionaries(
    {
        "n": _small,
        "k": _small,
        "s": strings,
        "b": st.booleans(),
        "t": _seconds.map(lambda seconds: Timestamp(seconds * SECOND)),
        "d": st.integers(-(10**6), 10**6).map(lambda seconds: Duration(seconds * SECOND)),
        "ns": st.lists(_small, max_size=4),
        "ss": st.lists(strings, max_size=4),
        "m": st.dictionaries(st.sampled_from(["a", "b", "ab", ""]), _small, max_size=3),
        "any": st.recursive(
            st.none() | st.booleans() | _small | strings,
            lambda inner: (
                st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3)
            ),
            max_leaves=5,
        ),
    }
)
