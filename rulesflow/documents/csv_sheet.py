"""CSV (RFC 4180), with ``,`` or ``;`` between cells as the header line tells.

The standard library's reader knows no columns, so cells are found here. As there, a quote inside of a cell
that does not begin with one is an ordinary character; blanks around a cell are dropped, within quotes kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from rulesflow.documents.nodes import Scalar, Source, span_of
from rulesflow.documents.sheet import Row, Sheet, sheet_of
from rulesflow.documents.text import TextRefused, decode
from rulesflow.model.diagnostics import Diagnostic

_QUOTED = r'"([^"]*+(?:""[^"]*+)*+)"'
_CELL = {
    separator: re.compile(rf"[ \t]*(?:{_QUOTED}[ \t]*|([^{separator}\n]*))(?P<end>{separator}|\r?\n|\Z)")
    for separator in (",", ";")
}
_HEADER_LINE = re.compile(r"\S[^\n]*")


def read_csv(data: bytes, file: str) -> Sheet:
    """Read a table. ``file`` is its path from the project's root. Never raises; see `Sheet`.

    RF001 not UTF-8 or control characters, RF006 too large, RF007 empty, RF010 a quote that is not closed and
    faults of the header, RF014 a row that is too short or too long.
    """
    try:
        text = decode(data, file)
    except TextRefused as refused:
        return Sheet((), (), (refused.diagnostic,))
    found: list[Diagnostic] = []
    rows = list(_rows(text, file, found))
    return sheet_of(file, rows, found)


def _separator(text: str) -> str:
    """The one that occurs more often in the header line, outside of quotes."""
    line = _HEADER_LINE.search(text)
    bare = re.sub(_QUOTED, "", line[0]) if line else ""
    return ";" if bare.count(";") > bare.count(",") else ","


def _rows(text: str, file: str, found: list[Diagnostic]) -> Iterator[Row]:
    """The rows up to the end of the file, or to the first quote that makes no sense."""
    pattern = _CELL[_separator(text)]
    source = Source(file, text)
    cells: list[Scalar] = []
    position = 0
    while position < len(text):
        match = pattern.match(text, position)
        assert match is not None  # the second form matches any text
        if match[2] is not None and match[2].startswith('"'):
            found.append(_quote_fault(text, file, match.start(2)))
            return
        cells.append(_cell(source, match))
        position = match.end()
        if match["end"].endswith("\n") or (not match["end"] and position == len(text)):
            yield tuple(cells)
            cells = []
    if cells:  # the file ends with a separator
        yield (*cells, Scalar("", "", source, position, position, "cell"))


def _cell(source: Source, match: re.Match[str]) -> Scalar:
    if match[1] is None:
        start, content = match.start(2), match[2].rstrip(" \t\r")
        return Scalar(content, content, source, start, start + len(content), "cell")
    content = match[1].replace('""', '"')
    return Scalar(content, content, source, match.start(1) - 1, match.end(1) + 1, "quoted cell")


def _quote_fault(text: str, file: str, start: int) -> Diagnostic:
    quoted = re.compile(_QUOTED).match(text, start)
    place = span_of(file, text, start, start + 1)
    if quoted is None:
        return Diagnostic(
            "RF010", "the quote is never closed", place, 'a quote inside of quotes is written ""'
        )
    line = place.line + quoted[0].count("\n")
    message = f"text follows the quotes that close in line {line}"
    return Diagnostic(
        "RF010", message, place, 'put the whole cell in quotes, and write "" for a quote inside'
    )
