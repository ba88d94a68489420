"""The shape of a document: what keys it may have and what kind of value stands under each.

A `Findings` collects diagnostics while a document is decoded. Its readers never raise: they note what is
wrong and answer None, so that one pass reports everything.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping as MappingOf

from rulesflow.documents.nodes import Entry, Mapping, Node, Scalar, Sequence
from rulesflow.model.diagnostics import Diagnostic, Severity, Span, did_you_mean

IDENTIFIER = re.compile(r"[a-z][a-z0-9_]*", re.ASCII)
FILE_NAME = re.compile(r"[a-z][a-z0-9_-]*", re.ASCII)


class Findings:
    """Diagnostics of one pass over some files."""

    def __init__(self) -> None:
        self.items: list[Diagnostic] = []

    def error(self, code: str, message: str, span: Span, hint: str | None = None) -> None:
        """Note an error."""
        self.items.append(Diagnostic(code, message, span, hint))

    @property
    def failed(self) -> bool:
        """Whether any finding is an error."""
        return any(item.severity is Severity.ERROR for item in self.items)

    def mapping(self, node: Node, what: str) -> Mapping | None:
        """The node as a mapping, or None and an error that says what it should hold."""
        if isinstance(node, Mapping):
            return node
        self._wrong_kind(node, what, "a mapping (key: value)")
        return None

    def sequence(self, node: Node, what: str) -> Sequence | None:
        """The node as a list."""
        if isinstance(node, Sequence):
            return node
        self._wrong_kind(node, what, "a list")
        return None

    def text(self, node: Node, what: str) -> str | None:
        """The node as text; a bare number or boolean is no text."""
        if isinstance(node, Scalar) and isinstance(node.value, str):
            return node.value
        self._wrong_kind(node, what, "text")
        return None

    def flag(self, node: Node, what: str) -> bool | None:
        """The node as ``true`` or ``false``."""
        if isinstance(node, Scalar) and isinstance(node.value, bool):
            return node.value
        self._wrong_kind(node, what, "true or false")
        return None

    def name(self, node: Node, what: str, pattern: re.Pattern[str] = IDENTIFIER) -> str | None:
        """The node as a name such as ``small_and_trusted``."""
        text = self.text(node, what)
        if text is None or pattern.fullmatch(text):
            return text
        allowed = "lower-case letters, digits and _" + ("" if pattern is IDENTIFIER else " or -")
        self.error("RF104", f"{text!r} is not a name", node.span, f"use {allowed}, starting with a letter")
        return None

    def fields(
        self, mapping: Mapping, known: Collection[str], required: Collection[str], what: str
    ) -> MappingOf[str, Entry]:
        """The entries by key, after noting unknown and missing keys."""
        found: dict[str, Entry] = {}
        for entry in mapping.entries:
            key = entry.key.text
            if key in known:
                found[key] = entry
            else:
                hint = did_you_mean(key, known) or f"known keys: {', '.join(known)}"
                self.error("RF101", f"unknown key {key!r} in {what}", entry.key.span, hint)
        for key in required:
            if key not in found:
                self.error("RF103", f"{what} lacks the key {key!r}", mapping.span)
        return found

    def _wrong_kind(self, node: Node, what: str, wanted: str) -> None:
        self.error("RF102", f"{what} must be {wanted}, not {describe(node)}", node.span)


def describe(node: Node) -> str:
    """What a node is, in an author's words."""
    if isinstance(node, Mapping):
        return "a mapping"
    if isinstance(node, Sequence):
        return "a list"
    if node.value is None:
        return "null"
    if isinstance(node.value, bool):
        return f"the boolean {node.text}"
    if isinstance(node.value, str):
        return f"the text {node.text[:40]!r}"
    return f"the number {node.text[:40]}"
