"""Lookups: which facts the patterns of a project set, and for which requests; worked out once a project."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from rulesflow.conditions import Value
from rulesflow.conditions.types import Kind
from rulesflow.model.times import Duration, Timestamp
from rulesflow.patterns.followup import FollowUp, SetFact
from rulesflow.rules import Decision
from rulesflow.schemas import Schema, SchemaMismatch

Path: TypeAlias = tuple[str, ...]
#: What facts of one kind have in common: the path of the fact, and those of their ``where``, sorted.
Shape: TypeAlias = tuple[Path, tuple[Path, ...]]
#: The values of a ``where``, in the order of its paths, as `key_of` has them.
Key: TypeAlias = tuple[Any, ...]

_TIMES: Final = (Kind.TIMESTAMP, Kind.DURATION)


@dataclass(frozen=True, slots=True)
class Lookup:
    """One shape of facts that patterns of a project set.

    ``times``: for each path of the ``where`` the schema of its times; None where it holds none. ``schemas``:
    along the fact's path, of its first object, of what is in that, and so on to the fact itself.
    """

    shape: Shape
    times: tuple[Schema | None, ...]
    schemas: tuple[Schema, ...]

    def key(self, facts: Mapping[str, Any]) -> Key | None:
        """What the facts of a request, as sent, say of the ``where``; None where they say nothing of some."""
        found = []
        for path, schema in zip(self.shape[1], self.times, strict=True):
            value = _at(facts, path)
            if schema is not None:
                value = _time(schema, value)
            part = key_of(value)
            if part is None:
                return None
            found.append(part)
        return tuple(found)

    def put(self, facts: Mapping[str, Any], value: Any) -> Mapping[str, Any] | None:
        """A copy of the facts with the value.

        None where they say something of the fact already, and where with it they would not fit the schema:
        it has changed, or asks for more in an object that is not there.
        """
        path, depth, inner = self.shape[0], 0, facts
        while depth < len(path) and path[depth] in inner:
            inner, depth = inner[path[depth]], depth + 1
            if not isinstance(inner, Mapping):
                return None
        if depth == len(path) or not _fits(self.schemas[depth], made := _nested(path[depth + 1 :], value)):
            return None
        return _with(facts, path[: depth + 1], made)


def lookups_of(follow_ups: Iterable[FollowUp], facts: Schema) -> tuple[Lookup, ...]:
    """One for each shape of facts that is set."""
    setting = [each for each in follow_ups if isinstance(each, SetFact)]
    shapes = sorted({shape_of(each.fact, [path for path, _ in each.where]) for each in setting})
    return tuple(each for shape in shapes if (each := _lookup(shape, facts)) is not None)


def readers(decisions: Iterable[Decision], lookups: Iterable[Lookup]) -> frozenset[str]:
    """The names of the decisions whose answer may depend on facts that are set."""
    set_ = {each.shape[0] for each in lookups}
    return frozenset(each.name for each in decisions if set_ and _meet(each.reads(), set_))


def _meet(read: Iterable[Path], set_: Iterable[Path]) -> bool:
    """Whether a path of one leads to a path of the other, or lies in what that leads to."""
    return any(one[: len(other)] == other[: len(one)] for one in read for other in set_)


def shape_of(fact: Path, where: Iterable[Path]) -> Shape:
    """The shape of a fact at a path, for requests that have values at those paths."""
    return tuple(fact), tuple(sorted(where))


def key_of(value: Value) -> Any:
    """Equal for values that the language holds to be equal; None for what is no scalar."""
    kind = type(value)
    if kind is str:
        return value
    if kind is bool or kind is Timestamp or kind is Duration:  # Python takes them for numbers
        return kind, value
    return None if value is None or isinstance(value, Mapping | list | tuple) else value


def _lookup(shape: Shape, facts: Schema) -> Lookup | None:
    """None where the schema of the facts does not know the fact."""
    fact, where = shape
    along = [_schema(facts, fact[:depth]) for depth in range(1, len(fact) + 1)]
    known = tuple(each for each in along if each is not None)
    return Lookup(shape, tuple(_times(facts, path) for path in where), known) if along == [*known] else None


def _schema(facts: Schema, path: Path) -> Schema | None:
    found: Schema | None = facts
    for name in path:
        found = None if found is None else found.properties.get(name)
    return found


def _times(facts: Schema, path: Path) -> Schema | None:
    found = _schema(facts, path)
    return found if found is not None and found.type.kind in _TIMES else None


def _at(facts: Any, path: Path) -> Any:
    for name in path:
        if not isinstance(facts, Mapping):
            return None
        facts = facts.get(name)
    return facts


def _time(schema: Schema, value: Any) -> Any:
    try:
        return schema.validate(value)
    except SchemaMismatch:  # the decision will refuse it
        return None


def _fits(schema: Schema, value: Any) -> bool:
    try:
        schema.validate(value)
    except SchemaMismatch:
        return False
    return True


def _nested(path: Path, value: Any) -> Any:
    for name in reversed(path):
        value = {name: value}
    return value


def _with(facts: Mapping[str, Any], path: Path, value: Any) -> dict[str, Any]:
    first, *rest = path
    return {**facts, first: _with(facts[first], tuple(rest), value) if rest else value}
