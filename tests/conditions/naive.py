"""The meaning of conditions, written down as plainly as can be: the reference for the compiler.

Walks the tree. Numbers are fractions, rounded to 34 digits after each operation; a map is a list of pairs.
Slow, and of one mind about what the language means: CEL's definition, with one exact number type.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import UTC, tzinfo
from fractions import Fraction

from naive_functions import call
from naive_values import Fail, Map, equal, instant, kind, length, lifted, rounded, whole

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
from rulesflow.conditions.types import TypeValue


def evaluate(node: Node, names: Mapping[str, object], zone: tzinfo = UTC) -> object:
    """The value of an expression over Python values. Raises `Fail`.

    The value is in the naive form (see `lifted`); ``normal`` makes it comparable.
    """
    return Walk({name: lifted(value) for name, value in names.items()}, zone).value(node)


class Walk:
    """Evaluates nodes over names."""

    def __init__(self, names: Mapping[str, object], zone: tzinfo) -> None:
        self.names = names
        self.zone = zone

    def value(self, node: Node) -> object:
        match node:
            case Literal(value=value):
                return lifted(value)
            case Name(name=name):
                return self.name(name)
            case Select(operand=operand, field=field):
                return field_of(self.value(operand), field)
            case Has(operand=None, field=field):
                return field in self.names
            case Has(operand=operand, field=field):
                return has_field(self.value(operand), field)
            case Present(path=path):
                return self.present(path)
            case Index(operand=operand, key=key):
                return item_of(self.value(operand), self.value(key))
            case Unary(op="!", operand=operand):
                return not self.bool(operand)
            case Unary(op="-", operand=operand):
                return negative(self.value(operand))
            case Binary(op=op, left=left, right=right):
                return binary(op, self.value(left), self.value(right))
            case Logic(op="&&", operands=operands):
                return decided(False, (lambda node=node: self.bool(node) for node in operands))
            case Logic(op="||", operands=operands):
                return decided(True, (lambda node=node: self.bool(node) for node in operands))
            case Conditional(test=test, yes=yes, no=no):
                return self.value(yes) if self.bool(test) else self.value(no)
            case ListOf(items=items):
                return [self.value(item) for item in items]
            case MapOf(entries=entries):
                return new_map([(self.value(key), self.value(item)) for key, item in entries])
            case Call(name=name, target=None, args=args):
                return call(name, False, [self.value(arg) for arg in args], self.zone)
            case Call(name=name, target=target, args=args):
                return call(name, True, [self.value(arg) for arg in (target, *args)], self.zone)
            case Macro():
                return self.macro(node)
        raise AssertionError(node)

    def bool(self, node: Node) -> bool:
        value = self.value(node)
        if kind(value) != "bool":
            raise Fail("no-such-overload")
        return value

    def name(self, name: str) -> object:
        if name in self.names:
            return self.names[name]
        if name in TYPES:
            return TypeValue(TYPES[name])
        raise Fail("no-such-field")

    def present(self, path: tuple[str, ...]) -> bool:
        value = Map(tuple(self.names.items()))
        for name in path:
            if kind(value) != "map" or not value.get(name):
                return False
            (value,) = value.get(name)
        return value is not None

    def macro(self, macro: Macro) -> object:
        rounds = [
            Walk({**self.names, **dict(zip(macro.variables, values, strict=True))}, self.zone)
            for values in turns(self.value(macro.target), len(macro.variables))
        ]
        match macro.name:
            case "all":
                return decided(False, (lambda each=each: each.bool(macro.test) for each in rounds))
            case "exists":
                return decided(True, (lambda each=each: each.bool(macro.test) for each in rounds))
            case "exists_one":
                return [each.bool(macro.test) for each in rounds].count(True) == 1
            case "filter":
                return [each.names[macro.variables[0]] for each in rounds if each.bool(macro.test)]
            case "map" | "transformList":
                return [each.value(macro.result) for each in rounds if each.holds(macro.test)]
            case "transformMap":
                return new_map(
                    (each.names[macro.variables[0]], each.value(macro.result))
                    for each in rounds
                    if each.holds(macro.test)
                )
        raise AssertionError(macro.name)

    def holds(self, test: Node | None) -> bool:
        return test is None or self.bool(test)


def turns(target: object, variables: int) -> list[tuple[object, ...]]:
    """What the variables of a macro are, item by item."""
    match kind(target):
        case "list":
            pairs = [(Fraction(position), item) for position, item in enumerate(target)]
            return pairs if variables == 2 else [(item,) for _, item in pairs]
        case "map":
            return list(target.entries) if variables == 2 else [(key,) for key, _ in target.entries]
    raise Fail("no-such-overload")


def decided(decisive: bool, operands: Iterable) -> bool:
    """``&&`` (decided by false) or ``||`` (by true): one decisive operand outweighs the others' errors."""
    errors = []
    for operand in operands:
        try:
            if operand() is decisive:
                return decisive
        except Fail as error:
            errors.append(error)
    if errors:
        raise errors[0]
    return not decisive


def field_of(value: object, field: str) -> object:
    if kind(value) != "map":
        raise Fail("no-such-overload")
    for found in value.get(field):
        return found
    raise Fail("no-such-field")


def has_field(value: object, field: str) -> bool:
    if kind(value) != "map":
        raise Fail("no-such-overload")
    return bool(value.get(field))


def item_of(container: object, key: object) -> object:
    match kind(container), kind(key):
        case "list", "number":
            if not 0 <= whole(key) < len(container):
                raise Fail("index-out-of-range")
            return container[whole(key)]
        case "map", "string" | "number" | "bool":
            for found in container.get(key):
                return found
            raise Fail("no-such-key")
    raise Fail("no-such-overload")


def new_map(entries: Iterable[tuple[object, object]]) -> Map:
    made = Map(())
    for key, value in entries:
        if kind(key) not in ("string", "number", "bool"):
            raise Fail("no-such-overload")
        if made.get(key):
            raise Fail("duplicate-key")
        made = Map((*made.entries, (key, value)))
    return made


def negative(value: object) -> Fraction:
    if kind(value) != "number":
        raise Fail("no-such-overload")
    return -value


def binary(op: str, left: object, right: object) -> object:
    match op, kind(left), kind(right):
        case "==", _, _:
            return equal(left, right)
        case "!=", _, _:
            return not equal(left, right)
        case "in", _, "list":
            return any(equal(left, item) for item in right)
        case "in", "string" | "number" | "bool", "map":
            return bool(right.get(left))
        case (("<" | "<=" | ">" | ">="), one, other) if one == other and one in ORDERED:
            return compare(op, left, right)
        case (("+" | "-" | "*" | "/" | "%"), "number", "number"):
            return rounded(arithmetic(op, left, right))
        case "+", "string", "string":
            return left + right
        case "+", "list", "list":
            return [*left, *right]
        case ("+", "timestamp", "duration") | ("+", "duration", "timestamp"):
            return instant(int(left) + int(right))
        case "+", "duration", "duration":
            return length(int(left) + int(right))
        case "-", "timestamp", "duration":
            return instant(int(left) - int(right))
        case ("-", "timestamp", "timestamp") | ("-", "duration", "duration"):
            return length(int(left) - int(right))
    raise Fail("no-such-overload")


ORDERED = ("bool", "number", "string", "timestamp", "duration")


def compare(op: str, left: object, right: object) -> bool:
    return {"<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right}[op]


def arithmetic(op: str, left: Fraction, right: Fraction) -> Fraction:
    if op in "/%" and right == 0:
        raise Fail("division-by-zero")
    match op:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
        case "/":
            return left / right
    return left - right * math.trunc(left / right)


TYPES = {
    "bool": "bool", "string": "string", "number": "number", "int": "number", "double": "number",
    "list": "list", "map": "map", "timestamp": "timestamp", "duration": "duration",
    "null_type": "null_type", "type": "type",
}  # fmt: skip
