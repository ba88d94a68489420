"""Incidents over REST: one line for all runs that stand still for the same reason."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator

from rulesflow.settings import Settings
from run_project import order, write_run_project
from serving import Server, running, wait_until

_STEEP = """\
workflow: steep
title: Asks beyond the end of a list
input: facts.yaml
steps:
  items:
    each: "${ [1, 2] }"
    as: item
    steps: {third: {set: {at: "${ [item][order.total] }"}}}
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A service with four incidents by a division, and two of another workflow."""
    folder = tmp_path_factory.mktemp("incidents")
    rules = write_run_project(folder / "rules")
    (rules / "workflows" / "steep.yaml").write_text(_STEEP)
    with running(Settings(rules=rules, database_url=f"sqlite:///{folder}/state.db")) as server:
        for region in ("eu", "eu/de", "us", "us"):
            start(server, "quick", order(total=0, region=region))
        for total in (3, 5):
            start(server, "steep", order(total=total, region="us"))
        wait_until(lambda: server.get("/v1/runs/count").json()["by_status"] == {"incident": 6})
        yield server


def start(server: Server, workflow: str, given: Any) -> None:
    assert server.post("/v1/runs", json={"workflow": workflow, "input": given}).status_code == 202


def incidents(server: Server, **query: Any) -> list[dict[str, Any]]:
    answer = server.get("/v1/incidents", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()["incidents"]


def errors(response: httpx.Response) -> list[dict[str, Any]]:
    assert (response.status_code, response.json()["type"]) == (422, "/problems/facts-refused"), response.text
    return response.json()["errors"]


def test_runs_that_stand_still_for_one_reason_are_one_incident(server: Server) -> None:
    answer = server.get("/v1/incidents")
    document = server.get("/openapi.json").json()
    content = document["paths"]["/v1/incidents"]["get"]["responses"]["200"]["content"]
    schema = {**content["application/json"]["schema"], "components": document["components"]}
    Draft202012Validator(schema).validate(answer.json())
    counts = [(each["workflow"], each["count"]) for each in answer.json()["incidents"]]
    assert sorted(counts) == [("quick", 2), ("quick", 2), ("steep", 2)]  # the EU has a rule of its own
    messages = [each["message"] for each in answer.json()["incidents"]]
    assert len(set(messages)) == 3


def test_an_item_of_a_list_stands_for_all_of_them(server: Server) -> None:
    (steep,) = incidents(server, workflow="steep")
    assert steep["count"] == 2
    assert steep["path"] == "items/*/third"
    assert steep["class"] == "internal"
    assert steep["undo"] is False
    assert steep["first"] <= steep["last"]
    shown = server.get(f"/v1/runs/{steep['example']}").json()
    assert shown["problem"] == {name: steep[name] for name in ("class", "code", "message")}
    assert shown["updated_at"] == steep["last"]


def test_incidents_are_found_by_what_finds_their_runs(server: Server) -> None:
    assert sum(each["count"] for each in incidents(server, workflow="quick")) == 4
    assert sum(each["count"] for each in incidents(server, **{"order.region": "us"})) == 4
    assert incidents(server, status="waiting") == []
    assert incidents(server, until="2020-01-01T00:00:00Z") == []
    assert sum(each["count"] for each in incidents(server, status="incident,undoing")) == 6


def test_a_fingerprint_finds_its_runs_wherever_runs_are_found(server: Server) -> None:
    (steep,) = incidents(server, workflow="steep")
    found = {"fingerprint": steep["fingerprint"]}
    assert incidents(server, **found) == [steep]
    runs = server.get("/v1/runs", params=found).json()["runs"]
    assert {run["workflow"] for run in runs} == {"steep"}
    assert server.get("/v1/runs/count", params=found).json()["count"] == 2
    for filter_ in (found, f"fingerprint={steep['fingerprint'].upper()}"):
        told = server.post("/v1/runs/bulk", json={"action": "retry", "filter": filter_}).json()
        assert (told["count"], told["by_status"]) == (2, {"incident": 2})
        assert set(told["sample"]) == {run["id"] for run in runs}
    assert server.get("/v1/runs/count", params={"fingerprint": "0" * 32}).json()["count"] == 0


def test_pages_of_incidents_go_on_where_the_last_one_ended(server: Server) -> None:
    whole = incidents(server)
    seen: list[Any] = []
    cursor: dict[str, str] = {}
    while True:
        page = server.get("/v1/incidents", params={"limit": "1", **cursor}).json()
        seen += page["incidents"]
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
    assert seen == whole


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("fingerprint=xyz", "/fingerprint"),
        ("fingerprint=1234567", "/fingerprint"),
        (f"fingerprint={'a' * 33}", "/fingerprint"),
        ("fingerprint=", "/fingerprint"),
        ("status=nope", "/status"),
        ("limit=0", "/limit"),
        ("cursor=x", "/cursor"),
        ("cursor=1.xyz", "/cursor"),
        (f"cursor={'9' * 30}.{'a' * 16}", "/cursor"),
        ("sort=newest", "/sort"),
        ("order.idd=1", "/order.idd"),
    ],
)
def test_a_wrong_query_is_refused_with_its_place(server: Server, query: str, pointer: str) -> None:
    (error,) = errors(server.get(f"/v1/incidents?{query}"))
    assert error["pointer"] == pointer
    assert error["message"]
