"""JSON, read and written exactly.

Reading refuses whatever would have to be guessed or rounded: duplicate keys, ``NaN``, lone surrogates, a
depth over 100, numbers beyond 34 digits or an exponent of ±6144. Writing gives numbers in plain notation
(no exponent, no trailing zeros), timestamps as RFC 3339 in UTC and durations in seconds (``"3600s"``).
"""

from __future__ import annotations

import re
from decimal import (
    Clamped,
    Context,
    Decimal,
    DecimalException,
    InvalidOperation,
    Overflow,
    Rounded,
    Subnormal,
)
from typing import Any, TypeAlias

import jiter
import msgspec

from rulesflow.model.errors import FactsRefused, Fault, JsonRefused, pointer
from rulesflow.model.numbers import DIGITS, EXPONENT, INT_LIMIT, NumberRefused, exact, plain

Json: TypeAlias = Any  # None, bool, int, Decimal, str, list or dict with string keys

DEPTH = 100
_MOST_FAULTS = 100
_Path: TypeAlias = "tuple[_Path, str | int] | None"  # of a value: its parent's path, its key

#: Raises on a decimal that `exact` would refuse; asking it costs a fraction of asking `exact`.
_EXACT = Context(
    prec=DIGITS,
    Emin=-EXPONENT,
    Emax=EXPONENT,
    traps=[Clamped, InvalidOperation, Overflow, Rounded, Subnormal],
)
_PLACE = re.compile(r"(?P<reason>.*) at line (?P<line>\d+) column (?P<column>\d+)", re.DOTALL)
#: All digits alike, and both brackets that open.
_MARKS = bytes.maketrans(b"123456789{", b"000000000[")
_LONG = b"0" * (DIGITS + 1)
#: One that is not closed goes to the end: were it none, each of its quotes would be tried as a beginning.
_STRING = rb'"(?:[^"\\]|\\.)*"?'
_STRUCTURE = re.compile(_STRING + rb"|[\[\]{},]", re.DOTALL)
#: Strings, and integers of many zeros: the parser takes no integer of more than 4,300 digits.
_MANY_ZEROS = b"0" * 4000
_ZEROS = re.compile(_STRING + rb"|(?<![\d.eE+-])(-?[1-9]\d{0,33}0{4000,})(?![\d.eE])", re.DOTALL)
_LARGEST_CUT = 4 << 20  # bytes
_WORD = re.compile(rb"-?[A-Za-z]+|['+.]")


def read_json(data: bytes) -> Json:
    """Read one JSON value.

    Raises `JsonRefused`, with line and column where the text is no JSON, with a pointer for each bad number.
    """
    if _is_tame(data):
        try:
            value = _DECODER.decode(data)
        except (msgspec.MsgspecError, DecimalException, UnicodeDecodeError):
            return _read_strictly(data)  # which tells what is wrong
        # Of equal keys the decoder keeps one, and then there are fewer quotes.
        if _ENCODER.encode(value).count(b'"') == data.count(b'"'):
            return value
    return _read_strictly(data)


def _is_tame(data: bytes) -> bool:
    """Whether the text can be read by the quick decoder, as nearly every request can.

    Its quotes are those around strings, nothing is too deep, and no integer is too long to be exact.
    """
    marks = data.translate(_MARKS)
    return b"\\" not in marks and marks.count(b"[") <= DEPTH and _LONG not in marks


def _read_strictly(data: bytes) -> Json:
    """`read_json` for every text, by a parser that sees duplicate keys and knows the places of errors."""
    try:
        value = _parsed(data)
    except ValueError as error:
        try:
            value = _parsed_with_zeros(data)
        except ValueError:
            raise _refusal(data, str(error)) from None
    if not _all_exact(value) and (faults := _number_faults(value)):
        raise JsonRefused("a number cannot be kept exactly", faults)
    return value


def _parsed(data: bytes) -> Json:
    return jiter.from_json(
        data, float_mode="decimal", allow_inf_nan=False, catch_duplicate_keys=True, cache_mode="keys"
    )


def _parsed_with_zeros(data: bytes) -> Json:
    """What the parser makes of the text with its longest numbers written shorter. Raises `ValueError`."""
    if _MANY_ZEROS not in data or len(data) > _LARGEST_CUT:
        raise ValueError("there are none")
    return _parsed(_ZEROS.sub(_with_exponent, data))


def _with_exponent(found: re.Match[bytes]) -> bytes:
    """An integer of many zeros with an exponent; a string as it is."""
    digits = found[0].rstrip(b"0")
    return found[0] if found[1] is None else b"%be%d" % (digits, len(found[0]) - len(digits))


def split_array(data: bytes) -> list[bytes]:
    """Cut a JSON array into the texts of its items, for `read_json` to read one by one.

    Only the structure is looked at, so what is wrong inside an item (a duplicate key, a number) is left to be
    found there. Raises `JsonRefused`, and `FactsRefused` for what is JSON but no array.
    """
    try:
        return [bytes(item) for item in _ARRAY.decode(data)]
    except msgspec.ValidationError:
        read_json(data)
        message = "a batch is a JSON array, or NDJSON: one object a line"
        raise FactsRefused(message, (Fault("", "type", message),)) from None
    except (msgspec.DecodeError, RecursionError):
        items = _cut(data.strip())
        if items is not None:
            return items
        read_json(data)
        raise _too_deep() from None


def _cut(data: bytes) -> list[bytes] | None:
    """The items of an array in which one is too deep or is no JSON, told by brackets and commas alone.

    None where the array itself is broken, or too large to be looked at piece by piece.
    """
    if not data.startswith(b"[") or len(data) > _LARGEST_CUT:
        return None
    items: list[bytes] = []
    start, depth = 1, 0
    for found in _STRUCTURE.finditer(data):
        mark = found[0]
        if mark in (b"[", b"{"):
            depth += 1
        elif mark in (b"]", b"}"):
            depth -= 1
            if depth == 0:
                items.append(data[start : found.start()].strip())
                return items if found.end() == len(data) and all(items) else None
        elif mark == b"," and depth == 1:
            items.append(data[start : found.start()].strip())
            start = found.end()
    return None


def _all_exact(value: Json) -> bool:
    """Whether no number can have to be rounded. Raises `JsonRefused` when nested too deep.

    One flat loop, level by level. An integer of many zeros is left to `_number_faults`.
    """
    level, depth = [value], 1
    while level:
        deeper: list[Json] = []
        for item in level:
            kind = type(item)
            if kind is str:
                continue
            if kind is dict or kind is list:
                if depth > DEPTH:
                    raise _too_deep()
                deeper.extend(item.values() if kind is dict else item)
            elif kind is int:
                if not -INT_LIMIT < item < INT_LIMIT:
                    return False
            elif kind is Decimal:
                try:
                    _EXACT.plus(item)
                except DecimalException:
                    return False
        level, depth = deeper, depth + 1
    return True


def _number_faults(root: Json) -> tuple[Fault, ...]:
    """The numbers that `exact` refuses, in the order of the text; the first hundred of them."""
    faults: list[Fault] = []
    pending: list[tuple[Json, _Path]] = [(root, None)]
    while pending and len(faults) < _MOST_FAULTS:
        value, path = pending.pop()
        if isinstance(value, dict):
            pending.extend((item, (path, key)) for key, item in reversed(value.items()))
        elif isinstance(value, list):
            pending.extend((value[index], (path, index)) for index in range(len(value) - 1, -1, -1))
        elif isinstance(value, int | Decimal):
            try:
                exact(value)
            except NumberRefused as error:
                faults.append(Fault(_pointer(path), "number-refused", str(error)))
    return tuple(faults)


def _pointer(path: _Path) -> str:
    parts: list[str | int] = []
    while path is not None:
        path, part = path
        parts.append(part)
    return pointer(*reversed(parts))


def _too_deep() -> JsonRefused:
    message = f"arrays and objects may be nested {DEPTH} deep at most"
    return JsonRefused(message, (Fault("", "too-deep", message),))


def _refusal(data: bytes, error: str) -> JsonRefused:
    """Turn the parser's message into ours, with the column counted in code points."""
    match = _PLACE.fullmatch(error)
    assert match is not None, error
    line, column = int(match["line"]), int(match["column"])
    code, reason, hint = _explain(match["reason"], data, line, column)
    if code == "too-deep":
        return _too_deep()
    text = data.split(b"\n", line)[line - 1][: max(column - 1, 0)]
    column = len(text.decode("utf-8", "replace")) + 1
    message = f"line {line}, column {column}: {reason}"
    return JsonRefused(message, (Fault("", code, message, hint),))


def _explain(reason: str, data: bytes, line: int, column: int) -> tuple[str, str, str | None]:
    """Code, message and hint for what the parser found."""
    if not data.strip():
        return "json-syntax", "there is no JSON here", "send an object, such as {}"
    if reason.startswith("Detected duplicate key"):
        return "duplicate-key", f"the key {reason.removeprefix('Detected duplicate key ')} stands twice", None
    if reason.startswith("recursion limit"):
        return "too-deep", reason, None
    if reason.startswith("invalid unicode"):
        return "not-utf8", "this is not UTF-8", "JSON is UTF-8"
    if "hex escape" in reason:
        return "lone-surrogate", "a \\u escape is cut short or is half of a surrogate pair", None
    if reason.startswith(("number out of range", "Internal error")):
        limits = f"at most {DIGITS} significant digits and an exponent within ±{EXPONENT}"
        return "number-refused", f"a number may have {limits}", None
    if reason.startswith("EOF"):
        return "json-syntax", "the text ends too early", None
    if reason == "expected ident":
        reason = "expected true, false or null"
    return "json-syntax", reason, _hint(data, line, column)


def _hint(data: bytes, line: int, column: int) -> str | None:
    """What the writer may have meant, told by the text at the place."""
    if data.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        return "send UTF-8 without a byte order mark"
    rest = data.split(b"\n", line)[line - 1][max(column - 1, 0) :]
    match = _WORD.match(rest) or _WORD.match(data.split(b"\n", line)[line - 1][max(column - 2, 0) :])
    word = match[0].decode() if match else ""
    if word.lstrip("-") in ("NaN", "Infinity", "Inf", "nan", "inf"):
        return f"JSON has no {word}; leave the field out or send null"
    if word in ("True", "False", "None"):
        return "JSON writes true, false and null"
    if word == "'":
        return "JSON strings stand in double quotes"
    return None


def write_json(value: object) -> bytes:
    """Write a value as compact UTF-8. Decimals, timestamps and durations may stand anywhere in it.

    The fields of dataclasses are written as they are: what may hold a decimal must be `encodable`.
    """
    return _ENCODER.encode(encodable(value))


#: What the encoder writes as we do. Whole containers of it are told in one step, since most are such.
_NATIVE = frozenset({str, int, bool, type(None)})
_TEXT = frozenset({str})


def encodable(value: Any) -> Any:
    """The value with each decimal in plain notation, which the encoder would write in its own."""
    kind = type(value)
    if kind is dict:
        if not _TEXT.issuperset(map(type, value)):
            value = {_key(key): item for key, item in value.items()}
        if _NATIVE.issuperset(map(type, value.values())):
            return value
        return {key: item if type(item) in _NATIVE else encodable(item) for key, item in value.items()}
    if kind is list or kind is tuple:
        return value if _NATIVE.issuperset(map(type, value)) else [encodable(item) for item in value]
    if kind is Decimal:
        return msgspec.Raw(plain(value).encode())
    return value


def _key(key: object) -> str:
    """A map's key: JSON has only strings, so others are written as their value would be."""
    if isinstance(key, str):
        return key
    return write_json(key).decode().strip('"')


_DECODER = msgspec.json.Decoder(float_hook=_EXACT.create_decimal)
_ENCODER = msgspec.json.Encoder(enc_hook=str, decimal_format="number")
_ARRAY = msgspec.json.Decoder(list[msgspec.Raw])
