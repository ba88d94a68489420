"""Outcomes: what ``then`` and ``default`` give, typed against the decision's ``outcome``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import TypeAlias

from rulesflow.conditions import (
    Budget,
    Checked,
    ConditionError,
    EvaluationError,
    Guards,
    Program,
    Scope,
    assignable,
    check,
    compile_condition,
    parse_template,
)
from rulesflow.conditions.types import DYN, Kind, Type, Value, in_words
from rulesflow.documents.nodes import Mapping as MappingNode, Node, Scalar, Sequence, at_pointer, plain
from rulesflow.documents.shape import Findings, describe
from rulesflow.model.diagnostics import Span, did_you_mean
from rulesflow.model.numbers import NumberRefused, parse_number
from rulesflow.model.times import Timestamp
from rulesflow.rules.places import report_problems
from rulesflow.rules.subject import DECIMAL_COMMA
from rulesflow.rules.written import UNREAD, WrittenRule
from rulesflow.schemas import Schema, SchemaMismatch

Names: TypeAlias = Mapping[str, Value]
Part: TypeAlias = Callable[[Names, Budget], Value]


class Failed(Exception):  # turned into DecisionFailed where the decision's name is known
    """A rule failed on the values it met: ``code``, ``message``, and the ``span`` of what failed."""

    def __init__(self, code: str, message: str, span: Span) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.span = span


@dataclass(frozen=True, slots=True)
class Outcome:
    """A compiled ``then``.

    ``constants`` has every given property in the declared order, null where it is computed. ``written`` is
    the plain form, as the author wrote it. ``nested`` names the constants that are lists or objects: each
    answer gets its own. ``reads``: the paths that are read where something is computed.
    """

    constants: dict[str, Value]
    computed: tuple[tuple[str, Part, Schema, Span], ...]
    written: Mapping[str, Value]
    nested: tuple[str, ...] = ()
    reads: frozenset[tuple[str, ...]] = frozenset()

    @property
    def plain(self) -> bool:
        """Whether a copy of the constants is the whole answer."""
        return not self.computed and not self.nested

    def evaluate(self, names: Names, budget: Budget) -> dict[str, Value]:
        """One outcome. Raises `Failed`."""
        result = dict(self.constants)
        for name in self.nested:
            result[name] = deepcopy(result[name])
        for name, part, schema, span in self.computed:
            value = part(names, budget)
            try:
                schema.validate(value)
            except SchemaMismatch as mismatch:
                fault = mismatch.faults[0]
                message = f"{name}{fault.pointer.replace('/', '.')}: {fault.message}"
                raise Failed("outcome-mismatch", message, span) from None
            result[name] = _as_date(value, schema) if type(value) is Timestamp else value
        return result


def _as_date(value: Timestamp, schema: Schema) -> Value:
    if schema.source.get("format") == "date":
        return value.local(schema.zone).date().isoformat()
    return value


class OutcomeCompiler:
    """Compiles the outcomes of one decision. ``reads`` collects what the last one read.

    ``schema`` is None where the decision's ``outcome`` is broken, which has been reported.
    """

    def __init__(self, schema: Schema | None, scope: Scope, findings: Findings) -> None:
        self.schema = schema
        self.scope = scope
        self.findings = findings
        self.reads: set[tuple[str, ...]] = set()

    def compile(self, rule: WrittenRule, guards: Guards) -> Outcome:
        """Compile ``then``; ``guards`` is what the rule's condition has shown."""
        self.reads = set()
        if self.schema is None or rule.then is UNREAD:
            return Outcome({}, (), {})
        self._check_names(rule, self.schema)
        constants: dict[str, Value] = {}
        computed: list[tuple[str, Part, Schema, Span]] = []
        for name, schema in self.schema.properties.items():
            if name not in rule.then:
                continue
            node = rule.then[name][1]
            if rule.header is not None:
                node = self._cell(node, schema.type, name)
            if _is_constant(node):
                constants[name] = self._constant(node, schema, name)
            else:
                constants[name] = None  # holds its place in the declared order
                computed.append((name, self._part(node, schema, guards, name), schema, node.span))
        written = {name: plain(node) for name, (_, node) in rule.then.items()}
        nested = tuple(name for name, value in constants.items() if isinstance(value, list | dict))
        if not nested and _alike(constants, written):  # as of most rules; there may be very many
            written = constants
        return Outcome(constants, tuple(computed), written, nested, frozenset(self.reads))

    def _check_names(self, rule: WrittenRule, schema: Schema) -> None:
        known = schema.properties
        for name, (key, _) in rule.then.items():
            if name not in known:
                hint = did_you_mean(name, known) or f"properties: {', '.join(known)}"
                self.findings.error("RF308", f"the outcome has no property {name!r}", key.span, hint)
        misnamed = (
            rule.header is not None and not rule.then.keys() <= known.keys()
        )  # told once, at the header
        for name, field in (schema.type.fields or {}).items():
            if field.required and name not in rule.then and not misnamed:
                if name in rule.empty:
                    message = f"row {rule.name} has no value in the column 'then {name}'"
                    hint = "fill the cell, or mark the property optional"
                    self.findings.error("RF502", message, rule.empty[name], hint)
                elif rule.header is not None:  # the same for all rows, so told once
                    message = f"the table has no column 'then {name}'"
                    hint = "add it, or mark the property optional"
                    self.findings.error("RF502", message, rule.header, hint)
                else:
                    hint = "give every property, or mark it optional: true in the outcome"
                    self.findings.error("RF308", f"{rule.name} gives no {name!r}", rule.span, hint)

    def _cell(self, node: Node, wanted: Type, name: str) -> Node:
        """A table's cell, its text read as the property's type."""
        if not isinstance(node, Scalar) or not isinstance(node.value, str) or "${" in node.text:
            return node
        if wanted.kind is Kind.BOOL and node.text.lower() in ("true", "false"):
            return replace(node, value=node.text.lower() == "true")
        if wanted.kind is not Kind.NUMBER:
            return node
        try:
            return replace(node, value=parse_number(node.text))
        except NumberRefused as refused:
            if DECIMAL_COMMA.fullmatch(node.text):
                self.findings.error(
                    "RF504",
                    f"{node.text} has a decimal comma",
                    node.span,
                    "write the decimals behind a point",
                )
            else:
                self.findings.error("RF309", f"{name}: {refused}", node.span)
            return replace(node, value=0)

    def _constant(self, node: Node, schema: Schema, name: str) -> Value:
        value = _unescaped(node)
        try:
            schema.literal(value)
        except SchemaMismatch as mismatch:
            for fault in mismatch.faults:
                found = at_pointer(node, fault.pointer)
                hint = fault.hint
                if fault.code == "type" and schema.type.kind is Kind.STRING and isinstance(found, Scalar):
                    hint = f'quote it: "{found.text}"'  # with the zeros that a number would lose
                self.findings.error("RF309", f"{name}: {fault.message}", found.span, hint)
        return value

    def _part(self, node: Node, schema: Schema | None, guards: Guards, name: str) -> Part:
        """A value with something computed in it. ``schema``: None where none is declared."""
        if _is_constant(node):
            value = self._constant(node, schema, name) if schema else _unescaped(node)
            return lambda names, budget: deepcopy(value)
        if isinstance(node, Scalar):
            return self._scalar(node, schema.type if schema else DYN, guards, name)
        self._check_kind(node, schema, name)
        if isinstance(node, Sequence):
            items = [self._part(item, schema.items if schema else None, guards, name) for item in node.items]
            return lambda names, budget: [item(names, budget) for item in items]
        known = schema.properties if schema else {}
        entries = [
            (e.key.text, self._part(e.value, known.get(e.key.text), guards, f"{name}.{e.key.text}"))
            for e in node.entries
        ]
        return lambda names, budget: {key: part(names, budget) for key, part in entries}

    def _check_kind(self, node: Sequence | MappingNode, schema: Schema | None, name: str) -> None:
        """Check a list or mapping itself, apart from what is in it."""
        if schema is None or schema.type.kind is Kind.DYN:
            return
        kinds = (Kind.LIST,) if isinstance(node, Sequence) else (Kind.OBJECT, Kind.MAP)
        if schema.type.kind not in kinds:
            message = f"{name} is {in_words(schema.type)}, not {describe(node)}"
            self.findings.error("RF309", message, node.span)
        elif isinstance(node, MappingNode):
            for entry in node.entries:
                if schema.type.closed and entry.key.text not in schema.properties:
                    hint = did_you_mean(entry.key.text, schema.properties)
                    message = f"{name} has no property {entry.key.text!r}"
                    self.findings.error("RF309", message, entry.key.span, hint)
            for key, field in (schema.type.fields or {}).items():
                if field.required and node.get(key) is None:
                    self.findings.error("RF309", f"{name} gives no {key!r}", node.span)

    def _scalar(self, node: Scalar, wanted: Type, guards: Guards, name: str) -> Part:
        program = self._program(node, wanted, guards, name)
        return _located(program, node) if isinstance(program, Program) else lambda names, budget: program

    def _program(self, node: Scalar, wanted: Type, guards: Guards, name: str) -> Program | Value:
        if not isinstance(node.value, str):
            return node.value
        try:
            tree = parse_template(node.text)
        except ConditionError as error:
            report_problems(error.problems, node, self.findings)
            return None
        if isinstance(tree, str):
            return tree
        checked = check(tree, self.scope, guards)
        report_problems(checked.problems, node, self.findings)
        self.reads |= checked.reads
        if checked.problems:
            return None
        self._check_type(checked, wanted, name, node.at(tree.start, tree.end))
        return compile_condition(checked, self.scope)

    def _check_type(self, checked: Checked, wanted: Type, name: str, span: Span) -> None:
        if assignable(checked.type, wanted):
            return
        alike = checked.type.kind is wanted.kind
        message = f"{name} is {_said(wanted, alike)}, but this gives {_said(checked.type, alike)}"
        hint = None
        if checked.type.nullable and not wanted.nullable:
            hint = "rule null out in 'when', or give a default: x != null ? x : …"
        elif alike and wanted.literals is not None:
            hint = 'choose between the values: x == "…" ? "…" : "…"'
        self.findings.error("RF309", message, span, hint)


def _alike(one: Mapping[str, Value], other: Mapping[str, Value]) -> bool:
    """Whether both say the same in the same order; 1 is not the same as true."""
    return [(name, type(each), each) for name, each in one.items()] == [
        (name, type(each), each) for name, each in other.items()
    ]


def _said(type_: Type, closely: bool) -> str:
    """The type in words; ``closely``: of an enum its values."""
    if closely and type_.literals is not None:
        return "one of " + ", ".join(str(value) for value in type_.literals[:12])
    return in_words(type_) + (" or null" if type_.nullable else "")


def _located(program: Program, host: Scalar) -> Part:
    def part(names: Names, budget: Budget) -> Value:
        try:
            return program(names, budget)
        except EvaluationError as error:
            span = host.span if error.start is None or error.end is None else host.at(error.start, error.end)
            raise Failed(error.code, error.message, span) from None

    return part


def _is_constant(node: Node) -> bool:
    if isinstance(node, Sequence):
        return all(_is_constant(item) for item in node.items)
    if isinstance(node, MappingNode):
        return all(_is_constant(entry.value) for entry in node.entries)
    if not isinstance(node.value, str) or "${" not in node.value:
        return True
    try:
        return isinstance(parse_template(node.text), str)
    except ConditionError:
        return False  # reported where it is compiled


def _unescaped(node: Node) -> Value:
    """The plain value of a constant, with ``$${`` written as ``${``."""
    if isinstance(node, Sequence):
        return [_unescaped(item) for item in node.items]
    if isinstance(node, MappingNode):
        return {entry.key.text: _unescaped(entry.value) for entry in node.entries}
    return parse_template(node.value) if isinstance(node.value, str) else node.value
