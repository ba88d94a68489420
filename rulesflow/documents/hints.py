"""Hints for YAML's syntax errors: the few traps into which conditions, written as plain values, fall."""

from __future__ import annotations

import re

#: A character that means something to YAML, where a value begins.
_INDICATOR = re.compile(r"(?:^\s*|:\s+|-\s+|[,{\[]\s*)([!&*>|%@`])")
_QUOTED = re.compile(r"'[^']*'|\"(?:\\.|[^\"\\])*\"")
_GOES_ON = re.compile(r"(?:^\s*|[:-]\s+)(?:__+|\[[^\]]*\]|\{[^}]*\})\s*[^\s,\]}#:]")

_STARTS_ANEW = re.compile(r"\s*(?:-\s|[^\s'\"]+:)")
_WINDOW = 500


def hint_for(text: str, problem: str, at: int, since: int) -> str | None:
    """How to mend a syntax error, if its line shows a usual cause.

    ``problem`` is libyaml's message, ``at`` the offset where it gave up, ``since`` the offset where what it
    was reading began.
    """
    line = _line(text, at)
    if "\t" in line[: len(line) - len(line.lstrip())]:
        return "indent with spaces, not tabs"
    if "end of stream" in problem and text[since : since + 1] in ("'", '"'):
        return f"close the quote {text[since]} that opens in line {text.count(chr(10), 0, since) + 1}"
    if "mapping values" in problem:
        return "quote a value that holds ': '; indent keys of one mapping alike"
    if not _STARTS_ANEW.match(line) and _comment_above(text, at):
        return "a value ends at ' #', where a comment begins; quote a value that holds it"
    return _trap(line) or _trap(_line(text, since))


def quote_hint(character: str) -> str:
    """The hint for a value that starts with a character which means something to YAML."""
    return f"quote a value that starts with {character}, as in {_in_quotes(character)}"


def unclosed_hint(opening: str) -> str:
    """The hint for a bracket that is still open when the next line begins."""
    return f"close the {opening} with {'}' if opening == '{' else ']'}"


def _in_quotes(character: str) -> str:
    return f"'{character}…'"


def _trap(line: str) -> str | None:
    bare = _QUOTED.sub(lambda quoted: "_" * len(quoted[0]), line)
    indicator = _INDICATOR.search(bare)
    if indicator:
        return quote_hint(indicator[1])
    if _GOES_ON.search(bare):
        return "the value goes on behind its closing quote or bracket; put all of it in quotes"
    return None


def _comment_above(text: str, at: int) -> bool:
    """Whether the line above has a comment behind a value, so that this line may be the rest of the value."""
    head = text.rfind("\n", 0, at) + 1
    return re.search(r"\S[ \t]+#", _line(text, max(head - 1, 0))) is not None


def _line(text: str, at: int) -> str:
    """The line around a place, no more than `_WINDOW` either way: searching it must stay cheap."""
    stop = text.find("\n", at, at + _WINDOW)
    start = text.rfind("\n", max(at - _WINDOW, 0), at) + 1 or max(at - _WINDOW, 0)
    return text[start : stop if stop >= 0 else at + _WINDOW]
