"""Terms that may change places: of their assignments, one is enough.

Without it, twelve terms that ask the same would be found in twelve factorial ways.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any

from rulesflow.conditions.tree import Binary, Has, Macro, Name, Node, Present, children
from rulesflow.patterns.definition import Pattern
from rulesflow.patterns.parts import FLIPPED, conjuncts

_PLACES = frozenset({"start", "end"})


def interchangeable(pattern: Pattern) -> tuple[tuple[str, ...], ...]:
    """Groups of aliases, each in the order of the terms, of which any two may change places."""
    whens = [term.when for term in (*pattern.terms, pattern.unless) if term and term.when]
    nodes = [node for when in whens for node in conjuncts(when)]
    aliases = {term.alias for term in pattern.terms}
    if any(_hides(node, aliases) for node in nodes):
        return ()
    written = _shapes(nodes, {})
    groups: list[list[str]] = []
    types = {term.alias: term.type for term in pattern.terms}
    for alias, type_ in types.items():
        for group in groups:
            first = group[0]
            if types[first] == type_ and _shapes(nodes, {first: alias, alias: first}) == written:
                group.append(alias)
                break
        else:
            groups.append([alias])
    return tuple(tuple(group) for group in groups if len(group) > 1)


def _hides(node: Node, aliases: set[str]) -> bool:
    """Is there a variable of the name of an alias?"""
    here = isinstance(node, Macro) and not aliases.isdisjoint(node.variables)
    return here or any(_hides(each, aliases) for each in children(node))


def _shapes(nodes: Iterable[Node], names: Mapping[str, str]) -> Counter[Any]:
    return Counter(_shape(node, names) for node in nodes)


def _shape(value: Any, names: Mapping[str, str]) -> Any:
    """The node under other names, without its place; what is true of both is written one way."""
    match value:
        case tuple():
            return tuple(_shape(each, names) for each in value)
        case Name(name=name):
            return "name", names.get(name, name)
        case Present(path=path):
            return "present", names.get(path[0], path[0]), *path[1:]
        case Has(operand=None, field=name):
            return "has", names.get(name, name)
        case Binary(op=op, left=left, right=right) if op in FLIPPED:
            sides = [_shape(left, names), _shape(right, names)]
            return min(((op, *sides), (FLIPPED[op], *reversed(sides))), key=repr)
        case _ if type(value).__module__ == Name.__module__:
            inner = [getattr(value, each.name) for each in fields(value) if each.name not in _PLACES]
            return type(value).__name__, *(_shape(each, names) for each in inner)
    return type(value).__name__, value
