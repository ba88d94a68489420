"""YAML 1.2, the part of it that rules need: mappings, sequences, strings, numbers, booleans and null.

An iterative loop over the events of libyaml. PyYAML's own composer recurses and is killed by a file of
brackets; besides, it knows YAML 1.1, where ``NO`` is false. Anchors, aliases, tags, merge keys, directives
and further documents are refused, so what one reads is what there is.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from yaml import CBaseLoader, MarkedYAMLError, YAMLError, events

from rulesflow.documents.folded import Folded
from rulesflow.documents.hints import hint_for, quote_hint, unclosed_hint
from rulesflow.documents.nodes import Entry, Mapping, Node, Scalar, ScalarValue, Sequence, Source
from rulesflow.documents.text import TextRefused, decode
from rulesflow.model.diagnostics import Diagnostic, Span
from rulesflow.model.numbers import NumberRefused, canonical, exact, parse_number

#: How deep mappings and sequences may be nested.
DEEPEST = 100
#: A list of more nodes than this is folded.
MANY = 1_000
_WORDS: dict[str, ScalarValue] = {"": None, "~": None, "null": None, "true": True, "false": False}
_NUMBER = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_BASED = re.compile(r"0o([0-7]+)|0x([0-9a-fA-F]+)")
_NOT_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_STARTS_A_NUMBER = frozenset("0123456789+-.")


@dataclass(frozen=True, slots=True)
class Document:
    """One YAML file. ``root`` is None when the file cannot be read as a whole; then a diagnostic says why."""

    root: Node | None
    diagnostics: tuple[Diagnostic, ...]


def read_yaml(data: bytes, file: str) -> Document:
    """Read a file. ``file`` is its path from the project's root. Never raises; see `Document`.

    RF001 not UTF-8 or control characters, RF002 syntax, RF003 duplicate key, RF004 a feature that we refuse,
    RF005 too deep, RF006 too large, RF007 empty, RF102 a key that is no string or a number that is not exact.
    """
    try:
        reader = _Reader(decode(data, file), file)
    except TextRefused as refused:
        return Document(None, (refused.diagnostic,))
    root = reader.read()
    return Document(root, tuple(sorted(reader.diagnostics, key=lambda d: d.order)))


class _Stop(Exception):  # a signal within this module
    """Nothing after this place can be read."""


class _Open:
    """A mapping or sequence whose end is still to come. ``keys`` is None for a sequence."""

    __slots__ = ("entries", "items", "key", "keys", "start")

    def __init__(self, start: int, *, mapping: bool) -> None:
        self.start = start
        self.items: list[Node] | Folded = []
        self.entries: list[Entry] = []
        self.key: Scalar | None = None
        self.keys: dict[str, Scalar] | None = {} if mapping else None


class _Reader:
    """Reads one text, once."""

    def __init__(self, text: str, file: str) -> None:
        self.text = text
        self.file = file
        self.source = Source(file, text)
        self.diagnostics: list[Diagnostic] = []
        self.open: list[_Open] = []
        self.roots: list[Node] = []
        #: What each plain text stands for that has come before; equal texts become one string.
        self.known: dict[str, tuple[str, ScalarValue]] = {}

    def read(self) -> Node | None:
        """The root, or None where the file cannot be read."""
        handlers: dict[type[events.Event], Callable[[Any], None]] = {
            events.ScalarEvent: self._scalar,
            events.MappingStartEvent: partial(self._begin, mapping=True),
            events.SequenceStartEvent: partial(self._begin, mapping=False),
            events.MappingEndEvent: self._end,
            events.SequenceEndEvent: self._end,
            events.AliasEvent: self._alias,
            events.DocumentStartEvent: self._document,
        }
        try:
            next_event = CBaseLoader(self.text).get_event
            while (event := next_event()) is not None:
                handler = handlers.get(type(event))
                if handler is not None:
                    handler(event)
        except _Stop:
            return None
        except YAMLError as error:
            self._syntax(error)
            return None
        return self._root()

    def _root(self) -> Node | None:
        root = self.roots[0] if self.roots else None
        if root is None or (isinstance(root, Scalar) and root.text == "" and not root.quoted):
            if not self.diagnostics:
                self._report("RF007", "the file is empty", Span(self.file, 1, 1, 1))
            return None
        return root

    def _document(self, event: Any) -> None:
        if event.version is not None or event.tags:
            hint = "remove the line; files are always YAML 1.2"
            self._stop("RF004", "directives (lines that start with %) are not supported", event, hint)
        if self.roots:
            self._stop(
                "RF004", "a file holds one document only", event, "put the second one into its own file"
            )

    def _scalar(self, event: Any) -> None:
        if event.anchor is not None or event.tag is not None:
            self._refuse_properties(event)
        text, style = event.value, event.style
        start, end = event.start_mark.index, event.end_mark.index
        if style:
            self._add(Scalar(text, text, self.source, start, end, style))
            return
        known = self.known.get(text)
        if known is None:
            known = self._plain(text, start, end)
        self._add(Scalar(known[1], known[0], self.source, start, end))

    def _plain(self, text: str, start: int, end: int) -> tuple[str, ScalarValue]:
        """A plain scalar that is new: its text, and what that stands for."""
        try:
            known = self.known[text] = (text, _value(text))
        except NumberRefused as refused:
            hint = "quote it if it is meant as a text"
            self._report("RF102", str(refused), self.source.span(start, end), hint)
            return (text, text)
        return known

    def _begin(self, event: Any, *, mapping: bool) -> None:
        if event.anchor is not None or event.tag is not None:
            self._refuse_properties(event)
        if len(self.open) == DEEPEST:
            self._stop("RF005", f"nested deeper than {DEEPEST} levels", event)
        self.open.append(_Open(event.start_mark.index, mapping=mapping))

    def _end(self, event: Any) -> None:
        done = self.open.pop()
        end = event.end_mark.index
        if done.keys is None:
            items = tuple(done.items) if isinstance(done.items, list) else done.items
            self._add(Sequence(items, self.source, done.start, end))
        else:
            self._add(Mapping(tuple(done.entries), self.source, done.start, end))

    def _add(self, node: Node) -> None:
        if not self.open:
            self.roots.append(node)
            return
        parent = self.open[-1]
        if parent.keys is None:
            if len(parent.items) == MANY:
                parent.items = Folded(self.source, parent.items)
            parent.items.append(node)
        elif parent.key is None:
            parent.key = self._key(node, parent.keys)
        else:
            parent.entries.append(Entry(parent.key, node))
            parent.key = None

    def _key(self, node: Node, keys: dict[str, Scalar]) -> Scalar:
        if not isinstance(node, Scalar):
            self._report("RF102", "a key must be a string, not a list or mapping", node.span)
            return Scalar("", "", node.source, node.offset, node.end, '"')
        name = node.text
        if not isinstance(node.value, str):
            message = f"the key {_shown(name) or 'null'} is not a string"
            self._report("RF102", message, node.span, "put it in quotes")
        elif name == "<<" and not node.quoted:
            self._report("RF004", "merge keys (<<) are not supported", node.span, "write the keys out")
        first = keys.setdefault(name, node)
        if first is not node:
            message = f"the key {_shown(name)} stands here twice; first in line {first.span.line}"
            self._report("RF003", message, node.span)
        return node

    def _alias(self, event: Any) -> None:
        span = self._span(event)
        hint = f"write the value out, or {quote_hint('*')}"
        self._report("RF004", "aliases (*name) are not supported", span, hint)
        self._add(Scalar(None, "", self.source, event.start_mark.index, event.end_mark.index))

    def _refuse_properties(self, event: Any) -> None:
        mark = event.start_mark
        start = self.text[mark.index]
        what = "anchors (&name)" if start == "&" else "tags (!name)"
        end = next((i for i in range(mark.index, len(self.text)) if self.text[i] in " \r\n"), len(self.text))
        span = Span(self.file, mark.line + 1, mark.column + 1, mark.column + 1 + end - mark.index)
        self._report("RF004", f"{what} are not supported", span, quote_hint(start))

    def _syntax(self, error: YAMLError) -> None:
        if not isinstance(error, MarkedYAMLError) or error.problem_mark is None:
            self._report("RF002", f"not YAML: {error}", Span(self.file, 1, 1, 1))
            return
        mark, context = error.problem_mark, error.context_mark or error.problem_mark
        message = " ".join(part for part in (error.context, error.problem) if part)
        hint = hint_for(self.text, message, mark.index, context.index)
        if "flow" in (error.context or "") and mark.line > context.line:
            mark, hint = context, unclosed_hint(self.text[context.index : context.index + 1])
        span = Span(self.file, mark.line + 1, mark.column + 1, mark.column + 2)
        self._report("RF002", f"not YAML: {message}", span, hint)

    def _span(self, event: Any) -> Span:
        return self.source.span(event.start_mark.index, event.end_mark.index)

    def _report(self, code: str, message: str, span: Span, hint: str | None = None) -> None:
        self.diagnostics.append(Diagnostic(code, message, span, hint))

    def _stop(self, code: str, message: str, event: Any, hint: str | None = None) -> None:
        self._report(code, message, self._span(event), hint)
        raise _Stop


def _shown(key: str) -> str:
    return key if len(key) <= 60 else key[:60] + "…"


def _value(text: str) -> ScalarValue:
    """What a plain scalar stands for by YAML's core schema. Raises `NumberRefused`."""
    if text in _WORDS:
        return _WORDS[text]
    return _number(text) if text[0] in _STARTS_A_NUMBER else text


def _number(text: str) -> ScalarValue:
    """The number that a plain scalar is, or the text itself. Raises `NumberRefused`."""
    if text.isascii() and text.isdigit() and len(text) < 19:
        return int(text)
    if _NUMBER.fullmatch(text):
        return parse_number(text)
    based = _BASED.fullmatch(text)
    if based:
        return canonical(exact(int(based[1], 8) if based[1] else int(based[2], 16)))
    if _NOT_FINITE.fullmatch(text):
        raise NumberRefused(f"{text} is not a number that one can calculate with")
    return text
