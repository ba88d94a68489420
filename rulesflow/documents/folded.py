"""Folded nodes: a long list of nodes, each of them a few hundred bytes until somebody asks for it.

A rule is some 25 nodes, and they are large; a file of 100,000 rules would need a third of a gigabyte at once.
"""

from __future__ import annotations

import marshal
import sys
from collections.abc import Iterable, Iterator, Sequence as SequenceOf
from decimal import Decimal
from typing import Any, overload

from rulesflow.documents.nodes import Entry, Mapping, Node, Scalar, Sequence, Source

_SHORT = 64  # characters of texts of which many may be equal


class Folded(SequenceOf[Node]):
    """Nodes of one source. Each is made anew whenever it is asked for."""

    def __init__(self, source: Source, nodes: Iterable[Node]) -> None:
        self._source = source
        self._folded: list[bytes] = []
        for node in nodes:
            self.append(node)

    def append(self, node: Node) -> None:
        """Take one more, of the same source."""
        self._folded.append(marshal.dumps(_flat(node)))

    def __len__(self) -> int:
        return len(self._folded)

    def __iter__(self) -> Iterator[Node]:
        return (self._node(each) for each in self._folded)

    @overload
    def __getitem__(self, index: int) -> Node: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[Node, ...]: ...

    def __getitem__(self, index: int | slice) -> Node | tuple[Node, ...]:
        found = self._folded[index]
        return self._node(found) if isinstance(found, bytes) else tuple(map(self._node, found))

    def _node(self, folded: bytes) -> Node:
        return _unfolded(marshal.loads(folded), self._source)  # noqa: S302  # of our own making


def _flat(node: Node) -> tuple[Any, ...]:
    """The node as tuples: kind, offset, end and content."""
    if isinstance(node, Scalar):
        value = node.value
        if isinstance(value, str):  # it is the text
            return ("t", node.offset, node.end, node.text, node.style)
        written = (str(value),) if isinstance(value, Decimal) else value
        return ("v", node.offset, node.end, node.text, node.style, written)
    if isinstance(node, Sequence):
        return ("s", node.offset, node.end, [_flat(item) for item in node.items])
    entries = [(_flat(entry.key), _flat(entry.value)) for entry in node.entries]
    return ("m", node.offset, node.end, entries)


def _unfolded(flat: tuple[Any, ...], source: Source) -> Node:
    kind, offset, end, content = flat[:4]
    if kind == "t":
        text = sys.intern(content) if len(content) <= _SHORT else content
        return Scalar(text, text, source, offset, end, flat[4])
    if kind == "v":
        value = Decimal(flat[5][0]) if isinstance(flat[5], tuple) else flat[5]
        return Scalar(value, content, source, offset, end, flat[4])
    if kind == "s":
        return Sequence(tuple(_unfolded(item, source) for item in content), source, offset, end)
    entries = tuple(Entry(_key(key, source), _unfolded(value, source)) for key, value in content)
    return Mapping(entries, source, offset, end)


def _key(flat: tuple[Any, ...], source: Source) -> Scalar:
    key = _unfolded(flat, source)
    assert isinstance(key, Scalar), "the reader makes a scalar of every key"
    return key
