"""Random patterns, and random events for them."""

from __future__ import annotations

from hypothesis import strategies as st
from sample_patterns import TYPES, pattern

from rulesflow.model.times import SECOND, Timestamp, parse_timestamp
from rulesflow.patterns.definition import Event

START = parse_timestamp("2026-11-27T08:00:00Z")
MINUTE = 60 * SECOND

_VALUES = {
    "key": st.sampled_from(["k", "k", "k", "j"]),
    "n": st.sampled_from([0, 1, 2, -1]),
    "m": st.sampled_from([0, 1, 3]),
    "s": st.sampled_from(["", "a", "b", "ab"]),
    "b": st.booleans(),
    "l": st.lists(st.sampled_from([0, 1, 2]), max_size=2),
}


def event(number, type_, minute, **data):
    """``minute``: after eight o'clock."""
    return Event(f"e{number}", type_, Timestamp(START + int(minute * MINUTE)), data)


@st.composite
def things(draw, most, minutes):
    """Lists of events of one type, out of order, many at one time."""
    found = []
    for number in range(draw(st.integers(0, most))):
        data = {
            name: draw(_VALUES[name])
            for name, field in TYPES["thing"].items()
            if field.required or draw(st.booleans())
        }
        found.append(event(number, "thing", draw(st.integers(0, minutes)), **data))
    return found


#: Of one event; $ stands for its alias.
_ALONE = (
    "$.n > 0", "$.b", "has($.m) && $.m > 1", "$.l.exists(x, x > 1)", "$.s.startsWith('a')", "1 / $.n > 0",
    "$.l[0] == 1", "!$.b", '$.s == "a" || $.n == 2',
)  # fmt: skip
#: Between two; # stands for the other alias.
_BETWEEN = (
    "$.n > #.n", "$.n != #.n", "$.s == #.s", "$.s < #.s", "$.ts > #.ts", "$.ts - #.ts <= duration('5m')",
    "$.n + 1 >= #.n * 2", "$.b == #.b", "$.b != #.b", "size($.l) < size(#.l)", "$.n + #.n == 2",
    "$.n > 1 || #.n > 1", "$.b && #.s == 'a' || $.s == #.s", "$.n / #.n > 0", "has(#.m) && $.n == #.m",
    "(has($.m) && #.b || has($.m) && #.n > 0) && $.m + #.n > 1", "$.l == #.l", "$.n in #.l",
)  # fmt: skip


@st.composite
def patterns(draw):
    """Patterns of up to three events of one type."""
    aliases = ["x", "y", "z"][: draw(st.integers(1, 3))]
    events = {}
    for place, alias in enumerate(aliases):
        parts = draw(st.lists(st.sampled_from(_ALONE), max_size=1))
        parts = [part.replace("$", alias) for part in parts]
        for other in aliases[:place]:
            for part in draw(st.lists(st.sampled_from(_BETWEEN), max_size=2)):
                parts.append(part.replace("$", alias).replace("#", other))
        events[alias] = ("thing", " && ".join(f"({part})" for part in parts) or None)
    absence = (*_ALONE, *(part.replace("#", "x") for part in _BETWEEN))
    when = draw(st.none() | st.sampled_from(absence).map(lambda part: part.replace("$", "unless")))
    unless = ("thing", when) if draw(st.booleans()) else None
    return pattern("random", "key", draw(st.sampled_from(["3m", "10m", "60m"])), events, unless)
