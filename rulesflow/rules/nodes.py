"""The nodes of an index: each finds, among the rules below it, those that a request can match.

What they are given are the ``values`` of the fields, by slot; None stands for an absent one. What they find
are entries in the order of their positions: at least all rules whose constraints hold.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from heapq import merge
from operator import attrgetter, itemgetter
from typing import Final, Protocol, TypeAlias

from rulesflow.conditions import Budget
from rulesflow.conditions.types import Value
from rulesflow.rules.compiled import Rule
from rulesflow.rules.cuts import Cuts
from rulesflow.rules.outcomes import Names

Values: TypeAlias = Sequence[Value]
Check: TypeAlias = tuple[int, Callable[[Value], bool]]
_WORD: Final = 8  # bytes of a mask that are looked at in one step
Mask: TypeAlias = int  # bit n: the n-th of the rules below


class Entry:
    """A rule in an index. ``checks``: the constraints that its place in the index does not tell, by slot.

    ``sure``: that it was found says that it matches. ``constants``: then the answer, of which each request
    gets a copy; None where something is to be computed.
    """

    __slots__ = ("checks", "constants", "position", "rule", "sure")

    def __init__(self, position: int, rule: Rule, checks: tuple[Check, ...]) -> None:
        self.position = position
        self.rule = rule
        self.checks = checks
        self.sure = not checks and rule.share is None and rule.residual is None
        self.constants = rule.outcome.constants if self.sure and rule.outcome.plain else None

    def matches(self, values: Values, names: Names, budget: Budget) -> bool:
        """Whether the rule matches. Raises `EvaluationError`; a constraint that fails hides it."""
        for slot, holds in self.checks:
            if not holds(values[slot]):
                return False
        rule = self.rule
        if rule.share is not None and not rule.share.holds(names):
            return False
        return rule.residual is None or rule.residual.program.function(names, budget) is True


Found: TypeAlias = Iterable[Entry]


class Node(Protocol):
    """Part of an index."""

    def find(self, values: Values) -> Found:
        """The entries that the values can match."""


class Leaf:
    """A few entries, of which all are found."""

    __slots__ = ("entries",)

    def __init__(self, entries: tuple[Entry, ...]) -> None:
        self.entries = entries

    def find(self, values: Values) -> Found:
        """All of them."""
        return self.entries


NOTHING = Leaf(())


class Table:
    """Rules that ask some fields for equality and nothing else, by the values of all of these."""

    __slots__ = ("_key", "get", "slots")

    def __init__(self, slots: tuple[int, ...], table: Mapping[Value, tuple[Entry, ...]]) -> None:
        self.slots = slots
        self.get = table.get
        self._key: Callable[[Values], Value] = itemgetter(*slots)

    def find(self, values: Values) -> Found:
        """What stands under the key."""
        return self.get(self._key(values), ())


class Keyed:
    """Rules that ask some fields for equality, by the values of all of these; what else they ask is below."""

    __slots__ = ("_key", "get", "slots")

    def __init__(self, slots: tuple[int, ...], table: Mapping[Value, Node]) -> None:
        self.slots = slots
        self.get = table.get
        self._key: Callable[[Values], Value] = itemgetter(*slots)

    def find(self, values: Values) -> Found:
        """What stands under the key."""
        return self.get(self._key(values), NOTHING).find(values)


class Slabs:
    """Rules by the piece of one ordered field; few of them overlap."""

    __slots__ = ("_absent", "_children", "_piece", "_slot")

    def __init__(self, slot: int, cuts: Cuts, children: Sequence[Node], absent: Node) -> None:
        self._slot = slot
        self._piece = cuts.piece
        self._children = children
        self._absent = absent

    def find(self, values: Values) -> Found:
        """What stands under the piece."""
        value = values[self._slot]
        child = self._absent if value is None else self._children[self._piece(value)]
        return child.find(values)


class Scale:
    """For one ordered field: which rules stand a value, by blocks of so many pieces."""

    __slots__ = ("_absent", "_floats", "_gaps", "_masks", "_piece", "_slot", "_step")

    def __init__(self, slot: int, cuts: Cuts, step: int, masks: Sequence[Mask], absent: Mask) -> None:
        self._slot = slot
        self._piece = cuts.piece
        self._step = step
        self._masks = masks
        self._absent = absent
        # The way of most values, as in `Cuts.piece`: between two cuts that are numbers.
        self._floats = cuts.floats if step == 1 else None
        self._gaps = masks[::2]

    def mask(self, values: Values) -> Mask:
        """The rules that its value, or its absence, leaves."""
        value = values[self._slot]
        if value is None:
            return self._absent
        floats = self._floats
        if floats is not None:
            near = float(value)
            place = bisect_left(floats, near)
            if floats[place] != near:
                return self._gaps[place]
        return self._masks[self._piece(value) // self._step]


class Words:
    """For one field without order: which rules stand a value."""

    __slots__ = ("_absent", "_get", "_other", "_slot")

    def __init__(self, slot: int, masks: Mapping[Value, Mask], other: Mask, absent: Mask) -> None:
        self._slot = slot
        self._get = masks.get
        self._other = other
        self._absent = absent

    def mask(self, values: Values) -> Mask:
        """The rules that its value, or its absence, leaves."""
        value = values[self._slot]
        return self._absent if value is None else self._get(value, self._other)


class Presence:
    """For one field that is only asked whether it is there: which rules stand that."""

    __slots__ = ("_absent", "_slot", "_there")

    def __init__(self, slot: int, there: Mask, absent: Mask) -> None:
        self._slot = slot
        self._there = there
        self._absent = absent

    def mask(self, values: Values) -> Mask:
        """The rules that its value, or its absence, leaves."""
        return self._absent if values[self._slot] is None else self._there


Field: TypeAlias = Scale | Words | Presence


class Masks:
    """Rules that overlap: a mask for each value of each field, and what all fields leave."""

    __slots__ = ("_all", "_entries", "_fields")

    def __init__(self, fields: Sequence[Field], entries: Sequence[Entry]) -> None:
        self._fields = fields
        self._entries = entries
        self._all = (1 << len(entries)) - 1

    def find(self, values: Values) -> Found:
        """Those that no field rules out."""
        mask = self._all
        for field in self._fields:
            mask &= field.mask(values)
            if not mask:
                return ()
        if not mask & (mask - 1):
            return (self._entries[mask.bit_length() - 1],)
        return self._standing(mask)

    def _standing(self, mask: Mask) -> Iterator[Entry]:
        """The entries whose bits are set; who wants the first only does not pay for the others."""
        entries = self._entries
        data = mask.to_bytes(len(entries) // 8 + 1, "little")
        for start in range(0, len(data), _WORD):
            word = int.from_bytes(data[start : start + _WORD], "little")
            while word:
                lowest = word & -word
                yield entries[8 * start + lowest.bit_length() - 1]
                word ^= lowest


class Union:
    """Several indexes over different rules."""

    __slots__ = ("_nodes",)

    def __init__(self, nodes: Sequence[Node]) -> None:
        self._nodes = nodes

    def find(self, values: Values) -> Found:
        """What any of them finds."""
        return merge(*(node.find(values) for node in self._nodes), key=_position)


class Patched:
    """An index in which some rules are gone, and others stand in their places."""

    __slots__ = ("_gone", "_instead", "_node")

    def __init__(self, node: Node, gone: Set[int], instead: Node) -> None:
        self._node = node
        self._gone = gone
        self._instead = instead

    def find(self, values: Values) -> Found:
        """What the index finds but for those that are gone, and those that stand instead."""
        gone = self._gone
        left = (entry for entry in self._node.find(values) if entry.position not in gone)
        return merge(left, self._instead.find(values), key=_position)


_position = attrgetter("position")
