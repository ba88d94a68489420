"""Trials: the facts of a request with one of them changed, checked again and decided again."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass
from typing import NamedTuple

from rulesflow.conditions.types import Field, Value
from rulesflow.model.times import Timestamp
from rulesflow.rules.compiled import FailedRule, Rule, lookup
from rulesflow.rules.constraints import Path
from rulesflow.rules.outcomes import Names
from rulesflow.rules.stack import Stack
from rulesflow.schemas import Schema, SchemaMismatch


class Trial(NamedTuple):
    """What was decided, by which rules, on which names (the facts, ``params`` and ``at``)."""

    result: Value
    rules: tuple[Rule, ...]
    names: Names


class Exhausted(Exception):  # caught by whoever gave the allowance
    """No more trials are allowed."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request that was decided. ``facts`` have been checked by ``schema``.

    ``requires``: paths that may not be absent. ``dimensions``: those that choose another ``stack``, of which
    each may bring ``stacks``. ``limit``: the steps that one decision may spend.
    """

    facts: Names
    at: Timestamp
    schema: Schema
    requires: Set[Path]
    dimensions: Set[Path]
    stack: Callable[[Names], Stack]
    stacks: int
    limit: int


class Trials:
    """Tries changes of a request, as many as its allowance says."""

    def __init__(self, request: Request) -> None:
        self.allowance = 0
        self._request = request
        self.stack = request.stack(request.facts)

    def declared(self, path: Path) -> Schema | None:
        """The schema of a field that is declared."""
        found: Schema | None = self._request.schema
        for name in path:
            found = found.properties.get(name) if found is not None else None
        return found

    def value(self, path: Path) -> Value:
        """What the request says."""
        return lookup(self._request.facts, path)

    def fits(self, path: Path, value: Value) -> bool:
        """Whether the facts would be accepted with this value there; None stands for an absent fact."""
        if value is None:
            field = self._field(path)
            optional = field is not None and (field.type.nullable or not field.required)
            return optional and path not in self._request.requires
        return self._put(path, value) is not None

    def may_be_missing(self, path: Path) -> bool:
        """Whether the field may be left out, rather than be null."""
        field = self._field(path)
        return field is not None and not field.required

    def decide(self, path: Path, value: Value) -> Trial | None:
        """Decide with this value there. None where such facts are refused, or where a rule fails on them.

        Raises `Exhausted`.
        """
        if self.allowance <= 0:
            raise Exhausted
        self.allowance -= 1
        facts = self._without(path) if value is None else self._put(path, value)
        if facts is None:
            return None
        stack = self._request.stack(facts) if path in self._request.dimensions else self.stack
        return self._decided(stack, facts)

    def again(self) -> Trial | None:
        """Decide the request as it is; None where that takes more than a trial may spend."""
        return self._decided(self.stack, self._request.facts)

    def _decided(self, stack: Stack, facts: Names) -> Trial | None:
        names = {**facts, "params": stack.params, "at": self._request.at}
        try:
            return Trial(*stack.decide(names, self._request.limit), names)
        except FailedRule:
            return None

    def _put(self, path: Path, value: Value) -> Names | None:
        """The facts with a value at the path; None where the schema refuses it.

        What a schema says of one value does not depend on others, so only the new one is checked: or the
        outermost object that was not there.
        """
        depth = 1
        while depth < len(path) and isinstance(lookup(self._request.facts, path[:depth]), dict):
            depth += 1
        schema = self.declared(path[:depth])
        if schema is None:
            return None
        for name in reversed(path[depth:]):
            value = {name: value}
        try:
            return _changed(self._request.facts, path[:depth], schema.validate(value))
        except SchemaMismatch:
            return None

    def _without(self, path: Path) -> Names | None:
        """The facts without what is at the path, or with null there if it must be there."""
        if not self.fits(path, None):
            return None
        above = dict(lookup(self._request.facts, path[:-1]))
        del above[path[-1]]
        if not self.may_be_missing(path):
            above[path[-1]] = None
        return _changed(self._request.facts, path[:-1], above)

    def _field(self, path: Path) -> Field | None:
        above = self._request.schema.at(path[:-1])
        return (above.fields or {}).get(path[-1]) if above is not None else None


def _changed(facts: Mapping[str, Value], path: Path, value: Value) -> Names:
    """A copy with another value at the path, the objects above which are there."""
    if not path:
        return value  # type: ignore[no-any-return]
    name, *below = path
    return {**facts, name: _changed(facts[name], tuple(below), value) if below else value}
