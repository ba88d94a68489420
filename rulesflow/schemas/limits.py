"""The keywords that limit a value of a known type, as rules: bounds, lengths and patterns."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping as MappingOf
from decimal import Decimal
from functools import partial
from typing import Any

import re2

from rulesflow.documents.nodes import Entry, Node, Scalar
from rulesflow.documents.shape import Findings, describe
from rulesflow.model.numbers import Number, NumberRefused, canonical, exact, plain
from rulesflow.schemas.mismatch import cut
from rulesflow.schemas.wording import Rule

Keywords = MappingOf[str, Entry]

#: Keyword -> code of its fault, the test (limit first) and the words for it.
_BOUNDS: dict[str, tuple[str, Callable[[Any, Any], bool], str]] = {
    "minimum": ("minimum", operator.le, "at least"),
    "exclusiveMinimum": ("exclusive-minimum", operator.lt, "greater than"),
    "maximum": ("maximum", operator.ge, "at most"),
    "exclusiveMaximum": ("exclusive-maximum", operator.gt, "less than"),
}
_RE2 = "patterns are RE2's: no look-around, no back-references"


def bounds(keywords: Keywords, findings: Findings) -> tuple[Rule, ...]:
    """``minimum``, ``maximum`` and their exclusive forms."""
    limits: dict[str, Number] = {}
    for name in _BOUNDS:
        if name in keywords:
            limit = _number(name, keywords[name].value, findings)
            if limit is not None:
                limits[name] = limit
    for low in ("minimum", "exclusiveMinimum"):
        for high in ("maximum", "exclusiveMaximum"):
            empty = operator.gt if (low, high) == ("minimum", "maximum") else operator.ge
            if low in limits and high in limits and empty(limits[low], limits[high]):
                _contradiction(low, high, keywords, findings)
    return tuple(_bound(name, limit) for name, limit in limits.items())


def _bound(name: str, limit: Number) -> Rule:
    code, test, words = _BOUNDS[name]
    return Rule(code, partial(test, limit), f"be {words} {cut(plain(limit))}", limit=limit)


def sizes(keywords: Keywords, noun: str, findings: Findings) -> tuple[Rule, ...]:
    """``minLength`` and ``maxLength`` (noun ``Length``, in code points), or ``minItems`` and ``maxItems``."""
    unit = "character" if noun == "Length" else "item"
    low = _size(f"min{noun}", keywords, findings)
    high = _size(f"max{noun}", keywords, findings)
    if low is not None and high is not None and low > high:
        _contradiction(f"min{noun}", f"max{noun}", keywords, findings)
    rules = []
    if low is not None:
        must = f"have at least {_count(low, unit)}"
        rules.append(Rule(f"min-{noun.lower()}", _at_least(low), must, limit=low))
    if high is not None:
        must = f"have at most {_count(high, unit)}"
        rules.append(Rule(f"max-{noun.lower()}", _at_most(high), must, limit=high))
    return tuple(rules)


def _at_least(size: int) -> Callable[[Any], bool]:
    return lambda value: len(value) >= size


def _at_most(size: int) -> Callable[[Any], bool]:
    return lambda value: len(value) <= size


def _count(size: int, unit: str) -> str:
    return f"{size} {unit}{'' if size == 1 else 's'}"


def patterns(keywords: Keywords, findings: Findings) -> tuple[Rule, ...]:
    """``pattern``: RE2 syntax, found anywhere in the string unless anchored."""
    if "pattern" not in keywords:
        return ()
    node = keywords["pattern"].value
    if not isinstance(node, Scalar) or not isinstance(node.value, str):
        findings.error("RF402", f"pattern must be text, not {describe(node)}", node.span, "put it in quotes")
        return ()
    try:
        search = _searcher(node.value)
    except re2.error as error:
        reason = error.args[0].decode(errors="replace")
        findings.error("RF406", f"the pattern does not compile: {cut(reason)}", node.span, _RE2)
        return ()
    return (Rule("pattern", search, f"match the pattern {cut(node.value)}"),)


def _searcher(pattern: str) -> Callable[[str], bool]:
    options = re2.Options()
    options.log_errors = False
    options.never_capture = True  # faster, and so are bytes: nobody asks where the match is
    search = re2.compile(pattern.encode(), options).search
    quick = re2.Set.SearchSet(options)
    quick.Add(pattern.encode())
    quick.Compile()

    def found(text: str) -> bool:
        # JSON can spell a lone surrogate, which has no UTF-8: it is matched as a question mark.
        data = text.encode(errors="replace")
        # A set is asked in a third of the time, but finds nothing where its automaton would grow too large.
        return bool(quick.Match(data)) or search(data) is not None

    return found


def _number(name: str, node: Node, findings: Findings) -> Number | None:
    value = node.value if isinstance(node, Scalar) else None
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        findings.error("RF402", f"{name} must be a number, not {describe(node)}", node.span)
        return None
    try:
        return canonical(exact(value))
    except NumberRefused as refused:
        findings.error("RF402", f"{name}: {refused}", node.span)
        return None


def _size(name: str, keywords: Keywords, findings: Findings) -> int | None:
    if name not in keywords:
        return None
    node = keywords[name].value
    value = node.value if isinstance(node, Scalar) else None
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        findings.error("RF402", f"{name} must be a whole number from 0 up, not {describe(node)}", node.span)
        return None
    return value


def _contradiction(low: str, high: str, keywords: Keywords, findings: Findings) -> None:
    findings.error("RF404", f"{low} and {high} leave no value that fits", keywords[low].value.span)
