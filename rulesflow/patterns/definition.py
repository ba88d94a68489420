"""What a pattern is, what it is matched with, and what comes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from rulesflow.conditions import Checked, Field, Kind, Scope, Type, Value
from rulesflow.conditions.types import TIMESTAMP
from rulesflow.model.errors import RulesflowError
from rulesflow.model.times import Duration, Timestamp

#: The engine joins 14 events at most; beyond that its process dies.
MOST_TERMS: Final = 12
#: The name by which a condition reads an event's time.
TIME: Final = "ts"


class PatternRefused(RulesflowError):
    """The pattern is beyond what can be matched."""


@dataclass(frozen=True, slots=True)
class Term:
    """One of the events of a pattern: its type, and the condition it has to meet.

    ``when`` is checked, of type bool, and reads the aliases of this term and of those before it. It has no
    problems.
    """

    alias: str
    type: str
    when: Checked | None = None


@dataclass(frozen=True, slots=True)
class Pattern:
    """Distinct events of one key, at most ``within`` apart from the earliest to the latest.

    ``by``: the path in an event's data to its key, a string, a number or a bool; an event without one is not
    seen. ``scope`` has a name for each alias (see `subject`). ``unless``: an event that must not be there
    from the earliest of the match until ``within`` after it, both included, other than those of the match.
    """

    name: str
    by: tuple[str, ...]
    within: Duration
    terms: tuple[Term, ...]
    scope: Scope
    unless: Term | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """One event. ``data`` is an object as its schema gives it back: times are `Timestamp`, say."""

    id: str
    type: str
    ts: Timestamp
    data: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Match:
    """Events that make up a pattern: the id of each by its alias, in the order of the terms.

    The same events match once, whichever of them stands for which term: then the earliest events stand for
    the first terms. ``due``: the end of the time in which an event may yet forbid it; None where none can.
    """

    pattern: str
    key: Value
    events: Mapping[str, str]
    due: Timestamp | None = None

    @property
    def identity(self) -> tuple[str, frozenset[str]]:
        """What a match is told once by."""
        return self.pattern, frozenset(self.events.values())


@dataclass(frozen=True, slots=True)
class Failure:
    """Events of which a pattern's condition cannot say whether it is met: it failed on them.

    They are no match; nor are those whose match an event may forbid of which it cannot be said.
    """

    pattern: str
    events: tuple[str, ...]
    message: str


@dataclass(frozen=True, slots=True)
class Found:
    """All matches, in the order of the patterns, then of time.

    ``failures``: at most one for each alias and one for the whole of a pattern and key. ``cut``: the patterns
    that have more matches than are told, or more events than are looked at.
    """

    matches: tuple[Match, ...] = ()
    failures: tuple[Failure, ...] = ()
    cut: frozenset[str] = frozenset()


def subject(data: Type) -> Field:
    """The name of an alias in a scope: the fields of its event's data, and its time."""
    fields = {**(data.fields or {}), TIME: Field(TIMESTAMP)}
    return Field(replace(data, kind=Kind.OBJECT, element=None, fields=fields))
