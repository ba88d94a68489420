"""Functions on strings: CEL's standard ones and its strings extension. Positions count code points."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

import re2

from rulesflow.conditions.budget import CHARACTERS_PER_STEP, Budget
from rulesflow.conditions.functions import Form, Function, Overload, standard
from rulesflow.conditions.kinds import no_overload
from rulesflow.conditions.problems import EvaluationError
from rulesflow.conditions.types import BOOL, DYN, NUMBER, STRING, Type, Value, list_of, map_of
from rulesflow.model.numbers import Number

#: Unicode's White_Space property, which is not quite what `str.strip` takes off.
_SPACES: Final = (
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
_LOWER: Final = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}
_UPPER: Final = {code: code - 32 for code in range(ord("a"), ord("z") + 1)}
#: A pattern that comes with the request costs as much as it may take RE2 to compile it.
_STEPS_PER_PATTERN: Final = 2000
_NO_LIMIT: Final = 2**62


class PatternRefused(ValueError):  # named as the other refusals are
    """The text is not a regular expression that RE2 knows."""


@lru_cache(maxsize=256)
def pattern(text: str) -> Any:
    """Compile for RE2, which matches in linear time. Raises `PatternRefused`."""
    options = re2.Options()
    options.log_errors = False
    options.never_capture = True
    try:
        return re2.compile(text, options)
    except (re2.error, UnicodeEncodeError) as error:
        reason = error.args[0].decode() if isinstance(error.args[0], bytes) else str(error)
        raise PatternRefused(reason) from None


def search(compiled: Any, text: str) -> bool:
    """Does the compiled pattern match somewhere in the text?"""
    return compiled.search(text.encode("utf-8", "surrogatepass")) is not None


def search_metered(compiled: Any, text: str, budget: Budget) -> bool:
    """The same, at the cost of the text's length."""
    budget.spend(1 + len(text) // CHARACTERS_PER_STEP)
    return search(compiled, text)


def search_any(compiled: Any, text: Value, budget: Budget) -> bool:
    """The same for a value of any kind, which must be a string."""
    if type(text) is not str:
        raise no_overload("matches()", text, "")
    return search_metered(compiled, text, budget)


def _matches(text: str, regex: str) -> bool:
    try:
        compiled = pattern(regex)
    except PatternRefused as error:
        raise EvaluationError("bad-regex", f"{regex!r:.60} is not a regular expression: {error}") from None
    return search(compiled, text)


def whole(number: Number, what: str) -> int:
    """The number as an int; raises ``bad-argument`` if it has a fraction."""
    if number != int(number):
        raise EvaluationError("bad-argument", f"{what} must be a whole number, not {number}")
    return int(number)


def _position(number: Number, limit: int) -> int:
    position = whole(number, "a position")
    if not 0 <= position <= limit:
        raise EvaluationError("index-out-of-range", f"index {number} is out of range 0 to {limit}")
    return position


def _limit(number: Number) -> int:
    """How many at most, -1 for no limit; Python takes no larger ints than a machine word."""
    return max(-1, min(whole(number, "the limit"), _NO_LIMIT))


def _char_at(text: str, position: Number) -> str:
    start = _position(position, len(text))
    return text[start : start + 1]


def _index_of(text: str, part: str, start: Number = 0) -> int:
    return text.find(part, _position(start, len(text)))


def _last_index_of(text: str, part: str, start: Number | None = None) -> int:
    last = len(text) if start is None else _position(start, len(text))
    # str.rfind takes quadratic time on hostile strings, str.find does not: so look from behind.
    found = text[: last + len(part)][::-1].find(part[::-1])
    return -1 if found < 0 else min(last + len(part), len(text)) - found - len(part)


def _lower_ascii(text: str) -> str:
    return text.translate(_LOWER)


def _upper_ascii(text: str) -> str:
    return text.translate(_UPPER)


def _trim(text: str) -> str:
    return text.strip(_SPACES)


def _split(text: str, separator: str, limit: Number = -1) -> list[str]:
    most = _limit(limit)
    if most == 0:
        return []
    if separator:
        return text.split(separator, most - 1 if most > 0 else -1)
    if 0 < most < len(text):
        return [*text[: most - 1], text[most - 1 :]]
    return list(text) or [""]


def _join(parts: list[Value], separator: str = "") -> str:
    if not all(type(part) is str for part in parts):
        raise EvaluationError("no-such-overload", "join() takes a list of strings")
    return separator.join(parts)


def _replace(text: str, old: str, new: str, limit: Number = -1) -> str:
    return text.replace(old, new, _limit(limit))


def _substring(text: str, start: Number, end: Number | None = None) -> str:
    first = _position(start, len(text))
    last = len(text) if end is None else _position(end, len(text))
    if first > last:
        raise EvaluationError("index-out-of-range", f"the substring ends at {last}, before its start {first}")
    return text[first:last]


def _reverse(text: str) -> str:
    return text[::-1]


# What calls cost


def _by_length(text: str, *_: Value) -> int:
    return 1 + len(text) // CHARACTERS_PER_STEP


def _by_pattern(text: str, regex: str) -> int:
    return _STEPS_PER_PATTERN + len(regex) * (1 + len(text) // CHARACTERS_PER_STEP)


def _by_parts(text: str, separator: str, *_: Value) -> int:
    return _by_length(text) + (text.count(separator) if separator else len(text))


def _by_joined(parts: list[Value], separator: str = "") -> int:
    length = sum(len(part) for part in parts if type(part) is str)
    return len(parts) + (length + len(parts) * len(separator)) // CHARACTERS_PER_STEP


def _by_replaced(text: str, old: str, new: str, *_: Value) -> int:
    return _by_length(text) + text.count(old) * len(new) // CHARACTERS_PER_STEP


def _method(params: tuple[Type, ...], result: Type, call: Any, cost: Any = _by_length) -> Overload:
    fallible = NUMBER in params or call not in (_lower_ascii, _upper_ascii, _trim, _reverse, _replace)
    return Overload(params, result, call, Form.METHOD, fallible=fallible, cost=cost)


def _test(name: str, call: Any, summary: str) -> Function:
    overload = Overload((STRING, STRING), BOOL, call, Form.METHOD, fallible=False, cost=_by_length)
    return standard(name, overload, summary=summary)


def _contains(text: str, part: str) -> bool:
    return part in text


_SIZED = (STRING, list_of(DYN), map_of(DYN))
_MATCHES = Overload((STRING, STRING), BOOL, _matches, Form.EITHER, cost=_by_pattern)

STRING_FUNCTIONS: Final[tuple[Function, ...]] = (
    standard(
        "size",
        *(Overload((each,), NUMBER, len, Form.EITHER, fallible=False) for each in _SIZED),
        summary="How many code points a string has, items a list, entries a map.",
    ),
    _test("contains", _contains, "Does the string contain the other?"),
    _test("startsWith", str.startswith, "Does the string start with the other?"),
    _test("endsWith", str.endswith, "Does the string end with the other?"),
    standard("matches", _MATCHES, summary="Does the RE2 pattern match somewhere in the string?"),
    standard(
        "charAt",
        _method((STRING, NUMBER), STRING, _char_at, None),
        summary='The character at a position, counted from 0; "" at the end.',
    ),
    standard(
        "indexOf",
        _method((STRING, STRING), NUMBER, _index_of),
        _method((STRING, STRING, NUMBER), NUMBER, _index_of),
        summary="Where the other string first stands (from a position on), or -1.",
    ),
    standard(
        "lastIndexOf",
        _method((STRING, STRING), NUMBER, _last_index_of),
        _method((STRING, STRING, NUMBER), NUMBER, _last_index_of),
        summary="Where the other string last stands (at a position or before it), or -1.",
    ),
    standard("lowerAscii", _method((STRING,), STRING, _lower_ascii), summary="A to Z as small letters."),
    standard("upperAscii", _method((STRING,), STRING, _upper_ascii), summary="a to z as capital letters."),
    standard("trim", _method((STRING,), STRING, _trim), summary="The string without white space around it."),
    standard(
        "split",
        _method((STRING, STRING), list_of(STRING), _split, _by_parts),
        _method((STRING, STRING, NUMBER), list_of(STRING), _split, _by_parts),
        summary="The parts between the separators, at most so many.",
    ),
    standard(
        "join",
        _method((list_of(STRING),), STRING, _join, _by_joined),
        _method((list_of(STRING), STRING), STRING, _join, _by_joined),
        summary="The strings of a list in one, with a separator between them.",
    ),
    standard(
        "replace",
        _method((STRING, STRING, STRING), STRING, _replace, _by_replaced),
        _method((STRING, STRING, STRING, NUMBER), STRING, _replace, _by_replaced),
        summary="The string with each (or the first so many) of one string replaced by another.",
    ),
    standard(
        "substring",
        _method((STRING, NUMBER), STRING, _substring),
        _method((STRING, NUMBER, NUMBER), STRING, _substring),
        summary="The part from a position on, up to but without another.",
    ),
    standard("reverse", _method((STRING,), STRING, _reverse), summary="The code points in reverse order."),
)
