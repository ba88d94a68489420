"""Expressions of a workflow: conditions and templates, checked against what is known where they stand."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal

from rulesflow.conditions import (
    Budget,
    Checked,
    ConditionError,
    EvaluationError,
    Guards,
    Problem,
    Program,
    Scope,
    Value,
    check,
    compile_condition,
    parse,
    parse_template,
)
from rulesflow.conditions.tree import Binary, Literal as LiteralNode, Node as Tree
from rulesflow.conditions.types import BOOL, DYN, Kind, Type, TypeValue, in_words
from rulesflow.documents.nodes import Node, Scalar
from rulesflow.documents.shape import Findings, describe
from rulesflow.model.diagnostics import Span
from rulesflow.model.numbers import canonical
from rulesflow.values.expression import Expression, ExpressionFailed, Names

#: Steps that one expression may spend (see `Budget`).
COST_LIMIT: Final = 1_000_000
_CUT: Final = "the value ends at ' #', where a comment begins; quote a value that holds it"
_NOTHING: Final = Guards()


@dataclass(frozen=True, slots=True)
class Condition:
    """A compiled condition, and what is known once it was true or false."""

    expression: Expression
    when_true: Guards = _NOTHING
    when_false: Guards = _NOTHING


@dataclass(frozen=True, slots=True)
class Computed:
    """A compiled template: its type, the place of the expression in it, and the words at both ends of it."""

    expression: Expression
    type: Type
    span: Span
    ends: tuple[str, str] = ("", "")


class Expressions:
    """Compiles what stands in one place of a workflow, where ``known`` has been shown."""

    def __init__(self, scope: Scope, known: Guards, findings: Findings) -> None:
        self.scope = scope
        self.known = known
        self.findings = findings

    def given(self, guards: Guards) -> Expressions:
        """The same, once ``guards`` have been shown as well."""
        return Expressions(self.scope, self.known | guards, self.findings)

    def condition(self, node: Node, what: str) -> Condition:
        """A bare condition. One with a problem, which is noted, is always false."""
        if isinstance(node, Scalar) and isinstance(node.value, bool):
            truth = node.value
            return Condition(lambda names: truth)
        checked = self.checked(node, what)
        if checked is None or not isinstance(node, Scalar):
            return _NEVER
        program = compile_condition(checked, self.scope)
        return Condition(_located(program, node), checked.when_true, checked.when_false)

    def checked(self, node: Node, what: str) -> Checked | None:
        """A bare condition that has no problem and is not compiled yet; None after noting what is wrong."""
        if not isinstance(node, Scalar) or not isinstance(node.value, str | bool):
            message = f"{what} is a condition, not {describe(node)}"
            self.findings.error("RF102", message, node.span, "such as: order.total > 100")
            return None
        if node.text.lstrip().startswith("${"):
            span = node.at(0, len(node.text))
            self.findings.error("RF201", "a condition stands bare, not in ${ }", span, "leave out ${ and }")
            return None
        try:
            tree = parse(node.text)
        except ConditionError as error:
            self._report(error.problems, node)
            return None
        checked = self._check(tree, node)
        return None if checked.problems or not self._is_bool(checked, node) else checked

    def computed(self, scalar: Scalar) -> Computed | str:
        """A text that may hold expressions; a text without any, as it is meant (``$${`` is ``${``)."""
        try:
            tree = parse_template(scalar.text)
        except ConditionError as error:
            self._report(error.problems, scalar)
            return Computed(lambda names: None, DYN, scalar.span)
        if isinstance(tree, str):
            return tree
        checked = self._check(tree, scalar)
        span = scalar.at(tree.start, tree.end)
        if checked.problems:
            return Computed(lambda names: None, DYN, span)
        program = _located(compile_condition(checked, self.scope), scalar)
        return Computed(program, checked.type, span, (_end(tree, "left"), _end(tree, "right")))

    def _check(self, tree: Tree, host: Scalar) -> Checked:
        checked = check(tree, self.scope, self.known)
        self._report(checked.problems, host)
        return checked

    def _report(self, problems: Iterable[Problem], host: Scalar) -> None:
        for problem in problems:
            hint = _CUT if problem.code == "RF201" and host.cut else problem.hint
            self.findings.error(problem.code, problem.message, host.at(problem.start, problem.end), hint)

    def _is_bool(self, checked: Checked, host: Scalar) -> bool:
        if checked.type.kind in (Kind.BOOL, Kind.DYN) and not checked.type.nullable:
            return True
        found = in_words(checked.type) + (" or null" if checked.type.nullable else "")
        node = checked.tree.node
        self.findings.error(
            "RF202",
            f"a condition is true or false, but this gives {found}",
            host.at(node.start, node.end),
            "compare it with something, as in order.total > 100",
        )
        return False


_NEVER: Final = Condition(lambda names: False)


def constant(value: Value) -> Expression:
    """An expression that always gives this value, of which each caller gets its own."""
    if isinstance(value, list | dict):
        return lambda names: _copied(value)
    return lambda names: value


def type_of(value: Value) -> Type:
    """The type of a value without lists and objects."""
    if value is None:
        return Type(Kind.NULL)
    kind = BOOL.kind if isinstance(value, bool) else Kind.STRING if isinstance(value, str) else Kind.NUMBER
    return Type(kind, literals=(value,))


def _end(tree: Tree, side: Literal["left", "right"]) -> str:
    """The words with which a sum of texts begins or ends; empty where they are computed."""
    while isinstance(tree, Binary) and tree.op == "+":
        tree = tree.left if side == "left" else tree.right
    return tree.value if isinstance(tree, LiteralNode) and isinstance(tree.value, str) else ""


def _copied(value: Value) -> Value:
    if isinstance(value, list):
        return [_copied(item) for item in value]
    return {key: _copied(item) for key, item in value.items()} if isinstance(value, dict) else value


def _located(program: Program, host: Scalar) -> Expression:
    def expression(names: Names) -> Value:
        try:
            return _settled(program(names, Budget(COST_LIMIT)))
        except EvaluationError as error:
            known = error.start is not None and error.end is not None
            span = host.at(error.start or 0, error.end or 0) if known else host.span
            raise ExpressionFailed(error.code, error.message, span) from None
        except (KeyError, TypeError) as error:  # what a schema or the course of the run promised is not there
            raise ExpressionFailed("no-such-field", f"a value is missing: {error}", host.span) from None

    return expression


def _settled(value: Value) -> Value:
    """The value as JSON and times can hold it: numbers canonical, a type by its name."""
    if isinstance(value, Decimal):
        return canonical(value)
    if isinstance(value, list):
        return [_settled(item) for item in value]
    if isinstance(value, dict):
        return {key: _settled(item) for key, item in value.items()}
    return value.name if isinstance(value, TypeValue) else value
