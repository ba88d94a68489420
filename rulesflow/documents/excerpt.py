"""Excerpts: what stands at a place of a file, with all that belongs to it."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

_TEXTS: Final = (".yaml", ".csv")
_MOST: Final = 200  # lines


class Excerpts:
    """Of the files of one folder, by path; each is split once. Of a workbook there are none."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._files = files
        self._lines: dict[str, Sequence[str]] = {}

    def item(self, file: str, line: int) -> str | None:
        """The item of a list, or the value of a key, one of whose keys stands on that line, from 1."""
        lines = self._of(file)
        if not 0 < line <= len(lines):
            return None
        if file.endswith(".csv"):
            return lines[line - 1]
        start = _beginning(lines, line - 1)
        return textwrap.dedent("\n".join(_belonging(lines, start)))

    def key(self, file: str, line: int) -> str | None:
        """What stands on that line, from 1, with what is indented below it."""
        lines = self._of(file)
        if not 0 < line <= len(lines):
            return None
        return textwrap.dedent("\n".join(_belonging(lines, line - 1)))

    def _of(self, file: str) -> Sequence[str]:
        if file not in self._lines:
            readable = file.endswith(_TEXTS) and file in self._files
            text = self._files[file].decode("utf-8-sig", "replace") if readable else None
            self._lines[file] = [] if text is None else text.replace("\r\n", "\n").split("\n")
        return self._lines[file]


def _beginning(lines: Sequence[str], at: int) -> int:
    """The line with the dash of the item that has a key there."""
    if lines[at].lstrip().startswith("- "):
        return at
    inner = _indent(lines[at])
    for above in range(at - 1, -1, -1):
        line = lines[above]
        if line.strip() and _indent(line) < inner:
            return above if line.lstrip().startswith("-") else at
    return at


def _belonging(lines: Sequence[str], start: int) -> Sequence[str]:
    """The line, and those below that are indented more, without blanks and comments behind them."""
    found = [lines[start], *_below(lines, start)]
    while len(found) > 1 and found[-1].lstrip()[:1] in ("", "#"):
        found.pop()
    return found


def _below(lines: Sequence[str], start: int) -> Iterator[str]:
    outer = _indent(lines[start])
    for line in lines[start + 1 : start + _MOST]:
        if line.strip() and _indent(line) <= outer:
            return
        yield line


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
