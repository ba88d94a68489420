from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from rulesflow import Function, function, type_named
from rulesflow.conditions import Budget, EvaluationError, Scope, check, compile_condition, parse
from rulesflow.conditions.types import DYN, NUMBER, STRING, Field, list_of, map_of


def value(expression: str, *functions: Function, **names: Any) -> Any:
    scope = Scope({name: Field(DYN) for name in names}, {each.name: each for each in functions}, strict=False)
    return compile_condition(check(parse(expression), scope), scope)(names, Budget(1000))


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("number", NUMBER),
        ("list", list_of(DYN)),
        ("list(number)", list_of(NUMBER)),
        ("map(list(string))", map_of(list_of(STRING))),
        ("number or null", replace(NUMBER, nullable=True)),
    ],
)
def test_types_are_told_by_the_names_that_messages_give_them(text: str, meant: Any) -> None:
    assert type_named(text) == meant
    if text != "list":
        assert str(meant) == text


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("nummber", "'nummber' is no type; did you mean number?"),
        ("list(int64)", "'int64' is no type; "),
        ("", "'' is no type; one of bool, number, string, "),
    ],
)
def test_a_word_that_is_no_type_is_refused(text: str, told: str) -> None:
    with pytest.raises(ValueError, match="is no type") as caught:
        function("a.b", [text], "number", abs)
    assert str(caught.value).startswith(told)


def test_a_function_gets_decimals_and_what_it_gives_is_exact() -> None:
    def third(number: Decimal) -> Decimal:
        """A third of it.

        More of this.
        """
        assert type(number) is Decimal
        return round(number / 3, 4)

    made = function("shop.third", ["number"], "number", third)
    assert made.summary == "A third of it."
    assert value("shop.third(x)", made, x=1) == Decimal("0.3333")


def test_a_result_may_be_null_if_it_is_declared_so() -> None:
    given = {"number or null": None, "number": EvaluationError}
    for result, expected in given.items():
        made = function("shop.none", ["number"], result, lambda number: None)
        if expected is None:
            assert value("shop.none(x)", made, x=1) is None
        else:
            with pytest.raises(expected, match=r"shop.none\(\) returned a NoneType"):
                value("shop.none(x)", made, x=1)


def test_what_a_function_raises_fails_the_expression() -> None:
    with pytest.raises(EvaluationError, match=r"shop.broken\(\) failed: KeyError"):
        value("shop.broken(x)", function("shop.broken", ["number"], "number", {}.__getitem__), x=1)
