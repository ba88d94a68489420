"""The second opinion: what durable-rules makes of decisions, beside our own evaluator."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from rulesflow.conditions.operators import equal
from rulesflow.conditions.types import Value
from rulesflow.model.errors import DecisionFailed, FactsRefused
from rulesflow.model.times import Timestamp
from rulesflow.patterns.supervisor import Sifting, Supervisor
from rulesflow.rules import Decision, Ruleset
from rulesflow.rules.compiled import FailedRule, Rule
from rulesflow.rules.outcomes import Names
from rulesflow.rules.stack import Stack
from rulesflow.runtime.opinionpolicies import SeveralMatch, settled
from rulesflow.runtime.opinionrules import Sheet, Sheets, sheets_of
from rulesflow.runtime.opinionways import OutsideFence

#: That one question may take. A first one compiles rules.
_SECONDS: Final = 20.0
_MOST_FACTS: Final = 500
_MOST_CHARACTERS: Final = 4_000_000
_SEVERAL: Final = "several-matches"


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be decided: parsed JSON ``facts``, which are not checked yet."""

    decision: str
    facts: Value
    at: Timestamp


@dataclass(frozen=True, slots=True)
class Opinion:
    """One engine's answer: the result and the rules that gave it; or the ``code`` by which it failed."""

    result: Value = None
    rules: tuple[Rule, ...] = ()
    code: str | None = None

    def __str__(self) -> str:
        if self.code is not None:
            return f"the failure {self.code}"
        return f"{self.result} by {', '.join(rule.name for rule in self.rules) or 'no rule'}"

    def agrees(self, other: Opinion) -> bool:
        """Do both say the same?"""
        same = self.code == other.code and self.rules == other.rules
        return same and bool(equal(self.result, other.result))


@dataclass(frozen=True, slots=True)
class Compared:
    """Both answers; or ``outside``, why the other engine is not asked, and then no ``other``."""

    ours: Opinion
    other: Opinion | None
    outside: str = ""

    @property
    def difference(self) -> str | None:
        """What differs, in words; None where nothing does."""
        if self.other is None or self.ours.agrees(self.other):
            return None
        return f"the second opinion is {self.other}, ours {self.ours}"


class SecondOpinion:
    """Of one ruleset. Stacks are compiled once."""

    def __init__(self, ruleset: Ruleset, supervisor: Supervisor) -> None:
        self._ruleset = ruleset
        self._supervisor = supervisor
        self._sheets: dict[Stack, Sheets | OutsideFence] = {}

    def compare(self, requests: Sequence[Request]) -> list[Compared | FactsRefused]:
        """Both answers to each request. Many at once take far less time.

        Raises `EngineMissing`, `SiftingFailed`, and `UnknownName` where there is no such decision.
        """
        answers: list[Compared | FactsRefused | None] = [None] * len(requests)
        asked: dict[Stack, dict[int, Names]] = {}
        for place, request in enumerate(requests):
            decision = self._ruleset.decision(request.decision)
            try:
                stack, names = self._names(decision, request)
            except FactsRefused as refused:
                answers[place] = refused
            else:
                asked.setdefault(stack, {})[place] = names
        for stack, every in asked.items():
            for place, other in self._other(stack, every).items():
                ours = self._ours(requests[place])
                answers[place] = (
                    Compared(ours, other) if isinstance(other, Opinion) else Compared(ours, None, str(other))
                )
        return [each for each in answers if each is not None]

    def _names(self, decision: Decision, request: Request) -> tuple[Stack, Names]:
        facts = self._ruleset.check_facts(decision, request.facts, "")
        stack = decision.stack(self._ruleset.dimension_values(facts))
        return stack, {**facts, "params": stack.params, "at": request.at}

    def _ours(self, request: Request) -> Opinion:
        try:
            answer = self._ruleset.decide(request.decision, request.facts, request.at)
        except DecisionFailed as failed:
            return Opinion(code=failed.code)
        return Opinion(answer.result, answer.rules)

    def _other(self, stack: Stack, asked: Mapping[int, Names]) -> dict[int, Opinion | OutsideFence]:
        sheets = self._compiled(stack)
        if isinstance(sheets, OutsideFence):
            return dict.fromkeys(asked, sheets)
        met: dict[int, set[int]] = {place: set() for place in asked}
        outside: dict[int, Opinion | OutsideFence] = {}
        for sheet in sheets.sheets:
            facts: dict[int, str] = {}
            for number, (place, names) in enumerate(asked.items(), start=1):
                try:
                    facts[place] = sheet.fact(number, names)
                except OutsideFence as problem:
                    outside[place] = problem
            for place, own in self._sifted(sheet, facts):
                met[place] |= own
        matching = {place: [sheets.rules[each] for each in sorted(own)] for place, own in met.items()}
        return {place: _opinion(stack, each, asked[place]) for place, each in matching.items()} | outside

    def _compiled(self, stack: Stack) -> Sheets | OutsideFence:
        found = self._sheets.get(stack)
        if found is None:
            try:
                found = sheets_of(stack, self._ruleset.facts)
            except OutsideFence as outside:
                found = outside
            self._sheets[stack] = found
        return found

    def _sifted(self, sheet: Sheet, facts: Mapping[int, str]) -> Iterator[tuple[int, set[int]]]:
        """For each request the places of the rules that it meets."""
        for places in _apart(facts):
            sifting = Sifting(sheet.text, sheet.digest, [facts[place] for place in places])
            met = self._supervisor.sift(sifting, _SECONDS)
            for place, own in zip(places, met, strict=True):
                yield place, {sheet.owners[number] for number in own}


def _apart(facts: Mapping[int, str]) -> Iterator[list[int]]:
    """The places in runs of which each is one question."""
    run: list[int] = []
    size = 0
    for place, text in facts.items():
        run.append(place)
        size += len(text)
        if len(run) == _MOST_FACTS or size > _MOST_CHARACTERS:
            yield run
            run, size = [], 0
    if run:
        yield run


def _opinion(stack: Stack, matching: Sequence[tuple[int, Rule]], names: Names) -> Opinion:
    try:
        return Opinion(*settled(stack, matching, names))
    except SeveralMatch:
        return Opinion(code=_SEVERAL)
    except FailedRule as failed:
        return Opinion(code=failed.failed.code)


def outside_of(compared: Iterable[Compared | FactsRefused]) -> dict[str, int]:
    """How many decisions are outside the fence, by the reason."""
    counts: dict[str, int] = {}
    for each in compared:
        if isinstance(each, Compared) and each.outside:
            counts[each.outside] = counts.get(each.outside, 0) + 1
    return counts
