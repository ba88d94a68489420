from __future__ import annotations

import json

import pytest

from rulesflow.model.diagnostics import Diagnostic, Severity, Span
from rulesflow.model.rendering import WIDTH, as_dict, as_github, as_sarif, as_text, tally

FILE = "region/eu/refund.yaml"


def found(line: int, column: int, end: int, file: str = FILE, **more: object) -> Diagnostic:
    fields = {"code": "RF203", "message": "unknown field order.totl", "hint": "did you mean order.total?"}
    return Diagnostic(span=Span(file, line, column, end), **(fields | more))  # type: ignore[arg-type]


def excerpt(text: str, start: str) -> list[str]:
    """The two lines of the excerpt of a one-line file in which ``start`` is what is wrong."""
    column = text.index(start) + 1
    shown = as_text([found(1, column, column + len(start))], {FILE: text.encode()})
    return shown.splitlines()[1:]


def test_a_diagnostic_is_shown_with_its_line_and_a_mark_under_the_place() -> None:
    lines = ["decision: refund"] * 11 + ['    when: {order.totl: "<= 100"}', "# end"]
    shown = as_text([found(12, 12, 22)], {FILE: "\n".join(lines).encode()})
    assert shown.splitlines() == [
        "region/eu/refund.yaml:12:12: error RF203 unknown field order.totl; did you mean order.total?",
        '   12 |     when: {order.totl: "<= 100"}',
        "      |            ^~~~~~~~~~",
    ]


def test_a_diagnostic_without_hint_and_without_file_is_one_line() -> None:
    shown = as_text([found(3, 4, 5, hint=None, severity=Severity.WARNING)], {})
    assert shown == "region/eu/refund.yaml:3:4: warning RF203 unknown field order.totl\n"


def test_no_diagnostics_are_no_text() -> None:
    assert as_text([], {}) == ""


def test_what_concerns_the_whole_file_has_no_excerpt() -> None:
    assert as_text([found(1, 1, 1)], {FILE: b"decision: refund\n"}).count("\n") == 1


def test_a_cell_of_a_workbook_has_no_excerpt() -> None:
    shown = as_text([found(2, 3, 4, "base/a.xlsx")], {"base/a.xlsx": b"PK\x03\x04\nsecond line"})
    assert shown.count("\n") == 1


@pytest.mark.parametrize(
    ("text", "mark"),
    [
        ("\tname: bad", "          ^~~"),
        ("名前: bad", "      ^~~"),  # two characters, each two columns wide
        ("cafe\u0301: bad", "      ^~~"),  # an accent that takes no column of its own
        ("😀: bad", "    ^~~"),
        ("a\x07b: bad", "     ^~~"),  # a bell, shown as one replacement character
    ],
)
def test_the_mark_stays_under_the_place_behind_odd_characters(text: str, mark: str) -> None:
    shown, below = excerpt(text, "bad")
    assert below == "      | " + mark
    assert shown.endswith("bad")
    assert "\t" not in shown
    assert "\x07" not in shown


def test_a_wide_place_is_marked_to_its_last_column() -> None:
    assert excerpt("a: 名前 # b", "名前")[1] == "      |    ^~~~"


@pytest.mark.parametrize("before", [0, 30, 300, 3000])
@pytest.mark.parametrize("after", [0, 30, 300, 3000])
def test_a_long_line_is_cut_around_the_place(before: int, after: int) -> None:
    shown, below = (line[8:] for line in excerpt("b" * before + "WRONG" + "a" * after, "WRONG"))
    assert len(shown) <= WIDTH + 2
    assert shown[below.index("^") :].startswith("WRONG")
    assert below.endswith("^~~~~")
    assert shown.startswith("…") == (before > 100)
    assert shown.endswith("…") == (after > 100)


def test_a_place_longer_than_what_is_shown_is_marked_as_far_as_that() -> None:
    shown, below = excerpt("x" * 500, "x" * 500)
    assert len(below) == len(shown) - 1  # the mark does not run under the ellipsis


@pytest.mark.parametrize("line", [2, 3, 99])
def test_a_place_behind_the_end_of_a_file_does_no_harm(line: int) -> None:
    assert as_text([found(line, 1, 1)], {FILE: b"one\n"}).startswith(f"{FILE}:{line}:1: error")


def test_a_place_behind_the_end_of_a_line_is_marked_there() -> None:
    shown = as_text([found(1, 4, 4)], {FILE: b"one\r\ntwo"}).splitlines()
    assert shown[1:] == ["    1 | one", "      |    ^"]


def test_a_byte_order_mark_and_a_bad_byte_do_not_move_the_mark() -> None:
    shown = as_text([found(1, 4, 5)], {FILE: b"\xef\xbb\xbfab\xffc"}).splitlines()
    assert shown[1:] == ["    1 | ab\N{REPLACEMENT CHARACTER}c", "      |    ^"]


def test_line_numbers_of_many_digits_keep_the_frame_straight() -> None:
    shown = as_text([found(123_456, 1, 3)], {FILE: b"\n" * 123_455 + b"ab"}).splitlines()
    assert shown[1:] == ["123456 | ab", "       | ^~"]


def test_a_message_cannot_control_the_terminal() -> None:
    shown = as_text([found(1, 1, 1, message="the key \x1b[31mred\u202e stands twice")], {})
    assert "\\x1b[31mred\\u202e stands twice" in shown


def test_a_style_sees_every_part() -> None:
    marked = as_text([found(1, 2, 3)], {FILE: b"abc"}, lambda role, text: f"<{role}>{text}</>")
    assert marked.splitlines() == [
        "<place>region/eu/refund.yaml:1:2:</> <error>error</> <code>RF203</> unknown field order.totl"
        "<hint>; did you mean order.total?</>",
        "<frame>    1 | </>abc",
        "<frame>      | </> <mark>^</>",
    ]


def test_as_dict_has_what_the_api_shows() -> None:
    assert as_dict(found(3, 4, 9)) == {
        "code": "RF203",
        "severity": "error",
        "file": FILE,
        "line": 3,
        "column": 4,
        "message": "unknown field order.totl",
        "hint": "did you mean order.total?",
    }


def test_github_annotations_name_the_file_as_the_repository_does() -> None:
    assert as_github([found(3, 4, 9)], "shop/rules") == (
        "::error file=shop/rules/region/eu/refund.yaml,line=3,col=4,endColumn=9,title=RF203"
        "::unknown field order.totl; did you mean order.total?\n"
    )


def test_github_annotations_escape_what_would_end_them() -> None:
    shown = as_github([found(1, 1, 2, "a,b:c%.yaml", message="50% off\r\n::error::fake", hint=None)])
    assert shown.startswith("::error file=a%2Cb%3Ac%25.yaml,")
    assert shown.endswith("::50%25 off%0D%0A::error::fake\n")
    assert shown.count("\n") == 1


def sarif(*diagnostics: Diagnostic, base: str = "") -> dict[str, object]:
    log = json.loads(as_sarif(diagnostics, "1.2.3", base))
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    return run  # type: ignore[no-any-return]


def test_sarif_names_the_tool_each_code_once_and_every_place() -> None:
    run = sarif(
        found(3, 4, 9), found(5, 1, 1, code="RF001", severity=Severity.WARNING), found(9, 1, 2), base="rules"
    )
    assert run["tool"] == {
        "driver": {"name": "rulesflow", "version": "1.2.3", "rules": [{"id": "RF001"}, {"id": "RF203"}]}
    }
    assert run["columnKind"] == "unicodeCodePoints"
    first, second, third = run["results"]  # type: ignore[misc]
    assert [each["ruleIndex"] for each in (first, second, third)] == [1, 0, 1]
    assert (first["level"], second["level"]) == ("error", "warning")
    (location,) = first["locations"]
    assert location["physicalLocation"] == {
        "artifactLocation": {"uri": "rules/region/eu/refund.yaml"},
        "region": {"startLine": 3, "startColumn": 4, "endColumn": 9},
    }


def test_sarif_without_findings_is_a_run_without_results() -> None:
    assert sarif()["results"] == []


@pytest.mark.parametrize(
    ("base", "uri"),
    [
        ("my rules", "my%20rules/a%23b.yaml"),
        ("/srv/rules", "file:///srv/rules/a%23b.yaml"),
        ("", "a%23b.yaml"),
    ],
)
def test_sarif_places_are_uris(base: str, uri: str) -> None:
    (result,) = sarif(found(1, 1, 1, "a#b.yaml"), base=base)["results"]  # type: ignore[misc, attr-defined]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == uri


def test_tally_counts_errors_and_warnings() -> None:
    warning = found(1, 1, 1, severity=Severity.WARNING)
    error = found(1, 1, 1)
    assert tally([error, warning, error]) == "2 errors, 1 warning"
    assert tally([warning]) == "1 warning"
    assert tally([]) == ""
