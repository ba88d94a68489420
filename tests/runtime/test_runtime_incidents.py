"""Incidents in the list of runs: counted by fingerprint, as long as runs stand still for a reason."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from rulesflow.model.times import SECOND, Timestamp
from rulesflow.runtime.database import Database
from rulesflow.runtime.incidents import Incidents
from rulesflow.runtime.listing import FORCED, Entry, Listing
from rulesflow.runtime.runquery import RunQuery

START = Timestamp(1_700_000_000 * SECOND)
NO = {"class": "internal", "code": "internal", "message": "no"}


@pytest.fixture
def listing(database_url: str) -> Iterator[Listing]:
    database = Database(database_url)
    yield Listing(database)
    database.close()


def put(listing: Listing, run: str, status: str = "incident", moved: int = 0, **more: Any) -> Entry:
    """An entry, ``moved`` seconds after the start."""
    given: dict[str, Any] = {"problem": NO, "where": "charge", "version": 1, "created_at": START, **more}
    at = Timestamp(START + moved * SECOND)
    shown = Entry(run, given.pop("workflow", "order"), status, "d", updated_at=at, **given)
    listing.put(run, lambda: shown)
    listing.catch_up()
    return shown


def found(listing: Listing, **query: Any) -> list[tuple[str, int, str]]:
    groups, _ = Incidents(listing).find(RunQuery(**query))
    return [(each.newest.where, each.count, each.newest.id) for each in groups]


def test_the_most_frequent_reason_comes_first_with_its_newest_run(listing: Listing) -> None:
    put(listing, "a", moved=3)
    put(listing, "b", where="ship", moved=1)
    put(listing, "c", where="ship", moved=9)
    put(listing, "d", where="ship", moved=5)
    groups, more = Incidents(listing).find(RunQuery())
    assert more is None
    shown = groups[0].as_dict()
    assert shown == {
        "fingerprint": groups[0].fingerprint,
        "count": 3,
        "workflow": "order",
        "path": "ship",
        "class": "internal",
        "code": "internal",
        "message": "no",
        "first": Timestamp(START + SECOND),
        "last": Timestamp(START + 9 * SECOND),
        "example": "c",
        "undo": False,
    }
    assert found(listing) == [("ship", 3, "c"), ("charge", 1, "a")]


def test_a_run_that_goes_on_is_no_incident_any_more(listing: Listing) -> None:
    put(listing, "a")
    put(listing, "b")
    put(listing, "a", "running", 1, version=2, problem=None, where="")
    assert found(listing) == [("charge", 1, "b")]
    put(listing, "b", "failed", 1, version=2)  # its error stays, but nobody need mend it
    assert found(listing) == []


def test_a_paused_run_and_one_that_is_merely_being_undone_are_none(listing: Listing) -> None:
    put(listing, "a", "paused")
    put(listing, "b", "undoing", problem=None, where="")
    put(listing, "c", "undoing", undo=True)
    assert found(listing) == [("charge", 1, "c")]
    (stuck,), _ = Incidents(listing).find(RunQuery())
    assert stuck.as_dict()["undo"]
    assert listing.find(RunQuery(fingerprint=stuck.fingerprint))[0] == [stuck.newest]


def test_a_run_that_broke_off_is_an_incident_too(listing: Listing) -> None:
    put(listing, "a", where="", problem={**NO, "code": "broken"}, version=FORCED)
    assert found(listing) == [("", 1, "a")]


def test_the_query_says_whose_incidents_are_counted(listing: Listing) -> None:
    put(listing, "a", fields={"order.region": "eu"})
    put(listing, "b", fields={"order.region": "us"}, created_at=Timestamp(START + SECOND))
    put(listing, "c", workflow="refund")
    assert found(listing, fields={"order.region": "eu"}) == [("charge", 1, "a")]
    assert found(listing, since=Timestamp(START + 1)) == [("charge", 1, "b")]
    assert found(listing, workflow="refund") == [("charge", 1, "c")]
    assert found(listing, status=("undoing",)) == []


@pytest.mark.parametrize("limit", [1, 2, 5, 7, 100])
def test_pages_hold_each_incident_once_in_their_order(listing: Listing, limit: int) -> None:
    for number in range(21):
        put(listing, f"r{number}", where=f"step{number % 7}x{number % 3 and 'y'}")
    whole = found(listing)
    assert sum(count for _, count, _ in whole) == 21
    assert [count for _, count, _ in whole] == sorted((count for _, count, _ in whole), reverse=True)
    seen: list[tuple[str, int, str]] = []
    cursor = None
    while True:
        groups, cursor = Incidents(listing).find(RunQuery(limit=limit, cursor=cursor))
        assert len(groups) <= limit
        seen += [(each.newest.where, each.count, each.newest.id) for each in groups]
        if cursor is None:
            break
    assert seen == whole
