"""What follows a match: a run, a signal, a fact. Each once, however often it is tried."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from event_project import BEGIN, FACT, SIGNAL, START, UNCLOSED, Process, event, pattern, process
from rulesflow.model.errors import FactsRefused
from rulesflow.model.times import SECOND, Timestamp
from rulesflow.runtime.catalog import now
from rulesflow.runtime.database import EVENT_KEYS, EVENT_QUEUE, EVENTS, MATCH_EVENTS, MATCHES, Database
from rulesflow.runtime.eventquery import EventQuery, MatchQuery
from rulesflow.runtime.eventretention import EventRetention
from rulesflow.runtime.listing import Listing
from rulesflow.runtime.runquery import RunQuery
from serving import wait_until

pytestmark = pytest.mark.skipif(
    find_spec("durable_rules_engine") is None, reason="durable-rules is not installed: it takes a C compiler"
)
Begin = Callable[..., Process]
ONE = {"one": "opened"}
#: Where the database makes no difference.
SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def begin(tmp_path: Path, database_url: str) -> Iterator[Begin]:
    """Begin a process; it ends with the test."""
    with ExitStack() as stack:
        yield lambda *patterns: stack.enter_context(process(tmp_path / "rules", database_url, patterns))


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    made = Database(database_url)
    yield made
    made.close()


def runs(here: Process, **query: Any) -> list[dict[str, Any]]:
    assert here.house.runs is not None
    return list(asyncio.run(here.house.runs.list(RunQuery(**query)))["runs"])


def review(here: Process, order: str) -> str:
    assert here.house.runs is not None
    run = str(asyncio.run(here.house.runs.start("review", {"order": {"id": order}}))["id"])
    wait_until(lambda: runs(here, status=("waiting",), fields={"order.id": order}))
    return run


def again(database: Database) -> None:
    """Let every match be followed once more, as after a crash."""
    with database.writing() as connection:
        connection.execute(sa.update(MATCHES).values(status="pending", ready_at=0, attempts=0))


def test_a_run_is_started_once_for_a_match(begin: Begin, database: Database) -> None:
    here = begin(pattern("starts", ONE, then=START))
    here.accept(event("a", key="k1"), event("b", key="k2"))
    wait_until(lambda: here.statuses() == ["done", "done"])
    again(database)
    wait_until(lambda: here.statuses() == ["done", "done"])
    assert sorted(run["fields"]["order.id"] for run in runs(here)) == ["k1", "k2"]
    assert {run["workflow"] for run in runs(here)} == {"quick"}


def test_a_signal_reaches_the_runs_that_are_meant_once(begin: Begin, database: Database) -> None:
    here = begin(pattern("signals", ONE, then=SIGNAL))
    meant = [review(here, "k"), review(here, "k")]
    other = review(here, "x")
    here.accept(event("a", key="k"))
    wait_until(lambda: len(runs(here, status=("completed",))) == 2)
    wait_until(lambda: here.statuses() == ["done"])
    again(database)
    wait_until(lambda: here.statuses() == ["done"])
    assert {run["id"] for run in runs(here, status=("completed",))} == set(meant)
    assert [run["id"] for run in runs(here, status=("waiting",))] == [other]


@SQLITE
def test_a_signal_reaches_runs_that_began_before_anybody_was_to_find_them(begin: Begin) -> None:
    here = begin(UNCLOSED)
    assert here.house.runs is not None
    for id_, device in (("a", "D"), ("b", "E")):
        asyncio.run(here.house.runs.start("review", {"order": {"id": id_, "device": device}}))
    wait_until(lambda: len(runs(here, status=("waiting",))) == 2)
    here.change(pattern("verdict", ONE, then=SIGNAL.replace("order.id", "order.device")))
    here.accept(event("1", key="D"))
    wait_until(lambda: here.statuses(pattern="verdict") == ["done"])
    wait_until(lambda: runs(here, status=("completed",), fields={"order.id": "a"}))
    assert runs(here, status=("waiting",), fields={"order.id": "b"})


@SQLITE
def test_a_passing_failure_takes_no_look_for_runs_that_are_listed_late(
    begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = begin(pattern("signals", ONE, then=SIGNAL))
    run = review(here, "k")
    every, looks = Listing.all, [0]

    def behind(listing: Listing, query: RunQuery) -> list[str]:
        looks[0] += 1
        if looks[0] == 1:
            raise sa.exc.OperationalError("", {}, Exception("the database is away"))
        return [] if looks[0] == 2 else every(listing, query)

    monkeypatch.setattr(Listing, "all", behind)
    here.accept(event("a", key="k"))
    wait_until(lambda: here.statuses() == ["done"], 20)
    wait_until(lambda: [each["id"] for each in runs(here, status=("completed",))] == [run])


@SQLITE
def test_of_many_runs_each_gets_its_signal_while_other_matches_are_followed(begin: Begin) -> None:
    here = begin(pattern("signals", ONE, then=SIGNAL), pattern("starts", {"one": "noise"}, then=START))
    meant = {review(here, "k") for _ in range(25)}
    here.accept(event("a", key="k"), event("n", "noise", key="x"))
    wait_until(lambda: here.statuses() == ["done", "done"], 20)
    wait_until(lambda: {each["id"] for each in runs(here, status=("completed",), limit=100)} >= meant, 20)


@SQLITE
def test_a_signal_that_is_meant_for_nobody_harms_nobody(begin: Begin) -> None:
    here = begin(pattern("signals", ONE, then=SIGNAL))
    here.accept(event("a", key="k"))
    wait_until(lambda: here.statuses() == ["done"])


@SQLITE
def test_a_fact_is_read_by_decisions_that_are_meant(begin: Begin) -> None:
    here = begin(pattern("facts", ONE, then=FACT))
    here.accept(event("a", key="k"))
    assert here.found() == {("a",)}
    project, facts = here.catalog.current().project, here.house.facts
    assert facts is not None
    given = {"order": {"id": "k"}}
    wait_until(lambda: facts.fill(project, given).set)
    assert facts.fill(project, given).facts == {**given, "risk": {"known": True}}
    assert not facts.fill(project, {"order": {"id": "x"}}).set
    (told,) = facts.fill(project, given).set
    assert told["pattern"] == "facts" and told["match"] == here.matches()[0]["id"]


@SQLITE
def test_what_cannot_be_followed_fails_visibly_and_can_be_tried_again(begin: Begin) -> None:
    wrong = 'start: quick\nwith: {order: {id: "${ string(1 / one.n) }"}}'
    here = begin(pattern("starts", {"one": "opened | has(one.n)"}, then=wrong))
    here.accept(event("a", n=0))
    here.looked()
    (failed,) = here.matches()
    assert failed["status"] == "failed" and "zero" in failed["problem"]
    here.change(pattern("starts", {"one": "opened | has(one.n)"}, then=START))
    assert here.retry("starts") == 1
    wait_until(lambda: here.statuses() == ["done"])
    assert [run["fields"]["order.id"] for run in runs(here)] == ["k"]


def test_old_events_and_matches_are_forgotten_but_not_what_is_still_needed(
    begin: Begin, database: Database
) -> None:
    long = pattern("unclosed", ONE, unless="closed", within="30d")
    here = begin(long, pattern("facts", ONE))
    hour_ago = (now() - BEGIN) // SECOND - 3600
    here.accept(event("old", key="old"), event("waits", key="waits", seconds=hour_ago))
    here.looked()
    assert here.statuses(pattern="unclosed") == ["done", "waiting"]
    retention = EventRetention(database, lambda: here.catalog.current().project)
    assert retention.forget(Timestamp(now() - 86_400 * SECOND)) == 0  # all have come just now
    assert retention.forget(Timestamp(now() + SECOND)) == 1
    assert [each["id"] for each in here.listed()] == ["waits"]
    assert {each["events"][0]["id"] for each in here.matches()} == {"waits"}
    assert len(database.rows(sa.select(EVENT_KEYS))) == 1
    assert len(database.rows(sa.select(MATCH_EVENTS))) == 2
    assert len(database.rows(sa.select(EVENTS))) == 1


@SQLITE
def test_what_throttles_is_not_forgotten_before_its_time(begin: Begin, database: Database) -> None:
    here = begin(pattern("throttled", ONE, throttle="30d"))
    day = 86_400 * SECOND
    ago = (now() - BEGIN - 20 * day) // SECOND
    here.accept(event("first", seconds=ago))
    here.looked()
    retention = EventRetention(database, lambda: here.catalog.current().project)
    assert retention.forget(Timestamp(now() + SECOND)) == 1
    here.accept(event("second", seconds=ago + 10 * 86_400))
    here.looked()
    assert here.statuses() == ["done", "throttled"]


@SQLITE
def test_what_a_pattern_failed_on_that_is_gone_is_forgotten(begin: Begin, database: Database) -> None:
    here = begin(pattern("starts", ONE))
    here.accept(event("gone"), event("again", key="other"))
    here.looked()
    rows = [
        {"number": each["number"], "pattern": name, "ready_at": 1 << 62, "problem": "x"}
        for each, name in zip(here.listed(), ("gone", "starts"), strict=True)
    ]
    with database.writing() as connection:
        connection.execute(sa.insert(EVENT_QUEUE), rows)
    retention = EventRetention(database, lambda: here.catalog.current().project)
    assert retention.forget(Timestamp(now() + SECOND)) == 1
    assert len(here.listed()) == 1
    assert [row.pattern for row in database.rows(sa.select(EVENT_QUEUE))] == ["starts"]


@SQLITE
def test_what_is_no_cursor_is_refused(begin: Begin) -> None:
    here = begin(UNCLOSED)
    for cursor in ("x", "1", "1.", ".1", "9" * 30 + ".1", "1.\0", "1.x", "-5.9" + "9" * 30):
        with pytest.raises(FactsRefused):
            asyncio.run(here.events.list(EventQuery(cursor=cursor)))
    for cursor in ("x", "1", "1.", ".1", "9" * 30 + ".1", "1.\0"):
        with pytest.raises(FactsRefused):
            asyncio.run(here.events.matches(MatchQuery(cursor=cursor)))
