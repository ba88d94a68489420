"""What the engine finds is what trying every combination finds."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings, strategies as st
from plain_matching import matches, shown
from sample_patterns import SAMPLES, TYPES
from streams import patterns, streams

from rulesflow.patterns.compiled import compile_pattern

_SETTINGS = settings(
    max_examples=300,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
_COMPILED = tuple(map(compile_pattern, SAMPLES))
_TYPES = [name for name in TYPES if name != "thing"]


def told(found):
    """Each match is told once, and nothing was left out."""
    assert not found.cut
    assert len({match.identity for match in found.matches}) == len(found.matches)
    return {shown(match) for match in found.matches}


@_SETTINGS
@given(events=streams(_TYPES, 25, 40), random=st.randoms(use_true_random=False))
def test_the_sample_patterns_match_as_the_reference_does(matcher, events, random):
    expected = matches(SAMPLES, events)
    assert told(matcher.match(_COMPILED, events)) == expected
    random.shuffle(events)
    assert told(matcher.match(_COMPILED, events)) == expected


@_SETTINGS
@given(pattern=patterns(), events=streams(["thing"], 8, 12))
def test_any_pattern_matches_as_the_reference_does(matcher, pattern, events):
    assert told(matcher.match([compile_pattern(pattern)], events)) == matches([pattern], events)


@_SETTINGS
@given(pattern=patterns(), events=streams(["thing"], 8, 12))
def test_the_matches_that_include_an_event_are_those_of_all_that_have_it(matcher, pattern, events):
    compiled = compile_pattern(pattern)
    for event in events[:2]:
        found = told(matcher.match([compiled], events, including=event.id))
        assert found == matches([pattern], events, including=event.id)
