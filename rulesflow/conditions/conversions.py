"""Conversions between types: ``string(x) number(x) timestamp(x) …`` and ``type(x)``."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import tzinfo
from typing import Final

from rulesflow.conditions.functions import Function, Overload, standard
from rulesflow.conditions.kinds import KINDS
from rulesflow.conditions.problems import EvaluationError
from rulesflow.conditions.types import (
    BOOL,
    DURATION,
    DYN,
    NUMBER,
    STRING,
    TIMESTAMP,
    TYPE,
    Kind,
    Type,
    TypeValue,
    Value,
)
from rulesflow.model.numbers import CONTEXT, INT_LIMIT, Number, NumberRefused, parse_number, plain
from rulesflow.model.times import (
    CEL_UNITS,
    SECOND,
    Duration,
    TimeRefused,
    Timestamp,
    parse_date,
    parse_duration,
    parse_timestamp,
    timestamp,
)

_NUMBER: Final = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_WHOLE: Final = re.compile(r"[+-]?\d+", re.ASCII)
_MOST_SECONDS: Final = 10**12
#: The texts that CEL takes for a bool.
_BOOLS: Final = {
    **dict.fromkeys(("1", "t", "true", "TRUE", "True"), True),
    **dict.fromkeys(("0", "f", "false", "FALSE", "False"), False),
}


def _bad(text: str, wanted: str) -> EvaluationError:
    return EvaluationError("bad-conversion", f"{text!r:.60} is not {wanted}")


def _same(value: Value) -> Value:
    return value


def _type(value: Value) -> TypeValue:
    kind = KINDS[type(value)]
    return TypeValue("null_type" if kind is Kind.NULL else kind.value)


def _parsed(text: str) -> Number:
    try:
        return parse_number(text)
    except NumberRefused as error:
        raise EvaluationError("bad-conversion", str(error)) from None


def _number(text: str) -> Number:
    if _NUMBER.fullmatch(text) is None:
        raise _bad(text, "a number")
    return _parsed(text)


def _int(text: str) -> Number:
    if _WHOLE.fullmatch(text) is None:
        raise _bad(text, "a whole number")
    return _parsed(text)


def _truncated(number: Number) -> Number:
    if type(number) is int or abs(number) >= INT_LIMIT:  # a Decimal that large has no fraction
        return number
    return int(number)


def _seconds(moment: Timestamp) -> int:
    return int(moment) // SECOND


def _bool(text: str) -> bool:
    if text not in _BOOLS:
        raise _bad(text, "a bool (true or false)")
    return _BOOLS[text]


def _bool_text(value: bool) -> str:
    return "true" if value else "false"


def _timestamp(text: str) -> Timestamp:
    try:
        return parse_timestamp(text)
    except TimeRefused as error:
        raise _time_error(error) from None


def _instant(seconds: Number) -> Timestamp:
    """Fractions count down to the nanosecond; what is finer is cut off."""
    try:
        if not -_MOST_SECONDS < seconds < _MOST_SECONDS:  # keeps the product below far from any overflow
            raise TimeRefused("a timestamp must lie in the years 1 to 9999")
        return timestamp(int(CONTEXT.multiply(seconds, SECOND)))
    except TimeRefused as error:
        raise EvaluationError("out-of-range", str(error)) from None


def _date(text: str, zone: tzinfo) -> Timestamp:
    try:
        return parse_date(text, zone)
    except TimeRefused as error:
        raise _time_error(error) from None


def _duration(text: str) -> Duration:
    try:
        return parse_duration(text, CEL_UNITS)
    except TimeRefused as error:
        raise _time_error(error) from None


def _time_error(error: TimeRefused) -> EvaluationError:
    return EvaluationError("out-of-range" if " must lie " in str(error) else "bad-conversion", str(error))


def _to(source: Type, result: Type, call: Callable[..., Value], fallible: bool = True) -> Overload:
    return Overload((source,), result, call, fallible=fallible)


CONVERSIONS: Final[tuple[Function, ...]] = (
    standard(
        "string",
        _to(STRING, STRING, _same, False),
        _to(NUMBER, STRING, plain, False),
        _to(BOOL, STRING, _bool_text, False),
        _to(TIMESTAMP, STRING, str, False),
        _to(DURATION, STRING, str, False),
        summary="The value as text: numbers plain, timestamps RFC 3339 in UTC, durations in seconds.",
    ),
    *(
        standard(name, _to(NUMBER, NUMBER, _same, False), _to(STRING, NUMBER, _number), summary=summary)
        for name, summary in (
            ("number", "The number that a string spells."),
            ("double", "CEL's name of number()."),
        )
    ),
    standard(
        "int",
        _to(NUMBER, NUMBER, _truncated, False),
        _to(STRING, NUMBER, _int),
        _to(TIMESTAMP, NUMBER, _seconds, False),
        summary="A number without its fraction; a timestamp's seconds since 1970.",
    ),
    standard(
        "bool",
        _to(BOOL, BOOL, _same, False),
        _to(STRING, BOOL, _bool),
        summary="The bool that a string spells.",
    ),
    standard(
        "timestamp",
        _to(TIMESTAMP, TIMESTAMP, _same, False),
        _to(STRING, TIMESTAMP, _timestamp),
        _to(NUMBER, TIMESTAMP, _instant),
        summary="The instant that an RFC 3339 text with an offset tells, or so many seconds since 1970.",
    ),
    standard(
        "duration",
        _to(DURATION, DURATION, _same, False),
        _to(STRING, DURATION, _duration),
        summary="The duration that a text such as 1h30m tells.",
    ),
    standard(
        "date",
        Overload((STRING,), TIMESTAMP, _date, zoned=True),
        summary="The midnight at which a date such as 2026-11-27 begins, in the project's time zone.",
    ),
    standard("type", _to(DYN, TYPE, _type, False), summary="The type of a value: type(x) == string."),
    standard(
        "dyn", _to(DYN, DYN, _same, False), summary="The value; its type is looked at when the rule runs."
    ),
)
