"""Where CEL and we mean the same, we give what CEL's own evaluator gives: the same value, or an error too."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from cel_expr_python import cel
from cel_expr_python.ext import ext_strings
from cel_language import SHARED
from example_facts import shared_facts
from expressions import expressions
from hypothesis import HealthCheck, assume, event, given, settings, strategies as st
from naive import evaluate
from naive_values import Fail, confusable, normal

from rulesflow.conditions import Budget, EvaluationError, Field, Scope, check, compile_condition, parse
from rulesflow.conditions.types import DYN
from rulesflow.model.times import SECOND, Duration, Timestamp
from tests.effort import effort

FACTS = ("n", "k", "s", "b", "t", "d", "ns", "ss", "m", "any")
SCOPE = Scope({name: Field(DYN) for name in FACTS}, strict=False)
CEL = cel.NewEnv(
    variables={**dict.fromkeys(FACTS, cel.Type.DYN), "t": cel.Type.TIMESTAMP, "d": cel.Type.DURATION},
    extensions=[ext_strings.ExtStrings()],
)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ERROR = "error"

_kinds = st.sampled_from(["bool", "bool", "number", "string", "any", "timestamp", "duration"])
typed = _kinds.flatmap(lambda kind: expressions(SHARED, kind, bare=True))
mixed = _kinds.flatmap(lambda kind: expressions(SHARED, kind, mischief=12, bare=True))

law = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


def in_cel(text, names):
    """What CEL's evaluator gives, in the form of `naive_values.normal`."""
    program = CEL.compile(text, disable_check=True)
    try:
        result = program.eval(data={name: to_cel(value) for name, value in names.items()})
    except RuntimeError as error:  # here a duplicate key ends everything, && and || absorb it not
        assume("duplicate key" not in str(error))
        raise
    if result.type() == cel.Type.ERROR:
        assume("overflow" not in result.plain_value())  # our numbers are larger than 64 bits
        return ERROR
    return normal(from_cel(result.plain_value()))


def to_cel(value):
    match value:
        case Timestamp():
            return EPOCH + timedelta(seconds=value // SECOND)
        case Duration():
            return timedelta(seconds=value // SECOND)
        case list():
            return [to_cel(item) for item in value]
        case dict():
            return {key: to_cel(item) for key, item in value.items()}
    return value


def from_cel(value):
    match value:
        case datetime():
            return Timestamp((value - EPOCH) // timedelta(microseconds=1) * 1000)
        case timedelta():
            return Duration(value // timedelta(microseconds=1) * 1000)
        case list():
            return [from_cel(item) for item in value]
        case dict():
            return {key: from_cel(item) for key, item in value.items()}
    return value


def in_ours(text, names):
    checked = check(parse(text), SCOPE)
    assert not checked.problems
    try:
        return normal(compile_condition(checked, SCOPE)(names, Budget(10**9)))
    except EvaluationError:
        return ERROR


def in_naive(text, names):
    try:
        value = evaluate(parse(text), names)
    except Fail:
        return ERROR
    assume(not confusable(value))
    return normal(value)


def agree(text, names):
    wanted = in_cel(text, names)
    event(ERROR if wanted is ERROR else "value")
    assert in_naive(text, names) == wanted
    assert in_ours(text, names) == wanted


@settings(law, max_examples=600)
@given(typed, shared_facts)
def test_well_typed_conditions_mean_what_they_mean_in_cel(text, names):
    agree(text, names)


@settings(law, max_examples=600)
@given(mixed, shared_facts)
def test_ill_typed_conditions_fail_as_they_do_in_cel(text, names):
    agree(text, names)


@pytest.mark.slow
@settings(law, max_examples=effort(1_500))
@given(mixed, shared_facts)
def test_many_conditions_mean_what_they_mean_in_cel(text, names):
    agree(text, names)
