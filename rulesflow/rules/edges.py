"""Edges: where on the line of numbers a test changes its answer, and the grid on which a fact moves there."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Final, NamedTuple, TypeGuard

from rulesflow.conditions.types import Value
from rulesflow.model.numbers import CONTEXT, DIGITS, INT_LIMIT, Number, canonical, plain

_PLACES: Final = 2  # decimals that a fact has at least, unless it is whole: prices are in hundredths


class Edge(NamedTuple):
    """Between the smaller numbers and the cut itself; or ``after``, between it and the larger ones."""

    cut: Number
    after: bool

    @property
    def below(self) -> str:
        """What a number below the edge meets, such as ``<= 100``."""
        return f"{'<=' if self.after else '<'} {plain(self.cut)}"

    @property
    def above(self) -> str:
        """What one above it meets, such as ``> 100``."""
        return f"{'>' if self.after else '>='} {plain(self.cut)}"


def is_number(value: Value) -> TypeGuard[Number]:
    """Whether it is a number: neither a boolean nor a time, which Python takes for one."""
    return type(value) in (int, Decimal)


class Grid:
    """Numbers as whole counts of the smallest step, which is ``10 ** -places``."""

    def __init__(self, places: int) -> None:
        self.places = places
        self._scale = 10**places

    @classmethod
    def of(cls, numbers: Iterable[Number], whole: bool) -> Grid:
        """The grid of a fact on which all of these lie; of a ``whole`` one that of the integers."""
        return cls(0 if whole else min(DIGITS, max((_PLACES, *map(_decimals, numbers)))))

    def count(self, number: Number) -> int:
        """The steps from zero to the number, or to the next that is smaller and on the grid."""
        return self._divided(number)[0]

    def first_above(self, edge: Edge) -> int:
        """The count of the first number above the edge; that of the last below it is smaller by one."""
        count, left = self._divided(edge.cut)
        return count + 1 if left or edge.after else count

    def _divided(self, number: Number) -> tuple[int, int]:
        numerator, denominator = number.as_integer_ratio()
        steps, left = divmod(numerator * self._scale, denominator)
        return int(steps), int(left)

    def number(self, count: int) -> Number | None:
        """The number of a count; None where it has too many digits."""
        if not -INT_LIMIT < count < INT_LIMIT:
            return None
        return canonical(Decimal(count).scaleb(-self.places, CONTEXT).normalize(CONTEXT))


def _decimals(number: Number) -> int:
    if isinstance(number, int):
        return 0
    exponent = number.normalize(CONTEXT).as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0
