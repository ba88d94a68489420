from __future__ import annotations

from decimal import Decimal, localcontext

import pytest
from hypothesis import example, given, strategies as st
from shape import shape

from rulesflow.conditions.parser import MAX_DEPTH, parse
from rulesflow.conditions.problems import ConditionError, Problem
from rulesflow.conditions.tree import Logic, Node, children
from tests.effort import bounded


def problem(text: str) -> Problem:
    with pytest.raises(ConditionError) as caught:
        parse(text)
    (found,) = caught.value.problems
    return found


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("true", True),
        ("null", None),
        ("a + b * c", ("+", "@a", ("*", "@b", "@c"))),
        ("(a + b) * c", ("*", ("+", "@a", "@b"), "@c")),
        ("a - b - c", ("-", ("-", "@a", "@b"), "@c")),
        ("a / b % c", ("%", ("/", "@a", "@b"), "@c")),
        ("a < b == c", ("==", ("<", "@a", "@b"), "@c")),
        ("a in b", ("in", "@a", "@b")),
        ("a + 1 in b", ("in", ("+", "@a", 1), "@b")),
        ("a || b && c || d", ("||", "@a", ("&&", "@b", "@c"), "@d")),
        ("a && b && c", ("&&", "@a", "@b", "@c")),
        ("(a && b) && c", ("&&", ("&&", "@a", "@b"), "@c")),
        ("!a == b", ("==", ("!", "@a"), "@b")),
        ("!!a", ("!", ("!", "@a"))),
        ("!a.b", ("!", (".", "@a", "b"))),
        ("-a.b", ("-", (".", "@a", "b"))),
        ("-a * b", ("*", ("-", "@a"), "@b")),
        ("--a", ("-", ("-", "@a"))),
        ("a ? b : c ? d : e", ("?:", "@a", "@b", ("?:", "@c", "@d", "@e"))),
        ("a || b ? c : d", ("?:", ("||", "@a", "@b"), "@c", "@d")),
        ("a[b].c[0]", ("[]", (".", ("[]", "@a", "@b"), "c"), 0)),
        ("[]", []),
        ("[1, 2,]", [1, 2]),
        ("{}", {}),
        ("{'a': 1, b: 2,}", {"a": 1, "@b": 2}),
        ("[1][0]", ("[]", [1], 0)),
        ("{'a': 1}.a", (".", {"a": 1}, "a")),
        ("f()", ("f()",)),
        ("f(a, b)", ("f()", "@a", "@b")),
        ("a.f(b).g()", (".g()", (".f()", "@a", "@b"))),
        (".a", "@a"),
        (".a.b", (".", "@a", "b")),
        (".f(a)", ("f()", "@a")),
        ("a.`b-c`.d", (".", (".", "@a", "b-c"), "d")),
        ("a.`in`", (".", "@a", "in")),
        ("'a'.c", (".", "a", "c")),
        ("a // why\n + b", ("+", "@a", "@b")),
    ],
)
def test_operators_bind_as_in_cel(text: str, tree):
    assert shape(parse(text)) == tree


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("-5", -5),
        ("- 5", -5),
        ("-0x10", -16),
        ("-1.50", Decimal("-1.5")),
        ("3 - -2", ("-", 3, -2)),
        ("3 -2", ("-", 3, 2)),
        ("-2.abs()", (".abs()", -2)),
        ("-(5)", ("-", 5)),
        ("!-5", ("!", -5)),
    ],
)
def test_a_minus_before_a_number_belongs_to_it(text: str, tree):
    assert shape(parse(text)) == tree


def test_a_negative_literal_keeps_all_its_digits_whatever_the_threads_context():
    with localcontext(prec=3):
        assert shape(parse("-0.1234567890123456789012345678901234")) == Decimal(
            "-0.1234567890123456789012345678901234"
        )


@pytest.mark.parametrize(
    "word", ["as", "break", "const", "continue", "else", "for", "function", "if", "import"]
)
def test_a_reserved_word_is_no_name_but_may_be_a_field(word: str):
    found = problem(f"a + {word}")
    assert (found.code, found.start, found.end) == ("RF201", 4, 4 + len(word))
    assert f"`{word}` is a reserved word" == found.message
    assert shape(parse(f"a.{word}")) == (".", "@a", word)


@pytest.mark.parametrize("word", ["in", "true", "null"])
def test_a_word_of_the_language_is_a_field_only_in_backquotes(word: str):
    found = problem(f"a.{word}")
    assert found.start == 2
    assert f"`{word}`" in found.hint


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("has(a.b.c)", ("has", (".", "@a", "b"), "c")),
        ("has(a)", ("has", None, "a")),
        ("has(a[0].b)", ("has", ("[]", "@a", 0), "b")),
        ("x.all(v, v > 1)", ("all!", "@x", ("v",), (">", "@v", 1), None)),
        ("x.all(k, v, v)", ("all!", "@x", ("k", "v"), "@v", None)),
        ("x.exists(v, v)", ("exists!", "@x", ("v",), "@v", None)),
        ("x.exists(k, v, v)", ("exists!", "@x", ("k", "v"), "@v", None)),
        ("x.exists_one(v, v)", ("exists_one!", "@x", ("v",), "@v", None)),
        ("x.existsOne(v, v)", ("exists_one!", "@x", ("v",), "@v", None)),
        ("x.existsOne(k, v, v)", ("exists_one!", "@x", ("k", "v"), "@v", None)),
        ("x.filter(v, v)", ("filter!", "@x", ("v",), "@v", None)),
        ("x.map(v, v + 1)", ("map!", "@x", ("v",), None, ("+", "@v", 1))),
        ("x.map(v, v > 0, v + 1)", ("map!", "@x", ("v",), (">", "@v", 0), ("+", "@v", 1))),
        ("x.transformList(i, v, i)", ("transformList!", "@x", ("i", "v"), None, "@i")),
        ("x.transformList(i, v, v, i)", ("transformList!", "@x", ("i", "v"), "@v", "@i")),
        ("x.transformMap(k, v, v)", ("transformMap!", "@x", ("k", "v"), None, "@v")),
        ("x.transformMap(k, v, k, v)", ("transformMap!", "@x", ("k", "v"), "@k", "@v")),
        ("x.all(v, v.all(v, v))", ("all!", "@x", ("v",), ("all!", "@v", ("v",), "@v", None), None)),
    ],
)  # fmt: skip
def test_macros_become_nodes(text: str, tree):
    assert shape(parse(text)) == tree


@pytest.mark.parametrize(
    "text", ["has(a.b, 1)", "has()", "all(x, y)", "x.all(v)", "x.filter(a, b, c)", "x.map(v)", "x.has(a.b)"]
)
def test_a_macros_name_with_other_arguments_is_an_ordinary_call(text: str):
    assert type(parse(text)).__name__ == "Call"


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("has(a[0])", 4, 8),
        ("has('a')", 4, 7),
        ("has(f())", 4, 7),
        ("x.all(1, true)", 6, 7),
        ("x.map(a.b, true)", 6, 9),
        ("x.all(.v, true)", 7, 8),
        ("x.all(k, 2, true)", 9, 10),
        ("x.exists(v, v, true)", 9, 13),
        ("x.all(v, .v > 1)", 10, 11),
        ("x.all(v, y.all(w, .v > 1))", 19, 20),
    ],
)
def test_a_misused_macro_is_refused_where_it_goes_wrong(text: str, start: int, end: int):
    found = problem(text)
    assert (found.code, found.start, found.end) == ("RF201", start, end)


def test_a_leading_dot_outside_a_macro_hides_nothing():
    assert shape(parse(".v.all(w, w) && x.all(v, v)"))[0] == "&&"


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("T{a: 1}", 0),
        ("a.T{}", 0),
        ("a.?b", 2),
        ("a[?b]", 2),
        ("[?a]", 1),
        ("{?a: 1}", 1),
        ("x.transformMapEntry(k, v, {k: v})", 2),
    ],
)
def test_features_we_leave_out_are_refused_by_name(text: str, start: int):
    found = problem(text)
    assert (found.code, found.start) == ("RF212", start)
    assert found.hint


@pytest.mark.parametrize(
    ("text", "message", "start", "hint"),
    [
        ("", "an expression is missing here", 0, None),
        ("  // only a comment", "an expression is missing here", 19, None),
        ("a b", "expected an operator or the end, found `b`", 2, None),
        ("a and b", "expected an operator or the end, found `and`", 2, "use &&"),
        ("a or b", "expected an operator or the end, found `or`", 2, "use ||"),
        ("a is null", "expected an operator or the end, found `is`", 2, "use =="),
        ("not a", "expected an operator or the end, found `a`", 4, "use !"),
        ("(a and b)", "expected `)`, found `and`", 3, "use &&"),
        ("a +", "expected a value, found the end", 3, None),
        ("a + * b", "expected a value, found `*`", 4, None),
        ("in", "expected a value, found `in`", 0, None),
        ("a == ", "expected a value, found the end", 5, None),
        ("(a", "expected `)`, found the end", 2, None),
        ("a)", "expected an operator or the end, found `)`", 1, None),
        ("[a b]", "expected `,` or `]`, found `b`", 3, None),
        ("[,]", "expected a value, found `,`", 1, None),
        ("[a,,]", "expected a value, found `,`", 3, None),
        ("f(a,)", "expected a value, found `)`", 4, None),
        ("f(a", "expected `,` or `)`, found the end", 3, None),
        ("{a}", "expected `:`, found `}`", 2, None),
        ("{a: 1", "expected `,` or `}`, found the end", 5, None),
        ("a[b", "expected `]`, found the end", 3, None),
        ("a[]", "expected a value, found `]`", 2, None),
        ("a.", "expected a field's name after `.`", 1, None),
        ("a.1", "expected an operator or the end, found `.1`", 1, None),
        (".in", "expected a name after `.`", 0, None),
        ("a ? b", "expected `:`, found the end", 5, None),
        ("a ? b ? c : d : e", "expected `:`, found `?`", 6, None),
        ("(f)(a)", "expected an operator or the end, found `(`", 3, None),
        ("a.`b`(c)", "expected an operator or the end, found `(`", 5, None),
        ("`a`", "expected a value, found `a`", 0, "a name in backquotes stands only after a dot"),
        ("'a' 'b'", "expected an operator or the end, found `'b'`", 4, None),
        ("1 {}", "expected an operator or the end, found `{`", 2, None),
        ("if (a) b", "`if` is a reserved word", 0, "write test ? yes : no"),
    ],
)
def test_a_syntax_error_says_what_was_expected_and_where(
    text: str, message: str, start: int, hint: str | None
):
    found = problem(text)
    assert (found.code, found.message, found.start, found.hint) == ("RF201", message, start, hint)


def spans(text: str) -> list[str]:
    pieces, stack = [], [parse(text)]
    while stack:
        node: Node = stack.pop()
        pieces.append(text[node.start : node.end])
        stack.extend(reversed(list(children(node))))
    return pieces


def test_every_node_knows_the_text_it_came_from():
    assert spans("!(a + (b)) ? x.f([1, -2])[0] : has(c.d) && y.all(v, v)") == [
        "!(a + (b)) ? x.f([1, -2])[0] : has(c.d) && y.all(v, v)",
        "!(a + (b))", "a + (b)", "a", "b",
        "x.f([1, -2])[0]", "x.f([1, -2])", "x", "[1, -2]", "1", "-2", "0",
        "has(c.d) && y.all(v, v)", "has(c.d)", "c", "y.all(v, v)", "y", "v",
    ]  # fmt: skip


def test_the_span_of_an_operator_holds_its_operands_parentheses():
    assert spans("(a) + (b) * (c)")[:3] == ["(a) + (b) * (c)", "a", "(b) * (c)"]


DEEP = {
    "parentheses": ("(", "a", ")"),
    "nots": ("!", "a", ""),
    "minuses": ("-", "a", ""),
    "lists": ("[", "a", "]"),
    "maps": ("{1:", "a", "}"),
    "calls": ("f(", "a", ")"),
    "methods": ("x.f(", "a", ")"),
    "indexes": ("x[", "a", "]"),
    "macros": ("x.all(v,", "a", ")"),
    "conditionals": ("a?a:", "a", ""),
    "additions": ("", "a", "+a"),
    "comparisons": ("", "a", "<a"),
    "selections": ("", "a", ".b"),
    "subscripts": ("", "a", "[0]"),
    "method chain": ("", "a", ".f()"),
}


@pytest.mark.parametrize(("before", "core", "after"), DEEP.values(), ids=DEEP)
def test_nesting_is_read_up_to_the_limit_and_refused_beyond_it_at_once(before: str, core: str, after: str):
    near = MAX_DEPTH - 1
    parse(before * near + core + after * near)
    for levels in (MAX_DEPTH, min(10_000, 32_000 // len(before + after))):
        with bounded():
            assert problem(before * levels + core + after * levels).code == "RF211"


def test_a_tree_that_is_deep_by_brackets_and_by_chains_together_is_refused():
    half = MAX_DEPTH // 2 + 1
    text = "f(" * half + "a" + "+a" * half + ")" * half
    assert problem(text).code == "RF211"


@pytest.mark.parametrize("op", ["&&", "||"])
def test_a_logical_chain_of_thousands_is_one_flat_node(op: str):
    node = parse(op.join(["a"] * 8000))
    assert isinstance(node, Logic)
    assert len(node.operands) == 8000
    assert {type(operand).__name__ for operand in node.operands} == {"Name"}


def test_a_list_of_thousands_is_read():
    assert len(parse("x in [" + "1," * 8000 + "]").right.items) == 8000


_PIECES = (
    "a", "b.c", "1", "1.5", ".5", "'x'", '"', "'", "`f`", "r'''", "true", "in", "has", "(", ")", "[", "]",
    "{", "}", ",", ".", ":", "?", "!", "-", "+", "*", "/", "//", "<", "<=", "==", "=", "&&", "||", "&", "\\",
    "\n", ".all(x,", ".map(", "for", "1u", "b'x'", "\u00e4", "${",
)  # fmt: skip


@given(st.lists(st.sampled_from(_PIECES), max_size=25).map(" ".join) | st.text(max_size=30))
@example("x.all(v, w.all(v, .v))")
@example("\ud800")
def test_any_text_gives_a_tree_within_it_or_a_problem_within_it(text: str):
    try:
        root = parse(text)
    except ConditionError as error:
        (found,) = error.problems
        assert 0 <= found.start <= found.end <= len(text)
        return
    assert 0 <= root.start < root.end <= len(text)
    stack = [root]
    while stack:
        node = stack.pop()
        for child in children(node):
            assert node.start <= child.start < child.end <= node.end
            stack.append(child)
