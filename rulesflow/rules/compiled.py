"""Compiled rules: a written rule checked against the facts and turned into code.

A rule is compiled once, however many stacks it stands in: params reach it as a name, not as constants.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from rulesflow.conditions import (
    Budget,
    Checked,
    EvaluationError,
    Guards,
    Program,
    Scope,
    check,
    compile_condition,
)
from rulesflow.conditions.scope import field_paths
from rulesflow.conditions.tree import Literal, Logic, Node
from rulesflow.conditions.types import BOOL, DYN, Kind, Type, Value, in_words
from rulesflow.documents.nodes import Mapping as MappingNode, Node as Written, Sequence as SequenceNode
from rulesflow.documents.shape import Findings
from rulesflow.model.diagnostics import Span, did_you_mean
from rulesflow.model.numbers import Number, plain
from rulesflow.model.times import Timestamp
from rulesflow.rules.fieldtests import FieldTestReader
from rulesflow.rules.outcomes import Failed, Names, Outcome, OutcomeCompiler
from rulesflow.rules.places import Places
from rulesflow.rules.reach import bucket
from rulesflow.rules.written import FieldTest, WrittenRule
from rulesflow.schemas import Schema

Path = tuple[str, ...]
Ask: TypeAlias = Callable[[Names, Budget], Value]


@dataclass(frozen=True, slots=True)
class Test:
    """One part of a condition that must hold.

    ``label`` is what the author wrote, ``path`` the field tested (None for a condition).
    """

    label: str
    tree: Node
    path: Path | None


@dataclass(frozen=True, slots=True)
class Probe:
    """One test by itself, for explanations: its own code, and the paths that it reads."""

    test: Test
    reads: frozenset[Path]
    program: Program


@dataclass(frozen=True, slots=True)
class Share:
    """A compiled rollout: the keys of ``path`` whose bucket lies below ``buckets``."""

    decision: str
    rule: str
    buckets: int
    path: Path

    def key(self, names: Names) -> str | None:
        """The key as text, or None where the fact is absent."""
        value = lookup(names, self.path)
        return None if value is None else key_text(value)

    def holds(self, names: Names) -> bool:
        """Whether the request's key is in the share."""
        key = self.key(names)
        return key is not None and bucket(self.decision, self.rule, key) < self.buckets


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """A rule that can be asked.

    ``layer`` is the folder in which the effective text stands, ``span`` its name's place. ``condition`` is
    None where the rule has no ``when``; ``tests`` are its parts, for explanations, to be checked in ``scope``
    under ``guards``; ``probes`` keeps them once that was done.
    """

    name: str
    layer: str
    span: Span
    because: str | None
    final: bool
    start: Timestamp | None
    until: Timestamp | None
    share: Share | None
    condition: Program | None
    outcome: Outcome
    tests: tuple[Test, ...]
    places: Places
    guards: Guards
    scope: Scope
    probes: list[Probe] = field(default_factory=list, repr=False)

    @property
    def file(self) -> str:
        """The file in which the effective text stands."""
        return self.span.file

    @property
    def line(self) -> int:
        """Its line there."""
        return self.span.line

    def in_force(self, at: Timestamp) -> bool:
        """Whether ``at`` lies within the effective dates."""
        return (self.start is None or self.start <= at) and (self.until is None or at < self.until)

    @property
    def ask(self) -> Ask:
        """What tells whether the rule matches: true if and only if it does.

        Of most rules it is the condition's own code, with nothing in between. Raises `EvaluationError`
        without a place; `failed` finds it.
        """
        bare = self.start is None and self.until is None and self.share is None
        return self.condition.function if bare and self.condition is not None else self.holds

    def holds(self, names: Names, budget: Budget) -> bool:
        """Whether the rule matches. Raises as `ask` does."""
        if (self.start is not None or self.until is not None) and not self.in_force(names["at"]):
            return False
        if self.share is not None and not self.share.holds(names):
            return False
        return self.condition is None or self.condition.function(names, budget) is True

    def failed(self, error: EvaluationError) -> Failed:
        """The error of `ask`, with its place in the file; the rule's own where nobody can say more."""
        if self.condition is not None:
            self.condition.locate(error)
        if error.start is None or error.end is None:
            return Failed(error.code, error.message, self.span)
        return Failed(error.code, error.message, self.places.span(error.start, error.end))


class RuleCompiler:
    """Compiles the rules of one decision; its findings are complete, not the first only."""

    def __init__(
        self,
        decision: str,
        facts: Schema,
        scope: Scope,
        outcome: Schema | None,
        known: Guards,
        findings: Findings,
    ) -> None:
        self.decision = decision
        self.facts = facts
        self.scope = scope
        self.known = known
        self.findings = findings
        self.outcomes = OutcomeCompiler(outcome, scope, findings)
        #: By the key of a written rule, the params that it reads.
        self.params_read: dict[tuple[str, str], frozenset[str]] = {}

    def compile(self, written: WrittenRule) -> Rule:
        """Compile one rule (or default)."""
        places = Places()
        tests = tuple(self._tests(written, places))
        tree = _all_of(tests)
        checked = self._check(tree, places) if tree is not None else None
        guards = self.known | checked.when_true if checked else self.known
        good = checked is not None and not checked.problems
        rule = Rule(
            name=written.name,
            layer=written.layer.folder,
            span=written.span,
            because=written.because,
            final=written.final,
            start=written.start,
            until=written.until,
            share=self._share(written),
            condition=compile_condition(checked, self.scope) if checked and good else None,
            outcome=self.outcomes.compile(written, guards),
            tests=tests,
            places=places,
            guards=self.known,
            scope=self.scope,
        )
        reads = self.outcomes.reads | (set(checked.reads) if checked else set())
        self.params_read[written.key] = frozenset(
            path[1] for path in reads if path[0] == "params" and len(path) > 1
        )
        return rule

    def _tests(self, written: WrittenRule, places: Places) -> Iterable[Test]:
        reader = FieldTestReader(self.facts.type, self.facts.zone, places, self.findings)
        for part in written.when:
            if isinstance(part, FieldTest):
                tree = reader.read(part)
                if tree is not None:
                    label = f"{part.field.text}: {_spelling(part)}"
                    yield Test(label, tree, tuple(part.field.text.split(".")))
            elif isinstance(part.value, bool):
                base = places.add(part)
                yield Test(part.text, Literal(base, base + len(part.text), part.value), None)
            else:
                node = places.condition(part, self.findings)
                if node is not None:
                    yield from (Test(places.text(each), each, None) for each in _conjuncts(node))

    def _check(self, tree: Node, places: Places) -> Checked:
        checked = check(tree, self.scope, self.known)
        places.report(checked.problems, self.findings)
        if not checked.problems and (checked.type.kind not in (Kind.BOOL, Kind.DYN) or checked.type.nullable):
            self.findings.error(
                "RF202",
                f"a condition is true or false, but this gives {in_words(checked.type)}"
                + (" or null" if checked.type.nullable else ""),
                places.span(tree.start, tree.end),
                "compare it with something, as in order.total > 100",
            )
        return checked

    def _share(self, written: WrittenRule) -> Share | None:
        if written.rollout is None:
            return None
        by = written.rollout.by
        path = tuple(by.text.split("."))
        found = self.facts.at(path)
        if found is None:
            hint = did_you_mean(by.text, field_paths(self.facts.type))
            self.findings.error("RF203", f"unknown field {by.text}", by.span, hint)
            return None
        if found.kind in (Kind.LIST, Kind.MAP, Kind.OBJECT):
            self.findings.error(
                "RF314", f"{by.text} is a {found.kind}, which is no key", by.span, "use an id"
            )
            return None
        return Share(self.decision, written.name, written.rollout.buckets, path)


def _all_of(tests: Sequence[Test]) -> Node | None:
    if not tests:
        return None
    if len(tests) == 1:
        return tests[0].tree
    trees = tuple(test.tree for test in tests)
    return Logic(trees[0].start, trees[-1].end, "&&", trees)


def _conjuncts(node: Node) -> Iterable[Node]:
    if isinstance(node, Logic) and node.op == "&&":
        for operand in node.operands:
            yield from _conjuncts(operand)
    else:
        yield node


def _spelling(part: FieldTest) -> str:
    return _inline(part.test)


def _inline(node: Written) -> str:
    if isinstance(node, SequenceNode):
        return "[" + ", ".join(_inline(item) for item in node.items) + "]"
    if isinstance(node, MappingNode):
        return "{" + ", ".join(f"{entry.key.text}: {_inline(entry.value)}" for entry in node.entries) + "}"
    return node.text


def lookup(names: Names, path: Path) -> Value:
    """The value at a path, None where it or anything above it is missing or null."""
    value: Value = names
    for step in path:
        if not isinstance(value, dict):
            return None
        value = value.get(step)
    return value


def key_text(value: Number | str | bool | Timestamp) -> str:
    """A rollout's key as text: numbers in plain notation, so that 7 and 7.0 share a bucket."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if type(value) is Timestamp or isinstance(value, str):
        return str(value)
    return plain(value)


def param_type(value: Value) -> Type:
    """The type of a param, told from its value."""
    if isinstance(value, bool):
        return BOOL
    if isinstance(value, str):
        return Type(Kind.STRING)
    if isinstance(value, list):
        kinds = {param_type(item) for item in value}
        return Type(Kind.LIST, element=kinds.pop() if len(kinds) == 1 else DYN)
    if isinstance(value, dict):
        kinds = {param_type(item) for item in value.values()}
        return Type(Kind.MAP, element=kinds.pop() if len(kinds) == 1 else DYN)
    return Type(Kind.NULL) if value is None else Type(Kind.NUMBER)


def requires_guards(paths: Iterable[Path]) -> Guards:
    """What a decision may take for granted of the facts that it requires."""
    prefixes = frozenset(path[: count + 1] for path in paths for count in range(len(path)))
    return Guards(prefixes, prefixes)
