"""A tree written as nested tuples, without positions, so that a test can say what it expects in one line."""

from __future__ import annotations

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
    Select,
    Unary,
)


def shape(node: Node | None):
    match node:
        case None:
            return None
        case Literal(value=value):
            return value
        case Name(name=name):
            return f"@{name}"
        case Select(operand=operand, field=field):
            return (".", shape(operand), field)
        case Has(operand=operand, field=field):
            return ("has", shape(operand), field)
        case Index(operand=operand, key=key):
            return ("[]", shape(operand), shape(key))
        case Unary(op=op, operand=operand):
            return (op, shape(operand))
        case Binary(op=op, left=left, right=right):
            return (op, shape(left), shape(right))
        case Logic(op=op, operands=operands):
            return (op, *map(shape, operands))
        case Conditional(test=test, yes=yes, no=no):
            return ("?:", shape(test), shape(yes), shape(no))
        case Call(name=name, target=None, args=args):
            return (f"{name}()", *map(shape, args))
        case Call(name=name, target=target, args=args):
            return (f".{name}()", shape(target), *map(shape, args))
        case ListOf(items=items):
            return [shape(item) for item in items]
        case MapOf(entries=entries):
            return {shape(key): shape(value) for key, value in entries}
        case Macro(name=name, target=target, variables=variables, test=test, result=result):
            return (f"{name}!", shape(target), variables, shape(test), shape(result))
    raise AssertionError(node)
