from __future__ import annotations

from decimal import Decimal

import pytest

from rulesflow.conditions.lexer import MAX_LENGTH, TokenKind, tokenize, tokenize_braced
from rulesflow.conditions.problems import ConditionError, Problem


def only_value(text: str):
    token, end = tokenize(text)
    assert (token.start, token.end) == (0, len(text))
    assert end.kind is TokenKind.END
    return token.value


def problem(text: str) -> Problem:
    with pytest.raises(ConditionError) as caught:
        tokenize(text)
    (found,) = caught.value.problems
    return found


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", 0),
        ("007", 7),
        ("12", 12),
        ("0x1F", 31),
        ("0Xff", 255),
        ("0.50", Decimal("0.5")),
        (".5", Decimal("0.5")),
        ("1e3", 1000),
        ("1E-3", Decimal("0.001")),
        (".5e1", 5),
        ("9" * 34, 10**34 - 1),
        ("0." + "1" * 34, Decimal("0." + "1" * 34)),
        ("1e6144", Decimal("1e6144")),
        ("0x" + "f" * 28, 16**28 - 1),
    ],
)
def test_a_number_is_read_exactly(text: str, value):
    assert only_value(text) == value


@pytest.mark.parametrize("text", ["1" * 35, "0x" + "f" * 29, "1e6145", "1e99999999999999999999", "1e-6145"])
def test_a_number_that_would_be_rounded_is_refused(text: str):
    assert problem(text).code == "RF213"


def test_a_dot_after_a_number_may_begin_a_method_call():
    assert [token.text for token in tokenize("1.abs()")] == ["1", ".", "abs", "(", ")", ""]


@pytest.mark.parametrize("text", ["1u", "1U", "0x1Fu", "1.5u"])
def test_an_unsigned_literal_is_refused_since_there_is_one_number_type(text: str):
    found = problem("2 + " + text)
    assert (found.code, found.start, found.end) == ("RF212", 4, 4 + len(text))
    assert "one number type" in found.message


@pytest.mark.parametrize("text", ["12abc", "1_000", "0x", "0xg", "1e", "3d"])
def test_a_number_runs_into_no_name(text: str):
    assert problem(text).code == "RF201"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("''", ""),
        ('""', ""),
        ("'it is'", "it is"),
        ("'\"\"'", '""'),
        ('"\'"', "'"),
        ("'''x''x'''", "x''x"),
        ('"""one\ntwo"""', "one\ntwo"),
        ("''''''", ""),
        (r'"\""', '"'),
        (r'"""\""""', '"'),
        (r'"\\"', "\\"),
        (r'r"\\"', "\\\\"),
        (r"R'\n'", "\\n"),
        ("r'''a'\nb\\'''", "a'\nb\\"),
        (r"r'\'", "\\"),
        (r"'\a\b\f\n\r\t\v\\\?\"\'\`'", "\a\b\f\n\r\t\v\\?\"'`"),
        (r"'\x41\X41\u0041\U0001F431\101\377'", "AAA\U0001f431A\xff"),
        (r"'\ud83d\ude00'", "\U0001f600"),
        ("'// no comment'", "// no comment"),
        ("'grüße \U0001f431'", "grüße \U0001f431"),
    ],
)
def test_a_string_is_read_in_every_form_of_cel(text: str, value: str):
    assert only_value(text) == value


@pytest.mark.parametrize(
    "text", ["'abc", '"abc', "'a\nb'", "'a\rb'", "'''abc''", "'abc\\'", "r'abc", '"""a""', "'a\\\n'"]
)
def test_a_string_without_its_closing_quote_is_refused_at_its_opening(text: str):
    found = problem("1 + " + text)
    assert (found.code, found.start) == ("RF201", 4)
    assert "closing" in found.message


@pytest.mark.parametrize("escape", [r"\q", r"\8", r"\400", r"\12", r"\x4", r"\u00g0", r"\U0001F43", r"\d"])
def test_an_unknown_escape_is_refused_where_it_stands(escape: str):
    found = problem(f"'ab{escape}'")
    assert (found.code, found.start) == ("RF201", 3)
    assert "raw string" in found.hint


@pytest.mark.parametrize("escape", [r"\ud83d", r"\ude00\ud83d", r"\U00110000", r"\Uffffffff", r"\U0000d800"])
def test_an_escape_that_is_no_character_is_refused(escape: str):
    found = problem(f"'ab{escape}'")
    assert (found.code, found.start) == ("RF213", 3)


@pytest.mark.parametrize("text", ['b"x"', "B'x'", "br'x'", "b'''x'''"])
def test_bytes_are_refused(text: str):
    found = problem(text)
    assert (found.code, found.start, found.end) == ("RF212", 0, len(text))


def test_a_name_may_begin_like_the_prefix_of_a_string():
    assert [token.text for token in tokenize("r.b.rb")] == ["r", ".", "b", ".", "rb", ""]


def test_space_and_comments_are_passed_over():
    tokens = tokenize(" a\t// one\n\f// two\r\n+ b // three")
    assert [(token.text, token.start) for token in tokens] == [("a", 1), ("+", 19), ("b", 21), ("", 31)]


def test_positions_count_code_points():
    assert tokenize("'\U0001f431' + x")[2].start == 6


def test_a_field_in_backquotes_keeps_its_characters():
    token = tokenize("a.`b-c/d.e f`")[2]
    assert (token.kind, token.text, token.start, token.end) == (TokenKind.FIELD, "b-c/d.e f", 2, 13)


@pytest.mark.parametrize("text", ["a.`b", "a.``", "a.`b$c`", "a.`b\nc`"])
def test_a_broken_backquoted_field_is_refused(text: str):
    found = problem(text)
    assert (found.code, found.start) == ("RF201", 2)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("a = b", "use =="),
        ("a === b", "use =="),
        ("a !== b", "use !="),
        ("a <> b", "use !="),
        ("a => b", "use >="),
        ("a =< b", "use <="),
        ("a & b", "use &&"),
        ("a | b", "use ||"),
        ("a ≤ b", "use <="),
        ("a “b”", 'use "'),
    ],
)
def test_a_mistaken_operator_is_answered_with_the_one_that_was_meant(text: str, meant: str):
    found = problem(text)
    assert (found.code, found.start, found.hint) == ("RF201", 2, meant)


@pytest.mark.parametrize(
    ("text", "shown"), [("a ; b", "`;`"), ("a\xa0b", "U+00A0"), ("a \x00", "U+0000"), ("ä", "`ä`")]
)
def test_a_foreign_character_is_named(text: str, shown: str):
    assert shown in problem(text).message


def test_operators_are_read_longest_first():
    assert [token.text for token in tokenize("a<=b!=c>=d==e&&f||!g<h")][1::2] == [
        "<=", "!=", ">=", "==", "&&", "||", "g", "h",
    ]  # fmt: skip


def test_a_text_over_the_limit_is_refused_and_one_at_the_limit_is_not():
    assert len(tokenize("'" + "x" * (MAX_LENGTH - 2) + "'")) == 2
    found = problem("'" + "x" * (MAX_LENGTH - 1) + "'")
    assert found.code == "RF211"
    assert "32,768" in found.message


def test_the_braces_of_a_template_end_at_their_match():
    text = "x ${ {'}': '{'}['}'] // }\n } y"
    end = tokenize_braced(text, 2)[-1]
    assert (end.kind, end.start, end.end) == (TokenKind.END, 27, 28)


def test_braces_that_never_close_are_refused_at_their_opening():
    with pytest.raises(ConditionError) as caught:
        tokenize_braced("x ${ {'a': 1} ", 2)
    assert (caught.value.problems[0].start, caught.value.problems[0].end) == (2, 4)
