from __future__ import annotations

import datetime as dt
from collections import OrderedDict
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Any

import pytest
from pydantic import BaseModel

from rulesflow.documents.jsontext import write_json
from rulesflow.model.payload import PayloadRefused, as_payload
from rulesflow.model.times import parse_timestamp


class Colour(StrEnum):
    RED = "red"


class Model(BaseModel):
    x: int = 1


@pytest.mark.parametrize(
    ("value", "payload"),
    [
        (None, None),
        (True, True),
        (1, 1),
        (1.5, Decimal("1.5")),
        (0.1, Decimal("0.1")),
        (2.0, 2),
        (1e300, Decimal("1E+300")),
        (Decimal("12.50"), Decimal("12.5")),
        ("ä", "ä"),
        (Colour.RED, "red"),
        ((1, [2.5]), [1, [Decimal("2.5")]]),
        (OrderedDict(a={"b": ()}), {"a": {"b": []}}),
        (MappingProxyType({"a": 1}), {"a": 1}),
        (parse_timestamp("2026-11-27T08:00:00Z"), "2026-11-27T08:00:00Z"),
    ],
)
def test_a_payload_is_plain_json_with_exact_numbers(value: Any, payload: Any) -> None:
    copy = as_payload(value)
    assert copy == payload
    assert type(copy) is type(payload)
    write_json(copy)


def circle() -> Any:
    value: dict[str, Any] = {"a": []}
    value["a"].append(value)
    return value


def deep(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ({"a": [{1}]}, "/a/0: a set is no JSON; give a list"),
        (float("nan"), "a number must be finite"),
        ([float("inf")], "/0: a number must be finite"),
        (Decimal("sNaN"), "a number must be finite"),
        (10**40 + 1, "a number may have at most 34 significant digits"),
        ({1: 2}, "the key 1 is no string"),
        ({"a": {None: 2}}, "/a: the key None is no string"),
        ({"a/b": b"x"}, "/a~1b: a bytes is no JSON; give a text"),
        ("\ud800", "a text holds half of a surrogate pair"),
        ({"\ud800": 1}, "a text holds half of a surrogate pair"),
        (dt.datetime(2026, 1, 1), "a datetime is no JSON; give its isoformat()"),
        (Model(), "a Model is no JSON; give its model_dump(mode='json')"),
        (object(), "a object is no JSON"),
        (circle(), "/a/0: it holds itself"),
        (deep(101), "/0/0/0: it is nested deeper than 100 levels"),
    ],
)
def test_what_json_cannot_hold_is_refused_with_its_place(value: Any, told: str) -> None:
    with pytest.raises(PayloadRefused) as caught:
        as_payload(value)
    assert str(caught.value) == told


def test_what_is_nested_100_levels_deep_is_kept() -> None:
    assert as_payload(deep(100)) == deep(100)


def test_what_is_held_twice_is_no_circle() -> None:
    shared = [1]
    assert as_payload([shared, shared]) == [[1], [1]]


@pytest.mark.parametrize("value", ["x" * 101, [1] * 101, {"x" * 50: "y" * 51}])
def test_what_is_too_large_is_refused(value: Any) -> None:
    with pytest.raises(PayloadRefused, match="it has more than 100 bytes"):
        as_payload(value, 100)


def test_what_grows_without_end_is_refused_while_it_grows() -> None:
    value: Any = "x"
    for _ in range(60):  # 2 ** 60 letters, if they were ever written out
        value = [value, value]
    with pytest.raises(PayloadRefused, match="it has more than 1,000 bytes"):
        as_payload(value, 1000)


def test_the_copy_is_independent() -> None:
    given = {"a": [1]}
    copy = as_payload(given)
    copy["a"].append(2)
    assert given == {"a": [1]}
