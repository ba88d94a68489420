"""What is asked of each fact by the rules that a change of this one fact could bring in or put out.

A rule two of whose facts are wrong is out of reach, and so is one that is not in force: neither is looked at,
so that the facts of a large stack have few candidates.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Final

from rulesflow.conditions import ConditionError, parse_template
from rulesflow.conditions.tree import Binary, Has, ListOf, Literal, Name, Node, Present, Select, children
from rulesflow.conditions.types import Value
from rulesflow.rules.compiled import Rule, lookup
from rulesflow.rules.constraints import Among, Constraint, Outside, Params, Path, Range
from rulesflow.rules.edges import Edge, is_number
from rulesflow.rules.outcomes import Names

_PARAMS: Final = "params"
_MIRRORED: Final = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}


@dataclass(slots=True)
class Asked:
    """Of one fact: the edges of numbers, and other values that it is compared with, in the rules' order.

    ``unclear``: it is also read for more than to compare it with constants, so there may be edges elsewhere.
    """

    edges: set[Edge] = field(default_factory=set)
    values: dict[Value, None] = field(default_factory=dict)
    unclear: bool = False

    def compared(self, op: str, value: Value) -> None:
        """Note a comparison ``fact op value``."""
        if not is_number(value):
            if isinstance(value, str | bool):
                self.values[value] = None
            return
        if op in ("<", ">=", "==", "!="):
            self.edges.add(Edge(value, after=False))
        if op in (">", "<=", "==", "!="):
            self.edges.add(Edge(value, after=True))

    def join(self, other: Asked) -> None:
        """Note what was asked elsewhere."""
        self.edges |= other.edges
        self.values |= other.values
        self.unclear |= other.unclear

    def constrained(self, constraint: Constraint) -> None:
        """Note what a constraint compares it with."""
        match constraint:
            case Among(values=values) | Outside(values=values):
                for value in sorted(values, key=str):  # a set's own order is another one in each process
                    self.compared("==", value)
            case Range(low=low, high=high):
                if low is not None:
                    self.compared(">" if constraint.open_low else ">=", low)
                if high is not None:
                    self.compared("<" if constraint.open_high else "<=", high)


def asked(
    rules: Iterable[Rule], answering: Iterable[Rule], words: Set[str], names: Names
) -> Mapping[Path, Asked]:
    """What is asked of each path.

    ``answering``: the rules whose outcome is in the answer; ``words``: the properties of an outcome of which
    each value is another answer.
    """
    found: dict[Path, Asked] = defaultdict(Asked)
    params = names[_PARAMS]
    seen = _Seen(names)
    for rule in rules:
        if rule.share is not None:  # another key has another bucket
            found[rule.share.path].unclear = True
        near = _near(rule, names, seen)
        if near is None:
            continue
        wrong, constraints = near
        for each in constraints:
            if wrong is None or each.path == wrong:
                found[each.path].constrained(each)
        if rule.residual is not None:
            for test in rule.tests:
                if test.tree is not None and not test.constraints:
                    _read(test.tree, params, found, wrong)
    for rule in answering:
        for name, tree in _computed(rule):
            read: dict[Path, Asked] = defaultdict(Asked)
            _read(tree, params, read, None)
            for path, ask in read.items():
                found[path].join(ask if name in words else Asked())
    return found


class _Seen(dict[Path, Value]):
    """The values at paths, each looked up once: many rules ask the same few."""

    def __init__(self, names: Names) -> None:
        self._names = names

    def __missing__(self, path: Path) -> Value:
        value = self[path] = lookup(self._names, path)
        return value


def _near(rule: Rule, names: Names, seen: _Seen) -> tuple[Path | None, list[Constraint]] | None:
    """Its constraints, and the one path at which they fail, if any; None where there are two such paths."""
    if not rule.in_force(names["at"]) or (rule.share is not None and not rule.share.holds(names)):
        return None
    wrong: Path | None = None
    constraints = []
    for each in rule.constraints(names[_PARAMS]):
        if not each.holds(seen[each.path]):
            if wrong is not None and wrong != each.path:
                return None
            wrong = each.path
        constraints.append(each)
    return wrong, constraints


def _computed(rule: Rule) -> Iterator[tuple[str, Node]]:
    """The expressions in a rule's outcome, with the property that each is for."""
    waiting: list[tuple[str, Value]] = [
        (each[0], rule.outcome.written[each[0]]) for each in rule.outcome.computed
    ]
    while waiting:
        name, value = waiting.pop()
        if isinstance(value, dict | list):
            inner = value.values() if isinstance(value, dict) else value
            waiting += ((name, each) for each in inner)
        elif isinstance(value, str):
            try:
                tree = parse_template(value)
            except ConditionError:  # never of a rule that was loaded
                continue
            if not isinstance(tree, str):
                yield name, tree


def _read(tree: Node, params: Params, found: dict[Path, Asked], only: Path | None) -> None:
    """Note the paths (or only this one) that a condition reads, and what it compares them with."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        path = _path(node)
        if path is not None:
            if only in (None, path):
                found[path].unclear |= not isinstance(node, Has | Present)
            continue
        compared = list(_comparisons(node, params)) if isinstance(node, Binary) else ()
        for path, op, value in compared:
            if only in (None, path):
                found[path].compared(op, value)
        if not compared:
            waiting += children(node)


def _comparisons(node: Binary, params: Params) -> Iterator[tuple[Path, str, Value]]:
    """``path op constant``, the other way round, or ``path in constants``; nothing of all else."""
    left, right = _path(node.left), _path(node.right)
    if node.op == "in" and left is not None:
        listed = _listed(node.right, params)
        if None not in listed:
            yield from ((left, "==", value) for value in listed)
    elif node.op in _MIRRORED:
        value = _constant(node.right, params)
        if left is not None and value is not None:
            yield left, node.op, value
        value = _constant(node.left, params)
        if right is not None and value is not None:
            yield right, _MIRRORED[node.op], value


def _listed(node: Node, params: Params) -> Sequence[Value]:
    """The values of a list of constants; one None where there are others."""
    if isinstance(node, ListOf):
        return [_constant(item, params) for item in node.items]
    value = _constant(node, params)
    return value if isinstance(value, list) else [None]


def _constant(node: Node, params: Params) -> Value:
    """The value of a literal or of a param; None for anything else."""
    if isinstance(node, Literal):
        return node.value
    path = _path(node)
    return lookup(params, path[1:]) if path is not None and path[0] == _PARAMS and path[1:] else None


def _path(node: Node) -> Path | None:
    """``order.total``, also as ``has(order.total)``."""
    names: list[str] = []
    if isinstance(node, Present):
        return node.path
    if isinstance(node, Has):
        if node.operand is None:
            return (node.field,)
        names.append(node.field)
        node = node.operand
    while isinstance(node, Select):
        names.append(node.field)
        node = node.operand
    return (node.name, *reversed(names)) if isinstance(node, Name) else None
