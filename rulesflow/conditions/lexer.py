"""From the text of a condition to its tokens, after the lexis of the CEL language definition.

Departures: there is one number type and there are no bytes, so ``1u`` and ``b"x"`` are refused. What people
write by mistake for an operator (``=``, ``<>``, ``&``) is refused here, with the operator they meant.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import NamedTuple

from rulesflow.conditions.problems import ConditionError, Problem
from rulesflow.conditions.types import Value
from rulesflow.model.numbers import Number, NumberRefused, exact, parse_number

#: The longest text of one condition or template, in code points.
MAX_LENGTH = 32_768


class TokenKind(StrEnum):
    """What a token is. ``FIELD`` is a field's name in backquotes, ``PUNCT`` an operator or a bracket."""

    NAME = "name"
    FIELD = "field"
    NUMBER = "number"
    STRING = "string"
    PUNCT = "punctuation"
    END = "end"


class Token(NamedTuple):
    """A token at the code points ``start`` to ``end``; ``value`` is what a number or string denotes."""

    kind: TokenKind
    text: str
    value: Value
    start: int
    end: int


_SPACE = re.compile(r"(?:[ \t\n\f\r]+|//[^\n\r]*)+")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_TOKEN = re.compile(
    r"""
    (?P<string>  (?P<bytes>[bB]?) (?P<raw>[rR]?) (?P<quote>\"{3}|'{3}|\"|') )
  | (?P<name>    [A-Za-z_][A-Za-z0-9_]* )
  | (?P<number>  (?P<hex>0[xX][0-9a-fA-F]+)
               | (?:[0-9]+\.[0-9]+|[0-9]+|\.[0-9]+)(?:[eE][+-]?[0-9]+)? )
  | (?P<mistake> ===|!==|<>|=<|=>|=(?!=)|&(?!&)|\|(?!\|)|[≤≥≠“”‘’] )
  | (?P<punct>   &&|\|\||[=!<>]=|[-+*/%<>!?:.,()\[\]{}] )
  | `(?P<field>  [A-Za-z0-9_./\ -]+ )`
    """,  # noqa: RUF001
    re.VERBOSE,
)
_BODY = {
    ('"', False): re.compile(r"((?:[^\"\\\n\r]|\\[^\n\r])*)\""),
    ("'", False): re.compile(r"((?:[^'\\\n\r]|\\[^\n\r])*)'"),
    ('"', True): re.compile(r"([^\"\n\r]*)\""),
    ("'", True): re.compile(r"([^'\n\r]*)'"),
    ('"""', False): re.compile(r"((?:[^\\]|\\.)*?)\"\"\"", re.DOTALL),
    ("'''", False): re.compile(r"((?:[^\\]|\\.)*?)'''", re.DOTALL),
    ('"""', True): re.compile(r"(.*?)\"\"\"", re.DOTALL),
    ("'''", True): re.compile(r"(.*?)'''", re.DOTALL),
}
_ESCAPE = re.compile(
    r"\\(?:u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})"
    r"|(?:[xX]([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))"
    r"|([0-3][0-7]{2})|([abfnrtv\\?\"'`])|(.?))",
    re.DOTALL,
)
_SIMPLE = dict(zip("abfnrtv\\?\"'`", "\a\b\f\n\r\t\v\\?\"'`", strict=True))
_MEANT = {
    "===": "==", "!==": "!=", "<>": "!=", "=<": "<=", "=>": ">=", "=": "==", "&": "&&", "|": "||",
    "≤": "<=", "≥": ">=", "≠": "!=", "“": '"', "”": '"', "‘": "'", "’": "'",  # noqa: RUF001
}  # fmt: skip


def refuse(code: str, message: str, start: int, end: int, hint: str | None = None) -> ConditionError:
    """An error of one problem, to be raised."""
    return ConditionError((Problem(code, message, start, end, hint),))


def tokenize(text: str) -> list[Token]:
    """The tokens of a condition, closed by one of kind ``END``. Raises `ConditionError`."""
    check_length(text)
    tokens: list[Token] = []
    position = _skip_space(text, 0)
    while position < len(text):
        tokens.append(_token(text, position))
        position = _skip_space(text, tokens[-1].end)
    tokens.append(Token(TokenKind.END, "", None, len(text), len(text)))
    return tokens


def tokenize_braced(text: str, opening: int) -> list[Token]:
    """The tokens between the ``${`` at offset ``opening`` and its ``}``, where the ``END`` token stands.

    Braces inside strings, comments and map literals are passed over. Raises `ConditionError`.
    """
    tokens: list[Token] = []
    open_braces = 0
    position = _skip_space(text, opening + 2)
    while position < len(text):
        token = _token(text, position)
        if token.text == "}" and not open_braces:
            tokens.append(Token(TokenKind.END, "}", None, token.start, token.end))
            return tokens
        open_braces += {"{": 1, "}": -1}.get(token.text, 0)
        tokens.append(token)
        position = _skip_space(text, token.end)
    raise refuse("RF201", "`${` has no closing `}`", opening, opening + 2, "write $${ for a literal ${")


def check_length(text: str) -> None:
    """Raise `ConditionError` (RF211) where the text is longer than `MAX_LENGTH`."""
    if len(text) > MAX_LENGTH:
        message = f"the expression has {len(text):,} characters; at most {MAX_LENGTH:,} are allowed"
        raise refuse("RF211", message, 0, len(text), "split it into several rules, or move lists to params")


def _skip_space(text: str, position: int) -> int:
    match = _SPACE.match(text, position)
    return match.end() if match else position


def _token(text: str, start: int) -> Token:
    match = _TOKEN.match(text, start)
    if match is None:
        raise _stray(text, start)
    match match.lastgroup:
        case "name":
            return Token(TokenKind.NAME, match[0], None, start, match.end())
        case "punct":
            return Token(TokenKind.PUNCT, match[0], None, start, match.end())
        case "string":
            return _string(text, match)
        case "number":
            return _number(text, match)
        case "field":
            return Token(TokenKind.FIELD, match["field"], None, start, match.end())
    hint = f"use {_MEANT[match[0]]}"
    raise refuse("RF201", f"`{match[0]}` is not part of the language", *match.span(), hint)


def _stray(text: str, start: int) -> ConditionError:
    char = text[start]
    if char == "`":
        message = "a name in backquotes holds letters, digits, spaces and _ . - / and ends with a backquote"
        return refuse("RF201", message, start, start + 1, 'any other key can be written x["…"]')
    shown = f"`{char}`" if char.isprintable() and not char.isspace() else f"U+{ord(char):04X}"
    return refuse("RF201", f"the character {shown} is not part of the language", start, start + 1)


def _number(text: str, match: re.Match[str]) -> Token:
    start, end = match.span()
    after = _NAME.match(text, end)
    if after is not None and after[0] in ("u", "U"):
        message = f"`{text[start : end + 1]}`: there is one number type, so numbers take no suffix"
        raise refuse("RF212", message, start, end + 1, f"write {match[0]}")
    if after is not None:
        message = f"`{match[0]}` is followed by `{after[0][:20]}`: a name cannot start with a digit"
        raise refuse("RF201", message, start, after.end(), "write numbers as 1200, 0.5, 1e3 or 0x1F")
    return Token(TokenKind.NUMBER, match[0], _value(match), start, end)


def _value(match: re.Match[str]) -> Number:
    try:
        return exact(int(match["hex"], 16)) if match["hex"] else parse_number(match[0])
    except NumberRefused as error:
        raise refuse("RF213", str(error), *match.span()) from None


def _string(text: str, opening: re.Match[str]) -> Token:
    start, raw = opening.start(), bool(opening["raw"])
    body = _BODY[opening["quote"], raw].match(text, opening.end())
    if body is None:
        hint = None if len(opening["quote"]) == 3 else "a string over several lines stands in triple quotes"
        message = f"the string that starts here has no closing {opening['quote']}"
        raise refuse("RF201", message, start, opening.end(), hint)
    if opening["bytes"]:
        raise refuse("RF212", "there are no bytes in conditions", start, body.end(), "use a string")
    value = body[1] if raw else _unescape(body[1], body.start())
    return Token(TokenKind.STRING, text[start : body.end()], value, start, body.end())


def _unescape(body: str, offset: int) -> str:
    """Resolve the escape sequences of a string's body, which stands at ``offset`` of the text."""
    if "\\" not in body:
        return body

    def character(match: re.Match[str]) -> str:
        high, low, byte, short, long, octal, simple, _ = match.groups()
        start, end = offset + match.start(), offset + match.end()
        if simple:
            return _SIMPLE[simple]
        if high:
            return chr(0x10000 + ((int(high, 16) & 0x3FF) << 10) + (int(low, 16) & 0x3FF))
        digits = byte or short or long
        if not digits and not octal:
            hint = "double the backslash, or write a raw string r'…'"
            raise refuse("RF201", f"`{match[0]}` is no escape sequence", start, end, hint)
        point = int(digits, 16) if digits else int(octal, 8)
        if point > 0x10FFFF or 0xD800 <= point <= 0xDFFF:
            raise refuse("RF213", f"`{match[0]}` names no Unicode character", start, end)
        return chr(point)

    return _ESCAPE.sub(character, body)
