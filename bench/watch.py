"""``watch``: what it costs that steps are measured, and alerts looked for: the same flow with and without."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
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
    rounds: int
    runs: int


_FULL = _Size(rounds=25, runs=96)
_QUICK = _Size(rounds=9, runs=32)


def run(pace: Pace) -> Result:
    """Measure on SQLite, and on PostgreSQL where it is installed."""
    size = _QUICK if pace.quick else _FULL
    comparisons: list[Comparison] = []
    notes = [
        "Runs of five steps that do nothing and two decisions, 16 at once, turn by turn; with alerts.",
        f"At least {_BAR:.0%} of what goes through without.",
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
            comparisons += _compared(case, database, size)
    return Result("watch", "The cost of watching", comparisons, notes, skipped)


def _compared(case: str, database: Callable[[str], str], size: _Size) -> Iterator[Comparison]:
    with ExitStack() as stack:
        both = [stack.enter_context(contender(name, database(f"watch_{name}"))) for name in (OURS, WITHOUT)]
        for each in both:
            each.turn(_WARM_UP, _AT_ONCE)
        rates: dict[str, list[float]] = {each.name: [] for each in both}
        busy: dict[str, list[float]] = {each.name: [] for each in both}
        for number in range(size.rounds):
            for each in both if number % 2 else reversed(both):
                _turn(each, size, rates, busy)
    bars = {WITHOUT: at_least(_BAR)}
    yield Comparison(case, "throughput of runs", "runs/s", rates, bars)
    yield Comparison(case, "processor time of a run", "ms", busy)


def _turn(each: Contender, size: _Size, rates: dict[str, list[float]], busy: dict[str, list[float]]) -> None:
    found = each.turn(size.runs, _AT_ONCE)
    rates[each.name].append(size.runs / found["seconds"])
    busy[each.name].append(found["cpu"] / size.runs * 1000)
