"""Alerts over skipped time: what is slow is told within a minute and ends, and noise raises none."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from rulesflow.runtime.clock import MICROS
from rulesflow.runtime.database import Database
from skipped_time import Begin, SkippedTime, Traffic, slower


@pytest.fixture
def begin(tmp_path: Path) -> Iterator[Begin]:
    with ExitStack() as stack:

        def begun(seed: int) -> SkippedTime:
            database = Database(f"sqlite:///{tmp_path / 'state.db'}")
            made = SkippedTime(database, seed)
            stack.callback(database.close)
            stack.callback(made.end)
            return made

        yield begun


def test_a_slow_payment_is_told_within_a_minute_and_ends_when_it_is_well(begin: Begin) -> None:
    time, usual = begin(1), Traffic()
    time.go(1200, usual, look=False)
    time.since = time.now
    time.go(90, slower(usual, "charge", 5))
    measured = asyncio.run(time.stats.measures(60.0))
    charge = next(each for each in measured.steps if each.step == "charge")
    assert charge.verdict.state == "slow"
    (opened,) = time.told
    assert opened[0] <= 60
    assert opened[1:4] == ("alert.opened", "slow-step", "charge")
    assert opened[4].startswith("charge: p")
    time.go(210, usual)
    closed = time.told[-1]
    assert closed[1:4] == ("alert.closed", "slow-step", "charge")
    assert len(time.told) == 2


def test_calls_that_hang_are_told_within_a_minute_and_end_when_they_have_ended(begin: Begin) -> None:
    time, usual = begin(1), Traffic()
    time.go(1200, usual, look=False)
    time.since = time.now
    charge = time.stats.of("charge", "payment")
    hanging = [charge.begin() for _ in range(12)]
    rest = replace(usual, steps={name: each for name, each in usual.steps.items() if name != "charge"})
    time.go(90, rest)
    (opened,) = time.told
    assert opened[0] <= 60
    assert opened[1:4] == ("alert.opened", "slow-step", "charge")
    assert opened[4].startswith("charge: 12 calls have run for more than 30 s, the first for ")
    for each in hanging:
        charge.end(each)
    time.go(120, usual)
    assert [each[1:4] for each in time.told[1:]] == [("alert.closed", "slow-step", "charge")]


@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (2, 3, 4))])
def test_half_an_hour_of_noise_raises_none(begin: Begin, seed: int) -> None:
    time, traffic = begin(seed), Traffic(spread=0.6, errors=0.02)
    time.go(1200, traffic, look=False)
    time.go(1800, traffic)
    assert time.told == []


def test_a_start_a_restart_and_a_night_with_few_calls_raise_none(begin: Begin) -> None:
    time, traffic = begin(3), Traffic(spread=0.7, errors=0.02)
    time.go(300, traffic)
    time.end()
    time.now += 30 * MICROS
    time.begin()
    time.go(180, traffic)
    time.go(600, Traffic(rate=0.02, spread=1.0, errors=0.1))
    assert time.told == []
