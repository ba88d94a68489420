"""Order: which of the things that stand in two lists changed their place among the others."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import TypeVar

_Name = TypeVar("_Name", bound=Hashable)


def moved(
    before: Sequence[_Name], after: Sequence[_Name], tie: Callable[[_Name], str] = repr
) -> frozenset[_Name]:
    """The fewest names whose moves make one order the other, of those that stand in both.

    Names are unique in each list. The other way round it is the same names, if each has a ``tie`` of its own,
    by which one of two is chosen of which either may be said to have moved.
    """
    places = {name: place for place, name in enumerate(after)}
    points = [(place, places[name], name) for place, name in enumerate(before) if name in places]
    stay = frozenset(_stay(points, tie))
    return frozenset(name for _, _, name in points if name not in stay)


def _stay(points: Sequence[tuple[int, int, _Name]], tie: Callable[[_Name], str]) -> Iterator[_Name]:
    """A longest chain in which both places grow. Of several, the one that is nearest to the beginnings."""
    levels: list[list[tuple[int, int, _Name]]] = []
    heads: list[int] = []  # of each level, minus the greatest second place so far; they grow
    for point in reversed(points):
        level = bisect_left(heads, -point[1])
        if level == len(levels):
            levels.append([])
            heads.append(0)
        levels[level].append(point)
        heads[level] = -point[1]
    here = (-1, -1)
    for found in reversed(levels):  # each of which goes on from any of the one before that it lies beyond
        beyond = (point for point in found if point[0] > here[0] and point[1] > here[1])
        first, second, name = min(beyond, key=lambda point: (point[0] + point[1], tie(point[2])))
        here = (first, second)
        yield name
