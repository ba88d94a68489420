"""The code that checks single values: strings, times, numbers and booleans."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import lru_cache
from math import ceil, floor
from typing import Any

from rulesflow.model.numbers import INT_LIMIT
from rulesflow.schemas.checks import Booleans, Moments, Numbers, Texts
from rulesflow.schemas.lines import Lines, Store
from rulesflow.schemas.wording import Rule

#: Code of a rule -> how a value that breaks it compares with the limit.
_BREAKS = {
    "minimum": "<", "exclusive-minimum": "<=", "maximum": ">", "exclusive-maximum": ">=",
    "enum": "not in", "const": "not in",
}  # fmt: skip
_SIZE_BREAKS = {"min-length": "<", "min-items": "<", "max-length": ">", "max-items": ">"}

_SHORT = 32  # characters of a text that is remembered
_REMEMBERED = 256  # texts at most, for each pattern


class Singles(Lines):
    """Writes the code for the value named ``v``. A number that changes is in ``c`` before it is stored.

    Patterns are mostly of short codes, of which few are in use: what was said of them is remembered.
    """

    def __init__(self, constants: Mapping[str, Any]) -> None:
        super().__init__(constants)
        self._patterns: dict[Callable[[Any], bool], Callable[[Any], bool]] = {}

    def plain(self, kind: str, check: Texts | Booleans, v: str) -> None:
        """A string or a bool."""
        tests = [f"type({v}) is not {kind}", *self.broken(check.rules, v)]
        self.give_up_if(
            f"{v} is not None and ({' or '.join(tests)})" if check.nullable else " or ".join(tests)
        )

    def moment(self, check: Moments, v: str, store: Store) -> None:
        """A time."""
        with self.under(f"if type({v}) is str:"):
            self.give_up_if(*self.broken(check.rules, v))
            self.line(f"{v} = {self.constant(check.read)}({v}, None)")
            self.store(store, v)
        null = f" and {v} is not None" if check.nullable else ""
        self.line(f"elif type({v}) is not Timestamp{null}: raise Unsure")

    def number(self, check: Numbers, v: str, c: str, store: Store) -> None:
        """A number."""
        with self.under(f"if type({v}) is int:"):
            low, high = _whole_range(check.rules)
            listed = [rule for rule in check.rules if rule.code in ("enum", "const")]
            within = f"{self.constant(low)} <= {v} <= {self.constant(high)}"
            self.give_up_if(f"not {within}", *self.broken(listed, v))
        with self.under(f"elif type({v}) is Decimal:"):
            if check.whole:
                self._whole(check.rules, v, c, store)
            else:
                self._decimal(check.rules, v, store)
        self.line(f"elif {v} is not None: raise Unsure" if check.nullable else "else: raise Unsure")

    def _whole(self, rules: tuple[Rule, ...], v: str, c: str, store: Store) -> None:
        self.line(f"{c} = whole({v})")
        self.give_up_if(*self.broken(rules, c))
        with self.under(f"if {c} is not {v}:"):
            self.store(store, c)

    def _decimal(self, rules: tuple[Rule, ...], v: str, store: Store) -> None:
        """A decimal. Zero becomes the int, as it does in `exact`."""
        with self.under(f"if normal({v}):"):
            self.give_up_if(*self.broken([_in_decimals(rule) for rule in rules], v))
            self.line(f"plus({v})")
        if not all(rule.holds(0) for rule in rules):
            self.line("else: raise Unsure")
            return
        self.line(f"elif {v}: raise Unsure")
        with self.under("else:"):
            self.store(store, "0")

    def broken(self, rules: tuple[Rule, ...] | list[Rule], v: str) -> list[str]:
        """A test for each rule, true where the value breaks it."""
        return [self._broken(rule, v) for rule in rules]

    def _broken(self, rule: Rule, v: str) -> str:
        if rule.code in _BREAKS:
            return f"{v} {_BREAKS[rule.code]} {self.constant(rule.limit)}"
        if rule.code in _SIZE_BREAKS:
            return f"len({v}) {_SIZE_BREAKS[rule.code]} {self.constant(rule.limit)}"
        holds = self.constant(rule.holds)
        short = self.constant(self._patterns.setdefault(rule.holds, lru_cache(_REMEMBERED)(rule.holds)))
        return f"not ({short} if len({v}) <= {_SHORT} else {holds})({v})"


def _in_decimals(rule: Rule) -> Rule:
    """The same rule for decimals, which compare faster with their like."""
    return rule._replace(limit=Decimal(rule.limit)) if type(rule.limit) is int else rule


def _whole_range(rules: tuple[Rule, ...]) -> tuple[int, int]:
    """The lowest and the highest int that the bounds allow."""
    low, high = 1 - INT_LIMIT, INT_LIMIT - 1
    for rule in rules:
        match rule.code:
            case "minimum":
                low = max(low, ceil(rule.limit))
            case "exclusive-minimum":
                low = max(low, floor(rule.limit) + 1)
            case "maximum":
                high = min(high, floor(rule.limit))
            case "exclusive-maximum":
                high = min(high, ceil(rule.limit) - 1)
    return low, high
