"""The operators on any values: they look at their operands first.

Kinds are told by exact type (see `kinds.KINDS`): Python takes True for 1 and a timestamp for an int, CEL does
not. Where CEL has no such operator, ``no-such-overload`` is raised.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from rulesflow.conditions.access import stored_key
from rulesflow.conditions.arithmetic import (
    add_durations,
    add_lists,
    add_numbers,
    add_strings,
    add_to_instant,
    divide_numbers,
    multiply_numbers,
    negate_number,
    remainder_numbers,
    subtract_from_instant,
    subtract_numbers,
    subtract_times,
)
from rulesflow.conditions.budget import Budget
from rulesflow.conditions.kinds import KINDS, no_overload
from rulesflow.conditions.problems import EvaluationError
from rulesflow.conditions.types import Kind, Value
from rulesflow.model.numbers import Number

_ORDERED: Final = frozenset({Kind.NUMBER, Kind.STRING, Kind.BOOL, Kind.TIMESTAMP, Kind.DURATION})


# Equality and order


def equal(left: Value, right: Value, budget: Budget | None = None) -> bool:
    """CEL's equality: false across kinds, deep for lists and maps."""
    kind = KINDS[type(left)]
    if kind is not KINDS[type(right)]:
        return False
    if kind is Kind.LIST:
        return len(left) == len(right) and _equal_items(left, right, budget)
    if kind is Kind.MAP:
        return left.keys() == right.keys() and _equal_items(
            left.values(), [right[key] for key in left], budget
        )
    return bool(left == right)


def unequal(left: Value, right: Value, budget: Budget | None = None) -> bool:
    """The opposite of `equal`."""
    return not equal(left, right, budget)


def _equal_items(left: Value, right: Value, budget: Budget | None) -> bool:
    if budget is not None:
        budget.spend(len(left))
    # A loop, not all(): one frame for each level of nesting.
    for one, other in zip(left, right, strict=True):  # noqa: SIM110
        if not equal(one, other, budget):
            return False
    return True


def _ordered(operator: str, left: Value, right: Value) -> None:
    kind = KINDS[type(left)]
    if kind not in _ORDERED or kind is not KINDS[type(right)]:
        raise no_overload(operator, left, right)


def less(left: Value, right: Value) -> bool:
    """``left < right``."""
    _ordered("<", left, right)
    return bool(left < right)


def less_or_equal(left: Value, right: Value) -> bool:
    """``left <= right``."""
    _ordered("<=", left, right)
    return bool(left <= right)


def greater(left: Value, right: Value) -> bool:
    """``left > right``."""
    _ordered(">", left, right)
    return bool(left > right)


def greater_or_equal(left: Value, right: Value) -> bool:
    """``left >= right``."""
    _ordered(">=", left, right)
    return bool(left >= right)


def member(value: Value, container: Value, budget: Budget) -> bool:
    """``value in container``."""
    kind = KINDS[type(container)]
    if kind is Kind.MAP:
        key = stored_key(value)
        if key is None:
            raise no_overload("in", value, container)
        return key in container
    if kind is not Kind.LIST:
        raise no_overload("in", value, container)
    budget.spend(len(container))
    for item in container:  # noqa: SIM110
        if equal(value, item, budget):
            return True
    return False


def member_scalar(value: Value, items: list[Value], budget: Budget) -> bool:
    """``value in items``, all of one scalar kind."""
    budget.spend(len(items))
    return value in items


# Arithmetic


def add(left: Value, right: Value, budget: Budget) -> Value:
    """``left + right``: numbers, strings, lists, times."""
    kinds = KINDS[type(left)], KINDS[type(right)]
    operation = _SUMS.get(kinds)
    if operation is None:
        raise no_overload("+", left, right)
    if kinds[0] in (Kind.STRING, Kind.LIST):
        return operation(left, right, budget)
    return operation(left, right)


def subtract(left: Value, right: Value) -> Value:
    """``left - right``: numbers, times."""
    operation = _DIFFERENCES.get((KINDS[type(left)], KINDS[type(right)]))
    if operation is None:
        raise no_overload("-", left, right)
    return operation(left, right)


def multiply(left: Value, right: Value) -> Number:
    """``left * right``."""
    _numbers("*", left, right)
    return multiply_numbers(left, right)


def divide(left: Value, right: Value) -> Number:
    """``left / right``."""
    _numbers("/", left, right)
    return divide_numbers(left, right)


def remainder(left: Value, right: Value) -> Number:
    """``left % right``."""
    _numbers("%", left, right)
    return remainder_numbers(left, right)


def negate(operand: Value) -> Value:
    """``-operand``."""
    if KINDS[type(operand)] is Kind.NUMBER:
        return negate_number(operand)
    raise no_overload("-", operand)


def _numbers(operator: str, left: Value, right: Value) -> None:
    if KINDS[type(left)] is not Kind.NUMBER or KINDS[type(right)] is not Kind.NUMBER:
        raise no_overload(operator, left, right)


_SUMS: dict[tuple[Kind, Kind], Callable[..., Value]] = {
    (Kind.NUMBER, Kind.NUMBER): add_numbers,
    (Kind.STRING, Kind.STRING): add_strings,
    (Kind.LIST, Kind.LIST): add_lists,
    (Kind.TIMESTAMP, Kind.DURATION): add_to_instant,
    (Kind.DURATION, Kind.TIMESTAMP): add_to_instant,
    (Kind.DURATION, Kind.DURATION): add_durations,
}
_DIFFERENCES: dict[tuple[Kind, Kind], Callable[..., Value]] = {
    (Kind.NUMBER, Kind.NUMBER): subtract_numbers,
    (Kind.TIMESTAMP, Kind.DURATION): subtract_from_instant,
    (Kind.TIMESTAMP, Kind.TIMESTAMP): subtract_times,
    (Kind.DURATION, Kind.DURATION): subtract_times,
}


def fail(code: str, message: str, *_: Value) -> Value:
    """Raise what the checker has seen coming, but was asked to leave until the code runs.

    The operands have been evaluated by then: an error in one of them comes first.
    """
    raise EvaluationError(code, message)
