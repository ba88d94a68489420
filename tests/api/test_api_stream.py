"""The stream of the whole service: as a client reads it, over a real connection."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from databases import database_url, postgres
from rulesflow.settings import Settings
from run_project import order, write_run_project
from serving import Server, running, spawned, wait_until

__all__ = ["database_url", "postgres"]
SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def settings(folder: Path, database: str) -> Settings:
    rules = folder / "rules"
    if not rules.exists():
        write_run_project(rules)
    return Settings(rules=rules, database_url=database)


@pytest.fixture
def server(tmp_path: Path, database_url: str) -> Iterator[Server]:
    with running(settings(tmp_path, database_url)) as server:
        yield server


@contextmanager
def followed(server: Server) -> Iterator[Iterator[tuple[str, dict[str, Any]]]]:
    """The events as they come: name and data."""
    with server.client.stream("GET", "/v1/stream", timeout=20) as stream:
        assert stream.headers["content-type"] == "text/event-stream"
        yield _events(stream.iter_lines())


def _events(lines: Iterator[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    name = ""
    for line in lines:
        field, _, value = line.partition(": ")
        if field == "event":
            name = value
        elif field == "data":
            yield name, json.loads(value)


def until(coming: Iterator[tuple[str, dict[str, Any]]], wanted: str, **like: Any) -> dict[str, Any]:
    """The first event of that name whose data are like that."""
    return next(
        data
        for name, data in coming
        if name == wanted and all(data[key] == each for key, each in like.items())
    )


def begin(server: Server) -> str:
    run: str = server.post("/v1/runs", json={"workflow": "review", "input": order()}).json()["id"]
    return run


def test_it_begins_with_everything_and_goes_on_with_what_changes(server: Server) -> None:
    with followed(server) as coming:
        name, hello = next(coming)
        assert name == "hello"
        assert hello["runs"] == {"counts": {}, "changed": None}
        assert hello["ruleset"] == server.get("/v1/ruleset").json()
        known = server.get("/v1/resources").json()["resources"]
        assert [each["name"] for each in hello["resources"]["resources"]] == [each["name"] for each in known]
        run = begin(server)
        changed = until(coming, "runs", counts={"waiting": 1})
        assert changed["changed"] == [run]
        server.post(f"/v1/runs/{run}/signals/approval", json={"verdict": "approved"})
        assert until(coming, "runs", counts={"completed": 1})["changed"] == [run]


@SQLITE
def test_rules_that_change_or_break_are_told(server: Server, tmp_path: Path) -> None:
    rules = next(
        each for each in sorted((tmp_path / "rules").rglob("*.yaml")) if "decision:" in each.read_text()
    )
    before = rules.read_text()
    with followed(server) as coming:
        _, hello = next(coming)
        rules.write_text(before + "\n# changed\nrules: broken\n")
        broken = until(coming, "ruleset")
        assert broken["error"]["diagnostics"][0]["severity"] == "error"
        assert broken["digest"] == hello["ruleset"]["digest"]
        rules.write_text(before)
        assert until(coming, "ruleset", error=None)["digest"] == hello["ruleset"]["digest"]


@SQLITE
def test_a_resource_that_is_opened_is_told(server: Server) -> None:
    with followed(server) as coming:
        _, hello = next(coming)
        name = hello["resources"]["resources"][0]["name"]
        server.post(f"/v1/resources/{name}/open", json={"reason": "a trial"})
        told = until(coming, "resources")
        assert {"name": name, "state": "open", "parked": 0} in told["resources"]


def test_what_another_process_does_is_told_too(server: Server, tmp_path: Path, database_url: str) -> None:
    given = {"rules": tmp_path / "rules", "database_url": database_url}
    with spawned(given) as other, followed(server) as coming:
        assert next(coming)[0] == "hello"
        begin(other)
        assert until(coming, "runs", counts={"waiting": 1})["counts"] == {"waiting": 1}


@SQLITE
def test_many_may_follow_and_leave_and_come_back(server: Server) -> None:
    run = begin(server)
    wait_until(lambda: server.get(f"/v1/runs/{run}").json()["status"] == "waiting")
    for _ in range(3):
        with followed(server) as one, followed(server) as other:
            assert next(one)[1]["ruleset"] == next(other)[1]["ruleset"]
            started = begin(server)
            for coming in (one, other):
                while started not in (until(coming, "runs")["changed"] or []):
                    pass  # the one before may be told of first


def test_without_a_database_it_tells_of_the_rules(tmp_path: Path) -> None:
    with running(settings(tmp_path, "none")) as server, followed(server) as coming:
        name, hello = next(coming)
        assert name == "hello"
        assert hello.keys() == {"type", "ruleset"}
