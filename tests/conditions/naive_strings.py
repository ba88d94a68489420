"""The functions on strings, one character after the other."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

import re2
from naive_values import Fail, kind, whole


def matches(text: str, pattern: str) -> bool:
    options = re2.Options()
    options.log_errors = False
    try:
        return re2.search(pattern, text, options=options) is not None
    except re2.error:
        raise Fail("bad-regex") from None


def string_method(name: str, args: list) -> object:
    text = args[0]
    match name, [kind(arg) for arg in args[1:]]:
        case "contains", ["string"]:
            return args[1] in text
        case "startsWith", ["string"]:
            return text[: len(args[1])] == args[1]
        case "endsWith", ["string"]:
            return text[max(len(text) - len(args[1]), 0) :] == args[1]
        case "charAt", ["number"]:
            start = position(args[1], text)
            return text[start : start + 1]
        case "indexOf", ["string"]:
            return index_of(text, args[1], range(len(text) + 1))
        case "indexOf", ["string", "number"]:
            return index_of(text, args[1], range(position(args[2], text), len(text) + 1))
        case "lastIndexOf", ["string"]:
            return index_of(text, args[1], range(len(text), -1, -1))
        case "lastIndexOf", ["string", "number"]:
            return index_of(text, args[1], range(position(args[2], text), -1, -1))
        case "substring", ["number"]:
            return text[position(args[1], text) :]
        case "substring", ["number", "number"]:
            return substring(text, position(args[1], text), position(args[2], text))
        case "lowerAscii", []:
            return "".join(chr(ord(char) + 32) if "A" <= char <= "Z" else char for char in text)
        case "upperAscii", []:
            return "".join(chr(ord(char) - 32) if "a" <= char <= "z" else char for char in text)
        case "trim", []:
            return trim(text)
        case "reverse", []:
            return "".join(reversed(text))
        case "split", ["string"]:
            return split(text, args[1], -1)
        case "split", ["string", "number"]:
            return split(text, args[1], whole(args[2]))
        case "replace", ["string", "string"]:
            return replace(text, args[1], args[2], -1)
        case "replace", ["string", "string", "number"]:
            return replace(text, args[1], args[2], whole(args[3]))
    raise Fail("no-such-overload")


def trim(text: str) -> str:
    # Python takes four separators for spaces that do not have Unicode's White_Space property.
    ink = [at for at, char in enumerate(text) if not char.isspace() or char in "\x1c\x1d\x1e\x1f"]
    return text[ink[0] : ink[-1] + 1] if ink else ""


def position(number: Fraction, text: str) -> int:
    if not 0 <= whole(number) <= len(text):
        raise Fail("index-out-of-range")
    return whole(number)


def index_of(text: str, part: str, starts: Iterable[int]) -> Fraction:
    for start in starts:
        if text[start : start + len(part)] == part:
            return Fraction(start)
    return Fraction(-1)


def substring(text: str, start: int, end: int) -> str:
    if end < start:
        raise Fail("index-out-of-range")
    return text[start:end]


def split(text: str, separator: str, limit: int) -> list[str]:
    """At most ``limit`` parts, the last of which keeps the rest; a negative limit is none."""
    if limit == 0:
        return []
    parts = list(text) or [""] if separator == "" else text.split(separator)
    if limit < 0 or len(parts) <= limit:
        return parts
    return [*parts[: limit - 1], separator.join(parts[limit - 1 :])]


def replace(text: str, old: str, new: str, limit: int) -> str:
    result, count, start = "", 0, 0
    while start <= len(text):
        found = text[start : start + len(old)] == old and (limit < 0 or count < limit)
        if found:
            result, count = result + new, count + 1
        if found and old:
            start += len(old)
        else:
            result, start = result + text[start : start + 1], start + 1
    return result


def join(parts: list, separator: str = "") -> str:
    if any(kind(part) != "string" for part in parts):
        raise Fail("no-such-overload")
    return separator.join(parts)
