"""Sight: events as the patterns of one project read them, and what lies about them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from rulesflow.patterns.definition import Event, Term
from rulesflow.patterns.eventpattern import EventPattern
from rulesflow.runtime.eventstore import EventStore, StoredEvent, Window, bounded
from rulesflow.runtime.keying import Keying, at, key_text, lane
from rulesflow.runtime.project import LoadedProject
from rulesflow.runtime.runquery import short
from rulesflow.schemas import SchemaMismatch

#: Events that are remembered, so that an event of a busy key is not read for each that follows it.
_REMEMBERED: Final = 10_000


class Seen(NamedTuple):
    """An event as it is stored, and as patterns read it: None where it does not fit its type any more."""

    stored: StoredEvent
    event: Event | None


class Place(NamedTuple):
    """Where the events lie that a pattern may correlate."""

    path: str
    key: str


class Sight:
    """The events for one project. One thread uses it."""

    def __init__(self, store: EventStore, project: LoadedProject, keying: Keying) -> None:
        self.project = project
        self.keying = keying
        self._store = store
        self._known: OrderedDict[int, Seen] = OrderedDict()
        self._patterns: dict[str, tuple[EventPattern, ...]] = {}

    def patterns(self, type_: str) -> tuple[EventPattern, ...]:
        """Those of which such an event may be a part."""
        found = self._patterns.get(type_)
        if found is None:
            every = self.project.patterns.values()
            found = tuple(each for each in every if any(term.type == type_ for term in _terms(each)))
            self._patterns[type_] = found
        return found

    def events(self, numbers: Iterable[int]) -> dict[int, Seen]:
        """The events of these numbers; those that are gone are missing."""
        found, missing = {}, []
        for number in dict.fromkeys(numbers):
            known = self._known.get(number)
            if known is None:
                missing.append(number)
            else:
                found[number] = known
        for stored in self._store.read(missing):
            found[stored.number] = self._known[stored.number] = Seen(stored, self._read(stored))
        while len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)
        return found

    def about(self, windows: Mapping[Window, int]) -> tuple[dict[Window, list[Seen]], set[Window]]:
        """The events in each window, so many at most, the latest; and which have more."""
        numbers, cut = self._store.numbers_in(windows)
        events = self.events(number for each in numbers.values() for number in each)
        found = {}
        for window, each in numbers.items():
            near = (events[number] for number in each if number in events)
            found[window] = [seen for seen in near if window.since <= seen.stored.time <= window.until]
        return found, cut

    def _read(self, stored: StoredEvent) -> Event | None:
        declared = self.project.events.get(stored.type)
        if declared is None:
            return None
        try:
            data = declared.schema.validate(stored.data)
        except SchemaMismatch:
            return None
        return Event(f"{stored.id}\0{stored.source}", stored.type, stored.time, data)


def place_of(pattern: EventPattern, stored: StoredEvent) -> Place | None:
    """Where the pattern looks for what goes with an event; None where the event has no key."""
    path = ".".join(pattern.compiled.pattern.by)
    key = key_text(at(stored.data, path))
    return None if key is None else Place(path, key)


def window_of(place: Place, type_: str, since: int, until: int) -> Window:
    """The events of a type that lie there between two times."""
    return Window(short(lane(place.path, type_)), place.key, bounded(since), bounded(until))


def _terms(pattern: EventPattern) -> Iterable[Term]:
    return pattern.compiled.pattern.terms
