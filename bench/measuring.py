"""Measuring: contenders take turns, round by round, so that a busy machine is unfair to all of them alike."""

from __future__ import annotations

import gc
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import cycle, islice
from statistics import median
from time import perf_counter
from typing import Any

OURS = "rulesflow"
_MOST_CALLS = 50_000  # of one turn


@dataclass(frozen=True, slots=True)
class Pace:
    """How long a run may take: how many rounds, and for how many seconds each contender has its turn.

    Short turns in many rounds are fairer than the reverse; over HTTP a turn has to open connections first.
    """

    quick: bool
    rounds: int
    turn: float
    http_rounds: int
    http_turn: float


FULL = Pace(quick=False, rounds=15, turn=0.04, http_rounds=7, http_turn=1.0)
QUICK = Pace(quick=True, rounds=5, turn=0.01, http_rounds=5, http_turn=0.1)


@dataclass(frozen=True, slots=True)
class Comparison:
    """One line of a result: a measure that several contenders were put to, rulesflow among them.

    ``rounds``: by contender, one value a round, in ``unit``.
    """

    case: str
    measure: str
    unit: str
    rounds: Mapping[str, Sequence[float]]

    @property
    def medians(self) -> dict[str, float]:
        """The median of each contender's rounds."""
        return {name: median(values) for name, values in self.rounds.items()}

    @property
    def ratios(self) -> dict[str, float]:
        """How many times rulesflow's figure is each other's: the median of the rounds' ratios.

        A round is short, so what slows the machine slows both; medians may fall on either side of that.
        """
        ours = self.rounds[OURS]
        return {
            name: median(mine / other for mine, other in zip(ours, theirs, strict=True))
            for name, theirs in self.rounds.items()
            if name != OURS
        }

    def as_dict(self) -> dict[str, Any]:
        """The form of the JSON file."""
        return {
            "case": self.case,
            "measure": self.measure,
            "unit": self.unit,
            "medians": self.medians,
            "ratios": self.ratios,
            "rounds": {name: list(values) for name, values in self.rounds.items()},
        }


@dataclass(frozen=True, slots=True)
class Result:
    """What a run found. ``skipped``: by contender, why it did not take part."""

    run: str
    title: str
    comparisons: Sequence[Comparison]
    notes: Sequence[str] = ()
    skipped: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Contender:
    """Something that answers questions: ``ask`` is timed; ``result`` takes the answer out of its reply."""

    ask: Callable[[Any], Any]
    questions: Sequence[Any]
    result: Callable[[Any], Any]


class WrongAnswer(Exception):
    """A contender does not answer as the rules say; its times would mean nothing."""


def check_answers(name: str, contender: Contender, expected: Sequence[Any], seconds: float = 2.0) -> int:
    """Hold answers against ``expected``: all of them, or as many as fit the time. Raises `WrongAnswer`."""
    ends = perf_counter() + seconds
    for count, (question, wanted) in enumerate(zip(contender.questions, expected, strict=True), 1):
        given = contender.result(contender.ask(question))
        if given != wanted:
            raise WrongAnswer(f"{name} answers {given!r} where {wanted!r} is right, asked {question!r}")
        if perf_counter() > ends:
            return count
    return len(expected)


def interleaved(contenders: Mapping[str, Contender], pace: Pace) -> dict[str, list[float]]:
    """Seconds for one call, by contender, one value a round. The order turns from round to round.

    The collector is on, but what stands before the first round is frozen, as the service does with its rules.
    """
    gc.collect()
    gc.freeze()
    samples = {name: _sample(contender, pace.turn) for name, contender in contenders.items()}
    rounds: dict[str, list[float]] = {name: [] for name in contenders}
    names = list(contenders)
    for turn in range(pace.rounds):
        for name in names[turn % len(names) :] + names[: turn % len(names)]:
            rounds[name].append(seconds_a_call(contenders[name].ask, samples[name]))
    gc.unfreeze()
    return rounds


def seconds_a_call(ask: Callable[[Any], Any], questions: Sequence[Any]) -> float:
    """The mean over the questions. What lay about before is collected before."""
    gc.collect()
    started = perf_counter()
    for question in questions:
        ask(question)
    return (perf_counter() - started) / len(questions)


def _sample(contender: Contender, seconds: float) -> list[Any]:
    """As many questions as fit the time, at least one; told from a first few, which warm up as well."""
    few = contender.questions[:1]
    seconds_a_call(contender.ask, few)
    if seconds_a_call(contender.ask, few) * 20 < seconds:
        few = contender.questions[:20]
    each = seconds_a_call(contender.ask, few)
    count = min(max(int(seconds / each), 1), _MOST_CALLS)
    return list(islice(cycle(contender.questions), count))
