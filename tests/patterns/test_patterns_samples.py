"""The sample shop's patterns find what trying every combination finds, by the events' own times."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from plain_matching import matches, told

from rulesflow.documents.folder import read_folder
from rulesflow.model.times import Timestamp, parse_timestamp
from rulesflow.patterns.definition import Event
from rulesflow.runtime.loading import load_folder, plugins_for

START = parse_timestamp("2026-11-27T08:00:00Z")
STREAMS = 300
MOST = 12

_FOLDER = read_folder(Path(__file__).parents[2] / "rules")
SHOP = load_folder(_FOLDER, plugins_for(_FOLDER))

#: What the shop's events say; more of what patterns ask for, some that miss it by a little.
_VALUES = {
    "device_id": st.sampled_from(["d-1", "d-1", "d-2"]),
    "customer_id": st.sampled_from(["c-1", "c-1", "c-2"]),
    "order_id": st.sampled_from(["A-1", "A-1", "A-2"]),
    "card": st.sampled_from(["visa-a", "visa-b", "visa-c", "visa-d", ""]),
    "total": st.sampled_from([99, 100, 499, 500, 900]),
    "reason": st.sampled_from(["damaged", "wrong_item", "never_arrived", "changed_mind"]),
    "method": st.sampled_from(["card", "wallet", "invoice"]),
}
_OTHERS = st.just("x")


@st.composite
def streams(draw, pattern):
    """Events of the pattern's types, in any order, many at one time or just within or beyond its length."""
    types = st.sampled_from(sorted(pattern.types))
    within = pattern.compiled.pattern.within
    moment = st.builds(lambda parts, more: parts * within // 4 + more, st.integers(0, 8), st.integers(-1, 1))
    return [
        Event(f"e{number}", type_, Timestamp(START + draw(moment)), draw(data_of(type_)))
        for number, type_ in enumerate(draw(st.lists(types, max_size=MOST)))
    ]


@st.composite
def data_of(draw, type_):
    schema = SHOP.events[type_].schema
    fields = schema.type.fields
    named = {name: _VALUES.get(name, _OTHERS) for name in fields if str(fields[name].type.kind) == "string"}
    named |= {name: _VALUES.get(name, st.just(1)) for name in fields if name not in named}
    given = {
        name: draw(values)
        for name, values in named.items()
        if fields[name].required or (name in _VALUES and draw(st.integers(0, 4)))
    }
    return schema.validate(given)


def test_there_are_the_four_samples():
    assert SHOP.diagnostics == ()
    assert SHOP.patterns.keys() >= {
        "address-change-then-large-order",
        "card-testing",
        "no-payment-in-30-minutes",
        "refund-before-delivery",
    }


@pytest.mark.parametrize("name", sorted(SHOP.patterns))
def test_a_sample_matches_as_the_reference_does(matcher, name):
    pattern = SHOP.patterns[name]
    plain, seen = pattern.compiled.pattern, []

    @settings(max_examples=STREAMS, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
    @given(streams(pattern))
    def same(events):
        expected = matches([plain], events)
        assert told(matcher.match([pattern.compiled], events)) == expected
        assert told(matcher.match([pattern.compiled], events[::-1])) == expected
        seen.append(len(expected))
        if expected:
            one = min(id_ for _, _, named, _ in expected for _, id_ in named)
            wanted = matches([plain], events, including=one)
            assert told(matcher.match([pattern.compiled], events, including=one)) == wanted != set()

    same()
    assert len(seen) >= STREAMS
    assert sum(map(bool, seen)) >= STREAMS // 10, "hardly any stream has a match"
    assert sum(not each for each in seen) >= STREAMS // 10, "hardly any stream has none"
