"""A decision's rules, in one stack, as rules of durable-rules."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from rulesflow.conditions.types import Kind
from rulesflow.rules.compiled import AT, Rule
from rulesflow.rules.constraints import Absent, Among, Constraint, Outside, Path, Range
from rulesflow.rules.outcomes import Names
from rulesflow.rules.stack import Stack
from rulesflow.runtime.opinionfacts import Seen
from rulesflow.runtime.opinionways import Derived, OutsideFence, Way, Ways
from rulesflow.schemas import Schema

#: Where 65 rules are met by one fact the engine gives an error; more than 250 alike end its process.
_MOST_TOGETHER: Final = 50
_MOST_SEEN: Final = 100
_MOST_TESTS: Final = 24
_MOST_RULES: Final = 4_000


@dataclass(frozen=True, slots=True)
class Sheet:
    """Rules that go to the engine together. ``seen``: of the facts, what they ask of.

    ``owners``: for each of the engine's rules the place of ours in the stack.
    """

    text: str
    digest: str
    seen: tuple[Seen, ...]
    owners: tuple[int, ...]

    def fact(self, number: int, names: Names) -> str:
        """A request as the engine sees it. ``number``: from 1. Raises `OutsideFence`."""
        members = [
            f'"id": {number}, "one": 1',
            *(each.members(names) for each in self.seen),
        ]
        return "{" + ", ".join(members) + "}"


@dataclass(frozen=True, slots=True)
class Sheets:
    """All rules of a stack, in the order in which it asks them, each with the level of its layer."""

    stack: Stack
    rules: tuple[tuple[int, Rule], ...]
    sheets: tuple[Sheet, ...]


def sheets_of(stack: Stack, facts: Schema) -> Sheets:
    """Compile a stack. Raises `OutsideFence`."""
    rules = tuple((part.level, rule) for part in stack.parts for rule in part.segment.rules)
    reader = Ways(facts, stack.params)
    ways = [(place, way) for place, (_, rule) in enumerate(rules) for way in reader.of(rule)]
    if len(ways) > _MOST_RULES:
        raise OutsideFence(f"its rules can be met in {len(ways)} ways, {_MOST_RULES} are the most")
    seen = _seen([way for _, way in ways], facts)
    return Sheets(stack, rules, tuple(_sheet(each, seen) for each in _apart(ways)))


def _apart(ways: Sequence[tuple[int, Way]]) -> Iterator[list[tuple[int, Way]]]:
    """Runs of rules that are few enough for the engine, and ask of few enough facts."""
    run: list[tuple[int, Way]] = []
    paths: set[Path] = set()
    for place, way in ways:
        own = {each.path for each in way}
        if run and (len(run) == _MOST_TOGETHER or len(paths | own) > _MOST_SEEN):
            yield run
            run, paths = [], set()
        run.append((place, way))
        paths |= own
    if run:
        yield run


def _seen(ways: Sequence[Way], facts: Schema) -> dict[Path, Seen]:
    every = {each.path: each for way in ways for each in way}
    asked = [each for way in ways for each in way]
    valued = {each.path for each in asked if isinstance(each, Among | Outside | Range)}
    ordered = {each.path for each in asked if isinstance(each, Range)}
    seen = {}
    for number, (path, one) in enumerate(sorted(every.items(), key=lambda item: item[0])):
        kind = _kind(path, facts) if path in valued else None
        derived = one if isinstance(one, Derived) else None
        seen[path] = Seen(number, path, kind, path in ordered, derived)
    return seen


def _kind(path: Path, facts: Schema) -> Kind | None:
    if path == AT:
        return Kind.TIMESTAMP
    found = facts.at(path)
    return found.kind if found is not None else None


def _sheet(ways: Sequence[tuple[int, Way]], seen: dict[Path, Seen]) -> Sheet:
    rules = (f'"r{number}": {_rule(way, seen)}' for number, (_, way) in enumerate(ways))
    text = "{" + ", ".join(rules) + "}"
    paths = sorted({each.path for _, way in ways for each in way})
    owners = tuple(place for place, _ in ways)
    return Sheet(text, sha256(text.encode()).hexdigest(), tuple(seen[path] for path in paths), owners)


def _rule(way: Way, seen: dict[Path, Seen]) -> str:
    tests = list(dict.fromkeys(test for each in way for test in _tests(each, seen[each.path])))
    if len(tests) > _MOST_TESTS:
        raise OutsideFence(f"a rule asks {len(tests)} things, {_MOST_TESTS} are the most")
    tests = tests or ['{"one": 1}']
    asked = tests[0] if len(tests) == 1 else '{"$and": [' + ", ".join(tests) + "]}"
    return '{"all": [{"m0": ' + asked + "}]}"


def _tests(constraint: Constraint | Derived, seen: Seen) -> Iterator[str]:
    """A fact that is not there has a value all the same, so its presence is asked first."""
    if isinstance(constraint, Derived):
        yield json.dumps({f"t{seen.number}": 1})
        return
    yield json.dumps({f"p{seen.number}": int(not isinstance(constraint, Absent))})
    match constraint:
        case Among(values=values):
            yield from (f'{{"{seen.field}": {seen.text(value)}}}' for value in values)
        case Outside(values=values):
            yield from sorted(_compared("$neq", seen, seen.text(value)) for value in values)
        case Range(low=low, high=high, open_low=open_low, open_high=open_high):
            if low is not None:
                yield _compared("$gt" if open_low else "$gte", seen, seen.text(low))
            if high is not None:
                yield _compared("$lt" if open_high else "$lte", seen, seen.text(high))


def _compared(op: str, seen: Seen, text: str) -> str:
    return f'{{"{op}": {{"{seen.field}": {text}}}}}'
