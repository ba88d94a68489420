"""Hit policies once more, for the second opinion: what follows from the set of all rules that match.

Written from the meanings of the policies (see `rulesflow.rules.hits`), not from what decides otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rulesflow.conditions import Budget
from rulesflow.conditions.operators import equal
from rulesflow.conditions.types import Value
from rulesflow.model.numbers import CONTEXT, canonical
from rulesflow.rules.compiled import Rule
from rulesflow.rules.hits import Hit
from rulesflow.rules.outcomes import Names
from rulesflow.rules.ruleset import COST_LIMIT
from rulesflow.rules.stack import Stack


class SeveralMatch(Exception):
    """More rules match than the hit policy allows."""


def settled(
    stack: Stack, matching: Sequence[tuple[int, Rule]], names: Names
) -> tuple[Value, tuple[Rule, ...]]:
    """The result and the rules that gave it. ``matching``: each with its level, in the order of the stack.

    Raises `SeveralMatch`, and `FailedRule` where an outcome fails.
    """
    budget = Budget(COST_LIMIT)
    if not matching:
        return _unmatched(stack, names, budget)
    if stack.hit.single:
        top = max(level for level, _ in matching)
        return _one(stack, [rule for level, rule in matching if level == top], names, budget)
    rules = [rule for _, rule in matching]
    if stack.hit is Hit.COUNT:
        return {"count": len(rules)}, tuple(rules)
    pairs = [(rule, rule.answer(names, budget)) for rule in rules]
    if stack.hit.aggregates:
        return _aggregate(stack, pairs) or _unmatched(stack, names, budget)
    if stack.hit is Hit.OUTPUT_ORDER:
        pairs.sort(key=lambda pair: _rank(stack, pair[1]))
    return [result for _, result in pairs], tuple(rule for rule, _ in pairs)


def _unmatched(stack: Stack, names: Names, budget: Budget) -> tuple[Value, tuple[Rule, ...]]:
    if stack.default is not None:
        result = stack.default.answer(names, budget)
        listed = not stack.hit.single and not stack.hit.aggregates and stack.hit is not Hit.COUNT
        return ([result] if listed else result), (stack.default,)
    if stack.hit.single:
        return None, ()
    if stack.hit is Hit.COUNT:
        return {"count": 0}, ()
    if stack.hit.aggregates:
        return {stack.measure: 0 if stack.hit is Hit.SUM else None}, ()
    return [], ()


def _one(stack: Stack, rules: Sequence[Rule], names: Names, budget: Budget) -> tuple[Value, tuple[Rule, ...]]:
    if stack.hit is Hit.UNIQUE and len(rules) > 1:
        raise SeveralMatch
    if stack.hit in (Hit.UNIQUE, Hit.FIRST):
        return rules[0].answer(names, budget), (rules[0],)
    results = [rule.answer(names, budget) for rule in rules]
    if stack.hit is Hit.PRIORITY:
        ranks = [_rank(stack, result) for result in results]
        best = ranks.index(min(ranks))
        return results[best], (rules[best],)
    if not all(equal(results[0], result) for result in results):
        raise SeveralMatch
    return results[0], tuple(rules)


def _aggregate(
    stack: Stack, pairs: Sequence[tuple[Rule, Mapping[str, Any]]]
) -> tuple[Value, tuple[Rule, ...]] | None:
    name = stack.measure
    valued = [(rule, result[name]) for rule, result in pairs if name in result]
    if not valued:
        return None
    if stack.hit is Hit.SUM:
        total = valued[0][1]
        for _, value in valued[1:]:
            total = canonical(CONTEXT.add(total, value))
        return {name: total}, tuple(rule for rule, _ in valued)
    best = (min if stack.hit is Hit.MIN else max)(value for _, value in valued)
    return {name: best}, tuple(rule for rule, value in valued if value == best)


def _rank(stack: Stack, result: Mapping[str, Any]) -> list[int]:
    ranks = []
    for name, values in stack.ranks:
        given = result.get(name)
        ranks.append(values.index(given) if given in values else len(values))
    return ranks
