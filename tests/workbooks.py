"""Workbooks described as CSV, so that a page can show them.

``0.125 as 0.0%`` is a number with that number format, ``2026-11-27 as yyyy-mm-dd`` a date; ``=A2*2`` is a
formula of which no value is stored, as a program writes it that does not calculate.
"""

from __future__ import annotations

import csv
import re
from datetime import date
from io import BytesIO, StringIO

from openpyxl import Workbook
from openpyxl.cell.cell import Cell

_NUMBER = re.compile(r"-?\d+(\.\d+)?")


def workbook(described: str, merged: str | None = None) -> bytes:
    """The file. ``merged``: a range of cells such as ``A2:A3``."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for number, row in enumerate(csv.reader(StringIO(described)), start=1):
        for column, text in enumerate(row, start=1):
            _fill(sheet.cell(number, column), text)
    if merged:
        sheet.merge_cells(merged)
    stream = BytesIO()
    book.save(stream)
    return stream.getvalue()


def _fill(cell: Cell, text: str) -> None:
    value, _, form = text.partition(" as ")
    if form.startswith("yyyy"):
        cell.value = date.fromisoformat(value)
    elif _NUMBER.fullmatch(value):
        cell.value = float(value) if "." in value else int(value)
    else:
        cell.value = text or None
    if form:
        cell.number_format = form
