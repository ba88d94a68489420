from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from datetime import date, datetime, time as clock, timedelta
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st
from openpyxl import Workbook
from openpyxl.worksheet.datavalidation import DataValidation

from rulesflow.documents import xlsx_sheet
from rulesflow.documents.sheet import Sheet
from rulesflow.documents.xlsx_sheet import read_xlsx
from rulesflow.model.diagnostics import Diagnostic
from tests.effort import bounded

SHEET = "xl/worksheets/sheet1.xml"


def workbook(*rows: list[Any], prepare: Callable[[Any], None] = lambda sheet: None) -> bytes:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    prepare(sheet)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def with_part(data: bytes, change: Callable[[str], str], name: str = SHEET) -> bytes:
    """The workbook with one of its parts changed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            content = old.read(part)
            new.writestr(part, change(content.decode()) if part == name else content)
    return out.getvalue()


def texts(sheet: Sheet) -> list[list[str]]:
    return [[cell.text for cell in row] for row in (sheet.header, *sheet.rows)]


def read_cell(value: Any, number_format: str | None = None) -> str:
    def style(sheet: Any) -> None:
        if number_format is not None:
            sheet["A2"].number_format = number_format

    sheet = read_xlsx(workbook(["a", "b"], [value, "."], prepare=style), "t.xlsx")
    assert sheet.diagnostics == ()
    return sheet.rows[0][0].text


def only_finding(data: bytes) -> Diagnostic:
    found = read_xlsx(data, "t.xlsx").diagnostics
    assert len(found) == 1, found
    return found[0]


def test_the_first_sheet_is_read() -> None:
    def second(sheet: Any) -> None:
        sheet.parent.create_sheet("other").append(["not", "this"])

    sheet = read_xlsx(workbook(["when a", "then b"], ["> 1", "x"], prepare=second), "t.xlsx")
    assert sheet.diagnostics == ()
    assert texts(sheet) == [["when a", "then b"], ["> 1", "x"]]
    cell = sheet.rows[0][1]
    assert (cell.value, cell.quoted, cell.span.file) == ("x", False, "t.xlsx")
    assert (cell.span.line, cell.span.column) == (2, 2)
    assert cell.at(0, 1) == cell.span


@pytest.mark.parametrize(
    ("value", "number_format", "text"),
    [
        (100, None, "100"), (0.1 + 0.2, None, "0.3"), (12.5, "0.00", "12.50"),
        (1234.5, "#,##0.00 €", "1234.50"),
        (0.12, "0%", "0.12"), (1067, "00000", "01067"), (True, None, "true"), (False, None, "false"),
        ("  web \n", None, "web"), ("01", None, "01"), ("TRUE", None, "TRUE"),
        (date(2026, 11, 27), None, "2026-11-27"), (datetime(2026, 11, 27), "DD.MM.YYYY", "2026-11-27"),
        (datetime(2026, 11, 27, 8, 30), "yyyy-mm-dd hh:mm", "2026-11-27T08:30:00"),
        (datetime(2026, 11, 27), "yyyy-mm-dd hh:mm", "2026-11-27T00:00:00"),
        (clock(8, 30), None, "08:30:00"), (timedelta(hours=36), "[h]:mm", "129600s"),
    ],
)  # fmt: skip
def test_cells_are_read_as_displayed(value: Any, number_format: str | None, text: str) -> None:
    assert read_cell(value, number_format) == text


@given(st.floats(-1e12, 1e12).map(lambda x: float(f"{x:.12g}")))
@settings(deadline=None, max_examples=25)
def test_a_number_is_never_a_binary_float(value: float) -> None:
    assert float(read_cell(value)) == value
    assert len(re.sub(r"\D", "", read_cell(value)).strip("0")) <= 12


def test_empty_rows_and_columns_are_left_out_and_short_rows_filled() -> None:
    def style(sheet: Any) -> None:
        sheet["E3"].number_format = "0.00"

    data = workbook([], ["a", "b", "c"], [], [1], [None, 2, None, None], prepare=style)
    sheet = read_xlsx(data, "t.xlsx")
    assert sheet.diagnostics == ()
    assert texts(sheet) == [["a", "b", "c"], ["1", "", ""], ["", "2", ""]]
    assert [row[0].span.line for row in sheet.rows] == [4, 5]
    assert [cell.span.column for cell in sheet.rows[0]] == [1, 2, 3]


def test_a_cell_outside_of_the_header_is_told() -> None:
    finding = only_finding(workbook(["a"], [1, None, "stray"]))
    assert (finding.code, finding.span.line, finding.span.column) == ("RF014", 2, 2)


def test_columns_need_names_of_their_own() -> None:
    assert only_finding(workbook(["a", None, "b"], [1, 2, 3])).message == "column 2 has no name"
    assert only_finding(workbook(["a", "a"], [1, 2])).code == "RF010"
    assert only_finding(workbook()).code == "RF007"


def test_merged_cells_are_refused() -> None:
    data = workbook(["a", "b"], [1, 2], [3, 4], prepare=lambda sheet: sheet.merge_cells("A2:A3"))
    finding = read_xlsx(data, "t.xlsx").diagnostics[0]
    assert (finding.code, finding.span.line, finding.span.column) == ("RF011", 2, 1)
    assert "A2:A3" in finding.message


def test_one_merged_range_over_the_whole_sheet_does_not_hang() -> None:
    data = workbook(["a"], [1], [2], prepare=lambda sheet: sheet.merge_cells("A2:A3"))
    data = with_part(data, lambda xml: xml.replace("A2:A3", "A1:XFD1048576"))
    assert only_finding(data).code == "RF011"


def test_a_formula_gives_its_stored_value_or_is_refused() -> None:
    data = workbook(["a", "b"], ["=1+1", "=UPPER(A1)"])
    found = read_xlsx(data, "t.xlsx").diagnostics
    assert [(f.code, f.span.line, f.span.column) for f in found] == [("RF012", 2, 1), ("RF012", 2, 2)]
    assert "A2" in found[0].message
    formula = re.compile(r'<c r="(A2|B2)"([^>]*)><f>([^<]*)</f><v ?/?>(?:</v>)?</c>')

    def store(xml: str) -> str:
        stored = {
            "A2": '<c r="A2"><f>1+1</f><v>2</v></c>',
            "B2": '<c r="B2" t="str"><f>IF(1,"","x")</f><v></v></c>',
        }
        return formula.sub(lambda match: stored[match[1]], xml)

    sheet = read_xlsx(with_part(data, store), "t.xlsx")
    assert sheet.diagnostics == ()
    assert texts(sheet)[1] == ["2", ""]


def test_an_error_value_is_refused() -> None:
    finding = only_finding(workbook(["a", "b"], ["#DIV/0!", 1]))
    assert (finding.code, finding.span.line) == ("RF010", 2)
    assert "#DIV/0!" in finding.message


def test_a_number_format_that_hides_the_number_is_refused() -> None:
    def style(sheet: Any) -> None:
        sheet["A2"].number_format = "# ?/?"

    finding = only_finding(workbook(["a", "b"], [1.5, 1], prepare=style))
    assert finding.code == "RF010"
    assert "# ?/?" in finding.message


def test_what_openpyxl_warns_of_is_not_shown() -> None:
    def validate(sheet: Any) -> None:
        rule = DataValidation(type="list", formula1='"x,y"')
        rule.add("A2")
        sheet.add_data_validation(rule)

    extension = '<extLst><ext uri="{CCE6A557-97BC-4b89-ADB6-D9C93CAAB3DF}"/></extLst></worksheet>'
    data = workbook(["a", "b"], ["x", 1], prepare=validate)
    data = with_part(data, lambda xml: xml.replace("</worksheet>", extension))
    assert read_xlsx(data, "t.xlsx").diagnostics == ()


@pytest.mark.parametrize(
    ("data", "part"),
    [
        (b"", "not an .xlsx"),
        (b"a,b\n1,2\n", "not an .xlsx"),
        (b"PK\x03\x04" + b"\0" * 50, "not an .xlsx"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "password"),
    ],
)
def test_what_is_no_workbook_is_refused(data: bytes, part: str) -> None:
    finding = only_finding(data)
    assert finding.code == "RF001"
    assert part in finding.message


def test_an_encrypted_archive_is_refused() -> None:
    data = bytearray(workbook(["a"], [1]))
    for start in (match.start() for match in re.finditer(rb"PK\x01\x02", bytes(data))):
        data[start + 8] |= 1
    assert only_finding(bytes(data)).code == "RF001"


def test_another_kind_of_archive_is_refused() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("hello.txt", "hello")
    assert only_finding(out.getvalue()).code == "RF010"


def test_a_zip_bomb_is_not_unpacked() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(3):
            archive.writestr(f"{number}.xml", b" " * (25 * 1024 * 1024))
    finding = only_finding(out.getvalue())
    assert finding.code == "RF006"
    assert "unpacks" in finding.message
    assert only_finding(b"PK" + b" " * (16 * 1024 * 1024)).code == "RF006"


@pytest.mark.parametrize(
    "cell",
    [
        '<row r="999999999"><c r="A999999999"><v>1</v></c></row>',
        '<row r="nonsense"><c r="A3"><v>1</v></c></row>',
        '<row r="3"><c r="A3" t="s"><v>99</v></c></row>',
        '<row r="3"><c r="A3"><v>many</v></c></row>',
        '<row r="3"><c r="A3" s="77"><v>1</v></c></row>',
        '<row r="3"><c r="A3"><v>1</v>',
        '<row r="3"><c r="A3"><v>1e999</v></c></row>',
    ],
)
def test_damaged_cells_give_one_finding(cell: str) -> None:
    data = with_part(workbook(["a"], [1]), lambda xml: xml.replace("</sheetData>", f"{cell}</sheetData>"))
    with bounded():
        assert only_finding(data).code in ("RF006", "RF010")


def test_a_row_far_outside_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx_sheet, "MOST_CELLS", 50)
    data = workbook(["a"], [1], prepare=lambda sheet: sheet.cell(3, 60, "x"))
    finding = read_xlsx(data, "t.xlsx").diagnostics[0]
    assert (finding.code, finding.span.line) == ("RF006", 3)


def test_the_size_that_a_file_claims_is_not_believed() -> None:
    data = workbook(["a"], [1])
    data = with_part(
        data, lambda xml: re.sub(r'<dimension ref="[^"]*"', '<dimension ref="A1:XFD1048576"', xml)
    )
    sheet = read_xlsx(data, "t.xlsx")
    assert sheet.diagnostics == ()
    assert texts(sheet) == [["a"], ["1"]]


@given(st.integers(0, 5000), st.integers(0, 255))
@settings(deadline=None, max_examples=60)
def test_a_damaged_byte_never_raises(position: int, byte: int) -> None:
    data = bytearray(DAMAGED)
    data[position % len(data)] = byte
    read_xlsx(bytes(data), "t.xlsx")


DAMAGED = workbook(["a", "b"], [1, "x"], [date(2026, 1, 1), "=A1"])
