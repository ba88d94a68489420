"""The index: from the constraints of many rules to nodes that find the few that can match.

Rules that ask fields for equality are kept by those values. What is left is told apart by the ordered field
in which rules overlap least; where they overlap much, by masks. Whatever an index cannot tell stays a check
of the entry, so it finds too many rules rather than too few.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from itertools import product
from types import NoneType
from typing import Final, TypeAlias

from rulesflow.conditions.types import Value
from rulesflow.rules.compiled import Rule
from rulesflow.rules.constraints import Absent, Among, Constraint, Outside, Params, Path, Present, Range
from rulesflow.rules.cuts import Cuts
from rulesflow.rules.nodes import (
    NOTHING,
    Entry,
    Field,
    Keyed,
    Leaf,
    Mask,
    Masks,
    Node,
    Presence,
    Scale,
    Slabs,
    Table,
    Union,
    Words,
)

_LEAF: Final = 4  # rules that are asked one by one rather than told apart
_KEYS: Final = 64  # under which a rule may be kept, unless a single field names more
_SHARE: Final = 32  # a group of rules with keys of its own has at least one in so many of all rules
_OVERLAP: Final = 4  # times that a rule may stand in slabs, on average
_BYTES: Final = 1 << 22  # of the masks of one field

#: The order in which the constraints of one field are preferred: the rest stay checks.
_PREFERENCE: Final[Mapping[type, int]] = {Among: 0, Range: 1, Absent: 2, Outside: 3, Present: 4}
Slots: TypeAlias = dict[Path, int]


class Item:
    """A rule that is to be indexed: for each slot the constraint by which it is told, and further checks.

    ``slots`` numbers the fields, and grows by those that are new.
    """

    __slots__ = ("extra", "fields", "position", "rule")

    def __init__(self, position: int, rule: Rule, params: Params, slots: Slots) -> None:
        self.position = position
        self.rule = rule
        self.fields: dict[int, Constraint] = {}
        self.extra: list[tuple[int, Constraint]] = []
        for each in rule.constraints(params):
            slot = slots.setdefault(each.path, len(slots))
            other = self.fields.get(slot)
            if other is None:
                self.fields[slot] = each
            elif other != each:
                better = _PREFERENCE[type(each)] < _PREFERENCE[type(other)]
                self.fields[slot], spare = (each, other) if better else (other, each)
                self.extra.append((slot, spare))

    def entry(self, told: Set[int]) -> Entry:
        """The rule under nodes that tell the constraints of these slots."""
        left = [(slot, each) for slot, each in self.fields.items() if slot not in told]
        return Entry(self.position, self.rule, tuple((slot, each.holds) for slot, each in left + self.extra))


def index(items: Sequence[Item]) -> Node:
    """An index of rules, which are in the order of their positions."""
    groups: dict[tuple[int, ...], list[Item]] = defaultdict(list)
    for item in items:
        groups[_key_slots(item)].append(item)
    rest: list[Item] = groups.pop((), [])
    nodes: list[Node] = []
    for slots_of_key, members in groups.items():
        if len(members) > max(_LEAF, len(items) // _SHARE):
            nodes.append(_keyed(slots_of_key, members))
        else:
            rest += members
    if rest:
        rest.sort(key=lambda item: item.position)
        nodes.append(_told(rest, frozenset(), _OVERLAP))
    return nodes[0] if len(nodes) == 1 else Union(nodes) if nodes else NOTHING


# -- equality ----------------------------------------------------------------------------------------------


def _key_slots(item: Item) -> tuple[int, ...]:
    """The slots whose values can be a key for the rule."""
    sizes = sorted((len(each.values), slot) for slot, each in item.fields.items() if isinstance(each, Among))
    keys, chosen = 1, [slot for _, slot in sizes[:1]]
    for size, slot in sizes:
        if keys * size <= _KEYS:
            keys *= size
            chosen.append(slot)
    return tuple(sorted({*chosen}))


def _keyed(slots: tuple[int, ...], items: Sequence[Item]) -> Node:
    buckets: dict[Value, list[Item]] = defaultdict(list)
    for item in items:
        for key in _keys(item, slots):
            buckets[key].append(item)
    told = frozenset(slots)
    nodes = {key: _told(members, told, _OVERLAP) for key, members in buckets.items()}
    leaves = {key: node.entries for key, node in nodes.items() if isinstance(node, Leaf)}
    return Table(slots, leaves) if len(leaves) == len(nodes) else Keyed(slots, nodes)


def _keys(item: Item, slots: tuple[int, ...]) -> Iterator[Value]:
    values = [_values(item.fields[slot]) for slot in slots]
    return iter(values[0]) if len(values) == 1 else product(*values)


def _values(constraint: Constraint) -> Set[Value]:
    assert isinstance(constraint, Among | Outside)
    return constraint.values


# -- order -------------------------------------------------------------------------------------------------


def _told(items: Sequence[Item], told: frozenset[int], overlap: int) -> Node:
    """A node for rules of which some slots are told already.

    ``overlap``: times that a rule may stand below it, on average. It is used up by the first slabs, since
    slabs below slabs would multiply it.
    """
    open_slots = sorted({slot for item in items for slot in item.fields} - told)
    if len(items) > _LEAF and open_slots:
        return _slabs(items, told, open_slots, overlap) or _masks(items, told, open_slots)
    return Leaf(tuple(item.entry(told) for item in items))


def _slabs(items: Sequence[Item], told: frozenset[int], slots: Sequence[int], overlap: int) -> Node | None:
    """A node by the ordered field in which the rules overlap least; None where that is too much."""
    best: tuple[int, int, Cuts] | None = None
    for slot in slots:
        if any(isinstance(item.fields.get(slot), Range) for item in items):
            cuts = Cuts(item.fields[slot] for item in items if slot in item.fields)
            standing = _overlap(items, slot, cuts)
            if standing <= overlap * len(items) and (best is None or standing < best[0]):
                best = (standing, slot, cuts)
    if best is None:
        return None
    _, slot, cuts = best
    told = told | {slot}
    absent = [item for item in items if isinstance(item.fields.get(slot), Absent | None)]
    return Slabs(slot, cuts, list(_children(items, slot, cuts, told)), _told(absent, told, 1))


def _overlap(items: Sequence[Item], slot: int, cuts: Cuts) -> int:
    """How many entries there would be below slabs of the field."""
    total = standing = 0
    for starting, ending in _events(items, slot, cuts):
        if starting or ending:  # else it holds the same rules as the one before
            standing += len(starting) - len(ending)
            total += standing
    return total


def _children(items: Sequence[Item], slot: int, cuts: Cuts, told: frozenset[int]) -> Iterator[Node]:
    standing: set[int] = set()
    node: Node = NOTHING
    for starting, ending in _events(items, slot, cuts):
        if starting or ending:
            standing.difference_update(ending)
            standing.update(starting)
            node = _told([items[number] for number in sorted(standing)], told, 1)
        yield node


def _events(items: Sequence[Item], slot: int, cuts: Cuts) -> Iterator[tuple[list[int], list[int]]]:
    """For each piece: the rules that begin to stand there, and those that no longer do."""
    starting: list[list[int]] = [[] for _ in range(cuts.pieces + 1)]
    ending: list[list[int]] = [[] for _ in range(cuts.pieces + 1)]
    for number, item in enumerate(items):
        for first, end in cuts.spans(item.fields.get(slot)):
            starting[first].append(number)
            ending[end].append(number)
    return zip(starting[:-1], ending[:-1], strict=True)


# -- overlap -----------------------------------------------------------------------------------------------


def _masks(items: Sequence[Item], told: frozenset[int], slots: Sequence[int]) -> Node:
    fields: list[Field] = []
    for slot in slots:
        asked = [item.fields[slot] for item in items if slot in item.fields]
        ordered = any(isinstance(each, Range) for each in asked)
        field, exact = _scale(items, slot, Cuts(asked)) if ordered else _words(items, slot, asked)
        fields += [field] if field is not None else []
        told = told | {slot} if exact else told
    return Masks(fields, [item.entry(told) for item in items])


def _scale(items: Sequence[Item], slot: int, cuts: Cuts) -> tuple[Field, bool]:
    """The masks of an ordered field, and whether they tell its constraints exactly.

    Where they would be too many, neighbouring pieces share one, which has the rules of all of them.
    """
    size = len(items) // 8 + 1
    step = -(-cuts.pieces * size // _BYTES)
    masks: list[Mask] = []
    standing, block = bytearray(size), bytearray(size)
    for number, (starting, ending) in enumerate(_events(items, slot, cuts)):
        for each in ending:
            standing[each >> 3] &= ~(1 << (each & 7))
        for each in starting:
            standing[each >> 3] |= 1 << (each & 7)
        if number % step == 0:
            if number:
                masks.append(_whole(block))
            block[:] = standing
        for each in starting:
            block[each >> 3] |= 1 << (each & 7)
    masks.append(_whole(block))
    return Scale(slot, cuts, step, _shared(masks), _absent(items, slot)), step == 1


def _shared(masks: list[Mask]) -> list[Mask]:
    """The same masks, equal ones being one."""
    known: dict[Mask, Mask] = {}
    return [known.setdefault(mask, mask) for mask in masks]


def _words(items: Sequence[Item], slot: int, asked: Sequence[Constraint]) -> tuple[Field | None, bool]:
    """The masks of a field without order; None where they would be too many."""
    values = {value for each in asked if isinstance(each, Among | Outside) for value in each.values}
    size = len(items) // 8 + 1
    if len(values) * size > _BYTES:
        return None, False
    other = _mask(items, slot, (Outside, Present, NoneType))
    if not values:
        return Presence(slot, other, _absent(items, slot)), True
    masks = {}
    changing: dict[Value, list[int]] = defaultdict(list)
    for number, item in enumerate(items):
        each = item.fields.get(slot)
        if isinstance(each, Among | Outside):
            for value in each.values:
                changing[value].append(number)
    for value, numbers in changing.items():
        bits = bytearray(other.to_bytes(size, "little"))
        for number in numbers:
            bits[number >> 3] ^= 1 << (number & 7)  # one that is among stands now, one outside no more
        masks[value] = _whole(bits)
    return Words(slot, masks, other, _absent(items, slot)), True


def _absent(items: Sequence[Item], slot: int) -> Mask:
    return _mask(items, slot, (Absent, NoneType))


def _mask(items: Sequence[Item], slot: int, kinds: tuple[type, ...]) -> Mask:
    """The rules whose constraint of the slot is of these kinds."""
    bits = bytearray(len(items) // 8 + 1)
    for number, item in enumerate(items):
        if isinstance(item.fields.get(slot), kinds):
            bits[number >> 3] |= 1 << (number & 7)
    return _whole(bits)


def _whole(bits: bytearray) -> Mask:
    return int.from_bytes(bits, "little")
