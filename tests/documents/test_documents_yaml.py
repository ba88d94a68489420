from __future__ import annotations

from decimal import Decimal

import pytest
import yaml
from hypothesis import given, settings, strategies as st

from rulesflow.documents.nodes import Mapping, plain
from rulesflow.documents.yaml import DEEPEST, read_yaml
from rulesflow.model.diagnostics import Diagnostic
from tests.effort import bounded


def value_of(text: str) -> object:
    document = read_yaml(text.encode(), "f.yaml")
    assert document.diagnostics == ()
    assert document.root is not None
    return plain(document.root)


def only_finding(data: bytes | str) -> Diagnostic:
    found = read_yaml(data if isinstance(data, bytes) else data.encode(), "f.yaml").diagnostics
    assert len(found) == 1, found
    return found[0]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None), ("~", None), ("null", None), ("true", True), ("false", False),
        ("Null", "Null"), ("True", "True"), ("NO", "NO"), ("on", "on"), ("yes", "yes"),
        ("2026-11-27", "2026-11-27"), ("12:30:45", "12:30:45"), ("1_000", "1_000"),
        ("12", 12), ("+12", 12), ("-12", -12), ("007", 7), ("0o17", 15), ("0x1F", 31),
        ("9" * 34, 10**34 - 1), ("1.50", Decimal("1.5")), (".5", Decimal("0.5")), ("5.", 5), ("1e3", 1000),
        ("1.0", 1), ("-0", 0), ("0b1", "0b1"), ("1.2.3", "1.2.3"), (".", "."), ("-", [None]), ("+", "+"),
        ('"12"', "12"), ("'true'", "true"), ('""', ""), ("١٢", "١٢"),
    ],
)  # fmt: skip
def test_scalars_follow_the_core_schema(text: str, value: object) -> None:
    got = value_of(f"a: {text}\n") if text != "-" else value_of("a:\n  -\n")
    assert got == {"a": value}
    assert isinstance(got, dict)
    assert type(got["a"]) is type(value)


def test_a_decimal_is_never_a_binary_float() -> None:
    assert value_of("0.1") == Decimal("0.1")


@pytest.mark.parametrize("text", [".inf", "-.INF", ".nan", "1e6145", "1" * 35, "0x" + "f" * 40])
def test_a_number_that_is_not_exact_is_refused(text: str) -> None:
    found = only_finding(f"a: 1\nb: {text}\n")
    assert (found.code, found.span.line, found.span.column) == ("RF102", 2, 4)


@pytest.mark.parametrize(
    ("text", "code", "line", "column"),
    [
        ("", "RF007", 1, 1),
        ("# nothing but a comment\n", "RF007", 1, 1),
        ("---\n", "RF007", 1, 1),
        ("a: 1\n---\nb: 2\n", "RF004", 2, 1),
        ("%YAML 1.2\n---\na: 1\n", "RF004", 1, 1),
        ("a: &x 1\n", "RF004", 1, 4),
        ("a: *x\n", "RF004", 1, 4),
        ("a: !!str 1\n", "RF004", 1, 4),
        ("a: ! 1\n", "RF004", 1, 4),
        ("a: !x {}\n", "RF004", 1, 4),
        ("a:\n  <<: {b: 1}\n", "RF004", 2, 3),
        ("a: 1\n1: b\n", "RF102", 2, 1),
        ("true: b\n", "RF102", 1, 1),
        ("? [a]\n: b\n", "RF102", 1, 3),
        ("\ta: 1\n", "RF002", 1, 1),
        ("a: [1\n", "RF002", 1, 4),
        ("a: x\0y\n", "RF001", 1, 5),
        ("a: x\u2028y\n", "RF001", 1, 5),
        ("a: x\x85y\n", "RF001", 1, 5),
        ("a: 1\rb: 2\n", "RF001", 1, 5),
    ],
)
def test_what_is_refused_is_named_with_its_place(text: str, code: str, line: int, column: int) -> None:
    found = only_finding(text)
    assert (found.code, found.span.line, found.span.column) == (code, line, column)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("a: ü".encode("latin-1"), "not UTF-8: byte 0xFC"),
        ("a: b".encode("utf-16"), "UTF-16"),
        (b"a: \xed\xa0\x80", "not UTF-8"),
    ],
)
def test_other_encodings_are_named(data: bytes, message: str) -> None:
    found = only_finding(data)
    assert found.code == "RF001"
    assert message in found.message


def test_a_byte_order_mark_moves_no_column() -> None:
    document = read_yaml(b"\xef\xbb\xbfa: b\r\nc: d\r\n", "f.yaml")
    assert isinstance(document.root, Mapping)
    assert [(e.key.span.line, e.key.span.column) for e in document.root.entries] == [(1, 1), (2, 1)]


def test_columns_count_code_points() -> None:
    document = read_yaml("{ä😀: x, b: y}".encode(), "f.yaml")
    assert isinstance(document.root, Mapping)
    last = document.root.entries[1]
    assert (last.key.span.column, last.value.span.column, last.value.span.end) == (9, 12, 13)


def test_a_second_key_names_the_line_of_the_first() -> None:
    found = only_finding("a: 1\nb:\n  a: 1\na: 2\n")
    assert (found.code, found.span.line) == ("RF003", 4)
    assert "line 1" in found.message


def test_every_finding_is_reported_in_order() -> None:
    found = read_yaml(b"a: .inf\nb: &x 1\nb: *x\n1: 2\n", "f.yaml").diagnostics
    assert [(d.span.line, d.code) for d in found] == [
        (1, "RF102"), (2, "RF004"), (3, "RF003"), (3, "RF004"), (4, "RF102"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("when: !customer.vip\n", "starts with !"),
        ("when: !customer.vip && x\n", "starts with !"),
        ("- when: {a: !b.c}\n", "starts with !"),
        ("when:\n  - !a && b\n", "starts with !"),
        ("when: > 100\n", "starts with >"),
        ("when: {a: > 100}\n", "starts with >"),
        ("when: *\n", "starts with *"),
        ("when: @home\n", "starts with @"),
        ('when: a == "b: c"\n', "holds ': '"),
        ('when: "a" == b\n', "quotes"),
        ("when: [1, 2].exists(x, x > 1)\n", "quotes"),
        ("when: a #1\n  || b\nthen: 1\n", "' #'"),
        ("when: 'a\nthen: b\n", "opens in line 1"),
        ("a:\n\tb: 1\n", "not tabs"),
    ],
)
def test_the_usual_traps_have_a_hint(text: str, hint: str) -> None:
    found = only_finding(text)
    assert found.code in ("RF002", "RF004")
    assert hint in (found.hint or "")


def test_nesting_is_allowed_up_to_the_limit() -> None:
    at_limit = "[" * DEEPEST + "]" * DEEPEST
    assert read_yaml(at_limit.encode(), "f.yaml").diagnostics == ()
    assert only_finding(f"[{at_limit}]").code == "RF005"
    assert only_finding("- " * (DEEPEST + 1)).code == "RF005"


def test_a_file_over_the_limit_is_not_parsed() -> None:
    assert only_finding(b"[" * (16 * 1024 * 1024 + 1)).code == "RF006"


HOSTILE = {
    "brackets": "[" * 100_000,
    "braces": "{" * 100_000,
    "dashes": "- " * 50_000,
    "question marks": "? " * 50_000,
    "brackets by line": "[\n" * 50_000,
    "an alias to itself": "&a [*a]",
    "a billion laughs": "a: &a [x, x]\n" + "".join(f"b{i}: &b{i} [{'*a,' * 9}]\n" for i in range(9)),
    "exclamation marks": "!" * 100_000,
    "quotes": '"' * 100_001,
    "open quote": "'" * 100_001,
    "unclosed lists": "a: " + "x: [" * 25_000,
    "anchors": "&a " * 30_000,
    "directives": "%TAG !a! x\n" * 10_000,
    "documents": "---\n" * 30_000,
    "a long key": "x" * 100_000 + ": y: z",
    "one key many times": "a:\n" * 30_000,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_file_is_refused_quickly(text: str) -> None:
    with bounded():
        assert read_yaml(text.encode(), "f.yaml").diagnostics


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_give_a_document_or_a_finding(data: bytes) -> None:
    document = read_yaml(data, "f.yaml")
    assert document.root is not None or document.diagnostics


@settings(deadline=None)
@given(st.text(alphabet="ab1 \n\t:-?[]{},#&*!|>'\"%@`.~\\<é😀", max_size=60))
def test_any_text_gives_a_document_or_a_finding(text: str) -> None:
    document = read_yaml(text.encode(), "f.yaml")
    assert document.root is not None or document.diagnostics
    lines = text.split("\n")
    for finding in document.diagnostics:
        assert 1 <= finding.span.line <= len(lines) + 1
        assert finding.span.end >= finding.span.column


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.text("ab 1:#'\"\n-é", max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text("abc ", min_size=1), inner, max_size=4)
    ),
    max_leaves=20,
)


@settings(deadline=None)
@given(VALUES)
def test_what_another_program_writes_is_read_back(value: object) -> None:
    text = yaml.safe_dump(value, allow_unicode=True)
    if value is None:
        text = "null\n"
    assert value_of(text) == value
