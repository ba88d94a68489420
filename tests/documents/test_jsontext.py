from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, strategies as st

from rulesflow.documents.jsontext import DEPTH, read_json, split_array, write_json
from rulesflow.model.errors import JsonRefused
from rulesflow.model.numbers import NumberRefused, parse_number
from rulesflow.model.times import Duration, parse_timestamp

numbers = st.one_of(
    st.integers(-(10**34) + 1, 10**34 - 1),
    st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**12), max_value=10**12, places=9),
)
written_numbers = st.builds(
    "".join,
    st.tuples(
        st.sampled_from(["", "-"]),
        st.just("0") | st.from_regex(r"[1-9][0-9]{0,36}", fullmatch=True),
        st.just("") | st.from_regex(r"\.[0-9]{1,36}", fullmatch=True),
        st.just("") | st.from_regex(r"[eE][+-]?(?:[0-9]{1,2}|61[0-9]{2})", fullmatch=True),
    ),
)
texts = st.text(st.characters(exclude_categories=["Cs"]))
values = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=20,
)

short_texts = st.text(st.sampled_from('ab":\\é '), max_size=2)
#: Objects as lists of their pairs, so that keys may stand twice.
objects_as_pairs = st.recursive(
    st.integers(0, 9) | short_texts,
    lambda inner: st.lists(st.tuples(short_texts, inner), max_size=3),
    max_leaves=6,
)


def written_pairs(value: Any, blank: str) -> str:
    if not isinstance(value, list):
        return json.dumps(value, ensure_ascii=False)
    items = (
        f"{blank}{json.dumps(key, ensure_ascii=False)}{blank}:{blank}{written_pairs(item, blank)}"
        for key, item in value
    )
    return "{" + ",".join(items) + blank + "}"


def has_duplicates(value: Any) -> bool:
    if not isinstance(value, list):
        return False
    keys = [key for key, _ in value]
    return len(set(keys)) < len(keys) or any(has_duplicates(item) for _, item in value)


def refusal(data: bytes) -> JsonRefused:
    with pytest.raises(JsonRefused) as caught:
        read_json(data)
    return caught.value


@given(values)
def test_what_is_written_reads_back_equal(value: Any) -> None:
    assert read_json(write_json(value)) == value


@given(values)
def test_what_is_written_is_json_to_others_without_exponents(value: Any) -> None:
    def exact(text: str) -> Decimal:
        assert "e" not in text.lower()
        assert not text.endswith("0")
        return Decimal(text)

    assert json.loads(write_json(value), parse_float=exact) == value


@given(st.binary(max_size=80) | st.text(max_size=80).map(str.encode))
def test_any_bytes_are_read_or_refused_with_a_place(data: bytes) -> None:
    try:
        read_json(data)
    except JsonRefused as error:
        assert error.detail
        assert error.faults


@pytest.mark.parametrize(
    ("data", "code", "said"),
    [
        (b"", "json-syntax", "line 1, column 1: there is no JSON here"),
        (b" \n ", "json-syntax", "there is no JSON here"),
        (b'{"a":\n tru}', "json-syntax", "line 2, column 5: expected true, false or null"),
        (b'{"a":1}x', "json-syntax", "line 1, column 8: trailing characters"),
        (b"[1,", "json-syntax", "ends too early"),
        (b'{"a":1,"a":2}', "duplicate-key", 'the key "a" stands twice'),
        (b'{"a\\u0062":1,"ab":2}', "duplicate-key", 'the key "ab" stands twice'),
        (b'"\\ud800"', "lone-surrogate", "half of a surrogate pair"),
        (b'"\\udc00\\ud800"', "lone-surrogate", "half of a surrogate pair"),
        (b'"\xff"', "not-utf8", "line 1, column 2: this is not UTF-8"),
        (b'"\xed\xa0\x80"', "not-utf8", "this is not UTF-8"),
        (b"1" * 5000, "number-refused", "34 significant digits"),
        (b"1e-99999999999999999999", "number-refused", "an exponent within ±6144"),
    ],
)
def test_a_refusal_names_its_code_place_and_reason(data: bytes, code: str, said: str) -> None:
    (fault,) = refusal(data).faults
    assert fault.code == code
    assert said in fault.message


@pytest.mark.parametrize(
    ("data", "hint"),
    [
        (b"[NaN]", "JSON has no NaN"),
        (b"[-Infinity]", "JSON has no Infinity"),
        (b"[Infinity]", "JSON has no Infinity"),
        (b"[True]", "true, false and null"),
        (b"{'a': 1}", "double quotes"),
        (b"\xef\xbb\xbf{}", "byte order mark"),
        ('{"a":1}'.encode("utf-16"), "byte order mark"),
    ],
)
def test_a_refusal_hints_at_what_was_meant(data: bytes, hint: str) -> None:
    (fault,) = refusal(data).faults
    assert hint in (fault.hint or "")


def test_columns_count_code_points() -> None:
    assert refusal('{"éé😀": NaN}'.encode()).detail.startswith("line 1, column 9:")


def test_each_number_that_would_be_rounded_is_named_by_its_pointer() -> None:
    long = "1" * 35
    error = refusal(f'{{"a/b": [1, {long}], "c": 1e999999999, "d": 0.{long}, "e": 0.{long[1:]}}}'.encode())
    assert [(fault.pointer, fault.code) for fault in error.faults] == [
        ("/a~1b/1", "number-refused"),
        ("/c", "number-refused"),
        ("/d", "number-refused"),
    ]


def test_faults_of_numbers_are_bounded() -> None:
    assert len(refusal(b"[" + b"1e7000," * 5000 + b"1]").faults) == 100


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.1", Decimal("0.1")),
        ("9" * 34, 10**34 - 1),
        ("1" + "0" * 40, 10**40),
        ("1e6144", Decimal("1e6144")),
        ("-1e-6144", Decimal("-1e-6144")),
        ("9007199254740993", 9007199254740993),
    ],
)
def test_numbers_are_read_exactly(text: str, value: object) -> None:
    assert read_json(text.encode()) == value


@given(written_numbers)
def test_a_number_in_a_body_is_kept_or_refused_as_it_would_be_alone(text: str) -> None:
    try:
        value = parse_number(text)
    except NumberRefused:
        assert refusal(f'{{"id": "7e5", "n": [{text}]}}'.encode()).faults[0].code == "number-refused"
    else:
        assert read_json(f'{{"id": "7e5", "n": [{text}]}}'.encode()) == {"id": "7e5", "n": [value]}


@given(objects_as_pairs, st.sampled_from(["", " ", "\n\t"]))
def test_a_key_that_stands_twice_is_found_wherever_it_stands(pairs: Any, blank: str) -> None:
    data = written_pairs(pairs, blank).encode()
    if has_duplicates(pairs):
        assert refusal(data).faults[0].code == "duplicate-key"
    else:
        assert read_json(data) == json.loads(data)


def test_depth_is_bounded() -> None:
    nested = b"[" * DEPTH + b"1" + b"]" * DEPTH
    assert read_json(nested)
    for depth in (DEPTH + 1, 500, 100_000):
        (fault,) = refusal(b"[" * depth + b"]" * depth).faults
        assert fault.code == "too-deep"
    objects = b'{"a":' * (DEPTH + 1) + b"1" + b"}" * (DEPTH + 1)
    assert refusal(objects).faults[0].code == "too-deep"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Decimal("120.50"), "120.5"),
        (Decimal("1E-7"), "0.0000001"),
        (Decimal("1E+20"), "1" + "0" * 20),
        (Decimal("-0.0"), "0"),
        (10**33, "1" + "0" * 33),
        (-(2**80), str(-(2**80))),
        (Duration(3600 * 10**9), '"3600s"'),
        (parse_timestamp("2026-11-27T08:00:00.5+01:00"), '"2026-11-27T07:00:00.5Z"'),
        ((True, None, "é\n"), '[true,null,"é\\n"]'),
        ({"a": [{"b": Decimal("2.0")}]}, '{"a":[{"b":2}]}'),
        ({1: 1, Decimal("1.50"): 2, False: 3}, '{"1":1,"1.5":2,"false":3}'),
        ({Duration(10**9): 1}, '{"1s":1}'),
    ],
)
def test_values_are_written_plainly(value: object, text: str) -> None:
    assert write_json(value) == text.encode()


@pytest.mark.parametrize("number", ["9e6144", "-9e6144", "1234567890123456789012345678901234e6000"])
def test_the_largest_numbers_are_read_as_they_are_written(number: str) -> None:
    value = {"a": [Decimal(number), Decimal(number)], "b": "1" + "0" * 5_000}
    assert read_json(write_json(value)) == value


@pytest.mark.parametrize("text", ["1" + "0" * 6_145, "1" * 5_000, "1" + "0" * 1_000_000, "1e1" + "0" * 5_000])
def test_numbers_beyond_the_largest_are_refused_however_long_they_are(text: str) -> None:
    with pytest.raises(JsonRefused):
        read_json(text.encode())


def test_a_fraction_of_many_zeros_is_what_it_is_beside_a_large_number() -> None:
    text = b"[0.1" + b"0" * 5_000 + b", 1" + b"0" * 5_000 + b"]"
    assert read_json(text) == [Decimal("0.1"), Decimal("1e5000")]


def test_an_array_in_which_a_string_never_ends_is_refused_at_once() -> None:
    with pytest.raises(JsonRefused):
        split_array(b'["' + b'\\"' * 1_000_000)
