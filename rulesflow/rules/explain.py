"""Explanations: for every rule of a stack whether it fired, or the first test that failed and what it saw."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from rulesflow.conditions import Budget, EvaluationError, check, compile_condition
from rulesflow.conditions.types import Value
from rulesflow.rules.compiled import Path, Probe, Rule, Test, lookup
from rulesflow.rules.outcomes import Names
from rulesflow.rules.stack import Stack


class Explain(StrEnum):
    """How much an answer tells: nothing, the rules that matched, or every rule of the stack."""

    NONE = "none"
    MATCHED = "matched"
    FULL = "full"


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a rule did not fire: the test as written, and the value it saw (or the error it met)."""

    test: str
    value: Value
    error: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """The form of the REST reply."""
        shown = {"test": self.test, "value": self.value}
        return shown | ({"error": self.error} if self.error else {})


@dataclass(frozen=True, slots=True)
class Account:
    """What became of one rule. ``overruled``: its tests hold, but the hit policy chose others."""

    rule: Rule
    failure: Failure | None
    overruled: bool

    def as_dict(self) -> dict[str, Any]:
        """The form of the REST reply."""
        shown: dict[str, Any] = {
            "rule": self.rule.name,
            "layer": self.rule.layer,
            "file": self.rule.file,
            "line": self.rule.line,
            "fired": self.failure is None,
        }
        if self.failure is not None:
            shown["failed"] = self.failure.as_dict()
        if self.overruled:
            shown["overruled"] = True
        return shown


def explain(stack: Stack, names: Names, matched: Collection[Rule], budget: Budget) -> tuple[Account, ...]:
    """Account for every rule of the stack, in the order in which they are asked."""
    accounts = []
    for entry in stack.rules:
        failure = first_failure(entry.rule, names, budget)
        accounts.append(Account(entry.rule, failure, failure is None and entry.rule not in matched))
    return tuple(accounts)


def first_failure(rule: Rule, names: Names, budget: Budget) -> Failure | None:
    """The first test of the rule that fails, None when all hold.

    As with ``&&``, a test that is false hides another's error.
    """
    at = names["at"]
    if rule.start is not None and at < rule.start:
        return Failure(f"from {rule.start}", at)
    if rule.until is not None and at >= rule.until:
        return Failure(f"until {rule.until}", at)
    if rule.share is not None and not rule.share.holds(names):
        share = rule.share
        percent = f"{share.buckets / 100:g}"
        return Failure(f"rollout {percent} % by {'.'.join(share.path)}", lookup(names, share.path))
    error = None
    for probe in _probes(rule):
        test, reads, program = probe.test, probe.reads, probe.program
        try:
            if program(names, budget) is not True:
                return Failure(test.label, _seen(test, reads, names))
        except EvaluationError as failed:
            error = error or Failure(test.label, _seen(test, reads, names), failed.message)
    return error


def _probes(rule: Rule) -> Sequence[Probe]:
    """The probes of a rule's tests.

    Made when an explanation is first asked for, since deciding never needs them, and then kept.
    """
    if rule.tests and not rule.probes:
        # Two threads may make them at once; both are right, and one is kept.
        rule.probes[:] = _made(rule)
    return rule.probes


def _made(rule: Rule) -> Iterator[Probe]:
    guards = rule.guards
    for test in rule.tests:
        checked = check(test.tree, rule.scope, guards)
        guards = guards | checked.when_true
        yield Probe(test, checked.reads, compile_condition(checked, rule.scope))


def _seen(test: Test, reads: frozenset[Path], names: Names) -> Value:
    """The value of the field tested; of a condition the one fact it reads, or all of them by name."""
    if test.path is not None:
        return lookup(names, test.path)
    facts = sorted(path for path in reads if path[0] in names and path[0] != "params")
    if len(facts) == 1:
        return lookup(names, facts[0])
    return {".".join(path): lookup(names, path) for path in facts}
