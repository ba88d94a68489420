"""Workbooks (Office Open XML): the first sheet, every cell as a reader of the sheet sees it."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterator
from contextlib import closing
from datetime import date, datetime, time as clock, timedelta
from io import BytesIO
from typing import Any
from zipfile import BadZipFile, ZipFile

from openpyxl import load_workbook
from openpyxl.utils import get_column_letter, range_boundaries
from openpyxl.xml.functions import iterparse

from rulesflow.documents.nodes import Scalar, Spot
from rulesflow.documents.number_format import FormatRefused, displayed, shows_time
from rulesflow.documents.sheet import Row, Sheet, sheet_of
from rulesflow.documents.text import LARGEST, too_large
from rulesflow.model.diagnostics import Diagnostic, Span
from rulesflow.model.times import SECOND, Duration

#: How many bytes a workbook may have once it is unpacked.
LARGEST_UNPACKED = 64 * 1024 * 1024
#: How many cells, the empty ones before others included, and how many rows a sheet may have.
MOST_CELLS = 1_000_000
MOST_ROWS = 1_048_576
_OLE = b"\xd0\xcf\x11\xe0"
_ENCRYPTED = 1
# openpyxl warns of what it does not know in a file. Silencing warnings is not safe between threads, so one
# workbook is read at a time.
_QUIET = threading.Lock()


def read_xlsx(data: bytes, file: str) -> Sheet:
    """Read the first sheet. ``file`` is its path from the project's root. Never raises; see `Sheet`.

    RF001 not a workbook or encrypted, RF006 too large, RF007 empty, RF010 damaged, an error value or a
    number format that cannot be read, RF011 merged cells, RF012 a formula with no stored value, RF014 a row
    that is too long.
    """
    fault = _archive_fault(data, file)
    if fault is not None:
        return Sheet((), (), (fault,))
    found: list[Diagnostic] = []
    rows: list[Row] = []
    try:
        with _QUIET, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found.extend(_read(data, file, rows))
    except (
        Exception
    ) as error:  # openpyxl raises whatever comes, from KeyError to zlib.error, on damaged parts
        message = f"the workbook cannot be read: {type(error).__name__}: {str(error)[:200]}"
        hint = "open it in the spreadsheet program and save it again"
        return Sheet((), (), (Diagnostic("RF010", message, Span(file, 1, 1, 1), hint),))
    return sheet_of(file, _padded(rows), found)


def _archive_fault(data: bytes, file: str) -> Diagnostic | None:
    """What is wrong with the file as a ZIP archive, before anything in it is unpacked."""
    place = Span(file, 1, 1, 1)
    if len(data) > LARGEST:
        return too_large(file, len(data))
    if data.startswith(_OLE):
        message = "the workbook has a password, or it is in the old .xls format"
        return Diagnostic("RF001", message, place, "save it as .xlsx without a password")
    try:
        with ZipFile(BytesIO(data)) as archive:
            parts = archive.infolist()
    except (BadZipFile, ValueError, NotImplementedError, EOFError, OSError):
        return Diagnostic("RF001", "the file is not an .xlsx workbook", place, "save it again as .xlsx")
    if any(part.flag_bits & _ENCRYPTED for part in parts):
        return Diagnostic("RF001", "the workbook is encrypted", place, "save it without a password")
    # zipfile never unpacks more than a part says it holds, so this bounds what reading can cost.
    if sum(part.file_size for part in parts) > LARGEST_UNPACKED:
        message = f"the workbook unpacks to more than {LARGEST_UNPACKED // 1024 // 1024} MiB"
        return Diagnostic("RF006", message, place, "split it into several files")
    return None


def _read(data: bytes, file: str, rows: list[Row]) -> Iterator[Diagnostic]:
    """Fill ``rows``; yield what is wrong."""
    with (
        closing(load_workbook(BytesIO(data), read_only=True, data_only=True, keep_links=False)) as shown,
        closing(load_workbook(BytesIO(data), read_only=True, data_only=False, keep_links=False)) as written,
    ):
        if not shown.worksheets:
            yield Diagnostic("RF010", "the workbook has no sheet", Span(file, 1, 1, 1))
            return
        values, formulas = shown.worksheets[0], written.worksheets[0]
        yield from _merged(data, values, file)
        yield from _cells(values, formulas, file, rows)


def _merged(data: bytes, sheet: Any, file: str) -> Iterator[Diagnostic]:
    # openpyxl tells of merged cells only when it loads a sheet as a whole, and then builds each cell of a
    # range: one range over all columns and rows would take forever.
    with ZipFile(BytesIO(data)) as archive, archive.open(sheet._worksheet_path) as part:
        for _, element in iterparse(part):
            if element.tag.endswith("}mergeCell"):
                reference = element.attrib["ref"]
                column, row, _, _ = range_boundaries(reference)
                place = Span(file, row or 1, column or 1, (column or 1) + 1)
                hint = "unmerge them and write the value into each cell"
                yield Diagnostic("RF011", f"the cells {reference} are merged", place, hint)
            element.clear()


def _cells(values: Any, formulas: Any, file: str, rows: list[Row]) -> Iterator[Diagnostic]:
    for sheet in (values, formulas):
        sheet.reset_dimensions()  # what the file says of its size need not be true
    count = 0
    for number, (shown, written) in enumerate(zip(values.rows, formulas.rows, strict=True), start=1):
        count += len(shown)
        if number > MOST_ROWS or count > MOST_CELLS:
            message = f"the sheet has more than {MOST_CELLS:,} cells or {MOST_ROWS:,} rows"
            yield Diagnostic(
                "RF006", message, Span(file, number, 1, 1), "delete what stands far outside of it"
            )
            return
        found: list[Diagnostic] = []
        pairs = enumerate(zip(shown, written, strict=True), start=1)
        cells = (_cell(*pair, Span(file, number, column, column + 1), found) for column, pair in pairs)
        rows.append(tuple(cells))
        yield from found


def _cell(shown: Any, written: Any, place: Span, found: list[Diagnostic]) -> Scalar:
    try:
        text = _text(shown, computed=written.data_type == "f")
    except _CellFault as fault:
        message = f"the cell {get_column_letter(place.column)}{place.line} {fault}"
        found.append(Diagnostic(fault.code, message, place, fault.hint))
        text = ""
    return Scalar(text, text, Spot(place))


class _CellFault(Exception):  # a signal within this module
    def __init__(self, code: str, message: str, hint: str) -> None:
        super().__init__(message)
        self.code = code
        self.hint = hint


def _text(cell: Any, *, computed: bool) -> str:
    """What the cell shows."""
    value = cell.value
    if value is None:
        if computed and cell.data_type != "str":  # a stored empty text is a value
            hint = "open the file in the spreadsheet program and save it"
            raise _CellFault("RF012", "holds a formula with no stored value", hint)
        return ""
    if cell.data_type == "e":
        raise _CellFault("RF010", f"shows the error {value}", "mend its formula, or write the value")
    if isinstance(value, str):
        return value.strip(" \t\r\n")
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return _number(value, cell.number_format)
    return _moment(value, cell.number_format)


def _number(value: int | float, code: str) -> str:
    try:
        return displayed(value, code)
    except FormatRefused as refused:
        hint = "give it the format General, 0.00 or 0%"
        raise _CellFault("RF010", str(refused), hint) from None


def _moment(value: date | clock | timedelta, code: str) -> str:
    """A date, a time or both in ISO 8601, by what the format shows; a length of time as ``5400s``."""
    if isinstance(value, timedelta):
        return str(Duration(value // timedelta(microseconds=1) * (SECOND // 1_000_000)))
    if isinstance(value, datetime) and not shows_time(code):
        return value.date().isoformat()
    return value.isoformat()


def _padded(rows: list[Row]) -> Iterator[Row]:
    """The rows, none shorter than the first that holds anything: a sheet does not store its empty cells."""
    width = 0
    for row in rows:
        if not any(cell.text for cell in row):
            continue
        width = width or len(row)
        here = row[0].span
        missing = range(len(row) + 1, width + 1)
        yield (*row, *(Scalar("", "", Spot(Span(here.file, here.line, n, n + 1))) for n in missing))
