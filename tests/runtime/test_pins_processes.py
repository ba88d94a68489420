"""What is pinned is pinned for all processes that share the database, and for those that come after them."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from rulesflow.documents.folder import read_folder
from rulesflow.runtime.activations import Activations
from rulesflow.runtime.archive import Archive
from rulesflow.runtime.database import PIN, RULESETS, Database
from rulesflow.runtime.project import load_project
from run_project import order, write_run_project
from serving import Server, fee, wait_until, write_project

SOON = 5.0  # seconds in which a busy machine must have followed


def write(project: Path, amount: int) -> None:
    (project / "base" / "fee.yaml").write_text(fee(amount))


def low(server: Server) -> Any:
    return server.decide("fee", {}).json()["result"]["low"]


def activate(server: Server, digest: str, **body: Any) -> dict[str, Any]:
    answer = server.post(f"/v1/rulesets/{digest}/activate", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return write_project(tmp_path / "rules")


@pytest.fixture
def kept(tmp_path: Path) -> str:
    """The address of a database of which one kind will do."""
    return f"sqlite:///{tmp_path / 'state.db'}"


def test_the_other_process_follows_and_both_let_go_together_and_a_race_ends_alike(
    serve: Callable[..., Server], spawn: Callable[..., Server], project: Path, database_url: str
) -> None:
    one = serve(rules=project, database_url=database_url)
    first = one.status()["digest"]
    write(project, 2)
    wait_until(lambda: low(one) == 2)
    other = spawn(rules=project, database_url=database_url)
    second = other.status()["digest"]
    activate(one, first[:8])
    wait_until(lambda: low(other) == 1, SOON)
    assert other.status()["pinned"]
    assert other.status()["pending"]["digest"] == second
    activate(other, second)
    wait_until(lambda: low(one) == 2, SOON)
    assert one.status()["pinned"]
    assert other.post("/v1/ruleset/reload").json()["pinned"] is False
    wait_until(lambda: not one.status()["pinned"], SOON)
    assert (low(one), low(other)) == (2, 2)
    listed = [server.get("/v1/rulesets").json() for server in (one, other)]
    assert listed[0] == listed[1]
    assert [each["digest"] for each in listed[0]["rulesets"]] == [second, first]
    assert all(_race((one, other), (first, second)))
    database = Database(database_url)
    (row,) = database.rows(sa.select(PIN))
    database.close()
    wait_until(lambda: {each.status()["digest"] for each in (one, other)} == {row.digest}, SOON)


def _race(servers: tuple[Server, Server], digests: tuple[str, str]) -> list[bool]:
    """Activate both many times at once in both processes; what each was told of being pinned."""
    answers: list[bool] = []

    def ask(server: Server, digest: str) -> None:
        answers.append(_posted(server, f"/v1/rulesets/{digest}/activate")["pinned"])

    orders = [(server, digest) for server in servers for digest in digests * 3]
    threads = [threading.Thread(target=ask, args=each) for each in orders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def test_a_run_goes_by_what_was_activated_when_it_began(
    serve: Callable[..., Server], tmp_path: Path, kept: str
) -> None:
    rules = write_run_project(tmp_path / "rules")
    server = serve(rules=rules, database_url=kept)
    first = server.status()["digest"]
    share = rules / "region" / "eu" / "share.yaml"
    share.write_text(share.read_text().replace("20 /", "40 /"))
    second = server.post("/v1/ruleset/reload").json()["digest"]
    for digest, each in ((second, 10), (first, 5)):
        activate(server, digest)
        run = server.post("/v1/runs?wait=10s", json={"workflow": "quick", "input": order(4)}).json()
        assert (run["digest"], run["output"]) == (digest, {"each": each})


def test_what_was_pinned_before_a_kill_serves_after_it_whatever_the_folder_holds(
    spawn: Callable[..., Server], project: Path, database_url: str
) -> None:
    server = spawn(rules=project, database_url=database_url)
    first = server.status()["digest"]
    write(project, 2)
    wait_until(lambda: low(server) == 2)
    activate(server, first, reason="two is wrong")
    os.kill(server.pid, signal.SIGKILL)
    (project / "base" / "fee.yaml").write_text("decision: [")
    server = spawn(rules=project, database_url=database_url)
    status = server.status()
    assert (status["digest"], status["pinned"], status["pending"]) == (first, True, None)
    assert status["error"]["diagnostics"][0]["file"] == "base/fee.yaml"
    assert low(server) == 1
    assert "rulesflow_rules_error 1.0" in server.get("/metrics").text
    write(project, 3)
    wait_until(lambda: server.status()["pending"])
    assert (low(server), server.status()["error"]) == (1, None)
    assert "rulesflow_rules_error 0.0" in server.get("/metrics").text
    assert server.post("/v1/ruleset/reload").json()["pinned"] is False
    assert low(server) == 3


def test_a_process_that_was_killed_between_pinning_and_activating_activates_when_it_starts(
    serve: Callable[..., Server], project: Path, database_url: str
) -> None:
    database = Database(database_url)
    pinned = load_project(read_folder(project).files)
    assert pinned.ruleset is not None
    Archive(database, load_project).keep(pinned.ruleset.digest, pinned)
    Activations(database).pin(pinned.ruleset.digest, "here", "activated", {})
    database.close()
    write(project, 2)
    server = serve(rules=project, database_url=database_url)
    assert (low(server), server.status()["pinned"]) == (1, True)
    assert server.status()["pending"]


def test_what_is_pinned_and_gone_is_told_and_nothing_else_serves_in_its_place(
    serve: Callable[..., Server], spawn: Callable[..., Server], project: Path, kept: str
) -> None:
    server = serve(rules=project, database_url=kept)
    activate(server, "active")
    database = Database(kept)
    with database.writing() as connection:
        connection.execute(sa.delete(RULESETS))
    database.close()
    write(project, 2)
    late = spawn(rules=project, database_url=kept)
    assert (late.status()["digest"], late.status()["pinned"]) == (None, True)
    (found,) = late.status()["error"]["diagnostics"]
    assert "not in the archive" in found["message"]
    assert "POST /v1/ruleset/reload" in found["hint"]
    write(project, 3)
    wait_until(lambda: late.status()["pending"])
    assert late.status()["error"]["diagnostics"] == [found]
    assert late.get("/readyz").status_code == 503
    assert late.post("/v1/ruleset/reload").json()["error"] is None
    assert low(late) == 3


def test_edits_take_effect_while_the_database_does_not_answer_and_are_archived_after_it(
    serve: Callable[..., Server], project: Path, tmp_path: Path, kept: str
) -> None:
    server = serve(rules=project, database_url=kept)
    first = server.status()["digest"]
    with closing(sqlite3.connect(tmp_path / "state.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        digests = []
        for amount in (2, 3):
            write(project, amount)
            wait_until(lambda amount=amount: low(server) == amount)  # type: ignore[misc]
            digests.append(server.status()["digest"])
        other.execute("ROLLBACK")
    listed = [each["digest"] for each in server.get("/v1/rulesets").json()["rulesets"]]
    assert listed == [*reversed(digests), first]


@pytest.mark.slow
def test_all_workers_follow(spawn: Callable[..., Server], project: Path, kept: str) -> None:
    server = spawn(rules=project, database_url=kept, workers=2)
    wait_until(lambda: "".join(server.log).count("startup complete") == 2, 30)
    first = server.status()["digest"]
    write(project, 2)
    wait_until(lambda: _everywhere(server) == {2})
    activate(server, first)
    wait_until(lambda: _everywhere(server) == {1}, SOON)
    server.post("/v1/ruleset/reload")
    wait_until(lambda: _everywhere(server) == {2}, SOON)


def _everywhere(server: Server) -> set[int]:
    """What all workers answer, as far as a dozen connections reach them."""
    answers = [_posted(server, "/v1/decisions/fee", b'{"facts": {}}') for _ in range(12)]
    return {answer["result"]["low"] for answer in answers}


def _posted(server: Server, path: str, body: bytes = b"") -> dict[str, Any]:
    """The answer to a POST over a connection of its own."""
    connection = HTTPConnection("127.0.0.1", server.port, timeout=30)
    connection.request("POST", path, body)
    answer: dict[str, Any] = json.loads(connection.getresponse().read())
    connection.close()
    return answer
