"""Branches: targets, ``on`` by the value of a property, and by conditions."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from rulesflow.conditions import Value
from rulesflow.conditions.types import Kind as TypeKind, Type
from rulesflow.documents.jsontext import write_json
from rulesflow.documents.nodes import Node, Scalar
from rulesflow.documents.shape import Findings
from rulesflow.model.diagnostics import did_you_mean
from rulesflow.model.numbers import plain
from rulesflow.model.times import Duration, Timestamp
from rulesflow.values.expression import Expression, Names
from rulesflow.values.expressions import Expressions, constant
from rulesflow.workflows.definition import Cases, Conditions, Fail, Go, Target, Written
from rulesflow.workflows.written import (
    Kind,
    WrittenBranches,
    WrittenCases,
    WrittenGo,
    WrittenStep,
    WrittenTarget,
)

_NONE = "it gives nothing to branch on"


def target_of(written: WrittenTarget, expressions: Expressions) -> Target:
    """A target, the message of a failure compiled."""
    if isinstance(written, WrittenGo):
        return Go(written.step, written.span)
    message = written.message
    text = text_of(message, expressions) if isinstance(message, Scalar) else None
    return Fail(written.code, text, written.span)


def text_of(scalar: Scalar, expressions: Expressions) -> Expression:
    """A text that may hold expressions; what it gives is always a text."""
    found = expressions.computed(scalar)
    if isinstance(found, str):
        return constant(found)
    compute = found.expression
    return compute if found.type.kind is TypeKind.STRING else lambda names: _text(compute(names))


def _text(value: Value) -> str:
    """As string() writes it, and what that cannot as JSON."""
    if type(value) in (str, Timestamp, Duration):
        return str(value)
    return plain(value) if type(value) in (int, Decimal) else write_json(value).decode()


def conditions_of(on: WrittenBranches, expressions: Expressions) -> Conditions:
    """Branches by conditions; what a condition has shown to be false is known behind it."""
    branches: list[tuple[Expression | None, Target]] = []
    for branch in on.branches:
        if branch.when is None:
            branches.append((None, target_of(branch.target, expressions)))
            continue
        test = expressions.condition(branch.when, "'when'")
        branches.append((test.expression, target_of(branch.target, expressions.given(test.when_true))))
        expressions = expressions.given(test.when_false)
    return Conditions(tuple(branches), tuple(written_of(branch.when) for branch in on.branches))


def written_of(node: Node | None) -> Written | None:
    """A condition as its author wrote it; None for none."""
    if node is None:
        return None
    return Written(" ".join(node.text.split()) if isinstance(node, Scalar) else "", node.span)


class Branching:
    """``on`` as a mapping, of one step. ``result``: the type of what it gives."""

    def __init__(self, step: WrittenStep, result: Type | None, findings: Findings) -> None:
        self.step = step
        self.result = result
        self.findings = findings

    def cases(self, on: WrittenCases, expressions: Expressions, *, known: bool) -> Cases | Conditions | None:
        """Branches by the value of a property. ``known``: the step's result has a schema that we know."""
        targets = {case.key.text: target_of(case.target, expressions) for case in on.cases}
        other = None if on.other is None else target_of(on.other, expressions)
        if not known and "by" not in self.step.entries:
            return self._by_any(targets, other, on)
        by = self._property()
        if by is None:
            return None
        name, values = by
        if values is not None:
            self._check(on, name, values)
        keyed: dict[str | bool, Target] = {_key(key, values): each for key, each in targets.items()}
        if self.result is not None and self.result.kind is TypeKind.LIST:
            return self._by_first(name, keyed, other, on)
        return Cases(name, keyed, other)

    def _property(self) -> tuple[str, tuple[Value, ...] | None] | None:
        """The property and its values; None for values that are not known."""
        item = self.result
        if item is not None and item.kind is TypeKind.LIST:
            item = item.element
        fields = (item.fields if item is not None and item.kind is TypeKind.OBJECT else None) or {}
        choices = {name: _values(each.type) for name, each in fields.items()}
        possible = {name: values for name, values in choices.items() if values}
        node = self.step.value("by")
        if node is not None:
            return self._named(node, choices, dynamic=item is not None and item.kind in _OPEN)
        if len(possible) == 1:
            return next(iter(possible.items()))
        span = self.step.entries["on"].key.span if "on" in self.step.entries else self.step.span
        if possible:
            message = f"'on' could branch on {' or '.join(possible)}"
            self.findings.error("RF708", message, span, "say which: by: PROPERTY")
        elif item is None or (item.kind is TypeKind.OBJECT and not fields):
            self.findings.error("RF708", f"step {self.step.name!r}: {_NONE}", span, "branch by conditions")
        else:
            message = f"step {self.step.name!r} gives no property that is an enum or a boolean"
            hint = "branch by conditions: on: [{when: …, then: …}, {else: …}]"
            if self.step.kind is Kind.WAIT and self.step.payload is None:
                hint = "say what the signal brings: payload: {verdict: {enum: […]}}"
            self.findings.error("RF708", message, span, hint)
        return None

    def _named(
        self, node: Node, choices: dict[str, tuple[Value, ...]], *, dynamic: bool
    ) -> tuple[str, tuple[Value, ...] | None] | None:
        if not isinstance(node, Scalar) or self.findings.text(node, "by") is None:
            return None
        if dynamic and node.text not in choices:
            return node.text, None
        if not choices.get(node.text):
            possible = [name for name, values in choices.items() if values]
            message = f"{node.text!r} is no property of {self.step.name} that is an enum or a boolean"
            hint = did_you_mean(node.text, possible) or f"there are: {', '.join(possible) or 'none'}"
            self.findings.error("RF708", message, node.span, hint)
            return None
        return node.text, choices[node.text]

    def _check(self, on: WrittenCases, name: str, values: tuple[Value, ...]) -> None:
        words = [_word(value) for value in values]
        for case in on.cases:
            if case.key.text not in words:
                hint = did_you_mean(case.key.text, words) or f"it is one of: {', '.join(words)}"
                message = f"{name} is never {case.key.text!r}"
                self.findings.error("RF707", message, case.key.span, hint)
        given = {case.key.text for case in on.cases}
        missing = [word for word in words if word not in given]
        if missing and on.other is None and self._all_read(on):
            message = f"'on' has no branch for {name} = {' and '.join(missing)}"
            self.findings.error("RF707", message, on.span, "add it, or else: TARGET")

    def _all_read(self, on: WrittenCases) -> bool:
        """Whether no branch was left out for a mistake in its target, which has been told."""
        node = self.step.value("on")
        written = 0 if node is None or isinstance(node, Scalar) else len(getattr(node, "entries", ()))
        timeout = self.step.on_timeout is not None
        return written <= len(on.cases) + timeout + (on.other is not None)

    def _by_first(
        self, name: str, keyed: dict[str | bool, Target], other: Target | None, on: WrittenCases
    ) -> Conditions | None:
        """A list of outcomes branches by its first."""
        if other is None:
            message = "the result is a list, which may be empty, and 'on' has no branch for that"
            self.findings.error("RF707", message, on.span, "add else: TARGET; the first outcome decides")
            return None
        step = self.step.name

        def first(names: Names) -> Value:
            result = names["steps"].get(step)
            return result[0].get(name) if isinstance(result, list) and result else None

        tests = ((_equals(first, key), target) for key, target in keyed.items())
        return Conditions((*tests, (None, other)), (*_keys(on), None), keyed=True)

    def _by_any(self, targets: dict[str, Target], other: Target | None, on: WrittenCases) -> Conditions:
        """Of a step whose plugin is gone: by the value of any property, for what has been recorded."""
        step = self.step.name

        def words(names: Names) -> Value:
            result = names["steps"].get(step)
            return [_word(each) for each in result.values()] if isinstance(result, dict) else []

        def has(word: str) -> Expression:
            return lambda names: word in words(names)

        tests: list[tuple[Expression | None, Target]] = [(has(key), each) for key, each in targets.items()]
        last = [(None, other)] if other is not None else []
        return Conditions((*tests, *last), (*_keys(on), *(None for _ in last)), keyed=True)


def _keys(on: WrittenCases) -> tuple[Written, ...]:
    """The keys, one for each that differs."""
    first = {case.key.text: case.key for case in reversed(on.cases)}
    texts = dict.fromkeys(case.key.text for case in on.cases)
    return tuple(Written(text, first[text].span) for text in texts)


_OPEN = (TypeKind.DYN, TypeKind.MAP)


def _equals(read: Callable[[Names], Value], key: str | bool) -> Expression:
    return lambda names: read(names) == key


def _values(type_: Type) -> tuple[Value, ...]:
    """What a property may be, of those that can be branched on."""
    if type_.kind is TypeKind.BOOL:
        return type_.literals or (True, False)
    return (type_.literals or ()) if type_.kind is TypeKind.STRING else ()


def _word(value: Value) -> str:
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)


def _key(text: str, values: tuple[Value, ...] | None) -> str | bool:
    booleans = values is None or any(isinstance(value, bool) for value in values)
    return text == "true" if booleans and text in ("true", "false") else text
