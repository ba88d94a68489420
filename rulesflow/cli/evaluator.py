"""An evaluator of single expressions, typed by a project's facts or untyped."""

from __future__ import annotations

from typing import Any

from rulesflow.conditions import (
    Budget,
    ConditionError,
    EvaluationError,
    Problem,
    Scope,
    Value,
    check,
    compile_condition,
    parse,
)
from rulesflow.conditions.types import DYN, TIMESTAMP, Field, TypeValue
from rulesflow.documents.jsontext import Json
from rulesflow.model.errors import FactsRefused, Fault
from rulesflow.model.times import Timestamp
from rulesflow.rules import Ruleset
from rulesflow.schemas import SchemaMismatch


class Evaluator:
    """Evaluates expressions.

    With a ruleset, names and types are those of its facts, and checked before an expression runs; without
    one, any facts will do. ``at`` is a name where it is given. ``cost_limit``: see `Budget`.
    """

    def __init__(self, ruleset: Ruleset | None, at: Timestamp | None, cost_limit: int) -> None:
        self._ruleset = ruleset
        self._at = at
        self._cost_limit = cost_limit

    def value(self, expression: str, facts: Json) -> Value:
        """The value of the expression, as JSON can hold it; ``facts`` None stands for none at all.

        Raises `ConditionError`, `EvaluationError` and `FactsRefused`.
        """
        tree = parse(expression)
        names = self._names(facts)
        scope = self._scope(names)
        checked = check(tree, scope)
        if checked.problems:
            raise ConditionError(sorted(checked.problems, key=lambda problem: problem.start))
        if facts is None and self._ruleset:
            self._need_none(checked.reads)
        return _as_json(compile_condition(checked, scope)(names, Budget(self._cost_limit)))

    def _names(self, facts: Json) -> dict[str, Value]:
        if facts is not None and not isinstance(facts, dict):
            message = "facts must be an object"
            raise FactsRefused(message, (Fault("/facts", "type", message),))
        names = self._validated(facts) if self._ruleset and facts is not None else _nested(facts or {})
        return names if self._at is None else {"at": self._at, **names}

    def _validated(self, facts: Json) -> dict[str, Value]:
        assert self._ruleset is not None
        try:
            validated: dict[str, Value] = self._ruleset.facts.validate(facts, "/facts")
        except SchemaMismatch as mismatch:
            raise FactsRefused("the facts do not fit the schema", mismatch.faults) from None
        return validated

    def _scope(self, names: dict[str, Value]) -> Scope:
        if self._ruleset is None:
            return Scope({name: Field(DYN) for name in names}, strict=False)
        known = dict(self._ruleset.facts.type.fields or {})
        return Scope({**known, "at": Field(TIMESTAMP)}, zone=self._ruleset.zone)

    def _need_none(self, reads: frozenset[tuple[str, ...]]) -> None:
        read = sorted(".".join(path) for path in reads if path != ("at",))
        if read:
            message = f"the expression reads {read[0]}, and there are no facts"
            hint = "give them with --facts FILE"
            raise FactsRefused(message, (Fault("/facts", "required", message, hint),))


def _nested(facts: dict[str, Value]) -> dict[str, Value]:
    """Untyped facts, those with dotted names (``"a.b"``) in their place; the longest wins, as in CEL."""
    names: dict[str, Value] = {}
    for dotted in sorted(facts, key=lambda name: name.count(".")):
        *above, last = dotted.split(".")
        inner = names
        for step in above:
            old = inner.get(step)
            inner[step] = dict(old) if isinstance(old, dict) else {}
            inner = inner[step]
        inner[last] = facts[dotted]
    return names


def _as_json(value: Value) -> Any:
    """The value with each type as its name, since JSON has no types."""
    if isinstance(value, TypeValue):
        return value.name
    if isinstance(value, dict):
        return {key: _as_json(item) for key, item in value.items()}
    return [_as_json(item) for item in value] if isinstance(value, list) else value


def problems_of(error: ConditionError | EvaluationError) -> tuple[Problem, ...]:
    """What is wrong with an expression, found before it ran or while it did, by place."""
    if isinstance(error, ConditionError):
        return error.problems
    return (Problem(error.code, error.message, error.start or 0, error.end or 0),)
