"""Field tests: ``order.total: ">= 10 and < 20"`` and its kin, after the unary tests of DMN.

A test becomes an ordinary tree of the condition language: `Present` of the field, and the comparison. So a
field that is absent fails every test but ``absent`` and ``*``, and one compiler serves both notations.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import tzinfo

from rulesflow.conditions.scope import field_paths
from rulesflow.conditions.tree import Call, Literal, Logic, Node, Present, Unary
from rulesflow.conditions.types import Kind, Type
from rulesflow.documents.nodes import Entry, Mapping, Node as Written, Scalar, Sequence
from rulesflow.documents.shape import Findings, describe
from rulesflow.model.diagnostics import did_you_mean
from rulesflow.rules.places import Places
from rulesflow.rules.subject import RefusedTest, Subject, Surroundings
from rulesflow.rules.texttest import PARAM, TextTest
from rulesflow.rules.written import FieldTest

_LOOKS_LIKE_TEST = re.compile(r"(<=|>=|!=|<|>|in\s*\[|not\s+in\s*\[)")
_SPELLED = {"eq": "==", "ne": "!=", "gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
_SPELLED_KEYS = (*_SPELLED, "in", "not_in", "matches")


class FieldTestReader:
    """Reads the field tests of one rule into trees whose places `places` knows."""

    def __init__(self, facts: Type, zone: tzinfo, places: Places, findings: Findings) -> None:
        self.around = Surroundings(facts, zone, places, findings)

    def read(self, test: FieldTest) -> Node | None:
        """The tree of a test; None where it is wrong, or where it passes whatever the field holds."""
        path = tuple(test.field.text.split("."))
        try:
            subject = Subject(self.around, path, self._type(path, test.field), test.cell)
            return _Test(subject).read(test.test)
        except RefusedTest:
            return None

    def _type(self, path: tuple[str, ...], host: Scalar) -> Type:
        current = self.around.facts
        for depth, step in enumerate(path):
            if current.kind is Kind.MAP:
                current = current.element or Type(Kind.DYN)
                continue
            if current.kind is Kind.DYN:
                return current
            if current.kind is Kind.LIST:
                raise self.around.refuse(
                    "RF324",
                    f"{'.'.join(path[:depth])} is a list; a field test cannot look into it",
                    host.span,
                    f"write a condition, such as {'.'.join(path[:depth])}.exists(x, x.{step} == …)",
                )
            field = (current.fields or {}).get(step)
            if field is None:
                name = ".".join(path)
                raise self.around.refuse(
                    "RF203",
                    f"unknown field {name}",
                    host.span,
                    did_you_mean(name, field_paths(self.around.facts)),
                )
            current = field.type
        return current.without_null()


class _Test:
    """One field test, in each of the ways in which it can be written."""

    def __init__(self, subject: Subject) -> None:
        self.on = subject
        self.around = subject.around

    def read(self, node: Written) -> Node | None:
        if isinstance(node, Mapping):
            return self._spelled(node)
        if isinstance(node, Sequence):
            self.on.need_scalar(node.span)
            return self._member(node, self._item)
        base = self.around.places.add(node)
        text = node.text.strip()
        lead = len(node.text) - len(node.text.lstrip())
        whole = (base + lead, base + lead + len(text))
        if text == "*" or (self.on.cell and (text in ("", "-") or node.value is None)):
            return None
        if text == "present":
            return Present(*whole, self.on.path)
        if text == "absent":
            return Unary(*whole, "!", Present(*whole, self.on.path))
        self.on.need_scalar(node.span)
        if not isinstance(node.value, str):
            return self.on.guarded(self.on.compare("==", self.on.value(node, *whole), *whole), *whole)
        return self.on.guarded(TextTest(self.on, node, base).test(), *whole)

    def _member(self, listed: Sequence, read: Callable[[Scalar], Node], *, negated: bool = False) -> Node:
        if not listed.items:
            hint = "name at least one value"
            raise self.around.refuse("RF320", "an empty list is never matched", listed.span, hint)
        operands = []
        for item in listed.items:
            if not isinstance(item, Scalar):
                raise self.around.refuse("RF320", f"a list of values cannot hold {describe(item)}", item.span)
            operands.append(read(item))
        place = (operands[0].start, operands[-1].end)
        return self.on.guarded(self.on.member(operands, *place, negated=negated), *place)

    def _item(self, item: Scalar) -> Node:
        base = self.around.places.add(item)
        if not isinstance(item.value, str):
            return self.on.value(item, base, base + len(item.text))
        if _LOOKS_LIKE_TEST.match(item.text):
            raise self.around.refuse(
                "RF320",
                f"{item.text!r} in a list is a value, not a test",
                item.span,
                "write tests one by one, or {in: […]} for values that look like operators",
            )
        return TextTest(self.on, item, base).alone()

    def _spelled(self, node: Mapping) -> Node:
        entries = self.around.findings.fields(node, _SPELLED_KEYS, (), "a spelled-out field test")
        if not entries or len(entries) < len(node.entries):
            if not node.entries:
                self.around.findings.error("RF320", "the field test is empty", node.span)
            raise RefusedTest
        self.on.need_scalar(node.span)
        tests = [self._spelled_test(key, entry) for key, entry in entries.items()]
        return tests[0] if len(tests) == 1 else Logic(tests[0].start, tests[-1].end, "&&", tuple(tests))

    def _spelled_test(self, key: str, entry: Entry) -> Node:
        value = entry.value
        if key in ("in", "not_in"):
            listed = self.around.findings.sequence(value, key)
            if listed is None:
                raise RefusedTest
            return self._member(listed, self._exact, negated=key == "not_in")
        if not isinstance(value, Scalar):
            raise self.around.refuse("RF320", f"{key!r} takes a single value", value.span)
        if key in ("gt", "gte", "lt", "lte"):
            self.on.need_ordered(value.span)
        base = self.around.places.add(value)
        whole = (base, base + len(value.text))
        if key == "matches":
            operand = Literal(*whole, self._regex(value))
            return self.on.guarded(Call(*whole, "matches", self.on.read(*whole), (operand,)), *whole)
        return self.on.guarded(self.on.compare(_SPELLED[key], self._exact(value), *whole), *whole)

    def _exact(self, value: Scalar) -> Node:
        """A spelled-out operand: ``${ … }`` or a param, otherwise the very value, whatever it looks like."""
        base = self.around.places.add(value)
        if isinstance(value.value, str) and (value.text.startswith("${") or PARAM.fullmatch(value.text)):
            return TextTest(self.on, value, base).alone()
        return self.on.value(value, base, base + len(value.text))

    def _regex(self, value: Scalar) -> str:
        if not isinstance(value.value, str):
            raise self.around.refuse(
                "RF102", f"'matches' takes a regular expression, not {describe(value)}", value.span
            )
        return value.value
