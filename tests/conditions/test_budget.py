"""The budget: what costs steps, and that no condition gets round it."""

from __future__ import annotations

import pytest
from order_scope import UNTYPED, value

from rulesflow.conditions import Budget, BudgetExceeded, Field, Scope
from rulesflow.conditions.types import NUMBER, STRING, list_of
from tests.effort import bounded

TYPED = Scope({"xs": Field(list_of(NUMBER)), "s": Field(STRING), "words": Field(list_of(STRING))})
FACTS = {"xs": list(range(100)), "s": "a" * 1600, "words": ["b" * 16] * 100}


def cost(text, scope=TYPED):
    budget = Budget(10**9)
    value(text, scope, FACTS, budget)
    return budget.limit - budget.left


def test_a_budget_is_spent_down_to_nothing_and_no_further():
    budget = Budget(10)
    budget.spend(10)
    assert budget.left == 0
    with pytest.raises(BudgetExceeded, match="costs more than the 10 steps allowed"):
        budget.spend(1)


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("xs[0] > 1 && s != '' || xs[1] + 2 > 3", 0),
        ("xs.size() > 0", 0),
        ("xs.all(x, x >= 0)", 100),
        ("xs.exists(x, x == 0)", 100),
        ("xs.exists(i, x, x == i)", 100),
        ("xs.all(x, xs.all(y, y >= 0))", 10_100),
        ("xs.map(x, x).filter(x, x > 50).size() > 0", 200),
        ("xs.exists(x, 1 / (x + 1) == 2)", 100),
        ("5 in xs", 100),
        ("xs == xs", 100),
        ("xs + xs != []", 201),
        ("s + s != ''", 201),
        ("s.contains('b')", 101),
        ("s.matches('b+')", 101),
        ("s.reverse() == s", 101),
        ("s.split('a').size() > 1", 101 + 1600),
        ("s.split('').size() > 1", 101 + 1600),
        ("words.join('') != ''", 200),
        ("s.replace('a', 'bbbb') != ''", 101 + 400),
        ("min(xs) == 0", 100),
        ("min(1, 2, xs[0]) == 0", 0),
    ],
)
def test_the_cost_of_an_expression(text, steps):
    assert cost(text) == steps
    assert cost(text, UNTYPED) == steps


def test_items_that_are_written_out_are_free_where_the_type_is_known():
    assert cost("xs[0] in [1, 2, 3]") == 0
    assert cost("xs[0] in [1, 2, 3]", UNTYPED) == 3


def test_a_pattern_that_comes_with_the_request_is_dear():
    assert cost("s.matches(words[0])") > 2000


@pytest.mark.parametrize(
    "text",
    [
        "xs.all(x, xs.all(y, true)) || 1 / xs[1] == 1",
        "!(xs.all(x, xs.all(y, y > -1)) && 1 / xs[1] == 2)",
        "xs.exists(x, xs.exists(y, 1 / y > 1 && y > 1000))",
        "xs.exists(x, xs.map(y, y * x).size() > 1000) && 1 / xs[0] > 1",
        "[0].all(x, 1 / x > 0 || xs.map(y, xs.map(z, z)).size() < 0)",
    ],
)
def test_a_spent_budget_is_an_error_that_nothing_absorbs(text):
    with pytest.raises(BudgetExceeded) as caught:
        value(text, UNTYPED, FACTS, Budget(5000))
    assert caught.value.code == "budget-exceeded"
    assert caught.value.start is not None


HOSTILE = [
    "[0,1].all(a," * 24 + "true" + ")" * 24,
    '["ab"]' + ".map(x, [x + x, x + x][0])" * 40,
    '["ab"]' + ".map(x, x.replace('a', x))" * 30,
    "[[1]]" + ".map(x, x + x)" * 60,
    "xs.map(x, xs).map(x, xs).map(x, x.map(y, x.map(z, x)))",
    '["' + "a" * 900 + '"].map(x, x.split("").map(y, x).map(z, z.split("").map(w, x)))',
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_expressions_end_soon(text):
    with bounded(), pytest.raises(BudgetExceeded):
        value(text, UNTYPED, FACTS)


def test_searching_from_behind_takes_no_quadratic_time():
    facts = {"s": "a" * 200_000, "part": "b" + "a" * 100_000}
    with bounded():
        assert value("s.lastIndexOf(part)", UNTYPED, facts) == -1
