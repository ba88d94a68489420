"""The commands about incidents, against a real service that runs in a process of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from run_project import order, write_run_project
from serving import Server, spawned, wait_until


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A service with three incidents of one kind, and one of another."""
    folder = tmp_path_factory.mktemp("served")
    rules = write_run_project(folder / "rules")
    with spawned({"rules": rules, "database_url": f"sqlite:///{folder}/state.db"}) as server:
        for region in ("us", "us", "us", "eu"):
            body = {"workflow": "quick", "input": order(0, region)}
            assert server.post("/v1/runs", json=body).status_code == 202
        wait_until(lambda: server.get("/v1/runs/count").json()["by_status"] == {"incident": 4})
        yield server


@pytest.fixture(autouse=True)
def url(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RULESFLOW_URL", f"http://127.0.0.1:{server.port}")


def test_each_reason_is_a_line_with_how_to_try_its_runs_again(call):
    head, first, second, _, hint = call("incidents", "list").out.splitlines()
    assert head.split() == ["runs", "workflow", "path", "error", "message", "since", "fingerprint"]
    assert re.match(r"3 +quick +share +internal decision-failed +decision share", first)
    assert re.match(r"1 +quick +share +internal decision-failed +decision share", second)
    print_ = first.split()[-1]
    assert hint.endswith(f"rulesflow runs retry --where fingerprint={print_} --dry-run")
    told = call("runs", "retry", "--where", f"fingerprint={print_}", "--dry-run").out
    assert told.startswith("would retry 3 runs: 3 incident\nsuch as ")


def test_incidents_are_filtered_and_given_as_json(call):
    found = call("incidents", "list", "--where", "order.region=eu", "--json").json
    assert [each["count"] for each in found["incidents"]] == [1]
    assert call("incidents", "list", "--workflow", "review").out == "no run stands still\n"
    assert call("incidents", "list", "--limit", "1").out.endswith("there are more: --limit 2\n")


def test_a_reason_is_shown_with_some_of_its_runs(call):
    (incident,) = call("incidents", "list", "--where", "order.region=us", "--json").json["incidents"]
    shown = call("incidents", "show", incident["fingerprint"], "--limit", "2")
    assert shown.code == 0
    lines = shown.out.splitlines()
    assert lines[0] == "3 runs of quick at share"
    assert incident["message"] in lines[1]
    assert len([line for line in lines if re.match(r"[0-9a-f-]{36}  quick", line)]) == 2
    as_json = call("incidents", "show", incident["fingerprint"], "--json").json
    assert {run["id"] for run in as_json["runs"]} > {incident["example"]}


def test_a_reason_that_is_none_is_told(call):
    result = call("incidents", "show", "0" * 16)
    assert (result.code, result.out) == (1, "")
    assert "rulesflow incidents list" in result.err
    result = call("incidents", "show", "xyz")
    assert (result.code, result.out) == (1, "")
    assert "is no fingerprint" in result.err


def test_the_command_alone_says_what_there_is(call):
    for command in (("incidents",), ("runs", "bulk")):
        shown = call(*command)
        assert shown.code == 0
        assert "list" in shown.out
        assert "show" in shown.out
