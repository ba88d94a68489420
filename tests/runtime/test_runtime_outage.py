"""What cannot be done for a while is told at its beginning, once a minute, and at its end."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from bench.chaos.postgres import Postgres
from bench.services.started import postgresql
from databases import new_database
from rulesflow.runtime.catalog import NotReadyError
from rulesflow.runtime.outage import Outage
from run_project import order, write_run_project
from serving import Server, wait_until

AWAY = OperationalError("SELECT 1", {}, Exception("gone"))

logger = logging.getLogger("rulesflow.tests.outage")


class Told:
    """An outage, seconds that pass when it is said so, and what the log was told."""

    def __init__(self, caplog: pytest.LogCaptureFixture) -> None:
        self.moment = 0.0
        self._caplog = caplog
        self.outage = Outage(
            logger, "nothing goes on", "all goes on", NotReadyError, clock=lambda: self.moment
        )

    @property
    def records(self) -> list[logging.LogRecord]:
        return self._caplog.records

    def fails(self, after: float = 0.0, error: Exception = AWAY) -> list[str]:
        self.moment += after
        return self._told(lambda: self.outage.failed(error))

    def is_well(self, after: float = 0.0) -> list[str]:
        self.moment += after
        return self._told(self.outage.over)

    def _told(self, act: Callable[[], None]) -> list[str]:
        before = len(self.records)
        act()
        return [each.getMessage() for each in self.records[before:]]


@pytest.fixture
def told(caplog: pytest.LogCaptureFixture) -> Told:
    return Told(caplog)


def test_a_failure_is_told_once_then_each_minute_and_then_that_it_is_over(told: Told) -> None:
    reason = "the database does not answer (OperationalError)"
    assert told.fails() == [f"nothing goes on: {reason}"]
    words = [each for _ in range(500) for each in told.fails(0.25)]
    assert words == [f"nothing goes on, for {time} now: {reason}" for time in ("1 min 0 s", "2 min 0 s")]
    assert told.is_well(0.25) == ["all goes on, after 2 min 5 s"]
    assert told.is_well(1) == []


def test_what_fails_again_and_again_for_moments_is_told_of_rarely(told: Told) -> None:
    words = [each for _ in range(100) for each in (*told.fails(0.25), *told.is_well(0.25))]
    assert len(words) == 10
    assert told.fails(60) == ["nothing goes on: the database does not answer (OperationalError)"]


def test_a_failure_that_began_silently_is_told_of_if_it_lasts(told: Told) -> None:
    assert told.fails() and told.is_well(1)
    assert told.fails(5) == []
    assert told.fails(10) == [
        "nothing goes on, for 10 s now: the database does not answer (OperationalError)"
    ]


def test_a_defect_is_told_with_its_place_though_the_database_was_away_before(told: Told) -> None:
    def broken() -> None:
        raise ZeroDivisionError("a defect")

    assert told.fails(error=NotReadyError("no ruleset"))
    assert not told.outage.through(broken) and not told.outage.through(broken)
    place = told.records[-1].exc_info
    assert len(told.records) == 2 and place is not None and place[0] is ZeroDivisionError
    assert told.outage.through(lambda: None)
    assert told.records[-1].getMessage() == "all goes on, after 0.0 s"


@pytest.fixture
def server(postgres: str) -> Iterator[Postgres]:
    """One of its own, since it goes away; ``postgres`` tells whether there can be any."""
    with postgresql() as url:
        yield Postgres(url)


def test_a_service_tells_of_a_database_that_is_away_and_back_but_once(
    tmp_path: Path, server: Postgres, spawn: Callable[..., Server]
) -> None:
    rules = write_run_project(tmp_path / "rules")
    service = spawn(rules=rules, database_url=new_database(server.url))
    waits = service.post("/v1/runs", json={"workflow": "review", "input": order()}).json()["id"]
    threads = ("leases", "inbox", "drain")

    def told(sentence: str) -> list[int]:
        log = "".join(service.log)
        return [len(re.findall(f"rulesflow-{name} {sentence}", log)) for name in threads]

    server.kill()
    wait_until(lambda: min(told("stands still")), 60)  # the leases look last, the others many times before
    assert service.get("/v1/runs/count").status_code == 503
    server.start()
    wait_until(lambda: min(told("goes on, after")), 60)
    assert (told("stands still"), told("goes on, after")) == ([1, 1, 1], [1, 1, 1])
    assert service.get(f"/v1/runs/{waits}").json()["status"] == "waiting"
