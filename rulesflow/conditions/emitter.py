"""From a checked tree to Python's own syntax tree, node by node.

Nothing goes through text. Constants and the run-time's functions are globals of the code to be; the facts
come as ``names``, the budget as ``budget``. Each node that is made carries for its line the number of the
place in the source it was made for, so that an error's place can be read off its traceback, and costs
nothing until there is one.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from datetime import UTC, tzinfo
from typing import Final, cast

from rulesflow.conditions import absorption, access, arithmetic, looping, operators
from rulesflow.conditions.functions import Dispatch, bind, metered
from rulesflow.conditions.operands import ORDERED
from rulesflow.conditions.pieces import Pieces, Place
from rulesflow.conditions.string_functions import search_any, search_metered
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
    Present,
    Select,
    Unary,
)
from rulesflow.conditions.typed import Candidates, Chosen, Failure, Read, Regex, Typed, Variable
from rulesflow.conditions.types import Kind, TypeValue, Value

_MAPS: Final = (Kind.MAP, Kind.OBJECT)
_SCALARS: Final = (Kind.NUMBER, Kind.STRING, Kind.BOOL, Kind.TIMESTAMP, Kind.DURATION, Kind.TYPE)
_COMPARISONS: Final[Mapping[str, type[ast.cmpop]]] = {
    "==": ast.Eq, "!=": ast.NotEq, "<": ast.Lt, "<=": ast.LtE, ">": ast.Gt, ">=": ast.GtE,
}  # fmt: skip
_ORDERS: Final = {
    "<": operators.less, "<=": operators.less_or_equal,
    ">": operators.greater, ">=": operators.greater_or_equal,
}  # fmt: skip
_ARITHMETIC: Final[Mapping[str, tuple[Callable[..., Value], Callable[..., Value]]]] = {
    "+": (arithmetic.add_numbers, operators.add),
    "-": (arithmetic.subtract_numbers, operators.subtract),
    "*": (arithmetic.multiply_numbers, operators.multiply),
    "/": (arithmetic.divide_numbers, operators.divide),
    "%": (arithmetic.remainder_numbers, operators.remainder),
}


class Emitter(Pieces):
    """Makes the Python expression of any number of checked conditions.

    ``has_plain_keys``: no map that they build has other keys than strings and numbers.
    """

    def __init__(self, zone: tzinfo = UTC) -> None:
        super().__init__()
        self.zone = zone
        self.has_plain_keys = True

    def emit(self, typed: Typed) -> ast.expr:
        """The Python expression of a checked node. Two Python frames for each level of the tree."""
        return _EMITTERS[type(typed.node)](self, typed, self.at(typed.node))

    def _bool(self, typed: Typed) -> ast.expr:
        """The expression of an operand that must be a bool."""
        expression = self.emit(typed)
        if typed.surely(Kind.BOOL):
            return expression
        return self.call(self.at(typed.node), absorption.boolean, expression)

    # Names and fields

    def _literal(self, typed: Typed, at: Place) -> ast.expr:
        return self.constant(cast(Literal, typed.node).value, at)

    def _name(self, typed: Typed, at: Place) -> ast.expr:
        match typed.meaning:
            case Variable(name=name):
                return ast.Name(name, ast.Load(), **at)
            case TypeValue() as value:
                return self.constant(value, at)
        return self._reading(typed, at, self.names(at), access.named)

    def _select(self, typed: Typed, at: Place) -> ast.expr:
        if isinstance(typed.meaning, TypeValue):
            return self.constant(typed.meaning, at)
        container = self.emit(typed.parts[0])
        return self._reading(typed, at, container, access.field)

    def _reading(self, typed: Typed, at: Place, container: ast.expr, look: Callable[..., Value]) -> ast.expr:
        """A read by name; ``look`` does it where the name may be absent."""
        read = cast(Read, typed.meaning)
        if read.absent:
            expression = self.call(at, look, container, ast.Constant(read.name, **at))
        else:
            expression = self.subscript(at, container, read.name)
        return self.call(at, access.not_null, expression) if read.null else expression

    def _has(self, typed: Typed, at: Place) -> ast.expr:
        node = cast(Has, typed.node)
        field = ast.Constant(node.field, **at)
        if node.operand is None:
            if isinstance(typed.meaning, Variable):
                return ast.Constant(True, **at)
            return self.compare(at, field, ast.In(), self.names(at))
        container = self.emit(typed.parts[0])
        if any(typed.parts[0].surely(kind) for kind in _MAPS):
            return self.compare(at, field, ast.In(), container)
        return self.call(at, access.has_field, container, field)

    def _present(self, typed: Typed, at: Place) -> ast.expr:
        path = cast(Present, typed.node).path
        steps = cast(Read, typed.meaning).steps
        value = self.names(at)
        if steps is None:
            return self.call(at, access.present, value, self.constant(path, at))
        if all(steps):
            return ast.Constant(True, **at)
        for name, sure in zip(path[:-1], steps[:-1], strict=True):
            value = self.subscript(at, value, name) if sure else self._or_empty(at, value, name)
        found = self._get(at, value, path[-1])
        return self.compare(at, found, ast.IsNot(), ast.Constant(None, **at))

    @staticmethod
    def _get(at: Place, container: ast.expr, key: str) -> ast.expr:
        method = ast.Attribute(container, "get", ast.Load(), **at)
        return ast.Call(method, [ast.Constant(key, **at)], [], **at)

    def _or_empty(self, at: Place, container: ast.expr, key: str) -> ast.expr:
        empty = self.shared("empty", {}, at)
        return ast.BoolOp(ast.Or(), [self._get(at, container, key), empty], **at)

    def _index(self, typed: Typed, at: Place) -> ast.expr:
        if len(typed.parts) == 1:
            return self._reading(typed, at, self.emit(typed.parts[0]), access.entry)
        operand, position = typed.parts
        function = access.item if operand.surely(Kind.LIST) else access.index
        expression = self.call(at, function, self.emit(operand), self.emit(position))
        read = cast(Read, typed.meaning)
        return self.call(at, access.not_null, expression) if read.null else expression

    # Operators

    def _unary(self, typed: Typed, at: Place) -> ast.expr:
        part = typed.parts[0]
        if cast(Unary, typed.node).op == "!":
            return ast.UnaryOp(ast.Not(), self._bool(part), **at)
        function = arithmetic.negate_number if part.surely(Kind.NUMBER) else operators.negate
        return self.call(at, function, self.emit(part))

    def _binary(self, typed: Typed, at: Place) -> ast.expr:
        op = cast(Binary, typed.node).op
        if op in ("==", "!="):
            return self._equality(typed, at, op)
        if op == "in":
            return self._membership(typed, at)
        if op in _ORDERS:
            return self._order(typed, at, op)
        return self._sum(typed, at, op)

    def _equality(self, typed: Typed, at: Place, op: str) -> ast.expr:
        left, right = typed.parts
        one, other = self.emit(left), self.emit(right)
        if Kind.NULL in (left.type.kind, right.type.kind):
            if isinstance(left.node, Literal) and isinstance(right.node, Literal):
                # Python warns of `5 is None`, though it compiles it.
                return ast.Constant((left.node.value is right.node.value) == (op == "=="), **at)
            return self.compare(at, one, ast.Is() if op == "==" else ast.IsNot(), other)
        if _natively_equal(left, right):
            return self.compare(at, one, _COMPARISONS[op](), other)
        function = operators.equal if op == "==" else operators.unequal
        return self.call(at, function, one, other, self.budget(at))

    def _order(self, typed: Typed, at: Place, op: str) -> ast.expr:
        left, right = typed.parts
        one, other = self.emit(left), self.emit(right)
        if left.surely(right.type.kind) and right.surely(left.type.kind) and left.type.kind in ORDERED:
            return self.compare(at, one, _COMPARISONS[op](), other)
        return self.call(at, _ORDERS[op], one, other)

    def _membership(self, typed: Typed, at: Place) -> ast.expr:
        left, right = typed.parts
        value = self.emit(left)
        literals = _literals(right, left)
        if literals is not None:
            return self.compare(at, value, ast.In(), self.own(literals, at))
        container = self.emit(right)
        if left.surely(Kind.STRING) and any(right.surely(kind) for kind in _MAPS):
            return self.compare(at, value, ast.In(), container)
        element = right.type.element
        alike = element is not None and left.surely(element.kind) and element.kind in _SCALARS
        function = operators.member_scalar if right.surely(Kind.LIST) and alike else operators.member
        return self.call(at, function, value, container, self.budget(at))

    def _sum(self, typed: Typed, at: Place, op: str) -> ast.expr:
        left, right = typed.parts
        one, other = self.emit(left), self.emit(right)
        for_numbers, for_any = _ARITHMETIC[op]
        if left.surely(Kind.NUMBER) and right.surely(Kind.NUMBER):
            return self.call(at, for_numbers, one, other)
        budget = [self.budget(at)] if op == "+" else []
        return self.call(at, for_any, one, other, *budget)

    def _logic(self, typed: Typed, at: Place) -> ast.expr:
        """Operands that cannot fail come first: if one of them decides, no other needs to be evaluated.

        They keep their order among themselves, since some rely on what others before them have shown.
        """
        conjunction = cast(Logic, typed.node).op == "&&"
        operands = [self.emit(part) for part in typed.parts if not part.fallible_bool]
        fallible = [part for part in typed.parts if part.fallible_bool]
        if len(fallible) == 1:
            operands.append(self._bool(fallible[0]))
        elif fallible:
            function = absorption.both if conjunction else absorption.either
            thunks = [self.function(self.at(part.node), self._bool(part)) for part in fallible]
            operands.append(self.call(at, function, *thunks))
        if len(operands) == 1:
            return operands[0]
        return ast.BoolOp(ast.And() if conjunction else ast.Or(), operands, **at)

    def _conditional(self, typed: Typed, at: Place) -> ast.expr:
        test, yes, no = typed.parts
        return ast.IfExp(self._bool(test), self.emit(yes), self.emit(no), **at)

    # Calls, lists and maps

    def _call_node(self, typed: Typed, at: Place) -> ast.expr:
        args = [self.emit(part) for part in typed.parts]
        match typed.meaning:
            case Regex(compiled=compiled):
                search = search_metered if typed.parts[0].surely(Kind.STRING) else search_any
                return self.call(at, search, self.own(compiled, at), args[0], self.budget(at))
            case Chosen(function=function, overload=overload) if overload.cost is None:
                return ast.Call(self.own(bind(function, overload, self.zone), at), args, [], **at)
            case Chosen(function=function, overload=overload):
                bound = self.own(metered(function, overload, self.zone), at)
                return ast.Call(bound, [self.budget(at), *args], [], **at)
            case Candidates(function=function, overloads=overloads):
                dispatch = Dispatch(function, overloads, self.zone)
                return ast.Call(self.own(dispatch, at), [self.budget(at), *args], [], **at)
            case Failure(code=code, message=message):
                told = [ast.Constant(text, **at) for text in (code, message)]
                return self.call(at, operators.fail, *told, *args)
        raise AssertionError(cast(Call, typed.node).name)

    def _list(self, typed: Typed, at: Place) -> ast.expr:
        return ast.List([self.emit(part) for part in typed.parts], ast.Load(), **at)

    def _map(self, typed: Typed, at: Place) -> ast.expr:
        parts = [self.emit(part) for part in typed.parts]
        if typed.type.kind is Kind.OBJECT and _distinct_strings(cast(MapOf, typed.node)):
            return ast.Dict(list(parts[::2]), parts[1::2], **at)
        self.has_plain_keys = False
        pairs: list[ast.expr] = [
            ast.Tuple([key, value], ast.Load(), **at)
            for key, value in zip(parts[::2], parts[1::2], strict=True)
        ]
        return self.call(at, access.new_map, ast.Tuple(pairs, ast.Load(), **at))

    # Macros

    def _macro(self, typed: Typed, at: Place) -> ast.expr:
        node = cast(Macro, typed.node)
        variables = [variable.name for variable in cast(tuple[Variable, ...], typed.meaning)]
        target = typed.parts[0]
        items = self._items(target, at, len(variables))
        parts = list(typed.parts[1:])
        test = parts.pop(0) if node.test is not None else None
        if node.name in ("all", "exists") and test is not None:
            return self._quantifier(node.name, test, at, items, variables)
        loop = ast.comprehension(_target(at, variables), items, [self._bool(test)] if test else [], 0)
        if node.name == "exists_one":
            counted = ast.GeneratorExp(ast.Constant(True, **at), [loop], **at)
            return self.call(at, looping.just_one, counted)
        if node.name == "transformMap":
            self.has_plain_keys = False
            key = self.call(at, access.stored_key, ast.Name(variables[0], ast.Load(), **at))
            pair = ast.Tuple([key, self.emit(parts[0])], ast.Load(), **at)
            return self.call(at, dict, ast.GeneratorExp(pair, [loop], **at))
        result = self.emit(parts[0]) if parts else ast.Name(variables[0], ast.Load(), **at)
        # No list comprehension: Python 3.12 and 3.13 crash on some twenty of them in one another.
        return self.call(at, list, ast.GeneratorExp(result, [loop], **at))

    def _items(self, target: Typed, at: Place, variables: int) -> ast.expr:
        """What a macro loops over; the budget is charged for it beforehand."""
        container = self.emit(target)
        if variables == 2:
            return self.call(at, looping.pairs, container, self.budget(at))
        function = looping.items if target.surely(Kind.LIST) else looping.items_or_keys
        return self.call(at, function, container, self.budget(at))

    def _quantifier(
        self, name: str, test: Typed, at: Place, items: ast.expr, variables: list[str]
    ) -> ast.expr:
        body = self._bool(test)
        if not test.fallible_bool:
            loop = ast.comprehension(_target(at, variables), items, [], 0)
            return self.call(at, all if name == "all" else any, ast.GeneratorExp(body, [loop], **at))
        if len(variables) == 1:
            items = self.call(at, zip, items)
        function = absorption.all_of if name == "all" else absorption.any_of
        return self.call(at, function, items, self.function(at, body, *variables))


def _target(at: Place, names: list[str]) -> ast.expr:
    variables: list[ast.expr] = [ast.Name(name, ast.Store(), **at) for name in names]
    return variables[0] if len(variables) == 1 else ast.Tuple(variables, ast.Store(), **at)


def _natively_equal(left: Typed, right: Typed) -> bool:
    """Is Python's ``==`` CEL's here? For scalars of one kind; and no other value equals a string."""
    if _is_text(left) or _is_text(right):
        return True
    return left.type.kind is right.type.kind and left.type.kind in _SCALARS


def _is_text(typed: Typed) -> bool:
    return isinstance(typed.node, Literal) and type(typed.node.value) is str


def _literals(container: Typed, value: Typed) -> frozenset[Value] | None:
    """The items of a list of literals, if Python's ``in`` is CEL's for the value."""
    if not isinstance(container.node, ListOf) or value.type.kind not in _SCALARS or value.type.nullable:
        return None
    items = [part.node.value for part in container.parts if isinstance(part.node, Literal)]
    if len(items) < len(container.parts) or not all(part.surely(value.type.kind) for part in container.parts):
        return None
    return frozenset(items)


def _distinct_strings(node: MapOf) -> bool:
    keys = [key.value for key, _ in node.entries if isinstance(key, Literal)]
    return len(set(keys)) == len(node.entries)


_EMITTERS: Final[Mapping[type, Callable[[Emitter, Typed, Place], ast.expr]]] = {
    Literal: Emitter._literal, Name: Emitter._name, Select: Emitter._select, Has: Emitter._has,
    Present: Emitter._present, Index: Emitter._index, Unary: Emitter._unary, Binary: Emitter._binary,
    Logic: Emitter._logic, Conditional: Emitter._conditional, Call: Emitter._call_node, Macro: Emitter._macro,
    ListOf: Emitter._list, MapOf: Emitter._map,
}  # fmt: skip
