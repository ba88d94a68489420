"""Slips that can be told from their shape: words and dates without quotes, functions of other languages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from rulesflow.conditions.tree import Binary, Literal, Name, Node

_NOW: Final = "write at, the time of the decision"
#: What other languages call what we have: by name, how to write it.
ELSEWHERE: Final[Mapping[str, str]] = {
    "now": _NOW,
    "today": _NOW,
    "len": "write size(x)",
    "length": "write size(x)",
    "count": "write size(x)",
    "lower": "write x.lowerAscii()",
    "upper": "write x.upperAscii()",
    "includes": 'write x.contains("…") of a string, y in x of a list',
    "any": "write list.exists(x, test)",
    "some": "write list.exists(x, test)",
    "every": "write list.all(x, test)",
    "ceiling": "write ceil(x)",
    "str": "write string(x)",
    "float": "write number(x)",
}


def bare_words(node: Node) -> str | None:
    """``eu`` or ``eu/de``, if the node is names alone, as a text looks whose quotes are missing."""
    if isinstance(node, Name):
        return node.name
    if isinstance(node, Binary) and node.op in ("/", "-"):
        left, right = bare_words(node.left), bare_words(node.right)
        return f"{left}{node.op}{right}" if left and right else None
    return None


def bare_date(node: Node) -> str | None:
    """``2026-11-27``, if the node is a date whose quotes are missing: it subtracts numbers."""
    numbers: list[object] = []
    while isinstance(node, Binary) and node.op == "-" and isinstance(node.right, Literal):
        numbers.append(node.right.value)
        node = node.left
    if len(numbers) != 2 or not isinstance(node, Literal):
        return None
    year, month, day = node.value, numbers[1], numbers[0]
    if not all(type(each) is int for each in (year, month, day)):
        return None
    text = f"{year:04}-{month:02}-{day:02}"
    return text if 1000 <= year <= 9999 and 1 <= int(str(month)) <= 12 and 1 <= int(str(day)) <= 31 else None
