"""The rule compiler: checks what a rule asks and answers against the facts, and tells constraints apart."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, TypeAlias

from rulesflow.conditions import Checked, Guards, Scope, check
from rulesflow.conditions.scope import field_paths
from rulesflow.conditions.tree import Literal, Logic, Node
from rulesflow.conditions.typed import Typed
from rulesflow.conditions.types import BOOL, Kind, in_words
from rulesflow.documents.nodes import Mapping as MappingNode, Node as Written, Sequence as SequenceNode
from rulesflow.documents.shape import Findings
from rulesflow.model.diagnostics import did_you_mean
from rulesflow.rules.compiled import Residual, Rule, Share, Test, shown_by
from rulesflow.rules.conjuncts import Conjuncts
from rulesflow.rules.constraints import Absent, Constraint, Path, named_in
from rulesflow.rules.fieldtests import FieldTestReader
from rulesflow.rules.outcomes import OutcomeCompiler
from rulesflow.rules.places import Places
from rulesflow.rules.written import FieldTest, WrittenRule
from rulesflow.schemas import Schema

#: How a field test is written, all of it that decides what it means.
_Spelling: TypeAlias = tuple[object, ...]
_KEYLESS: Final = (Kind.LIST, Kind.MAP, Kind.OBJECT)


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
        self._conjuncts = Conjuncts(facts, scope.names["params"].type.fields or {})
        self._seen: dict[_Spelling, Test | None] = {}  # tables say the same again and again
        self._known: dict[tuple[Path | None, ...], Guards] = {}
        self._kept: dict[tuple[str, tuple[Constraint, ...]], Test] = {}
        #: By the key of a written rule, the params that it reads.
        self.params_read: dict[tuple[str, str], frozenset[str]] = {}

    def compile(self, written: WrittenRule) -> Rule:
        """Compile one rule (or default)."""
        places = Places()
        tests = list(self._tests(written, places))
        checked = None
        first = next((number for number, test in enumerate(tests) if not test.constraints), len(tests))
        known = self._known_after(tests[:first])
        if first < len(tests):
            checked = self._check(_all_of(tests[first:]), places, known)
        residual = None
        if checked is not None and not checked.problems:
            tests[first:] = self._told_apart(tests[first:], checked)
            residual = self._residual(tests[first:], checked, places)
        rule = Rule(
            name=written.name,
            layer=written.layer.folder,
            span=written.span,
            because=written.because,
            final=written.final,
            start=written.start,
            until=written.until,
            share=self._share(written),
            tests=tuple(map(self._slim, tests)),
            residual=residual,
            outcome=self.outcomes.compile(written, known | checked.when_true if checked else known),
        )
        self._note_params(written, tests, checked)
        return rule

    # -- tests -----------------------------------------------------------------------------------------

    def _tests(self, written: WrittenRule, places: Places) -> Iterable[Test]:
        reader = FieldTestReader(self.facts.type, self.facts.zone, places, self.findings)
        for part in written.when:
            if isinstance(part, FieldTest):
                test = self._field_test(part, reader)
                if test is not None:
                    yield test
            elif isinstance(part.value, bool):
                base = places.add(part)
                yield Test(part.text, None, tree=Literal(base, base + len(part.text), part.value))
            else:
                node = places.condition(part, self.findings)
                if node is not None:
                    yield from (Test(places.text(each), None, tree=each) for each in _conjuncts(node))

    def _field_test(self, part: FieldTest, reader: FieldTestReader) -> Test | None:
        """One that was seen before, or else read; None where it passes always, or is wrong."""
        spelling = (part.field.text, part.cell, *_spelled(part.test))
        if spelling in self._seen:
            return self._seen[spelling]
        before = len(self.findings.items)
        tree = reader.read(part)
        test = None
        if tree is not None:
            label = f"{part.field.text}: {_inline(part.test)}"
            constraints = self._conjuncts.constraints(tree)
            named = named_in(constraints)
            test = Test(label, tuple(part.field.text.split(".")), constraints, tree, named)
        if len(self.findings.items) == before and (test is None or test.constraints):
            self._seen[spelling] = test
        return test

    def _told_apart(self, tests: Sequence[Test], checked: Checked) -> list[Test]:
        """The tests, those that are constraints of one field told as such. ``checked``: all of them."""
        told = []
        for test, typed in zip(tests, _parts(tests, checked), strict=True):
            if not test.constraints and not typed.fallible_bool:
                found = self._conjuncts.constraints(typed.node)
                if found:
                    told.append(Test(test.label, found[0].path, found, test.tree, named_in(found)))
                    continue
            told.append(test)
        return told

    def _residual(self, tests: Sequence[Test], checked: Checked, places: Places) -> Residual | None:
        pairs = zip(tests, _parts(tests, checked), strict=True)
        parts = tuple(typed for test, typed in pairs if not test.constraints)
        if not parts:
            return None
        start, end = parts[0].node.start, parts[-1].node.end
        tree = parts[0]
        if len(parts) > 1:
            node = Logic(start, end, "&&", tuple(part.node for part in parts))
            tree = Typed(node, BOOL, any(part.fallible_bool for part in parts), parts)
        whole = Checked(tree, BOOL, (), checked.when_true, checked.when_false, checked.reads)
        return Residual(whole, places, self.scope, self.known)

    def _known_after(self, tests: Sequence[Test]) -> Guards:
        """What is known once these constraints hold. The rows of a table mostly ask the same fields."""
        asked = tuple(
            test.path for test in tests if not all(isinstance(each, Absent) for each in test.constraints)
        )
        known = self._known.get(asked)
        if known is None:
            known = self.known
            for test in tests:
                known = known | shown_by(test.constraints)
            self._known[asked] = known
        return known

    def _slim(self, test: Test) -> Test:
        """The test without its tree, if its constraints tell all of it; rules that ask the same share it."""
        if not test.constraints:
            return test
        slim = Test(test.label, test.path, test.constraints, None, test.params)
        return self._kept.setdefault((test.label, test.constraints), slim)

    def _check(self, tree: Node, places: Places, known: Guards) -> Checked:
        checked = check(tree, self.scope, known)
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

    def _note_params(self, written: WrittenRule, tests: Sequence[Test], checked: Checked | None) -> None:
        reads = self.outcomes.reads | (set(checked.reads) if checked else set())
        names = {path[1] for path in reads if path[0] == "params" and len(path) > 1}
        for test in tests:
            names |= test.params
        self.params_read[written.key] = frozenset(names)

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
        if found.kind in _KEYLESS:
            self.findings.error(
                "RF314", f"{by.text} is a {found.kind}, which is no key", by.span, "use an id"
            )
            return None
        return Share(self.decision, written.name, written.rollout.buckets, path)


def _parts(tests: Sequence[Test], checked: Checked) -> tuple[Typed, ...]:
    """The checked tree of each of the tests that were checked together."""
    return (checked.tree,) if len(tests) == 1 else checked.tree.parts


def _all_of(tests: Sequence[Test]) -> Node:
    trees = tuple(test.tree for test in tests if test.tree is not None)
    if len(trees) == 1:
        return trees[0]
    return Logic(trees[0].start, trees[-1].end, "&&", trees)


def _conjuncts(node: Node) -> Iterable[Node]:
    if isinstance(node, Logic) and node.op == "&&":
        for operand in node.operands:
            yield from _conjuncts(operand)
    else:
        yield node


def _spelled(node: Written) -> _Spelling:
    if isinstance(node, SequenceNode):
        return ("[", *(part for item in node.items for part in _spelled(item)), "]")
    if isinstance(node, MappingNode):
        entries = ((entry.key.text, *_spelled(entry.value)) for entry in node.entries)
        return ("{", *(part for entry in entries for part in entry), "}")
    return (type(node.value), node.text, node.quoted)


def _inline(node: Written) -> str:
    if isinstance(node, SequenceNode):
        return "[" + ", ".join(_inline(item) for item in node.items) + "]"
    if isinstance(node, MappingNode):
        return "{" + ", ".join(f"{entry.key.text}: {_inline(entry.value)}" for entry in node.entries) + "}"
    return node.text
