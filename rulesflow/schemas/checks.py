"""Checks: one closure for each node of a schema, which validates a value and converts its times.

A check gets parsed JSON (``dict``, ``list``, ``str``, ``int``, ``Decimal``, ``bool``, ``None``), notes every
fault in the report and returns the value: itself, or a copy where something within was converted. The
caller's value is never changed. What comes back after a fault is of no use.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import tzinfo
from decimal import Decimal
from typing import Any, NamedTuple, TypeAlias

from rulesflow.model.numbers import INT_LIMIT, Number, NumberRefused, canonical, exact, parse_number
from rulesflow.model.times import TimeRefused, Timestamp
from rulesflow.schemas.mismatch import Place, Report, cut, seen

Check: TypeAlias = Callable[[Any, Place, "str | int", Report], Any]
#: Reads a text as a time; the zone is that of files, None for requests.
ReadTime: TypeAlias = Callable[[str, "tzinfo | None"], Timestamp]

MAX_DEPTH = 200


class Rule(NamedTuple):
    """One constraint on a value of the right type.

    ``must`` completes the message "must …"; from ``words`` comes a spelling hint.
    """

    code: str
    holds: Callable[[Any], bool]
    must: str
    words: tuple[str, ...] = ()


def strings(rules: tuple[Rule, ...], nullable: bool) -> Check:
    """A string."""
    return _scalars(str, "a string", rules, nullable)


def booleans(rules: tuple[Rule, ...], nullable: bool) -> Check:
    """``true`` or ``false``."""
    return _scalars(bool, "true or false", rules, nullable)


def _scalars(kind: type, wanted: str, rules: tuple[Rule, ...], nullable: bool) -> Check:
    mistyped = _mistyped(wanted, nullable)

    def check(value: Any, place: Place, key: str | int, report: Report) -> Any:
        if type(value) is not kind:
            return value if value is None and nullable else mistyped(value, place, key, report)
        for rule in rules:
            if not rule.holds(value):
                _broken(rule, value, place, key, report)
        return value

    return check


def moments(read: ReadTime, rules: tuple[Rule, ...], nullable: bool) -> Check:
    """A string that is a date or a date-time, which becomes a `Timestamp` (and may be one already)."""
    mistyped = _mistyped("a string", nullable)

    def check(value: Any, place: Place, key: str | int, report: Report) -> Any:
        if type(value) is not str:
            if type(value) is Timestamp or (value is None and nullable):
                return value
            return mistyped(value, place, key, report)
        for rule in rules:
            if not rule.holds(value):
                _broken(rule, value, place, key, report)
        try:
            return read(value, report.zone)
        except TimeRefused as refused:
            report.add(place, key, "format", str(refused))
            return value

    return check


def numbers(rules: tuple[Rule, ...], nullable: bool, whole: bool) -> Check:
    """An exact decimal; if ``whole``, one without a fraction, given back as ``int`` where it fits."""
    mistyped = _mistyped("a whole number" if whole else "a number", nullable)

    def check(value: Any, place: Place, key: str | int, report: Report) -> Any:
        if type(value) is int and -INT_LIMIT < value < INT_LIMIT:
            number: Number = value
        elif type(value) is int or type(value) is Decimal:
            try:
                number = exact(value)
            except NumberRefused as refused:
                report.add(place, key, "number", f"{refused}; it is {seen(value)}")
                return value
            if whole:
                number = canonical(number)
                if isinstance(number, Decimal) and number != number.to_integral_value():
                    return mistyped(value, place, key, report)
        elif value is None and nullable:
            return value
        else:
            return mistyped(value, place, key, report)
        for rule in rules:
            if not rule.holds(number):
                _broken(rule, number, place, key, report)
        return number

    return check


def arrays(item: Check, rules: tuple[Rule, ...], nullable: bool) -> Check:
    """A list, each item of which passes ``item``."""
    mistyped = _mistyped("an array", nullable)

    def check(value: Any, place: Place, key: str | int, report: Report) -> Any:
        if type(value) is not list:
            return value if value is None and nullable else mistyped(value, place, key, report)
        for rule in rules:
            if not rule.holds(value):
                _broken(rule, value, place, key, report)
        here = (place, key, place[2] + 1)
        if here[2] > MAX_DEPTH:
            return _too_deep(place, key, report)
        copy = None
        for index, old in enumerate(value):
            new = item(old, here, index, report)
            if new is not old:
                copy = list(value) if copy is None else copy
                copy[index] = new
        return value if copy is None else copy

    return check


def objects(fields: Mapping[str, Check], required: tuple[str, ...], other: Check, nullable: bool) -> Check:
    """A dict: each declared field passes its check, every other one passes ``other``."""
    mistyped = _mistyped("an object", nullable)
    needed = frozenset(required)
    find = dict(fields).get

    def check(value: Any, place: Place, key: str | int, report: Report) -> Any:
        if type(value) is not dict:
            return value if value is None and nullable else mistyped(value, place, key, report)
        here = (place, key, place[2] + 1)
        if here[2] > MAX_DEPTH:
            return _too_deep(place, key, report)
        if not needed <= value.keys():
            _report_missing(required, value, here, report)
        copy = None
        for name, old in value.items():
            new = find(name, other)(old, here, name, report)
            if new is not old:
                copy = dict(value) if copy is None else copy
                copy[name] = new
        return value if copy is None else copy

    return check


def unknown(known: tuple[str, ...]) -> Check:
    """The ``other`` of a closed object: refuses the field."""

    def check(value: Any, place: Place, key: str | int, report: Report) -> Any:
        report.add(
            place, key, "unknown-field", f"{seen(key)} is not a known field", report.suggest(key, known)
        )
        return value

    return check


def anything(value: Any, place: Place, key: str | int, report: Report) -> Any:
    """What no schema declares: only the exactness of its numbers is checked, at any depth."""
    waiting = [] if _is_scalar(value, place, key, report) else [(value, place, key)]
    while waiting:
        outer, place, key = waiting.pop()
        here = (place, key, place[2] + 1)
        if here[2] > MAX_DEPTH:
            _too_deep(place, key, report)
            continue
        for name, member in outer.items() if isinstance(outer, dict) else enumerate(outer):
            if not _is_scalar(member, here, name, report):
                waiting.append((member, here, name))
    return value


def _is_scalar(value: Any, place: Place, key: str | int, report: Report) -> bool:
    kind = type(value)
    if kind is int or kind is Decimal:
        _check_exact(value, place, key, report)
    elif kind is dict or kind is list:
        return False
    elif kind is not str and kind is not bool and value is not None and kind is not Timestamp:
        raise TypeError(f"a value of type {kind.__name__} is not parsed JSON")
    return True


def _check_exact(value: Number, place: Place, key: str | int, report: Report) -> None:
    try:
        exact(value)
    except NumberRefused as refused:
        report.add(place, key, "number", f"{refused}; it is {seen(value)}")


def _broken(rule: Rule, value: Any, place: Place, key: str | int, report: Report) -> None:
    message = f"must {rule.must}; it is {seen(value)}"
    report.add(place, key, rule.code, message, report.suggest(value, rule.words) if rule.words else None)


def _too_deep(place: Place, key: str | int, report: Report) -> None:
    report.add(place, key, "depth", f"must not nest deeper than {MAX_DEPTH} levels")


def _report_missing(required: tuple[str, ...], value: Mapping[str, Any], here: Place, report: Report) -> None:
    for name in required:
        if name not in value:
            report.add(here, name, "required", f"{cut(name)} is required")


def _mistyped(wanted: str, nullable: bool) -> Check:
    allowed = wanted + (" or null" if nullable else "")

    def check(value: Any, place: Place, key: str | int, report: Report) -> Any:
        message = f"must be {allowed}; it is {_named(value)}"
        report.add(place, key, "type", message, _quoting(wanted, value))
        return value

    return check


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
