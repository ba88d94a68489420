"""The watch for alerts: which open and close by what was measured. It keeps what held of late."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from rulesflow.values.expression import Expression, ExpressionFailed
from rulesflow.watch.alertfacts import facts_of
from rulesflow.watch.alertrule import AlertRule
from rulesflow.watch.alertstate import Look, Standing, Told, advance
from rulesflow.watch.measures import Facts, Measured
from rulesflow.watch.verdict import length

Pair: TypeAlias = tuple[str, str]
_LONGEST: Final = 1000  # characters of a text


@dataclass(frozen=True, slots=True)
class Change:
    """An alert of a subject opens or closes. ``rule``: None where there is none any more."""

    told: Told
    alert: str
    subject: str
    rule: AlertRule | None = None
    text: str = ""
    because: str = ""
    facts: Facts = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Problems:
    """By alert: why it could not be told whether it holds, and why not what it says.

    The latter stays until its text can be told again.
    """

    conditions: dict[str, str] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)

    def of(self, alert: str) -> str | None:
        """That of one alert."""
        return self.conditions.get(alert) or self.texts.get(alert)


class AlertWatch:
    """One thread at a time may use it. ``problems``: those of the last look."""

    def __init__(self) -> None:
        self._standings: dict[Pair, Standing] = {}
        self.problems = Problems()

    def adopt(self, open_: Set[Pair]) -> None:
        """Take over which are open, as it is stored, since another process may have looked after them."""
        known = {pair for pair, each in self._standings.items() if each.is_open}
        for pair in known - open_:
            del self._standings[pair]
        self._standings |= {pair: Standing("open") for pair in open_ - known}

    def look(self, rules: Iterable[AlertRule], measured: Mapping[float, Measured], at: int) -> list[Change]:
        """What changes at ``at`` (microseconds), by measures of each rule's window."""
        before, self._standings = self._standings, {}
        rules = [*rules]
        known = {rule.name for rule in rules if rule.enabled}
        texts = {name: text for name, text in self.problems.texts.items() if name in known}
        self.problems = Problems({}, texts)
        changes: list[Change] = []
        for rule in rules:
            if rule.enabled and rule.window in measured:
                changes += self._of_rule(rule, measured[rule.window], before, at)
        gone = [pair for pair, each in before.items() if each.is_open and pair not in self._standings]
        return changes + [Change("closed", *pair, because="it is not watched any more") for pair in gone]

    def _of_rule(
        self, rule: AlertRule, measured: Measured, before: Mapping[Pair, Standing], at: int
    ) -> Iterator[Change]:
        for subject, facts in facts_of(measured, rule.of):
            pair = rule.name, subject
            standing = before.get(pair, Standing())
            look = self._judge(rule, facts, at)
            self._standings[pair], told = advance(standing, look, rule.hold, rule.clear_hold)
            if told == "opened":
                yield Change(told, *pair, rule, self._text(rule, facts), _because(rule), facts)
            elif look.when and rule.name in self.problems.texts:
                self._text(rule, facts)
            if told == "closed":
                yield Change(told, *pair, rule)

    def _judge(self, rule: AlertRule, facts: Facts, at: int) -> Look:
        when = self._holds(rule, rule.when, facts)
        if rule.clear is None:
            return Look(at, when, None if when is None else not when)
        return Look(at, when, self._holds(rule, rule.clear, facts))

    def _holds(self, rule: AlertRule, condition: Expression, facts: Facts) -> bool | None:
        try:
            return condition(facts) is True
        except ExpressionFailed as failed:
            self.problems.conditions[rule.name] = str(failed)
            return None

    def _text(self, rule: AlertRule, facts: Facts) -> str:
        try:
            text = str(rule.say(facts))[:_LONGEST]
        except ExpressionFailed as failed:
            self.problems.texts[rule.name] = str(failed)
            return rule.title
        self.problems.texts.pop(rule.name, None)
        return text


def _because(rule: AlertRule) -> str:
    return f"{rule.when_text}, for {length(rule.hold)}" if rule.hold else rule.when_text
