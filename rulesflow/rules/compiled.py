"""Compiled rules: what a written rule asks of the facts, and what it answers.

A rule is compiled once, however many stacks it stands in: params reach it as a name, not as constants.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from rulesflow.conditions import (
    Budget,
    Checked,
    EvaluationError,
    Guards,
    Program,
    Scope,
    check,
    compile_condition,
)
from rulesflow.conditions.guards import reached
from rulesflow.conditions.tree import Node
from rulesflow.conditions.types import BOOL, DYN, Kind, Type, Value
from rulesflow.model.diagnostics import Span
from rulesflow.model.numbers import Number, plain
from rulesflow.model.times import Timestamp
from rulesflow.rules.constraints import Absent, Constraint, Params, Path, Range, bound
from rulesflow.rules.outcomes import Failed, Names, Outcome
from rulesflow.rules.places import Places
from rulesflow.rules.reach import bucket

AT = ("at",)


@dataclass(frozen=True, slots=True)
class Test:
    """One part of a condition that must hold.

    ``label`` is what the author wrote, ``path`` the field tested (None for a condition of several). It is
    told by ``constraints``, all of which must hold; where there are none, by ``tree``. ``params``: those that
    the constraints name.
    """

    label: str
    path: Path | None
    constraints: tuple[Constraint, ...] = ()
    tree: Node | None = None
    params: frozenset[str] = frozenset()

    def bound(self, params: Params) -> tuple[Constraint, ...]:
        """The constraints, in a stack with these params."""
        return tuple(bound(each, params) for each in self.constraints) if self.params else self.constraints


@dataclass(frozen=True, slots=True)
class Share:
    """A compiled rollout: the keys of ``path`` whose bucket lies below ``buckets``."""

    decision: str
    rule: str
    buckets: int
    path: Path

    def key(self, names: Names) -> str | None:
        """The key as text, or None where the fact is absent, or is a list or an object, which is no key."""
        value = lookup(names, self.path)
        return None if value is None or isinstance(value, list | dict) else key_text(value)

    def holds(self, names: Names) -> bool:
        """Whether the request's key is in the share."""
        key = self.key(names)
        return key is not None and bucket(self.decision, self.rule, key) < self.buckets


@dataclass(frozen=True, slots=True)
class Probe:
    """One test by itself, for explanations: its own code, and the paths that it reads."""

    test: Test
    reads: frozenset[Path]
    program: Program


class Residual:
    """What no constraint tells of a rule's condition. Its code is made when it is first asked for.

    Two threads may make it at once; both are right, and one is kept. ``known``: what holds before any of the
    rule's tests is asked.
    """

    __slots__ = ("_checked", "_known", "_places", "_probes", "_program", "_scope")

    def __init__(self, checked: Checked, places: Places, scope: Scope, known: Guards) -> None:
        self._checked: Checked = checked
        self._program: Program | None = None
        self._places = places
        self._scope = scope
        self._known = known
        self._probes: tuple[Probe, ...] | None = None

    @property
    def reads(self) -> frozenset[Path]:
        """The paths that it reads."""
        return self._checked.reads

    @property
    def program(self) -> Program:
        """The code of all of it."""
        program = self._program
        if program is None:
            program = self._program = compile_condition(self._checked, self._scope)
        return program

    def probes(self, tests: Iterable[Test]) -> tuple[Probe, ...]:
        """The probes of those of the rule's tests that are no constraints. Deciding never needs them."""
        probes = self._probes
        if probes is None:
            probes = self._probes = tuple(self._made(tests))
        return probes

    def checked(self, tests: Iterable[Test]) -> Iterator[tuple[Test, Checked]]:
        """Those of the rule's tests that are no constraints, each checked by itself."""
        known = self._known
        for test in tests:
            if test.tree is None:
                known = known | shown_by(test.constraints)
                continue
            checked = check(test.tree, self._scope, known)
            known = known | checked.when_true
            yield test, checked

    def _made(self, tests: Iterable[Test]) -> Iterator[Probe]:
        for test, checked in self.checked(tests):
            yield Probe(test, checked.reads, compile_condition(checked, self._scope))

    def place(self, error: EvaluationError) -> Span | None:
        """Where in the file the code stands that failed."""
        self.program.locate(error)
        if error.start is None or error.end is None:
            return None
        return self._places.span(error.start, error.end)


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """A rule that can be asked: it matches where its constraints, its share and its residual hold.

    ``layer`` is the folder in which the effective text stands, ``span`` its name's place. ``tests`` are the
    parts of its ``when`` in the order in which they were written, ``residual`` those of them together that
    are no constraints; None where there are none.
    """

    name: str
    layer: str
    span: Span
    because: str | None
    final: bool
    start: Timestamp | None
    until: Timestamp | None
    share: Share | None
    tests: tuple[Test, ...]
    residual: Residual | None
    outcome: Outcome

    @property
    def file(self) -> str:
        """The file in which the effective text stands."""
        return self.span.file

    @property
    def line(self) -> int:
        """Its line there."""
        return self.span.line

    def in_force(self, at: Timestamp) -> bool:
        """Whether ``at`` lies within the effective dates."""
        return (self.start is None or self.start <= at) and (self.until is None or at < self.until)

    def constraints(self, params: Params) -> Iterable[Constraint]:
        """What it asks of single fields, the effective dates too, in a stack with these params."""
        if self.start is not None or self.until is not None:
            yield Range(AT, self.start, self.until, open_high=True)
        for test in self.tests:
            yield from test.bound(params)

    def reads(self) -> Iterator[Path]:
        """The paths that it reads, some of them more than once."""
        yield from self.outcome.reads
        for test in self.tests:
            yield from (each.path for each in test.constraints)
        if self.residual is not None:
            yield from self.residual.reads
        if self.share is not None:
            yield self.share.path

    def failed(self, error: EvaluationError) -> Failed:
        """What went wrong while it was asked, with its place; the rule's own where nobody can say more."""
        place = self.residual.place(error) if self.residual is not None else None
        return Failed(error.code, error.message, place or self.span)

    def answer(self, names: Names, budget: Budget) -> dict[str, Value]:
        """Its outcome. Raises `FailedRule`."""
        try:
            return self.outcome.evaluate(names, budget)
        except Failed as failed:
            raise FailedRule(self, failed) from None


class FailedRule(Exception):  # turned into DecisionFailed by the ruleset
    """`Failed`, with the rule that failed."""

    def __init__(self, rule: Rule, failed: Failed) -> None:
        super().__init__(str(failed))
        self.rule = rule
        self.failed = failed


def lookup(names: Names, path: Path) -> Value:
    """The value at a path, None where it or anything above it is missing or null."""
    value: Value = names
    for step in path:
        if not isinstance(value, dict):
            return None
        value = value.get(step)
    return value


def key_text(value: Number | str | bool | Timestamp) -> str:
    """A rollout's key as text: numbers in plain notation, so that 7 and 7.0 share a bucket."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if type(value) is Timestamp or isinstance(value, str):
        return str(value)
    return plain(value)


def param_type(value: Value) -> Type:
    """The type of a param, told from its value."""
    if isinstance(value, bool):
        return BOOL
    if isinstance(value, str):
        return Type(Kind.STRING)
    if isinstance(value, list):
        return Type(Kind.LIST, element=_of_all(value))
    if isinstance(value, dict):
        return Type(Kind.MAP, element=_of_all(value.values()))
    return Type(Kind.NULL) if value is None else Type(Kind.NUMBER)


def _of_all(items: Collection[Value]) -> Type | None:
    """The type of all items; None where there are none."""
    kinds = {param_type(item) for item in items}
    return None if not kinds else kinds.pop() if len(kinds) == 1 else DYN


def requires_guards(paths: Iterable[Path]) -> Guards:
    """What a decision may take for granted of the facts that it requires."""
    prefixes = frozenset(path[: count + 1] for path in paths for count in range(len(path)))
    return Guards(prefixes, prefixes)


def shown_by(constraints: Iterable[Constraint]) -> Guards:
    """What is known of the facts where the constraints hold."""
    guards = Guards()
    for each in constraints:
        if not isinstance(each, Absent):
            guards = guards | reached(each.path, not_null=True)
    return guards
