"""What the engine finds is what trying every combination finds."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from plain_matching import matches, told
from streams import patterns, things

from rulesflow.patterns.compiled import compile_pattern

_SETTINGS = settings(
    max_examples=300,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@_SETTINGS
@given(pattern=patterns(), events=things(8, 12))
def test_any_pattern_matches_as_the_reference_does(matcher, pattern, events):
    assert told(matcher.match([compile_pattern(pattern)], events)) == matches([pattern], events)


@_SETTINGS
@given(pattern=patterns(), events=things(8, 12))
def test_the_matches_that_include_an_event_are_those_of_all_that_have_it(matcher, pattern, events):
    compiled = compile_pattern(pattern)
    for event in events[:2]:
        found = told(matcher.match([compiled], events, including=event.id))
        assert found == matches([pattern], events, including=event.id)
