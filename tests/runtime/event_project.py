"""Projects with types of events and patterns, made without their files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC
from typing import Any

from rulesflow.conditions import Field, Kind, Scope, Type, check, parse
from rulesflow.conditions.types import NUMBER, STRING
from rulesflow.documents.yaml import read_yaml
from rulesflow.model.diagnostics import Span
from rulesflow.model.times import SECOND, Duration, Timestamp, parse_duration, parse_timestamp
from rulesflow.patterns.compiled import compile_pattern
from rulesflow.patterns.definition import Pattern, Term, subject
from rulesflow.patterns.eventpattern import EventPattern
from rulesflow.patterns.eventtypes import EventType
from rulesflow.patterns.followup import FollowUp, SetFact
from rulesflow.runtime.cloudevents import CloudEvent
from rulesflow.runtime.project import LoadedProject, load_project
from rulesflow.schemas import decode_schema

FILES = {
    "rulesflow.yaml": b"project: p\nfacts: facts.yaml\nlayers: [base]\n",
    "facts.yaml": b"""\
type: object
properties:
  order:
    type: object
    properties:
      id: {type: string, x-indexed: true}
  device: {type: object, properties: {bad: {type: boolean}}}
""",
    "base/d.yaml": b"decision: d\nhit: first\noutcome: {r: {type: number}}\ndefault: {r: 1}\n",
}
BEGIN = parse_timestamp("2026-01-01T00:00:00Z")
HOUR = Duration(3600 * SECOND)
_SCHEMA = """\
type: object
required: [key]
additionalProperties: false
properties:
  key: {type: string}
  other: {type: string}
  n: {type: number}
"""
_DATA = Type(
    Kind.OBJECT,
    fields={
        "key": Field(STRING),
        "other": Field(STRING, required=False),
        "n": Field(NUMBER, required=False),
    },
    closed=True,
)
TYPES = ("opened", "closed", "noise")


def event_type(name: str) -> EventType:
    """A type of events with a key, perhaps another key, and perhaps a number."""
    document = read_yaml(_SCHEMA.encode(), "events.yaml")
    assert document.root is not None
    schema = decode_schema(document.root, UTC).schema
    assert schema is not None
    return EventType(name, schema, Span("events.yaml", 1, 1, 2))


def pattern(
    name: str,
    events: Mapping[str, tuple[str, str | None]],
    *,
    by: str = "key",
    within: str = "10m",
    unless: tuple[str, str | None] | None = None,
    then: FollowUp | None = None,
    throttle: str | None = None,
) -> EventPattern:
    """A pattern, as a file tells it: ``events`` are aliases with a type and perhaps a condition."""
    fields: dict[str, Field] = {}
    terms = [_term(alias, type_, when, fields) for alias, (type_, when) in events.items()]
    absent = None if unless is None else _term("unless", *unless, fields)
    made = Pattern(name, tuple(by.split(".")), parse_duration(within), tuple(terms), Scope(fields), absent)
    follow = then or SetFact(
        ("device", "bad"), ((("order", "id"), lambda names: names["key"]),), lambda _: True, HOUR
    )
    span = Span(f"patterns/{name}.yaml", 1, 10, 10 + len(name))
    length = None if throttle is None else parse_duration(throttle)
    return EventPattern(compile_pattern(made), follow, span, name.title(), "Because", length)


def _term(alias: str, type_: str, when: str | None, fields: dict[str, Field]) -> Term:
    fields[alias] = subject(_DATA)
    if when is None:
        return Term(alias, type_)
    checked = check(parse(when), Scope(dict(fields)))
    assert not checked.problems, checked.problems
    return Term(alias, type_, checked)


def project_of(*patterns: EventPattern, files: Mapping[str, bytes] = FILES) -> LoadedProject:
    """A project with these patterns and the types ``opened``, ``closed`` and ``noise``."""
    loaded = load_project(files)
    assert loaded.ruleset is not None, loaded.diagnostics
    types = {name: event_type(name) for name in TYPES}
    return replace(loaded, events=types, patterns={each.name: each for each in patterns})


def event(
    id_: str, type_: str = "opened", key: str = "k", seconds: float = 0, source: str = "/test", **data: Any
) -> CloudEvent:
    """An event so many seconds after the year began."""
    time = Timestamp(BEGIN + int(seconds * SECOND))
    return CloudEvent(id_, source, type_, {"key": key, **data}, time)
