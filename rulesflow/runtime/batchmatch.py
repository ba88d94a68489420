"""Matching a batch of events: what lies about them is read once, and asked once for a key where it may."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import Final, NamedTuple

from rulesflow.patterns.definition import Event, Found
from rulesflow.patterns.eventpattern import EventPattern
from rulesflow.patterns.matcher import Matcher
from rulesflow.patterns.supervisor import MatchingFailed
from rulesflow.runtime.eventqueue import Failed, Ticket
from rulesflow.runtime.eventsight import Place, Seen, Sight, place_of, window_of
from rulesflow.runtime.eventstore import MOST_OF_KEY, Window
from rulesflow.runtime.matches import Awaited, Finding, Matches
from rulesflow.runtime.matchroom import Room, Stretch, stretches
from rulesflow.runtime.quarantine import Quarantine

_FIRST: Final = 1.0  # seconds before a pattern is asked again on an event; doubles
_LONGEST: Final = 3600.0
_TOGETHER: Final = 3  # events of one key, from which on they are asked for together
#: Events of a key among which asking for all matches costs less than for those of one event, which is asked
#: once for each term that it may stand for.
_SMALL: Final = 8
_SHARE: Final = 1.0  # seconds for one pattern and key at a time, so that others have their turn
_TURNS: Final = 2.0  # seconds until the next one
_MOST_UNWANTED: Final = 100_000  # events of a key that may forbid a match: no more conditions are asked
_FEW: Final = 12  # events among which there are too few matches to reach the bound


class Ask(NamedTuple):
    """One pattern is to look at one event."""

    ticket: Ticket
    pattern: EventPattern
    place: Place
    seen: Seen


@dataclass(slots=True)
class Batch:
    """What came of it: ``done`` may leave the queue; ``cut``: matches of that pattern were left out.

    ``later``: what has to wait for its turn, since its key has many events.
    """

    done: list[Ticket] = field(default_factory=list)
    failed: list[Failed] = field(default_factory=list)
    later: list[Failed] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    cut: Counter[str] = field(default_factory=Counter)


class BatchMatcher:
    """Matches for one project. One thread uses it. Raises `EngineMissing` and `SQLAlchemyError`."""

    def __init__(self, sight: Sight, matcher: Matcher, matches: Matches, quarantine: Quarantine) -> None:
        self._sight = sight
        self._matcher = matcher
        self._matches = matches
        self._quarantine = quarantine

    def match(self, tickets: Sequence[Ticket]) -> Batch:
        """All matches in which these events are."""
        batch = Batch(done=[*tickets])
        groups: dict[tuple[str, Place], list[Ask]] = {}
        for ask in self._asks(tickets):
            groups.setdefault((ask.pattern.name, ask.place), []).append(ask)
        windows = {group: _windows(asks) for group, asks in groups.items()}
        about, cut = self._sight.about({each: most for own in windows.values() for each, most in own.items()})
        for group, asks in groups.items():
            if not cut.isdisjoint(windows[group]):
                batch.cut[asks[0].pattern.name] += 1
            self._group(asks, [seen for each in windows[group] for seen in about[each]], batch)
        return batch

    def _asks(self, tickets: Sequence[Ticket]) -> Iterable[Ask]:
        events = self._sight.events(ticket.number for ticket in tickets)
        for ticket in tickets:
            seen = events.get(ticket.number)
            if seen is None or seen.event is None:
                continue
            for pattern in self._sight.patterns(seen.stored.type):
                place = place_of(pattern, seen.stored)
                if place is not None and ticket.pattern in ("", pattern.name):
                    yield Ask(ticket, pattern, place, seen)

    def _group(self, asks: Sequence[Ask], about: Iterable[Seen], batch: Batch) -> None:
        """The asks are of one pattern and key."""
        pattern = asks[0].pattern
        within = int(pattern.compiled.pattern.within)
        near = stretches((int(ask.seen.stored.time) for ask in asks), within)
        own = {
            each.event.id: each
            for each in _within(about, near)
            if each.event and each.event.type in pattern.types
        }
        own |= {ask.seen.event.id: ask.seen for ask in asks if ask.seen.event}
        events = [each.event for each in own.values() if each.event]
        room = self._room(asks[0], near, [int(each.stored.time) for each in own.values()])
        asks = self._with_room(asks, room, batch)
        together = len(asks) >= _TOGETHER or len(events) <= _SMALL
        found = self._ask_together(asks, events, own) if together and asks else None
        if found is not None:
            _take(found, room, pattern, batch)
            return
        ends = monotonic() + _SHARE
        for ask in asks:
            if not room.has(int(ask.seen.stored.time)):  # a flood of one key must not keep others waiting
                batch.cut[pattern.name] += 1
            elif monotonic() > ends:
                attempts = max(ask.ticket.attempts, 1)  # 0 is for what somebody has asked for
                batch.later.append(Failed(ask.ticket.number, pattern.name, attempts, "", _TURNS))
            else:
                _take(self._ask_alone(ask, events, own, batch), room, pattern, batch)

    def _room(self, ask: Ask, near: Sequence[Stretch], times: Sequence[int]) -> Room:
        """The room for matches about some stretches, where events have these times."""
        pattern, ordered = ask.pattern, sorted(times)
        room = Room(int(pattern.compiled.pattern.within), ordered)
        busy = [each for each in near if _count(ordered, each) > _FEW]
        room.fill(self._matches, pattern.name, ask.place.key, busy)
        return room

    def _with_room(self, asks: Sequence[Ask], room: Room, batch: Batch) -> list[Ask]:
        """Those for whose matches there may be room."""
        left = [ask for ask in asks if room.has(int(ask.seen.stored.time))]
        if len(left) < len(asks):
            batch.cut[asks[0].pattern.name] += len(asks) - len(left)
        return left

    def _ask_together(
        self, asks: Sequence[Ask], events: list[Event], own: Mapping[str, Seen]
    ) -> list[Finding] | None:
        """Ask for all matches at once; None where that does not tell all, or something is wrong."""
        pattern = asks[0].pattern
        if self._quarantine.rests(pattern.name) or self._quarantine.reason(pattern.name):
            return None
        try:
            every = self._matcher.match([pattern.compiled], events)
        except MatchingFailed:  # it may be a single one
            return None
        if every.cut or every.failures:
            return None
        wanted = {ask.seen.event.id for ask in asks if ask.seen.event}
        matches = (each for each in every.matches if not wanted.isdisjoint(each.events.values()))
        return [Finding.of(pattern, match, own) for match in matches]

    def _ask_alone(
        self, ask: Ask, events: list[Event], own: Mapping[str, Seen], batch: Batch
    ) -> list[Finding]:
        pattern, ticket = ask.pattern, ask.ticket
        name, attempts = pattern.name, ticket.attempts if ticket.pattern else 0
        forced = bool(ticket.pattern) and attempts == 0  # somebody wants it now
        rests = 0.0 if forced else self._quarantine.rests(name)
        if rests:
            reason = f"it is not asked for {rests:.0f} s since it failed: {self._quarantine.reason(name)}"
            batch.failed.append(Failed(ticket.number, name, max(attempts, 1), reason, rests))
            return []
        assert ask.seen.event is not None
        try:
            result = self._matcher.match([pattern.compiled], events, ask.seen.event.id)
        except MatchingFailed as failed:
            self._quarantine.failed(name, failed.reason)
            after = min(_FIRST * 2 ** min(attempts, 12), _LONGEST)
            batch.failed.append(Failed(ticket.number, name, attempts + 1, failed.reason, after))
            return []
        self._quarantine.worked(name)
        if result.cut:
            batch.cut[name] += 1
        self._note_failures(ask, result, batch, attempts)
        return [Finding.of(pattern, match, own) for match in result.matches]

    def _note_failures(self, ask: Ask, result: Found, batch: Batch, attempts: int) -> None:
        """The pattern's condition cannot say what it says of this event: trying again would not help."""
        assert ask.seen.event is not None
        for failure in result.failures:
            if ask.seen.event.id in failure.events:
                number, name = ask.ticket.number, ask.pattern.name
                batch.failed.append(Failed(number, name, attempts + 1, failure.message, None))
                return

    # -- absence ---------------------------------------------------------------------------------------

    def judge(self, awaited: Sequence[Awaited]) -> tuple[dict[str, Finding], dict[str, str]]:
        """Which of them stand, by their ids, and of which that cannot be said, and why."""
        numbers = [number for each in awaited for number in each.numbers]
        events = self._sight.events(numbers)
        problems: dict[str, str] = {}
        asked: list[tuple[Awaited, EventPattern, Place, list[Seen]]] = []
        for each in awaited:
            pattern = self._sight.project.patterns.get(each.pattern)
            seen = [events[number] for number in each.numbers if number in events]
            if pattern is None:  # perhaps for a moment only, while its file is moved
                problems[each.id] = f"there is no pattern {each.pattern} among the rules in force"
            elif len(seen) < len(each.numbers) or any(one.event is None for one in seen):
                problems[each.id] = "its events are gone, or do not fit their types any more"
            elif (place := place_of(pattern, seen[0].stored)) is not None:
                asked.append((each, pattern, place, seen))
        windows = {each.id: _awaited_windows(pattern, place, seen) for each, pattern, place, seen in asked}
        about, _ = self._sight.about({each: _MOST_UNWANTED for own in windows.values() for each in own})
        found: dict[str, Finding] = {}
        for each, pattern, _, seen in asked:
            rests = self._quarantine.rests(pattern.name)
            if rests:
                problems[each.id] = self._quarantine.reason(pattern.name) or ""
                continue
            try:
                others = [other for window in windows[each.id] for other in about[window]]
                upheld = self._upheld(each, pattern, seen, others)
            except MatchingFailed as failed:
                self._quarantine.failed(pattern.name, failed.reason)
                problems[each.id] = failed.reason
                continue
            if isinstance(upheld, str):
                problems[each.id] = upheld
            elif upheld is not None:
                found[each.id] = upheld
        return found, problems

    def _upheld(
        self, awaited: Awaited, pattern: EventPattern, seen: Sequence[Seen], about: Iterable[Seen]
    ) -> Finding | str | None:
        """The match, if it stands; why, where that cannot be said."""
        unless = pattern.compiled.pattern.unless
        others = (each for each in about if each.event and unless and each.event.type == unless.type)
        own = {each.event.id: each for each in (*others, *seen) if each.event}
        events = [each.event for each in own.values() if each.event]
        result = self._matcher.stands(
            pattern.compiled, events, [each.event.id for each in seen if each.event]
        )
        self._quarantine.worked(pattern.name)
        every = (Finding.of(pattern, match, own) for match in result.matches)
        found = next((each for each in every if each.names == awaited.names), None)
        if found is None and result.failures:
            return result.failures[0].message
        if found is None and result.cut:
            return "more events may forbid it than are looked at"
        return found


def _take(found: Iterable[Finding], room: Room, pattern: EventPattern, batch: Batch) -> None:
    """Add what there is room for, the earliest first."""
    for finding in sorted(found, key=lambda each: (each.latest, each.id)):
        if room.take(finding):
            batch.findings.append(finding)
        else:
            batch.cut[pattern.name] += 1


def _within(about: Iterable[Seen], near: Sequence[Stretch]) -> Iterator[Seen]:
    """The events that lie in one of some stretches, which are in order."""
    starts = [each.since for each in near]
    for seen in about:
        place = bisect_right(starts, seen.stored.time) - 1
        if place >= 0 and seen.stored.time <= near[place].until:
            yield seen


def _count(times: Sequence[int], stretch: Stretch) -> int:
    return bisect_right(times, stretch.until) - bisect_left(times, stretch.since)


def _windows(asks: Sequence[Ask]) -> dict[Window, int]:
    """Where the events lie that may belong to those asked for, and how many are looked at."""
    pattern, place = asks[0].pattern, asks[0].place
    unless = pattern.compiled.pattern.unless
    most = dict.fromkeys(pattern.types, MOST_OF_KEY)
    if unless is not None:
        most[unless.type] = _MOST_UNWANTED
    near = stretches((int(ask.seen.stored.time) for ask in asks), int(pattern.compiled.pattern.within))
    return {window_of(place, type_, *each): most[type_] for type_ in sorted(most) for each in near}


def _awaited_windows(pattern: EventPattern, place: Place, seen: Sequence[Seen]) -> list[Window]:
    """Where the events lie that may forbid a match."""
    unless, first = pattern.compiled.pattern.unless, min(int(each.stored.time) for each in seen)
    if unless is None:
        return []
    return [window_of(place, unless.type, first, first + int(pattern.compiled.pattern.within))]
