"""Permits: shares of a limit are fair and never more than it; turns are as far apart as the rate says."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from itertools import pairwise

import pytest
import sqlalchemy as sa
from hypothesis import given, strategies as st

from rulesflow.runtime.breakers import Breakers
from rulesflow.runtime.database import SHARES, Database
from rulesflow.runtime.permits import Shares, fair

SECOND = 1_000_000
WANTED = st.dictionaries(st.text("abcdef", min_size=1, max_size=3), st.integers(0, 60), max_size=8)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = Database(database_url)
    Breakers(opened).add(["payment"])
    yield opened
    opened.close()


@given(st.integers(0, 40), WANTED, st.integers(0, 1000))
def test_shares_are_fair(limit: int, wanted: dict[str, int], turn: int) -> None:
    shares = fair(limit, wanted, turn)
    assert shares.keys() == wanted.keys()
    assert sum(shares.values()) == min(limit, sum(wanted.values())) or len(wanted) > limit
    assert sum(shares.values()) <= limit
    for name, share in shares.items():
        assert 0 <= share <= wanted[name]
        if share < wanted[name] and sum(share > 0 for share in shares.values()) < limit:
            assert all(share >= other - 1 for other in shares.values())


def test_more_than_there_are_permits_take_turns() -> None:
    wanted = dict.fromkeys("abc", 5)
    rounds = [fair(2, wanted, turn) for turn in range(3)]
    assert [sum(each.values()) for each in rounds] == [2, 2, 2]
    assert [sum(each[name] for each in rounds) for name in wanted] == [2, 2, 2]


class Process:
    """One that uses permits as a lane does; ``used`` may shrink by itself."""

    def __init__(self, database: Database, name: str) -> None:
        self.shares = Shares(database, name)
        self.held = self.used = 0

    def settle(self, limit: int, wanted: int) -> int:
        self.held = self.shares.settle("payment", limit, wanted, self.keep)
        return self.held

    def keep(self, permits: int) -> int:
        self.held = min(self.held, permits)
        return max(self.used, permits)


def test_what_one_gives_back_another_takes(database: Database) -> None:
    one, other = Process(database, "one"), Process(database, "other")
    assert one.settle(10, 10) == 10
    assert other.settle(10, 10) == 0
    assert one.settle(10, 10) == 5
    assert other.settle(10, 10) == 5
    assert one.settle(10, 2) == 2
    assert other.settle(10, 10) == 8


def test_permits_in_use_are_not_taken_away(database: Database) -> None:
    one, other = Process(database, "one"), Process(database, "other")
    one.settle(4, 4)
    one.used = 3
    other.settle(4, 4)
    assert one.settle(4, 4) == 2  # so many for new calls; the third is still taken
    assert other.settle(4, 4) == 1
    one.used = 2
    one.settle(4, 4)
    assert other.settle(4, 4) == 2


def test_a_limit_that_shrinks_is_kept_as_soon_as_calls_have_ended(database: Database) -> None:
    one = Process(database, "one")
    one.settle(10, 10)
    one.used = 10
    assert one.settle(3, 10) == 3
    assert permits(database) == 10
    one.used = 2
    one.settle(3, 10)
    assert permits(database) == 3


def permits(database: Database) -> int:
    return int(database.rows(sa.select(sa.func.sum(SHARES.c.permits)))[0][0])


def test_processes_that_are_gone_hold_nothing(database: Database) -> None:
    one, other = Process(database, "one"), Process(database, "other")
    one.settle(5, 5)
    other.shares.forget(["one", "nobody"])
    assert other.settle(5, 5) == 5


@pytest.mark.parametrize("seed", range(3))
def test_all_together_never_use_more_than_the_limit(database: Database, seed: int) -> None:
    limit, using, most = 6, 0, 0
    lock = threading.Lock()

    def live(number: int) -> None:
        nonlocal using, most
        process, choose = Process(database, f"process {number}"), random.Random(seed * 100 + number)
        for _ in range(25):
            process.settle(limit, choose.randrange(9))
            wanted = choose.randint(0, process.held)
            with lock:
                using += wanted - process.used
                most = max(most, using)
                process.used = wanted
            if choose.random() < 0.3:
                assert permits(database) <= limit

    threads = [threading.Thread(target=live, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 0 < most <= limit


def test_turns_of_all_processes_are_as_far_apart_as_the_rate_says(database: Database) -> None:
    turns: list[int] = []

    def reserve(name: str) -> None:
        shares = Shares(database, name)
        for _ in range(10):
            found, now = shares.reserve("payment", 200, 3)
            assert found[0] >= now - SECOND
            turns.extend(found)

    threads = [threading.Thread(target=reserve, args=(f"process {number}",)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    turns.sort()
    assert len(turns) == 90
    assert min(later - earlier for earlier, later in pairwise(turns)) >= SECOND // 200


def test_turns_that_nobody_reserved_are_not_made_up_for(database: Database) -> None:
    shares = Shares(database, "one")
    (first,), _ = shares.reserve("payment", 1000, 1)
    threading.Event().wait(0.1)
    (second, third), _ = shares.reserve("payment", 1000, 2)
    assert second > first + SECOND // 100
    assert third - second == SECOND // 1000
