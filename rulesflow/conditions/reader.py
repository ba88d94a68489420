"""Reads of names, fields and items: what there is to read, and what may be missing or null."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from rulesflow.conditions.findings import Findings
from rulesflow.conditions.guards import NOTHING, Known, reached
from rulesflow.conditions.kinds import KINDS
from rulesflow.conditions.scope import field_paths
from rulesflow.conditions.tree import Has, Index, Literal, Name, Node, Present, Select
from rulesflow.conditions.typed import Read, Typed, Variable, spelled
from rulesflow.conditions.types import (
    BOOL,
    DYN,
    NUMBER,
    STRING,
    TYPE,
    TYPE_NAMES,
    Field,
    Kind,
    Type,
    in_words,
    values_of,
)

CONTAINERS: Final = (Kind.LIST, Kind.MAP, Kind.OBJECT, Kind.DYN)
_MAPS: Final = (Kind.MAP, Kind.OBJECT)

#: The macros' variables that are in sight, by the name that the author gave them.
Variables = Mapping[str, Variable]


class Reader:
    """Types the reads of one expression. Operands come typed; their recursion is the checker's."""

    def __init__(self, found: Findings) -> None:
        self.found = found
        self.scope = found.scope

    def name(self, node: Name, known: Known, variables: Variables) -> Typed:
        """A bare name: a macro's variable, a fact, a type."""
        variable = variables.get(node.name)
        if variable is not None:
            typed = Typed(node, variable.type, False, place=(variable.place,), meaning=variable)
            return _unless_null(typed, known)
        declared = self.scope.names.get(node.name)
        if declared is None and node.name in TYPE_NAMES:
            return Typed(node, TYPE, False, meaning=TYPE_NAMES[node.name])
        path = (node.name,)
        self.found.read(path)
        if declared is None:
            self.found.unknown(node, "name", "", node.name, [*self.scope.names, *variables])
            return Typed(
                node,
                DYN,
                True,
                place=path,
                path=path,
                meaning=Read(node.name, absent=True),
                broken=self.scope.strict,
            )
        return self._field(Typed(node, DYN, False, place=path, path=path), node.name, declared, known)

    def dotted_type(self, node: Select, variables: Variables) -> Typed | None:
        """``google.protobuf.Timestamp``, if the selection is such a name."""
        name = dotted(node)
        if name not in TYPE_NAMES or name.partition(".")[0] in {**variables, **self.scope.names}:
            return None
        return Typed(node, TYPE, False, meaning=TYPE_NAMES[name])

    def member(self, node: Select | Index, operand: Typed, name: str, known: Known) -> Typed:
        """``operand.name`` or ``operand["name"]``."""
        place = (*operand.place, name) if operand.place else None
        path = (*operand.path, name) if operand.path else None
        if path:
            self.found.read(path, operand.path)
        typed = Typed(node, DYN, operand.fallible, (operand,), place=place, path=path)
        return self._field(typed, name, self._declared(node, operand, name), known)

    def _declared(self, node: Node, operand: Typed, name: str) -> Field | None:
        """The field of that name; None if it is not known, or was a problem."""
        kind = operand.type.kind
        if kind is Kind.OBJECT:
            fields = operand.type.fields or {}
            if name not in fields:
                prefix = f"{spelled(operand.node)}." if operand.place else ""
                self.found.unknown(node, "field", prefix, name, field_paths(operand.type))
                return None
            return Field(bound_type(operand, fields[name].type), fields[name].required)
        if kind is Kind.MAP:
            return Field(bound_type(operand, values_of(operand.type)), required=False)
        if kind is not Kind.DYN:
            self._no_fields(node, operand)
        return None

    def _no_fields(self, node: Node, operand: Typed) -> None:
        shown = spelled(operand.node)
        hint = None
        if operand.type.kind is Kind.LIST:
            hint = f"look at its items: {shown}.exists(x, …), {shown}[0]"
        message = f"{shown} is {in_words(operand.type)}, it has no fields"
        self.found.mismatch("RF202", node, message, hint)

    def _field(self, typed: Typed, name: str, declared: Field | None, known: Known) -> Typed:
        """A field, or a top-level name: is it there, may it be null?"""
        required = declared is not None and declared.required
        absent = not required and typed.place not in known.sure.present
        read = replace(typed, fallible=typed.fallible or absent, meaning=Read(name, absent=absent))
        if declared is None:
            operand = typed.parts[0]
            told = operand.broken or operand.type.kind is not Kind.DYN
            return replace(read, broken=self.scope.strict and told)
        if absent and typed.place not in known.claimed.present and not _of_map(typed):
            shown = spelled(typed.node)
            hint = f"guard it: has({shown}) && …" if typed.place else "guard it with has()"
            self.found.mismatch("RF204", typed.node, f"{shown} may be missing", hint)
            return replace(read, broken=self.scope.strict)
        return _unless_null(replace(read, type=declared.type), known)

    def has(self, node: Has, operand: Typed) -> Typed:
        """``has(operand.field)``."""
        if operand.path:
            self.found.read((*operand.path, node.field), operand.path)
        self._declared(node, operand, node.field)
        guards = reached((*operand.place, node.field)) if operand.place else NOTHING
        return Typed(node, BOOL, operand.fallible or operand.type.kind not in _MAPS, (operand,), guards)

    def has_name(self, node: Has, variables: Variables) -> Typed:
        """``has(name)``."""
        if node.field in variables:
            return Typed(node, BOOL, False, meaning=variables[node.field])
        self.found.read((node.field,))
        if node.field not in self.scope.names:
            self.found.unknown(node, "name", "", node.field, self.scope.names)
        return Typed(node, BOOL, False, (), reached((node.field,)))

    def present(self, node: Present, known: Known) -> Typed:
        """The node of field tests; it never fails."""
        self.found.read(node.path)
        meaning = Read(steps=self._steps(node, known))
        return Typed(node, BOOL, False, (), reached(node.path, not_null=True), meaning=meaning)

    def _steps(self, node: Present, known: Known) -> tuple[bool, ...] | None:
        """Is each step of the path surely there and not null? None where not all fields are known."""
        steps: list[bool] = []
        fields: Mapping[str, Field] = self.scope.names
        for length, name in enumerate(node.path, start=1):
            declared = fields.get(name)
            if declared is None:
                prefix = "".join(f"{above}." for above in node.path[: length - 1])
                self.found.unknown(node, "field" if prefix else "name", prefix, name, fields)
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
            self.found.mismatch("RF202", node, f"{above} is {in_words(declared.type)}, it has no fields")

    def index(self, node: Index, operand: Typed, key: Typed, known: Known) -> Typed:
        """``operand[key]``."""
        literal = key.node.value if isinstance(key.node, Literal) else None
        if type(literal) is str and operand.type.kind in _MAPS:
            return self.member(node, operand, literal, known)
        self._check_key(node, operand, key)
        type_ = bound_type(operand, values_of(operand.type)) if operand.type.kind in CONTAINERS else DYN
        number = operand.place is not None and KINDS[type(literal)] is Kind.NUMBER
        place = (*(operand.place or ()), f"[{literal}]") if number else None
        return _unless_null(
            Typed(node, type_, True, (operand, key), place=place, meaning=Read(absent=True)), known
        )

    def _check_key(self, node: Index, operand: Typed, key: Typed) -> None:
        kind = operand.type.kind
        if kind not in CONTAINERS:
            hint = f"use {spelled(operand.node)}.charAt(…)" if kind is Kind.STRING else None
            message = f"{spelled(operand.node)} is {in_words(operand.type)}, it has no items"
            self.found.mismatch("RF202", node, message, hint)
        elif kind in (Kind.LIST, Kind.OBJECT):
            wanted = NUMBER if kind is Kind.LIST else STRING
            if key.type.kind not in (Kind.DYN, wanted.kind):
                words = in_words(operand.type), in_words(wanted), in_words(key.type)
                message = "{} is indexed by {}, not by {}".format(*words)
                self.found.mismatch("RF202", key.node, message)


def bound_type(container: Typed, type_: Type) -> Type:
    """The type of what is in a container; what the expression itself wrote into it is no enum."""
    return type_ if container.place else replace(type_, literals=None)


def _of_map(typed: Typed) -> bool:
    return bool(typed.parts) and typed.parts[0].type.kind is not Kind.OBJECT


def _unless_null(typed: Typed, known: Known) -> Typed:
    """A value that was read; it is not nullable any more if a guard says so."""
    if not typed.type.nullable or typed.place not in known.claimed.not_null:
        return typed
    bare = replace(typed, type=typed.type.without_null())
    if typed.place in known.sure.not_null:
        return bare
    if isinstance(typed.meaning, Read):
        return replace(bare, fallible=True, meaning=replace(typed.meaning, null=True))
    return replace(typed, type=DYN)  # a variable: it is looked at when it is used


def dotted(node: Node) -> str:
    """``a.b.c`` of names and selections; ``?`` stands for anything else."""
    names: list[str] = []
    while isinstance(node, Select):
        names.append(node.field)
        node = node.operand
    names.append(node.name if isinstance(node, Name) else "?")
    return ".".join(reversed(names))
