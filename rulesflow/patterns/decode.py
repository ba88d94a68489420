"""From a pattern's YAML document to the pattern, compiled.

Codes of its own: RF815 the name differs from the file's, or is too long; see also the readers of its parts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from rulesflow.conditions import Field, Scope
from rulesflow.conditions.types import DYN, STRING, Type
from rulesflow.documents.nodes import Entry, Node
from rulesflow.documents.shape import FILE_NAME, Findings
from rulesflow.model.times import Duration
from rulesflow.patterns.around import Around, EventTypes
from rulesflow.patterns.compiled import CompiledPattern, compile_pattern
from rulesflow.patterns.definition import Pattern, PatternRefused
from rulesflow.patterns.eventpattern import EventPattern
from rulesflow.patterns.following import FollowReader
from rulesflow.patterns.followup import FollowUp
from rulesflow.patterns.key import read_key
from rulesflow.patterns.paths import Path
from rulesflow.patterns.terms import UNLESS, Terms, TermsReader
from rulesflow.values.expressions import Expressions
from rulesflow.values.periods import read_period

KEYS: Final = (
    "pattern", "title", "by", "within", "events", UNLESS, "then", "because", "throttle",
)  # fmt: skip
REQUIRED: Final = ("pattern", "by", "within", "events", "then")
#: Characters of a pattern's name, by which its matches are stored.
MOST_NAME: Final = 200


class PatternReader:
    """Reads one file."""

    def __init__(self, file: str, around: Around, types: EventTypes, findings: Findings) -> None:
        self.file = file
        self.around = around
        self.types = types
        self.findings = findings

    def read(self, root: Node) -> EventPattern | None:
        """The pattern; None after noting what is wrong with it."""
        mapping = self.findings.mapping(root, "a pattern")
        if mapping is None:
            return None
        entries = self.findings.fields(mapping, KEYS, REQUIRED, "a pattern")
        name = self._name(entries.get("pattern"))
        title, because = self._text(entries, "title"), self._text(entries, "because")
        within, throttle = self._period(entries, "within"), self._period(entries, "throttle")
        if "events" not in entries:
            return None
        unless = entries[UNLESS].value if UNLESS in entries else None
        terms = TermsReader(self.around, self.types, self.findings).read(entries["events"].value, unless)
        key = self._key(entries.get("by"), terms)
        then = self._then(entries.get("then"), terms, key[1] if key else DYN)
        if within is None or key is None or then is None or not terms.whole or self.findings.failed:
            return None
        compiled = self._compiled(name, key[0], within, terms, entries["events"].value)
        if compiled is None:
            return None
        return EventPattern(compiled, then, entries["pattern"].value.span, title, because, throttle)

    def _name(self, entry: Entry | None) -> str:
        stem = self.file.rsplit("/", 1)[-1].removesuffix(".yaml")
        name = None if entry is None else self.findings.name(entry.value, "pattern", FILE_NAME)
        if entry is not None and name is not None and name != stem:
            message = f"pattern {name!r} stands in a file named {stem!r}"
            hint = f"write 'pattern: {stem}', or rename the file to {name}.yaml"
            self.findings.error("RF815", message, entry.value.span, hint)
        elif entry is not None and name is not None and len(name) > MOST_NAME:
            message = f"the pattern's name has {len(name):,} characters, more than {MOST_NAME}"
            self.findings.error("RF815", message, entry.value.span, "give it, and its file, a shorter name")
        return stem

    def _text(self, entries: Mapping[str, Entry], key: str) -> str:
        return (self.findings.text(entries[key].value, key) or "") if key in entries else ""

    def _period(self, entries: Mapping[str, Entry], key: str) -> Duration | None:
        if key not in entries:
            return None
        return read_period(entries[key].value, f"'{key}'", self.findings, some=True)

    def _key(self, entry: Entry | None, terms: Terms) -> tuple[Path, Type] | None:
        return None if entry is None else read_key(entry.value, tuple(terms.types.values()), self.findings)

    def _then(self, entry: Entry | None, terms: Terms, key: Type) -> FollowUp | None:
        if entry is None:
            return None
        names = {alias: each for alias, each in terms.names.items() if alias != UNLESS}
        scope = self._scope({**names, "key": Field(key), "match": Field(STRING)})
        expressions = Expressions(scope, terms.known, self.findings)
        return FollowReader(self.around, expressions, self.findings).read(entry.value)

    def _compiled(
        self, name: str, by: Path, within: Duration, terms: Terms, events: Node
    ) -> CompiledPattern | None:
        scope = self._scope(terms.names)
        pattern = Pattern(name, by, within, tuple(terms.terms), scope, terms.unless)
        try:
            return compile_pattern(pattern)
        except PatternRefused as refused:
            self.findings.error("RF805", str(refused), events.span)
            return None

    def _scope(self, names: Mapping[str, Field]) -> Scope:
        return Scope(dict(names), self.around.functions, self.around.zone)
