"""Matching: a pure function of patterns and events, worked out in the worker."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from decimal import Decimal
from time import monotonic
from typing import Final

from rulesflow.conditions import Value
from rulesflow.patterns.compiled import CompiledPattern, Rules
from rulesflow.patterns.definition import Event, Found, Pattern
from rulesflow.patterns.judge import Judge, Result
from rulesflow.patterns.projection import Candidates, candidates, rows
from rulesflow.patterns.supervisor import Question, Supervisor

#: What is looked at and told for one pattern and key, so that a flood of events ends.
MOST_EVENTS: Final = {1: 10_000, 2: 2_000}
_MOST_JOINED: Final = 500
MOST_MATCHES: Final = 1_000
#: Sets of events that are looked at where not each of them is a match.
_MOST_SETS: Final = 3_000
#: That matching one pattern and key may take, all in all.
_SECONDS: Final = 1.8
_KEYS: Final = (str, int, Decimal, bool)


class Matcher:
    """Matches patterns with the help of a worker. Threads may share it."""

    def __init__(self, supervisor: Supervisor) -> None:
        self._supervisor = supervisor

    def match(
        self, patterns: Iterable[CompiledPattern], events: Iterable[Event], including: str | None = None
    ) -> Found:
        """All matches of the patterns among the events, or only those that have the event ``including``.

        The order of the events does not matter, and of events of one id the first counts. Nothing is kept
        between calls. Raises `MatchingFailed`, which names the pattern, and `EngineMissing`.
        """
        distinct = {event.id: event for event in reversed(list(events))}
        ordered = sorted(distinct.values(), key=_by_time)
        result = Result()
        for compiled in patterns:
            for key, own in _by_key(compiled.pattern, ordered):
                if including is None or any(event.id == including for event in own):
                    self._match(compiled, key, own, including, result)
        return result.found()

    def stands(self, compiled: CompiledPattern, events: Iterable[Event], of: Collection[str]) -> Found:
        """The matches that these events alone make up, told by their ids; the others may only forbid them.

        However many the others are, they make the engine's work no greater. Raises as `match` does.
        """
        ordered = sorted(events, key=_by_time)
        result = Result()
        for key, own in _by_key(compiled.pattern, ordered):
            near = [event for event in own if event.id in of]
            if near:
                self._judge(compiled, key, own, near, None, result)
        return result.found()

    def _match(
        self, compiled: CompiledPattern, key: Value, own: list[Event], including: str | None, result: Result
    ) -> None:
        near = _near(compiled.pattern, own, including)
        most = MOST_EVENTS.get(len(compiled.pattern.terms), _MOST_JOINED)
        if len(near) > most:
            result.cut.add(compiled.pattern.name)
            near = _latest(near, most, including)
        self._judge(compiled, key, own, near, including, result)

    def _judge(
        self,
        compiled: CompiledPattern,
        key: Value,
        own: list[Event],
        near: list[Event],
        including: str | None,
        result: Result,
    ) -> None:
        """``near``: the events that may stand for some term, among the key's ``own``."""
        seen = candidates(compiled, near)
        result.failures += seen.failures.values()
        sets: set[tuple[int, ...]] = set()
        end = monotonic() + _SECONDS
        for rules, pinned in _asked(compiled, seen, including) if all(seen.of) else ():
            found, cut = self._ask(compiled, seen, rules, pinned, end - monotonic())
            sets |= found
            if cut:
                result.cut.add(compiled.pattern.name)
                break
        Judge(compiled, key, own, seen, result).judge(sorted(sets), MOST_MATCHES)

    def _ask(
        self, compiled: CompiledPattern, seen: Candidates, rules: Rules, pinned: int | None, seconds: float
    ) -> tuple[set[tuple[int, ...]], bool]:
        """Sets of places, one for each term. The pinned event goes first: each set needs it."""
        places = sorted(range(len(seen.events)), key=lambda place: place != pinned)
        facts = rows(compiled, seen, pinned)
        name, terms = compiled.pattern.name, len(compiled.pattern.terms)
        told = [facts[place] for place in places]
        most = _MOST_SETS if compiled.rest or compiled.pattern.unless else MOST_MATCHES
        question = Question(name, rules.text, rules.digest, terms, compiled.fields, told, most)
        reply = self._supervisor.ask(question, seconds)
        return {tuple(places[row] for row in each) for each in reply.found}, reply.cut


def _by_time(event: Event) -> tuple[int, str]:
    return event.ts, event.id


def _by_key(pattern: Pattern, events: Iterable[Event]) -> list[tuple[Value, list[Event]]]:
    """The events by their key, in the order in which the keys come up."""
    groups: dict[tuple[bool, Value], list[Event]] = {}
    for event in events:
        key: Value = event.data
        for name in pattern.by:
            key = key.get(name) if isinstance(key, dict) else None
        if type(key) in _KEYS and not (isinstance(key, Decimal) and not key.is_finite()):
            groups.setdefault((isinstance(key, bool), key), []).append(event)
    return [(key, group) for (_, key), group in groups.items()]


def _near(pattern: Pattern, events: list[Event], including: str | None) -> list[Event]:
    """Those of the pattern's types, and not too far from the event that has to be there."""
    types = {term.type for term in pattern.terms}
    near = [event for event in events if event.type in types]
    if including is None:
        return near
    wanted = next(event for event in events if event.id == including)
    if len(pattern.terms) == 1:  # it is the whole match
        return [wanted] if wanted.type in types else []
    return [event for event in near if abs(event.ts - wanted.ts) <= pattern.within]


def _latest(events: Sequence[Event], most: int, including: str | None) -> list[Event]:
    older = [event for event in events[:-most] if event.id == including]
    return [*older, *events[-most:]]


def _asked(
    compiled: CompiledPattern, seen: Candidates, including: str | None
) -> Iterator[tuple[Rules, int | None]]:
    """What the engine is to be asked: once, or for each term that the event may stand for."""
    if including is None:
        yield compiled.free, None
        return
    for number, places in enumerate(seen.of):
        yield from (
            (compiled.pinned[number], place) for place in places if seen.events[place].id == including
        )
