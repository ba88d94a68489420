"""Values of a workflow: literals, templates, and lists and mappings that hold both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from rulesflow.conditions.types import DYN, Field, Kind, Type, join, list_of
from rulesflow.documents.nodes import Entry, Mapping as MappingNode, Node, Scalar, Sequence, at_pointer
from rulesflow.documents.shape import Findings, describe
from rulesflow.model.diagnostics import Span, did_you_mean
from rulesflow.schemas import Schema, SchemaMismatch
from rulesflow.values.expression import Expression
from rulesflow.values.expressions import Computed, Expressions, constant, type_of
from rulesflow.values.fitting import misfit, said


@dataclass(frozen=True, slots=True)
class Part:
    """A value, or a part of one. ``span``: of what is computed; ``constant``: nothing is."""

    node: Node
    type: Type
    expression: Expression
    span: Span
    constant: bool
    items: tuple[Part, ...] = ()
    entries: Mapping[str, Part] = field(default_factory=dict)


def read_value(node: Node, expressions: Expressions) -> Part:
    """Compile a value."""
    if isinstance(node, Sequence):
        return _list(node, tuple(read_value(item, expressions) for item in node.items))
    if isinstance(node, MappingNode):
        return _mapping(node, {each.key.text: read_value(each.value, expressions) for each in node.entries})
    if not isinstance(node.value, str):
        return Part(node, type_of(node.value), constant(node.value), node.span, True)
    found = expressions.computed(node)
    if isinstance(found, Computed):
        return Part(node, found.type, found.expression, found.span, False)
    return Part(node, type_of(found), constant(found), node.span, True)


def _list(node: Sequence, items: tuple[Part, ...]) -> Part:
    type_ = list_of(join(*(item.type for item in items)) if items else DYN)
    if all(item.constant for item in items):
        made = constant([item.expression({}) for item in items])
        return Part(node, type_, made, node.span, True, items)
    parts = [item.expression for item in items]
    return Part(node, type_, lambda names: [part(names) for part in parts], node.span, False, items)


def _mapping(node: MappingNode, entries: Mapping[str, Part]) -> Part:
    type_ = Type(Kind.OBJECT, fields={key: Field(part.type) for key, part in entries.items()}, closed=True)
    if all(part.constant for part in entries.values()):
        made = constant({key: part.expression({}) for key, part in entries.items()})
        return Part(node, type_, made, node.span, True, (), entries)
    parts = [(key, part.expression) for key, part in entries.items()]
    return Part(
        node, type_, lambda names: {key: part(names) for key, part in parts}, node.span, False, (), entries
    )


class Fit:
    """Checks values against a schema.

    ``what`` the value is, for messages. ``partial``: what the schema requires may come from elsewhere.
    """

    def __init__(self, code: str, what: str, findings: Findings, *, partial: bool = False) -> None:
        self.code = code
        self.what = what
        self.findings = findings
        self.partial = partial

    def check(self, part: Part, schema: Schema | None, wanted: Type, name: str = "") -> None:
        """Note what does not fit. ``name``: the path of a part."""
        if wanted.kind is Kind.DYN:
            return
        if part.constant and schema is not None and not self._is_object(part, wanted):
            self._literal(part, schema, name)
        elif isinstance(part.node, MappingNode):
            self._mapping(part, schema, wanted, name)
        elif isinstance(part.node, Sequence):
            self._items(part, schema, wanted, name)
        elif not (self.partial and part.type.kind in (Kind.OBJECT, Kind.MAP) and wanted.kind is Kind.OBJECT):
            found = misfit(part.type, wanted, name or self.what)
            if found is not None:
                self.findings.error(self.code, found.message, part.span, found.hint)

    def _is_object(self, part: Part, wanted: Type) -> bool:
        return isinstance(part.node, MappingNode) and wanted.kind is Kind.OBJECT

    def _literal(self, part: Part, schema: Schema, name: str) -> None:
        try:
            schema.validate(part.expression({}))
        except SchemaMismatch as mismatch:
            for fault in mismatch.faults:
                node = at_pointer(part.node, fault.pointer)
                inner = (name + fault.pointer.replace("/", ".")).lstrip(".") or self.what
                hint = fault.hint
                if fault.code == "type" and "a string" in fault.message and isinstance(node, Scalar):
                    hint = f'quote it: "{node.text}"'
                self.findings.error(self.code, f"{inner}: {fault.message}", node.span, hint)

    def _items(self, part: Part, schema: Schema | None, wanted: Type, name: str) -> None:
        if wanted.kind is not Kind.LIST:
            self._wrong_kind(part, wanted, name)
            return
        inner = schema.items if schema else None
        for number, item in enumerate(part.items):
            self.check(
                item, inner, inner.type if inner else wanted.element or DYN, f"{name or self.what}[{number}]"
            )

    def _mapping(self, part: Part, schema: Schema | None, wanted: Type, name: str) -> None:
        if wanted.kind not in (Kind.OBJECT, Kind.MAP):
            self._wrong_kind(part, wanted, name)
            return
        fields = wanted.fields or {}
        keys = {entry.key.text: entry.key.span for entry in _entries(part.node)}
        for key, inner in part.entries.items():
            path = f"{name}.{key}".lstrip(".")
            if key in fields:
                below = schema.properties.get(key) if schema else None
                self.check(inner, below, fields[key].type, path)
            elif wanted.kind is Kind.MAP:
                self.check(inner, None, wanted.element or DYN, path)
            elif wanted.closed:
                hint = did_you_mean(key, fields) or f"it has: {', '.join(fields) or 'none'}"
                self.findings.error(
                    self.code, f"{name or self.what} has no property {key!r}", keys[key], hint
                )
        missing = [key for key, each in fields.items() if each.required and key not in part.entries]
        for key in () if self.partial else missing:
            hint = f"add {key}: {said(fields[key].type)}"
            self.findings.error(self.code, f"{name or self.what} needs {key!r}", part.node.span, hint)

    def _wrong_kind(self, part: Part, wanted: Type, name: str) -> None:
        message = f"{name or self.what} is {said(wanted)}, not {describe(part.node)}"
        self.findings.error(self.code, message, part.node.span)


def _entries(node: Node) -> tuple[Entry, ...]:
    return node.entries if isinstance(node, MappingNode) else ()
