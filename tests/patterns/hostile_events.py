"""Events on which the engine, asked as it is, would die, hang or be wrong: data as it goes over the wire."""

from __future__ import annotations

import json

from rest_service import Sent

_LARGE = "k" * 5_000_000
_SAME = "x" * 65_536
_DEEP = 88
_OBJECTS = '{"a":' * _DEEP + "1" + "}" * _DEEP


def things(*fields: str, **more: str) -> list[Sent]:
    """Events of one key, a minute apart; a text has their fields as JSON, without the key."""
    return [Sent(f'{{"key": "k", {each}}}' if each else '{"key": "k"}', **more) for each in fields]


def numbers(*texts: str) -> list[Sent]:
    """Events with a number, and with it as an integer where it is one."""
    return things(*(f'"n": {each}' for each in texts))


def strings(*texts: str) -> list[Sent]:
    """Events with a text, written in JSON without its quotes."""
    return things(*(f'"s": "{each}", "n": 1' for each in texts))


#: By what is wrong with them.
ACCEPTED = {
    # Numbers
    "integers from 2^63 on": numbers("9223372036854775807", "9223372036854775808", "18446744073709551616"),
    "neighbours beyond 2^53": numbers("9007199254740992", "9007199254740993", "9007199254740992"),
    "negative integers beyond 2^63": numbers("-9223372036854775809", "-9223372036854775808"),
    "thirty-four digits": numbers("1" * 34, "1" * 33 + "2"),
    "decimals with an exponent": numbers("1e16", "10000000000000000", "1e-7", "0.0000001", "1.0e16"),
    "the largest and the smallest": numbers("9e6144", "-9e6144", "1e-6143"),
    "numbers written in ways": numbers("1", "1.0", "1.000", "10e-1"),
    "zeros": numbers("0", "-0", "-0.0", "0e10"),
    "division by zero": numbers("0", "1", "0", "3"),
    "-2^63 by -1": things(
        '"n": -9223372036854775808, "i": -1', '"n": 9223372036854775808, "i": 1', '"n": 1, "i": 0'
    ),
    "odd and even": numbers("3", "-3", "4", "3.5"),
    # Texts
    "texts alike for 65,536 characters": strings(f"{_SAME}a", f"{_SAME}b", f"{_SAME}a"),
    "texts alike modulo 65,536 characters": strings(f"{'y' * 65_536}x", "x", ""),
    "long texts that differ at the end": strings(*("x" * 1_000_000 + end for end in ("a", "b", "a"))),
    "a text written in two ways": strings(r"\u00e9", "é", r"\ud83d\ude00", "😀", r"\/", "/"),
    "texts that are like JSON": strings("null", "true", r"\"", "{}", "[1]", r"\\u0041"),
    "texts with a zero": strings(r"\u0000", "", r"a\u0000b", "a"),
    "a text that spells a number": things('"s": "5", "n": 5', '"s": "5.0", "n": 5', '"s": "5", "n": 5.0'),
    "a regular expression that backtracks": strings("a" * 50_000 + "b", "aaa", "123", "12a"),
    # Fields that are missing, null, or zero
    "null, absent and zero": things('"z": null', "", '"z": 0', '"z": null, "n": 0'),
    "nothing that a condition reads": things("", "", ""),
    "a field on one side of a join": things('"n": 1', '"s": "a"', '"n": 2, "s": "a"', '"total": 1'),
    "two tests of one event": things('"n": 1, "s": "b"', '"n": 2, "s": "a"', '"n": 1, "s": "a"'),
    "true and one": things('"b": true, "n": 1', '"b": false, "n": 0', '"b": true'),
    # Names
    "names that hash like others": things(
        *('"lrecxtx": 1000, "phjrejs": "s1"', '"total": 1000, "lrecxtx": 1'),
        *('"sid": "s1", "phjrejs": "s2"', '"total": 1e3'),
    ),
    "ids and sids": things(
        '"id": 1, "sid": "s1"', '"id": 1, "sid": "s1"', '"id": "1", "sid": "s2", "$s": 1', '"mid": 1'
    ),
    "the names of our own fields": things('"b0": 1, "n0": 5, "pin": 1, "one": 0, "m0": {}', '"n": 1'),
    "a name with a dot beside a nested one": things(
        '"a": {"b": 2}, "a.b": 1', '"a": {"b": 1}, "a.b": 2', '"a.b": 2', '"a": {"b": 2}'
    ),
    "names without characters": things('"": 1, "\\u0000": 2, "$and": [], "$m": null', '"n": 1'),
    "operators as data": things('"$div": {"$l": 1, "$r": 0}, "n": 1', '"l": [], "$not": {"n": 1}, "n": 2'),
    # Arrays
    "arrays": things('"l": []', '"l": [1, 2]', '"l": [0]', '"l": [2, 1, -1]'),
    "elements of which two fields count": things(
        '"o": [{"p": 1}, {"q": 1}]', '"o": [{"p": 2}, {"q": 2}]', '"o": [{"p": 2, "q": 1}]', '"o": [{}]'
    ),
    # Size and depth
    "names of 5 MB": things(f'"{_LARGE}": {{"n": 1}}, "n": 1', '"n": 2'),
    "a name of 5 MB within": things(f'"a": {{"b": 2, "{_LARGE}": {{"x": [1]}}}}', '"a": {"b": 2}'),
    "a thousand names": things(
        ", ".join(f'"k{each}": {{"k{each}": {each}}}' for each in range(1_000)) + ', "n": 1', '"n": 2'
    ),
    "deep data": things(f'"deep": {"[" * _DEEP}{"]" * _DEEP}, "n": 1', f'"deep": {_OBJECTS}'),
    # Times and identity
    "events that come in the wrong order": [
        each._replace(minute=minute)
        for each, minute in zip(numbers("1", "2", "3", "4"), (30, 20, 10, 0), strict=True)
    ],
    "events of one moment": [each._replace(minute=5) for each in numbers("1", "1", "1", "2")],
    "at and beyond the end of the time": [
        each._replace(minute=minute)
        for each, minute in zip(numbers("1", "2", "3"), (0, 60, 60.0001), strict=True)
    ],
    "one id of two sources": [
        Sent(f'{{"key": "k", "n": {each}}}', id="1", source=f"/{each}") for each in range(1, 4)
    ],
    "an id and a source that look alike together": [
        Sent('{"key": "k", "n": 1}', id="b", source="/a"),
        Sent('{"key": "k", "n": 2}', id="a/b", source="/"),
    ],
    "ids that hash alike": [
        Sent('{"key": "k", "n": 1}', id=each) for each in ("lrecxtx", "total", "phjrejs", "sid", "1", "1.0")
    ],
    "attributes like the engine's": things(
        '"n": 1', '"n": 2', more='"sid": "s1", "phjrejs": "s2", "lrecxtx": 5, "mid": true'
    ),
    # Keys
    "keys that look alike": [
        Sent(f'{{"key": "{key}", "s": "{s}", "n": {n}, "b": {b}, "z": {z}}}')
        for key, s, n, b, z in (
            ("1", "1", 1, "true", "1"), ("1", "true", 1.0, "true", "null"), ("true", "1.0", 10, "false", "0"),
            ("lrecxtx", "lrecxtx", "1e0", "false", "null"), ("total", "total", "1e1", "true", "-0"),
        )
    ],
    "long keys that differ at the end": [
        Sent(f'{{"key": "{_SAME}{end}", "s": "{_SAME * 4}{end}"}}') for end in ("a", "b", "a")
    ],
    "keys of no characters, or of odd ones": [
        Sent(f'{{"key": "{key}", "s": "{key}"}}') for key in ("", r"\u0000", r"\\0", r"\u0000", "", "\u2028")
    ],
    # Rules
    "several hundred conditions": [
        Sent(f'{{"key": "k", "n": {each}}}', "wide") for each in (0, 512, 1e3)
    ],
    "several hundred patterns": [Sent(f'{{"key": "k", "n": {each}}}', "crowd") for each in (1, 2, 1)],
}  # fmt: skip


def _event(**changed: object) -> bytes:
    event = {"specversion": "1.0", "id": "r", "source": "/r", "type": "thing", "data": {"key": "k", "n": 1}}
    return json.dumps({**event, **changed}).encode()


def _data(text: str) -> bytes:
    return _event(data=0).replace(b'"data": 0', b'"data": ' + text.encode("utf-8", "surrogatepass"))


#: By what is wrong with them; each is told to the caller.
REFUSED = {
    "nothing": b"",
    "no event": b"[]" + b" 1",
    "an array": _data("[]"),
    "no data": _event(data=None),
    "a text for a number": _event(data={"key": "k", "n": "5"}),
    "true for a number": _event(data={"key": "k", "n": True}),
    "a number for a text": _event(data={"key": "k", "s": 5}),
    "one for true": _event(data={"key": "k", "b": 1}),
    "null for a number": _event(data={"key": "k", "n": None}),
    "an object for a number": _event(data={"key": "k", "n": {"$add": 1}}),
    "false for an integer that divides": _event(data={"key": "k", "i": False}),
    "a key that is a number": _event(data={"key": 1}),
    "no key": _event(data={"n": 1}),
    "NaN": _data('{"key": "k", "n": NaN}'),
    "infinity": _data('{"key": "k", "n": -Infinity}'),
    "an exponent without end": _data('{"key": "k", "n": 1e999999999}'),
    "a number of a million digits": _data('{"key": "k", "n": ' + "1" * 1_000_000 + "}"),
    "a name twice": _data('{"key": "k", "n": 1, "n": 2}'),
    "half a pair": _data(r'{"key": "k", "s": "\ud800"}'),
    "half a pair as it is": _data('{"key": "k", "s": "\ud800"}'),
    "100,000 arrays within each other": _data('{"key": "k", "deep": ' + "[" * 100_000 + "]" * 100_000 + "}"),
    "data too deep to be kept": _data('{"key": "k", "deep": ' + "[" * 95 + "]" * 95 + "}"),
    "100,000 objects within each other": _data('{"a":' * 100_000 + "1" + "}" * 100_000),
    "arrays that never end": b"[" * 1_000_000,
    "an id that is a number": _event(id=1),
    "an id that is nothing": _event(id=""),
    "an id with a zero": _event(id="a\0b"),
    "an id that is too long": _event(id="i" * 100_000),
    "an attribute with a dollar": _event(**{"$s": 1}),
    "an attribute beyond 32 bits": _event(sid=2**63),
    "a type that there is not": _event(type="lrecxtx"),
    "a time before all times": _event(time="0001-01-01T00:00:00Z"),
    "too many attributes": _event(**{f"a{each}": 1 for each in range(1_000)}),
}
