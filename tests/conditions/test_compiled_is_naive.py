"""The law of the compiler: what it compiles does what the naive evaluator says, errors included."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest
from example_facts import NAMES, UNTYPED, facts, wild_facts
from expressions import expressions
from hypothesis import HealthCheck, assume, event, given, settings, strategies as st
from naive import evaluate
from naive_values import Fail, confusable, normal
from our_language import OURS

from rulesflow.conditions import Budget, EvaluationError, Scope, check, compile_condition, parse
from rulesflow.conditions.problems import RUNTIME_CODES
from rulesflow.conditions.tree import Logic, Present, Unary
from tests.effort import effort

STRICT = Scope(NAMES, zone=ZoneInfo("Europe/Berlin"))
LOOSE = Scope(NAMES, zone=ZoneInfo("Europe/Berlin"), strict=False)
UNKNOWN = Scope(UNTYPED, strict=False)

_kinds = st.sampled_from(["bool", "bool", "bool", "number", "string", "any"])
typed = _kinds.flatmap(lambda kind: expressions(OURS, kind))
shallow = expressions(OURS, "bool", depth=2)
mixed = _kinds.flatmap(lambda kind: expressions(OURS, kind, mischief=12, bare=True))

law = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
briefly = settings(law, max_examples=500)
at_length = settings(law, max_examples=effort(1_500))


def meaning(node, zone, names):
    try:
        value = evaluate(node, names, zone)
    except Fail as failure:
        return "error", failure.code
    assume(not confusable(value))
    return "value", normal(value)


def outcome(node, scope, names):
    """What the compiled expression gives; an expression that the checker refuses is no example."""
    checked = check(node, scope)
    assume(not checked.problems)
    program = compile_condition(checked, scope)
    try:
        return "value", normal(program(names, Budget(10**9)))
    except EvaluationError as error:
        assert error.code in RUNTIME_CODES
        assert error.start is not None
        assert node.start <= error.start < error.end <= node.end
        return "error", error.code


def agree(node, scope, names):
    found = outcome(node, scope, names)
    event(found[0])
    assert found == meaning(node, scope.zone, names)


@briefly
@given(typed, facts)
def test_a_well_typed_condition_under_a_strict_scope(text, names):
    agree(parse(text), STRICT, names)


@briefly
@given(mixed, facts)
def test_any_condition_under_a_scope_that_knows_the_types_but_insists_on_none(text, names):
    agree(parse(text), LOOSE, names)


@briefly
@given(mixed, wild_facts)
def test_any_condition_under_a_scope_that_knows_no_types(text, names):
    agree(parse(text), UNKNOWN, names)


@briefly
@given(mixed, facts)
def test_what_the_checker_lets_pass_of_any_condition(text, names):
    agree(parse(text), STRICT, names)


@st.composite
def with_presence(draw):
    """Field tests: ``order.note`` is there, and what follows from it."""
    path = draw(st.sampled_from([("n",), ("spare",), ("spare", "code"), ("order", "note"), ("any", "a")]))
    where = ".".join(path)
    node = parse(f"({where} == {draw(expressions(OURS, 'any', depth=1))}) && {draw(shallow)}")
    present = Present(node.start, node.end, path)
    op, first = draw(st.sampled_from([("&&", present), ("||", Unary(node.start, node.end, "!", present))]))
    return Logic(node.start, node.end, op, (first, node))


@briefly
@given(with_presence(), facts)
def test_a_test_of_presence_and_what_it_allows(node, names):
    agree(node, STRICT, names)


@briefly
@given(with_presence(), wild_facts)
def test_a_test_of_presence_among_facts_of_any_shape(node, names):
    agree(node, UNKNOWN, names)


@pytest.mark.slow
@at_length
@given(typed, facts)
def test_many_well_typed_conditions(text, names):
    agree(parse(text), STRICT, names)


@pytest.mark.slow
@at_length
@given(mixed, wild_facts)
def test_many_conditions_without_types(text, names):
    agree(parse(text), UNKNOWN, names)
