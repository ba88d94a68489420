"""Events are taken in once each, all of a call or none, whoever else is at it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from event_project import PAIR, UNCLOSED, event, loaded, write_event_project
from rulesflow.model.errors import FactsRefused
from rulesflow.model.times import LAST
from rulesflow.runtime.catalog import Catalog, NotReadyError
from rulesflow.runtime.cloudevents import CloudEvent
from rulesflow.runtime.database import EVENT_KEYS, EVENT_QUEUE, EVENTS, Database
from rulesflow.runtime.eventstore import EventStore
from rulesflow.runtime.intake import Intake
from serving import wait_until


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    made = Database(database_url)
    yield made
    made.close()


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    catalog = Catalog()
    catalog.activate(loaded(write_event_project(tmp_path / "rules", PAIR, UNCLOSED)), "here")
    return catalog


@pytest.fixture
def intake(database: Database, catalog: Catalog) -> Iterator[Intake]:
    intake = Intake(EventStore(database), catalog)
    intake.start()
    yield intake
    intake.stop()


def all_of(database: Database, table: sa.Table) -> list[dict[str, Any]]:
    return [dict(row._mapping) for row in database.rows(sa.select(table))]


def put(intake: Intake, *events: CloudEvent, batch: bool = False) -> list[bool]:
    return intake.put(intake.prepare(events, batch=batch)).result(30)


def test_an_event_is_stored_once_by_its_source_and_id(intake: Intake, database: Database) -> None:
    assert put(intake, event("1"), event("1", source="/other"), event("1", n=2)) == [True, True, False]
    assert put(intake, event("2"), event("1")) == [True, False]
    assert len(all_of(database, EVENTS)) == 3
    assert len(all_of(database, EVENT_QUEUE)) == 3


def test_an_event_is_found_by_the_keys_of_the_patterns_that_look_at_its_type(
    intake: Intake, database: Database
) -> None:
    put(intake, event("1", key="a"), event("2", "noise", key="b"), event("3", "closed", key="a" * 5000))
    keys = {(row["path"], row["key"][:4]) for row in all_of(database, EVENT_KEYS)}
    assert keys == {("key@opened", '"a"'), ("key@closed", '"aaa')}


def test_of_a_call_all_events_are_stored_or_none(intake: Intake, database: Database) -> None:
    with pytest.raises(FactsRefused) as refused:
        intake.prepare([event("1"), event("2", "opend"), event("3", n="x")], batch=True)
    assert [fault.pointer for fault in refused.value.faults] == ["/1/type", "/2/data/n"]
    assert refused.value.faults[0].hint == "did you mean opened?"
    with pytest.raises(FactsRefused) as refused:
        intake.prepare([CloudEvent("1", "/s", "opened", None)], batch=False)
    assert [fault.pointer for fault in refused.value.faults] == ["/data"]
    assert all_of(database, EVENTS) == []


def test_a_time_that_no_database_can_hold_is_refused(intake: Intake) -> None:
    with pytest.raises(FactsRefused) as refused:
        intake.prepare([CloudEvent("1", "/s", "opened", {"key": "k"}, LAST)], batch=False)
    assert refused.value.faults[0].pointer == "/time"


def test_texts_that_databases_dislike_are_stored_all_the_same(intake: Intake, database: Database) -> None:
    odd = CloudEvent(
        "i\0d", "/s\ud800", "opened", {"key": "k\0\u2028'\";--"}, None, "sub\0ject", {"ext": "\0"}
    )
    assert put(intake, odd) == [True]
    assert put(intake, odd) == [False]
    (row,) = all_of(database, EVENTS)
    assert next(iter(EventStore(database).read([row["number"]]))).data == {"key": "k\0\u2028'\";--"}


def test_numbers_come_back_as_they_were(intake: Intake, database: Database) -> None:
    numbers = [0, -(10**33), Decimal("1.5"), Decimal("1E+6000"), Decimal("1E-6000")]
    put(intake, *(event(str(place), n=number) for place, number in enumerate(numbers)))
    rows = sorted(all_of(database, EVENTS), key=lambda row: int(row["id"]))
    read = {
        each.number: each.data["n"] for each in EventStore(database).read([row["number"] for row in rows])
    }
    assert [read[row["number"]] for row in rows] == numbers


def test_nothing_is_taken_in_before_there_are_rules(database: Database) -> None:
    intake = Intake(EventStore(database), Catalog())
    with pytest.raises(NotReadyError):
        intake.prepare([event("1")], batch=False)


def test_what_runs_tell_before_there_are_rules_is_stored_once_there_are(
    database: Database, catalog: Catalog
) -> None:
    later = Catalog()
    intake = Intake(EventStore(database), later)
    intake.start()
    intake.tell([event("1"), event("2", "opend")])
    intake.tell([event("3")])
    with pytest.raises(NotReadyError, match="3 events of runs wait"):
        intake.settle()
    later.activate(catalog.current().project, "here")
    intake.tell([event("4")])
    wait_until(lambda: len(all_of(database, EVENTS)) == 3)
    assert [row["id"] for row in all_of(database, EVENTS)] == ["1", "3", "4"]
    intake.stop()


def test_of_many_who_post_the_same_events_at_once_one_is_told_that_each_is_new(
    database_url: str, catalog: Catalog
) -> None:
    """Two processes, eight threads, each with its own order of the same 300 events."""
    databases = [Database(database_url) for _ in range(2)]
    intakes = [Intake(EventStore(each), catalog) for each in databases]
    for each in intakes:
        each.start()
    taken: list[str] = []

    def post(number: int) -> None:
        ids = [str((place * 7 + number * 31) % 300) for place in range(300)]
        for start in range(0, 300, 50):
            part = ids[start : start + 50]
            answers = put(intakes[number % 2], *(event(id_) for id_ in part))
            taken.extend(id_ for id_, new in zip(part, answers, strict=True) if new)

    threads = [threading.Thread(target=post, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for each in intakes:
        each.stop()
    assert sorted(taken) == sorted(str(number) for number in range(300))
    assert len(all_of(databases[0], EVENTS)) == len(all_of(databases[0], EVENT_QUEUE)) == 300
    for database in databases:
        database.close()


def test_what_runs_tell_is_stored_behind_them_and_misfits_are_passed_over(
    intake: Intake, database: Database
) -> None:
    intake.tell([event("1"), event("2", "opend"), event("3", n="x"), event("4")])
    intake.settle()
    assert [row["id"] for row in all_of(database, EVENTS)] == ["1", "4"]
    assert intake.counts == {("opened", "accepted"): 2, ("opened", "passed-over"): 1}


def test_what_runs_tell_waits_for_a_database_that_is_away(intake: Intake, database: Database) -> None:
    with database.writing() as connection:
        connection.execute(sa.text("ALTER TABLE rulesflow_events RENAME TO rulesflow_away"))
    intake.tell([event("1"), event("2")])
    intake.tell([event("3")])
    with pytest.raises(sa.exc.SQLAlchemyError):
        put(intake, event("4"))
    with database.writing() as connection:
        connection.execute(sa.text("ALTER TABLE rulesflow_away RENAME TO rulesflow_events"))
    wait_until(lambda: len(all_of(database, EVENTS)) == 3)
    assert [row["id"] for row in all_of(database, EVENTS)] == ["1", "2", "3"]
    assert put(intake, event("4")) == [True]
