"""What a file holds once it is read: scalars, sequences and mappings, each knowing its place.

Nothing here knows YAML or CSV beyond the few ways in which a scalar can be written down.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
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
_COMMENT = re.compile(r"[ \t]+#")


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


@dataclass(frozen=True, slots=True)
class Scalar:
    """A single value.

    ``text`` is the content as it was written, with quotes, escapes and folding undone; ``value`` is what it
    stands for: in YAML by the core schema of version 1.2, in a table the text itself. ``quoted`` says that
    it was written in quotes or as a block, so that it can only be a string.

    The rest serves `at`: the file's text, where in it the scalar begins, and how it is written (``""`` plain,
    ``'``, ``"``, ``|``, ``>``; in a CSV file ``cell`` or ``quoted cell``).
    """

    span: Span
    value: ScalarValue
    text: str
    quoted: bool = False
    source: str | None = field(default=None, repr=False, compare=False)
    offset: int = field(default=0, repr=False, compare=False)
    style: str = field(default="", repr=False, compare=False)

    def at(self, start: int, end: int) -> Span:
        """The place in the file of the code points ``start..end`` of `text`.

        Exact for every character but a blank, which folding may have moved: a blank is placed right behind
        the character before it. A scalar that knows no source gives its own span.
        """
        if self.source is None:
            return self.span
        before = _count_ink(self.text[:start])
        within = _count_ink(self.text[start:end])
        first, last = self._ink_at(before), self._ink_at(before + within - 1)
        starts_with_ink = start < len(self.text) and self.text[start] not in _BLANKS
        begin = first[0] if starts_with_ink else self._ink_at(before - 1)[1]
        finish = last[1] if within else begin
        line = self.span.line + self.source.count("\n", self.offset, begin)
        return span_of(self.span.file, self.source, begin, finish, line=line)

    @property
    def cut(self) -> bool:
        """Whether a comment follows on the same line, which may be meant as part of an unquoted value."""
        if self.source is None or self.style != "":
            return False
        end = self._ink_at(_count_ink(self.text) - 1)[1]
        return _COMMENT.match(self.source, end) is not None

    def _ink_at(self, index: int) -> tuple[int, int]:
        """Start and end, in the source, of the ``index``-th character that is not blank.

        Before the first and behind the last one, the empty place there.
        """
        assert self.source is not None
        opening = _OPENING[self.style].match(self.source, self.offset)
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
        assert self.source is not None
        pattern = _INK.get(self.style, _INK[""])
        return (found.span(1) for found in pattern.finditer(self.source, content) if found[1] is not None)


def _count_ink(text: str) -> int:
    return sum(character not in _BLANKS for character in text)


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list of nodes."""

    span: Span
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """One key of a mapping and its value. The key's name is ``key.text``."""

    key: Scalar
    value: Node


@dataclass(frozen=True, slots=True)
class Mapping:
    """Keys and values in the order of the file. Keys are unique unless a diagnostic says otherwise."""

    span: Span
    entries: tuple[Entry, ...]

    def get(self, name: str) -> Node | None:
        """The value of a key, or None when the key is missing."""
        return next((entry.value for entry in self.entries if entry.key.text == name), None)

    def keys(self) -> tuple[str, ...]:
        """The names of all keys, in the order of the file."""
        return tuple(entry.key.text for entry in self.entries)


Node: TypeAlias = Scalar | Sequence | Mapping


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
