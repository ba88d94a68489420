"""Diagnostics: what is wrong with a file, where, and how to mend it.

A diagnostic has a stable code (``RF203``); every code stands in `CODES` and has a page under
``docs/diagnostics``. Loading reports all diagnostics, sorted, never the first only.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum

from rulesflow.model.errors import RulesflowError


class Severity(StrEnum):
    """An error keeps the files from being activated; a warning does not."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A place in a file. Lines and columns count from 1, columns in code points.

    ``end`` is the column after the last character, on the same line; what runs over several lines is
    marked to the end of its first line.
    """

    file: str
    line: int
    column: int
    end: int


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding. ``span.file`` is the path from the project's root, with forward slashes."""

    code: str
    message: str
    span: Span
    hint: str | None = None
    severity: Severity = Severity.ERROR

    @property
    def order(self) -> tuple[str, int, int, str]:
        """The sort key: by place, then by code."""
        return (self.span.file, self.span.line, self.span.column, self.code)


class LoadError(RulesflowError):
    """Files that cannot become a ruleset. ``diagnostics`` holds every finding, sorted."""

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics = tuple(sorted(diagnostics, key=lambda d: d.order))
        first = next((d for d in self.diagnostics if d.severity is Severity.ERROR), None)
        super().__init__(
            "no diagnostics"
            if first is None
            else f"{first.span.file}:{first.span.line}:{first.span.column}: {first.code} {first.message}"
        )


def closest(word: str, known: Iterable[str]) -> str | None:
    """The closest known word, whatever its capitals; None when nothing is close."""
    folded = {each.casefold(): each for each in sorted(known, reverse=True)}
    close = get_close_matches(word.casefold(), folded, n=1, cutoff=0.6)
    return folded[close[0]] if close else None


def did_you_mean(word: str, known: Iterable[str]) -> str | None:
    """A hint that names the closest known word; None when nothing is close."""
    close = closest(word, known)
    return f"did you mean {close}?" if close else None
