"""How steps do, over processes that share a database and over weeks of time that is skipped."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from databases import database_url, postgres
from rulesflow.runtime.clock import MICROS
from rulesflow.runtime.database import STEP_STATS, Database
from rulesflow.runtime.stats import Stats
from rulesflow.runtime.statsight import Seen
from rulesflow.runtime.tallies import Tally
from rulesflow.watch.measures import StepMeasures

HOUR = 3600
WEEK = 168 * HOUR

__all__ = ["database_url", "postgres"]


class Hand:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.at = 1_790_000_000 // WEEK * WEEK * MICROS

    def __call__(self) -> int:
        return self.at

    def skip(self, seconds: float) -> None:
        self.at += int(seconds * MICROS)


@pytest.fixture
def clock() -> Hand:
    return Hand()


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    with database.writing() as connection:
        connection.execute(sa.delete(STEP_STATS))
    yield database
    database.close()


@pytest.fixture
def process(database: Database, clock: Hand) -> Iterator[Callable[[], Stats]]:
    made: list[Stats] = []

    def process() -> Stats:
        made.append(Stats(database, clock))
        return made[-1]

    yield process
    for each in made:
        each.stop()


def charge(stats: Stats, window: float = 300.0) -> StepMeasures:
    return {each.step: each for each in asyncio.run(stats.measures(window)).steps}["charge"]


def work(stats: Stats, clock: Hand, seconds: int, ran: float = 0.5, every: int = 10) -> None:
    for _ in range(seconds // every):
        clock.skip(every)
        stats.count("charge", "payment", 0.01, ran, None)
        stats.flush()


def rows(database: Database) -> int:
    return int(database.rows(sa.select(sa.func.count()).select_from(STEP_STATS))[0][0])


def test_two_processes_sum_up(process: Callable[[], Stats]) -> None:
    one, other = process(), process()
    for _ in range(3):
        one.count("charge", "payment", 0.0, 1.0, None)
    other.count("charge", "payment", 0.0, 1.0, "timeout")
    other.flush()
    assert charge(one).calls == 4
    assert (charge(one).errors, charge(one).by_class) == (1, {"timeout": 1})
    one.flush()
    assert charge(one, 60.0).calls == charge(other).calls == 4


def test_the_measures_of_a_process_that_is_killed_remain(process: Callable[[], Stats], clock: Hand) -> None:
    killed = process()
    for _ in range(3):
        killed.of("charge", "payment").begin()
    killed.count("charge", "payment", 0.0, 1.0, None)
    killed.flush()
    other = process()
    assert (charge(other).calls, charge(other).in_flight) == (1, 3)
    clock.skip(60)
    assert (charge(other).calls, charge(other).in_flight) == (1, 0)


def test_calls_that_hang_in_several_processes_are_slow_and_stay_in_sight(
    process: Callable[[], Stats], clock: Hand
) -> None:
    looking, hung = process(), [process() for _ in range(3)]
    work(looking, clock, HOUR, ran=0.3, every=30)
    begun = [(each, each.of("charge", "payment").begin()) for each in hung]
    for _ in range(26):  # longer than what is written is looked at as what goes on
        clock.skip(5)
        for each in hung:
            each.flush()
    found = charge(looking, 60.0)
    assert (found.calls, found.in_flight, found.oldest_call) == (0, 3, 130.0)
    assert found.verdict.state == "slow"
    assert found.verdict.text.startswith("charge: 3 calls have run for more than 30 s, the first for 2 min")
    for each, number in begun:
        each.of("charge", "payment").end(number)
        each.flush()
    clock.skip(2)
    found = charge(looking, 60.0)
    assert (found.in_flight, found.oldest_call, found.verdict.state) == (0, None, "well")


def test_rows_of_earlier_releases_are_read_and_new_ones_have_what_those_read(
    process: Callable[[], Stats], database: Database
) -> None:
    written = process()
    written.of("charge", "payment").begin()
    written.flush()
    (row,) = database.rows(sa.select(STEP_STATS))
    data = json.loads(row.data)
    assert data["now"] == [1, 0]
    del data["begun"]
    with database.writing() as connection:
        connection.execute(sa.update(STEP_STATS).values(data=json.dumps(data)))
    assert (charge(process()).in_flight, charge(process()).oldest_call) == (1, None)


def test_one_stretch_that_is_written_in_parts_is_counted_once(process: Callable[[], Stats]) -> None:
    stats = process()
    for number in range(1, 4):
        stats.count("charge", "payment", 0.0, 1.0, None)
        stats.flush()
        assert charge(process()).calls == number


def test_nothing_is_written_when_nothing_happened(process: Callable[[], Stats], database: Database) -> None:
    process().flush()
    assert rows(database) == 0


def test_folded_or_not_each_call_counts_once(process: Callable[[], Stats], clock: Hand) -> None:
    stats = process()
    work(stats, clock, 2 * HOUR, every=60)
    assert charge(stats, 2 * HOUR).calls == 120
    assert charge(stats, 3 * HOUR).calls == 120
    clock.skip(3 * HOUR)
    stats.flush()
    process().flush()
    assert charge(stats, 86_400.0).calls == 120


def test_what_is_usual_is_the_same_hour_of_the_weeks_before(
    process: Callable[[], Stats], clock: Hand
) -> None:
    stats = process()
    for _ in range(3):
        work(stats, clock, HOUR // 2, ran=0.6, every=120)
        clock.skip(6 * HOUR)
        work(stats, clock, HOUR // 2, ran=9.0, every=120)
        clock.skip(WEEK - 7 * HOUR)
        stats.flush()
    usual = charge(stats).usual
    assert usual is not None and usual.run is not None
    assert usual.source == "hour-of-week"
    assert usual.run.p95 == pytest.approx(0.6, rel=0.02)


def test_without_weeks_the_last_hours_are_usual_but_not_the_last_minutes(
    process: Callable[[], Stats], clock: Hand
) -> None:
    stats = process()
    work(stats, clock, 240)
    assert charge(stats).usual is None
    work(stats, clock, HOUR, every=30)
    work(stats, clock, 120, ran=5.0)
    found = charge(stats, 60.0)
    assert found.usual is not None and found.usual.run is not None
    assert (found.usual.source, found.verdict.state) == ("recent", "slow")
    assert found.usual.run.p95 == pytest.approx(0.5, rel=0.02)


def test_there_is_as_much_as_there_are_steps_however_long_it_runs(
    process: Callable[[], Stats], database: Database, clock: Hand
) -> None:
    stats = process()
    sizes = []
    for _ in range(8):
        clock.skip(WEEK - HOUR)
        work(stats, clock, HOUR, every=300)
        sizes.append(rows(database))
    assert max(sizes[5:]) == min(sizes[5:]) <= HOUR // 300 + 2 * 6


def test_a_clock_that_is_set_back_loses_nothing(process: Callable[[], Stats], clock: Hand) -> None:
    stats = process()
    work(stats, clock, 60)
    clock.skip(-30)
    work(stats, clock, 60)
    assert charge(stats).calls == 12


def test_a_database_that_is_away_costs_the_oldest_calls_in_the_end(clock: Hand) -> None:
    tally = Tally("charge", "payment", clock)
    for _ in range(500):
        clock.skip(10)
        tally.count(0.0, 1.0, None)
        tally.give_back(tally.take())
    assert sum(bucket.calls for bucket in tally.take().values()) == 60
    assert tally.lost == 440


def test_runs_that_start_and_fail_are_told_a_second(process: Callable[[], Stats], clock: Hand) -> None:
    stats, other = process(), process()
    for each in (stats, other):
        for _ in range(30):
            each.mark("started")
        each.mark("failed")
        each.flush()
    clock.skip(30)
    service = asyncio.run(stats.measures(60.0)).service
    assert service.started_per_second == pytest.approx(1.0, rel=0.5)
    assert 0 < service.failed_per_second < service.started_per_second


def test_a_series_covers_the_window(process: Callable[[], Stats], clock: Hand) -> None:
    stats = process()
    work(stats, clock, 300)
    for window, most in ((60.0, 8), (7200.0, 122), (86_400.0, 26)):
        (step,) = asyncio.run(stats.measures(window, series=True)).steps
        assert sum(point.calls for point in step.series) == step.calls
        assert len(step.series) <= most


def test_what_stays_slow_does_not_become_usual_for_hours(process: Callable[[], Stats], clock: Hand) -> None:
    stats = process()
    work(stats, clock, 1200, ran=0.1)
    for _ in range(6):
        work(stats, clock, 600, ran=1.5)
        assert charge(stats).verdict.state == "slow"


def test_what_has_been_so_for_hours_is_usual(process: Callable[[], Stats], clock: Hand) -> None:
    stats = process()
    work(stats, clock, 2 * HOUR, ran=0.1, every=60)
    work(stats, clock, 3 * HOUR, ran=1.5, every=30)
    assert charge(stats).verdict.state == "slow"
    work(stats, clock, 4 * HOUR, ran=1.5, every=30)
    assert charge(stats).verdict.state == "well"


def test_of_a_few_calls_a_minute_the_last_ones_are_judged(process: Callable[[], Stats], clock: Hand) -> None:
    stats = process()
    work(stats, clock, HOUR, ran=0.1)
    clock.skip(900)
    work(stats, clock, 40, ran=0.1, every=20)
    assert charge(stats, 60.0).verdict.text.startswith("charge: too few calls to tell (2): p95 0.1 s")
    work(stats, clock, 240, ran=1.5, every=20)
    found = charge(stats, 60.0)
    assert found.calls < 10
    assert (found.verdict.state, found.verdict.text[-20:]) == ("slow", " (the last 10 calls)")


def test_several_windows_are_looked_at_and_read_once(
    process: Callable[[], Stats], database: Database, clock: Hand
) -> None:
    stats, other = process(), process()
    work(other, clock, 1200, every=30)
    alone = {window: charge(process(), window) for window in (10.0, 60.0, 900.0, 86_400.0)}
    looks: list[int] = []

    async def see() -> Seen:
        looks.append(1)
        return Seen()

    stats.see = see
    asyncio.run(stats.measures())  # what is usual is looked for once a minute
    for windows, most in (([10.0, 60.0], 1), ([10.0, 60.0, 900.0], 1), ([*alone], 3)):
        looks.clear()
        stats._measured = {}
        with counted_statements(database) as statements:
            found = asyncio.run(stats.of_windows(windows))
        assert (len(looks), len(statements)) == (1, most), windows
        assert {window: each.steps[0].calls for window, each in found.items()} == {
            window: alone[window].calls for window in windows
        }
        assert found[10.0].steps[0].verdict == alone[10.0].verdict
    with counted_statements(database) as statements:
        assert asyncio.run(stats.of_windows([*alone])) == found
    assert (len(looks), statements) == (1, []), "what is a moment old is good enough"


def test_what_is_written_late_is_counted_within_a_minute(process: Callable[[], Stats], clock: Hand) -> None:
    one, other, looking = process(), process(), process()
    for each in (one, other):
        each.of("charge", "payment").begin()
        each.count("charge", "payment", 0.0, 1.0, "timeout")
    one.flush()
    clock.skip(90)
    assert (charge(looking).calls, charge(looking).in_flight) == (1, 0)
    other.flush()
    clock.skip(60)
    assert (charge(looking).calls, charge(looking).errors) == (2, 2)
    clock.skip(2)
    assert (charge(looking).calls, charge(looking).by_class) == (2, {"timeout": 2})


@contextmanager
def counted_statements(database: Database) -> Iterator[list[str]]:
    made: list[str] = []

    def note(*parts: Any) -> None:
        made.append(parts[2])

    event.listen(database.engine, "before_cursor_execute", note)
    yield made
    event.remove(database.engine, "before_cursor_execute", note)
