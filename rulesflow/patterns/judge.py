"""The last word on what the engine found: what it could not be asked, and what must not be there."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from rulesflow.conditions import Budget, EvaluationError, Program, Value
from rulesflow.model.times import LAST, Timestamp
from rulesflow.patterns.compiled import CompiledPattern
from rulesflow.patterns.definition import Event, Failure, Found, Match
from rulesflow.patterns.fitting import fits
from rulesflow.patterns.projection import Candidates, Names, readable

#: Conditions asked for one pattern and key, so that a flood of events ends.
_MOST_CHECKS: Final = 100_000


@dataclass(slots=True)
class Result:
    """What `Found` is made of."""

    matches: list[Match] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    cut: set[str] = field(default_factory=set)

    def found(self) -> Found:
        """The same, finished."""
        return Found(tuple(self.matches), tuple(self.failures), frozenset(self.cut))


class Judge:
    """Of one pattern and key. ``events``: all of the key's, in the order of time."""

    def __init__(
        self, compiled: CompiledPattern, key: Value, events: Iterable[Event], seen: Candidates, result: Result
    ) -> None:
        self._compiled = compiled
        self._pattern = compiled.pattern
        self._key = key
        self._seen = seen
        self._result = result
        self._left = _MOST_CHECKS
        self._failed = False
        self._unwanted = _unwanted(compiled, events)
        self._times = [event.ts for event, _ in self._unwanted]

    def judge(self, sets: Iterable[tuple[int, ...]], most: int) -> None:
        """Tell those sets of places that are matches, each once. The sets come in order."""
        told: set[frozenset[int]] = set()
        for places in sets:
            identity = frozenset(places)
            if len(identity) == len(places) and identity not in told and self._holds(places):
                if len(told) == most:
                    self._left = -1
                else:
                    told.add(identity)
                    self._result.matches.append(self._match(places))
            if self._left < 0:
                self._result.cut.add(self._pattern.name)
                return

    def _match(self, places: tuple[int, ...]) -> Match:
        events = [self._seen.events[place] for place in places]
        named = {term.alias: event.id for term, event in zip(self._pattern.terms, events, strict=True)}
        due = None
        if self._pattern.unless:
            due = Timestamp(min(LAST, min(event.ts for event in events) + self._pattern.within))
        return Match(self._pattern.name, self._key, named, due)

    def _holds(self, places: tuple[int, ...]) -> bool:
        events = [self._seen.events[place] for place in places]
        first = min(event.ts for event in events)
        if max(event.ts for event in events) - first > self._pattern.within:
            return False
        ids = tuple(event.id for event in events)
        names = {
            term.alias: self._seen.names[place]
            for term, place in zip(self._pattern.terms, places, strict=True)
        }
        rest = self._compiled.rest
        if rest is not None and self._asked(rest, names, ids) is not True:
            return False
        return not self._forbidden(names, ids, first)

    def _forbidden(self, names: Mapping[str, Names], ids: tuple[str, ...], first: int) -> bool:
        """Is there, or may there be, an event that must not be?"""
        unless, when = self._pattern.unless, self._compiled.unless
        if unless is None:
            return False
        start = bisect_left(self._times, first)
        for event, own in self._unwanted[start : bisect_right(self._times, first + self._pattern.within)]:
            if event.id in ids:
                continue
            if when is None or self._asked(when, {**names, unless.alias: own}, (*ids, event.id)) is not False:
                return True
        return False

    def _asked(self, program: Program, names: Mapping[str, Names], ids: tuple[str, ...]) -> bool | None:
        """What the condition says; None if it fails, or if too much has been asked."""
        self._left -= 1
        if self._left < 0:
            return None
        try:
            return program(names, Budget()) is True
        except EvaluationError as error:
            if not self._failed:
                self._result.failures.append(Failure(self._pattern.name, ids, error.message))
            self._failed = True
            return None


def _unwanted(compiled: CompiledPattern, events: Iterable[Event]) -> list[tuple[Event, Names]]:
    """The events that a match may be forbidden by."""
    unless = compiled.pattern.unless
    if unless is None:
        return []
    type_ = compiled.pattern.scope.names[unless.alias].type
    found = [(event, readable(event)) for event in events if event.type == unless.type]
    return [(event, names) for event, names in found if fits(names, type_)]
