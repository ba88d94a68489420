"""Constraints: what a test asks of one field, as data: so that an index can know it without asking.

A field's value is None where it, or an object above it, is missing or null. No constraint can fail.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

from rulesflow.conditions.types import Value

Path: TypeAlias = tuple[str, ...]
Params: TypeAlias = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Param:
    """Stands for a param's value, which depends on the stack. ``listed``: for each of its items."""

    name: str
    listed: bool = False


@dataclass(frozen=True, slots=True)
class Present:
    """There is a value."""

    path: Path

    def holds(self, value: Value) -> bool:
        """Whether the value is such."""
        return value is not None


@dataclass(frozen=True, slots=True)
class Absent:
    """There is none."""

    path: Path

    def holds(self, value: Value) -> bool:
        """Whether the value is such."""
        return value is None


@dataclass(frozen=True, slots=True)
class Among:
    """The value is one of these. No Python value of another kind may be equal to one of them."""

    path: Path
    values: frozenset[Value]

    def holds(self, value: Value) -> bool:
        """Whether the value is such."""
        return value in self.values


@dataclass(frozen=True, slots=True)
class Outside:
    """There is a value, which is none of these."""

    path: Path
    values: frozenset[Value]

    def holds(self, value: Value) -> bool:
        """Whether the value is such."""
        return value is not None and value not in self.values


@dataclass(frozen=True, slots=True)
class Range:
    """The value lies between two ends, either of which may be open, or None for no end."""

    path: Path
    low: Value = None
    high: Value = None
    open_low: bool = False
    open_high: bool = False

    def holds(self, value: Value) -> bool:
        """Whether the value is such."""
        if value is None:
            return False
        low, high = self.low, self.high
        if low is not None and (value <= low if self.open_low else value < low):
            return False
        return high is None or bool(value < high if self.open_high else value <= high)


Constraint: TypeAlias = Present | Absent | Among | Outside | Range


def named_in(constraints: Iterable[Constraint]) -> frozenset[str]:
    """The params that they name."""
    operands = (each for constraint in constraints for each in _operands(constraint))
    return frozenset(each.name for each in operands if isinstance(each, Param))


def bound(constraint: Constraint, params: Params) -> Constraint:
    """The constraint with the values of the params in their places."""
    match constraint:
        case Among(values=values) | Outside(values=values):
            return replace(constraint, values=frozenset(_bound(values, params)))
        case Range(low=low, high=high):
            return replace(constraint, low=_end(low, params), high=_end(high, params))
    return constraint


def together(constraints: Iterable[Constraint]) -> tuple[Constraint, ...]:
    """The same constraints, the ranges of one field as one where their ends are known."""
    kept: list[Constraint] = []
    for each in constraints:
        last = kept[-1] if kept else None
        if isinstance(each, Range) and isinstance(last, Range) and last.path == each.path:
            joined = _both(last, each)
            if joined is not None:
                kept[-1] = joined
                continue
        kept.append(each)
    return tuple(kept)


def _both(one: Range, other: Range) -> Range | None:
    """One range for two, if one gives the low end and the other one the high end."""
    if one.low is None and other.high is None:
        one, other = other, one
    if one.high is not None or other.low is not None:
        return None
    return Range(one.path, one.low, other.high, one.open_low, other.open_high)


def _operands(constraint: Constraint) -> Iterable[Value]:
    match constraint:
        case Among(values=values) | Outside(values=values):
            return values
        case Range(low=low, high=high):
            return (low, high)
    return ()


def _bound(values: Iterable[Value], params: Params) -> Iterable[Value]:
    for value in values:
        if not isinstance(value, Param):
            yield value
        elif value.listed:
            yield from params[value.name]
        else:
            yield params[value.name]


def _end(end: Value, params: Params) -> Value:
    return params[end.name] if isinstance(end, Param) else end
