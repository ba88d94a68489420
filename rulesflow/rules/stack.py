"""A stack: one decision under one choice of layers, and how its hit policy gives an answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from decimal import Overflow
from functools import partial, reduce
from typing import Final, NamedTuple, TypeAlias

from rulesflow.conditions import Budget, EvaluationError
from rulesflow.conditions.operators import equal
from rulesflow.conditions.types import Value
from rulesflow.model.numbers import CONTEXT, Number, canonical
from rulesflow.rules.compiled import FailedRule, Rule
from rulesflow.rules.generated import Reads, reader
from rulesflow.rules.hits import Hit
from rulesflow.rules.nodes import Values
from rulesflow.rules.outcomes import Failed, Names
from rulesflow.rules.scan import Verdict, scan
from rulesflow.rules.segments import Segment
from rulesflow.rules.shortcut import shortcut

#: Finals form a layer above all.
FINALS: Final = 1 << 30
#: Up to so many rules are asked in turn by code of their own, which is quicker than any index.
_FEW: Final = 16

Decide: TypeAlias = Callable[[Names, int], Verdict]


class Part(NamedTuple):
    """Rules that stand next to each other. ``level``: the number of their layer, 0 the most general."""

    level: int
    segment: Segment


class Standing(NamedTuple):
    """A rule that matches, and the level of its layer."""

    level: int
    rule: Rule


@dataclass(frozen=True, slots=True, eq=False)
class Stack:
    """The effective rules in the order in which they are asked.

    ``layers``: all layers that the facts chose, general first. ``paths``: of the facts in their slots, and
    ``reads`` how they are read. ``ranks``: for the policies that rank, the values of each enum property in
    their order. ``decide`` asks the rules: of validated facts with ``params`` and ``at``, and the steps that
    may be spent, it makes the verdict. It raises `FailedRule`.
    """

    hit: Hit
    layers: tuple[str, ...]
    parts: tuple[Part, ...]
    params: Mapping[str, Value]
    default: Rule | None
    paths: Sequence[tuple[str, ...] | None]
    reads: Callable[[], Reads]
    ranks: tuple[tuple[str, tuple[Value, ...]], ...] = ()
    measure: str = ""
    decide: Decide = field(init=False)

    def __post_init__(self) -> None:
        # What decides holds a twin of the stack, not the stack: a circle would outlive its last user, and
        # what the reloader has frozen is never searched for circles.
        object.__setattr__(self, "decide", _twin(self)._made())

    @property
    def rules(self) -> Iterator[Rule]:
        """The rules, in the order in which they are asked."""
        return (rule for part in self.parts for rule in part.segment.rules)

    def _made(self) -> Decide:
        if self.hit is Hit.FIRST and sum(len(part.segment.rules) for part in self.parts) <= _FEW:
            return scan(list(self.rules), self.params, self.reads(), partial(self._default, None))
        if self.hit is Hit.FIRST:
            default = partial(self._default, None) if len(self.parts) == 1 else None
            node = self.parts[0].segment.node
            return shortcut(node, self.paths, self.reads(), self._first, default)
        read = reader(self.paths, self.reads())
        return lambda names, limit: self._every(read(names), names, limit)

    def _first(self, values: Values, names: Names, limit: int) -> Verdict:
        budget = None
        for part in self.parts:
            for entry in part.segment.node.find(values):
                if not entry.sure:
                    budget = budget or Budget(limit)
                    try:
                        if not entry.matches(values, names, budget):
                            continue
                    except EvaluationError as error:
                        raise FailedRule(entry.rule, entry.rule.failed(error)) from None
                rule = entry.rule
                return (rule.answer(names, budget or Budget(limit)), (rule,))
        return self._default(None, names, budget or Budget(limit))

    def _every(self, values: Values, names: Names, limit: int) -> Verdict:
        budget = Budget(limit)
        matches = list(self._matches(values, names, budget))
        if self.hit.single:
            return self._single(matches, names, budget)
        return self._several(matches, names, budget)

    def _matches(self, values: Values, names: Names, budget: Budget) -> Iterator[Standing]:
        for part in self.parts:
            for entry in part.segment.node.find(values):
                try:
                    if entry.sure or entry.matches(values, names, budget):
                        yield Standing(part.level, entry.rule)
                except EvaluationError as error:
                    raise FailedRule(entry.rule, entry.rule.failed(error)) from None

    def _default(self, empty: Value, names: Names, budget: Budget) -> Verdict:
        if self.default is None:
            return (empty, ())
        result = self.default.answer(names, budget)
        return ([result] if isinstance(empty, list) else result, (self.default,))

    def _single(self, matches: Sequence[Standing], names: Names, budget: Budget) -> Verdict:
        if not matches:
            return self._default(None, names, budget)
        top = max(entry.level for entry in matches)
        rules = [entry.rule for entry in matches if entry.level == top]
        if self.hit is Hit.UNIQUE and len(rules) > 1:
            raise _conflict(rules[0], rules[1], "both match, and the hit policy is unique")
        results = [rule.answer(names, budget) for rule in rules]
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
        results = [rule.answer(names, budget) for rule in rules]
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


def _twin(stack: Stack) -> Stack:
    """The same stack without what decides."""
    twin = object.__new__(Stack)
    for each in fields(stack):
        if each.init:
            object.__setattr__(twin, each.name, getattr(stack, each.name))
    return twin


def _conflict(one: Rule, other: Rule, why: str) -> FailedRule:
    message = f"rules {one.name} ({one.file}:{one.line}) and {other.name} ({other.file}:{other.line}) {why}"
    return FailedRule(one, Failed("several-matches", message, one.span))
