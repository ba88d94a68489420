"""A pattern compiled: what its events must meet, and the rules by which the engine joins them.

The engine sees none of an event's own values, only numbers that we made. Each fact has all of these fields:

=========  ===========================================================================================
``id``     its place among the facts, from 1
``b0`` …   1 or 0: may the event stand for this term?
``f0`` …   1 or 0: a truth about the event, for choices
``n0``     its place in the order of time
``n1``     the last place that is still within the pattern's time of it
``n2`` …   two for each comparison: the rank of the left value and of the right one among all that there are
``pin``    1 for the event that has to be in the match
``one``    1; see `_term`
=========  ===========================================================================================

Ranks compare as the values do, and are small: whatever a client sends, the engine adds, rounds, cuts and
hashes nothing of it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import pairwise, product
from typing import Any, Final

from rulesflow.conditions import ConditionError, Program, compile_condition
from rulesflow.patterns.definition import MOST_TERMS, Pattern, PatternRefused, Term
from rulesflow.patterns.parts import FLIPPED, Flag, Pair, Parts, Together, read_parts
from rulesflow.patterns.symmetry import interchangeable

_TESTS: Final = {"<": "$lt", "<=": "$lte", ">": "$gt", ">=": "$gte", "!=": "$neq"}
#: The tests of one join, without the one that closes it: the engine takes 24 in all.
_MOST_TESTS: Final = 22
_FIRST_RANK: Final = 2
#: A test between two terms: ``left_field op right_field``, the terms by their numbers.
Test = tuple[int, str, str, int, str]


@dataclass(frozen=True, slots=True)
class Rules:
    """Rules for the engine, as JSON; the terms are ``m0``, ``m1`` and so on."""

    text: str
    digest: str


@dataclass(frozen=True, slots=True, eq=False)
class CompiledPattern:
    """A pattern that can be matched. Immutable.

    ``alone``: for each term, what an event must meet by itself. ``reads``: for each term, the fields of a
    fact that are worked out from an event that stands for it. ``flags`` and ``pairs``: how many there are.
    ``rest`` and ``unless``: what is asked of each set of events. ``fields``: of a fact, without its id.
    ``free``: rules for any events; ``pinned``: for each term, that the pinned event stands for it.
    """

    pattern: Pattern
    alone: tuple[Program | None, ...]
    reads: tuple[tuple[tuple[str, Program], ...], ...]
    flags: int
    pairs: int
    rest: Program | None
    unless: Program | None
    fields: tuple[str, ...]
    free: Rules
    pinned: tuple[Rules, ...]


def compile_pattern(pattern: Pattern) -> CompiledPattern:
    """Compile a pattern. Raises `PatternRefused`, or `ConditionError` if a condition has problems."""
    _check(pattern)
    parts = read_parts(pattern)
    numbers = {term.alias: number for number, term in enumerate(pattern.terms)}
    every = [*parts.pairs, *(each for choice in parts.choices for way in choice for each in way)]
    flags = [each for each in every if isinstance(each, Flag)]
    pairs = [each for each in every if isinstance(each, Pair)]
    writer = _Writer(pattern, parts, numbers)
    unless = pattern.unless.when if pattern.unless else None
    return CompiledPattern(
        pattern=pattern,
        alone=tuple(parts.alone.get(term.alias) for term in pattern.terms),
        reads=tuple(tuple(_reads(term.alias, every)) for term in pattern.terms),
        flags=len(flags),
        pairs=len(pairs),
        rest=parts.rest,
        unless=compile_condition(unless, pattern.scope) if unless else None,
        fields=_fields(len(pattern.terms), len(flags), len(pairs)),
        free=writer.rules(None),
        pinned=tuple(writer.rules(number) for number in numbers.values()),
    )


def _check(pattern: Pattern) -> None:
    terms: Sequence[Term] = pattern.terms
    if not 1 <= len(terms) <= MOST_TERMS:
        given = f"{pattern.name} has {len(terms)} events"
        raise PatternRefused(f"a pattern has 1 to {MOST_TERMS} events, {given}")
    if pattern.within < 0:
        raise PatternRefused(f"the time within which {pattern.name} happens is negative")
    every = [*terms, *([pattern.unless] if pattern.unless else [])]
    names = {each.alias for each in every}
    if len(names) < len(every):
        raise PatternRefused(f"{pattern.name} has two events of one name")
    if not names <= pattern.scope.names.keys():
        raise PatternRefused(f"the scope of {pattern.name} lacks some of its events")
    for each in every:
        if each.when is not None and each.when.problems:
            raise ConditionError(each.when.problems)


def _reads(alias: str, every: Sequence[Flag | Pair]) -> Iterator[tuple[str, Program]]:
    for each in every:
        if isinstance(each, Flag):
            if each.alias == alias:
                yield f"f{each.number}", each.program
            continue
        left, right = rank_fields(each.number)
        if each.left_alias == alias:
            yield left, each.left
        if each.right_alias == alias:
            yield right, each.right


def rank_fields(pair: int) -> tuple[str, str]:
    """The fields of the left and of the right value of a pair."""
    return f"n{_FIRST_RANK + 2 * pair}", f"n{_FIRST_RANK + 2 * pair + 1}"


def _fields(terms: int, flags: int, pairs: int) -> tuple[str, ...]:
    return (
        *(f"b{number}" for number in range(terms)),
        *(f"f{number}" for number in range(flags)),
        *("n0", "n1"),
        *(field for pair in range(pairs) for field in rank_fields(pair)),
        "pin",
        "one",
    )


class _Writer:
    def __init__(self, pattern: Pattern, parts: Parts, numbers: dict[str, int]) -> None:
        self._terms = len(pattern.terms)
        self._parts = parts
        self._numbers = numbers
        self._groups = [[numbers[alias] for alias in group] for group in interchangeable(pattern)]

    def rules(self, pinned: int | None) -> Rules:
        """One rule for each combination of the ways of the choices."""
        ways = product(*self._parts.choices)
        rules = {
            f"r{number}": self._rule(pinned, [part for chosen in way for part in chosen])
            for number, way in enumerate(ways)
        }
        text = json.dumps(rules)
        return Rules(text, sha256(text.encode()).hexdigest())

    def _rule(self, pinned: int | None, chosen: Sequence[Flag | Pair]) -> dict[str, Any]:
        together: Together = (*self._parts.pairs, *chosen)
        tests = [*self._compared(together), *self._ordered()]
        flags = [(self._numbers[each.alias], each.number) for each in together if isinstance(each, Flag)]
        joined: list[dict[str, Any]] = []
        order = _order(range(self._terms), pinned, tests)
        for place, term in enumerate(order):
            own = [{"pin": 1} if term == pinned else {f"b{term}": 1}]
            own += [{f"f{number}": 1} for of, number in flags if of == term]
            joined.append(_term(term, own, order[:place], tests))
        return {"all": joined}

    def _compared(self, together: Together) -> list[Test]:
        found = []
        for each in together:
            if isinstance(each, Pair):
                left, right = self._numbers[each.left_alias], self._numbers[each.right_alias]
                ranks = rank_fields(each.number)
                found.append((left, ranks[0], each.op, right, ranks[1]))
        return found

    def _ordered(self) -> list[Test]:
        """The events of interchangeable terms stand in the order of time."""
        pairs = [(one, other) for group in self._groups for one, other in pairwise(group)]
        return [(one, "n0", "<", other, "n0") for one, other in pairs]


def _order(terms: Iterable[int], pinned: int | None, tests: Sequence[Test]) -> list[int]:
    """The pinned term, then those that are compared with it, then those that are compared with these.

    A place that the pinned event cannot have shows before all else was joined.
    """
    found = [] if pinned is None else [pinned]
    for term in found:  # which grows meanwhile
        near = {test[3] if test[0] == term else test[0] for test in tests if term in (test[0], test[3])}
        found += sorted(near.difference(found))
    return [*found, *(term for term in terms if term not in found)]


def _term(term: int, own: list[dict[str, Any]], before: Sequence[int], tests: list[Test]) -> dict[str, Any]:
    """A term, joined with those before it.

    Where the last test of a join is false the engine reads past its buffer, so the last one is always true.
    There may be no room for all tests of how near the events are; that is asked of each set that is found.
    """
    if before:
        wanted = [_joined(term, test) for test in tests if _joins(term, before, test)]
        near = [(term, "n0", "<=", other, "n1") for other in before]
        near += [(other, "n0", "<=", term, "n1") for other in before]
        wanted += [_joined(term, test) for test in near]
        room = _MOST_TESTS - len(own)
        own = [*own, *wanted[:room], {"one": {f"m{before[0]}": "one"}}]
    return {f"m{term}": own[0] if len(own) == 1 else {"$and": own}}


def _joins(term: int, before: Sequence[int], test: Test) -> bool:
    left, _, _, right, _ = test
    return (left == term and right in before) or (right == term and left in before)


def _joined(term: int, test: Test) -> dict[str, Any]:
    """The test as a condition of this term: its own field stands on the left."""
    left, left_field, op, right, right_field = test
    if left != term:
        right, left_field, op, right_field = left, right_field, FLIPPED[op], left_field
    compared = {left_field: {f"m{right}": right_field}}
    return compared if op == "==" else {_TESTS[op]: compared}
