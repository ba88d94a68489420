"""A stack: one decision under one choice of layers, and how its hit policy gives an answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Overflow
from functools import reduce
from typing import TypeAlias

from rulesflow.conditions import Budget, EvaluationError
from rulesflow.conditions.operators import equal
from rulesflow.conditions.types import Value
from rulesflow.model.numbers import CONTEXT, Number, canonical
from rulesflow.rules.compiled import Ask, Rule
from rulesflow.rules.hits import Hit
from rulesflow.rules.outcomes import Failed, Names

#: Finals form a layer above all.
_FINALS = 1 << 30


@dataclass(frozen=True, slots=True)
class Standing:
    """A rule where it stands: ``place`` is the number of its layer, 0 the most general."""

    place: int
    rule: Rule
    ask: Ask


#: The result, and the rules whose outcome is in it (the default too).
Verdict: TypeAlias = tuple[Value, tuple[Rule, ...]]


@dataclass(frozen=True, slots=True, eq=False)
class Stack:
    """The effective rules in the order in which they are asked.

    ``layers``: all layers that the facts chose, general first. ``ranks``: for the policies that rank, the
    values of each enum property in their order.
    """

    hit: Hit
    layers: tuple[str, ...]
    rules: tuple[Standing, ...]
    params: Mapping[str, Value]
    default: Rule | None
    ranks: tuple[tuple[str, tuple[Value, ...]], ...] = ()
    measure: str = ""

    def decide(self, names: Names, limit: int) -> Verdict:
        """Ask the rules; ``limit``: the steps that may be spent. Raises `FailedRule`."""
        budget = Budget(limit)
        if self.hit is Hit.FIRST:
            return self._first(names, budget)
        matches = self._matches(names, budget)
        if self.hit.single:
            return self._single(matches, names, budget)
        return self._several(matches, names, budget)

    def _first(self, names: Names, budget: Budget) -> Verdict:
        found = self._matches(names, budget, enough=1)
        if not found:
            return self._default(None, names, budget)
        return (_outcome(found[0].rule, names, budget), (found[0].rule,))

    def _matches(self, names: Names, budget: Budget, enough: int = 0) -> list[Standing]:
        """The rules that match, the first ``enough`` of them, or all. Rules behind the last are not asked."""
        found = []
        for entry in self.rules:
            try:
                matches = entry.ask(names, budget) is True
            except EvaluationError as error:
                raise FailedRule(entry.rule, entry.rule.failed(error)) from None
            if matches:
                found.append(entry)
                if len(found) == enough:
                    break
        return found

    def _default(self, empty: Value, names: Names, budget: Budget) -> Verdict:
        if self.default is None:
            return (empty, ())
        result = _outcome(self.default, names, budget)
        return ([result] if isinstance(empty, list) else result, (self.default,))

    def _single(self, matches: Sequence[Standing], names: Names, budget: Budget) -> Verdict:
        if not matches:
            return self._default(None, names, budget)
        top = max(_level(entry) for entry in matches)
        rules = [entry.rule for entry in matches if _level(entry) == top]
        if self.hit is Hit.UNIQUE and len(rules) > 1:
            raise _conflict(rules[0], rules[1], "both match, and the hit policy is unique")
        results = [_outcome(rule, names, budget) for rule in rules]
        if self.hit is Hit.PRIORITY:
            best = min(range(len(rules)), key=lambda index: self._rank(results[index]))
            return (results[best], (rules[best],))
        for rule, result in zip(rules[1:], results[1:], strict=True):
            if not equal(result, results[0]):
                raise _conflict(
                    rules[0], rule, "both match with different results, and the hit policy is any"
                )
        return (results[0], tuple(rules))

    def _several(self, matches: Sequence[Standing], names: Names, budget: Budget) -> Verdict:
        rules = [entry.rule for entry in matches]
        if self.hit is Hit.COUNT:
            count = {"count": len(rules)}
            return (count, tuple(rules)) if rules else self._default(count, names, budget)
        results = [_outcome(rule, names, budget) for rule in rules]
        if self.hit.aggregates:
            return self._aggregate(rules, results, names, budget)
        if not rules:
            return self._default([], names, budget)
        order = list(range(len(rules)))
        if self.hit is Hit.OUTPUT_ORDER:
            order.sort(key=lambda index: self._rank(results[index]))
        return ([results[index] for index in order], tuple(rules[index] for index in order))

    def _aggregate(
        self, rules: Sequence[Rule], results: Sequence[Mapping[str, Value]], names: Names, budget: Budget
    ) -> Verdict:
        name = self.measure
        valued = [(rule, result[name]) for rule, result in zip(rules, results, strict=True) if name in result]
        if not valued:
            return self._default({name: 0 if self.hit is Hit.SUM else None}, names, budget)
        values = [value for _, value in valued]
        if self.hit is Hit.SUM:
            return ({name: self._sum(values, rules[0])}, tuple(rule for rule, _ in valued))
        best = min(values) if self.hit is Hit.MIN else max(values)
        return ({name: best}, tuple(rule for rule, value in valued if value == best))

    def _sum(self, values: Sequence[Number], first: Rule) -> Number:
        try:
            return reduce(_add, values)
        except Overflow:
            message = "the sum of all outcomes is too large for a number"
            raise FailedRule(first, Failed("out-of-range", message, first.span)) from None

    def _rank(self, result: Mapping[str, Value]) -> tuple[int, ...]:
        return tuple(
            values.index(result[name]) if result.get(name) in values else len(values)
            for name, values in self.ranks
        )


def _add(left: Number, right: Number) -> Number:
    return canonical(CONTEXT.add(left, right))


def _level(entry: Standing) -> int:
    return _FINALS if entry.rule.final else entry.place


class FailedRule(Exception):  # turned into DecisionFailed by the ruleset
    """`Failed`, with the rule that failed."""

    def __init__(self, rule: Rule, failed: Failed) -> None:
        super().__init__(str(failed))
        self.rule = rule
        self.failed = failed


def _outcome(rule: Rule, names: Names, budget: Budget) -> dict[str, Value]:
    try:
        return rule.outcome.evaluate(names, budget)
    except Failed as failed:
        raise FailedRule(rule, failed) from None


def _conflict(one: Rule, other: Rule, why: str) -> FailedRule:
    message = f"rules {one.name} ({one.file}:{one.line}) and {other.name} ({other.file}:{other.line}) {why}"
    return FailedRule(one, Failed("several-matches", message, one.span))
