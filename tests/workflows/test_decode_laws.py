"""Whatever stands in a workflow's file, loading it says what is wrong with a place in it, and never fails."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from hypothesis import given, settings, strategies as st
from sample_workflows import WORKFLOWS, loaded

from rulesflow.documents.jsontext import write_json
from rulesflow.documents.nodes import plain
from rulesflow.documents.yaml import read_yaml
from rulesflow.model.rendering import as_text
from rulesflow.workflows.steps import KEYS
from rulesflow.workflows.written import Kind
from tests.effort import effort

SAMPLES = sorted(WORKFLOWS)
#: What may stand where a value stood: other kinds, words with a meaning, expressions.
VALUES = st.sampled_from(
    """
    null|true|5|-1|1.5|""|[]|{}|[{}]|[[]]|{a: {}}|end|any|else|timeout|"${ }"|"${ steps.stock }"|"${ order }"
    "${ order.total"|"${ [1, 2] }"|2h|steps.fraud.score > 1|{fail: x}|{fail: {}}|{fail: [a]}|[{else: end}]
    [{when: true, then: end}]|{steps: {}}|{steps: {a: {fail: x}}}|{until: soon}|stock|fraud|order|tour|refund
    """.strip()
    .replace("\n    ", "|")
    .split("|")
)
WORDS = tuple(key for keys in KEYS.values() for key in keys) + tuple(Kind) + ("if", "output", "input")


@st.composite
def edits(draw: st.DrawFn) -> tuple[str, str]:
    """A sample with one to four pieces cut, swapped, doubled or replaced."""
    file = draw(st.sampled_from(SAMPLES))
    text = WORKFLOWS[file]
    for _ in range(draw(st.integers(1, 4))):
        kind = draw(st.sampled_from(["value", "word", "cut", "line", "swap"]))
        lines = text.split("\n")
        number = draw(st.integers(0, len(lines) - 1))
        if kind == "value" and ": " in lines[number]:
            key, _, _ = lines[number].partition(": ")
            lines[number] = f"{key}: {draw(VALUES)}"
        elif kind == "word":
            old, new = draw(st.sampled_from(WORDS)), draw(st.sampled_from(WORDS))
            lines[number] = lines[number].replace(f"{old}:", f"{new}:")
        elif kind == "cut":
            start = draw(st.integers(0, len(lines[number])))
            lines[number] = lines[number][:start] + lines[number][start + draw(st.integers(1, 12)) :]
        elif kind == "line":
            del lines[number]
        else:
            other = draw(st.integers(0, len(lines) - 1))
            lines[number], lines[other] = lines[other], lines[number]
        text = "\n".join(lines)
    return file, text


@settings(max_examples=effort(200))
@given(edits())
def test_a_changed_workflow_never_fails_to_load(edit: tuple[str, str]) -> None:
    file, text = edit
    project = loaded({**WORKFLOWS, file: text})
    assert (project.ruleset is None) == bool(project.errors)
    assert list(project.diagnostics) == sorted(project.diagnostics, key=lambda each: each.order)
    for found in project.diagnostics:
        lines = project.files[found.span.file].decode().split("\n")
        if found.code < "RF1":  # what is no YAML may be seen only behind its end
            continue
        assert 1 <= found.span.line <= len(lines), found
        assert 1 <= found.span.column <= found.span.end <= len(lines[found.span.line - 1]) + 2, found
    as_text(project.diagnostics, project.files)


def _paths(value: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """The places of all parts of a document."""
    inner: list[tuple[str | int, object]] = []
    if isinstance(value, dict):
        inner = list(value.items())
    elif isinstance(value, list):
        inner = list(enumerate(value))
    return [each for key, part in inner for each in [(*path, key), *_paths(part, (*path, key))]]


def _at(document: Any, path: tuple[str | int, ...]) -> Any:
    for key in path:
        document = document[key]
    return document


@st.composite
def grafts(draw: st.DrawFn) -> tuple[str, str]:
    """A sample with parts that were put elsewhere, replaced, renamed or left out; always YAML."""
    file = draw(st.sampled_from(SAMPLES))
    root = read_yaml(WORKFLOWS[file].encode(), file).root
    assert root is not None
    document: Any = plain(root)
    for _ in range(draw(st.integers(1, 4))):
        path = draw(st.sampled_from(_paths(document)))
        above, key = _at(document, path[:-1]), path[-1]
        kind = draw(st.sampled_from(["graft", "value", "drop", "rename"]))
        if kind == "graft":
            above[key] = deepcopy(_at(document, draw(st.sampled_from(_paths(document)))))
        elif kind == "value":
            found = read_yaml(draw(VALUES).encode(), "value.yaml").root
            above[key] = None if found is None else plain(found)
        elif kind == "rename" and isinstance(above, dict):
            above[draw(st.sampled_from(WORDS))] = above.pop(key)
        elif len(above) > 1:
            del above[key]
    return file, write_json(document).decode()


@settings(max_examples=effort(200))
@given(grafts())
def test_a_workflow_with_grafted_parts_never_fails_to_load(edit: tuple[str, str]) -> None:
    file, text = edit
    project = loaded({**WORKFLOWS, file: text})
    assert (project.ruleset is None) == bool(project.errors)
    for found in project.diagnostics:
        line = project.files[found.span.file].decode().split("\n")[found.span.line - 1]
        assert 1 <= found.span.column <= found.span.end <= len(line) + 2, found
