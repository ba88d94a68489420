"""The checked tree: each node with its type and with what the checker found out for the compiler."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from rulesflow.conditions.functions import Function, Overload
from rulesflow.conditions.guards import NOTHING, Guards, Path
from rulesflow.conditions.problems import Problem
from rulesflow.conditions.tree import Call, Index, Literal, Name, Node, Select
from rulesflow.conditions.types import BOOL, Kind, Type, TypeValue


@dataclass(frozen=True, slots=True)
class Read:
    """How a name, a field or an entry is read.

    ``name``: the field's or entry's, where it is known. ``absent``: it may be missing, so look first.
    ``null``: a guard forbids null, but the guard itself may have failed, so look. ``steps``: of a `Present`,
    whether each step is surely there and not null.
    """

    name: str = ""
    absent: bool = False
    null: bool = False
    steps: tuple[bool, ...] | None = None


@dataclass(frozen=True, slots=True)
class Variable:
    """A macro's variable; ``name`` is unique in the expression and a Python name."""

    name: str
    type: Type

    @property
    def place(self) -> str:
        """How guards know it: no fact has such a name."""
        return f"${self.name}"


@dataclass(frozen=True, slots=True)
class Chosen:
    """A call whose overload is known."""

    function: Function
    overload: Overload


@dataclass(frozen=True, slots=True)
class Candidates:
    """A call whose overload will be known by the kinds of the values; there may be none at all."""

    function: Function
    overloads: tuple[Overload, ...]


@dataclass(frozen=True, slots=True)
class Regex:
    """A ``matches`` whose pattern is a literal, compiled."""

    compiled: Any


@dataclass(frozen=True, slots=True)
class Failure:
    """What can only fail, where the scope is not strict."""

    code: str
    message: str


Meaning: TypeAlias = (
    Read | Variable | TypeValue | Chosen | Candidates | Regex | Failure | tuple[Variable, ...] | None
)


@dataclass(frozen=True, slots=True, eq=False)
class Typed:
    """A node with its type.

    ``parts``: its operands, in the order of the source (a macro's: target, test if any, result if any; a
    map's: key and value in turn). ``fallible``: evaluating it may raise something else than
    `BudgetExceeded`. ``place``: the path by which guards know it. ``path``: the static path that it reads.
    ``broken``: it is of type `DYN` only because of a problem, which is told already.
    """

    node: Node
    type: Type
    fallible: bool
    parts: tuple[Typed, ...] = ()
    when_true: Guards = NOTHING
    when_false: Guards = NOTHING
    place: Path | None = None
    path: Path | None = None
    meaning: Meaning = None
    broken: bool = False

    def surely(self, kind: Kind) -> bool:
        """Is the value of this kind, and not null?"""
        return self.type.kind is kind and not self.type.nullable

    @property
    def fallible_bool(self) -> bool:
        """May it fail to be true or false?"""
        return self.fallible or not self.surely(Kind.BOOL)


@dataclass(frozen=True, slots=True)
class Checked:
    """A checked expression.

    ``when_true`` and ``when_false``: what is known about the facts once it is true, or false. ``reads``:
    every path that it reads, as long as it is static: ``("params", "limit")``.
    """

    tree: Typed
    type: Type
    problems: tuple[Problem, ...]
    when_true: Guards
    when_false: Guards
    reads: frozenset[Path]


#: What messages call a node that has no name.
UNNAMED: Final = "this"


def spelled(node: Node) -> str:
    """How a message calls the node: its path, its literal, or what kind of expression it is."""
    match node:
        case Name(name=name):
            return name
        case Select(operand=operand, field=field) if isinstance(operand, Name | Select | Index):
            return f"{spelled(operand)}.{field}"
        case Index(operand=operand, key=Literal() as key) if isinstance(operand, Name | Select | Index):
            return f"{spelled(operand)}[{spelled(key)}]"
        case Literal(value=value):
            return literal_text(value)
        case Call(name=name):
            return f"{name}()"
        case _:
            return UNNAMED


def literal_text(value: object) -> str:
    """A literal as it is written in a condition."""
    if value is None or value is True or value is False:
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, str):
        return f'"{value[:60]}"'
    return str(value)


def is_bool(type_: Type) -> bool:
    """Is it a bool, never null, or not known before it runs?"""
    return type_.kind is Kind.DYN or (type_.kind is BOOL.kind and not type_.nullable)
