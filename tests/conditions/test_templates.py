from __future__ import annotations

import pytest
from shape import shape

from rulesflow.conditions.problems import ConditionError, Problem
from rulesflow.conditions.templates import parse_template
from rulesflow.conditions.tree import Binary, Node, children


def problem(text: str) -> Problem:
    with pytest.raises(ConditionError) as caught:
        parse_template(text)
    (found,) = caught.value.problems
    return found


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ""),
        ("plain", "plain"),
        ("$5 {a} }", "$5 {a} }"),
        ("$", "$"),
        ("$ {a}", "$ {a}"),
        ("$$", "$$"),
        ("$${", "${"),
        ("$${a}", "${a}"),
        ("a $${b} $${c}", "a ${b} ${c}"),
        ("$$${a}", "$${a}"),
        ("x" * 40_000, "x" * 40_000),
    ],
)
def test_a_text_without_expressions_is_a_string(text: str, words: str):
    assert parse_template(text) == words


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("${a}", "@a"),
        ("${ a + 1 }", ("+", "@a", 1)),
        ("${ {'a': 1} }", {"a": 1}),
        ("${{}}", {}),
        ("${ '}' }", "}"),
        ("${ '${' + r'}\\' }", ("+", "${", "}\\")),
        ("${ a // }\n }", "@a"),
        ("${ 'a' }", "a"),
    ],
)
def test_an_expression_alone_keeps_its_type(text: str, tree):
    node = parse_template(text)
    assert not isinstance(node, str)
    assert shape(node) == tree


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("x${a}", ("+", "x", ("string()", "@a"))),
        ("${a}x", ("+", ("string()", "@a"), "x")),
        (" ${a}", ("+", " ", ("string()", "@a"))),
        ("${a}${b}", ("+", ("string()", "@a"), ("string()", "@b"))),
        ("x${a}y", ("+", "x", ("+", ("string()", "@a"), "y"))),
        ("$${x} ${a}", ("+", "${x} ", ("string()", "@a"))),
        ("${a}$${x}", ("+", ("string()", "@a"), "${x}")),
        ("$$$${a}", "$$${a}"),
        ("$ ${a} {", ("+", "$ ", ("+", ("string()", "@a"), " {"))),
    ],
)
def test_expressions_among_words_are_added_up_as_strings(text: str, tree):
    found = parse_template(text)
    assert (found if isinstance(found, str) else shape(found)) == tree


def test_positions_count_from_the_start_of_the_whole_text():
    text = "Total: ${ order.total } for ${customer.name}"
    node = parse_template(text)
    assert (node.start, node.end) == (0, len(text))
    pieces, stack = [], [node]
    while stack:
        top: Node = stack.pop()
        pieces += [] if isinstance(top, Binary) else [text[top.start : top.end]]
        stack.extend(reversed(list(children(top))))
    assert pieces == [
        "Total: ", "${ order.total }", "order.total", "order",
        " for ", "${customer.name}", "customer.name", "customer",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "message", "start"),
    [
        ("a ${ b", "`${` has no closing `}`", 2),
        ("${", "`${` has no closing `}`", 0),
        ("${a} ${ {", "`${` has no closing `}`", 5),
        ("a ${ }", "an expression is missing here", 5),
        ("${}", "an expression is missing here", 2),
        ("a ${ b + } c", "expected a value, found `}`", 9),
        ("a ${ b c } d", "expected an operator or the end, found `c`", 7),
        ("a ${ it's }", "the string that starts here has no closing '", 7),
        ("${ (a }", "expected `)`, found `}`", 6),
    ],
)
def test_a_broken_template_is_refused_where_it_breaks(text: str, message: str, start: int):
    found = problem(text)
    assert (found.code, found.message, found.start) == ("RF201", message, start)


def test_many_expressions_make_no_deep_tree():
    node = parse_template("${a}" * 8000)
    deepest, stack = 0, [(node, 1)]
    while stack:
        top, depth = stack.pop()
        deepest = max(deepest, depth)
        stack.extend((child, depth + 1) for child in children(top))
    assert deepest < 20


def test_a_template_over_the_limit_is_refused():
    assert problem("${a}" + "x" * 40_000).code == "RF211"
