"""What comes of the cases of patterns: which fail and what matched instead, and which patterns they show."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from rulesflow.conditions.operators import equal
from rulesflow.documents.jsontext import write_json
from rulesflow.patterns.cases import ExpectedMatch, PatternCase
from rulesflow.patterns.definition import Found, Match
from rulesflow.patterns.eventpattern import EventPattern
from rulesflow.patterns.matcher import Matcher
from rulesflow.patterns.supervisor import EngineMissing, MatchingFailed, Supervisor


@dataclass(frozen=True, slots=True)
class PatternResult:
    """What came of a case. ``failure`` says what differs, None where all is as expected.

    ``matches``: what matched, by the ids of the case's events.
    """

    case: PatternCase
    failure: str | None
    matches: tuple[Match, ...] = ()


@dataclass(frozen=True, slots=True)
class PatternCoverage:
    """A pattern and the number of cases in which it matched."""

    pattern: str
    file: str
    line: int
    cases: int


@dataclass(frozen=True, slots=True)
class PatternReport:
    """All results, and the coverage of every pattern."""

    results: tuple[PatternResult, ...] = ()
    coverage: tuple[PatternCoverage, ...] = ()

    @property
    def failures(self) -> tuple[PatternResult, ...]:
        """The cases that did not come out as expected."""
        return tuple(each for each in self.results if each.failure is not None)

    @property
    def uncovered(self) -> tuple[PatternCoverage, ...]:
        """The patterns that no case has shown."""
        return tuple(each for each in self.coverage if not each.cases)


def run_pattern_cases(patterns: Mapping[str, EventPattern], cases: Sequence[PatternCase]) -> PatternReport:
    """Match the events of every case and compare. Starts a worker for it, and ends it.

    Where durable-rules is missing, each case fails and says what to install.
    """
    with Supervisor() as supervisor:
        results = tuple(_run(case, Matcher(supervisor)) for case in cases)
    return PatternReport(results, tuple(_coverage(patterns, results)))


def _run(case: PatternCase, matcher: Matcher) -> PatternResult:
    try:
        found = matcher.match([case.pattern.compiled], case.events)
    except (EngineMissing, MatchingFailed) as failed:
        return PatternResult(case, str(failed))
    return PatternResult(case, _difference(case, found), found.matches)


def _difference(case: PatternCase, found: Found) -> str | None:
    if found.failures:
        first = found.failures[0]
        return f"a condition fails on event {', '.join(first.events)}: {first.message}"
    if found.cut:
        return "there are more matches, or more events, than are looked at"
    left = list(found.matches)
    for expected in case.expected:
        place = next((n for n, each in enumerate(left) if _is(expected, each)), None)
        if place is None:
            return f"expected a match of {_wanted(expected)}; {_instead(left)}"
        del left[place]
    return f"expected no match of {_told(left[0])}" if left else None


def _is(expected: ExpectedMatch, match: Match) -> bool:
    if expected.by_alias is not None and expected.by_alias != match.events:
        return False
    if expected.ids != frozenset(match.events.values()):
        return False
    return not expected.has_key or (
        isinstance(expected.key, bool) == isinstance(match.key, bool) and bool(equal(expected.key, match.key))
    )


def _wanted(expected: ExpectedMatch) -> str:
    events = expected.by_alias
    told = _named(events) if events is not None else ", ".join(sorted(expected.ids))
    return f"{told} (key {_key(expected.key)})" if expected.has_key else told


def _instead(left: Sequence[Match]) -> str:
    others = [_told(each) for each in left[:3]]
    more = f" and {len(left) - 3} more" if len(left) > 3 else ""
    return f"what matched is {'; '.join(others)}{more}" if others else "nothing else matched"


def _told(match: Match) -> str:
    return f"{_named(match.events)} (key {_key(match.key)})"


def _named(events: Mapping[str, str]) -> str:
    return ", ".join(f"{alias}: {own}" for alias, own in events.items())


def _key(key: object) -> str:
    return write_json(key).decode()


def _coverage(
    patterns: Mapping[str, EventPattern], results: Iterable[PatternResult]
) -> Iterator[PatternCoverage]:
    counts: dict[str, int] = {}
    for result in results:
        if result.matches:
            counts[result.case.pattern.name] = counts.get(result.case.pattern.name, 0) + 1
    for name, pattern in patterns.items():
        yield PatternCoverage(name, pattern.span.file, pattern.span.line, counts.get(name, 0))
