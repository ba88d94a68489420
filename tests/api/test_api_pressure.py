"""What a service does with more than it can carry out: steps park, new runs are refused, nothing is lost."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from rulesflow.settings import Settings
from run_project import order, write_run_project
from serving import Server, running, wait_until

BOUND = 3
_SCORED = """\
workflow: scored
title: A service is asked for a score
input: facts.yaml
steps:
  score: {call: fraud.score, with: {order: "${ order }", customer: {type: new}}}
"""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    rules = write_run_project(tmp_path / "rules")
    (rules / "workflows" / "scored.yaml").write_text(_SCORED)
    settings = Settings(rules=rules, database_url=f"sqlite:///{tmp_path / 'state.db'}", backlog=BOUND)
    with running(settings) as server:
        yield server


def start(server: Server, number: int, workflow: str = "scored") -> httpx.Response:
    body = {"workflow": workflow, "input": order(id=f"A-{number}")}
    return server.post("/v1/runs", json=body, headers={"idempotency-key": f"A-{number}"})


def fraud(server: Server) -> dict[str, Any]:
    return server.get("/v1/resources/fraud").json()


def filled(server: Server) -> list[str]:
    """Close the way of runs and start as many as fit; their ids once all are parked."""
    assert server.post("/v1/resources/fraud/open").json()["state"] == "open"
    started = [start(server, number) for number in range(BOUND)]
    assert [each.status_code for each in started] == [202] * BOUND
    wait_until(lambda: fraud(server)["parked"] == BOUND, 60)
    wait_until(lambda: server.get("/v1/scale").json()["running"] == 0, 60)
    return [each.json()["id"] for each in started]


def test_new_runs_are_refused_at_the_bound_and_those_of_before_go_on_when_it_is_well(server: Server) -> None:
    runs = filled(server)
    refused = start(server, BOUND)
    assert (refused.status_code, refused.json()["type"]) == (429, "/problems/overloaded")
    assert refused.json()["detail"].startswith("3 runs have something to do, and the bound is 3")
    assert 1 <= int(refused.headers["retry-after"]) <= 600

    server.post("/v1/resources/fraud/close", json={"reason": "it is back"})
    for run in runs:
        wait_until(lambda run=run: server.get(f"/v1/runs/{run}").json()["status"] == "completed", 60)
    wait_until(lambda: start(server, BOUND).status_code == 202, 60)


def test_who_asks_again_for_a_run_that_was_accepted_is_not_refused(server: Server) -> None:
    runs = filled(server)
    assert start(server, BOUND).status_code == 429
    assert [start(server, number).json()["id"] for number in range(BOUND)] == runs


def test_a_mistake_is_told_before_anybody_is_sent_away(server: Server) -> None:
    filled(server)
    assert server.post("/v1/runs", json={"workflow": "scored", "input": {}}).status_code == 422
    assert server.post("/v1/runs", json={"workflow": "scord", "input": order()}).status_code == 404


def test_runs_that_wait_for_a_person_are_no_backlog(server: Server) -> None:
    for number in range(2 * BOUND):
        run = wait_until(lambda number=number: _accepted(start(server, number, "review")), 60)
        wait_until(lambda run=run: server.get(f"/v1/runs/{run}").json()["status"] == "waiting", 60)
    wait_until(lambda: server.get("/v1/scale").json()["backlog"] == 0, 60)


def _accepted(response: httpx.Response) -> str | None:
    return response.json()["id"] if response.status_code == 202 else None


def test_the_metrics_tell_what_is_parked_and_called(server: Server) -> None:
    assert start(server, 0).status_code == 202
    wait_until(lambda: 'calls_total{outcome="ok",resource="fraud"} 1.0' in server.get("/metrics").text, 60)
    server.post("/v1/resources/fraud/open")
    assert start(server, 1).status_code == 202
    wait_until(lambda: 'parked{resource="fraud"} 1.0' in server.get("/metrics").text, 60)
    assert 'rulesflow_resource_state{resource="fraud",state="open"} 1.0' in server.get("/metrics").text
    wait_until(lambda: "rulesflow_runs_dormant 1.0" in server.get("/metrics").text, 60)
