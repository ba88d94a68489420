"""What a rule asks, as ways of meeting it: the rule matches where all that one of its ways asks holds.

The fence within which durable-rules answers reliably has single scalar facts compared with constants. What
else a rule asks (arithmetic, one fact against another, lists, texts by their pattern, a share of keys) is a
`Derived` truth.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import product
from typing import Final, TypeAlias

from rulesflow.conditions import Budget, EvaluationError
from rulesflow.conditions.tree import Literal, Logic, Node, Unary
from rulesflow.conditions.types import Field, Value
from rulesflow.model.errors import RulesflowError
from rulesflow.rules.compiled import Rule, Share, Test, lookup, param_type
from rulesflow.rules.conjuncts import Conjuncts
from rulesflow.rules.constraints import (
    Absent,
    Among,
    Constraint,
    Outside,
    Params,
    Path,
    Present,
    Range,
    bound,
)
from rulesflow.rules.outcomes import Names
from rulesflow.schemas import Schema

#: Ways of one rule, so that lists beside lists end.
_MOST_WAYS: Final = 300


class OutsideFence(RulesflowError):
    """What durable-rules cannot be asked. The text says why."""


@dataclass(frozen=True, slots=True)
class Derived:
    """A truth of a request that is worked out here: that a test of a rule holds, or its share.

    A test may rely on those before it. Where they do not hold it counts as true: that they do not is then for
    the engine to say, by itself. ``path``: a name of its own, which no fact has.
    """

    path: Path
    rule: Rule
    test: Test | Share
    params: Params

    def holds(self, names: Names) -> bool:
        """Raises `OutsideFence` where the test fails on these facts."""
        if isinstance(self.test, Share):
            return self.test.holds(names)
        residual = self.rule.residual
        probes = iter(residual.probes(self.rule.tests) if residual else ())
        try:
            for test in self.rule.tests:
                held = next(probes).program(names, Budget()) is True if test.tree else self._met(test, names)
                if test is self.test:
                    return held
                if not held:
                    break
        except EvaluationError as error:
            raise OutsideFence(f"rule {self.rule.name} asks what fails: {error.message}") from None
        return True

    def _met(self, test: Test, names: Names) -> bool:
        return all(each.holds(lookup(names, each.path)) for each in test.bound(self.params))


#: All of it holds. Each `Among` has one value.
Way: TypeAlias = tuple[Constraint | Derived, ...]


class Ways:
    """Reads rules over these facts, in a stack with these params."""

    def __init__(self, facts: Schema, params: Params) -> None:
        types = {name: Field(param_type(value)) for name, value in params.items()}
        self._conjuncts = Conjuncts(facts, types)
        self._params = params
        self._count = 0

    def of(self, rule: Rule) -> list[Way]:
        """The ways of meeting a rule; none where it never matches. Raises `OutsideFence`."""
        parts = [_split(each) for each in rule.constraints(self._params)]
        if rule.share is not None:
            parts.append(self._derived(rule, rule.share))
        if rule.residual is not None:
            for test, checked in rule.residual.checked(rule.tests):
                found = None if checked.tree.fallible_bool else self._read(checked.tree.node, True)
                parts.append(self._derived(rule, test) if found is None else found)
        try:
            return _product(parts)
        except OutsideFence as outside:
            raise OutsideFence(f"rule {rule.name} ({rule.file}:{rule.line}) {outside}") from None

    def _derived(self, rule: Rule, test: Test | Share) -> list[Way]:
        self._count += 1
        return [(Derived(("", str(self._count)), rule, test, self._params),)]

    def _read(self, node: Node, wanted: bool) -> list[Way] | None:
        """The ways in which the node gives what is wanted; None where that cannot be said."""
        match node:
            case Literal(value=bool() as value):
                return [()] if value is wanted else []
            case Unary(op="!", operand=operand):
                return self._read(operand, not wanted)
            case Logic(op=op, operands=operands):
                read = [self._read(each, wanted) for each in operands]
                known = [each for each in read if each is not None]
                if len(known) < len(read):
                    return None
                return _product(known) if (op == "&&") is wanted else [way for each in known for way in each]
        constraints = [bound(each, self._params) for each in self._conjuncts.constraints(node)]
        if not constraints:
            return None
        if wanted:
            return _product(_split(each) for each in constraints)
        return [way for each in constraints for denied in _denied(each) for way in _split(denied)]


def _split(constraint: Constraint) -> list[Way]:
    if isinstance(constraint, Among):
        return [(Among(constraint.path, frozenset((value,))),) for value in _in_order(constraint.values)]
    return [(constraint,)]


def _in_order(values: Iterable[Value]) -> list[Value]:
    return sorted(values)  # of one kind; so that equal rules have equal texts


def _denied(constraint: Constraint) -> Iterator[Constraint]:
    """What holds where the constraint does not, of which it is known that it cannot fail."""
    path = constraint.path
    match constraint:
        case Present():
            yield Absent(path)
        case Absent():
            yield Present(path)
        case Among(values=values):
            yield Outside(path, values)
        case Outside(values=values):
            yield Among(path, values)
        case Range(low=low, high=high, open_low=open_low, open_high=open_high):
            if low is not None:
                yield Range(path, high=low, open_high=not open_low)
            if high is not None:
                yield Range(path, low=high, open_low=not open_high)


def _product(parts: Iterable[list[Way]]) -> list[Way]:
    ways: list[Way] = [()]
    for part in parts:
        ways = [(*way, *each) for way, each in product(ways, part)]
        if len(ways) > _MOST_WAYS:
            raise OutsideFence(f"can be met in more than {_MOST_WAYS} ways")
    return ways
