"""Answers: what a decision gave, which rules gave it, and how much of that is told."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from rulesflow.conditions.types import Value
from rulesflow.model.times import Timestamp
from rulesflow.rules.compiled import Rule
from rulesflow.rules.explain import Account
from rulesflow.rules.flips import Flip


@dataclass(frozen=True, slots=True)
class Match:
    """A rule whose outcome is in the result."""

    rule: str
    layer: str
    file: str
    line: int
    because: str | None

    @classmethod
    def of(cls, rule: Rule) -> Match:
        """What is told of a rule."""
        return cls(rule.name, rule.layer, rule.file, rule.line, rule.because)


class Answer(NamedTuple):
    """What was decided and why.

    ``rules``: those whose outcome is in the result, as far as they are told. ``accounts`` are there when the
    explanation asked for was ``full``, and then ``flips`` too, the nearest first.
    """

    decision: str
    result: Value
    rules: tuple[Rule, ...]
    layers: tuple[str, ...]
    digest: str
    at: Timestamp
    accounts: tuple[Account, ...] | None = None
    flips: tuple[Flip, ...] = ()

    @property
    def matched(self) -> tuple[Match, ...]:
        """What is told of the rules."""
        return tuple(map(Match.of, self.rules))

    def as_dict(self) -> dict[str, Any]:
        """The form of the REST reply, without its id. Values may be decimals, timestamps and durations."""
        shown: dict[str, Any] = {
            "decision": self.decision,
            "result": self.result,
            "matched": _matched(self.rules),
            "layers": list(self.layers),
            "digest": self.digest,
            "at": self.at,
        }
        if self.accounts is not None:
            shown["explanation"] = {
                "rules": [account.as_dict() for account in self.accounts],
                "flips": [flip.as_dict() | {"matched": _matched(flip.rules)} for flip in self.flips],
            }
        return shown


def _matched(rules: Iterable[Rule]) -> list[dict[str, Any]]:
    return [told(rule) for rule in rules]


def told(rule: Rule) -> dict[str, Any]:
    """What is told of a rule that decided, as the REST reply has it. It stands in every decision's way."""
    span = rule.span
    return {
        "rule": rule.name,
        "layer": rule.layer,
        "file": span.file,
        "line": span.line,
        "because": rule.because,
    }
