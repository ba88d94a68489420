"""The static types of binary operators: what they take, what they give, and what to say of anything else."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from rulesflow.conditions.findings import Findings
from rulesflow.conditions.operators import equal
from rulesflow.conditions.slips import bare_date, bare_words
from rulesflow.conditions.tree import Binary, ListOf, Literal, Node
from rulesflow.conditions.typed import UNNAMED, Typed, literal_text, spelled
from rulesflow.conditions.types import (
    BOOL,
    DURATION,
    DYN,
    NUMBER,
    STRING,
    TIMESTAMP,
    Kind,
    Type,
    comparable,
    in_words,
    join,
    list_of,
    values_of,
)

ORDERED: Final = frozenset({Kind.NUMBER, Kind.STRING, Kind.BOOL, Kind.TIMESTAMP, Kind.DURATION})
_NUMERAL: Final = re.compile(r"-?\d+(\.\d+)?", re.ASCII)
_KEYS: Final = frozenset({Kind.STRING, Kind.NUMBER, Kind.BOOL})
_ANY_LIST: Final = list_of(DYN)
_NUMBERS: Final = {(Kind.NUMBER, Kind.NUMBER): NUMBER}
_ARITHMETIC: Final[Mapping[str, Mapping[tuple[Kind, Kind], Type]]] = {
    "+": {
        **_NUMBERS,
        (Kind.STRING, Kind.STRING): STRING,
        (Kind.LIST, Kind.LIST): _ANY_LIST,
        (Kind.TIMESTAMP, Kind.DURATION): TIMESTAMP,
        (Kind.DURATION, Kind.TIMESTAMP): TIMESTAMP,
        (Kind.DURATION, Kind.DURATION): DURATION,
    },
    "-": {
        **_NUMBERS,
        (Kind.TIMESTAMP, Kind.DURATION): TIMESTAMP,
        (Kind.TIMESTAMP, Kind.TIMESTAMP): DURATION,
        (Kind.DURATION, Kind.DURATION): DURATION,
    },
    "*": _NUMBERS,
    "/": _NUMBERS,
    "%": _NUMBERS,
}
_VERBS: Final = {
    "==": "equal", "!=": "equal", "<": "be compared with", "<=": "be compared with",
    ">": "be compared with", ">=": "be compared with", "+": "be added to",
    "*": "be multiplied by", "/": "be divided by", "%": "be divided by",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Result:
    """The type of an operation, and whether the operation itself may fail."""

    type: Type
    fallible: bool
    broken: bool = False


def equality(found: Findings, node: Binary, left: Typed, right: Typed) -> Result:
    """``==`` and ``!=``: they never fail, values of two kinds are just unequal."""
    _check_quotes(found, left, right)
    _check_quotes(found, right, left)
    if not comparable(left.type, right.type):
        _mismatch(found, node, left, right)
    else:
        check_literal(found, left, right.type, right.node)
        check_literal(found, right, left.type, left.node)
    return Result(BOOL, False)


def _check_quotes(found: Findings, typed: Typed, other: Typed) -> None:
    """Where a text is wanted, names that nobody knows want quotes."""
    text = bare_words(typed.node) if typed.broken and other.type.kind is Kind.STRING else None
    if text is not None:
        found.missing_quotes(typed.node, text, surely=text in (other.type.literals or ()))


def order(found: Findings, node: Binary, left: Typed, right: Typed) -> Result:
    """``< <= > >=``: both of one kind that has an order."""
    kinds = {left.type.kind, right.type.kind}
    if Kind.DYN in kinds:
        bad = kinds - {Kind.DYN} - ORDERED
        if bad:
            _unordered(found, left if left.type.kind in bad else right)
        return Result(BOOL, True)
    if len(kinds) > 1:
        _mismatch(found, node, left, right)
    elif not kinds <= ORDERED:
        _unordered(found, left)
    return Result(BOOL, len(kinds) > 1 or not kinds <= ORDERED or left.type.nullable or right.type.nullable)


def _unordered(found: Findings, typed: Typed) -> None:
    found.mismatch(
        "RF202", typed.node, f"{spelled(typed.node)} is {in_words(typed.type)}, which has no order"
    )


def membership(found: Findings, node: Binary, left: Typed, right: Typed) -> Result:
    """``in``: an item of a list, a key of a map."""
    kind = right.type.kind
    if kind is Kind.LIST:
        _check_items(found, left, right)
        return Result(BOOL, right.type.nullable)
    if kind is Kind.OBJECT and left.type.kind not in (Kind.STRING, Kind.DYN):
        message = (
            f"{spelled(left.node)} is {in_words(left.type)}, the keys of {spelled(right.node)} are strings"
        )
        found.mismatch("RF202", left.node, message)
    elif kind not in (Kind.MAP, Kind.OBJECT, Kind.DYN):
        hint = f"use {spelled(right.node)}.contains(…)" if kind is Kind.STRING else None
        message = f"{spelled(right.node)} is {in_words(right.type)}, `in` needs a list or a map"
        found.mismatch("RF202", right.node, message, hint)
    certain = left.type.kind in _KEYS and kind in (Kind.MAP, Kind.OBJECT)
    return Result(BOOL, not certain or left.type.nullable or right.type.nullable)


def _check_items(found: Findings, left: Typed, right: Typed) -> None:
    if isinstance(right.node, ListOf):
        for item in right.parts:
            _check_quotes(found, item, left)
            if comparable(left.type, item.type):
                check_literal(found, item, left.type, left.node)
            else:
                found.mismatch("RF202", item.node, *_never_equal(left, item))
        return
    element = right.type.element or DYN
    if comparable(left.type, element):
        check_literal(found, left, element, right.node)
    else:
        message = (
            f"{spelled(left.node)} is {in_words(left.type)}, {spelled(right.node)} is {in_words(right.type)}"
        )
        found.mismatch("RF202", left.node, message)


def arithmetic(found: Findings, node: Binary, left: Typed, right: Typed) -> Result:
    """``+ - * / %``."""
    if left.broken or right.broken:
        return Result(DYN, True, broken=True)
    results = _ARITHMETIC[node.op]
    one, other = left.type.kind, right.type.kind
    possible = [
        result
        for kinds, result in results.items()
        if one in (kinds[0], Kind.DYN) and other in (kinds[1], Kind.DYN)
    ]
    if not possible:
        _mismatch(found, node, left, right)
        return Result(DYN, True, broken=found.scope.strict)
    if node.op in ("/", "%") and isinstance(node.right, Literal) and node.right.value == 0:
        found.mismatch("RF207", node.right, "division by zero")
    if Kind.DYN in (one, other) or left.type.nullable or right.type.nullable:
        return Result(join(*possible), True)
    if one is Kind.LIST:
        return Result(list_of(join(values_of(left.type), values_of(right.type))), False)
    return Result(possible[0], one is not Kind.STRING)


def _mismatch(found: Findings, node: Binary, left: Typed, right: Typed) -> None:
    if node.op in ("==", "!="):
        message, hint = _never_equal(left, right)
    elif node.op == "-":
        message = f"{_article(left)}, {in_words(right.type)} cannot be subtracted from it"
        hint = _conversion(left, right)
    else:
        message = f"{_article(left)}, it cannot {_VERBS[node.op]} {in_words(right.type)}"
        hint = (_conversion(right, left) if node.op == "+" else None) or _conversion(left, right)
    found.mismatch("RF202", node, message, hint)


def _article(typed: Typed) -> str:
    return f"{spelled(typed.node)} is {in_words(typed.type)}"


def _never_equal(left: Typed, right: Typed) -> tuple[str, str | None]:
    if isinstance(left.node, Literal):
        left, right = right, left
    hint = _conversion(left, right)
    return f"{_article(left)}, it cannot equal {in_words(right.type)}", hint


def _conversion(wanted: Typed, given: Typed) -> str | None:
    """How to write ``given`` so that it is of the type of ``wanted``."""
    is_literal = isinstance(given.node, Literal)
    text = spelled(given.node)
    bare = str(given.node.value) if isinstance(given.node, Literal) else ""
    date = bare_date(given.node)
    match wanted.type.kind, given.type.kind:
        case (Kind.TIMESTAMP, Kind.NUMBER) if date is not None:
            return f'write date("{date}")'
        case _ if text == UNNAMED:
            return None
        case (Kind.NUMBER, Kind.STRING) if is_literal and _NUMERAL.fullmatch(bare):
            return f"write {bare} without quotes"
        case (Kind.BOOL, Kind.STRING) if bare in ("true", "false"):
            return f"write {bare} without quotes"
        case (Kind.STRING, Kind.NUMBER | Kind.BOOL) if is_literal:
            return f'write "{text}" in quotes'
        case (Kind.TIMESTAMP, Kind.STRING):
            if not is_literal:
                return f"write date({text}) or timestamp({text})"
            return f"write {'date' if len(bare) == 10 else 'timestamp'}({text})"
        case (Kind.DURATION, Kind.STRING):
            return f"write duration({text})"
        case (Kind.STRING, Kind.NUMBER | Kind.BOOL | Kind.TIMESTAMP | Kind.DURATION):
            return f"write string({text})"
        case (Kind.NUMBER, Kind.STRING) if not is_literal:
            return f"write number({text})"
    return None


def check_literal(found: Findings, literal: Typed, type_: Type, other: Node) -> None:
    """A literal compared with a value that has only some values must be one of them (RF208)."""
    if type_.literals is None or not isinstance(literal.node, Literal) or isinstance(other, Literal):
        return
    value = literal.node.value
    if value is None or any(equal(value, each) for each in type_.literals):
        return
    known = ", ".join(literal_text(each) for each in type_.literals)
    found.mismatch(
        "RF208", literal.node, f"{spelled(other)} is never {literal_text(value)}", f"it is one of {known}"
    )
