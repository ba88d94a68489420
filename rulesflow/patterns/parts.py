"""The parts of a pattern's conditions: of one event, between two, and all the rest.

The conditions of all terms hold together, so they are one conjunction. A part that reads one event tells
which events come into question at all. A comparison of what one event says with what another says is for the
engine. So is a choice (``||``) between such parts. Whatever else there is, is asked of each set of events
that the engine finds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from rulesflow.conditions import Checked, Guards, Kind, Program, Scope, check, compile_condition
from rulesflow.conditions.tree import Binary, Has, Logic, Name, Node, Present, children
from rulesflow.patterns.definition import Pattern

#: What is true of ``b op a`` where ``a op b`` is.
FLIPPED: Final = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}
_EQUAL: Final = frozenset({"==", "!="})
_ORDERED: Final = frozenset({Kind.STRING, Kind.NUMBER, Kind.TIMESTAMP, Kind.DURATION})

#: More would be too many fields for the engine, too many rules, or too many tests of one event.
_MOST_PAIRS: Final = 40
_MOST_FLAGS: Final = 40
_MOST_LEAVES: Final = 48
_MOST_TESTS: Final = 18


@dataclass(frozen=True, slots=True)
class Flag:
    """A truth about one event. ``number`` is its own in the pattern."""

    number: int
    alias: str
    program: Program


@dataclass(frozen=True, slots=True)
class Pair:
    """``left op right``, each a value of one event; both are of one kind and never fail."""

    number: int
    op: str
    left_alias: str
    left: Program
    right_alias: str
    right: Program


#: All of it holds.
Together = tuple[Flag | Pair, ...]


@dataclass(slots=True)
class Parts:
    """``alone``: by alias, what an event must meet by itself. ``choices``: of each, one must hold."""

    alone: dict[str, Program] = field(default_factory=dict)
    pairs: list[Pair] = field(default_factory=list)
    choices: list[tuple[Together, ...]] = field(default_factory=list)
    rest: Program | None = None


def read_parts(pattern: Pattern) -> Parts:
    """Take the conditions of the pattern's terms apart."""
    reader = _Reader(pattern)
    owned = [(term.alias, node) for term in pattern.terms if term.when for node in conjuncts(term.when)]
    between = [node for alias, node in owned if not reader.take_alone(alias, node)]
    for node in between:
        reader.take_between(node)
    return reader.finish()


def conjuncts(when: Checked) -> Iterator[Node]:
    """The operands of its ``&&``, however they are nested."""
    yield from _flat(when.tree.node, "&&")


def aliases_of(node: Node, aliases: frozenset[str]) -> frozenset[str]:
    """The aliases that a node may read: a variable of the same name counts as one."""
    found: set[str] = set()
    waiting = [node]
    while waiting:
        each = waiting.pop()
        match each:
            case Name(name=name) | Has(operand=None, field=name):
                found.add(name)
            case Present(path=path):
                found.add(path[0])
        waiting += children(each)
    return aliases & found


def _flat(node: Node, op: str) -> Iterator[Node]:
    if isinstance(node, Logic) and node.op == op:
        for each in node.operands:
            yield from _flat(each, op)
    else:
        yield node


class _Reader:
    def __init__(self, pattern: Pattern) -> None:
        self._scope: Scope = pattern.scope
        self._aliases = frozenset(term.alias for term in pattern.terms)
        self._every = [node for term in pattern.terms if term.when for node in conjuncts(term.when)]
        self._terms = len(pattern.terms)
        self._alone: dict[str, list[Node]] = {}
        self._guards: dict[str, Guards] = {}
        self._rest: list[Node] = []
        self._numbers = {Pair: 0, Flag: 0}
        self._tests = Counter[str]()
        self._rules = 1
        self._parts = Parts()

    def take_alone(self, owner: str, node: Node) -> bool:
        """Keep the node if it reads one event, or none. It may need what other parts have shown."""
        read = aliases_of(node, self._aliases) or {owner}
        if len(read) > 1:
            return False
        (alias,) = read
        known = self._guards.get(alias, Guards())
        checked = check(node, self._scope, known)
        if checked.problems:
            return False
        self._alone.setdefault(alias, []).append(node)
        self._guards[alias] = known | checked.when_true
        return True

    def take_between(self, node: Node) -> None:
        """Keep a part that the engine can say, or leave it to be asked of each set that is found."""
        pair = self._pair(node)
        if pair is not None:
            self._parts.pairs.append(pair)
            return
        choice = self._choice(node)
        if choice is None:
            self._rest.append(node)
        else:
            self._parts.choices.append(choice)
            self._rules *= len(choice)

    def finish(self) -> Parts:
        """All parts, compiled."""
        for alias, nodes in self._alone.items():
            self._parts.alone[alias] = self._compiled(_all_of(nodes), Guards())
        if self._rest:
            self._parts.rest = self._compiled(*self._remainder())
        return self._parts

    def _remainder(self) -> tuple[Node, Guards]:
        known = Guards()
        for each in self._guards.values():
            known |= each
        node = _all_of(self._rest)
        if check(node, self._scope, known).problems:  # a choice shows what this relies on
            return _all_of(self._every), Guards()
        return node, known

    def _compiled(self, node: Node, known: Guards) -> Program:
        return compile_condition(check(node, self._scope, known), self._scope)

    def _choice(self, node: Node) -> tuple[Together, ...] | None:
        """Each way is a rule of its own, and so is each combination with the ways of other choices."""
        ways = list(_flat(node, "||"))
        if len(ways) < 2 or self._rules * len(ways) * self._terms > _MOST_LEAVES:
            return None
        before, tests = dict(self._numbers), self._tests.copy()
        found = [tuple(self._flag(each) or self._pair(each) for each in _flat(way, "&&")) for way in ways]
        complete = [tuple(each for each in way if each is not None) for way in found]
        if [len(way) for way in complete] == [len(way) for way in found]:
            return tuple(complete)
        self._numbers, self._tests = before, tests
        return None

    def _flag(self, node: Node) -> Flag | None:
        read = aliases_of(node, self._aliases)
        if len(read) != 1:
            return None
        (alias,) = read
        checked = self._sure(node, alias)
        if checked is None or checked.type.kind is not Kind.BOOL:
            return None
        number = self._number(Flag, alias)
        return None if number is None else Flag(number, alias, compile_condition(checked, self._scope))

    def _pair(self, node: Node) -> Pair | None:
        if not isinstance(node, Binary) or node.op not in FLIPPED:
            return None
        sides = [aliases_of(each, self._aliases) for each in (node.left, node.right)]
        if any(len(each) != 1 for each in sides) or sides[0] == sides[1]:
            return None
        (left_alias,), (right_alias,) = sides
        left, right = self._sure(node.left, left_alias), self._sure(node.right, right_alias)
        if left is None or right is None or not _comparable(node.op, left, right):
            return None
        number = self._number(Pair, left_alias, right_alias)
        if number is None:
            return None
        programs = [compile_condition(each, self._scope) for each in (left, right)]
        return Pair(number, node.op, left_alias, programs[0], right_alias, programs[1])

    def _sure(self, node: Node, alias: str) -> Checked | None:
        """The node, if what its event meets by itself is enough for it never to fail."""
        checked = check(node, self._scope, self._guards.get(alias, Guards()))
        sure = not checked.problems and not checked.tree.fallible and not checked.type.nullable
        return checked if sure else None

    def _number(self, kind: type, *aliases: str) -> int | None:
        """The next of its kind, if the engine has room for it."""
        if self._numbers[kind] == _MOST[kind] or any(self._tests[each] == _MOST_TESTS for each in aliases):
            return None
        self._tests.update(aliases)
        self._numbers[kind] += 1
        return self._numbers[kind] - 1


_MOST: Final = {Pair: _MOST_PAIRS, Flag: _MOST_FLAGS}


def _comparable(op: str, left: Checked, right: Checked) -> bool:
    kind = left.type.kind
    return kind is right.type.kind and (kind in _ORDERED or (kind is Kind.BOOL and op in _EQUAL))


def _all_of(nodes: list[Node]) -> Node:
    return nodes[0] if len(nodes) == 1 else Logic(nodes[0].start, nodes[-1].end, "&&", tuple(nodes))
