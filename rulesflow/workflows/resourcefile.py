"""The numbers of resources in the project file, laid over those that plugins give."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final

from rulesflow.documents.nodes import Entry, Node, Scalar, Sequence
from rulesflow.documents.shape import Findings, describe
from rulesflow.model.diagnostics import did_you_mean
from rulesflow.values.periods import read_seconds
from rulesflow.workflows.resource import MOST, Breaker, Resource
from rulesflow.workflows.step import ErrorClass

_KEYS: Final = ("concurrency", "rate", "drain", "breaker")
_BREAKER_KEYS: Final = ("window", "calls", "failures", "slow", "errors", "rest", "longest_rest")


def read_resources(
    node: Node, known: Mapping[str, Resource], findings: Findings, *, lenient: bool = False
) -> dict[str, Resource]:
    """What stands under ``resources``, laid over ``known``: one for every name that a step needs.

    ``lenient``: names that no step needs are passed over.
    """
    found = dict(known)
    mapping = findings.mapping(node, "resources")
    for entry in mapping.entries if mapping else ():
        name = entry.key.text
        if name in known:
            found[name] = _resource(entry, known[name], findings)
        elif not lenient:
            hint = did_you_mean(name, known) or f"resources: {', '.join(sorted(known)) or 'none'}"
            findings.error("RF726", f"no step needs a resource {name!r}", entry.key.span, hint)
    return found


def _resource(entry: Entry, usual: Resource, findings: Findings) -> Resource:
    what = f"resource {usual.name!r}"
    mapping = findings.mapping(entry.value, what)
    if mapping is None:
        return usual
    numbers = _Numbers(findings.fields(mapping, _KEYS, (), what), findings)
    found: dict[str, Any] = {
        "concurrency": numbers.whole("concurrency", nullable=True),
        "rate": numbers.number("rate", MOST, nullable=True),
        "drain": numbers.number("drain", MOST),
    }
    if "breaker" in numbers.entries:
        found["breaker"] = _breaker(numbers.entries["breaker"].value, usual.breaker, what, findings)
    return replace(usual, **{key: value for key, value in found.items() if value is not _MISSING})


def _breaker(node: Node, usual: Breaker, what: str, findings: Findings) -> Breaker:
    mapping = findings.mapping(node, f"breaker of {what}")
    if mapping is None:
        return usual
    numbers = _Numbers(findings.fields(mapping, _BREAKER_KEYS, (), f"breaker of {what}"), findings)
    found: dict[str, Any] = {
        "window": numbers.seconds("window"),
        "calls": numbers.whole("calls"),
        "failures": numbers.number("failures", 1),
        "slow": numbers.seconds("slow", nullable=True),
        "errors": numbers.classes("errors"),
        "rest": numbers.seconds("rest"),
        "longest_rest": numbers.seconds("longest_rest"),
    }
    breaker = replace(usual, **{key: value for key, value in found.items() if value is not _MISSING})
    if found["longest_rest"] is _MISSING:
        return replace(breaker, longest_rest=max(breaker.rest, breaker.longest_rest))
    if breaker.longest_rest < breaker.rest:
        span = numbers.entries["longest_rest"].value.span
        findings.error("RF725", "longest_rest is shorter than rest", span, f"at least {breaker.rest:g}s")
    return breaker


#: For a key that is not there, or has no value that could be.
_MISSING: Final = object()


class _Numbers:
    """The values of one mapping, read by key."""

    def __init__(self, entries: Mapping[str, Entry], findings: Findings) -> None:
        self.entries = entries
        self._findings = findings

    def whole(self, key: str, *, nullable: bool = False) -> Any:
        return self._read(key, (int,), 1, MOST, f"a whole number from 1 to {MOST:,}", nullable)

    def number(self, key: str, most: int, *, nullable: bool = False) -> Any:
        wanted = f"a number above 0, at most {most:,}"
        found = self._read(key, (int, Decimal), 0, most, wanted, nullable)
        return float(found) if isinstance(found, int | Decimal) else found

    def seconds(self, key: str, *, nullable: bool = False) -> Any:
        if key not in self.entries or (nullable and self._is_null(key)):
            return self._null(key)
        found = read_seconds(self.entries[key].value, key, self._findings, some=True)
        return _MISSING if found is None else found

    def classes(self, key: str) -> Any:
        if key not in self.entries:
            return _MISSING
        node = self.entries[key].value
        words = [word for each in _items(node) if (word := self._class(each)) is not None]
        if isinstance(node, Sequence) and not node.items:
            self._wrong(node, f"{key} names no class of errors", f"one of {', '.join(ErrorClass)}")
        return tuple(dict.fromkeys(words)) or _MISSING

    def _class(self, node: Node) -> ErrorClass | None:
        word = self._findings.text(node, "a class of errors")
        if word is None:
            return None
        if word in list(ErrorClass):
            return ErrorClass(word)
        hint = did_you_mean(word, list(ErrorClass)) or f"one of {', '.join(ErrorClass)}"
        self._wrong(node, f"{word!r} is no class of errors", hint)
        return None

    def _read(
        self, key: str, kinds: tuple[type, ...], least: int, most: int, wanted: str, nullable: bool
    ) -> Any:
        if key not in self.entries or (nullable and self._is_null(key)):
            return self._null(key)
        node = self.entries[key].value
        value: Any = node.value if isinstance(node, Scalar) else None
        numeric = isinstance(value, kinds) and not isinstance(value, bool)
        if not numeric or not (least <= value <= most and value):
            wanted += ", or null for no limit" if nullable else ""
            self._wrong(node, f"{key} must be {wanted}, not {describe(node)}")
            return _MISSING
        return value

    def _is_null(self, key: str) -> bool:
        node = self.entries[key].value
        return isinstance(node, Scalar) and node.value is None

    def _null(self, key: str) -> Any:
        return None if key in self.entries else _MISSING

    def _wrong(self, node: Node, message: str, hint: str | None = None) -> None:
        self._findings.error("RF725", message, node.span, hint)


def _items(node: Node) -> tuple[Node, ...]:
    return tuple(node.items) if isinstance(node, Sequence) else (node,)
