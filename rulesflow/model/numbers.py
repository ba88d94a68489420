"""Exact decimals: the one number type.

A number is a Python ``int`` (below 10**34 in size) or a ``decimal.Decimal`` of at most 34 significant
digits and an exponent within ±6144: the range of IEEE 754 decimal128. The two mix freely, since Python
compares and hashes them exactly. ``bool`` is never a number.
"""

from __future__ import annotations

import re
from decimal import (
    ROUND_HALF_EVEN,
    Context,
    Decimal,
    DivisionByZero,
    InvalidOperation,
    Overflow,
)
from typing import TypeAlias

from rulesflow.model.errors import RulesflowError

Number: TypeAlias = int | Decimal

DIGITS = 34
EXPONENT = 6144
INT_LIMIT = 10**DIGITS
_WRITTEN = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_BITS = (10 ** (EXPONENT + 1)).bit_length()

#: Used by explicit calls (``CONTEXT.add(a, b)``), so that no thread's own context ever matters.
CONTEXT = Context(
    prec=DIGITS,
    rounding=ROUND_HALF_EVEN,
    Emin=-EXPONENT + 1,
    Emax=EXPONENT,
    traps=[InvalidOperation, DivisionByZero, Overflow],
)


class NumberRefused(RulesflowError):
    """The number has no exact decimal of 34 digits and exponent within ±6144, or is no number at all."""


def exact(value: Number) -> Number:
    """Return ``value`` in its canonical type, or raise `NumberRefused` where it would have to be rounded."""
    if isinstance(value, int):
        if -INT_LIMIT < value < INT_LIMIT:
            return value
        # A larger integer fits only if its tail is zeros. Sizes are told from the bits first, since
        # converting an integer to decimal costs the square of its length.
        if value.bit_length() > _BITS:
            raise NumberRefused(f"a number's exponent must lie within ±{EXPONENT}")
        value = Decimal(value)
    if not value.is_finite():
        raise NumberRefused("a number must be finite")
    if not value:
        return 0
    if abs(value.adjusted()) > EXPONENT:
        raise NumberRefused(f"a number's exponent must lie within ±{EXPONENT}")
    digits = value.as_tuple().digits
    if len(digits) > DIGITS and any(digits[DIGITS:]):
        raise NumberRefused(f"a number may have at most {DIGITS} significant digits")
    return value


def parse_number(text: str) -> Number:
    """Read a JSON-style number exactly: ``12``, ``-0.50``, ``1e3``. Raises `NumberRefused`."""
    if not _WRITTEN.fullmatch(text):  # Decimal itself takes blanks, underlines and any script's digits too
        raise NumberRefused(f"{text[:40]!r} is not a number")
    try:
        value = Decimal(text)
    except InvalidOperation:  # an exponent beyond what Decimal can hold
        raise NumberRefused(f"a number's exponent must lie within ±{EXPONENT}") from None
    return canonical(exact(value))


def canonical(value: Number) -> Number:
    """Give a whole number below 10**34 as ``int``, any other as ``Decimal``."""
    if isinstance(value, Decimal) and value == value.to_integral_value() and -INT_LIMIT < value < INT_LIMIT:
        return int(value)
    return value


def plain(value: Number) -> str:
    """Write a number in plain notation, without exponent and trailing zeros: ``1.50`` gives ``1.5``."""
    if isinstance(value, int):
        return str(value)
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text
