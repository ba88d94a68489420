"""Conjuncts: which parts of a condition are constraints of one field.

Only such parts may be taken for one as can neither fail nor meet null: parts that the checker has found
infallible, and field tests, which are guarded by their nature. All others stay what they are, conditions.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from rulesflow.conditions.kinds import KINDS
from rulesflow.conditions.tree import (
    Binary,
    Has,
    ListOf,
    Literal,
    Logic,
    Name,
    Node,
    Present as PresentNode,
    Select,
    Unary,
)
from rulesflow.conditions.types import Field, Kind, Type, Value
from rulesflow.rules.constraints import (
    Absent,
    Among,
    Constraint,
    Outside,
    Param,
    Path,
    Present,
    Range,
    together,
)
from rulesflow.schemas import Schema

_PARAMS: Final = "params"
_SCALARS: Final = frozenset({Kind.STRING, Kind.NUMBER, Kind.BOOL, Kind.TIMESTAMP, Kind.DURATION})
_ORDERED: Final = _SCALARS - {Kind.BOOL}
_FLIPPED: Final = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}


class Conjuncts:
    """Reads constraints of the ``facts`` off trees. ``params``: the types of the decision's params."""

    def __init__(self, facts: Schema, params: Mapping[str, Field]) -> None:
        self._facts = facts
        self._params = params

    def constraints(self, node: Node) -> tuple[Constraint, ...]:
        """What the node asks, all of which must hold; empty where it is no constraint of one field."""
        found = self._read(node)
        return () if found is None else together(found)

    def _read(self, node: Node) -> tuple[Constraint, ...] | None:
        match node:
            case PresentNode(path=path):
                return (Present(path),)
            case Logic(op="&&", operands=operands):
                return self._all(operands)
            case Logic(operands=operands):
                return self._any(operands)
            case Unary(op="!", operand=operand):
                return self._not(operand)
            case Binary(op="in", left=left, right=right):
                return self._member(left, right)
            case Binary(op=op, left=left, right=right) if op in _FLIPPED:
                return self._compared(op, left, right) or self._compared(_FLIPPED[op], right, left)
            case Has():
                read = Select(0, 0, node.operand, node.field) if node.operand else Name(0, 0, node.field)
                there = _path(read)
                return (Present(there),) if there and self._never_null(there) else None
            case Name() | Select():
                return self._flag(node, True)
        return None

    def _all(self, operands: tuple[Node, ...]) -> tuple[Constraint, ...] | None:
        found: list[Constraint] = []
        for operand in operands:
            part = self._read(operand)
            if part is None:
                return None
            found += part
        paths = {each.path for each in found}
        if len(paths) > 1:
            return None
        # That there is a value, the others ask as well.
        telling = [each for each in found if not isinstance(each, Present)]
        return tuple(telling or found[:1])

    def _any(self, operands: tuple[Node, ...]) -> tuple[Constraint, ...] | None:
        """``x == a || x == b``: one of several values."""
        values: frozenset[Value] = frozenset()
        path: Path | None = None
        for operand in operands:
            part = self._read(operand)
            if part is None or len(part) > 1 or not isinstance(part[0], Among):
                return None
            if path is not None and part[0].path != path:
                return None
            path, values = part[0].path, values | part[0].values
        return None if path is None else (Among(path, values),)

    def _not(self, node: Node) -> tuple[Constraint, ...] | None:
        if isinstance(node, Name | Select):
            return self._flag(node, False)
        part = self._read(node)
        if part is None or len(part) > 1:
            return None
        match part[0]:
            case Present(path=path) if isinstance(node, PresentNode | Has):
                return (Absent(path),)
            case Among(path=path, values=values) if isinstance(node, Binary):
                return (Outside(path, values),)
        return None

    def _flag(self, node: Node, value: bool) -> tuple[Constraint, ...] | None:
        path = _path(node)
        if path is None or self._kind(path) is not Kind.BOOL:
            return None
        return (Among(path, frozenset((value,))),)

    def _compared(self, op: str, left: Node, right: Node) -> tuple[Constraint, ...] | None:
        path = _path(left)
        kind = self._kind(path) if path else None
        if path is None or kind is None:
            return None
        if isinstance(right, Literal) and right.value is None:
            return (Absent(path),) if op == "==" else (Present(path),) if op == "!=" else None
        value = self._operand(right, kind)
        if value is None:
            return None
        if op in ("==", "!="):
            return ((Among if op == "==" else Outside)(path, frozenset((value,))),)
        if kind not in _ORDERED:
            return None
        is_open = op in ("<", ">")
        if op in (">", ">="):
            return (Range(path, low=value, open_low=is_open),)
        return (Range(path, high=value, open_high=is_open),)

    def _member(self, left: Node, right: Node) -> tuple[Constraint, ...] | None:
        path = _path(left)
        kind = self._kind(path) if path else None
        if path is None or kind is None:
            return None
        if isinstance(right, ListOf):
            values = [self._operand(item, kind) for item in right.items]
            return None if None in values else (Among(path, frozenset(values)),)
        name = _param(right)
        found = self._params.get(name) if name else None
        element = found.type.element if found else None
        if name is None or element is None or element.nullable or element.kind is not kind:
            return None
        return (Among(path, frozenset((Param(name, listed=True),))),)

    def _operand(self, node: Node, kind: Kind) -> Value:
        """A literal or a param of that kind; None for anything else."""
        if isinstance(node, Literal):
            return node.value if KINDS[type(node.value)] is kind else None
        name = _param(node)
        found = self._params.get(name) if name else None
        fits = found is not None and found.type.kind is kind and not found.type.nullable
        return Param(name) if name and fits else None

    def _kind(self, path: Path) -> Kind | None:
        """The kind of a fact, if it is a scalar."""
        found = self._type(path)
        return found.kind if found is not None and found.kind in _SCALARS else None

    def _never_null(self, path: Path) -> bool:
        found = self._type(path)
        return found is not None and found.kind is not Kind.DYN and not found.nullable

    def _type(self, path: Path) -> Type | None:
        return None if path[0] == _PARAMS else self._facts.at(path)


def _path(node: Node) -> Path | None:
    """``order.total``: the names, from left to right."""
    names: list[str] = []
    while isinstance(node, Select):
        names.append(node.field)
        node = node.operand
    if not isinstance(node, Name):
        return None
    return (node.name, *reversed(names))


def _param(node: Node) -> str | None:
    path = _path(node)
    return path[1] if path is not None and len(path) == 2 and path[0] == _PARAMS else None
