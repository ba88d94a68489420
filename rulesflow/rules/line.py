"""The line of numbers: where on it an answer changes, as one fact moves away from what it is."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from heapq import nsmallest
from typing import Final, NamedTuple, TypeAlias

from rulesflow.model.numbers import Number
from rulesflow.rules.edges import Edge, Grid
from rulesflow.rules.trials import Exhausted, Trial

Try: TypeAlias = Callable[[Number], Trial | None]
#: Whether the second answer is another one than the first.
Differs: TypeAlias = Callable[[Trial, Trial], bool]

_NEAREST: Final = 256  # edges on either side that are looked at
_FARTHEST: Final = 1024  # times its size that a fact moves where nobody tells the edges
_CHOICES: Final = 3  # answers that are told of a fact that is not there


class Landing(NamedTuple):
    """A number that changes the answer. ``ends``: what it meets, and all around that answers alike."""

    number: Number
    trial: Trial
    ends: tuple[str, ...] | None  # None where it is not known


class Line:
    """The trials of one fact. ``unclear``: there may be edges that nobody tells."""

    def __init__(
        self,
        base: Trial,
        edges: Iterable[Edge],
        grid: Grid,
        attempt: Try,
        fits: Callable[[Number], bool],
        differs: Differs,
        unclear: bool,
    ) -> None:
        self._base = base
        self._edges: dict[int, Edge] = {}
        for each in edges:
            known = self._edges.setdefault(grid.first_above(each), each)
            if known.after and not each.after:  # of whole numbers `>= 100` rather than `> 99`
                self._edges[grid.first_above(each)] = each
        self._grid = grid
        self._attempt = attempt
        self._fits = fits
        self._differs = differs
        self._unclear = unclear
        self._seen: dict[int, Trial | None] = {}

    def from_number(self, start: Number) -> Iterator[Landing]:
        """The nearest change above the number, and the nearest below it."""
        here = self._grid.count(start)
        for way in (1, -1):
            points = nsmallest(_NEAREST, (far for far in self._distances(here, way) if far > 0))
            landed = self._first(here, way, points)
            if landed is not None:
                yield landed

    def from_nothing(self) -> Iterator[Landing]:
        """Of a fact that is not there: for each answer that a number brings, the one nearest to zero."""
        points = {0, *(above if above > 0 else above - 1 for above in self._edges)}
        told: list[Trial] = []
        for count in nsmallest(_NEAREST, points, key=abs):
            trial = self._trial(count)
            if trial is None or not self._differs(self._base, trial):
                continue
            if all(self._differs(each, trial) for each in told):
                told.append(trial)
                yield self._landing(count, trial)
            if len(told) == _CHOICES:
                return

    def _distances(self, here: int, way: int) -> Iterator[int]:
        """How far it is beyond each edge; and, where there may be other edges, doubling steps."""
        for above in self._edges:
            yield above - here if way > 0 else here - (above - 1)
        if self._unclear:
            size = max(abs(here), self._grid.count(1))
            step = max(1, size // _FARTHEST)
            while step <= size * _FARTHEST:
                yield step
                step *= 2

    def _first(self, here: int, way: int, points: Sequence[int]) -> Landing | None:
        """The first of the points that changes the answer, or the nearest between it and the one before."""
        near = 0
        for far in dict.fromkeys(points):
            trial = self._trial(here + way * far)
            if trial is not None and self._differs(self._base, trial):
                return (
                    self._closest(here, way, near, far)
                    if self._unclear
                    else self._landing(here + way * far, trial)
                )
            near = far
        return None

    def _closest(self, here: int, way: int, near: int, far: int) -> Landing:
        """Halve the way between a point that changes nothing and one that does, until they are neighbours."""
        while far - near > 1:
            middle = (near + far) // 2
            trial = self._trial(here + way * middle)
            changes = trial is not None and self._differs(self._base, trial)
            near, far = (near, middle) if changes else (middle, far)
        count = here + way * far
        trial = self._trial(count)
        assert trial is not None
        return self._landing(count, trial)

    def _landing(self, count: int, trial: Trial) -> Landing:
        number = self._grid.number(count)
        assert number is not None
        try:
            ends = None if self._unclear else tuple(self._ends(count, trial))
        except Exhausted:
            ends = None
        return Landing(number, trial, ends)

    def _ends(self, count: int, trial: Trial) -> Iterator[str]:
        """What bounds the numbers around that answer alike: from below, then from above.

        Where the schema allows no more numbers there is no bound.
        """
        ordered = sorted(self._edges)
        middle = bisect_right(ordered, count)
        for above in reversed(ordered[:middle]):
            if not self._alike(above - 1, trial):
                if self._allowed(above - 1):
                    yield self._edges[above].above
                break
        for above in ordered[middle:]:
            if not self._alike(above, trial):
                if self._allowed(above):
                    yield self._edges[above].below
                break

    def _alike(self, count: int, trial: Trial) -> bool:
        other = self._trial(count)
        return other is not None and not self._differs(trial, other)

    def _allowed(self, count: int) -> bool:
        number = self._grid.number(count)
        return number is not None and self._fits(number)

    def _trial(self, count: int) -> Trial | None:
        if count not in self._seen:
            number = self._grid.number(count)
            self._seen[count] = None if number is None else self._attempt(number)
        return self._seen[count]
