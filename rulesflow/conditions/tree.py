"""The syntax tree of conditions.

Every node knows where it stands: ``start`` and ``end`` are offsets in code points into the expression's
text. Chains of ``&&`` and ``||`` are one node with many operands, so that a long rule is not a deep one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from rulesflow.conditions.types import Value


@dataclass(frozen=True, slots=True)
class _Node:
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Literal(_Node):
    """A constant. Value: bool, int/Decimal, str or None; in a tree that was built, a time too."""

    value: Value


@dataclass(frozen=True, slots=True)
class Name(_Node):
    """A bare name: a fact's top-level name, ``params``, ``at``, a macro's variable, a type's name."""

    name: str


@dataclass(frozen=True, slots=True)
class Select(_Node):
    """``operand.field``."""

    operand: Node
    field: str


@dataclass(frozen=True, slots=True)
class Has(_Node):
    """``has(operand.field)``; ``operand`` is None in ``has(name)``, which is ours, for top-level facts."""

    operand: Node | None
    field: str


@dataclass(frozen=True, slots=True)
class Present(_Node):
    """A fact is there and not null, nor is any object above it. Never fails.

    Has no syntax of its own: the field tests of rules are made of it. ``path`` is ``("order", "total")``.
    """

    path: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Index(_Node):
    """``operand[key]``."""

    operand: Node
    key: Node


@dataclass(frozen=True, slots=True)
class Unary(_Node):
    """``!x`` or ``-x``."""

    op: str
    operand: Node


@dataclass(frozen=True, slots=True)
class Binary(_Node):
    """``== != < <= > >= in + - * / %``."""

    op: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Logic(_Node):
    """A chain of ``&&`` or of ``||``: at least two operands."""

    op: str
    operands: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Conditional(_Node):
    """``test ? yes : no``."""

    test: Node
    yes: Node
    no: Node


@dataclass(frozen=True, slots=True)
class Call(_Node):
    """``name(args)``, or ``target.name(args)``.

    A dotted plugin function (``fraud.score(x)``) has the dotted name, once checked.
    """

    name: str
    target: Node | None
    args: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class ListOf(_Node):
    """``[a, b]``."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class MapOf(_Node):
    """``{"k": v}``."""

    entries: tuple[tuple[Node, Node], ...]


@dataclass(frozen=True, slots=True)
class Macro(_Node):
    """``target.all(x, p)`` and its kin.

    ``name`` is one of ``all exists exists_one map filter transformList transformMap``. ``variables`` has one
    name (the item, or the map's key) or two (index and item, or key and value). ``test`` is the predicate
    (of ``map`` and ``transform…``: the optional filter), ``result`` what ``map`` and ``transform…`` yield.
    """

    name: str
    target: Node
    variables: tuple[str, ...]
    test: Node | None
    result: Node | None


Node: TypeAlias = (
    Literal | Name | Select | Has | Present | Index | Unary | Binary | Logic | Conditional
    | Call | ListOf | MapOf | Macro
)  # fmt: skip


def children(node: Node) -> Iterator[Node]:
    """The nodes directly below ``node``, in the order of the text."""
    match node:
        case Literal() | Name() | Present() | Has(operand=None):
            pass
        case Select(operand=operand) | Unary(operand=operand) | Has(operand=_Node() as operand):
            yield operand
        case Index(operand=operand, key=key):
            yield from (operand, key)
        case Binary(left=left, right=right):
            yield from (left, right)
        case Logic(operands=items) | ListOf(items=items):
            yield from items
        case Conditional(test=test, yes=yes, no=no):
            yield from (test, yes, no)
        case MapOf(entries=entries):
            yield from (part for entry in entries for part in entry)
        case Call(target=target, args=args):
            yield from (part for part in (target, *args) if part is not None)
        case Macro(target=target, test=test, result=result):
            yield from (part for part in (target, test, result) if part is not None)
