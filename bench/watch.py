"""``watch``: what it costs that steps are measured, and alerts looked for: the same flow with and without."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from statistics import mean, stdev
from tempfile import TemporaryDirectory

from bench.measuring import OURS, Comparison, Pace, Result, at_least
from bench.runs import Contender, contender, new_database
from bench.services.started import ServiceFailed, postgresql

WITHOUT = "unwatched"
_BAR = 0.97  # of the throughput without
_AT_ONCE = 16
_WARM_UP = 40


@dataclass(frozen=True, slots=True)
class _Size:
    """``sittings``: each with new processes and databases, since two of one kind differ by a hundredth."""

    sittings: int
    rounds: int
    runs: int


_FULL = _Size(sittings=6, rounds=30, runs=48)
_QUICK = _Size(sittings=1, rounds=9, runs=32)


@dataclass(frozen=True, slots=True)
class _Found:
    """Of each contender's turns: runs a second, and milliseconds of the processor for a run."""

    rates: dict[str, list[float]] = field(default_factory=lambda: {OURS: [], WITHOUT: []})
    busy: dict[str, list[float]] = field(default_factory=lambda: {OURS: [], WITHOUT: []})

    def sit(self, database: Callable[[str], str], size: _Size) -> None:
        """Let both have their turns, each in a new process. ``database``: the address of a new one."""
        with ExitStack() as stack:
            both = [stack.enter_context(contender(name, database(name))) for name in (OURS, WITHOUT)]
            for each in both:
                each.turn(_WARM_UP, _AT_ONCE)
            for number in range(size.rounds):
                for each in both if number % 2 else reversed(both):
                    self._turn(each, size.runs)

    def _turn(self, each: Contender, runs: int) -> None:
        found = each.turn(runs, _AT_ONCE)
        self.rates[each.name].append(runs / found["seconds"])
        self.busy[each.name].append(found["cpu"] / runs * 1000)

    def comparisons(self, case: str) -> Iterator[Comparison]:
        """What is written of it."""
        yield Comparison(case, "throughput of runs", "runs/s", self.rates, {WITHOUT: at_least(_BAR)})
        yield Comparison(case, "processor time of a run", "ms", self.busy)

    def spread(self, case: str) -> str:
        """How far the ratio is to be trusted."""
        ratios = [ours / theirs for ours, theirs in zip(self.rates[OURS], self.rates[WITHOUT], strict=True)]
        error = stdev(ratios) / len(ratios) ** 0.5
        return f"{case}: in the mean of {len(ratios)} rounds {mean(ratios):.3f} of it, ± {error:.3f}."


def run(pace: Pace) -> Result:
    """Measure on SQLite, and on PostgreSQL where it is installed."""
    size = _QUICK if pace.quick else _FULL
    comparisons: list[Comparison] = []
    notes = [
        "Runs of five steps that do nothing and two decisions, 16 at once, turn by turn; with alerts.",
        f"At least {_BAR:.0%} of what goes through without; the error is that of the mean.",
    ]
    skipped: dict[str, str] = {}
    with TemporaryDirectory() as folder, ExitStack() as stack:
        databases: dict[str, Callable[[str], str]] = {"SQLite": lambda name: f"sqlite:///{folder}/{name}.db"}
        try:
            server = stack.enter_context(postgresql())
            databases["PostgreSQL"] = partial(new_database, server)
        except ServiceFailed as failed:
            skipped["PostgreSQL"] = str(failed).strip().splitlines()[-1]
        for case, database in databases.items():
            found = _Found()
            for number in range(size.sittings):
                found.sit(lambda name, of=database, number=number: of(f"watch_{name}_{number}"), size)
            comparisons += found.comparisons(case)
            notes.append(found.spread(case))
    return Result("watch", "The cost of watching", comparisons, notes, skipped)
