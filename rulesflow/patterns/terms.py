"""The events of a pattern: aliases, types and conditions.

Codes: RF801 a type that there is not · RF805 none, or too many · RF806 an alias that cannot be · RF807 a
condition that reads an event which comes later.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from typing import Final

from rulesflow.conditions import Checked, ConditionError, Field, Guards, Scope, parse
from rulesflow.conditions.tree import Name
from rulesflow.conditions.types import DYN, TYPE_NAMES
from rulesflow.documents.nodes import Entry, Node, Scalar
from rulesflow.documents.shape import Findings
from rulesflow.model.diagnostics import Diagnostic, did_you_mean
from rulesflow.patterns.around import Around, EventTypes
from rulesflow.patterns.definition import MOST_TERMS, TIME, Term, subject
from rulesflow.patterns.eventtypes import EventType
from rulesflow.values.expressions import Expressions

UNLESS: Final = "unless"
RESERVED: Final = frozenset({"key", "match", UNLESS, TIME})


@dataclass(slots=True)
class Terms:
    """What was read so far. ``known``: what the conditions show once all of them are met.

    ``types``: those that are known, each once. ``whole``: nothing was left out for being wrong.
    """

    names: dict[str, Field] = field(default_factory=dict)
    terms: list[Term] = field(default_factory=list)
    unless: Term | None = None
    known: Guards = field(default_factory=Guards)
    types: dict[str, EventType] = field(default_factory=dict)
    whole: bool = True


class TermsReader:
    """Reads ``events`` and ``unless`` of one pattern."""

    def __init__(self, around: Around, types: EventTypes, findings: Findings) -> None:
        self.around = around
        self.types = types
        self.findings = findings

    def read(self, events: Node, unless: Node | None) -> Terms:
        """All events of the pattern; those that are wrong are left out."""
        found = Terms()
        mapping = self.findings.mapping(events, "'events'")
        entries = mapping.entries if mapping is not None else ()
        if mapping is not None and not entries:
            hint = "such as: first: {type: payment.declined}"
            self.findings.error("RF805", "a pattern needs at least one event", mapping.span, hint)
        for entry in entries[MOST_TERMS:][:1]:
            message = f"a pattern has at most {MOST_TERMS} events, and this one has {len(entries)}"
            hint = "look at some of them in a pattern of their own"
            self.findings.error("RF805", message, entry.key.span, hint)
        aliases = [entry.key.text for entry in entries]
        for number, entry in enumerate(entries):
            term = self._named(entry, found, aliases[number + 1 :])
            if term is not None:
                found.terms.append(term)
        if unless is not None:
            found.unless = self._term(UNLESS, unless, "'unless'", found, ())
        found.whole = len(found.terms) == len(entries) > 0 and (unless is None or found.unless is not None)
        return found

    def _named(self, entry: Entry, found: Terms, later: Collection[str]) -> Term | None:
        alias = entry.key.text
        usable = self._is_alias(entry.key)
        term = self._term(alias, entry.value, f"event {alias!r}", found, later)
        return term if usable else None

    def _is_alias(self, key: Scalar) -> bool:
        alias = self.findings.name(key, "an alias")
        if alias is None:
            return False
        if alias not in RESERVED and _is_free(alias):
            return True
        message = f"{alias!r} cannot name an event: it means something else in conditions and values"
        self.findings.error("RF806", message, key.span, "give the event another name")
        return False

    def _term(self, alias: str, node: Node, what: str, found: Terms, later: Collection[str]) -> Term | None:
        mapping = self.findings.mapping(node, what)
        if mapping is None:
            found.names[alias] = Field(DYN)
            return None
        entries = self.findings.fields(mapping, ("type", "when"), ("type",), what)
        name = self._type(entries["type"].value, found) if "type" in entries else None
        known = found.types.get(name or "")
        found.names[alias] = Field(DYN) if known is None else subject(known.schema.type)
        when = None
        if "when" in entries:
            when = self._condition(entries["when"].value, alias, found, later)
            if when is None:
                return None
        return None if known is None else Term(alias, known.name, when)

    def _type(self, node: Node, found: Terms) -> str | None:
        name = self.findings.text(node, "type")
        if name is None or name in self.types.broken:
            return None
        if name in self.types.known:
            found.types[name] = self.types.known[name]
        elif self.types.complete:
            names = [*self.types.known, *self.types.broken]
            hint = did_you_mean(name, names) or "declare it, with its data, in events.yaml"
            self.findings.error("RF801", f"there is no type of event {name[:80]!r}", node.span, hint)
        return name

    def _condition(self, node: Node, alias: str, found: Terms, later: Collection[str]) -> Checked | None:
        own = Findings()
        scope = Scope(dict(found.names), self.around.functions, self.around.zone)
        checked = Expressions(scope, found.known, own).checked(node, f"'when' of {alias}")
        self.findings.items += [_told(each, alias, (*later, UNLESS)) for each in own.items]
        if checked is not None and alias != UNLESS:
            found.known |= checked.when_true
        return checked


def _is_free(alias: str) -> bool:
    """Whether the language has no other use of the word."""
    try:
        return alias not in TYPE_NAMES and isinstance(parse(alias), Name)
    except ConditionError:
        return False


def _told(found: Diagnostic, alias: str, later: Collection[str]) -> Diagnostic:
    """The same; of an event that is not there yet it says so."""
    read = found.message.removeprefix("unknown name ")
    if found.code != "RF203" or read == alias or read not in later:
        return found
    message = f"{read!r} comes later: a condition reads its own event and those before it"
    hint = f"ask it in the 'when' of {read!r}" + ("" if read == UNLESS else ", or move that up")
    return replace(found, code="RF807", message=message, hint=hint)
