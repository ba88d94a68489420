"""Which events somebody means, and which matches: by what they are, how they stand, and when they were.

A page shows an event as ``{number, source, id, type, subject, time, received_at, data, extensions, status,
problems: [{pattern, message, attempts, retry_at}]}`` and a match as ``{id, pattern, key, status, found_at,
due, events: [{alias, source, id, type, time}], problem}``; what there is not is null or empty.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from rulesflow.model.diagnostics import did_you_mean
from rulesflow.model.errors import FactsRefused, Fault
from rulesflow.model.times import TimeRefused, Timestamp, parse_timestamp

#: How an event stands: every pattern has looked at it, it is to be looked at, or a pattern failed on it.
EVENT_STATUSES: Final = ("matched", "waiting", "failed")
#: How a match stands: it waits for what may still forbid it, is to be followed, was followed, could not be,
#: was only recorded since another was followed shortly before, or was forbidden.
MATCH_STATUSES: Final = ("waiting", "pending", "done", "failed", "throttled", "refuted")
_SHOWN: Final = 80  # characters of a caller's text that a message repeats


@dataclass(frozen=True, slots=True)
class EventQuery:
    """Which events, newest first: that happened from ``since`` on and before ``until``.

    ``pattern``: those on which it failed, or that are among the events of its matches.
    """

    type: str | None = None
    source: str | None = None
    id: str | None = None
    status: tuple[str, ...] = ()
    pattern: str | None = None
    since: Timestamp | None = None
    until: Timestamp | None = None
    limit: int = 100
    cursor: str | None = None

    @classmethod
    def of(cls, given: Mapping[str, str]) -> EventQuery:
        """From names and values as texts. Raises `FactsRefused` with every fault."""
        faults = _unknown(given, ("type", "source", "id", "status", "pattern", "since", "until"))
        status = _statuses(given, EVENT_STATUSES, faults)
        since, until = (_time(given, name, faults) for name in ("since", "until"))
        if faults:
            raise FactsRefused("the filter cannot be read", tuple(faults))
        type_, source, id_ = (given.get(name) for name in ("type", "source", "id"))
        return cls(type_, source, id_, status, given.get("pattern"), since, until)


@dataclass(frozen=True, slots=True)
class MatchQuery:
    """Which matches, newest first: that were found from ``since`` on and before ``until``."""

    id: str | None = None
    pattern: str | None = None
    key: str | None = None
    status: tuple[str, ...] = ()
    since: Timestamp | None = None
    until: Timestamp | None = None
    limit: int = 100
    cursor: str | None = None

    @classmethod
    def of(cls, given: Mapping[str, str]) -> MatchQuery:
        """From names and values as texts. Raises `FactsRefused` with every fault."""
        faults = _unknown(given, ("pattern", "key", "status", "since", "until"))
        status = _statuses(given, MATCH_STATUSES, faults)
        since, until = (_time(given, name, faults) for name in ("since", "until"))
        if faults:
            raise FactsRefused("the filter cannot be read", tuple(faults))
        return cls(None, given.get("pattern"), given.get("key"), status, since, until)


def _unknown(given: Mapping[str, str], known: Iterable[str]) -> list[Fault]:
    names = [*known]
    return [
        Fault(
            f"/{name[:_SHOWN]}",
            "unknown-key",
            f"there is no parameter {name[:_SHOWN]!r}",
            did_you_mean(name[:_SHOWN], names) or f"known are {', '.join(names)}",
        )
        for name in given
        if name not in names
    ]


def _statuses(given: Mapping[str, str], known: tuple[str, ...], faults: list[Fault]) -> tuple[str, ...]:
    statuses = tuple(each for each in given.get("status", "").split(",") if each)
    for each in statuses:
        if each not in known:
            hint = did_you_mean(each[:_SHOWN], known) or f"one of: {', '.join(known)}"
            faults.append(Fault("/status", "enum", f"there is no status {each[:_SHOWN]!r}", hint))
    return statuses


def _time(given: Mapping[str, str], name: str, faults: list[Fault]) -> Timestamp | None:
    text = given.get(name)
    if text is None:
        return None
    try:
        return parse_timestamp(text)
    except TimeRefused as refused:
        faults.append(Fault(f"/{name}", "format", str(refused), "write 2026-11-27T08:00:00Z"))
        return None
