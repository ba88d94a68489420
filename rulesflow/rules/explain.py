"""Explanations: for every rule of a stack whether it fired, or the first test that failed and what it saw."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from rulesflow.conditions import Budget, EvaluationError
from rulesflow.conditions.types import Value
from rulesflow.rules.compiled import Probe, Rule, Test, lookup
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
    accounts, fired = [], frozenset(matched)
    known: dict[int, Failure | None] = {}
    for rule in stack.rules:
        failure = first_failure(rule, names, budget, known)
        accounts.append(Account(rule, failure, failure is None and rule not in fired))
    return tuple(accounts)


def first_failure(
    rule: Rule, names: Names, budget: Budget, known: dict[int, Failure | None]
) -> Failure | None:
    """The first test of the rule that fails, None when all hold.

    As with ``&&``, a test that is false hides another's error. ``known``: by the id of a test what came of it
    with these names; many rules share tests.
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
    probes = iter(rule.residual.probes(rule.tests) if rule.residual is not None else ())
    for test in rule.tests:
        if test.constraints:
            if id(test) not in known:
                known[id(test)] = _failure(test, names)
            if known[id(test)] is not None:
                return known[id(test)]
            continue
        probe = next(probes)
        try:
            if probe.program(names, budget) is not True:
                return Failure(test.label, _seen(probe, names))
        except EvaluationError as failed:
            error = error or Failure(test.label, _seen(probe, names), failed.message)
    return error


def _failure(test: Test, names: Names) -> Failure | None:
    """Of a test that its constraints tell."""
    value = lookup(names, test.path or ())
    holds = all(each.holds(value) for each in test.bound(names["params"]))
    return None if holds else Failure(test.label, value)


def _seen(probe: Probe, names: Names) -> Value:
    """The value of the field tested; of a condition the one fact it reads, or all of them by name."""
    if probe.test.path is not None:
        return lookup(names, probe.test.path)
    facts = sorted(path for path in probe.reads if path[0] in names and path[0] != "params")
    if len(facts) == 1:
        return lookup(names, facts[0])
    return {".".join(path): lookup(names, path) for path in facts}
