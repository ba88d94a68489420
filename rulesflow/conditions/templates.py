"""Strings with expressions inside: ``${ order.total }``, ``Hello ${ customer.name }!``.

``$${`` stands for a literal ``${``; any other ``$`` or ``{`` is just that character.
"""

from __future__ import annotations

import re

from rulesflow.conditions.lexer import check_length, tokenize_braced
from rulesflow.conditions.parser import parse_tokens
from rulesflow.conditions.tree import Binary, Call, Literal, Node

_OPENING = re.compile(r"\$?\$\{")


def parse_template(text: str) -> Node | str:
    """Parse a string that may hold expressions. Raises `ConditionError`, with offsets into ``text``.

    Gives a ``str`` where no expression is in it; the expression's own node where the text is one ``${ … }``
    and nothing else, so that its value keeps its type; otherwise a sum of strings.
    """
    if "${" not in text:
        return text
    check_length(text)
    parts: list[Node] = []
    position = 0
    while (opening := _next_opening(text, position)) < len(text):
        parts += _words(text, position, opening)
        tokens = tokenize_braced(text, opening)
        position = tokens[-1].end
        parts.append(Call(opening, position, "string", None, (parse_tokens(tokens),)))
    parts += _words(text, position, len(text))
    match parts:
        case [Literal(value=str(words))]:
            return words
        case [Call(args=(alone,))]:
            return alone
    return _sum(parts)


def _next_opening(text: str, position: int) -> int:
    """The offset of the next ``${`` that is not escaped; the text's length where there is none."""
    for match in _OPENING.finditer(text, position):
        if match[0] == "${":
            return match.start()
    return len(text)


def _words(text: str, start: int, end: int) -> list[Node]:
    return [Literal(start, end, text[start:end].replace("$${", "${"))] if start < end else []


def _sum(parts: list[Node]) -> Node:
    """Add the parts up in halves: a chain of hundreds would make too deep a tree."""
    if len(parts) == 1:
        return parts[0]
    middle = len(parts) // 2
    return Binary(parts[0].start, parts[-1].end, "+", _sum(parts[:middle]), _sum(parts[middle:]))
