"""Checks: one for each node of a schema, which validates a value and converts its times.

A check gets parsed JSON (``dict``, ``list``, ``str``, ``int``, ``Decimal``, ``bool``, ``None``), notes every
fault in the report and returns the value: itself, or a copy where something within was converted. The
caller's value is never changed. What comes back after a fault is of no use. A check shows what it was made
of, for `rulesflow.schemas.generator`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import tzinfo
from decimal import Decimal
from typing import Any, TypeAlias

from rulesflow.model.numbers import INT_LIMIT, Number, NumberRefused, canonical, exact
from rulesflow.model.times import TimeRefused, Timestamp
from rulesflow.schemas.mismatch import Place, Report, cut, seen
from rulesflow.schemas.wording import (
    MAX_DEPTH,
    Rule,
    inexact,
    judge,
    mistyped,
    too_deep,
    unknown_field,
)

Check: TypeAlias = Callable[[Any, Place, "str | int", Report], Any]
#: Reads a text as a time; the zone is that of files, None for requests.
ReadTime: TypeAlias = Callable[[str, "tzinfo | None"], Timestamp]


@dataclass(frozen=True, slots=True, eq=False)
class Texts:
    """A string."""

    rules: tuple[Rule, ...]
    nullable: bool

    def __call__(self, value: Any, place: Place, key: str | int, report: Report) -> Any:
        """See the module."""
        if type(value) is str:
            if self.rules:
                judge(self.rules, value, place, key, report)
        elif value is not None or not self.nullable:
            mistyped("a string", self.nullable, value, place, key, report)
        return value


@dataclass(frozen=True, slots=True, eq=False)
class Booleans:
    """``true`` or ``false``."""

    rules: tuple[Rule, ...]
    nullable: bool

    def __call__(self, value: Any, place: Place, key: str | int, report: Report) -> Any:
        """See the module."""
        if type(value) is bool:
            if self.rules:
                judge(self.rules, value, place, key, report)
        elif value is not None or not self.nullable:
            mistyped("true or false", self.nullable, value, place, key, report)
        return value


@dataclass(frozen=True, slots=True, eq=False)
class Moments:
    """A string that is a date or a date-time, which becomes a `Timestamp` (and may be one already)."""

    read: ReadTime
    rules: tuple[Rule, ...]
    nullable: bool

    def __call__(self, value: Any, place: Place, key: str | int, report: Report) -> Any:
        """See the module."""
        if type(value) is not str:
            if type(value) is not Timestamp and (value is not None or not self.nullable):
                mistyped("a string", self.nullable, value, place, key, report)
            return value
        judge(self.rules, value, place, key, report)
        try:
            return self.read(value, report.zone)
        except TimeRefused as refused:
            report.add(place, key, "format", str(refused))
            return value


@dataclass(frozen=True, slots=True, eq=False)
class Numbers:
    """An exact decimal; if ``whole``, one without a fraction, given back as ``int`` where it fits."""

    rules: tuple[Rule, ...]
    nullable: bool
    whole: bool

    def __call__(self, value: Any, place: Place, key: str | int, report: Report) -> Any:
        """See the module."""
        if type(value) is int and -INT_LIMIT < value < INT_LIMIT:
            number: Number = value
        elif type(value) is int or type(value) is Decimal:
            try:
                number = exact(value)
            except NumberRefused as refused:
                report.add(place, key, "number", f"{refused}; it is {seen(value)}")
                return value
            if self.whole:
                number = canonical(number)
                if isinstance(number, Decimal) and number != number.to_integral_value():
                    return self._mistyped(value, place, key, report)
        elif value is None and self.nullable:
            return value
        else:
            return self._mistyped(value, place, key, report)
        if self.rules:
            judge(self.rules, number, place, key, report)
        return number

    def _mistyped(self, value: Any, place: Place, key: str | int, report: Report) -> None:
        wanted = "a whole number" if self.whole else "a number"
        mistyped(wanted, self.nullable, value, place, key, report)


@dataclass(frozen=True, slots=True, eq=False)
class Arrays:
    """A list, each item of which passes ``item``."""

    item: Check
    rules: tuple[Rule, ...]
    nullable: bool

    def __call__(self, value: Any, place: Place, key: str | int, report: Report) -> Any:
        """See the module."""
        if type(value) is not list:
            if value is not None or not self.nullable:
                mistyped("an array", self.nullable, value, place, key, report)
            return value
        judge(self.rules, value, place, key, report)
        here = (place, key, place[2] + 1)
        if here[2] > MAX_DEPTH:
            return too_deep(place, key, report)
        item, copy = self.item, None
        for index, old in enumerate(value):
            new = item(old, here, index, report)
            if new is not old:
                copy = list(value) if copy is None else copy
                copy[index] = new
        return value if copy is None else copy


@dataclass(frozen=True, slots=True, eq=False)
class Objects:
    """A dict: each declared field passes its check, every other one passes ``other``."""

    fields: Mapping[str, Check]
    required: tuple[str, ...]
    other: Check
    nullable: bool

    def __call__(self, value: Any, place: Place, key: str | int, report: Report) -> Any:
        """See the module."""
        if type(value) is not dict:
            if value is not None or not self.nullable:
                mistyped("an object", self.nullable, value, place, key, report)
            return value
        here = (place, key, place[2] + 1)
        if here[2] > MAX_DEPTH:
            return too_deep(place, key, report)
        for name in self.required:
            if name not in value:
                report.add(here, name, "required", f"{cut(name)} is required")
        find, other, copy = self.fields.get, self.other, None
        for name, old in value.items():
            new = find(name, other)(old, here, name, report)
            if new is not old:
                copy = dict(value) if copy is None else copy
                copy[name] = new
        return value if copy is None else copy


@dataclass(frozen=True, slots=True, eq=False)
class Unknown:
    """The ``other`` of a closed object: refuses the field."""

    known: tuple[str, ...]

    def __call__(self, value: Any, place: Place, key: str | int, report: Report) -> Any:
        """See the module."""
        unknown_field(self.known, place, key, report)
        return value


@dataclass(frozen=True, slots=True, eq=False)
class Later:
    """The check of a definition that was still being decoded when a reference to it was met."""

    find: Callable[[], Check]

    def __call__(self, value: Any, place: Place, key: str | int, report: Report) -> Any:
        """See the module."""
        return self.find()(value, place, key, report)


def anything(value: Any, place: Place, key: str | int, report: Report) -> Any:
    """What no schema declares: only the exactness of its numbers is checked, at any depth."""
    waiting = [] if _is_scalar(value, place, key, report) else [(value, place, key)]
    while waiting:
        outer, place, key = waiting.pop()
        here = (place, key, place[2] + 1)
        if here[2] > MAX_DEPTH:
            too_deep(place, key, report)
            continue
        for name, member in outer.items() if isinstance(outer, dict) else enumerate(outer):
            if not _is_scalar(member, here, name, report):
                waiting.append((member, here, name))
    return value


def _is_scalar(value: Any, place: Place, key: str | int, report: Report) -> bool:
    kind = type(value)
    if kind is int or kind is Decimal:
        inexact(value, place, key, report)
    elif kind is dict or kind is list:
        return False
    elif kind is not str and kind is not bool and value is not None and kind is not Timestamp:
        raise TypeError(f"a value of type {kind.__name__} is not parsed JSON")
    return True
