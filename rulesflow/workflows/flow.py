"""The ways through a list of steps: what is known on arrival, what nothing leads to, what never ends."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from rulesflow.conditions import Guards
from rulesflow.workflows.written import Kind, WrittenList, WrittenStep

_PURE: Final = frozenset({Kind.SET, Kind.SWITCH, Kind.DECIDE})


@dataclass(frozen=True, slots=True)
class Edge:
    """A way on. ``to``: a step, None for the end of the list; ``falling``: to the next one, unasked.

    ``fails``: it ends the run, or the item or branch, so that nothing comes behind it.
    """

    to: str | None
    known: Guards
    falling: bool = False
    fails: bool = False


EdgesOf = Callable[[WrittenStep, Guards], Iterable[Edge]]


@dataclass(frozen=True, slots=True)
class Course:
    """``known``: by step what is known on arrival, of those that some way leads to. ``end``: what is known
    where the list ends, None where it never does. ``edges``: the ways on."""

    known: Mapping[str, Guards]
    end: Guards | None
    edges: Mapping[str, tuple[Edge, ...]]


def follow(steps: WrittenList, entry: Guards, edges_of: EdgesOf) -> Course:
    """Walk all ways. What is known at a step is what all ways to it have shown."""
    known: dict[str | None, Guards] = {}
    edges: dict[str, tuple[Edge, ...]] = {}
    work: list[str] = []
    places = {None, *steps}

    def arrive(step: str | None, shown: Guards) -> None:
        before = known.get(step)
        after = shown if before is None else before & shown
        if after != before:
            known[step] = after
            if step is not None:
                work.append(step)

    arrive(next(iter(steps), None), entry)
    while work:
        name = work.pop()
        edges[name] = tuple(edge for edge in edges_of(steps[name], known[name]) if edge.to in places)
        for edge in edges[name]:
            if not edge.fails:
                arrive(edge.to, edge.known)
    end = known.pop(None, None)
    return Course({name: known[name] for name in steps if name in known}, end, edges)


def unreached(steps: WrittenList, course: Course, edges_of: EdgesOf) -> list[WrittenStep]:
    """The steps that no way leads to; of those that lead to one another only the first."""
    lost = [step for name, step in steps.items() if name not in course.known]
    led_to: set[str] = set()
    heads = []
    for step in lost:
        if step.name not in led_to:
            heads.append(step)
        work = [step]
        while work:
            for edge in edges_of(work.pop(), Guards()):
                if edge.to is not None and edge.to in steps and edge.to not in {*course.known, *led_to}:
                    led_to.add(edge.to)
                    work.append(steps[edge.to])
    return heads


def reached_twice(steps: WrittenList, course: Course) -> list[tuple[WrittenStep, WrittenStep]]:
    """Steps that others name as a target, and that the one before, which comes second, falls into."""
    ways = [(step, edge) for step, edges in course.edges.items() for edge in edges if not edge.fails]
    named = {(step, edge.to) for step, edge in ways if not edge.falling}
    falling = {
        (step, edge.to)
        for step, edge in ways
        if edge.falling and any(to == edge.to and other != step for other, to in named)
    }
    return [(steps[to], steps[step]) for step, to in sorted(falling, key=str) if to is not None]


def endless(steps: WrittenList, course: Course) -> WrittenStep | None:
    """The first step of a circle of steps that only compute, from which no way leads out."""
    leaving = {
        name
        for name, edges in course.edges.items()
        if steps[name].kind not in _PURE or not edges or any(edge.to is None for edge in edges)
    }
    grown = True
    while grown:
        more = {
            name
            for name, edges in course.edges.items()
            if name not in leaving and any(edge.to in leaving for edge in edges)
        }
        leaving |= more
        grown = bool(more)
    turning = [name for name in steps if name in course.edges and name not in leaving]
    if not turning:
        return None
    name, seen = turning[0], set[str]()
    while name not in seen:  # the first steps may only lead to the circle
        seen.add(name)
        name = next(edge.to for edge in course.edges[name] if edge.to is not None)
    return steps[name]
