"""Flips in words, as a terminal shows them."""

from __future__ import annotations

from typing import Any

import pytest

from rulesflow.cli.flips import flip_sentences


def sentence(old: Any, new: Any, **flip: Any) -> str:
    told = {"fact": "order.total", "from": 120, "to": 100, "result": new, "matched": []} | flip
    (said,) = flip_sentences({"result": old, "explanation": {"flips": [told]}})
    return said


@pytest.mark.parametrize(
    ("to", "test", "words"),
    [
        (100, "order.total <= 100", "order.total is at most 100"),
        (99.99, "order.total < 100", "order.total is below 100"),
        (50, "order.total >= 50 && order.total < 100", "order.total is at least 50 and below 100"),
        (100.01, "order.total > 100", "order.total is above 100"),
        (100, "order.total == 100", "order.total is 100"),
        (100, None, "order.total is 100"),
        (100, "has(order.total)", "order.total is 100"),
        (None, "!has(order.total)", "order.total is absent"),
        (True, "order.total == true", "order.total is true"),
        ("vip", 'order.total == "vip"', "order.total is vip"),
        ("a && b", 'order.total == "a && b"', "order.total is a && b"),
        ("a", 'order.total in ["a", "b"]', 'order.total is one of "a", "b"'),
    ],
)
def test_a_condition_is_put_into_words(to: Any, test: str | None, words: str) -> None:
    flip = {"to": to} | ({"test": test} if test else {})
    assert sentence({"route": "review"}, {"route": "auto"}, **flip) == f"route review becomes auto if {words}"


def test_what_comes_goes_and_changes_is_told_of_each_property() -> None:
    old, new = (
        {"route": "review", "limit": 0, "why": "x"},
        {"route": "review", "limit": 5, "checks": ["call"]},
    )
    assert sentence(old, new).startswith('limit 0 becomes 5, why x goes, checks ["call"] comes if')


def test_a_result_that_is_no_outcome_is_told_as_a_whole() -> None:
    assert sentence(None, {"route": "auto"}).startswith('null becomes {"route":"auto"} if')
