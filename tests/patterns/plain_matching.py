"""What patterns mean, written down as plainly as can be: every combination of events is tried."""

from __future__ import annotations

from itertools import permutations

from rulesflow.conditions import Budget, EvaluationError, compile_condition
from rulesflow.model.times import Timestamp
from rulesflow.patterns.definition import Match


def matches(patterns, events, including=None):
    """All matches, as a set of what `shown` makes of each."""
    found = set()
    for pattern in patterns:
        for key, own in _keys(pattern, events).items():
            found |= _of_key(pattern, key[1], own, including)
    return found


def shown(match: Match):
    """A match as something to compare."""
    return match.pattern, match.key, tuple(match.events.items()), match.due


def told(found):
    """What was found, in the same form: each match is told once, and nothing was left out."""
    assert not found.cut
    assert len({match.identity for match in found.matches}) == len(found.matches)
    return {shown(match) for match in found.matches}


def _keys(pattern, events):
    keys = {}
    for event in sorted(events, key=lambda event: (event.ts, event.id)):
        key = event.data
        for name in pattern.by:
            key = key.get(name) if isinstance(key, dict) else None
        if key is not None:
            keys.setdefault((type(key) is bool, key), []).append(event)
    return keys


def _of_key(pattern, key, events, including):
    found = {}
    for chosen in permutations(events, len(pattern.terms)):  # the earliest come first
        ids = frozenset(event.id for event in chosen)
        if (
            ids not in found
            and (including is None or including in ids)
            and _is_match(pattern, chosen, events)
        ):
            named = {term.alias: event.id for term, event in zip(pattern.terms, chosen, strict=True)}
            due = Timestamp(min(event.ts for event in chosen) + pattern.within) if pattern.unless else None
            found[ids] = shown(Match(pattern.name, key, named, due))
    return set(found.values())


def _is_match(pattern, chosen, events):
    times = [event.ts for event in chosen]
    if max(times) - min(times) > pattern.within:
        return False
    if any(term.type != event.type for term, event in zip(pattern.terms, chosen, strict=True)):
        return False
    names = {
        term.alias: {**event.data, "ts": event.ts} for term, event in zip(pattern.terms, chosen, strict=True)
    }
    if not all(_true(pattern, term.when, names) for term in pattern.terms):
        return False
    end = min(times) + pattern.within
    return pattern.unless is None or not any(
        event.type == pattern.unless.type
        and event not in chosen
        and min(times) <= event.ts <= end
        and not _false(pattern, pattern.unless.when, {**names, "unless": {**event.data, "ts": event.ts}})
        for event in events
    )


def _true(pattern, when, names):
    return _value(pattern, when, names) is True


def _false(pattern, when, names):
    """A condition that fails does not say that the event may be there."""
    return _value(pattern, when, names) is False


def _value(pattern, when, names):
    if when is None:
        return True
    try:
        return _compiled(when, pattern.scope)(names, Budget())
    except EvaluationError:
        return None


def _compiled(when, scope):
    """Once for each condition: there are many combinations. It is held, so that its id stays its own."""
    if id(when) not in _CONDITIONS:
        _CONDITIONS[id(when)] = when, compile_condition(when, scope)
    return _CONDITIONS[id(when)][1]


_CONDITIONS = {}
