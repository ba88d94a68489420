"""Cuts: the values at which the answers of ordered constraints change, and the pieces between them.

With m cuts there are 2m + 1 pieces, in order: what lies below the first cut, the first cut itself, what lies
between the first and the second, … what lies above the last.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from decimal import Decimal
from itertools import pairwise
from math import inf, isfinite, nextafter

from rulesflow.conditions.types import Value
from rulesflow.rules.constraints import Absent, Among, Constraint, Outside, Range


def exact_by_float(values: Iterable[Value]) -> dict[float, Value] | None:
    """Numbers by the float that is nearest to each: so that a float can stand for any number among them.

    None where that cannot be: some are no numbers, or lie too close together, or too far out.
    """
    numbers = set(values)
    if not all(type(value) in (int, Decimal) for value in numbers):
        return None
    exact = {float(value): value for value in numbers}
    ordered = sorted(exact)
    close = any(nextafter(nextafter(low, inf), inf) >= high for low, high in pairwise(ordered))
    return None if close or len(exact) < len(numbers) or not all(map(isfinite, ordered)) else exact


def beside(value: Value, cut: Value, near: float) -> float:
    """The float that stands for a value which is nearest to the same float as a cut, but is not the cut."""
    return nextafter(near, inf if value > cut else -inf)


class Cuts:
    """The cuts of one field, and where a value falls among them.

    ``floats``: the floats nearest to the cuts, and infinity behind them; None where the cuts are no numbers.
    Exact decimals compare slowly, and floats keep their order; only where a value falls together with a cut
    must the exact ones be asked.
    """

    __slots__ = ("_values", "floats", "pieces")

    def __init__(self, constraints: Iterable[Constraint]) -> None:
        self._values = sorted({end for each in constraints for end in ends(each)})
        self.pieces = 2 * len(self._values) + 1
        numbers = all(type(value) in (int, Decimal) for value in self._values)
        self.floats = [*map(float, self._values), inf] if numbers else None

    def piece(self, value: Value) -> int:
        """The number of the piece in which the value lies."""
        floats = self.floats
        if floats is not None:
            near = float(value)
            place = bisect_left(floats, near)
            if floats[place] != near:
                return 2 * place
        values = self._values
        place = bisect_left(values, value)
        return 2 * place + (place < len(values) and values[place] == value)

    def spans(self, constraint: Constraint | None) -> list[tuple[int, int]]:
        """The pieces in which it holds, as ``[first, end)``; None asks nothing."""
        match constraint:
            case Range(low=low, high=high, open_low=open_low, open_high=open_high):
                first = 0 if low is None else 2 * self._place(low) + 1 + open_low
                end = self.pieces if high is None else 2 * self._place(high) + 2 - open_high
                return [(first, end)] if first < end else []
            case Among(values=values):
                return [(2 * place + 1, 2 * place + 2) for place in self._places(values)]
            case Outside(values=values):
                firsts = [0, *(2 * place + 2 for place in self._places(values))]
                ends = [*(2 * place + 1 for place in self._places(values)), self.pieces]
                return [(first, end) for first, end in zip(firsts, ends, strict=True) if first < end]
            case Absent():
                return []
        return [(0, self.pieces)]

    def _places(self, values: Iterable[Value]) -> list[int]:
        return sorted(map(self._place, values))

    def _place(self, value: Value) -> int:
        return bisect_left(self._values, value)


def ends(constraint: Constraint) -> Iterable[Value]:
    """The values at which its answer changes."""
    match constraint:
        case Range(low=low, high=high):
            return (end for end in (low, high) if end is not None)
        case Among(values=values) | Outside(values=values):
            return values
    return ()
