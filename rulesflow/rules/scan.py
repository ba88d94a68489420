"""The scan: a few rules under hit policy ``first``, asked in turn by code of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

from rulesflow.conditions import Budget, EvaluationError
from rulesflow.conditions.types import Value
from rulesflow.rules.compiled import FailedRule, Rule
from rulesflow.rules.constraints import Params
from rulesflow.rules.generated import Expressions, Reads, function
from rulesflow.rules.outcomes import Names

#: The result, and the rules whose outcome is in it (the default too).
Verdict: TypeAlias = tuple[Value, tuple[Rule, ...]]


def scan(
    rules: Sequence[Rule],
    params: Params,
    reads: Reads,
    default: Callable[[Names, Budget], Verdict],
) -> Callable[[Names, int], Verdict]:
    """A function of names and of the steps that may be spent, which gives the verdict.

    It raises `FailedRule`. ``default`` gives the verdict where no rule matches.
    """
    constraints = [each for rule in rules for each in rule.constraints(params)]
    expressions = Expressions(reads, constraints)
    reads.globals |= {"Budget": Budget, "EvaluationError": EvaluationError, "default": default}
    lines = [line for number, rule in enumerate(rules) for line in _rule(number, rule, params, expressions)]
    lines.append("return default(names, budget or Budget(limit))")
    start = ["budget = None"]
    if any(rule.residual is not None for rule in rules):
        reads.globals["rules"], reads.globals["failed"] = rules, FailedRule
        caught = "raise failed(rules[asked], rules[asked].failed(error)) from None"
        start = ["budget, asked = Budget(limit), 0"]
        lines = [
            "try:",
            *(f"    {line}" for line in lines),
            "except EvaluationError as error:",
            f"    {caught}",
        ]
    made: Callable[[Names, int], Verdict] = function(
        "names, limit", [*reads.lines, *start, *lines], reads.globals
    )
    return made


def _rule(number: int, rule: Rule, params: Params, expressions: Expressions) -> Iterator[str]:
    names = expressions.reads.globals
    tests = [expressions.holds(each) for each in rule.constraints(params)]
    if rule.share is not None:
        names[f"share{number}"] = rule.share.holds
        tests.append(f"share{number}(names)")
    if rule.residual is not None:
        names[f"ask{number}"] = rule.residual.program.function
        tests.append(f"ask{number}(names, budget) is True")
        yield f"asked = {number}"
    names[f"matched{number}"] = (rule,)
    answer = f"answer{number}(names, budget or Budget(limit))"
    names[f"answer{number}"] = rule.answer
    if rule.outcome.plain:
        answer = f"answer{number}()"
        names[f"answer{number}"] = rule.outcome.constants.copy
    yield f"if {' and '.join(tests) or True}:"
    yield f"    return {answer}, matched{number}"
