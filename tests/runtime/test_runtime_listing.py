"""The list of runs: what is put is found, later wins over earlier, and pages neither skip nor repeat."""

from __future__ import annotations

import random
import sqlite3
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings, strategies as st

from rulesflow.model.errors import FactsRefused
from rulesflow.model.times import FIRST, LAST, SECOND, Timestamp
from rulesflow.runtime.database import RUN_FIELDS, Database
from rulesflow.runtime.listing import FORCED, Entry, Listing
from rulesflow.runtime.runquery import STATUSES, RunQuery
from serving import wait_until

START = Timestamp(1_700_000_000 * SECOND)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = Database(database_url)
    yield opened
    opened.close()


@pytest.fixture
def listing(database: Database) -> Iterator[Listing]:
    listing = Listing(database)
    listing.start()
    yield listing
    listing.stop()


def entry(run: str, status: str = "running", version: int = 1, **more: Any) -> Entry:
    given: dict[str, Any] = {"workflow": "order", "digest": "d", "created_at": START, "updated_at": START}
    return Entry(run, status=status, version=version, **{**given, **more})


def put(listing: Listing, *entries: Entry) -> None:
    """Each by a batch of its own where a run comes twice, since the last one in a batch counts."""
    for each in entries:
        listing.put(each.id, lambda each=each: each)


def written(database: Database, *entries: Entry) -> None:
    """What a process wrote that has ended since."""
    listing = Listing(database)
    listing.start()
    put(listing, *entries)
    listing.stop()


def found(listing: Listing, query: str = "", **more: Any) -> list[str]:
    parsed = RunQuery.parse(query)
    return [each.id for each in listing.find(RunQuery(**{**_fields(parsed), **more}))[0]]


def _fields(query: RunQuery) -> dict[str, Any]:
    return {name: getattr(query, name) for name in RunQuery.__dataclass_fields__}


def test_an_entry_is_found_as_it_was_put(database: Database, listing: Listing) -> None:
    problem = {"class": "internal", "code": "broken", "message": 'It says "ä\u0000"'}
    shown = entry(
        "r1",
        "incident",
        updated_at=Timestamp(START + 1),
        at=("split/0/take", "both/mail/b"),
        problem=problem,
        fields={"order.id": "A-1", "order.region": "eu/de"},
    )
    written(database, shown)
    assert listing.find(RunQuery())[0] == [shown]
    assert listing.one("r1") == shown
    assert listing.one("nobody") is None
    assert shown.as_dict()["at"] == ["split/0/take", "both/mail/b"]


def test_what_is_not_written_yet_is_shown_all_the_same(database: Database) -> None:
    behind = Listing(database)  # not started
    put(behind, entry("r1", "waiting"))
    shown = behind.one("r1")
    assert shown is not None
    assert shown.status == "waiting"


def test_the_last_state_counts_when_a_run_changes_often(database: Database, listing: Listing) -> None:
    for version in range(1, 200):
        put(listing, entry("r1", STATUSES[version % len(STATUSES)], version))
    put(listing, entry("r1", "completed", 200))
    wait_until(lambda: listing.find(RunQuery())[0][0].version == 200)
    assert found(listing, "status=completed") == ["r1"]


def test_an_older_version_never_replaces_a_newer_one(database: Database, listing: Listing) -> None:
    written(database, entry("r1", "completed", 5))
    written(database, entry("r1", "running", 4))
    assert [each.version for each in listing.find(RunQuery())[0]] == [5]
    assert found(listing, "status=completed") == ["r1"]
    written(database, entry("r1", "failed", 5))  # of the same version, the later one
    assert found(listing, "status=failed") == ["r1"]


@given(st.lists(st.tuples(st.integers(0, 5), st.sampled_from(STATUSES)), min_size=1, max_size=8))
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_versions_never_go_back(database: Database, changes: list[tuple[int, str]]) -> None:
    listing = Listing(database)
    listing.forget(["r1"])
    highest = -1
    expected = ""
    for version, status in changes:
        written(database, entry("r1", status, version))
        if version >= highest:
            highest, expected = version, status
        shown = listing.one("r1")
        assert shown is not None
        assert (shown.version, shown.status) == (highest, expected)


def test_what_is_forced_stands_over_any_version_until_the_next_one(
    database: Database, listing: Listing
) -> None:
    written(database, entry("r1", "running", 1 << 50))
    written(database, entry("r1", "incident", FORCED))
    assert found(listing, "status=incident") == ["r1"]
    written(database, entry("r1", "running", 3))
    assert found(listing, "status=running") == ["r1"]


def test_a_run_is_found_by_each_of_its_fields(database: Database, listing: Listing) -> None:
    def at(hours: int) -> Timestamp:
        return Timestamp(START + hours * 3600 * SECOND)

    written(
        database,
        entry("a", "incident", created_at=at(0), fields={"order.id": "1", "order.region": "eu/de"}),
        entry("b", "parked", created_at=at(1), fields={"order.id": "2", "order.region": "eu/de"}),
        entry("c", "running", created_at=at(2), fields={"order.id": "3"}, workflow="refund"),
    )
    assert found(listing) == ["c", "b", "a"]
    assert found(listing, newest_first=False) == ["a", "b", "c"]
    assert found(listing, "workflow=refund") == ["c"]
    assert found(listing, "status=parked") == ["b"]
    assert found(listing, "status=parked,incident") == ["b", "a"]
    assert found(listing, "order.region=eu/de") == ["b", "a"]
    assert found(listing, "order.region=eu/de order.id=1") == ["a"]
    assert found(listing, "order.region=eu") == []
    assert found(listing, "order.id=3 workflow=order") == []
    assert found(listing, f"since={at(1)}") == ["c", "b"]
    assert found(listing, f"until={at(1)}") == ["a"]
    assert found(listing, f"since={at(1)} until={at(2)}") == ["b"]


def test_runs_are_counted_by_status(database: Database, listing: Listing) -> None:
    written(
        database,
        entry("a", "failed", fields={"order.id": "1"}),
        entry("b", "failed"),
        entry("c", "completed", fields={"order.id": "1"}),
    )
    assert listing.count(RunQuery()) == {"failed": 2, "completed": 1}
    assert listing.count(RunQuery(fields={"order.id": "1"})) == {"failed": 1, "completed": 1}
    assert listing.count(RunQuery(limit=1, status=("failed",))) == {"failed": 2}
    assert listing.count(RunQuery(workflow="none")) == {}


def test_forgotten_runs_are_gone_with_their_fields(database: Database, listing: Listing) -> None:
    written(database, entry("a", fields={"x": "1"}), entry("b", fields={"x": "1"}))
    listing.forget(["a", "nobody"])
    listing.forget([])
    assert found(listing, "x=1") == ["b"]
    assert [row.run for row in database.rows(sa.select(RUN_FIELDS))] == ["b"]


@pytest.mark.parametrize("newest_first", [True, False])
def test_pages_neither_skip_nor_repeat_while_runs_are_put(
    database: Database, listing: Listing, newest_first: bool
) -> None:
    """Runs of one moment too; those that come meanwhile may be seen or not, once."""
    chance = random.Random(7)
    old = [
        entry(f"r{number:03}", created_at=Timestamp(START + chance.randrange(20))) for number in range(100)
    ]
    written(database, *old)
    seen: list[str] = []
    cursor = None
    for page in range(1000):
        query = RunQuery(limit=7, cursor=cursor, newest_first=newest_first)
        entries, cursor = listing.find(query)
        assert len(entries) <= 7
        seen += [each.id for each in entries]
        if cursor is None:
            break
        written(database, entry(f"new{page}", created_at=Timestamp(START + chance.randrange(20))))
    assert len(seen) == len(set(seen))
    assert {each.id for each in old} <= set(seen)
    order = [(int(each.created_at), each.id) for each in old]
    expected = [run for _, run in sorted(order, reverse=newest_first)]
    assert [run for run in seen if run.startswith("r")] == expected


def test_a_last_page_that_is_full_has_no_next(database: Database, listing: Listing) -> None:
    written(database, *(entry(f"r{number}") for number in range(4)))
    entries, cursor = listing.find(RunQuery(limit=4))
    assert (len(entries), cursor) == (4, None)
    entries, cursor = listing.find(RunQuery(limit=3))
    assert len(entries) == 3
    assert listing.find(RunQuery(limit=3, cursor=cursor)) == ([entry("r0")], None)
    assert listing.find(RunQuery(workflow="none")) == ([], None)


@pytest.mark.parametrize("limit", [0, -5])
def test_a_page_has_one_run_at_least(database: Database, listing: Listing, limit: int) -> None:
    written(database, entry("a"), entry("b"))
    assert found(listing, limit=limit) == ["b"]


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        ".",
        "x",
        "1",
        "1.",
        ".r",
        "-1.r",
        "1x.r",
        "9999999999999999999.r",
        "9" * 30 + ".r",
        "٣.r",
        "1.a\0b",
    ],
)
def test_a_cursor_that_is_none_is_refused(listing: Listing, cursor: str) -> None:
    with pytest.raises(FactsRefused) as refused:
        listing.find(RunQuery(cursor=cursor))
    (fault,) = refused.value.faults
    assert (fault.pointer, fault.message) == ("/cursor", "this is no cursor")
    assert fault.hint


@pytest.mark.parametrize("moment", [FIRST, LAST, Timestamp(2**63), Timestamp(-(2**63) - 1)])
def test_any_moment_of_the_calendar_may_be_asked_for(
    database: Database, listing: Listing, moment: Timestamp
) -> None:
    written(database, entry("a"))
    late = moment > START
    assert found(listing, f"since={moment}") == ([] if late else ["a"])
    assert found(listing, f"until={moment}") == (["a"] if late else [])
    assert listing.count(RunQuery(since=moment)) == ({} if late else {"running": 1})


AWKWARD = ["", " ", "ä\U0001f600", "a\u0000b", "x" * 100_000, "%", "_", "'; DROP TABLE", "\ud800"]
IDS = ["empty", "blank", "emoji", "nul", "long", "percent", "underline", "quote", "surrogate"]


@pytest.mark.parametrize("value", AWKWARD, ids=IDS)
def test_whatever_stands_in_a_field_the_run_is_listed_and_found(
    database: Database, listing: Listing, value: str
) -> None:
    """One that no database would take must not keep the others from being listed."""
    random.seed(1)
    long = "".join(random.choices("abcdefghijklmnopqrstuvwxyz0123456789", k=50_000))
    written(
        database,
        entry("a", fields={"order.id": value}),
        entry("b", fields={"order.id": "b" + long}),
        entry("c", fields={"order.id": "c"}),
    )
    assert found(listing) == ["c", "b", "a"]
    assert [each.id for each in listing.find(RunQuery(fields={"order.id": value}))[0]] == ["a"]
    assert [each.id for each in listing.find(RunQuery(fields={"order.id": "b" + long}))[0]] == ["b"]


@pytest.mark.parametrize("name", ["workflow", "field"])
def test_awkward_texts_may_be_asked_for_and_find_nothing(listing: Listing, name: str) -> None:
    for value in AWKWARD:
        query = RunQuery(workflow=value) if name == "workflow" else RunQuery(fields={"x" + value: value})
        assert listing.find(query) == ([], None)
        assert listing.count(query) == {}


def test_rules_that_a_person_ordered_are_noted_and_not_shown(database: Database, listing: Listing) -> None:
    written(database, entry("a", fields={"order.id": "1"}, rules=("d2", "d3")))
    (shown,) = listing.find(RunQuery())[0]
    assert shown.fields == {"order.id": "1"}
    noted = {row.name: row.value for row in database.rows(sa.select(RUN_FIELDS))}
    assert noted == {"order.id": "1", "$rules d2": "d2", "$rules d3": "d3"}


def test_what_is_put_while_the_last_is_written_is_written_before_the_stop_ends(database: Database) -> None:
    listing = Listing(database)
    listing.start()
    asked, go_on = threading.Event(), threading.Event()

    def slowly() -> Entry:
        asked.set()
        go_on.wait()
        return entry("a")

    listing.put("a", slowly)
    assert asked.wait(10)
    put(listing, entry("b"), entry("c"))
    stopping = threading.Thread(target=listing.stop)
    stopping.start()
    go_on.set()
    stopping.join()
    assert found(Listing(database)) == ["c", "b", "a"]


def test_an_entry_that_cannot_be_told_does_not_keep_others_from_being_listed(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    def broken() -> Entry:
        raise ZeroDivisionError("a defect")

    listing = Listing(database)
    listing.start()
    listing.put("a", broken)
    put(listing, entry("b"))
    wait_until(lambda: found(Listing(database)) == ["b"])
    put(listing, entry("c"))
    listing.stop()
    assert found(Listing(database)) == ["c", "b"]
    assert "a defect" in caplog.text


@pytest.fixture
def impatient(tmp_path: Any) -> Iterator[tuple[Database, Callable[[], sqlite3.Connection]]]:
    """An SQLite database that says at once that it is locked, and a way to lock it."""
    path = tmp_path / "state.db"
    database = Database(f"sqlite:///{path}")

    @sa.event.listens_for(database.engine, "checkout")
    def hurry(connection: Any, *_: Any) -> None:
        connection.execute("PRAGMA busy_timeout=20")

    def lock() -> sqlite3.Connection:
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        connection.execute("BEGIN IMMEDIATE")
        return connection

    yield database, lock
    database.close()


def test_a_locked_database_only_delays_the_list(
    impatient: tuple[Database, Callable[[], sqlite3.Connection]], caplog: pytest.LogCaptureFixture
) -> None:
    database, lock = impatient
    listing = Listing(database)
    listing.start()
    holder = lock()
    put(listing, entry("a", "running", 1), entry("b"))
    wait_until(lambda: "the list of runs is behind: " in caplog.text)
    put(listing, entry("a", "completed", 2))
    assert found(listing) == []
    holder.rollback()
    holder.close()
    wait_until(lambda: found(listing) == ["b", "a"])
    assert found(listing, "status=completed") == ["a"]
    listing.stop()


def test_many_threads_put_and_all_is_listed(database: Database) -> None:
    listing = Listing(database)
    listing.start()

    def work(number: int) -> None:
        for version in range(1, 50):
            put(listing, entry(f"r{number}", "running" if version < 49 else "completed", version))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    listing.stop()
    assert Listing(database).count(RunQuery()) == {"completed": 8}


@pytest.mark.parametrize(
    ("text", "messages"),
    [
        ("status", ["'status' is not of the form name=value"]),
        ("=x status=", ["'=x' is not of the form name=value", "'status=' is not of the form name=value"]),
        ("status=failed status=parked", ["status stands twice"]),
        ("status=complete", ["there is no status 'complete'"]),
        ("status=x since=today until=2026", ["there is no status 'x'", "'today' is", "'2026' is"]),
        ("since=2026-11-27", ["'2026-11-27' lacks a time and an offset"]),
    ],
)
def test_a_filter_that_cannot_be_read_says_every_mistake(text: str, messages: list[str]) -> None:
    with pytest.raises(FactsRefused, match="the filter cannot be read") as refused:
        RunQuery.parse(text)
    told = [fault.message for fault in refused.value.faults]
    assert len(told) == len(messages)
    for fault, message in zip(told, messages, strict=True):
        assert fault.startswith(message)


def test_a_status_that_is_nearly_right_is_guessed() -> None:
    with pytest.raises(FactsRefused) as refused:
        RunQuery.parse("status=incidnt")
    assert "incident" in (refused.value.faults[0].hint or "")


def test_a_filter_is_read_as_it_is_written() -> None:
    query = RunQuery.parse(
        " status=incident,parked,  order.region=eu/de note=a=b since=2026-11-27T08:00:00Z "
    )
    assert query.status == ("incident", "parked")
    assert query.fields == {"order.region": "eu/de", "note": "a=b"}
    assert str(query.since) == "2026-11-27T08:00:00Z"
    assert RunQuery.parse("") == RunQuery()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "workflow=order",
        "status=incident,parked order.region=eu/de",
        "fingerprint=5be1c04a9d2f7713 since=2026-11-27T08:00:00.000000001Z until=2026-11-28T08:00:00Z",
    ],
)
def test_a_filter_is_written_as_it_is_read(text: str) -> None:
    query = RunQuery.parse(text)
    assert RunQuery.of(query.as_dict()) == query
    assert sorted(f"{name}={value}" for name, value in query.as_dict().items()) == sorted(text.split())


@pytest.mark.parametrize("text", ["xyz", "5be1c04", "5be1c04a9d2f771x", "a" * 33, "5be1c04a-9d2f"])
def test_what_is_no_fingerprint_is_told(text: str) -> None:
    with pytest.raises(FactsRefused) as refused:
        RunQuery.parse(f"fingerprint={text}")
    (fault,) = refused.value.faults
    assert (fault.pointer, fault.code) == ("/fingerprint", "format")


def test_all_runs_of_a_query_are_told_oldest_first_whatever_page_is_meant(
    database: Database, listing: Listing
) -> None:
    runs = [entry(f"r{number}", created_at=Timestamp(START + number // 2)) for number in range(9)]
    written(database, *reversed(runs), entry("x", "failed"))
    query = RunQuery(status=("running",), limit=2, cursor="1.x", newest_first=True)
    assert listing.all(query) == [each.id for each in runs]
