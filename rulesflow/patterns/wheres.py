"""``where``: which runs, or which requests, are meant. Paths of facts, and the value that each has.

Codes: RF812 a value that does not fit · RF813 a path that is not there or cannot be compared · RF817 no run
can be found by it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rulesflow.conditions.types import Kind, Type, comparable, in_words
from rulesflow.documents.nodes import Entry, Mapping, Node
from rulesflow.documents.shape import Findings
from rulesflow.patterns.around import Around, Listener
from rulesflow.patterns.followup import Where
from rulesflow.patterns.paths import Path, dotted, meant, schema_at, split
from rulesflow.values.expression import Expression
from rulesflow.values.expressions import Expressions
from rulesflow.values.parts import Fit, read_value

_SCALARS: Final = (Kind.STRING, Kind.NUMBER, Kind.BOOL)
_TIMES: Final = (Kind.TIMESTAMP,)


class WhereReader:
    """Reads ``where`` of one pattern."""

    def __init__(self, around: Around, expressions: Expressions, findings: Findings) -> None:
        self.around = around
        self.expressions = expressions
        self.findings = findings

    def read(self, node: Node, listeners: Sequence[Listener] = (), signal: str = "") -> Where | None:
        """Never empty. ``listeners``: of the signal, where one is sent; its runs have to be found by this."""
        mapping = self.findings.mapping(node, "'where'")
        if mapping is None:
            return None
        if not mapping.entries:
            hint = 'such as: {device.id: "${ key }"}'
            self.findings.error("RF813", "'where' says nothing, so it would mean all", mapping.span, hint)
            return None
        kinds = _SCALARS if signal else (*_SCALARS, *_TIMES)
        found = [self._entry(entry, kinds) for entry in mapping.entries]
        known = [each for each in found if each is not None]
        if len(known) < len(found):
            return None
        if listeners:
            self._check_found(mapping, [path for path, _ in known], listeners, signal)
        return tuple(known)

    def _entry(self, entry: Entry, kinds: Sequence[Kind]) -> tuple[Path, Expression] | None:
        path = split(entry.key.text, entry.key, "'where'", self.findings)
        part = read_value(entry.value, self.expressions)
        if path is None:
            return None
        name, facts = dotted(path), self.around.facts
        type_ = facts.at(path)
        if type_ is None or type_.kind is Kind.DYN:
            message = f"{self.around.facts_file} declares no {name}"
            self.findings.error("RF813", message, entry.key.span, meant(path, facts))
            return None
        if type_.kind not in kinds:
            inner = next(iter(type_.fields or {}), None) if type_.kind is Kind.OBJECT else None
            hint = f"such as {name}.{inner}: …" if inner else "a text, a number, or true or false"
            message = f"{name} is {in_words(type_)}, and 'where' compares single values"
            self.findings.error("RF813", message, entry.key.span, hint)
            return None
        if part.type.kind is Kind.NULL:
            message = f"{name}: nothing is found by null"
            self.findings.error("RF812", message, entry.value.span, "name a value, or leave it out")
            return None
        schema = schema_at(facts, path)
        Fit("RF812", name, self.findings).check(part, schema, type_.without_null(), name)
        return path, part.expression

    def _check_found(
        self, mapping: Mapping, paths: Sequence[Path], listeners: Sequence[Listener], signal: str
    ) -> None:
        """Some workflow that waits for the signal has to take all of these as input."""
        names = sorted({each.workflow for each in listeners})
        inputs = [each for name in names if (each := self.around.workflows.get(name)) is not None]
        if len(inputs) < len(names):
            return
        types = {path: self.around.facts.at(path) for path in paths}
        has = [{path for path, type_ in types.items() if _same(each.at(path), type_)} for each in inputs]
        if any(len(each) == len(types) for each in has):
            return
        inputs_named = f"the input of {', '.join(names)}"
        pairs = zip(mapping.entries, paths, strict=True)
        lost = [entry for entry, path in pairs if not any(path in each for each in has)]
        for entry in lost:
            message = f"{inputs_named} has no {entry.key.text}, so no run that waits for {signal} is found"
            self.findings.error("RF817", message, entry.key.span, "name a fact that its runs are given")
        if not lost:
            message = f"{inputs_named} has not all of these, so no run that waits for {signal} is found"
            self.findings.error("RF817", message, mapping.span, "write a pattern for each workflow")


def _same(one: Type | None, other: Type | None) -> bool:
    return one is not None and other is not None and comparable(one, other)
