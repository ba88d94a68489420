"""A sheet: a header and rows of cells, from whichever kind of file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

from rulesflow.documents.nodes import Scalar
from rulesflow.model.diagnostics import Diagnostic, Span

Row: TypeAlias = tuple[Scalar, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a table file holds. Every row has as many cells as the header; empty rows are left out.

    A cell's value is its text, ``""`` if it is empty. ``row[0].span.line`` is the number of a row: in a CSV
    file the line where it starts, in a workbook the row number that the program shows. The column is that of
    the character in a CSV file, and that of the cell (A is 1) in a workbook.
    """

    header: Row
    rows: tuple[Row, ...]
    diagnostics: tuple[Diagnostic, ...]


def sheet_of(file: str, rows: Iterable[Row], diagnostics: Iterable[Diagnostic]) -> Sheet:
    """Make a sheet of the rows of a file, the header first, and of what was found while reading it.

    RF007 if there is no header, RF010 for a column with no name or with the name of another, RF014 for a row
    of another length (such rows are left out). Empty cells at the end of a row do not count.
    """
    filled = (row for row in rows if any(cell.text for cell in row))
    header = _without_tail(next(filled, ()), 0)
    found = list(diagnostics)
    kept = []
    for whole in filled:
        row = _without_tail(whole, len(header))
        fault = _length_fault(header, row)
        if fault is None:
            kept.append(row)
        else:
            found.append(fault)
    if not header and not found:
        found.append(Diagnostic("RF007", "the table is empty", Span(file, 1, 1, 1), "it needs a header row"))
    found.extend(_header_faults(header))
    return Sheet(header, tuple(kept), tuple(sorted(found, key=lambda d: d.order)))


def _without_tail(row: Row, width: int) -> Row:
    """The row without empty cells at its end, as far as it is longer than ``width``."""
    end = len(row)
    while end > width and not row[end - 1].text:
        end -= 1
    return row[:end]


def _length_fault(header: Row, row: Row) -> Diagnostic | None:
    if len(row) == len(header):
        return None
    message = f"the row has {len(row)} cells, the header has {len(header)}"
    if len(row) > len(header):
        hint = "a cell that holds the separator must stand in quotes"
        return Diagnostic("RF014", message, row[len(header)].span, hint)
    last = row[-1].span
    place = Span(last.file, last.line, last.end, last.end)
    return Diagnostic("RF014", f"{message}: {header[len(row)].text!r} is missing", place)


def _header_faults(header: Row) -> Iterable[Diagnostic]:
    seen: dict[str, int] = {}
    for number, cell in enumerate(header, start=1):
        if not cell.text:
            yield Diagnostic("RF010", f"column {number} has no name", cell.span, "name it or remove it")
        elif cell.text in seen:
            message = f"column {number} is named {cell.text!r}, as column {seen[cell.text]} is"
            yield Diagnostic("RF010", message, cell.span)
        seen.setdefault(cell.text, number)
