"""Whatever is killed, and when: no match is lost, and none is there twice."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from importlib.util import find_spec
from itertools import combinations
from pathlib import Path
from typing import Any

import httpx
import pytest
from served import Served

from event_project import BEGIN, PAIR, pattern, write_event_project
from rulesflow.model.times import SECOND, Timestamp
from serving import wait_until
from tests.effort import effort

pytestmark = pytest.mark.skipif(
    find_spec("durable_rules_engine") is None, reason="durable-rules is not installed: it takes a C compiler"
)
#: Events of the stream during which the worker is killed: an effort of 50 makes them 50,000.
EVENTS = effort(1000)
PER_KEY = 5
TRIPLE = pattern(
    "triple",
    {"one": "opened", "two": "opened | two.ts > one.ts", "three": "opened | three.ts > two.ts"},
)
#: All but the first event of each key has one before it; so it is told for the last ones of it only.
LAST = pattern("last", {"one": "opened"}, unless="opened", within="10m")
Begin = Callable[..., Served]
SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
POSTGRESQL = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


@pytest.fixture
def begin(tmp_path: Path, database_url: str) -> Iterator[Begin]:
    """Start services over one folder and one database; they end with the test."""
    with ExitStack() as stack:

        def begin() -> Served:
            served = Served(write_event_project(tmp_path / "rules", PAIR, TRIPLE, LAST), database_url)
            stack.callback(served.stop)
            served.start()
            return served

        yield begin


def stream(count: int, chance: random.Random) -> list[dict[str, Any]]:
    """Events in no order, five of each key."""
    events = [
        {
            "specversion": "1.0",
            "id": f"{number // PER_KEY}.{number % PER_KEY}",
            "source": "/stream",
            "type": "opened",
            "time": str(Timestamp(BEGIN + number * SECOND)),
            "data": {"key": f"k{number // PER_KEY}"},
        }
        for number in range(count)
    ]
    chance.shuffle(events)
    return events


def expected(count: int) -> list[tuple[str, tuple[str, ...]]]:
    """What the patterns find in such a stream."""
    found = []
    for key in range(count // PER_KEY):
        ids = [f"{key}.{number}" for number in range(PER_KEY)]
        found += [("pair", each) for each in combinations(ids, 2)]
        found += [("triple", each) for each in combinations(ids, 3)]
        found.append(("last", (ids[-1],)))
    return found


def send(served: Served, events: list[dict[str, Any]], until: Callable[[], bool] = lambda: False) -> None:
    """Post events until they are taken in."""
    while not until():
        try:
            served.send(events)
        except (httpx.TransportError, RuntimeError):  # it was killed, and its client closed
            time.sleep(0.02)
        else:
            return


@SQLITE
def test_a_service_that_is_killed_at_any_moment_loses_no_match(begin: Begin) -> None:
    chance = random.Random(1)
    served, count = begin(), 300
    events = stream(count, chance)
    sender = threading.Thread(
        target=lambda: [send(served, events[start : start + 5]) for start in range(0, count, 5)]
    )
    sender.start()
    for _ in range(2):
        time.sleep(chance.uniform(0.05, 0.5))
        served.kill()
        served.start()
    sender.join()
    served.looked()
    found = served.matches()
    missing, more = {*expected(count)} - {*found}, {*found} - {*expected(count)}
    assert not missing
    assert all(name == "last" for name, _ in more)  # it was the last one as far as was known then
    assert len(found) == len({*found})


@POSTGRESQL
def test_a_service_that_is_killed_before_it_matches_matches_when_it_is_back(begin: Begin) -> None:
    served = begin()
    served.send(stream(300, random.Random(4)))
    served.kill()
    served.start()
    served.looked()
    found = served.matches()
    assert {*expected(300)} <= {*found} and len(found) == len({*found})


@SQLITE
def test_a_worker_that_is_killed_at_random_loses_no_match(begin: Begin) -> None:
    chance = random.Random(2)
    served = begin()
    events = stream(EVENTS, chance)
    over = threading.Event()
    kills = 0

    def kill() -> None:
        nonlocal kills
        while not over.wait(chance.uniform(0.1, 0.6)):
            kills += served.kill_worker()

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        for start in range(0, EVENTS, 100):
            served.send(events[start : start + 100])
        served.looked(EVENTS / 20)
    finally:
        over.set()
        killer.join()
    served.looked(EVENTS / 20)
    wait_until(lambda: not served.get("/v1/events", status="failed", limit=1)["events"], 60)  # tried again
    assert kills
    found = [each for each in served.matches() if each[0] != "last"]
    assert sorted(found) == sorted(each for each in expected(EVENTS) if each[0] != "last")


@POSTGRESQL
def test_two_services_on_one_database_find_every_match_once(begin: Begin) -> None:
    chance = random.Random(3)
    both, count = [begin(), begin()], 400
    events = stream(count, chance)

    def post(number: int) -> None:
        for start in range(number * 4, count, 16):
            send(both[number % 2], events[start : start + 4])

    threads = [threading.Thread(target=post, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    time.sleep(0.3)
    both[1].kill()
    both[1].start()
    for thread in threads:
        thread.join()
    both[0].looked()
    found = [each for each in both[0].matches() if each[0] != "last"]
    assert sorted(found) == sorted(each for each in expected(count) if each[0] != "last")
