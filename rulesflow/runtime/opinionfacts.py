"""Typed facts for durable-rules, in texts of our own making: one field of one type for each fact.

======  =====================================================================================
field   holds
======  =====================================================================================
``p3``  1 if fact 3 is there and not null, 0 if not
``n3``  a number, a time or a length of time (in nanoseconds); 0 where there is none
``s3``  a string; empty where there is none
``b3``  true or false; false where there is none
``t3``  1 or 0: a truth that was worked out here (`Derived`)
======  =====================================================================================

The engine has 64-bit integers and doubles: numbers that these do not tell apart are outside the fence. It
compares strings as they stand in JSON, so those with an order go as their characters' numbers; and it does so
modulo 65,536 characters, so long ones go as a digest, which is longer than any that goes as it is.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from hashlib import sha256
from typing import Final

from rulesflow.conditions.types import Kind, Value
from rulesflow.rules.compiled import lookup
from rulesflow.rules.constraints import Path
from rulesflow.rules.outcomes import Names
from rulesflow.runtime.opinionways import Derived, OutsideFence

_LETTERS: Final = {
    Kind.NUMBER: "n",
    Kind.TIMESTAMP: "n",
    Kind.DURATION: "n",
    Kind.STRING: "s",
    Kind.BOOL: "b",
}
_NOTHING: Final = {"n": "0", "s": '""', "b": "false"}
_INTEGERS: Final = 1 << 63
#: Of so many digits each decimal has a double of its own, in the same order.
_DIGITS: Final = 15
_EXPONENT: Final = 300
_LONGEST: Final = 256


@dataclass(frozen=True, slots=True)
class Seen:
    """A fact as the engine sees it. ``ordered``: some rule asks whether it is less or more than something.

    ``kind`` is None where only its presence is asked. ``derived``: what it is worked out by, if it is.
    """

    number: int
    path: Path
    kind: Kind | None
    ordered: bool
    derived: Derived | None = None

    @property
    def field(self) -> str:
        """The field of its value. Raises `OutsideFence`."""
        if self.kind not in _LETTERS:
            raise OutsideFence(f"asks of {'.'.join(self.path)}, which is no scalar")
        return f"{_LETTERS[self.kind]}{self.number}"

    def text(self, value: Value) -> str:
        """The value, not null, as JSON. Raises `OutsideFence`."""
        if self.kind is Kind.BOOL:
            return "true" if value else "false"
        if self.kind is Kind.STRING:
            return self._string(value)
        return _number(value, self.path)

    def members(self, names: Names) -> str:
        """What stands of it in the JSON of a fact. Raises `OutsideFence`."""
        if self.derived is not None:
            return f'"t{self.number}": {int(self.derived.holds(names))}'
        value = lookup(names, self.path)
        there = f'"p{self.number}": {int(value is not None)}'
        if self.kind is None:
            return there
        text = _NOTHING[self.field[0]] if value is None else self.text(value)
        return f'{there}, "{self.field}": {text}'

    def _string(self, value: str) -> str:
        if len(value) <= _LONGEST:
            return (
                '"' + "".join(f"{ord(each):06x}" for each in value) + '"' if self.ordered else _quoted(value)
            )
        if self.ordered:
            raise OutsideFence(f"{'.'.join(self.path)} has an order and more than {_LONGEST} characters")
        return _quoted(sha256(value.encode(errors="surrogatepass")).hexdigest() * 5)


def _quoted(text: str) -> str:
    return json.dumps(text)


def _number(value: int | Decimal, path: Path) -> str:
    """A decimal as the engine reads it: ``1.0e16``."""
    if isinstance(value, int) and abs(value) < _INTEGERS:
        return str(int(value))
    sign, digits, exponent = Decimal(int(value) if isinstance(value, int) else value).as_tuple()
    assert isinstance(exponent, int)
    text = "".join(map(str, digits)).rstrip("0") or "0"
    power = exponent + len(digits) - 1
    if len(text) > _DIGITS or abs(power) > _EXPONENT:
        raise OutsideFence(f"{'.'.join(path)} is {str(value)[:60]}, which is no number of its own there")
    return f"{'-' * sign}{text[0]}.{text[1:] or '0'}e{power}"
