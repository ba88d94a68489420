"""A long run is replayed once for all who look at it, and again once something has come."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from run_project import order, write_run_project
from serving import Server, wait_until

_MANY = 550  # records, from 500 on of which a run is kept
_LOOKS = ("", "/history", "/graph", "/timeline")
_WORKFLOW = f"""\
workflow: many
input: facts.yaml
steps:
  naps: {{each: {[*range(_MANY)]}, steps: {{nap: {{sleep: 1ms}}}}}}
  ask: {{wait: approval, payload: {{verdict: {{enum: [approved]}}}}}}
  more: {{wait: approval, payload: {{verdict: {{enum: [approved]}}}}}}
output: {{verdict: "${{ steps.more.verdict }}"}}
"""


@pytest.fixture
def service(tmp_path: Path, database_url: str, spawn: Callable[..., Server]) -> Server:
    rules = write_run_project(tmp_path / "rules")
    (rules / "workflows/many.yaml").write_text(_WORKFLOW)
    return spawn(rules=rules, database_url=database_url)


def test_a_long_run_that_goes_on_is_always_shown_as_it_stands(service: Server) -> None:
    run = service.post("/v1/runs", json={"workflow": "many", "input": order()}).json()["id"]

    def look(what: str) -> Any:
        response = service.get(f"/v1/runs/{run}{what}")
        assert response.status_code == 200, response.text
        return response.json()

    def stands(step: str) -> Any:
        """Every view of it, once it waits there."""
        wait_until(lambda: [each["path"] for each in look("")["waiting_for"]] == [step], 60)
        with ThreadPoolExecutor(8) as pool:  # at once, as the dashboard asks for them
            seen = [*pool.map(look, _LOOKS * 2)]
        assert seen[:4] == seen[4:]
        return seen[:4]

    def approve() -> None:
        body = {"verdict": "approved"}
        assert service.post(f"/v1/runs/{run}/signals/approval", json=body).status_code == 202

    first = stands("ask")
    assert stands("ask") == first
    approve()
    second = stands("more")
    ends = [[*history["entries"]][-1]["type"] for _, history, *_ in (first, second)]
    assert ends == ["sleep", "signal"] and len(second[1]["entries"]) == len(first[1]["entries"]) + 1
    assert {each["path"]: each["outcome"] for each in second[3]["spans"]}["more"] == "running"
    nodes = {
        each["path"]: each["state"]["status"]
        for each in second[2]["nodes"]
        if each["path"] in ("ask", "more")
    }
    assert nodes == {"ask": "done", "more": "waiting"}
    approve()
    wait_until(lambda: look("")["status"] == "completed", 30)
    wait_until(lambda: look("/history")["entries"][-1]["type"] == "end")
    assert look("/timeline")["to"] is not None
