"""Spelling hints: the closest known word, if there is one."""

from __future__ import annotations

import pytest

from rulesflow.model.diagnostics import did_you_mean


@pytest.mark.parametrize(
    ("word", "known", "hint"),
    [
        ("order.totl", ["order.total", "order.region"], "did you mean order.total?"),
        ("VIP", ["new", "vip"], "did you mean vip?"),
        ("customer.ID", ["customer", "customer.id"], "did you mean customer.id?"),
        ("Auto", ["auto", "AUTO"], "did you mean AUTO?"),
        ("frist", {"first": 1, "any": 2}, "did you mean first?"),
        ("nothing", ["like", "it"], None),
        ("x", [], None),
    ],
)
def test_the_closest_word_whatever_its_capitals(word: str, known: list[str], hint: str | None) -> None:
    assert did_you_mean(word, known) == hint
