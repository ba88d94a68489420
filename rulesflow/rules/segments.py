"""Segments: runs of rules that stand together in a stack, each with an index that stacks share.

Stacks differ by some layers and share the others; what two of them have in common is one segment.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping

from rulesflow.conditions.types import Value
from rulesflow.rules.compiled import Rule
from rulesflow.rules.constraints import Params, Path
from rulesflow.rules.index import Item, Slots, index
from rulesflow.rules.nodes import Node


class Segment:
    """Rules in their order, and the index that finds those of them that a request can match."""

    __slots__ = ("node", "rules", "slots")

    def __init__(self, rules: tuple[Rule, ...], params: Params, slots: Slots) -> None:
        self.rules = rules
        items = [Item(position, rule, params, slots) for position, rule in enumerate(rules)]
        self.node: Node = index(items)
        #: The slots of the fields that its constraints ask.
        self.slots = frozenset(slot for item in items for slot in item.fields)


class Segments:
    """The segments of one decision's stacks; a field has the same slot in all of them."""

    def __init__(self) -> None:
        self._slots: Slots = {}
        self._known: dict[tuple[object, ...], Segment] = {}
        self._lock = threading.Lock()  # a stack may be built by the reloader and by a request at once

    def segment(self, rules: tuple[Rule, ...], params: Mapping[str, Value]) -> Segment:
        """The segment of these rules, in a stack with these params."""
        named = sorted(frozenset().union(*(test.params for rule in rules for test in rule.tests)))
        key = (rules, *(repr(params[name]) for name in named))
        with self._lock:
            found = self._known.get(key)
            if found is None:
                found = self._known[key] = Segment(rules, params, self._slots)
            return found

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
