"""The values of the naive evaluator: fractions for numbers, pairs for maps."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from rulesflow.conditions.types import TypeValue
from rulesflow.model.times import (
    FIRST,
    LAST,
    Duration,
    Timestamp,
)

DIGITS = 34
LARGEST = 10 ** (6144 + 1)
SMALLEST_EXPONENT = -6143 - (DIGITS - 1)


class Fail(Exception):
    """The expression fails; ``code`` is that of the error."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Map:
    """A map, in the order it was written."""

    entries: tuple[tuple[object, object], ...]

    def get(self, wanted: object) -> list[object]:
        """The value under a key, in a list; an empty list if there is none."""
        return [value for key, value in self.entries if equal(key, wanted)]


def lifted(value: object) -> object:
    """A Python value in the form used here: numbers as fractions, dicts as `Map`."""
    match kind(value):
        case "number":
            return Fraction(value)
        case "list":
            return [lifted(item) for item in value]
        case "map" if isinstance(value, dict):
            return Map(tuple((lifted(key), lifted(item)) for key, item in value.items()))
    return value


def normal(value: object) -> object:
    """A value, of any of the evaluators, in a form that ``==`` compares as it should."""
    value = lifted(value)
    match kind(value):
        case "list":
            return "list", tuple(normal(item) for item in value)
        case "map":
            pairs = [(normal(key), normal(item)) for key, item in value.entries]
            assert len({key for key, _ in pairs}) == len(pairs), "a map holds a key twice"
            return "map", frozenset(pairs)
    return kind(value), value


def confusable(value: object) -> bool:
    """Does it hold a map with keys that a Python dict takes for one, such as true and 1?"""
    match kind(value):
        case "list":
            return any(map(confusable, value))
        case "map":
            keys = [key for key, _ in value.entries]
            return len(set(keys)) < len(keys) or any(confusable(item) for _, item in value.entries)
    return False


def kind(value: object) -> str:
    for types, name in (
        (bool, "bool"),
        (Timestamp, "timestamp"),
        (Duration, "duration"),
        ((int, Decimal, Fraction), "number"),
        (str, "string"),
        (list, "list"),
        ((dict, Map), "map"),
        (TypeValue, "type"),
        (type(None), "null"),
    ):
        if isinstance(value, types):
            return name
    raise AssertionError(f"no value of conditions: {value!r}")


def equal(left: object, right: object) -> bool:
    if kind(left) != kind(right):
        return False
    if kind(left) == "list":
        return len(left) == len(right) and all(equal(*pair) for pair in zip(left, right, strict=True))
    if kind(left) == "map":
        return len(left.entries) == len(right.entries) and all(
            any(equal(key, other) and equal(value, another) for other, another in right.entries)
            for key, value in left.entries
        )
    return left == right


def rounded(exact: Fraction) -> Fraction:
    """The nearest number of 34 digits; of two equally near ones, that whose last digit is even."""
    if exact == 0:
        return exact
    exponent = Decimal(exact.numerator).adjusted() - Decimal(exact.denominator).adjusted() - DIGITS
    while abs(exact) / Fraction(10) ** exponent >= 10**DIGITS:
        exponent += 1
    unit = Fraction(10) ** max(exponent, SMALLEST_EXPONENT)
    result = round(exact / unit) * unit
    if abs(result) >= LARGEST:
        raise Fail("out-of-range")
    return result


def plain(number: Fraction) -> str:
    """A number without an exponent. Its denominator has no factors but 2 and 5."""
    places = max(times_divisible(number.denominator, 2), times_divisible(number.denominator, 5))
    digits = format(Decimal(int(abs(number) * 10**places)), "f").rjust(places + 1, "0")
    sign = "-" if number < 0 else ""
    return sign + digits[: len(digits) - places] + ("." + digits[len(digits) - places :] if places else "")


def times_divisible(whole: int, by: int) -> int:
    count = 0
    while whole % by == 0:
        whole, count = whole // by, count + 1
    return count


def instant(nanoseconds: int) -> Timestamp:
    if not FIRST <= nanoseconds <= LAST:
        raise Fail("out-of-range")
    return Timestamp(nanoseconds)


def length(nanoseconds: int) -> Duration:
    """A computed duration, which CEL keeps in 64 bits; one that is written out may be longer."""
    if not -(2**63) <= nanoseconds < 2**63:
        raise Fail("out-of-range")
    return Duration(nanoseconds)


def whole(number: Fraction) -> int:
    if number.denominator != 1:
        raise Fail("bad-argument")
    return int(number)
