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
from rulesflow.conditions.functions import KINDS
from rulesflow.conditions.guards import NOTHING, Guards, in_either, known_not_null, reached
from rulesflow.conditions.operators import equal
from rulesflow.conditions.scope import Scope, field_paths
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
from rulesflow.conditions.typed import Checked, Read, Typed, Variable, is_bool, spelled
from rulesflow.conditions.types import (
    BOOL,
    DYN,
    NULL,
    NUMBER,
    STRING,
    TYPE,
    TYPE_NAMES,
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

_CONTAINERS: Final = (Kind.LIST, Kind.MAP, Kind.OBJECT, Kind.DYN)


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known where a node stands."""

    claimed: Guards = NOTHING
    sure: Guards = NOTHING
    variables: Mapping[str, Variable] = field(default_factory=dict)

    def after(self, guards: Guards, sure: bool) -> _Known:
        """The same, once ``guards`` have been shown."""
        return _Known(self.claimed | guards, self.sure | guards if sure else self.sure, self.variables)


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

    # Names and fields

    def literal(self, node: Literal, known: _Known) -> Typed:
        kind = KINDS[type(node.value)]
        if kind is Kind.NULL:
            return Typed(node, NULL, False)
        return Typed(node, Type(kind, literals=(node.value,)), False)

    def name(self, node: Name, known: _Known) -> Typed:
        variable = known.variables.get(node.name)
        if variable is not None:
            return self._read(
                Typed(node, variable.type, False, place=(variable.name,), meaning=variable), known
            )
        declared = self.scope.names.get(node.name)
        path = (node.name,)
        if declared is None:
            if node.name in TYPE_NAMES:
                return Typed(node, TYPE, False, meaning=TYPE_NAMES[node.name])
            self.found.unknown(node, node.name, [*self.scope.names, *known.variables])
            return Typed(node, DYN, True, place=path, path=path, meaning=Read(absent=True))
        self.found.read(path)
        return self._field(Typed(node, DYN, False, place=path, path=path), declared, known)

    def select(self, node: Select, known: _Known) -> Typed:
        named = self._dotted_type(node, known)
        if named is not None:
            return named
        return self._member(node, self.operand(self.visit(node.operand, known)), node.field, known)

    def _dotted_type(self, node: Select, known: _Known) -> Typed | None:
        dotted = _dotted(node)
        if dotted not in TYPE_NAMES or dotted.partition(".")[0] in {**known.variables, **self.scope.names}:
            return None
        return Typed(node, TYPE, False, meaning=TYPE_NAMES[dotted])

    def _member(self, node: Select | Index, operand: Typed, name: str, known: _Known) -> Typed:
        """``operand.name`` or ``operand["name"]``."""
        place = (*operand.place, name) if operand.place else None
        path = (*operand.path, name) if operand.path else None
        if path:
            self.found.read(path, operand.path)
        typed = Typed(node, DYN, operand.fallible, (operand,), place=place, path=path)
        declared = self._declared(node, operand, name)
        return self._field(typed, declared, known)

    def _declared(self, node: Node, operand: Typed, name: str) -> Field | None:
        """The field of that name; None if it is not known or if it was a problem."""
        kind = operand.type.kind
        if kind is Kind.OBJECT:
            fields = operand.type.fields or {}
            if name not in fields:
                prefix = spelled(operand.node)
                siblings = field_paths(prefix, operand.type)
                self.found.unknown(node, f"{prefix}.{name}", siblings)
            return fields.get(name)
        if kind is Kind.MAP:
            return Field(values_of(operand.type), required=False)
        if kind is not Kind.DYN:
            message = f"{spelled(operand.node)} is {in_words(operand.type)}, it has no fields"
            hint = None
            if kind is Kind.LIST:
                name = spelled(operand.node)
                hint = f"look at its items: {name}.exists(x, …), {name}[0]"
            self.found.mismatch("RF202", node, message, hint)
        return None

    def _field(self, typed: Typed, declared: Field | None, known: _Known) -> Typed:
        """A read of a field (or a top-level name): is it there, may it be null?"""
        if declared is None:
            absent = typed.place not in known.sure.present
            return replace(typed, fallible=typed.fallible or absent, meaning=Read(absent=absent))
        absent = not declared.required and typed.place not in known.sure.present
        if absent and typed.place not in known.claimed.present and not self._of_map(typed):
            name = spelled(typed.node)
            hint = f"guard it: has({name}) && …" if typed.place else "guard it with has()"
            self.found.mismatch("RF204", typed.node, f"{name} may be missing", hint)
            return replace(typed, fallible=True, meaning=Read(absent=True))
        typed = replace(
            typed, type=declared.type, fallible=typed.fallible or absent, meaning=Read(absent=absent)
        )
        return self._read(typed, known)

    @staticmethod
    def _of_map(typed: Typed) -> bool:
        return bool(typed.parts) and typed.parts[0].type.kind is not Kind.OBJECT

    @staticmethod
    def _read(typed: Typed, known: _Known) -> Typed:
        """A value that was read, not nullable any more if a guard says so."""
        if not typed.type.nullable or typed.place not in known.claimed.not_null:
            return typed
        bare = replace(typed, type=typed.type.without_null())
        if typed.place in known.sure.not_null:
            return bare
        if isinstance(typed.meaning, Read):
            return replace(bare, fallible=True, meaning=replace(typed.meaning, null=True))
        return replace(typed, type=DYN)  # a variable: looked at when it is used

    def has(self, node: Has, known: _Known) -> Typed:
        if node.operand is None:
            return self._has_name(node, known)
        operand = self.operand(self.visit(node.operand, known))
        if operand.path:
            self.found.read((*operand.path, node.field), operand.path)
        self._declared(node, operand, node.field)
        certain = operand.type.kind in (Kind.OBJECT, Kind.MAP)
        guards = reached((*operand.place, node.field)) if operand.place else NOTHING
        return Typed(node, BOOL, operand.fallible or not certain, (operand,), guards)

    def _has_name(self, node: Has, known: _Known) -> Typed:
        path = (node.field,)
        if node.field in known.variables:
            return Typed(node, BOOL, False, meaning=known.variables[node.field])
        if node.field in self.scope.names:
            self.found.read(path)
        else:
            self.found.unknown(node, node.field, self.scope.names)
        return Typed(node, BOOL, False, (), reached(path))

    def present(self, node: Present, known: _Known) -> Typed:
        self.found.read(node.path)
        meaning = Read(steps=self._steps(node, known))
        return Typed(node, BOOL, False, (), reached(node.path, not_null=True), meaning=meaning)

    def _steps(self, node: Present, known: _Known) -> tuple[bool, ...] | None:
        """Is each step of the path surely there and not null? None where not all fields are known."""
        steps: list[bool] = []
        fields: Mapping[str, Field] = self.scope.names
        for length, name in enumerate(node.path, start=1):
            declared = fields.get(name)
            if declared is None:
                self.found.unknown(node, ".".join(node.path[:length]), self.scope.paths())
                return None
            place = node.path[:length]
            there = declared.required or place in known.sure.present
            steps.append(there and (not declared.type.nullable or place in known.sure.not_null))
            if declared.type.kind is not Kind.OBJECT and length < len(node.path):
                self._check_open(node, declared, length)
                return None
            fields = declared.type.fields or {}
        return tuple(steps)

    def _check_open(self, node: Present, declared: Field, length: int) -> None:
        if declared.type.kind not in (Kind.MAP, Kind.DYN):
            above = ".".join(node.path[:length])
            message = f"{above} is {in_words(declared.type)}, it has no fields"
            self.found.mismatch("RF202", node, message)

    def index(self, node: Index, known: _Known) -> Typed:
        operand = self.operand(self.visit(node.operand, known))
        literal = node.key.value if isinstance(node.key, Literal) else None
        if type(literal) is str and operand.type.kind in (Kind.OBJECT, Kind.MAP):
            return self._member(node, operand, literal, known)
        key = self.operand(self.visit(node.key, known))
        self._check_key(node, operand, key)
        known_type = values_of(operand.type) if operand.type.kind in _CONTAINERS else DYN
        place = None
        if operand.place and KINDS[type(literal)] is Kind.NUMBER:
            place = (*operand.place, f"[{literal}]")
        return self._read(
            Typed(node, known_type, True, (operand, key), place=place, meaning=Read(absent=True)), known
        )

    def _check_key(self, node: Index, operand: Typed, key: Typed) -> None:
        kind = operand.type.kind
        if kind not in _CONTAINERS:
            hint = f"use {spelled(operand.node)}.charAt(…)" if kind is Kind.STRING else None
            message = f"{spelled(operand.node)} is {in_words(operand.type)}, it has no items"
            self.found.mismatch("RF202", node, message, hint)
        elif kind in (Kind.LIST, Kind.OBJECT):
            wanted = NUMBER if kind is Kind.LIST else STRING
            if key.type.kind not in (Kind.DYN, wanted.kind):
                message = (
                    f"{in_words(operand.type)} is indexed by {in_words(wanted)}, not by {in_words(key.type)}"
                )
                self.found.mismatch("RF202", key.node, message)

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
        typed = Typed(node, result.type, fallible, (left, right))
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
        if target is not None:
            dotted = f"{_dotted(target)}.{name}"
            root = dotted.partition(".")[0]
            if dotted in self.scope.functions and root not in {**known.variables, **self.scope.names}:
                name, target = dotted, None
        parts = [self.visit(each, known) for each in (target, *node.args) if each is not None]
        return check_call(self.found, node, name, target is not None, tuple(parts))

    def macro(self, node: Macro, known: _Known) -> Typed:
        target = self.operand(self.visit(node.target, known))
        if target.type.kind not in _CONTAINERS:
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


def _dotted(node: Node) -> str:
    """``a.b.c`` of names and selections; ``?`` stands for anything else."""
    names: list[str] = []
    while isinstance(node, Select):
        names.append(node.field)
        node = node.operand
    names.append(node.name if isinstance(node, Name) else "?")
    return ".".join(reversed(names))


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
    if kind not in _CONTAINERS or kind is Kind.DYN:
        return DYN, DYN
    value = values_of(target.type)
    if target.place is None:  # an item of a list that is written out may be any of them; it is no enum
        value = replace(value, literals=None)
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
