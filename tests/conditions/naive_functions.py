"""The functions of the language, told apart by name and by the kinds of the arguments."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime, tzinfo
from decimal import Decimal, InvalidOperation
from fractions import Fraction

from naive_strings import join, matches, string_method
from naive_values import DIGITS, Fail, instant, kind, plain, rounded, whole

from rulesflow.conditions.types import TypeValue
from rulesflow.model.times import (
    CEL_UNITS,
    SECOND,
    Duration,
    TimeRefused,
    Timestamp,
    parse_date,
    parse_duration,
    parse_timestamp,
    zone_named,
)

TRUE, FALSE = ("true", "True", "TRUE", "t", "1"), ("false", "False", "FALSE", "f", "0")
CALENDAR = ("getFullYear", "getMonth", "getDate", "getDayOfMonth", "getDayOfWeek", "getDayOfYear")
CLOCK = ("getHours", "getMinutes", "getSeconds", "getMilliseconds")


def call(name: str, method: bool, args: list, zone: tzinfo) -> object:
    """``name(args)``, or as a method ``args[0].name(args[1:])``."""
    match name, method, [kind(arg) for arg in args]:
        case "size", _, ["string"]:
            return Fraction(len(args[0]))
        case "size", _, ["list"]:
            return Fraction(len(args[0]))
        case "size", _, ["map"]:
            return Fraction(len(args[0].entries))
        case "matches", _, ["string", "string"]:
            return matches(*args)
        case _, True, ["string", *_]:
            return string_method(name, args)
        case "join", True, ["list"] | ["list", "string"]:
            return join(*args)
        case _, True, ["timestamp"] if name in CALENDAR + CLOCK:
            return Fraction(part_of_timestamp(name, args[0], UTC))
        case _, True, ["timestamp", "string"] if name in CALENDAR + CLOCK:
            return Fraction(part_of_timestamp(name, args[0], named_zone(args[1])))
        case _, True, ["duration"] if name in CLOCK:
            return Fraction(part_of_duration(name, args[0]))
        case "abs", False, ["number"]:
            return abs(args[0])
        case (("round" | "floor" | "ceil"), False, ["number"]):
            return nearest(name, args[0], Fraction(0))
        case (("round" | "floor" | "ceil"), False, ["number", "number"]):
            return nearest(name, *args)
        case (("min" | "max"), False, ["list"]):
            return extreme(name, args[0])
        case (("min" | "max"), False, [_, *_]):
            return extreme(name, args)
        case "type", False, [kind_]:
            return TypeValue("null_type" if kind_ == "null" else kind_)
        case "dyn", False, [_]:
            return args[0]
        case _, False, [_]:
            return conversion(name, args[0], zone)
    raise Fail("no-such-overload")


def named_zone(name: str) -> tzinfo:
    try:
        return zone_named(name)
    except TimeRefused:
        raise Fail("bad-argument") from None


def part_of_timestamp(name: str, moment: Timestamp, zone: tzinfo) -> int:
    if name == "getMilliseconds":
        return int(moment) // 1_000_000 % 1000
    try:
        clock: datetime = moment.local(zone)
    except OverflowError:
        raise Fail("out-of-range") from None
    return {
        "getFullYear": clock.year,
        "getMonth": clock.month - 1,
        "getDate": clock.day,
        "getDayOfMonth": clock.day - 1,
        "getDayOfWeek": (clock.weekday() + 1) % 7,
        "getDayOfYear": clock.timetuple().tm_yday - 1,
        "getHours": clock.hour,
        "getMinutes": clock.minute,
        "getSeconds": clock.second,
    }[name]


def part_of_duration(name: str, length: Duration) -> int:
    seconds = Fraction(int(length), SECOND)
    return math.trunc(
        {
            "getHours": seconds / 3600,
            "getMinutes": seconds / 60,
            "getSeconds": seconds,
            "getMilliseconds": (seconds - math.trunc(seconds)) * 1000,
        }[name]
    )


def nearest(name: str, number: Fraction, places: Fraction) -> Fraction:
    if abs(whole(places)) > 6144:
        raise Fail("bad-argument")
    scaled = number * Fraction(10) ** whole(places)
    match name:
        case "floor":
            result = math.floor(scaled)
        case "ceil":
            result = math.ceil(scaled)
        case "round":
            result = math.floor(abs(scaled) + Fraction(1, 2)) * (1 if scaled > 0 else -1)
    return rounded(result / Fraction(10) ** whole(places))


def extreme(name: str, values: list) -> object:
    if not values:
        raise Fail("bad-argument")
    kinds = {kind(value) for value in values}
    if len(kinds) > 1 or kinds & {"bool", "list", "map", "null", "type"}:
        raise Fail("no-such-overload")
    return {"min": min, "max": max}[name](values)


def conversion(name: str, value: object, zone: tzinfo) -> object:
    try:
        match name, kind(value):
            case ("string", "string") | ("bool", "bool") | ("timestamp", "timestamp"):
                return value
            case ("number" | "double", "number") | ("duration", "duration"):
                return value
            case "string", "number":
                return plain(value)
            case "string", "bool":
                return "true" if value else "false"
            case "string", "timestamp" | "duration":
                return str(value)
            case "number" | "double", "string":
                return number_in(value, r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")
            case "int", "string":
                return number_in(value, r"[+-]?[0-9]+")
            case "int", "number":
                return Fraction(math.trunc(value))
            case "int", "timestamp":
                return Fraction(int(value) // SECOND)
            case "bool", "string" if value in TRUE + FALSE:
                return value in TRUE
            case "timestamp", "string":
                return parse_timestamp(value)
            case "timestamp", "number":
                return instant(math.trunc(value * SECOND))
            case "date", "string":
                return parse_date(value, zone)
            case "duration", "string":
                return parse_duration(value, CEL_UNITS)
            case "bool", "string":
                raise Fail("bad-conversion")
    except TimeRefused as refusal:
        raise Fail("out-of-range" if "must lie" in str(refusal) else "bad-conversion") from None
    raise Fail("no-such-overload")


def number_in(text: str, pattern: str) -> Fraction:
    if not re.fullmatch(pattern, text):
        raise Fail("bad-conversion")
    try:
        exact = Decimal(text)
    except InvalidOperation:
        raise Fail("bad-conversion") from None
    digits = exact.as_tuple().digits
    if exact and (abs(exact.adjusted()) > 6144 or any(digits[DIGITS:])):
        raise Fail("bad-conversion")
    return Fraction(exact)
