"""Macros: calls that the parser turns into nodes of their own, told by name and number of arguments.

A call that has a macro's name but not its number of arguments stays a call, which the checker refuses.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from rulesflow.conditions.lexer import Token, refuse
from rulesflow.conditions.tree import Call, Has, Macro, Name, Node, Select


class MethodCall(NamedTuple):
    """``target.name(args)`` as it was read, from ``start`` to ``end``."""

    start: int
    end: int
    target: Node
    name: Token
    args: tuple[Node, ...]


class _Shape(NamedTuple):
    """What a macro's arguments are: so many variables, then perhaps a test, then perhaps a result."""

    name: str
    variables: int
    test: bool


_SHAPES = {
    ("all", 2): _Shape("all", 1, True),
    ("all", 3): _Shape("all", 2, True),
    ("exists", 2): _Shape("exists", 1, True),
    ("exists", 3): _Shape("exists", 2, True),
    ("exists_one", 2): _Shape("exists_one", 1, True),
    ("exists_one", 3): _Shape("exists_one", 2, True),
    ("existsOne", 2): _Shape("exists_one", 1, True),
    ("existsOne", 3): _Shape("exists_one", 2, True),
    ("filter", 2): _Shape("filter", 1, True),
    ("map", 2): _Shape("map", 1, False),
    ("map", 3): _Shape("map", 1, True),
    ("transformList", 3): _Shape("transformList", 2, False),
    ("transformList", 4): _Shape("transformList", 2, True),
    ("transformMap", 3): _Shape("transformMap", 2, False),
    ("transformMap", 4): _Shape("transformMap", 2, True),
}


def function_call(name: Token, end: int, args: tuple[Node, ...]) -> Node:
    """``name(args)``, or the macro ``has``. Raises `ConditionError` (RF201)."""
    if name.text != "has" or len(args) != 1:
        return Call(name.start, end, name.text, None, args)
    match args[0]:
        case Select(operand=operand, field=field):
            return Has(name.start, end, operand, field)
        case Name(name=field):
            return Has(name.start, end, None, field)
    hint = 'has() takes a field, as in has(order.total); for other keys write "key" in x'
    raise refuse("RF201", "has() needs a field", args[0].start, args[0].end, hint)


def method_call(call: MethodCall, rooted: Sequence[Name]) -> Node:
    """``target.name(args)``, or the macro of that name. Raises `ConditionError` (RF201, RF212).

    ``rooted`` are the names read so far that were written with a leading dot, ``.x``: they mean the fact x,
    so no variable may have their name.
    """
    if call.name.text == "transformMapEntry":
        hint = "use transformMap, which keeps the keys"
        raise refuse("RF212", "transformMapEntry() is not supported", call.name.start, call.name.end, hint)
    shape = _SHAPES.get((call.name.text, len(call.args)))
    if shape is None:
        return Call(call.start, call.end, call.name.text, call.target, call.args)
    variables = tuple(_variable(call.name, arg, rooted) for arg in call.args[: shape.variables])
    _check_distinct(call, variables)
    _check_rooted(call, variables, rooted)
    rest = list(call.args[shape.variables :])
    test = rest.pop(0) if shape.test else None
    result = rest.pop(0) if rest else None
    return Macro(call.start, call.end, shape.name, call.target, variables, test, result)


def _variable(macro: Token, arg: Node, rooted: Sequence[Name]) -> str:
    if isinstance(arg, Name) and arg not in rooted:
        return arg.name
    message = f"{macro.text}() needs a plain name here, for its variable"
    raise refuse("RF201", message, arg.start, arg.end, f"as in {macro.text}(x, …)")


def _check_distinct(call: MethodCall, variables: tuple[str, ...]) -> None:
    if len(set(variables)) < len(variables):
        message = f"the two variables of {call.name.text}() have one name"
        raise refuse("RF201", message, call.args[0].start, call.args[1].end)


def _check_rooted(call: MethodCall, variables: tuple[str, ...], rooted: Sequence[Name]) -> None:
    for name in rooted:
        if name.start > call.name.end and name.name in variables:
            message = f"`.{name.name}` is hidden by the variable of {call.name.text}()"
            raise refuse("RF201", message, name.start, name.end, "give the variable another name")
