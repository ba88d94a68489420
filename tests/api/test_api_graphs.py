"""Workflows, runs and timelines as they are drawn, over REST, on a real database."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator

from databases import new_database, postgres
from rulesflow.settings import Settings
from run_project import order, write_run_project
from serving import Server, running, wait_until

__all__ = ["postgres"]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A service of the small project on each database; each test makes runs of its own."""
    folder = tmp_path_factory.mktemp("graphs")
    rules = write_run_project(folder / "rules")
    url = f"sqlite:///{folder / 'state.db'}"
    if request.param == "postgresql":
        url = new_database(request.getfixturevalue("postgres"))
    with running(Settings(rules=rules, database_url=url)) as server:
        yield server


@pytest.fixture(scope="module")
def document(server: Server) -> dict[str, Any]:
    return server.get("/openapi.json").json()


def begun(server: Server, workflow: str, status: str, **more: Any) -> str:
    """The id of a run, once it has this status."""
    body = {"workflow": workflow, "input": order(**more)}
    run: str = server.post("/v1/runs", json=body).json()["id"]
    wait_until(lambda: server.get(f"/v1/runs/{run}").json()["status"] == status)
    return run


def fits(document: dict[str, Any], response: httpx.Response, path: str) -> dict[str, Any]:
    """The reply, held against its schema in the OpenAPI document."""
    assert response.status_code == 200, response.text
    content = document["paths"][path]["get"]["responses"]["200"]["content"]
    schema = next(iter(content.values()))["schema"]
    Draft202012Validator({**schema, "components": document["components"]}).validate(response.json())
    found: dict[str, Any] = response.json()
    return found


def graph(server: Server, document: dict[str, Any], run: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The states by path, and the edges that were taken by id."""
    found = fits(document, server.get(f"/v1/runs/{run}/graph"), "/v1/runs/{run}/graph")
    states = {each["path"]: each["state"] for each in found["nodes"]}
    return states, {each["id"]: each for each in found["edges"] if each["taken"]}


def test_a_workflow_is_drawn_with_every_way_and_its_line(server: Server, document: dict[str, Any]) -> None:
    found = fits(document, server.get("/v1/workflows/review"), "/v1/workflows/{workflow}")
    assert [each["path"] for each in found["nodes"]] == [
        "$start", "share", "ask", "done", "$fail/rejected", "$fail/late", "$end",
    ]  # fmt: skip
    ways = {each["id"]: (each["to"], each["line"]) for each in found["edges"]}
    assert ways["ask:case:0"] == ("done", 11)
    assert ways["ask:timeout:0"] == ("$fail/late", 13)
    assert ways["done:next:0"][0] == "$end"
    again = server.get(f"/v1/workflows/review?digest={found['digest'][:12]}")
    assert again.json() == found


def test_what_is_not_there_is_told(server: Server) -> None:
    assert server.get("/v1/workflows/revew").json()["errors"][0]["hint"] == "did you mean review?"
    assert server.get("/v1/workflows/review?digest=00000000").json()["type"] == "/problems/unknown-ruleset"
    assert server.get("/v1/workflows/review?digst=0").json()["status"] == 422
    slip = server.get("/v1/workflows/review?digst=0").json()["errors"][0]
    assert slip["hint"] == "did you mean digest?"
    run = begun(server, "quick", "completed")
    for path in (f"/v1/runs/{run}/graph", f"/v1/runs/{run}/timeline", "/v1/runs/fields"):
        refused = server.get(f"{path}?digest=0").json()
        assert (refused["status"], refused["errors"][0]["pointer"]) == (422, "/digest")
    assert server.get("/v1/runs/none/graph").json()["type"] == "/problems/unknown-run"
    assert server.get("/v1/runs/none/timeline").json()["type"] == "/problems/unknown-run"


def test_a_decision_of_a_run_tells_the_facts_that_it_was_taken_on(
    server: Server, document: dict[str, Any]
) -> None:
    run = begun(server, "review", "waiting", total=4)
    path = f"/v1/runs/{run}/decisions"
    found = fits(document, server.get(f"{path}?key=share/1"), "/v1/runs/{run}/decisions")
    [taken] = [each for each in server.get(f"/v1/runs/{run}/history").json()["entries"] if "result" in each]
    assert found == {"run": run, "decisions": [{**taken, "facts": order(total=4)}]}
    assert server.get(f"{path}?key=ask/1").json()["decisions"] == [], "that step decides nothing"
    for query, at in (("", "/key"), ("?key=", "/key"), ("?kee=share/1", "/kee")):
        refused = server.get(path + query).json()
        assert (refused["status"], refused["errors"][0]["pointer"]) == (422, at)
    assert server.get("/v1/runs/none/decisions?key=share/1").json()["type"] == "/problems/unknown-run"


def test_a_run_shows_where_it_stands_and_what_chose_its_ways(
    server: Server, document: dict[str, Any]
) -> None:
    run = begun(server, "review", "waiting")
    states, taken = graph(server, document, run)
    assert (states["share"]["status"], states["ask"]["status"]) == ("done", "waiting")
    assert states["done"]["status"] == "untouched"
    server.post(f"/v1/runs/{run}/signals/approval", json={"verdict": "approved"})
    wait_until(lambda: server.get(f"/v1/runs/{run}").json()["status"] == "completed")
    states, taken = graph(server, document, run)
    assert [*taken] == ["$start:next:0", "share:next:0", "ask:case:0", "done:next:0"]
    assert taken["ask:case:0"]["chosen"] == {
        "by": "signal",
        "text": "verdict = approved",
        "file": "workflows/review.yaml",
        "line": 11,
    }
    assert states["$end"]["status"] == "done"


def test_a_timeline_has_a_span_for_what_waits_and_for_every_entry(
    server: Server, document: dict[str, Any]
) -> None:
    run = begun(server, "review", "waiting")
    server.post(f"/v1/runs/{run}/signals/approval", json={"verdict": "rejected"})
    wait_until(lambda: server.get(f"/v1/runs/{run}").json()["status"] == "failed")
    found = fits(document, server.get(f"/v1/runs/{run}/timeline"), "/v1/runs/{run}/timeline")
    assert [(each["kind"], each["path"], each["outcome"]) for each in found["spans"]] == [
        ("decision", "share", "ok"),
        ("wait", "ask", "ok"),
    ]
    entries = server.get(f"/v1/runs/{run}/history").json()["entries"]
    told = sorted(number for each in found["spans"] for number in each["entries"])
    points = [each["number"] for each in entries if each["type"] in ("started", "order", "end")]
    assert sorted([*told, *points]) == [each["number"] for each in entries]


def test_an_incident_stands_as_one_until_a_person_acts(server: Server, document: dict[str, Any]) -> None:
    run = begun(server, "quick", "incident", total=0)
    states, _ = graph(server, document, run)
    assert states["share"]["status"] == "incident"
    found = server.get(f"/v1/runs/{run}/timeline").json()
    assert [(each["kind"], each["to"]) for each in found["spans"]][-1] == ("operator", None)
    server.post(f"/v1/runs/{run}/rerun", json={"from": "share", "reason": "look again"})
    states, taken = graph(server, document, run)
    [again] = [each for each in taken.values() if each["kind"] == "order"]
    assert again["chosen"]["text"] == "rerun share: look again"
    assert states["share"]["visits"] == 2


def test_runs_are_counted_by_what_one_asks_for(server: Server, document: dict[str, Any]) -> None:
    begun(server, "quick", "completed", region="us", id="only-one")
    path = "/v1/runs/count"
    found = fits(document, server.get(f"{path}?by=order.region&order.id=only-one"), path)
    assert found == {"count": 1, "by": {"us": 1}}
    assert fits(document, server.get(f"{path}?by=workflow&order.id=only-one"), path)["by"] == {"quick": 1}
    assert server.get(f"{path}?by=order.regoin").json()["type"] == "/problems/facts-refused"
    fields = fits(document, server.get("/v1/runs/fields"), "/v1/runs/fields")["fields"]
    assert "us" in next(each["values"] for each in fields if each["name"] == "order.region")
    assert "only-one" in next(each["values"] for each in fields if each["name"] == "order.id")
