from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given, settings, strategies as st

from rulesflow.documents.csv_sheet import read_csv
from rulesflow.documents.nodes import Scalar
from rulesflow.documents.sheet import Sheet
from tests.effort import bounded


def read(text: str) -> Sheet:
    return read_csv(text.encode(), "t.csv")


def texts(sheet: Sheet) -> list[list[str]]:
    return [[cell.text for cell in row] for row in (sheet.header, *sheet.rows)]


def marked(source: str, cell: Scalar, start: int, end: int) -> str:
    place = cell.at(start, end)
    return source.split("\n")[place.line - 1][place.column - 1 : place.end - 1]


@pytest.mark.parametrize("separator", [",", ";"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_both_separators_line_ends_and_a_byte_order_mark(separator: str, line_end: str, mark: str) -> None:
    lines = [["when a", "then b"], ["> 1", "x"], ["", "y"]]
    sheet = read(mark + line_end.join(separator.join(line) for line in lines) + line_end)
    assert sheet.diagnostics == ()
    assert texts(sheet) == lines
    assert [(c.span.line, c.span.column, c.span.end) for c in sheet.header] == [(1, 1, 7), (1, 8, 14)]
    assert sheet.rows[0][1].value == "x"
    assert not sheet.rows[0][1].quoted


def test_the_header_line_decides_the_separator() -> None:
    assert texts(read("a;b\n1,5;2\n")) == [["a", "b"], ["1,5", "2"]]
    assert texts(read('"a;;;",b\n1;5,2\n')) == [["a;;;", "b"], ["1;5", "2"]]
    assert texts(read("\n \na\n1\n")) == [["a"], ["1"]]


def test_quoted_cells_hold_separators_quotes_and_line_ends() -> None:
    source = 'a,b\n"1, ""one""\nmore",x\n  " two " ,  y  \n'
    sheet = read(source)
    assert texts(sheet)[1:] == [['1, "one"\nmore', "x"], [" two ", "y"]]
    first, second = sheet.rows
    assert (first[0].span.line, first[0].span.column, first[0].span.end) == (2, 1, 12)
    assert (first[1].span.line, first[1].span.column) == (3, 7)
    assert (second[0].span.line, second[0].span.column, second[1].span.column) == (4, 3, 14)
    assert marked(source, first[0], 4, 7) == "one"
    assert marked(source, first[0], 9, 13) == "more"
    assert marked(source, second[1], 0, 1) == "y"


def test_a_cell_without_a_comment_sign_is_never_cut() -> None:
    assert not read("a\nx #1\n").rows[0][0].cut


def test_a_quote_within_a_cell_is_an_ordinary_character() -> None:
    assert texts(read('a,b\nx == "y",1\n'))[1] == ['x == "y"', "1"]


def test_empty_lines_and_rows_are_left_out() -> None:
    sheet = read("a,b\n\n1,2\n,\n  \n3,4")
    assert texts(sheet) == [["a", "b"], ["1", "2"], ["3", "4"]]
    assert [row[0].span.line for row in sheet.rows] == [3, 6]
    assert sheet.diagnostics == ()


def test_empty_columns_at_the_end_do_not_count() -> None:
    sheet = read("a,b,,\n1,2,,\n3,4\n5,,,\n6,")
    assert sheet.diagnostics == ()
    assert texts(sheet) == [["a", "b"], ["1", "2"], ["3", "4"], ["5", ""], ["6", ""]]


def test_a_short_row_names_the_missing_column() -> None:
    sheet = read("a,b,c\n1,2,3\n4,5\n")
    (found,) = sheet.diagnostics
    assert (found.code, found.span.line, found.span.column) == ("RF014", 3, 4)
    assert "'c' is missing" in found.message
    assert len(sheet.rows) == 1


def test_a_long_row_points_at_the_first_cell_too_many() -> None:
    (found,) = read("a,b\n1,5,2\n").diagnostics
    assert (found.code, found.span.line, found.span.column) == ("RF014", 2, 5)
    assert "quotes" in (found.hint or "")


@pytest.mark.parametrize(
    ("text", "code", "line", "column", "part"),
    [
        ("", "RF007", 1, 1, "empty"),
        ("\n \n,,\n", "RF007", 1, 1, "empty"),
        ("a,,b\n1,2,3\n", "RF010", 1, 3, "column 2 has no name"),
        ("a,b,a\n1,2,3\n", "RF010", 1, 5, "as column 1 is"),
        ('a,b\n1,"2\n3,4\n', "RF010", 2, 3, "never closed"),
        ('a,b\n1,"2"3\n', "RF010", 2, 3, "text follows"),
        ('a,"b\n1,2\n', "RF010", 1, 3, "never closed"),
        ("a,b\n1,\x002\n", "RF001", 2, 3, "U+0000"),
        ("a,b\r1,2\r", "RF001", 1, 4, "carriage return"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(
    text: str, code: str, line: int, column: int, part: str
) -> None:
    (found,) = read(text).diagnostics
    assert (found.code, found.span.line, found.span.column) == (code, line, column)
    assert part in found.message


def test_other_encodings_are_refused() -> None:
    (found,) = read_csv("a,ü\n".encode("latin-1"), "t.csv").diagnostics
    assert (found.code, found.span.column) == ("RF001", 3)


CELLS = st.text(alphabet="ab1,;\"'\n é😀", max_size=8)


@settings(deadline=None)
@given(st.integers(1, 4).flatmap(lambda n: st.lists(st.lists(CELLS, min_size=n, max_size=n), max_size=6)))
def test_what_the_standard_library_writes_is_read_back(rows: list[list[str]]) -> None:
    header = [f"c{number}" for number in range(len(rows[0]) if rows else 1)]
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL, delimiter=";").writerows([header, *rows])
    sheet = read(out.getvalue())
    assert sheet.diagnostics == ()
    assert texts(sheet) == [header, *(row for row in rows if any(row))]
    source = out.getvalue()
    for row in sheet.rows:
        for cell in row:
            for index, character in enumerate(cell.text):
                if character.isalnum():
                    assert marked(source, cell, index, index + 1) == character


@settings(deadline=None)
@given(st.text(alphabet='a1,;"\n \t', max_size=40))
def test_any_text_is_read_as_the_standard_library_does_or_refused(text: str) -> None:
    sheet = read("a;b\n" + text)
    if any(found.code == "RF010" for found in sheet.diagnostics):
        return
    peer = csv.reader(io.StringIO(text, newline=""), delimiter=";", skipinitialspace=True)
    cells = [[cell.strip() for cell in row] for row in peer]
    if "\t" not in text and '" ' not in text:
        kept = [row for row in cells if any(row) and (len(row) == 2 or (len(row) > 2 and not any(row[2:])))]
        ours = [[cell.text.strip() for cell in row] for row in sheet.rows]
        assert ours == [row[:2] for row in kept]


@pytest.mark.parametrize("text", ['"' * 300_001, '"a' * 100_000, "," * 300_000, "a,b\n" + '"x,' * 100_000])
def test_a_hostile_file_is_read_quickly(text: str) -> None:
    with bounded():
        read(text)
