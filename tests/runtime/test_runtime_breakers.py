"""Circuit breakers in the database: of several processes that would change one, one does."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest

from rulesflow.runtime.breakers import Breakers, Moved, Standing, rest, verdict
from rulesflow.runtime.database import Database
from rulesflow.runtime.window import Counts
from rulesflow.workflows.commands import Problem
from rulesflow.workflows.resource import Breaker
from rulesflow.workflows.step import ErrorClass

PROBLEM = Problem(ErrorClass.UNAVAILABLE, "circuit-open", "3 of 4 calls failed")
BREAKER = Breaker(rest=2, longest_rest=30)
SECOND = 1_000_000


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = Database(database_url)
    yield opened
    opened.close()


@pytest.fixture
def breakers(database: Database) -> Breakers:
    made = Breakers(database)
    made.add(["payment", "stock"])
    return made


@pytest.fixture
def closed(breakers: Breakers) -> Standing:
    return breakers.hasten("payment")  # which changes nothing here


def test_what_is_added_is_closed_and_adding_it_again_changes_nothing(
    breakers: Breakers, closed: Standing
) -> None:
    assert (closed.state, closed.problem, closed.trips, closed.forced) == ("closed", None, 0, False)
    breakers.add(["payment", "fraud"])
    assert breakers.hasten("payment") == closed


def test_it_opens_is_tried_and_closes(breakers: Breakers, closed: Standing) -> None:
    opened = breakers.trip(closed, PROBLEM, BREAKER)
    assert opened.won
    assert (opened.standing.state, opened.standing.problem, opened.standing.trips) == ("open", PROBLEM, 1)
    assert opened.standing.since > closed.since
    assert opened.standing.probe_at - opened.standing.since == pytest.approx(2 * SECOND, abs=SECOND / 2)
    tried = breakers.half_open(opened.standing).standing
    assert (tried.state, tried.since, tried.problem) == ("half-open", opened.standing.since, PROBLEM)
    well = breakers.close(tried).standing
    assert (well.state, well.problem, well.trips, well.drain_rate) == ("closed", None, 0, 1.0)
    assert well.since > opened.standing.since


def test_what_it_first_opened_for_stays_its_problem(breakers: Breakers, closed: Standing) -> None:
    seen = breakers.trip(closed, PROBLEM, BREAKER).standing
    for trips in (2, 3):
        tried = breakers.half_open(seen).standing
        seen = breakers.trip(tried, Problem(ErrorClass.TIMEOUT, "x", "in vain"), BREAKER).standing
        assert (seen.trips, seen.problem) == (trips, PROBLEM)


def test_a_rest_doubles_up_to_the_longest() -> None:
    assert [rest(BREAKER, trips) / SECOND for trips in (1, 2, 3, 4, 5, 6, 1000)] == [2, 4, 8, 16, 30, 30, 30]


@pytest.mark.parametrize("move", ["trip", "half_open", "close", "claim", "pace"])
def test_of_many_at_once_one_changes_it(breakers: Breakers, closed: Standing, move: str) -> None:
    opened = breakers.trip(closed, PROBLEM, BREAKER).standing if move in ("half_open", "claim") else closed
    moves: dict[str, Callable[[], Moved]] = {
        "trip": lambda: breakers.trip(opened, PROBLEM, BREAKER),
        "half_open": lambda: breakers.half_open(opened),
        "close": lambda: breakers.close(opened),
        "claim": lambda: breakers.claim(opened, 10),
        "pace": lambda: breakers.pace(opened, 2.0),
    }
    won: list[bool] = []
    start = threading.Barrier(6)

    def attempt() -> None:
        start.wait()
        won.append(moves[move]().won)

    threads = [threading.Thread(target=attempt) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(won) == [False] * 5 + [True]


def test_who_has_seen_an_older_state_changes_nothing(breakers: Breakers, closed: Standing) -> None:
    opened = breakers.trip(closed, PROBLEM, BREAKER).standing
    tried = breakers.half_open(opened).standing
    again = breakers.half_open(breakers.trip(tried, PROBLEM, BREAKER).standing).standing
    assert not breakers.close(tried).won
    well = breakers.close(again).standing
    assert breakers.trip(closed, PROBLEM, BREAKER) == (False, well)


def test_what_a_person_opened_stays_open_until_a_person_says_otherwise(
    breakers: Breakers, closed: Standing
) -> None:
    forced = breakers.force("payment", PROBLEM)
    assert (forced.state, forced.forced, forced.problem) == ("open", True, PROBLEM)
    hastened = breakers.hasten("payment")
    assert (hastened.state, hastened.forced) == ("open", False)
    assert hastened.probe_at > 0
    assert breakers.release("payment").state == "closed"
    assert breakers.release("payment") == breakers.release("payment")


def test_the_others_are_left_alone(breakers: Breakers, closed: Standing) -> None:
    breakers.trip(closed, PROBLEM, BREAKER)
    assert breakers.hasten("stock").state == "closed"


def test_of_an_open_resource_nothing_is_let_go(breakers: Breakers, closed: Standing) -> None:
    opened = breakers.trip(closed, PROBLEM, BREAKER).standing
    assert breakers.grant("payment", 5, 50) == (0, opened)
    breakers.half_open(opened)
    assert [breakers.grant("payment", 5, 50)[0] for _ in range(3)] == [1, 0, 0]


@pytest.mark.parametrize(
    ("counts", "message"),
    [
        (
            Counts(15, 12, 0, {"unavailable": 9, "timeout": 3}),
            "12 of 15 calls within 10 s failed (unavailable 9, timeout 3)",
        ),
        (Counts(5, 0, 3), "3 of 5 calls within 10 s failed (slow 3)"),
        (
            Counts(6, 2, 1, {"timeout": 2, "rejected": 3}),
            "3 of 6 calls within 10 s failed (timeout 2, slow 1)",
        ),
        (Counts(4, 4, 0, {"timeout": 4}), None),
        (Counts(7, 3, 0, {"timeout": 3}), None),
        (Counts(), None),
    ],
)
def test_it_opens_when_enough_of_enough_calls_failed(counts: Counts, message: str | None) -> None:
    found = verdict(counts, Breaker())
    assert (found.message if found else None) == message
