"""Diagnostics as people and programs read them: text, JSON, SARIF 2.1.0 and GitHub's workflow commands.

Pure functions. ``files`` are the bytes that the diagnostics speak of, by path, for the excerpts. ``base`` is
the way from the working directory to the folder of the files: whoever marks a place in a repository has to
know it.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from pathlib import PurePosixPath
from typing import Any, TypeAlias
from urllib.parse import quote

from rulesflow.model.diagnostics import Diagnostic, Severity, Span

#: Marks a piece of text as what it is (``place error warning code hint frame mark``), with colours, say.
Style: TypeAlias = Callable[[str, str], str]
#: Longer lines are cut around the place, to so many characters.
WIDTH = 100
_TAB = 4
_LONGEST = 400  # characters of a line that is given as a whole
_SHOWN_BEFORE = 40  # characters that stay in front of the place when a line is cut
_CUT = "…"
_HIDDEN = "\N{REPLACEMENT CHARACTER}"
_SARIF = "https://json.schemastore.org/sarif-2.1.0.json"


def unstyled(_: str, text: str) -> str:
    """The style without colours."""
    return text


def as_text(diagnostics: Iterable[Diagnostic], files: Mapping[str, bytes], style: Style = unstyled) -> str:
    """Each diagnostic with an excerpt of its file, a line end behind every line; ``""`` if there is none.

    Characters that would control a terminal are shown as their escapes.
    """

    @cache
    def lines(file: str) -> list[str]:
        return files[file].decode("utf-8-sig", "replace").split("\n")

    parts = []
    for found in diagnostics:
        parts.append(_headline(found, style))
        if found.span.file in files and not found.span.file.endswith(".xlsx"):
            parts.append(_excerpt(found.span, lines(found.span.file), style))
    return "".join(parts)


def as_dict(found: Diagnostic) -> dict[str, Any]:
    """``{code, severity, file, line, column, message, hint}``, as the REST API shows it."""
    return {
        "code": found.code,
        "severity": found.severity.value,
        "file": found.span.file,
        "line": found.span.line,
        "column": found.span.column,
        "message": found.message,
        "hint": found.hint,
    }


def line_of(found: Diagnostic, files: Mapping[str, bytes]) -> str | None:
    """The line that it speaks of, in which its column counts; None where it is no text, or too long."""
    span = found.span
    if span.file not in files or span.file.endswith(".xlsx") or _is_whole(span):
        return None
    lines = files[span.file].decode("utf-8-sig", "replace").split("\n")
    line = lines[span.line - 1].rstrip("\r") if span.line <= len(lines) else None
    return line if line is not None and len(line) <= _LONGEST else None


def as_github(diagnostics: Iterable[Diagnostic], base: str = "") -> str:
    """Workflow commands, one a line, which GitHub shows as annotations of the lines of a pull request."""
    return "".join(_annotation(found, base) for found in diagnostics)


def as_sarif(diagnostics: Iterable[Diagnostic], version: str, base: str = "") -> str:
    """One run of SARIF 2.1.0. ``version``: of rulesflow."""
    found = tuple(diagnostics)
    codes = sorted({each.code for each in found})
    driver = {"name": "rulesflow", "version": version, "rules": [{"id": code} for code in codes]}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(each, codes.index(each.code), base) for each in found],
    }
    return json.dumps({"$schema": _SARIF, "version": "2.1.0", "runs": [run]}, ensure_ascii=False, indent=2)


def counted(number: int, noun: str) -> str:
    """``1 error``, ``3 errors``."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def tally(diagnostics: Iterable[Diagnostic]) -> str:
    """``3 errors, 1 warning``; ``""`` if there is neither."""
    severities = [found.severity for found in diagnostics]
    counts = ((severities.count(severity), severity.value) for severity in Severity)
    return ", ".join(counted(number, noun) for number, noun in counts if number)


# Text


def _headline(found: Diagnostic, style: Style) -> str:
    span = found.span
    place = style("place", visible(f"{span.file}:{span.line}:{span.column}:"))
    kind = style(found.severity.value, found.severity.value)
    hint = style("hint", f"; {visible(found.hint)}") if found.hint else ""
    return f"{place} {kind} {style('code', found.code)} {visible(found.message)}{hint}\n"


def visible(text: str) -> str:
    """The text with each character that cannot be printed as its escape."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)


def _is_whole(span: Span) -> bool:
    """Whether the place means the file as a whole."""
    return span.line == span.column == 1 and span.end <= 1


def _excerpt(span: Span, lines: Sequence[str], style: Style) -> str:
    """The line and, below it, a mark; nothing for a place that means the file as a whole."""
    if span.line > len(lines) or _is_whole(span):
        return ""
    line = lines[span.line - 1].rstrip("\r")
    first = min(span.column - 1, len(line))
    start = max(0, min(first - _SHOWN_BEFORE, len(line) - WIDTH))
    end = min(start + WIDTH, len(line))
    before, after = _CUT if start else "", _CUT if end < len(line) else ""
    lead, marked = _shown(line[start:first]), _shown(line[first : min(span.end - 1, end)])
    number = f"{span.line:>5} | "
    text = f"{style('frame', number)}{before}{_shown(line[start:end]).rstrip()}{after}\n"
    blank = " " * (len(before) + _columns(lead))
    mark = style("mark", "^" + "~" * (_columns(marked) - 1))
    return f"{text}{style('frame', '| '.rjust(len(number)))}{blank}{mark}\n"


def _shown(text: str) -> str:
    """The text with every character shown in a width that one can know."""
    text = text.replace("\t", " " * _TAB)
    return text if text.isprintable() else "".join(char if char.isprintable() else _HIDDEN for char in text)


def _columns(text: str) -> int:
    """How many columns a text takes on a terminal."""
    return len(text) if text.isascii() else sum(map(_width, text))


def _width(char: str) -> int:
    if unicodedata.category(char) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


# GitHub and SARIF


def _annotation(found: Diagnostic, base: str) -> str:
    span = found.span
    properties = {
        "file": _path(span.file, base),
        "line": str(span.line),
        "col": str(span.column),
        "endColumn": str(max(span.end, span.column)),
        "title": found.code,
    }
    shown = ",".join(f"{name}={_escaped(value, ':,')}" for name, value in properties.items())
    return f"::{found.severity.value} {shown}::{_escaped(_sentence(found))}\n"


def _escaped(text: str, more: str = "") -> str:
    """GitHub's escapes: of line ends, and within a property also of what separates properties."""
    for char in "%\r\n" + more:
        text = text.replace(char, f"%{ord(char):02X}")
    return text


def _result(found: Diagnostic, rule: int, base: str) -> dict[str, Any]:
    span = found.span
    region = {"startLine": span.line, "startColumn": span.column, "endColumn": max(span.end, span.column)}
    location = {"artifactLocation": {"uri": _uri(_path(span.file, base))}, "region": region}
    return {
        "ruleId": found.code,
        "ruleIndex": rule,
        "level": found.severity.value,
        "message": {"text": _sentence(found)},
        "locations": [{"physicalLocation": location}],
    }


def _sentence(found: Diagnostic) -> str:
    return f"{found.message}; {found.hint}" if found.hint else found.message


def _path(file: str, base: str) -> str:
    return (PurePosixPath(base) / file).as_posix()


def _uri(path: str) -> str:
    """A path as a URI reference; an absolute one as a file's URI."""
    return f"file://{quote(path)}" if path.startswith("/") else quote(path)
