"""Functions on numbers, and the least and greatest of any values that have an order."""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal, InvalidOperation
from functools import partial
from typing import Final

from rulesflow.conditions.functions import Function, Overload, standard
from rulesflow.conditions.kinds import KINDS, no_overload
from rulesflow.conditions.problems import EvaluationError
from rulesflow.conditions.string_functions import whole
from rulesflow.conditions.types import DURATION, NUMBER, STRING, TIMESTAMP, Value, list_of
from rulesflow.model.numbers import CONTEXT, EXPONENT, Number, canonical

_ORDERED: Final = (NUMBER, STRING, TIMESTAMP, DURATION)


def _abs(number: Number) -> Number:
    return abs(number) if type(number) is int else Decimal(number).copy_abs()


def _rounded(rounding: str, number: Number, places: Number = 0) -> Number:
    digits = whole(places, "the number of places")
    if abs(digits) > EXPONENT:
        raise EvaluationError("bad-argument", f"the number of places must lie within ±{EXPONENT}")
    if type(number) is int and digits >= 0:
        return number
    exact = Decimal(number)
    exponent = exact.as_tuple().exponent
    assert isinstance(exponent, int)
    if -exponent <= digits:
        return number
    try:
        return canonical(exact.quantize(Decimal((0, (1,), -digits)), rounding=rounding, context=CONTEXT))
    except InvalidOperation:
        raise EvaluationError("out-of-range", f"{number} cannot be rounded to {digits} places") from None


def _best(choose: Callable[..., Value], name: str, *values: Value) -> Value:
    items = values[0] if type(values[0]) is list else values
    if not items:
        raise EvaluationError("bad-argument", f"{name}() of an empty list")
    kinds = {KINDS[type(item)] for item in items}
    if len(kinds) > 1 or kinds.pop() not in {each.kind for each in _ORDERED}:
        raise no_overload(f"{name}()", *items[:4])
    return choose(items)


def _by_items(*values: Value) -> int:
    return len(values[0]) if type(values[0]) is list else len(values)


def _rounding(name: str, rounding: str, summary: str) -> Function:
    call = partial(_rounded, rounding)
    return standard(
        name,
        Overload((NUMBER,), NUMBER, call),
        Overload((NUMBER, NUMBER), NUMBER, call),
        summary=summary,
    )


def _extreme(name: str, choose: Callable[..., Value], summary: str) -> Function:
    call = partial(_best, choose, name)
    single = (Overload((each,), each, call, variadic=True, fallible=False) for each in _ORDERED)
    listed = (Overload((list_of(each),), each, call, cost=_by_items) for each in _ORDERED)
    return standard(name, *single, *listed, summary=summary)


NUMBER_FUNCTIONS: Final[tuple[Function, ...]] = (
    standard(
        "abs", Overload((NUMBER,), NUMBER, _abs, fallible=False), summary="The number without its sign."
    ),
    _rounding("round", ROUND_HALF_UP, "The nearest number with so many places (0); ties go away from zero."),
    _rounding("floor", ROUND_FLOOR, "The greatest number with so many places (0) that is not greater."),
    _rounding("ceil", ROUND_CEILING, "The least number with so many places (0) that is not less."),
    _extreme("min", min, "The least of the arguments, or of a list."),
    _extreme("max", max, "The greatest of the arguments, or of a list."),
)
