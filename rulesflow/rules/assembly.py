"""Assembly: from the pages of a decision to the decision, compiled by file and checked for all stacks."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC
from typing import Final

from rulesflow.conditions import Function, Guards, Scope
from rulesflow.conditions.scope import field_paths
from rulesflow.conditions.types import TIMESTAMP, Field, Kind, Type, in_words
from rulesflow.documents.nodes import Node, Scalar, plain
from rulesflow.documents.shape import Findings
from rulesflow.documents.yaml import read_yaml
from rulesflow.model.diagnostics import did_you_mean
from rulesflow.rules.compiled import Rule, param_type, requires_guards
from rulesflow.rules.hits import Hit
from rulesflow.rules.layers import Layers, Path
from rulesflow.rules.memory import Memory
from rulesflow.rules.merge import Family, check_family, check_frozen_params
from rulesflow.rules.pages import Page, Whole
from rulesflow.rules.rulecompiler import RuleCompiler
from rulesflow.rules.ruleset import Decision
from rulesflow.rules.written import Declared, WrittenDecision
from rulesflow.schemas import Schema, decode_properties


@dataclass(frozen=True, slots=True)
class Ground:
    """What all rules of a decision are compiled on. ``key``: all that it was made of."""

    decision: str
    facts: Schema
    scope: Scope
    declared: Declared
    requires: tuple[Path, ...]
    known: Guards
    key: Hashable


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """The compiled rules of one file, and the params that each of them reads, by `WrittenRule.key`."""

    rules: Mapping[tuple[str, str], Rule]
    params_read: Mapping[tuple[str, str], frozenset[str]]


@dataclass(slots=True)
class _Gathered:
    """A decision's files so far, general first. ``ground`` is None where the declaration is broken."""

    ground: Ground | None
    pages: list[Page] = field(default_factory=list)
    files: list[WrittenDecision] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)


class Assembly:
    """Takes the pages of one load, general first, and makes decisions of them."""

    def __init__(
        self, facts: Schema, functions: Mapping[str, Function], memory: Memory, findings: Findings
    ) -> None:
        self.facts = facts
        self.functions = functions
        self.memory = memory
        self.findings = findings
        self._gathered: dict[str, _Gathered] = {}

    @property
    def names(self) -> frozenset[str]:
        """The decisions of which a page has been added."""
        return frozenset(self._gathered)

    def add(self, page: Page, written: WrittenDecision, whole: Whole) -> None:
        """Take a page, ``written`` there, and compile its rules."""
        gathered = self._gathered.get(written.name)
        if gathered is None:
            gathered = self._gathered[written.name] = _Gathered(self._ground(written))
        gathered.pages.append(page)
        gathered.files.append(written)
        ground = gathered.ground
        if ground is not None:
            key = ("part", page, ground.key)
            part = self.memory.recall(key, self.findings, lambda own: _compile(ground, whole(), own))
            gathered.parts.append(part)

    def decisions(self, layers: Layers) -> dict[str, Decision]:
        """The decisions that can be used, in the order of their names."""
        decisions = {}
        for name in sorted(self._gathered):
            decision = self._decision(name, self._gathered[name], layers)
            if decision is not None:
                decisions[name] = decision
        return decisions

    def _decision(self, name: str, gathered: _Gathered, layers: Layers) -> Decision | None:
        ground = gathered.ground
        family = Family(name, tuple(gathered.files))
        if ground is not None:
            self._check_overlays(family, ground)

        def make(own: Findings) -> Decision | None:
            check_family(family, own)
            return None if ground is None else _joined(family, ground, gathered.parts, layers, own)

        key = ("decision", *gathered.pages, *gathered.parts, ground and ground.key, layers)
        return self.memory.recall(key, self.findings, make)

    # -- the declaration -----------------------------------------------------------------------------------

    def _ground(self, first: WrittenDecision) -> Ground | None:
        declared = first.declared
        if declared is None:
            return None
        requires = self._requires(declared)
        params = {name: self._param(name, node) for name, (_, node) in first.params.items()}
        scope = Scope(
            names={
                **(self.facts.type.fields or {}),
                "params": Field(Type(Kind.OBJECT, fields=params, closed=True)),
                "at": Field(TIMESTAMP),
            },
            functions=self.functions,
            zone=self.facts.zone,
        )
        _check_hit(declared, self.findings)
        functions = frozenset((name, id(each)) for name, each in self.functions.items())
        key = (
            first.name,
            self.facts,
            functions,
            declared.outcome,
            declared.hit,
            requires,
            (*params.items(),),
        )
        return Ground(first.name, self.facts, scope, declared, requires, requires_guards(requires), key)

    def _requires(self, declared: Declared) -> tuple[Path, ...]:
        paths = []
        for scalar in declared.requires:
            path = tuple(scalar.text.split("."))
            if self.facts.at(path) is None:
                hint = did_you_mean(scalar.text, field_paths(self.facts.type))
                self.findings.error("RF203", f"unknown field {scalar.text}", scalar.span, hint)
            else:
                paths.append(path)
        return tuple(paths)

    def _param(self, name: str, node: Node) -> Field:
        """The type of a param, once it is seen to be a constant."""
        if isinstance(node, Scalar) and node.value is None:
            self.findings.error("RF102", f"param {name!r} has no value", node.span, "give it a constant")
        elif isinstance(node, Scalar) and isinstance(node.value, str) and "${" in node.value:
            self.findings.error(
                "RF102",
                f"param {name!r} must be a constant, not an expression",
                node.span,
                "compute it in the rule",
            )
        return Field(param_type(plain(node)))

    def _check_overlays(self, family: Family, ground: Ground) -> None:
        types = ground.scope.names["params"].type.fields or {}
        for file in family.files[1:]:
            for name, (_, node) in file.params.items():
                given = self._param(name, node).type
                if name in types and not _alike(given, types[name].type):
                    wanted = types[name].type
                    message = f"param {name!r} is {in_words(wanted)}, and this is {in_words(given)}"
                    hint = f"give {in_words(wanted)}, as {family.first.file} does"
                    self.findings.error("RF307", message, node.span, hint)


def _compile(ground: Ground, file: WrittenDecision, findings: Findings) -> Part:
    declared = ground.declared
    compiler = defaults = _compiler(ground, declared.outcome, findings)
    if declared.hit is Hit.COUNT:
        defaults = _compiler(ground, _COUNT, findings)
    rules = {rule.key: compiler.compile(rule) for rule in file.rules}
    if file.default is not None:
        counted = "count" in file.default.then
        rules[file.default.key] = (defaults if counted else compiler).compile(file.default)
    return Part(rules, {key: reads for key, reads in compiler.params_read.items() if reads})


def _compiler(ground: Ground, outcome: Schema | None, findings: Findings) -> RuleCompiler:
    return RuleCompiler(ground.decision, ground.facts, ground.scope, outcome, ground.known, findings)


def _joined(
    family: Family, ground: Ground, parts: Sequence[Part], layers: Layers, findings: Findings
) -> Decision | None:
    declared = ground.declared
    reads = {key: params for part in parts for key, params in part.params_read.items()}
    check_frozen_params(family, reads, findings)
    if declared.outcome is None:
        return None
    rules = parts[0].rules if len(parts) == 1 else {key: r for part in parts for key, r in part.rules.items()}
    names = ground.scope.names
    return Decision(family.name, declared, declared.outcome, family, rules, ground.requires, layers, names)


def _check_hit(declared: Declared, findings: Findings) -> None:
    if declared.outcome is None:
        return
    fields = declared.outcome.type.fields or {}
    hit = declared.hit
    if hit.ranked and not any(each.type.literals for each in fields.values()):
        message = f"hit policy {hit} ranks by the order of an enum, and the outcome has none"
        hint = "give a property of the outcome an enum, best value first"
        findings.error("RF315", message, declared.hit_span, hint)
    if hit.aggregates and not _is_one_number([each.type for each in fields.values()]):
        message = f"hit policy {hit} needs an outcome of exactly one property, a number that is never null"
        hint = "leave one number in the outcome, or choose collect"
        findings.error("RF315", message, declared.hit_span, hint)


def _is_one_number(types: Sequence[Type]) -> bool:
    return len(types) == 1 and types[0].kind is Kind.NUMBER and not types[0].nullable


def _alike(one: Type, other: Type) -> bool:
    """Whether a param may change from one type to the other. An empty list says nothing of its items."""
    return one.kind is other.kind and (one.element == other.element or None in (one.element, other.element))


def _count_schema() -> Schema:
    """What ``default`` gives under ``collect(count)``: the count itself."""
    root = read_yaml(b"count: {type: integer, minimum: 0}", "count").root
    assert root is not None
    schema = decode_properties(root, UTC).schema
    assert schema is not None
    return schema


_COUNT: Final = _count_schema()
