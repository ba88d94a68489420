"""Arithmetic on operands whose kinds are known: numbers, times, strings and lists."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation, Overflow
from typing import Final

from rulesflow.conditions.budget import CHARACTERS_PER_STEP, Budget
from rulesflow.conditions.problems import EvaluationError
from rulesflow.conditions.types import Value
from rulesflow.model.numbers import CONTEXT, EXPONENT, INT_LIMIT, Number
from rulesflow.model.times import Duration, TimeRefused, Timestamp, timestamp

#: CEL computes with durations in 64 bits of nanoseconds; only those that are written out may be longer.
_LONGEST: Final = 2**63


def _too_large() -> EvaluationError:
    return EvaluationError("out-of-range", f"the result lies beyond 10 to the power of {EXPONENT}")


def add_numbers(left: Number, right: Number) -> Number:
    """The sum, exact or rounded to 34 digits."""
    if type(left) is int and type(right) is int:
        total = left + right
        if -INT_LIMIT < total < INT_LIMIT:
            return total
    try:
        return CONTEXT.add(left, right)
    except Overflow:
        raise _too_large() from None


def subtract_numbers(left: Number, right: Number) -> Number:
    """The difference, exact or rounded to 34 digits."""
    if type(left) is int and type(right) is int:
        total = left - right
        if -INT_LIMIT < total < INT_LIMIT:
            return total
    try:
        return CONTEXT.subtract(left, right)
    except Overflow:
        raise _too_large() from None


def multiply_numbers(left: Number, right: Number) -> Number:
    """The product, exact or rounded to 34 digits."""
    if type(left) is int and type(right) is int:
        product = left * right
        if -INT_LIMIT < product < INT_LIMIT:
            return product
    try:
        return CONTEXT.multiply(left, right)
    except Overflow:
        raise _too_large() from None


def divide_numbers(left: Number, right: Number) -> Number:
    """The quotient, exact or rounded to 34 digits: ``7 / 2 == 3.5``."""
    if not right:
        raise EvaluationError("division-by-zero", "division by zero")
    if type(left) is int and type(right) is int:
        whole, rest = divmod(left, right)
        if not rest:
            return whole
    try:
        return CONTEXT.divide(left, right)
    except Overflow:
        raise _too_large() from None


def remainder_numbers(left: Number, right: Number) -> Number:
    """What is left of a division without fraction; it has the dividend's sign."""
    if not right:
        raise EvaluationError("division-by-zero", "remainder of a division by zero")
    if type(left) is int and type(right) is int:
        rest = abs(left) % abs(right)
        return -rest if left < 0 else rest
    try:
        return CONTEXT.remainder(left, right)
    except InvalidOperation:  # the quotient has more than 34 digits
        return _remainder_of_huge(Decimal(left), Decimal(right))


def _remainder_of_huge(left: Decimal, right: Decimal) -> Decimal:
    """The remainder where the quotient has more digits than a number: by modular powers of ten."""
    sign, digits, exponent = left.as_tuple()
    other = right.as_tuple()
    assert isinstance(exponent, int)
    assert isinstance(other.exponent, int)
    modulus = _whole(other.digits)
    rest = _whole(digits) * pow(10, exponent - other.exponent, modulus) % modulus
    return Decimal((sign, tuple(map(int, str(rest))), other.exponent))


def _whole(digits: tuple[int, ...]) -> int:
    return int("".join(map(str, digits)))


def negate_number(operand: Number) -> Number:
    """The number with the other sign. ``-Decimal`` would round to the thread's own precision."""
    return -operand if type(operand) is int else Decimal(operand).copy_negate()


def add_strings(left: str, right: str, budget: Budget) -> str:
    """The two strings in one."""
    budget.spend(1 + (len(left) + len(right)) // CHARACTERS_PER_STEP)
    return left + right


def add_lists(left: list[Value], right: list[Value], budget: Budget) -> list[Value]:
    """The items of both."""
    budget.spend(1 + len(left) + len(right))
    return left + right


def _instant(nanoseconds: int) -> Timestamp:
    try:
        return timestamp(nanoseconds)
    except TimeRefused as error:
        raise EvaluationError("out-of-range", str(error)) from None


def _length(nanoseconds: int) -> Duration:
    if not -_LONGEST <= nanoseconds < _LONGEST:
        raise EvaluationError("out-of-range", "a computed duration must lie within ±292 years")
    return Duration(nanoseconds)


def add_to_instant(left: int, right: int) -> Timestamp:
    """A timestamp and a duration."""
    return _instant(int(left) + int(right))


def add_durations(left: Duration, right: Duration) -> Duration:
    """Both durations together."""
    return _length(int(left) + int(right))


def subtract_from_instant(left: Timestamp, right: Duration) -> Timestamp:
    """The instant that lies ``right`` before ``left``."""
    return _instant(int(left) - int(right))


def subtract_times(left: int, right: int) -> Duration:
    """The time from one timestamp to another, or the difference of two durations."""
    return _length(int(left) - int(right))
