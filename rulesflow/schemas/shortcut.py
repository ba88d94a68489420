"""The shortcut: what generated code asks of a value at run time, and how it gives up.

Generated code accepts what is surely right. Whatever is not, it leaves to the checks, which know how to say
what is wrong: it gives up by raising one of `GIVEN_UP`.
"""

from __future__ import annotations

from decimal import Context, Decimal, Inexact, InvalidOperation, Overflow, Subnormal
from typing import Any, Final

from rulesflow.model.numbers import DIGITS, EXPONENT, INT_LIMIT, Number, NumberRefused, canonical, exact
from rulesflow.model.times import TimeRefused, Timestamp
from rulesflow.schemas.wording import MAX_DEPTH

_EXACT = Context(
    prec=DIGITS, Emin=-EXPONENT, Emax=EXPONENT, traps=[Inexact, InvalidOperation, Overflow, Subnormal]
)
#: Is the decimal finite, not zero and not below the smallest exponent?
normal = _EXACT.is_normal
#: Raises an `ArithmeticError` for a normal decimal that would have to be rounded.
plus = _EXACT.plus


class Unsure(Exception):  # no error: the checks decide
    """The shortcut does not know whether the value is right."""


GIVEN_UP: Final = (Unsure, KeyError, ArithmeticError, NumberRefused, TimeRefused)


def whole(value: Decimal) -> Number:
    """A decimal without a fraction, as ``int`` where it fits."""
    number = canonical(exact(value))
    if type(number) is Decimal and number != number.to_integral_value():
        raise Unsure
    return number


def undeclared(value: Any, depth: int) -> None:
    """Whether a value of which nothing is declared is parsed JSON, its numbers exact, at any depth."""
    level = [value]
    while level:
        depth += 1
        deeper: list[Any] = []
        for item in level:
            kind = type(item)
            if kind is dict or kind is list:
                if depth > MAX_DEPTH:
                    raise Unsure
                deeper.extend(item.values() if kind is dict else item)
            elif kind is int:
                if not -INT_LIMIT < item < INT_LIMIT:
                    raise Unsure
            elif kind is Decimal:
                if normal(item):
                    plus(item)
                elif item:
                    raise Unsure
            elif kind is not str and kind is not bool and item is not None and kind is not Timestamp:
                raise Unsure
        level = deeper
