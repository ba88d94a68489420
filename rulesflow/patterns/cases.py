"""Cases of patterns: events with their times, and the matches that an author expects among them.

Codes: RF850 cases of a pattern that is not there · RF851 an event of an unknown type · RF852 data that does
not fit its type · RF853 two events of one id · RF854 a match of events that are not there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import tzinfo
from typing import Final

from rulesflow.conditions import Value
from rulesflow.documents.nodes import (
    Mapping as MappingNode,
    Node,
    Scalar,
    Sequence as SequenceNode,
    at_pointer,
    plain,
)
from rulesflow.documents.shape import Findings, describe
from rulesflow.documents.yaml import read_yaml
from rulesflow.model.diagnostics import Span, did_you_mean
from rulesflow.model.times import TimeRefused, Timestamp, parse_timestamp
from rulesflow.patterns.definition import Event
from rulesflow.patterns.eventpattern import EventPattern
from rulesflow.patterns.eventtypes import EventType
from rulesflow.patterns.load import CASES, FOLDER
from rulesflow.schemas import SchemaMismatch

_FILE: Final = ("pattern", "cases")
_CASE: Final = ("case", "events", "expect")
_EVENT: Final = ("type", "time", "data", "id")
_MATCH: Final = ("events", "key")


@dataclass(frozen=True, slots=True)
class ExpectedMatch:
    """A match that must come: the ids of its events, by their aliases where the author tells them.

    ``key``: what it must be correlated by, looked at if ``has_key``.
    """

    ids: frozenset[str]
    by_alias: Mapping[str, str] | None = None
    key: Value = None
    has_key: bool = False


@dataclass(frozen=True, slots=True)
class PatternCase:
    """One expectation: all matches of a pattern among some events, whatever order they came in."""

    name: str
    pattern: EventPattern
    span: Span
    events: tuple[Event, ...]
    expected: tuple[ExpectedMatch, ...]


def load_pattern_cases(
    files: Mapping[str, bytes],
    patterns: Mapping[str, EventPattern],
    types: Mapping[str, EventType],
    zone: tzinfo,
    findings: Findings,
) -> tuple[PatternCase, ...]:
    """The cases of all files ``patterns/NAME.cases.yaml``; what is wrong with them goes to ``findings``.

    ``zone``: of times that are written without an offset.
    """
    cases: list[PatternCase] = []
    for path in sorted(files):
        if path.startswith(FOLDER) and path.endswith(CASES):
            document = read_yaml(files[path], path)
            findings.items += document.diagnostics
            if document.root is not None:
                name = path.rsplit("/", 1)[-1].removesuffix(CASES)
                cases += _decoded(document.root, name, patterns, _CaseReader(types, zone, findings))
    return tuple(cases)


def _decoded(
    root: Node, name: str, patterns: Mapping[str, EventPattern], reader: _CaseReader
) -> list[PatternCase]:
    findings = reader.findings
    mapping = findings.mapping(root, "a cases file")
    entries = findings.fields(mapping, _FILE, _FILE, "a cases file") if mapping else {}
    if len(entries) < len(_FILE):
        return []
    at = entries["pattern"].value
    named = findings.text(at, "pattern")
    if named is None:
        return []
    pattern = patterns.get(named)
    if pattern is None:
        hint = did_you_mean(named, patterns) or f"patterns: {', '.join(patterns) or 'none'}"
        findings.error("RF850", f"there is no pattern {named!r}", at.span, hint)
        return []
    if named != name:
        message = f"these are cases of pattern {named}, in a file named {name}{CASES}"
        findings.error("RF850", message, at.span, f"name the file {named}{CASES}")
    listed = findings.sequence(entries["cases"].value, "cases")
    return reader.all(pattern, listed.items if listed else ())


class _CaseReader:
    def __init__(self, types: Mapping[str, EventType], zone: tzinfo, findings: Findings) -> None:
        self.findings = findings
        self._types = types
        self._zone = zone

    def all(self, pattern: EventPattern, items: Iterable[Node]) -> list[PatternCase]:
        """The cases of one file."""
        seen: dict[str, Span] = {}
        return [case for item in items if (case := self._case(pattern, item, seen)) is not None]

    def _case(self, pattern: EventPattern, item: Node, seen: dict[str, Span]) -> PatternCase | None:
        mapping = self.findings.mapping(item, "a case")
        entries = self.findings.fields(mapping, _CASE, _CASE, "a case") if mapping else {}
        if len(entries) < len(_CASE):
            return None
        name = self.findings.text(entries["case"].value, "case")
        given = self.findings.sequence(entries["events"].value, "events")
        wanted = self.findings.sequence(entries["expect"].value, "expect")
        if name is None or given is None or wanted is None:
            return None
        span = entries["case"].value.span
        first = seen.setdefault(name, span)
        if first is not span:
            message = f"two cases are named {name!r}; the other stands in line {first.line}"
            self.findings.error("RF602", message, span)
        events, ids = self._events(given)
        expected = [self._expected(pattern, each, ids) for each in wanted.items]
        found = tuple(each for each in expected if each is not None)
        return PatternCase(name, pattern, span, events, found)

    # -- events --------------------------------------------------------------------------------------------

    def _events(self, given: SequenceNode) -> tuple[tuple[Event, ...], dict[str, Span]]:
        """The events, and the ids of all, also of those that are wrong."""
        events, ids = [], dict[str, Span]()
        for number, item in enumerate(given.items, start=1):
            mapping = self.findings.mapping(item, "an event")
            if mapping is None:
                continue
            given_id = mapping.get("id")
            own = str(number) if given_id is None else self._id(given_id)
            if own is None:
                continue
            span = mapping.span if given_id is None else given_id.span
            if own in ids:
                message = f"two events have the id {own!r}; the other stands in line {ids[own].line}"
                hint = "an event without an id has its number, from 1" if given_id is None else None
                self.findings.error("RF853", message, span, hint)
            ids.setdefault(own, span)
            event = self._event(mapping, own)
            events += [event] if event is not None else []
        return tuple(events), ids

    def _event(self, mapping: MappingNode, own: str) -> Event | None:
        entries = self.findings.fields(mapping, _EVENT, _EVENT[:3], "an event")
        if not entries.keys() >= set(_EVENT[:3]):
            return None
        kind = self._type(entries["type"].value)
        at = self._time(entries["time"].value)
        value = self._data(kind, entries["data"].value) if kind is not None else None
        if kind is None or at is None or value is None:
            return None
        return Event(own, kind, at, value)

    def _type(self, node: Node) -> str | None:
        name = self.findings.text(node, "type")
        if name is None or name in self._types:
            return name
        hint = did_you_mean(name, self._types) or f"types: {', '.join(self._types) or 'none'}"
        self.findings.error("RF851", f"events.yaml has no type {name!r}", node.span, hint)
        return None

    def _time(self, node: Node) -> Timestamp | None:
        text = self.findings.text(node, "time")
        if text is None:
            return None
        try:
            return parse_timestamp(text, self._zone)
        except TimeRefused as refused:
            self.findings.error("RF314", str(refused), node.span)
            return None

    def _data(self, kind: str, node: Node) -> dict[str, Value] | None:
        try:
            return self._types[kind].schema.validate(plain(node))  # type: ignore[no-any-return]
        except SchemaMismatch as mismatch:
            for fault in mismatch.faults:
                message = f"data{fault.pointer.replace('/', '.')} of {kind}: {fault.message}"
                self.findings.error("RF852", message, at_pointer(node, fault.pointer).span, fault.hint)
            return None

    # -- what is expected ----------------------------------------------------------------------------------

    def _expected(self, pattern: EventPattern, item: Node, ids: Mapping[str, Span]) -> ExpectedMatch | None:
        mapping = self.findings.mapping(item, "a match")
        entries = self.findings.fields(mapping, _MATCH, ("events",), "a match") if mapping else {}
        if "events" not in entries:
            return None
        node = entries["events"].value
        by_alias: dict[str, str] | None = None
        if isinstance(node, MappingNode):
            by_alias = self._by_alias(pattern, node, ids)
            named = None if by_alias is None else list(by_alias.values())
        else:
            named = self._listed(pattern, node, ids)
        if named is None:
            return None
        key = plain(entries["key"].value) if "key" in entries else None
        return ExpectedMatch(frozenset(named), by_alias, key, "key" in entries)

    def _by_alias(
        self, pattern: EventPattern, node: MappingNode, ids: Mapping[str, Span]
    ) -> dict[str, str] | None:
        aliases = [term.alias for term in pattern.compiled.pattern.terms]
        given = [entry.key.text for entry in node.entries]
        for entry in node.entries:
            if entry.key.text not in aliases:
                hint = did_you_mean(entry.key.text, aliases) or f"events: {', '.join(aliases)}"
                message = f"pattern {pattern.name} has no event {entry.key.text!r}"
                self.findings.error("RF854", message, entry.key.span, hint)
        missing = [each for each in aliases if each not in given]
        if missing:
            self.findings.error("RF854", f"the match lacks {', '.join(missing)}", node.span)
        found = {entry.key.text: self._known(entry.value, ids) for entry in node.entries}
        known = {alias: each for alias, each in found.items() if each is not None and alias in aliases}
        return known if len(known) == len(aliases) else None

    def _listed(self, pattern: EventPattern, node: Node, ids: Mapping[str, Span]) -> list[str] | None:
        if not isinstance(node, SequenceNode):
            self.findings.error(
                "RF102", f"events is a list of ids or a mapping, not {describe(node)}", node.span
            )
            return None
        found = [self._known(each, ids) for each in node.items]
        known = [each for each in found if each is not None]
        wanted = len(pattern.compiled.pattern.terms)
        if len(set(known)) == wanted and len(found) == wanted:
            return known
        if len(known) == len(found):
            message = f"a match of {pattern.name} has {wanted} different events"
            self.findings.error("RF854", message, node.span)
        return None

    def _known(self, node: Node, ids: Mapping[str, Span]) -> str | None:
        own = self._id(node)
        if own is None or own in ids:
            return own
        hint = did_you_mean(own, ids) or "an event without an id has its number, from 1"
        self.findings.error("RF854", f"the case has no event of the id {own!r}", node.span, hint)
        return None

    def _id(self, node: Node) -> str | None:
        """An id is a text; a bare number is taken as it is written."""
        if isinstance(node, Scalar) and type(node.value) is int:
            return node.text
        return self.findings.text(node, "an event's id")
