"""What is wrong with a value: faults are collected while it is checked, each with its JSON pointer.

The good path must do little, so a check is told where it stands by a *place*: the enclosing place, the key
of the enclosing value in it, and the depth. A pointer is spelled out only when there is a fault.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import tzinfo
from decimal import Decimal
from typing import Any, TypeAlias

from rulesflow.model.diagnostics import did_you_mean
from rulesflow.model.errors import Fault, RulesflowError, pointer
from rulesflow.model.numbers import INT_LIMIT
from rulesflow.model.times import Duration, Timestamp

Place: TypeAlias = tuple[Any, "str | int", int]
ROOT: Place = (None, "", 0)

MAX_FAULTS = 100
SHOWN = 80  # characters of a caller's text that a message repeats
_HINTS = 10  # spelling hints of one report: looking for a close word is slow
_KNOWN = 500  # words at most among which a close one is looked for


class SchemaMismatch(RulesflowError):  # it names what is wrong, as its siblings do
    """A value does not fit its schema. ``faults`` holds all that is wrong, or the first 100 of it."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        first = faults[0]
        more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        super().__init__(f"{first.pointer or 'the value'}: {first.message}{more}")
        self.faults = faults


class Report:
    """The faults of one value. ``zone``: where times without offset are local; None refuses them."""

    __slots__ = ("base", "faults", "hints", "zone")

    def __init__(self, base: str, zone: tzinfo | None) -> None:
        self.base = base
        self.zone = zone
        self.faults: list[Fault] = []
        self.hints = 0

    def add(self, place: Place, key: str | int, code: str, message: str, hint: str | None = None) -> None:
        """Note a fault of the value under ``key``. Raises `SchemaMismatch` once there are 100."""
        self.faults.append(Fault(self.base + _spell(place, key), code, message, hint))
        if len(self.faults) >= MAX_FAULTS:
            raise SchemaMismatch(tuple(self.faults))

    def suggest(self, word: object, known: Collection[str]) -> str | None:
        """A spelling hint, as long as it is cheap."""
        if not isinstance(word, str) or self.hints >= _HINTS or len(known) > _KNOWN:
            return None
        self.hints += 1
        return did_you_mean(word[:SHOWN], known)


def seen(value: object) -> str:
    """How a message shows a value: JSON cut to 80 characters, or what it is.

    Raises `TypeError` for what parsed JSON cannot hold, a ``float`` above all: that is a mistake of the
    program, not of its caller.
    """
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, str):
        return json.dumps(value[:SHOWN], ensure_ascii=False) + ("…" if len(value) > SHOWN else "")
    if isinstance(value, Timestamp | Duration):
        return f"the {type(value).__name__.lower()} {value}"
    if isinstance(value, int | Decimal):
        return _seen_number(value)
    if isinstance(value, list):
        return f"an array of {len(value)} item{'' if len(value) == 1 else 's'}"
    if isinstance(value, dict):
        return "an object"
    raise TypeError(f"a value of type {type(value).__name__} is not parsed JSON")


def _seen_number(value: int | Decimal) -> str:
    if isinstance(value, int) and not -(INT_LIMIT**2) < value < INT_LIMIT**2:
        # Writing out a long integer costs the square of its length.
        return f"a number of about {value.bit_length() * 3 // 10} digits"
    return cut(str(value))


def cut(text: str) -> str:
    """The text, or its first 80 characters and an ellipsis."""
    return text if len(text) <= SHOWN else text[:SHOWN] + "…"


def _spell(place: Place, key: str | int) -> str:
    parts: list[str | int] = []
    while place is not ROOT:
        parts.append(cut(key) if isinstance(key, str) else key)
        place, key, _ = place
    return pointer(*reversed(parts))
