"""Projects whose patterns set facts or send signals, made without their files."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from rulesflow.conditions import Scope
from rulesflow.conditions.types import STRING, Field, Kind, Type
from rulesflow.model.diagnostics import Span
from rulesflow.model.times import SECOND, Duration
from rulesflow.patterns.compiled import compile_pattern
from rulesflow.patterns.definition import Pattern, Term, subject
from rulesflow.patterns.eventpattern import EventPattern
from rulesflow.patterns.followup import FollowUp, SendSignal, SetFact, Where
from rulesflow.runtime.project import LoadedProject

HOUR = Duration(3600 * SECOND)
_SPAN = Span("patterns/p.yaml", 1, 1, 2)
_DATA = Type(Kind.OBJECT, fields={"key": Field(STRING)})


def sets(fact: str, *where: str) -> SetFact:
    """A fact that is set for requests that have values at those paths."""
    return SetFact(tuple(fact.split(".")), _keyed(where), lambda _: True, HOUR)


def signals(signal: str, *where: str) -> SendSignal:
    """A signal to runs that have values at those paths."""
    return SendSignal(signal, _keyed(where), lambda _: {})


def _keyed(where: Iterable[str]) -> Where:
    return tuple((tuple(path.split(".")), lambda names: names["key"]) for path in where)


def with_patterns(project: LoadedProject, then: Iterable[FollowUp]) -> LoadedProject:
    """The project with a pattern for each of these."""
    patterns = {}
    for number, each in enumerate(then):
        scope = Scope({"one": subject(_DATA)})
        pattern = Pattern(f"p{number}", ("key",), HOUR, (Term("one", "thing"),), scope)
        patterns[pattern.name] = EventPattern(compile_pattern(pattern), each, _SPAN)
    return replace(project, patterns=patterns)
