"""The checker: types, guards and problems of a condition in one pass over its tree.

Guards flow as CEL evaluates: what an operand of ``&&`` has shown holds in the operands behind it. But CEL
goes on behind an operand that *failed*, so the checker keeps two sets: what the author may rely on
(``claimed``), and what the compiled code may rely on (``sure``), which leaves out the word of operands that
can fail. A node whose operand has a problem is of type `DYN`, so that one mistake gives one problem.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, cast

from rulesflow.conditions import operands
from rulesflow.conditions.calls import check_call
from rulesflow.conditions.findings import Findings
from rulesflow.conditions.guards import NOTHING, Guards, Known, in_either, known_not_null, reached
from rulesflow.conditions.kinds import KINDS
from rulesflow.conditions.operators import equal
from rulesflow.conditions.reader import CONTAINERS, Reader, Variables, bound_type, dotted
from rulesflow.conditions.scope import Scope
from rulesflow.conditions.tree import (
    Binary,
    Call,
    Conditional,
    Has,
    Index,
    ListOf,
    Literal,
    Logic,
    Macro,
    MapOf,
    Name,
    Node,
    Present,
    Select,
    Unary,
)
from rulesflow.conditions.typed import Checked, Typed, Variable, is_bool, spelled
from rulesflow.conditions.types import (
    BOOL,
    DYN,
    NULL,
    NUMBER,
    STRING,
    Field,
    Kind,
    Type,
    Value,
    assignable,
    in_words,
    join,
    list_of,
    map_of,
    values_of,
)

__all__ = ["Checked", "Guards", "assignable", "check"]


@dataclass(frozen=True, slots=True)
class _Known(Known):
    """What is known where a node stands, and the variables in sight there."""

    variables: Variables = field(default_factory=dict)


def check(node: Node, scope: Scope, guards: Guards = NOTHING) -> Checked:
    """Check an expression; ``guards`` is what is known before it is evaluated.

    The problems are complete and in the order of the text. Whether the type suits its purpose is for the
    caller to say, with `assignable`.
    """
    checker = _Checker(scope)
    tree = checker.visit(node, _Known(guards, guards))
    found = checker.found
    problems = tuple(sorted(found.problems, key=lambda problem: (problem.start, problem.end)))
    return Checked(tree, tree.type, problems, tree.when_true, tree.when_false, found.reads)


class _Checker:
    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.found = Findings(scope)
        self.reader = Reader(self.found)

    def visit(self, node: Node, known: _Known) -> Typed:
        """The node with its type. Two Python frames for each level of the tree."""
        return _VISITORS[type(node)](self, node, known)

    def operand(self, typed: Typed) -> Typed:
        """A value that must not be null."""
        if not typed.type.nullable:
            return typed
        return self.found.non_null(typed, spelled(typed.node) if typed.place else "")

    def condition(self, typed: Typed) -> Typed:
        """A value that must be a bool."""
        typed = self.operand(typed)
        if not is_bool(typed.type):
            message = f"{spelled(typed.node)} is {in_words(typed.type)}, a bool is needed here"
            self.found.mismatch("RF202", typed.node, message)
        return typed

    # Literals and reads

    def literal(self, node: Literal, known: _Known) -> Typed:
        kind = KINDS[type(node.value)]
        if kind is Kind.NULL:
            return Typed(node, NULL, False)
        return Typed(node, Type(kind, literals=(node.value,)), False)

    def name(self, node: Name, known: _Known) -> Typed:
        return self.reader.name(node, known, known.variables)

    def select(self, node: Select, known: _Known) -> Typed:
        named = self.reader.dotted_type(node, known.variables)
        if named is not None:
            return named
        operand = self.operand(self.visit(node.operand, known))
        return self.reader.member(node, operand, node.field, known)

    def has(self, node: Has, known: _Known) -> Typed:
        if node.operand is None:
            return self.reader.has_name(node, known.variables)
        return self.reader.has(node, self.operand(self.visit(node.operand, known)))

    def present(self, node: Present, known: _Known) -> Typed:
        return self.reader.present(node, known)

    def index(self, node: Index, known: _Known) -> Typed:
        operand = self.operand(self.visit(node.operand, known))
        return self.reader.index(node, operand, self.operand(self.visit(node.key, known)), known)

    # Operators

    def unary(self, node: Unary, known: _Known) -> Typed:
        if node.op == "!":
            part = self.condition(self.visit(node.operand, known))
            return Typed(node, BOOL, part.fallible_bool, (part,), part.when_false, part.when_true)
        part = self.operand(self.visit(node.operand, known))
        if part.type.kind not in (Kind.NUMBER, Kind.DYN):
            message = f"{spelled(node.operand)} is {in_words(part.type)}, only a number has a sign"
            self.found.mismatch("RF202", node, message)
            return Typed(node, DYN, True, (part,))
        return Typed(node, NUMBER, part.fallible or not part.surely(Kind.NUMBER), (part,))

    def binary(self, node: Binary, known: _Known) -> Typed:
        rule = _BINARY.get(node.op, operands.arithmetic)
        tests_null = node.op in ("==", "!=") and (_is_null(node.left) or _is_null(node.right))
        left, right = self.visit(node.left, known), self.visit(node.right, known)
        if not tests_null:
            left, right = self.operand(left), self.operand(right)
        result = rule(self.found, node, left, right)
        fallible = left.fallible or right.fallible or result.fallible
        typed = Typed(node, result.type, fallible, (left, right), broken=result.broken)
        if tests_null:
            return _null_test(typed)
        return _key_test(typed) if node.op == "in" else typed

    def logic(self, node: Logic, known: _Known) -> Typed:
        conjunction = node.op == "&&"
        parts: list[Typed] = []
        for operand in node.operands:
            part = self.condition(self.visit(operand, known))
            known = known.after(part.when_true if conjunction else part.when_false, not part.fallible_bool)
            parts.append(part)
        fallible = any(part.fallible_bool for part in parts)
        every, some = _together(parts, conjunction), _alternatively(parts, conjunction)
        yes, no = (every, some) if conjunction else (some, every)
        return Typed(node, BOOL, fallible, tuple(parts), yes, no)

    def conditional(self, node: Conditional, known: _Known) -> Typed:
        test = self.condition(self.visit(node.test, known))
        yes = self.visit(node.yes, known.after(test.when_true, True))
        no = self.visit(node.no, known.after(test.when_false, True))
        together = join(yes.type, no.type)
        if together.kind is Kind.DYN and Kind.DYN not in (yes.type.kind, no.type.kind):
            message = f"the branches of ?: differ: {in_words(yes.type)} and {in_words(no.type)}"
            self.found.mismatch("RF202", node, message)
        fallible = test.fallible_bool or yes.fallible or no.fallible
        when_true = (test.when_true | yes.when_true) & (test.when_false | no.when_true)
        when_false = (test.when_true | yes.when_false) & (test.when_false | no.when_false)
        return Typed(node, together, fallible, (test, yes, no), when_true, when_false)

    # Calls, macros, lists and maps

    def call(self, node: Call, known: _Known) -> Typed:
        name, target = node.name, node.target
        if target is not None and self._in_library(target, known):
            name, target = f"{dotted(target)}.{name}", None
        if target is not None and name not in self.scope.functions:
            known = self._with_likely_variable(node, known)
        parts = [self.visit(each, known) for each in (target, *node.args) if each is not None]
        return check_call(self.found, node, name, target is not None, tuple(parts))

    def _with_likely_variable(self, node: Call, known: _Known) -> _Known:
        """A misspelt macro, ``xs.exist(x, x > 1)``: its variable is no unknown name on top of that."""
        first = node.args[0] if node.args else None
        if not isinstance(first, Name) or first.name in self.scope.names or not self.scope.strict:
            return known
        variable = Variable(self.found.new_variable(), DYN)
        return replace(known, variables={**known.variables, first.name: variable})

    def _in_library(self, target: Node, known: _Known) -> bool:
        """Is ``target`` what stands before the dot in names of functions, as in ``fraud.score(x)``?"""
        library = dotted(target)
        if library.partition(".")[0] in {**known.variables, **self.scope.names}:
            return False
        return any(name.startswith(library + ".") for name in self.scope.functions)

    def macro(self, node: Macro, known: _Known) -> Typed:
        target = self.operand(self.visit(node.target, known))
        if target.type.kind not in CONTAINERS:
            message = (
                f"{spelled(node.target)} is {in_words(target.type)}, {node.name}() needs a list or a map"
            )
            self.found.mismatch("RF202", node.target, message)
        variables = self._variables(node, target)
        bound = replace(
            known, variables={**known.variables, **dict(zip(node.variables, variables, strict=True))}
        )
        parts = [target]
        if node.test is not None:
            test = self.condition(self.visit(node.test, bound))
            bound = bound.after(test.when_true, True)
            parts.append(test)
        if node.result is not None:
            parts.append(self.visit(node.result, bound))
        fallible = (
            not any(target.surely(kind) for kind in (Kind.LIST, Kind.MAP, Kind.OBJECT))
            or any(part.fallible for part in parts)
            or (node.test is not None and parts[1].fallible_bool)
        )
        return Typed(node, _macro_type(node, parts, variables), fallible, tuple(parts), meaning=variables)

    def _variables(self, node: Macro, target: Typed) -> tuple[Variable, ...]:
        key, value = _item_types(target)
        if len(node.variables) == 2:
            return (Variable(self.found.new_variable(), key), Variable(self.found.new_variable(), value))
        single = key if target.type.kind in (Kind.MAP, Kind.OBJECT) else value
        return (Variable(self.found.new_variable(), single),)

    def list(self, node: ListOf, known: _Known) -> Typed:
        parts = tuple(self.visit(item, known) for item in node.items)
        element = join(*(part.type for part in parts)) if parts else None
        return Typed(node, Type(Kind.LIST, element=element), any(part.fallible for part in parts), parts)

    def map(self, node: MapOf, known: _Known) -> Typed:
        parts = tuple(self.visit(each, known) for entry in node.entries for each in entry)
        keys, values = parts[::2], parts[1::2]
        for key in keys:
            if key.type.kind not in (Kind.STRING, Kind.NUMBER, Kind.BOOL, Kind.DYN) or key.type.nullable:
                message = f"{spelled(key.node)} is {in_words(key.type)}, it cannot be a key"
                self.found.mismatch("RF202", key.node, message)
        distinct = self._distinct(keys)
        fallible = not distinct or any(part.fallible for part in parts)
        if all(isinstance(key.node, Literal) and key.surely(Kind.STRING) for key in keys):
            fields = {key.node.value: Field(value.type) for key, value in zip(keys, values, strict=True)}  # type: ignore[union-attr]
            return Typed(node, Type(Kind.OBJECT, fields=fields, closed=True), fallible, parts)
        return Typed(node, map_of(join(*(value.type for value in values))), fallible, parts)

    def _distinct(self, keys: tuple[Typed, ...]) -> bool:
        """Are all keys literals, of which no two are equal?"""
        seen: list[Value] = []
        for key in keys:
            if not isinstance(key.node, Literal):
                return False
            if any(equal(key.node.value, each) for each in seen):
                self.found.mismatch("RF213", key.node, f"the key {spelled(key.node)} stands twice in the map")
                return False
            seen.append(key.node.value)
        return all(key.type.kind in (Kind.STRING, Kind.NUMBER, Kind.BOOL) for key in keys)


def _is_null(node: Node) -> bool:
    return isinstance(node, Literal) and node.value is None


def _null_test(typed: Typed) -> Typed:
    """``x == null`` shows when it is false that x is not null, ``x != null`` when it is true."""
    left, right = typed.parts
    place = right.place if _is_null(left.node) else left.place
    if place is None:
        return typed
    guards = known_not_null(place)
    if cast(Binary, typed.node).op == "==":
        return replace(typed, when_false=guards)
    return replace(typed, when_true=guards)


def _key_test(typed: Typed) -> Typed:
    """``"key" in x`` shows when it is true that x.key is there."""
    key, container = typed.parts
    if not isinstance(key.node, Literal) or container.place is None or container.type.kind is Kind.LIST:
        return typed
    value = key.node.value
    if type(value) is not str or container.type.kind is Kind.DYN:
        return typed
    return replace(typed, when_true=reached((*container.place, value)))


def _together(parts: list[Typed], conjunction: bool) -> Guards:
    """What all operands show, once the chain is true (``&&``) or false (``||``)."""
    guards = NOTHING
    for part in parts:
        guards |= part.when_true if conjunction else part.when_false
    return guards


def _alternatively(parts: list[Typed], conjunction: bool) -> Guards:
    """What is known when some operand, but it is not known which, has decided the chain."""
    return in_either(part.when_false if conjunction else part.when_true for part in parts)


def _item_types(target: Typed) -> tuple[Type, Type]:
    """The types of a macro's two variables: index and item, or key and value."""
    kind = target.type.kind
    if kind not in CONTAINERS or kind is Kind.DYN:
        return DYN, DYN
    value = bound_type(target, values_of(target.type))
    if kind is Kind.LIST:
        return NUMBER, value
    # Only facts are known to have strings for keys: a map that is written out may have others.
    return (STRING if kind is Kind.OBJECT or target.path else DYN), value


def _macro_type(node: Macro, parts: list[Typed], variables: tuple[Variable, ...]) -> Type:
    if node.result is not None:
        return (map_of if node.name == "transformMap" else list_of)(parts[-1].type)
    return list_of(variables[0].type) if node.name == "filter" else BOOL


_BINARY: Final[Mapping[str, Callable[[Findings, Binary, Typed, Typed], operands.Result]]] = {
    "==": operands.equality, "!=": operands.equality, "in": operands.membership,
    "<": operands.order, "<=": operands.order, ">": operands.order, ">=": operands.order,
}  # fmt: skip
_VISITORS: Final[Mapping[type, Callable[..., Typed]]] = {
    Literal: _Checker.literal, Name: _Checker.name, Select: _Checker.select, Has: _Checker.has,
    Present: _Checker.present, Index: _Checker.index, Unary: _Checker.unary, Binary: _Checker.binary,
    Logic: _Checker.logic, Conditional: _Checker.conditional, Call: _Checker.call, Macro: _Checker.macro,
    ListOf: _Checker.list, MapOf: _Checker.map,
}  # fmt: skip
