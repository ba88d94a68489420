"""Retry policies, and the words by which they and ``catch`` name errors."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from decimal import Decimal

from rulesflow.documents.nodes import Entry, Node, Scalar, Sequence
from rulesflow.documents.shape import Findings, describe
from rulesflow.model.diagnostics import did_you_mean
from rulesflow.values.periods import read_seconds
from rulesflow.workflows.definition import Retry
from rulesflow.workflows.step import ErrorClass

CLASSES = (*(str(each) for each in ErrorClass), "any")
_KEYS = ("on", "attempts", "delay", "factor", "max_delay", "jitter", "then")
_JITTERS = ("none", "full")


def read_words(node: Node, what: str, findings: Findings) -> tuple[Scalar, ...]:
    """A list of classes and codes, or one of them."""
    items = node.items if isinstance(node, Sequence) else (node,)
    if not items:
        findings.error("RF712", f"{what} names no error", node.span, f"classes: {', '.join(CLASSES)}")
    return tuple(
        item for item in items if findings.text(item, "an error") is not None and isinstance(item, Scalar)
    )


def check_words(
    words: Iterable[Scalar], codes: Collection[str] | None, whose: str, findings: Findings
) -> None:
    """Note words (RF712) that are neither a class nor among ``codes``; None: those are not known."""
    for word in words:
        if codes is None or word.text in CLASSES or word.text in codes:
            continue
        known = (*CLASSES, *codes)
        hint = did_you_mean(word.text, known) or f"known here: {', '.join(known)}"
        message = f"{word.text!r} is neither a class of errors nor a code of {whose}"
        findings.error("RF712", message, word.span, hint)


def read_policy(
    node: Node, what: str, codes: Collection[str] | None, whose: str, findings: Findings
) -> Retry | None:
    """A policy: ``{on, attempts, delay, factor, max_delay, jitter, then}``, each of them optional."""
    mapping = findings.mapping(node, what)
    if mapping is None:
        return None
    entries = findings.fields(mapping, _KEYS, (), what)
    usual = Retry()
    words = usual.on
    if "on" in entries:
        found = read_words(entries["on"].value, f"'on' of {what}", findings)
        check_words(found, codes, whose, findings)
        words = tuple(word.text for word in found)
    attempts = _number(entries, "attempts", 3, findings, whole=True)
    delay = _seconds(entries, "delay", usual.delay, findings)
    return Retry(
        on=words,
        attempts=int(attempts),
        delay=delay,
        factor=_number(entries, "factor", usual.factor, findings),
        max_delay=_seconds(entries, "max_delay", max(usual.max_delay, delay), findings),
        full_jitter=_word(entries, "jitter", _JITTERS, findings) == "full",
        park=_word(entries, "then", ("park",), findings) == "park",
    )


def _seconds(entries: Mapping[str, Entry], key: str, usual: float, findings: Findings) -> float:
    if key not in entries:
        return usual
    found = read_seconds(entries[key].value, key, findings)
    return usual if found is None else found


def _number(
    entries: Mapping[str, Entry], key: str, usual: float, findings: Findings, *, whole: bool = False
) -> float:
    if key not in entries:
        return usual
    node = entries[key].value
    value = node.value if isinstance(node, Scalar) else None
    kinds = (int,) if whole else (int, Decimal)
    if isinstance(value, bool) or not isinstance(value, kinds) or not 1 <= value <= 1_000_000:
        wanted = "a whole number from 1 up" if whole else "a number from 1 up"
        findings.error("RF711", f"{key} must be {wanted}, not {describe(node)}", node.span)
        return usual
    return float(value)


def _word(entries: Mapping[str, Entry], key: str, known: tuple[str, ...], findings: Findings) -> str | None:
    if key not in entries:
        return None
    node = entries[key].value
    word = findings.text(node, key)
    if word is not None and word not in known:
        hint = did_you_mean(word, known)
        findings.error("RF711", f"{key} must be {' or '.join(known)}, not {word!r}", node.span, hint)
    return word
