"""What a file holds once it is read: scalars, sequences and mappings, each knowing its place.

Nothing here knows YAML or CSV beyond the few ways in which a scalar can be written down.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence as SequenceOf
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import TypeAlias

from rulesflow.model.diagnostics import Span
from rulesflow.model.numbers import Number

ScalarValue: TypeAlias = str | Number | bool | None
#: What `plain` yields: nested lists and dicts of scalar values.
Plain: TypeAlias = "ScalarValue | list[Plain] | dict[str, Plain]"

_BLANKS = " \t\r\n"
_BLANK = "[ \t\r\n]"
#: For each way of writing: group 1 is a stretch of source that stands for one character which is not blank.
#: Writing changes blanks only (folding, indentation), so the n-th such stretch is the n-th such character.
_INK = {
    "": re.compile(f"{_BLANK}|(.)"),
    "'": re.compile(f"{_BLANK}|(''|.)"),
    '"': re.compile(
        rf"{_BLANK}|\\(?:[ \tnrt]|\r?\n|(?:x|u00|U000000)(?:20|09|0[aAdD]))"
        r"|(\\(?:x..|u.{4}|U.{8}|.)|.)",
        re.DOTALL,
    ),
    "cell": re.compile(f"{_BLANK}|(.)"),
    "quoted cell": re.compile(f'{_BLANK}|(""|.)'),
}
_OPENING = {
    "": re.compile(""),
    "'": re.compile("'"),
    '"': re.compile('"'),
    "|": re.compile(r"\|[^\n]*\n?"),
    ">": re.compile(r">[^\n]*\n?"),
    "cell": re.compile(""),
    "quoted cell": re.compile('"'),
}
#: For each way of writing on one line: how much stands in front of the content, and what the content holds
#: only where it was written as something else (``""`` for nothing).
_VERBATIM = {"": (0, ""), "'": (1, "'"), '"': (1, "\\"), "cell": (0, ""), "quoted cell": (1, '"')}
_QUOTED = frozenset("'\"|>")
_COMMENT = re.compile(r"[ \t]+#")
_LINE_END = re.compile("\n")


def span_of(file: str, source: str, start: int, end: int, *, line: int = 0, head: int | None = None) -> Span:
    """The span of the code points ``start..end`` of a file's text.

    Who knows them already gives the ``line`` and the offset of its ``head``, to save counting.
    """
    line = line or source.count("\n", 0, start) + 1
    if head is None:
        head = source.rfind("\n", 0, start) + 1
    stop = source.find("\n", start, end)
    if stop >= 0:
        end = max(start, head + len(source[head:stop].rstrip()))
    return Span(file, line, start - head + 1, end - head + 1)


class Source:
    """The text of a file, in which places are offsets of code points."""

    __slots__ = ("_heads", "file", "text")

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self.text = text
        self._heads: list[int] | None = None  # where each line begins, once somebody asks for a place

    def span(self, start: int, end: int) -> Span:
        """The place of the code points ``start..end``."""
        heads = self._heads
        if heads is None:
            heads = self._heads = [0, *(found.end() for found in _LINE_END.finditer(self.text))]
        line = bisect_right(heads, start)
        return span_of(self.file, self.text, start, end, line=line, head=heads[line - 1])


class Spot:
    """Where something stands in a file that has no lines of text, such as a workbook: one place, whole."""

    __slots__ = ("place",)
    text = None

    def __init__(self, place: Span) -> None:
        self.place = place

    def span(self, start: int, end: int) -> Span:
        """The place, whatever is asked for."""
        return self.place


# No node is frozen, since a frozen one costs three times as much; nobody changes them all the same.
@dataclass(slots=True, eq=False)
class Scalar:
    """A single value.

    ``text`` is the content as it was written, with quotes, escapes and folding undone; ``value`` is what it
    stands for: in YAML by the core schema of version 1.2, in a table the text itself. It reaches from
    ``offset`` to ``end`` in ``source``. ``style`` is how it is written: ``""`` plain, ``'``, ``"``, ``|``,
    ``>``; in a CSV file ``cell`` or ``quoted cell``.
    """

    value: ScalarValue
    text: str
    source: Source | Spot
    offset: int = 0
    end: int = 0
    style: str = ""

    @property
    def span(self) -> Span:
        """Its place."""
        return self.source.span(self.offset, self.end)

    @property
    def quoted(self) -> bool:
        """Whether it was written in quotes or as a block, so that in YAML it can only be a string."""
        return self.style in _QUOTED

    def at(self, start: int, end: int) -> Span:
        """The place in the file of the code points ``start..end`` of `text`.

        Exact for every character but a blank, which folding may have moved: a blank is placed right behind
        the character before it. A scalar that has no text in its file gives its own span.
        """
        if self.source.text is None:
            return self.span
        content = self._verbatim(start, end)
        if content is not None:
            return self.source.span(content + start, content + end)
        before = _count_ink(self.text[:start])
        within = _count_ink(self.text[start:end])
        first, last = self._ink_at(before), self._ink_at(before + within - 1)
        starts_with_ink = start < len(self.text) and self.text[start] not in _BLANKS
        begin = first[0] if starts_with_ink else self._ink_at(before - 1)[1]
        finish = last[1] if within else begin
        return self.source.span(begin, finish)

    def _verbatim(self, start: int, end: int) -> int | None:
        """Where the content begins, if it is in the file as it is and the stretch begins and ends in ink."""
        text = self.text
        opening, escape = _VERBATIM.get(self.style, (0, text))
        if (escape and escape in text) or not 0 <= start < end <= len(text):
            return None
        assert self.source.text is not None
        as_it_is = self.source.text.startswith(text, self.offset + opening)
        inked = text[start] not in _BLANKS and text[end - 1] not in _BLANKS
        return self.offset + opening if as_it_is and inked else None

    @property
    def cut(self) -> bool:
        """Whether a comment follows on the same line, which may be meant as part of an unquoted value."""
        if self.source.text is None or self.style != "":
            return False
        end = self._ink_at(_count_ink(self.text) - 1)[1]
        return _COMMENT.match(self.source.text, end) is not None

    def _ink_at(self, index: int) -> tuple[int, int]:
        """Start and end, in the source, of the ``index``-th character that is not blank.

        Before the first and behind the last one, the empty place there.
        """
        assert self.source.text is not None
        opening = _OPENING[self.style].match(self.source.text, self.offset)
        content = opening.end() if opening else self.offset
        if index < 0:
            return content, content
        last = content
        for last_start, last in islice(self._ink(content), index + 1):
            index -= 1
            if index < 0:
                return last_start, last
        return last, last

    def _ink(self, content: int) -> Iterator[tuple[int, int]]:
        assert self.source.text is not None
        found = _INK.get(self.style, _INK[""]).finditer(self.source.text, content)
        return (each.span(1) for each in found if each[1] is not None)


def _count_ink(text: str) -> int:
    return sum(character not in _BLANKS for character in text)


@dataclass(slots=True, eq=False)
class Sequence:
    """A list of nodes, from ``offset`` to ``end`` in ``source``."""

    items: SequenceOf[Node]
    source: Source | Spot
    offset: int = 0
    end: int = 0

    @property
    def span(self) -> Span:
        """Its place."""
        return self.source.span(self.offset, self.end)


@dataclass(slots=True, eq=False)
class Entry:
    """One key of a mapping and its value. The key's name is ``key.text``."""

    key: Scalar
    value: Node


@dataclass(slots=True, eq=False)
class Mapping:
    """Keys and values in the order of the file. Keys are unique unless a diagnostic says otherwise."""

    entries: tuple[Entry, ...]
    source: Source | Spot
    offset: int = 0
    end: int = 0

    @property
    def span(self) -> Span:
        """Its place."""
        return self.source.span(self.offset, self.end)

    def get(self, name: str) -> Node | None:
        """The value of a key, or None when the key is missing."""
        return next((entry.value for entry in self.entries if entry.key.text == name), None)

    def keys(self) -> tuple[str, ...]:
        """The names of all keys, in the order of the file."""
        return tuple(entry.key.text for entry in self.entries)


Node: TypeAlias = Scalar | Sequence | Mapping


def detached(node: Node) -> Node:
    """The same node, which keeps its place but no longer the text of its file."""
    spot = Spot(node.span)
    if isinstance(node, Scalar):
        return detached_scalar(node)
    if isinstance(node, Sequence):
        return Sequence(tuple(detached(item) for item in node.items), spot)
    return Mapping(tuple(Entry(detached_scalar(e.key), detached(e.value)) for e in node.entries), spot)


def detached_scalar(node: Scalar) -> Scalar:
    """`detached`, for a scalar."""
    return Scalar(node.value, node.text, Spot(node.span), style=node.style)


def plain(node: Node) -> Plain:
    """The node as Python values: dict, list, str, int, Decimal, bool, None."""
    result: list[Plain] = []
    work: list[tuple[Node, Callable[[Plain], None]]] = [(node, result.append)]
    while work:
        current, put = work.pop()
        if isinstance(current, Scalar):
            put(current.value)
        elif isinstance(current, Sequence):
            items: list[Plain] = []
            put(items)
            work.extend((item, items.append) for item in reversed(current.items))
        else:
            fields: dict[str, Plain] = {}
            put(fields)
            setters = ((e.value, partial(fields.__setitem__, e.key.text)) for e in reversed(current.entries))
            work.extend(setters)
    return result[0]


def at_pointer(node: Node, pointer: str) -> Node:
    """What a JSON pointer (RFC 6901) names, or the nearest thing around it."""
    for part in pointer.split("/")[1:]:
        found: Node | None = None
        if isinstance(node, Sequence) and part.isdecimal() and int(part) < len(node.items):
            found = node.items[int(part)]
        elif isinstance(node, Mapping):
            found = node.get(part.replace("~1", "/").replace("~0", "~"))
        if found is None:
            break
        node = found
    return node
