"""From events to the facts that the engine sees: rows of small integers."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from rulesflow.conditions import Budget, EvaluationError, Value
from rulesflow.patterns.compiled import CompiledPattern, rank_fields
from rulesflow.patterns.definition import TIME, Event, Failure
from rulesflow.patterns.fitting import fits

_UNFIT: Final = "the event's data does not fit its type"

#: What an alias reads of an event.
Names = Mapping[str, Value]
#: By field of a fact, the values by the events' places.
Values = dict[str, dict[int, Value]]


@dataclass(slots=True)
class Candidates:
    """The events of one key that may stand for some term, in the order of time.

    ``names``: what an alias reads of each. ``of``: for each term, the places of its events. ``values``: what
    was worked out of them, by field.
    """

    events: list[Event] = field(default_factory=list)
    names: list[Names] = field(default_factory=list)
    of: list[list[int]] = field(default_factory=list)
    values: Values = field(default_factory=dict)
    failures: dict[int, Failure] = field(default_factory=dict)


def readable(event: Event) -> Names:
    """The event as an alias of it reads."""
    return {**event.data, TIME: event.ts}


def candidates(compiled: CompiledPattern, events: Sequence[Event]) -> Candidates:
    """Ask each event what it must meet by itself. ``events`` are in the order of time."""
    terms = compiled.pattern.terms
    found = Candidates(of=[[] for _ in terms])
    types = {term.type for term in terms}
    for event in events:
        if event.type in types:
            _take(compiled, event, found)
    return found


def rows(compiled: CompiledPattern, found: Candidates, pinned: int | None) -> list[list[int]]:
    """For each event its fact: the values of ``compiled.fields``, in their order."""
    count = len(found.events)
    columns = [_column(count, dict.fromkeys(places, 1)) for places in found.of]
    columns += [_column(count, found.values.get(f"f{number}", {})) for number in range(compiled.flags)]
    columns += [list(range(count)), _nearest(found.events, compiled.pattern.within)]
    for pair in range(compiled.pairs):
        sides = [found.values.get(each, {}) for each in rank_fields(pair)]
        columns += [_column(count, side) for side in _ranked(sides)]
    columns += [_column(count, {} if pinned is None else {pinned: 1}), [1] * count]
    return [list(row) for row in zip(*columns, strict=True)]


def _take(compiled: CompiledPattern, event: Event, found: Candidates) -> None:
    """Add the event, if it may stand for some term."""
    pattern, names, place = compiled.pattern, readable(event), len(found.events)
    for number, term in enumerate(pattern.terms):
        if term.type != event.type:
            continue
        try:
            values = _values(compiled, number, names)
        except EvaluationError as error:
            failure = Failure(pattern.name, (event.id,), f"{term.alias}: {error.message}")
            found.failures.setdefault(number, failure)
            continue
        if values is not None:
            found.of[number].append(place)
            for each, value in values.items():
                found.values.setdefault(each, {})[place] = value
    if any(places and places[-1] == place for places in found.of):
        found.events.append(event)
        found.names.append(names)


def _values(compiled: CompiledPattern, number: int, names: Names) -> dict[str, Value] | None:
    """What is worked out of an event as this term; None if it cannot stand for it.

    Raises `EvaluationError`.
    """
    alias = compiled.pattern.terms[number].alias
    if not fits(names, compiled.pattern.scope.names[alias].type):
        raise EvaluationError("no-such-overload", _UNFIT)
    alone, under = compiled.alone[number], {alias: names}
    if alone is not None and alone(under, Budget()) is not True:
        return None
    return {each: program(under, Budget()) for each, program in compiled.reads[number]}


def _column(count: int, values: Mapping[int, Value]) -> list[int]:
    column = [0] * count
    for place, value in values.items():
        column[place] = int(value)
    return column


def _nearest(events: Sequence[Event], within: int) -> list[int]:
    """For each event, the last place that is within that time after it."""
    times = [int(event.ts) for event in events]
    return [bisect_right(times, time + within) - 1 for time in times]


def _ranked(sides: Sequence[Mapping[int, Value]]) -> list[dict[int, int]]:
    """The values' places in the order of all of both sides; equal values have one."""
    distinct = sorted({value for side in sides for value in side.values()})
    ranks = {value: rank for rank, value in enumerate(distinct)}
    return [{place: ranks[value] for place, value in side.items()} for side in sides]
