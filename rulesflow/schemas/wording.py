"""What a report says of a value that a check refuses."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, NamedTuple

from rulesflow.model.numbers import Number, NumberRefused, exact, parse_number
from rulesflow.schemas.mismatch import Place, Report, seen

MAX_DEPTH = 200


class Rule(NamedTuple):
    """One constraint on a value of the right type.

    ``must`` completes the message "must …"; from ``words`` comes a spelling hint. ``limit``: what ``holds``
    compares with, by ``code``: a number, a size or the set of the values; None for a pattern.
    """

    code: str
    holds: Callable[[Any], bool]
    must: str
    words: tuple[str, ...] = ()
    limit: Any = None


def judge(rules: tuple[Rule, ...], value: Any, place: Place, key: str | int, report: Report) -> None:
    """Note each rule that the value breaks."""
    for rule in rules:
        if not rule.holds(value):
            message = f"must {rule.must}; it is {seen(value)}"
            hint = report.suggest(value, rule.words) if rule.words else None
            report.add(place, key, rule.code, message, hint)


def mistyped(wanted: str, nullable: bool, value: Any, place: Place, key: str | int, report: Report) -> None:
    """Note that the value is of another type. ``wanted``: what was expected, such as ``a string``."""
    allowed = wanted + (" or null" if nullable else "")
    message = f"must be {allowed}; it is {_named(value)}"
    report.add(place, key, "type", message, _quoting(wanted, value))


def unknown_field(known: tuple[str, ...], place: Place, key: str | int, report: Report) -> None:
    """Note a field that a closed object does not declare."""
    report.add(place, key, "unknown-field", f"{seen(key)} is not a known field", report.suggest(key, known))


def too_deep(place: Place, key: str | int, report: Report) -> None:
    """Note that the value nests too deep."""
    report.add(place, key, "depth", f"must not nest deeper than {MAX_DEPTH} levels")


def inexact(value: Number, place: Place, key: str | int, report: Report) -> None:
    """Note a number that would have to be rounded."""
    try:
        exact(value)
    except NumberRefused as refused:
        report.add(place, key, "number", f"{refused}; it is {seen(value)}")


def _named(value: Any) -> str:
    return ("the string " if isinstance(value, str) else "") + seen(value)


def _quoting(wanted: str, value: Any) -> str | None:
    """A hint for what is right but for its quotes."""
    if wanted == "a string" and isinstance(value, int | Decimal) and len(seen(value)) <= 40:
        return f'a string is written in quotes: "{seen(value)}"'
    if isinstance(value, str) and len(value) <= 40 and _reads_as(wanted, value):
        return f"without quotes: {value}"
    return None


def _reads_as(wanted: str, text: str) -> bool:
    if wanted == "true or false":
        return text in ("true", "false")
    try:
        number = parse_number(text)
    except NumberRefused:
        return False
    return wanted == "a number" or (wanted == "a whole number" and isinstance(number, int))
