"""Flips: the smallest changes of one fact that change the answer, each found by deciding again.

What must change is the result: another rule with the same result is no flip. A number that merely follows the
fact (``limit: ${ order.total }``) is none either, so of a number that moves counts what other rules make of
it, or another boolean or enum value of the same rules.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import islice
from typing import Any, Final

from rulesflow.conditions import Budget
from rulesflow.conditions.operators import equal
from rulesflow.conditions.types import Kind, Type, Value
from rulesflow.documents.jsontext import write_json
from rulesflow.model.numbers import CONTEXT, plain
from rulesflow.rules.asked import Asked, asked
from rulesflow.rules.compiled import FailedRule, Rule
from rulesflow.rules.constraints import Path
from rulesflow.rules.edges import Edge, Grid, is_number
from rulesflow.rules.line import Landing, Line
from rulesflow.rules.trials import Exhausted, Request, Trial, Trials
from rulesflow.schemas import Schema

#: Decisions that one explanation may cost: first with little to spend for each, then fewer with more.
_TRIALS: Final = (256, 16)
_MOST: Final = 50  # flips that are told
_HALF: Final = Decimal("0.5")
#: Keywords of a schema, and whether their edge is after the limit.
_LIMITS: Final[Mapping[str, bool]] = {
    "minimum": False,
    "exclusiveMaximum": False,
    "exclusiveMinimum": True,
    "maximum": True,
}


@dataclass(frozen=True, slots=True)
class Flip:
    """A change of one fact that changes the answer. None stands for an absent fact.

    ``test`` is a condition that the new value meets, as do all others near it that give the same answer;
    None where those are not known. ``distance``: how far a number moves for its size, 1 for other facts.
    """

    fact: str
    old: Value
    new: Value
    test: str | None
    result: Value
    rules: tuple[Rule, ...]
    distance: float

    def as_dict(self) -> dict[str, Any]:
        """The form of the REST reply, without the rules that give it."""
        shown = {"fact": self.fact, "from": self.old, "to": self.new}
        return shown | ({"test": self.test} if self.test else {}) | {"result": self.result}

    @property
    def order(self) -> tuple[float, bool, bool]:
        """The nearest first; of those as near, numbers first, and last whether a fact is there at all."""
        return (self.distance, self.old is None or self.new is None, not is_number(self.new))


def nearest_flips(request: Request, outcome: Type) -> tuple[Flip, ...]:
    """The flips of a request, the nearest first. ``outcome``: the type of one result."""
    for count in _TRIALS:
        bounded = replace(request, limit=request.limit // count)
        trials = Trials(bounded)
        base = trials.again()
        if base is not None:
            return _Search(bounded, base, trials, outcome).flips(count)
    return ()


class _Search:
    """The search for one request's flips."""

    def __init__(self, request: Request, base: Trial, trials: Trials, outcome: Type) -> None:
        self._request = request
        self._base = base
        self._trials = trials
        self._single = trials.stack.hit.single
        fields = (outcome.fields or {}).items()
        self._words = {name for name, each in fields if each.type.literals or each.type.kind is Kind.BOOL}

    def flips(self, allowance: int) -> tuple[Flip, ...]:
        """Search fact by fact, those with few candidates first, so that what they leave is for the rest."""
        rules, base = self._trials.stack.rules, self._base
        wanted = asked(rules, base.rules, self._words, base.names)
        searches = []
        for path in wanted.keys() | self._request.dimensions:
            schema = self._trials.declared(path)
            if schema is not None and schema.type.kind in (Kind.BOOL, Kind.NUMBER, Kind.STRING):
                ask = wanted.get(path) or Asked()
                searches.append((self._size(schema, ask), path, schema, ask))
        searches.sort(key=lambda search: search[:2])
        found: list[Flip] = []
        for number, (_, path, schema, ask) in enumerate(searches):
            share = allowance // (len(searches) - number)
            self._trials.allowance = share
            with suppress(Exhausted):
                found.extend(self._of(path, schema, ask))  # what it yields before it is exhausted stays
            allowance -= share - self._trials.allowance
        return tuple(sorted(found, key=lambda flip: flip.order)[:_MOST])

    def _size(self, schema: Schema, ask: Asked) -> int:
        """About how many trials a search takes."""
        if schema.type.literals or schema.type.kind is not Kind.NUMBER:
            return len(schema.type.literals or ask.values) + 1
        return 2 * len(ask.edges) + 64 * ask.unclear

    def _of(self, path: Path, schema: Schema, ask: Asked) -> Iterator[Flip]:
        if schema.type.kind is Kind.NUMBER and not schema.type.literals:
            flips = self._numbers(path, schema, ask)
        else:
            values = (True, False) if schema.type.kind is Kind.BOOL else schema.type.literals or ask.values
            stacks = self._request.stacks if path in self._request.dimensions else None
            flips = self._values(path, islice(values, stacks))
        results = []
        for flip in flips:
            results.append(flip.result)
            yield flip
        yield from self._absence(path, results)

    # -- values --------------------------------------------------------------------------------------------

    def _values(self, path: Path, values: Iterable[Value]) -> Iterator[Flip]:
        """Other values; those with the same result are one flip, to the nearest or else the first of them."""
        old = self._trials.value(path)
        alike: list[tuple[Trial, list[Value]]] = []
        with suppress(Exhausted):
            for value in sorted(values, key=lambda value: _distance(old, value)):
                if value == old or not self._trials.fits(path, value):
                    continue
                trial = self._trials.decide(path, value)
                if trial is None or equal(trial.result, self._base.result):
                    continue
                for first, others in alike:
                    if equal(first.result, trial.result):
                        others.append(value)
                        break
                else:
                    alike.append((trial, [value]))
        for trial, those in alike:
            yield self._flip(path, those[0], _among(path, those), trial)

    def _absence(self, path: Path, known: Iterable[Value]) -> Iterator[Flip]:
        """The fact taken away, if that brings a result that no other value of it brings."""
        if self._trials.value(path) is None or not self._trials.fits(path, None):
            return
        trial = self._trials.decide(path, None)
        if trial is not None and not any(equal(trial.result, each) for each in (self._base.result, *known)):
            test = f"!has({'.'.join(path)})" if self._trials.may_be_missing(path) else _among(path, [None])
            yield self._flip(path, None, test, trial)

    # -- numbers -------------------------------------------------------------------------------------------

    def _numbers(self, path: Path, schema: Schema, ask: Asked) -> Iterator[Flip]:
        line = self._line(path, schema, ask)
        old = self._trials.value(path)
        for landing in line.from_nothing() if old is None else line.from_number(old):
            test = _bounded(path, landing)
            yield self._flip(path, landing.number, test, landing.trial)

    def _line(self, path: Path, schema: Schema, ask: Asked) -> Line:
        old = self._trials.value(path)
        edges = ask.edges | set(_limits(schema))
        numbers = [each.cut for each in edges] + ([] if old is None else [old])
        whole = any(fault.code == "type" for fault in schema.check_literal(_HALF))
        return Line(
            self._base,
            edges,
            Grid.of(numbers, whole),
            lambda number: self._trials.decide(path, number),
            lambda number: self._trials.fits(path, number),
            self._differs,
            ask.unclear,
        )

    def _differs(self, one: Trial, other: Trial) -> bool:
        """Whether another number gives another answer, or only the same one computed of another number."""
        if equal(one.result, other.result):
            return False
        if one.rules == other.rules:
            return any(
                before.get(name) != after.get(name)
                for before, after in zip(_listed(one.result), _listed(other.result), strict=True)
                for name in self._words
            )
        if self._single and one.rules:
            try:
                return not equal(one.rules[0].answer(other.names, Budget(self._request.limit)), other.result)
            except FailedRule:
                return True
        return True

    def _flip(self, path: Path, new: Value, test: str | None, trial: Trial) -> Flip:
        old = self._trials.value(path)
        return Flip(".".join(path), old, new, test, trial.result, trial.rules, _distance(old, new))


def _listed(result: Value) -> list[Mapping[str, Value]]:
    """The outcomes in a result."""
    outcomes = result if isinstance(result, list) else [result]
    return [each for each in outcomes if isinstance(each, dict)]


def _distance(old: Value, new: Value) -> float:
    """A number's change in relation to the larger of the two: 0.5 for a half and for the double. Else 1."""
    if not is_number(old) or not is_number(new) or old == new:
        return 1.0
    before, after = Decimal(old), Decimal(new)
    return float(CONTEXT.divide(abs(CONTEXT.subtract(after, before)), max(abs(before), abs(after))))


def _limits(schema: Schema) -> Iterator[Edge]:
    """The edges of what the schema allows, as far as they stand where the field is declared."""
    for keyword, after in _LIMITS.items():
        limit: Value = schema.source.get(keyword)
        if is_number(limit):
            yield Edge(limit, after)


def _among(path: Path, values: Sequence[Value]) -> str:
    """The condition that these values meet."""
    if len(values) == 1:
        return f"{'.'.join(path)} == {write_json(values[0]).decode()}"
    return f"{'.'.join(path)} in [{', '.join(write_json(value).decode() for value in values)}]"


def _bounded(path: Path, landing: Landing) -> str | None:
    """The condition that all numbers around meet; None where it is not known."""
    fact, ends = ".".join(path), landing.ends
    if ends is None:
        return None
    if not ends:
        return f"has({fact})"
    if ends == (f">= {plain(landing.number)}", f"<= {plain(landing.number)}"):
        return _among(path, [landing.number])
    return " && ".join(f"{fact} {end}" for end in ends)
