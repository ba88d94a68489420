"""How steps do, over HTTP and at the command line, from runs that really called them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from prometheus_client.parser import text_string_to_metric_families

from rulesflow.settings import Settings
from run_project import order, write_run_project
from serving import Server, running

FETCH = """\
workflow: fetch
title: It takes goods
input: facts.yaml
steps:
  reserve: {call: stock.reserve, with: {lines: [{sku: "MUG", quantity: 1}]}}
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("stats")
    rules = write_run_project(folder / "rules")
    (rules / "workflows" / "fetch.yaml").write_text(FETCH)
    with running(Settings(rules=rules, database_url=f"sqlite:///{folder}/state.db")) as server:
        yield server


def stats(server: Server, query: str = "") -> dict[str, Any]:
    response = server.client.get(f"/v1/steps/stats{query}")
    assert response.status_code == 200, response.text
    document = server.client.get("/openapi.json").json()
    schema = {"$ref": "#/components/schemas/StepStats", "components": document["components"]}
    Draft202012Validator(schema).validate(response.json())
    return dict(response.json())


def step(server: Server, name: str, query: str = "") -> dict[str, Any]:
    return {each["step"]: each for each in stats(server, query)["steps"]}[name]


def test_calls_of_a_run_are_counted_and_a_step_without_calls_is_listed(server: Server) -> None:
    for _ in range(2):
        run = server.client.post("/v1/runs?wait=20s", json={"workflow": "fetch", "input": order()})
        assert run.json()["status"] in ("completed", "incident", "failed"), run.text
    found = step(server, "stock.reserve", "?window=61s&series=true")
    assert found["calls"] >= 2
    assert found["resource"] == "stock"
    assert found["run"]["p50"] >= 0 and found["queue"]["p50"] < 5
    assert sum(point["calls"] for point in found["series"]) == found["calls"]
    idle = step(server, "stock.release", "?window=61s&series=true")
    assert (idle["calls"], idle["run"], idle["usual"]) == (0, None, None)
    assert idle["verdict"] == {"state": "unknown", "text": "stock.release: no calls within 61 s"}


def test_one_step_can_be_asked_for(server: Server) -> None:
    assert [each["step"] for each in stats(server, "?step=stock.release")["steps"]] == ["stock.release"]


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("window=1s", "/window"),
        ("window=8d", "/window"),
        ("window=soon", "/window"),
        ("series=1", "/series"),
        ("step=stock.releese", "/step"),
        ("windw=5m", "/windw"),
        ("window=5m&window=6m", "/window"),
    ],
)
def test_what_nobody_understands_is_refused(server: Server, query: str, pointer: str) -> None:
    response = server.client.get(f"/v1/steps/stats?{query}")
    assert response.status_code in (400, 422), response.text
    assert response.json()["errors"][0]["pointer"] == pointer


def test_prometheus_is_told_of_steps(server: Server) -> None:
    text = server.client.get("/metrics").text
    families = {each.name: each for each in text_string_to_metric_families(text)}
    run = families["rulesflow_step_run_duration_seconds"]
    counts = {sample.labels["step"]: sample.value for sample in run.samples if sample.name.endswith("_count")}
    assert counts["stock.reserve"] >= 2
    assert "rulesflow_step_queue_duration_seconds" in families


def test_where_only_decisions_are_served_there_is_nothing_to_tell(shop_server: Server) -> None:
    assert shop_server.client.get("/v1/steps/stats").status_code == 503


def test_the_command_line_shows_steps(
    server: Server, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from rulesflow.cli import main

    monkeypatch.setenv("RULESFLOW_URL", f"http://127.0.0.1:{server.port}")
    monkeypatch.setenv("COLUMNS", "200")
    for arguments, said in (
        (["stats"], "no bottleneck"),
        (["stats", "--window", "1m", "--json"], '"bottleneck"'),
    ):
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        assert ended.value.code == 0
        assert said in capsys.readouterr().out
