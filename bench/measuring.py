"""Measuring: contenders take turns, round by round, so that a busy machine is unfair to all of them alike."""

from __future__ import annotations

import gc
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from random import Random
from statistics import median
from time import perf_counter, process_time
from typing import Any, TypeVar

OURS = "rulesflow"
T = TypeVar("T")
_MOST_CALLS = 50_000  # of one turn


@dataclass(frozen=True, slots=True)
class Pace:
    """How long a run may take: how many rounds, and for how many seconds each contender has its turn.

    Short turns in many rounds are fairer than the reverse; over HTTP a turn has to open connections first.
    ``events``: how many are sent to each database, or to the only ``database`` that is wanted.
    """

    quick: bool
    rounds: int
    turn: float
    http_rounds: int
    http_turn: float
    events: int
    database: str | None = None


FULL = Pace(quick=False, rounds=15, turn=0.04, http_rounds=7, http_turn=1.0, events=20_000)
QUICK = Pace(quick=True, rounds=5, turn=0.01, http_rounds=5, http_turn=0.1, events=2_000)


class Aim(StrEnum):
    """How a bar is meant."""

    AT_MOST = "≤"
    AT_LEAST = "≥"
    FASTER = "faster"


@dataclass(frozen=True, slots=True)
class Bar:
    """What a ratio, or our own figure, must reach. ``FASTER``: the other takes so many times as long."""

    aim: Aim
    limit: float

    def met(self, value: float) -> bool:
        """Whether a ratio of ours to theirs, or our own figure, reaches it."""
        if self.aim is Aim.AT_LEAST:
            return value >= self.limit
        return value <= (self.limit if self.aim is Aim.AT_MOST else 1 / self.limit)

    def text(self, unit: str = "×") -> str:
        """As it is written in a table."""
        if self.aim is Aim.FASTER:
            return f"≥ {self.limit:g} × faster"
        return f"{self.aim} {self.limit:g} {unit}"


def at_most(limit: float) -> Bar:
    """A bar that must not be exceeded."""
    return Bar(Aim.AT_MOST, limit)


def at_least(limit: float) -> Bar:
    """A bar that must be reached."""
    return Bar(Aim.AT_LEAST, limit)


def faster(times: float) -> Bar:
    """A bar for times: the other takes so many times as long."""
    return Bar(Aim.FASTER, times)


@dataclass(frozen=True, slots=True)
class Comparison:
    """One measure that several contenders were put to, rulesflow among them.

    ``rounds``: by contender, one value a round, in ``unit``. ``bars``: by contender what our ratio to it must
    reach, and under `OURS` what our own median must reach.
    """

    case: str
    measure: str
    unit: str
    rounds: Mapping[str, Sequence[float]]
    bars: Mapping[str, Bar] = field(default_factory=dict)

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

    @property
    def verdicts(self) -> dict[str, bool]:
        """By contender, whether the bar is met. A bar for one that did not take part says nothing."""
        values = {**self.ratios, OURS: self.medians[OURS]}
        return {name: bar.met(values[name]) for name, bar in self.bars.items() if name in values}

    def as_dict(self) -> dict[str, Any]:
        """The form of the JSON file."""
        verdicts = self.verdicts
        return {
            "case": self.case,
            "measure": self.measure,
            "unit": self.unit,
            "medians": self.medians,
            "ratios": self.ratios,
            "bars": {
                name: {"aim": self.bars[name].aim.value, "limit": self.bars[name].limit, "met": met}
                for name, met in verdicts.items()
            },
            "rounds": {name: list(values) for name, values in self.rounds.items()},
        }

    @classmethod
    def from_dict(cls, row: Mapping[str, Any]) -> Comparison:
        """A comparison from the JSON file."""
        bars = {name: Bar(Aim(bar["aim"]), bar["limit"]) for name, bar in row["bars"].items()}
        return cls(row["case"], row["measure"], row["unit"], row["rounds"], bars)


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
    """Something that answers questions: ``ask`` is timed; ``result`` takes the answer out of its reply.

    ``timed``: for one that is elsewhere and takes the mean time of a call over the questions itself.
    """

    ask: Callable[[Any], Any]
    questions: Sequence[Any]
    result: Callable[[Any], Any]
    timed: Callable[[Sequence[Any]], float] | None = None

    def seconds(self, questions: Sequence[Any]) -> float:
        """The mean processor time of a call over the questions. What lay about before is collected before.

        It is that of the whole process. On a machine with nothing else to do it is the time that passes; on a
        busy one that would tell of the others.
        """
        if self.timed is not None:
            return self.timed(questions)
        ask = self.ask
        gc.collect()
        started = process_time()
        for question in questions:
            ask(question)
        return (process_time() - started) / len(questions)


class WrongAnswer(Exception):
    """A contender does not answer as the rules say; its times would mean nothing."""


class ContenderLost(Exception):
    """A contender cannot take part, or no longer; the message says why."""


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


def interleaved(
    contenders: Mapping[str, Contender], pace: Pace, lost: dict[str, str] | None = None
) -> dict[str, list[float]]:
    """Seconds for one call, by contender, one value a round.

    The collector is on, but what stands before the first round is frozen, as the service does with its rules.
    Who breaks down is left out, and told in ``lost``; without it `ContenderLost` is raised.
    """
    gc.collect()
    gc.freeze()
    try:
        turns = {name: _Turns(contender, pace.turn) for name, contender in contenders.items()}
        rounds: dict[str, list[float]] = {name: [] for name in contenders}
        for turn in range(pace.rounds):
            for name in in_turn(turns, turn):
                try:
                    rounds[name].append(turns[name].take())
                except ContenderLost as error:
                    if lost is None:
                        raise
                    lost[name] = str(error)
                    del turns[name], rounds[name]
        return rounds
    finally:
        gc.unfreeze()


def in_turn(names: Iterable[T], turn: int) -> list[T]:
    """The order of a round: another one each time, and the same for the same number.

    If it only went round, everybody would always follow the same one, and on a busy machine whoever comes
    after one that waits is served first by the system.
    """
    order = list(names)
    Random(turn).shuffle(order)
    return order


class _Turns:
    """A contender's turns. Each asks as many questions as fit the time, at least one, and goes on from where
    the last one ended; who is fast is asked all of them, once or several times over."""

    def __init__(self, contender: Contender, seconds: float) -> None:
        self._contender = contender
        self._wanted = seconds
        self._next = 0
        self._count = 0

    def take(self) -> float:
        """Seconds for one call."""
        if not self._count:
            self._count = self._fitting()
        questions = self._contender.questions
        first, self._next = self._next, (self._next + self._count) % len(questions)
        repeated = math.ceil((first + self._count) / len(questions))
        return self._contender.seconds((list(questions) * repeated)[first : first + self._count])

    def _fitting(self) -> int:
        """How many fit, told from a first few, which warm up as well."""
        questions = self._contender.questions
        few = questions[:1]
        self._contender.seconds(few)
        if self._contender.seconds(few) * 20 < self._wanted:
            few = questions[:20]
        count = int(self._wanted / self._contender.seconds(few))
        count = min(max(count, 1), _MOST_CALLS)
        return count - count % len(questions) if count > len(questions) else count
