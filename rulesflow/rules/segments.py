"""Segments: runs of rules that stand together in a stack, each with an index that stacks share.

Stacks differ by some layers and share the others; what two of them have in common is one segment.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import Final, NamedTuple, TypeAlias

from rulesflow.rules.compiled import Rule
from rulesflow.rules.constraints import Params, Path
from rulesflow.rules.index import Item, Slots, index
from rulesflow.rules.nodes import Node, Patched

Rules: TypeAlias = tuple[Rule, ...]
_MANY: Final = 64  # rules whose index is worth sharing where a few of them differ
_FEW: Final = 8  # … at most one in so many


class Segment(NamedTuple):
    """Rules in their order, and the index that finds those of them that a request can match.

    ``slots``: of the fields that their constraints ask.
    """

    rules: Rules
    node: Node
    slots: frozenset[int]


class Segments:
    """The segments of one decision's stacks; a field has the same slot in all of them."""

    def __init__(self) -> None:
        self._slots: Slots = {}
        self._known: dict[tuple[object, ...], Segment] = {}
        self._lock = threading.Lock()  # a stack may be built by the reloader and by a request at once

    def segment(self, rules: Rules, params: Params, origin: Rules) -> Segment:
        """The segment of these rules, in a stack with these params.

        ``origin``: the rules of the file in which they stood first, some of which may have been replaced.
        """
        named = sorted(frozenset().union(*(test.params for rule in rules for test in rule.tests)))
        key = (rules, *(repr(params[name]) for name in named))
        with self._lock:
            found = self._known.get(key)
        if found is None:
            found = self._patched(rules, params, origin) or self._built(enumerate(rules), rules, params)
            with self._lock:
                self._known[key] = found
        return found

    def _built(self, numbered: Iterable[tuple[int, Rule]], rules: Rules, params: Params) -> Segment:
        with self._lock:  # the slots grow
            items = [Item(position, rule, params, self._slots) for position, rule in numbered]
        return Segment(rules, index(items), frozenset(slot for item in items for slot in item.fields))

    def _patched(self, rules: Rules, params: Params, origin: Rules) -> Segment | None:
        """The segment of the origin with a few rules put in others' places; None where they are many."""
        standing = {rule.name: rule for rule in rules}
        gone = [place for place, rule in enumerate(origin) if standing.get(rule.name) is not rule]
        named = {rule.name for rule in origin}
        if not gone or len(origin) < max(_MANY, _FEW * len(gone)) or not standing.keys() <= named:
            return None
        base = self.segment(origin, params, origin)
        places = [(place, standing[origin[place].name]) for place in gone if origin[place].name in standing]
        instead = self._built(places, rules, params)
        return Segment(rules, Patched(base.node, frozenset(gone), instead.node), base.slots | instead.slots)

    def paths(self, segments: Iterable[Segment]) -> list[Path | None]:
        """The paths of the fields that these segments ask, by slot; None for one that they do not ask."""
        asked = frozenset().union(*(each.slots for each in segments))
        with self._lock:
            slots = list(self._slots.items())
        return [path if slot in asked else None for path, slot in slots][: max(asked, default=-1) + 1]

    def clear(self) -> None:
        """Forget them; stacks that have some keep them."""
        with self._lock:
            self._known.clear()
