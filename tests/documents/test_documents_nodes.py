from __future__ import annotations

from decimal import Decimal

import pytest
import yaml
from hypothesis import example, given, settings, strategies as st

from rulesflow.documents.nodes import Entry, Mapping, Scalar, Sequence, Spot, plain
from rulesflow.documents.yaml import read_yaml
from rulesflow.model.diagnostics import Span

HERE = Span("f.yaml", 1, 1, 2)
TEXTS = st.text(alphabet=st.sampled_from("abcXYZ019 \n\t'\"\\#:-!&|>[]{},äß😀%@\xa0"), max_size=60)
SENTENCES = st.lists(st.text(alphabet="abc12'\"\\😀:", max_size=12), max_size=30).map(" ".join)


def scalar(source: str, *path: str | int) -> Scalar:
    document = read_yaml(source.encode(), "f.yaml")
    assert document.diagnostics == ()
    node = document.root
    for step in path:
        if isinstance(node, Mapping):
            node = node.get(str(step))
        elif isinstance(node, Sequence):
            node = node.items[int(step)]
    assert isinstance(node, Scalar)
    return node


def at(source: str, span: Span) -> str:
    """What a reader sees marked."""
    return source.split("\n")[span.line - 1][span.column - 1 : span.end - 1]


def check_every_character(source: str, found: Scalar) -> None:
    for index, character in enumerate(found.text):
        place = found.at(index, index + 1)
        if character.isalnum():
            assert at(source, place) == character, (source, index)


@settings(deadline=None)
@given(st.one_of(TEXTS, SENTENCES), st.sampled_from([None, "'", '"', "|", ">"]), st.integers(20, 60))
@example("it's a 'quoted' word, and another word that makes it fold", "'", 20)
@example("two\n\nparagraphs  with  blanks that fold somewhere", '"', 20)
@example("  indented\nfirst line", "|", 20)
def test_each_letter_is_found_where_it_stands(text: str, style: str | None, width: int) -> None:
    source = yaml.dump({"a": [{"b": text}]}, default_style=style, width=width, allow_unicode=True)
    found = scalar(source, "a", 0, "b")
    assert found.text == text or style == ">"  # PyYAML folds an indented line, though it must not
    check_every_character(source, found)


@settings(deadline=None)
@given(SENTENCES, st.sampled_from(["'", '"', "|", ">"]))
def test_windows_line_ends_do_not_move_the_marks(text: str, style: str) -> None:
    source = yaml.dump({"a": text}, default_style=style, width=20, allow_unicode=True, line_break="\r\n")
    check_every_character(source, scalar(source, "a"))


@pytest.mark.parametrize(
    "source",
    [
        "when: total\n  && other\n",
        "when: 'it''s\n\n  other'\n",
        'when: "to\\\n  tal\\x41 \\u0041\\\n  \\ other"\n',
        "when: | # a comment\n   total\n     deeper\n\n   other\n",
        "when: >2-\n     total\n   other\n",
        "when: >\n\n\n  total\n  other\n",
        "when: {x: total   \t \n   other}\n",
        "- when: 😀 total\r\n   other\r\n",
    ],
)
def test_the_last_word_is_found(source: str) -> None:
    document = read_yaml(source.encode(), "f.yaml")
    node = document.root
    while not isinstance(node, Scalar):
        assert isinstance(node, Mapping | Sequence)
        node = node.entries[-1].value if isinstance(node, Mapping) else node.items[-1]
    start = node.text.index("other")
    assert at(source, node.at(start, start + 5)) == "other"


def test_a_stretch_over_two_lines_is_marked_to_the_end_of_the_first() -> None:
    source = "when: a &&   \n  b\n"
    found = scalar(source, "when")
    assert found.text == "a && b"
    assert at(source, found.at(0, 6)) == "a &&"
    assert found.span == found.at(0, 6)


def test_an_empty_stretch_at_the_end_stands_behind_the_last_character() -> None:
    assert scalar("when: a &&\n", "when").at(4, 4) == Span("f.yaml", 1, 11, 11)
    assert scalar("when: 'a &&'\n", "when").at(4, 4) == Span("f.yaml", 1, 12, 12)
    assert scalar("when: ''\n", "when").at(0, 0) == Span("f.yaml", 1, 8, 8)
    assert scalar("when: |\n  a\n", "when").at(1, 2) == Span("f.yaml", 2, 4, 4)


def test_a_scalar_without_a_source_points_at_itself() -> None:
    assert Scalar("a", "a", Spot(HERE)).at(0, 1) == HERE


def test_a_comment_right_behind_a_plain_value_is_told() -> None:
    assert scalar('when: a == "x #1"\n', "when").cut
    assert not scalar("when: a == b\n", "when").cut
    assert not scalar('when: "a" #1\n', "when").cut


def test_a_mapping_is_read_by_name() -> None:
    one = Scalar(1, "1", Spot(HERE))
    mapping = Mapping((Entry(Scalar("a", "a", Spot(HERE)), one),), Spot(HERE))
    assert mapping.keys() == ("a",)
    assert mapping.get("a") is one
    assert mapping.get("b") is None


def test_nodes_become_plain_values_in_order() -> None:
    document = read_yaml(b"b: [1, 1.5, {z: null, y: [true, []]}]\na: {}\n", "f.yaml")
    assert document.root is not None
    value = plain(document.root)
    assert value == {"b": [1, Decimal("1.5"), {"z": None, "y": [True, []]}], "a": {}}
    assert list(value) == ["b", "a"]
