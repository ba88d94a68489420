"""``then``: what follows a match.

Codes: RF808 reads an event that is not there · RF809 none or several of signal, start and fact, or keys of
another · RF810 a workflow that is not there · RF811 a signal that no workflow waits for · RF812 a value that
does not fit · RF814 a fact that cannot be set. ``where`` is read by `rulesflow.patterns.wheres`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from rulesflow.conditions.types import Field, Kind
from rulesflow.documents.nodes import Entry, Mapping as MappingNode, Node, Spot
from rulesflow.documents.shape import Findings
from rulesflow.model.diagnostics import Diagnostic, Span, did_you_mean
from rulesflow.patterns.around import Around, Listener
from rulesflow.patterns.followup import FollowUp, SendSignal, SetFact, StartRun
from rulesflow.patterns.paths import Path, dotted, meant, read_path, schema_at
from rulesflow.patterns.terms import UNLESS
from rulesflow.patterns.wheres import WhereReader
from rulesflow.values.expressions import Expressions
from rulesflow.values.parts import Fit, Part, read_value
from rulesflow.values.periods import read_period

#: For each of the three: the keys that it may have beside it, and those that it needs.
KEYS: Final[Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    "signal": (("where", "with"), ("where",)),
    "start": (("with",), ()),
    "fact": (("where", "value", "for"), ("where", "value", "for")),
}
_CHOICE: Final = "signal, start or fact"


class FollowReader:
    """Reads ``then`` of one pattern. ``expressions``: what its values may read."""

    def __init__(self, around: Around, expressions: Expressions, findings: Findings) -> None:
        self.around = around
        self.findings = findings
        self._own = Findings()
        self._expressions = Expressions(expressions.scope, expressions.known, self._own)
        self._wheres = WhereReader(around, self._expressions, self._own)

    def read(self, node: Node) -> FollowUp | None:
        """What follows; None after noting what is wrong."""
        found = self._read(node)
        self.findings.items += [_told(each) for each in self._own.items]
        return None if self._own.failed else found

    def _read(self, node: Node) -> FollowUp | None:
        mapping = self._own.mapping(node, "'then'")
        if mapping is None:
            return None
        chosen = [key for key in mapping.keys() if key in KEYS]  # noqa: SIM118 - it is no dict
        if len(chosen) != 1:
            told = " and ".join(chosen) or "none of them"
            message = f"exactly one of {_CHOICE} follows a match, and here is {told}"
            hint = "write a pattern for each" if chosen else self._nearest(mapping)
            self._own.error("RF809", message, mapping.span, hint)
            return None
        entries = self._entries(mapping, chosen[0])
        if len(entries) < 1 + len(KEYS[chosen[0]][1]):
            return None
        match chosen[0]:
            case "signal":
                return self._signal(entries)
            case "start":
                return self._start(entries)
        return self._fact(entries)

    def _nearest(self, mapping: MappingNode) -> str:
        near = (did_you_mean(key, KEYS) for key in mapping.keys())  # noqa: SIM118
        return next((each for each in near if each), "such as: start: WORKFLOW")

    def _entries(self, mapping: MappingNode, chosen: str) -> Mapping[str, Entry]:
        """The entries of this kind by key; keys of another kind are told of as such."""
        known, needed = KEYS[chosen]
        others = {key for keys, _ in KEYS.values() for key in keys} - {*known}
        for entry in mapping.entries:
            key = entry.key.text
            if key in others:
                message = f"{key!r} does not belong to {chosen!r}"
                hint = f"beside it stand: {', '.join(known)}"
                self._own.error("RF809", message, entry.key.span, hint)
        rest = tuple(entry for entry in mapping.entries if entry.key.text not in others)
        cleaned = MappingNode(rest, mapping.source, mapping.offset, mapping.end)
        found = self._own.fields(cleaned, (chosen, *known), needed, f"'then' with {chosen!r}")
        return found if chosen in found and all(key in found for key in needed) else {}

    # -- a signal ------------------------------------------------------------------------------------------

    def _signal(self, entries: Mapping[str, Entry]) -> FollowUp | None:
        name = self._own.text(entries["signal"].value, "signal")
        span = entries["signal"].value.span
        listeners = [] if name is None else self._listeners(name, span)
        where = self._wheres.read(entries["where"].value, listeners, name or "")
        part = self._given(entries.get("with"), span)
        if name is not None:
            self._check_payload(name, listeners, part)
        if name is None or where is None:
            return None
        return SendSignal(name, where, part.expression)

    def _listeners(self, name: str, span: Span) -> list[Listener]:
        found = [each for each in self.around.listeners if each.hears(name)]
        if not found and self.around.sound:
            known = sorted({each.signal for each in self.around.listeners if each.signal is not None})
            hint = did_you_mean(name, known) or f"signals: {', '.join(known) or 'none'}"
            self._own.error("RF811", f"no workflow waits for a signal {name[:80]!r}", span, hint)
        return found

    def _check_payload(self, name: str, listeners: list[Listener], part: Part) -> None:
        """In each workflow it has to fit one of the waits of its name."""
        if not self._is_object(part):
            return
        waits: dict[str, list[Findings]] = {}
        for each in listeners:
            if each.signal is not None:
                own = Findings()
                what = f"'with' of signal {name} to {each.workflow}"
                Fit("RF812", what, own).check(part, each.payload, each.payload.type)
                waits.setdefault(each.workflow, []).append(own)
        for tried in waits.values():
            if all(own.failed for own in tried):
                self._own.items += tried[0].items

    # -- a run ---------------------------------------------------------------------------------------------

    def _start(self, entries: Mapping[str, Entry]) -> FollowUp | None:
        name = self._own.text(entries["start"].value, "start")
        span = entries["start"].value.span
        part = self._given(entries.get("with"), span)
        fits = self._is_object(part)
        if name is None:
            return None
        schema = self.around.workflows.get(name)
        if schema is not None and fits:
            Fit("RF812", f"the input of {name}", self._own).check(part, schema, schema.type)
        elif schema is None and name not in self.around.broken:
            hint = did_you_mean(name, [*self.around.workflows, *self.around.broken])
            known = ", ".join(sorted(self.around.workflows)[:12])
            hint = hint or (f"workflows: {known}" if known else "write it as a file in workflows/")
            self._own.error("RF810", f"there is no workflow {name[:80]!r}", span, hint)
        return StartRun(name, part.expression)

    # -- a fact --------------------------------------------------------------------------------------------

    def _fact(self, entries: Mapping[str, Entry]) -> FollowUp | None:
        path = read_path(entries["fact"].value, "'fact'", self._own)
        schema = None if path is None else schema_at(self.around.facts, path)
        span = entries["fact"].value.span
        where = self._wheres.read(entries["where"].value)
        part = read_value(entries["value"].value, self._expressions)
        lasts = read_period(entries["for"].value, "'for'", self._own, some=True)
        if path is None or where is None:
            return None
        if schema is None:
            message = f"{self.around.facts_file} declares no {dotted(path)}"
            self._own.error("RF814", message, span, meant(path, self.around.facts))
            return None
        self._check_settable(path, [each for each, _ in where], span)
        Fit("RF812", dotted(path), self._own).check(part, schema, schema.type, dotted(path))
        return None if lasts is None else SetFact(path, where, part.expression, lasts)

    def _check_settable(self, path: Path, where: list[Path], span: Span) -> None:
        """A request that says the fact itself wins, so there must be some that do not."""
        name = dotted(path)
        if any(each[: len(path)] == path for each in where):
            message = f"requests that 'where' means say {name} themselves, and that wins"
            self._own.error("RF814", message, span, "set a fact that 'where' does not look at")
            return
        said = True  # whether every request that is meant says the object that we are in
        for depth in range(1, len(path)):
            here, field = path[:depth], self._field(path[:depth])
            said = said and field.required and not field.type.nullable
            said = said or any(len(each) > depth and each[:depth] == here for each in where)
            if not said:
                self._check_alone(name, here, path[depth], span)
        if said and self._field(path).required:
            message = f"{name} is required where it stands, so requests say it themselves, and that wins"
            hint = f"take it out of 'required' in {self.around.facts_file}"
            self._own.error("RF814", message, span, hint)

    def _field(self, path: Path) -> Field:
        """A field of the facts that is declared."""
        above = schema_at(self.around.facts, path[:-1])
        assert above is not None
        return (above.type.fields or {})[path[-1]]

    def _check_alone(self, name: str, above: Path, inner: str, span: Span) -> None:
        """An object that a request may be without is made of the fact alone."""
        schema = schema_at(self.around.facts, above)
        fields = {} if schema is None else schema.type.fields or {}
        others = [each for each, field in fields.items() if field.required and each != inner]
        if others:
            message = f"a request may be without {dotted(above)}, and that needs {', '.join(others)} too"
            hint = f"ask for {dotted((*above, others[0]))} in 'where', or declare {name} elsewhere"
            self._own.error("RF814", message, span, hint)

    # -- values --------------------------------------------------------------------------------------------

    def _given(self, entry: Entry | None, place: Span) -> Part:
        return read_value(MappingNode((), Spot(place)) if entry is None else entry.value, self._expressions)

    def _is_object(self, part: Part) -> bool:
        if part.type.kind in (Kind.OBJECT, Kind.MAP, Kind.DYN) and not part.type.nullable:
            return True
        self._own.error("RF812", "'with' must give an object", part.span, "write a mapping: {reason: …}")
        return False


def _told(found: Diagnostic) -> Diagnostic:
    """The same; of the event that must not be there it says so."""
    if found.code != "RF203" or found.message != f"unknown name {UNLESS}":
        return found
    message = "where a match is followed there is no event 'unless'"
    return replace(found, code="RF808", message=message, hint="read the events under 'events'")
