"""Runs that wait long rest in the database, outside of every process, and behave as if they did not."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from databases import new_database
from rulesflow.runtime.database import DORMANT, Database
from rulesflow.runtime.inbox import Inbox, Kind
from rulesflow.runtime.parking import Laid, Parking, Rest
from rulesflow.settings import Settings
from serving import Server, running, wait_until

_FILES = {
    "rulesflow.yaml": "project: waits\nfacts: facts.yaml\nlayers: [base]\n",
    "facts.yaml": "type: object\nproperties: {total: {type: number}}\n",
    "base/fee.yaml": "decision: fee\noutcome: {fee: {type: number}}\ndefault: {fee: 1}\n",
    "workflows/ask.yaml": """\
workflow: ask
input: facts.yaml
steps:
  ask:
    wait: go
    payload: {verdict: {enum: ["yes", "no"]}}
    timeout: 1h
    on: {"yes": second, "no": {fail: refused}, timeout: {fail: late}}
  second: {wait: done, payload: {by: {type: string}}}
output: {by: "${ steps.second.by }"}
""",
    "workflows/hurry.yaml": """\
workflow: hurry
input: facts.yaml
steps:
  ask: {wait: go, timeout: 1s, on: {timeout: {fail: late}}, payload: {verdict: {enum: ["yes"]}}}
""",
    "workflows/nap.yaml": "workflow: nap\ninput: facts.yaml\nsteps:\n  nap: {sleep: 1s}\n",
}


@pytest.fixture(autouse=True)
def restless(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let runs rest as soon as they can."""
    monkeypatch.setattr("rulesflow.runtime.live._DOZE", 0.0)
    monkeypatch.setattr("rulesflow.runtime.live._NEAR", 0)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def settings(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Of services over one database, which its tests share: each has a run of its own."""
    folder = tmp_path_factory.mktemp("dormancy")
    for name, text in _FILES.items():
        file = folder / "rules" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    url = f"sqlite:///{folder / 'state.db'}"
    if request.param == "postgresql":
        url = new_database(request.getfixturevalue("postgres"))
    return Settings(rules=folder / "rules", database_url=url)


@pytest.fixture(scope="module")
def server(settings: Settings) -> Iterator[Server]:
    """Of the tests that end none; those that begin their own go first, before it is there."""
    with running(settings) as opened:
        yield opened


@pytest.fixture(scope="module")
def resting(settings: Settings) -> Iterator[Any]:
    """Tells whether a run rests."""
    database = Database(str(settings.database_url))
    yield lambda run: bool(database.rows(sa.select(DORMANT).where(DORMANT.c.run == run)))
    database.close()


def began(server: Server, workflow: str = "ask") -> str:
    return server.post("/v1/runs", json={"workflow": workflow, "input": {}}).json()["id"]


def show(server: Server, run: str) -> dict[str, Any]:
    return server.get(f"/v1/runs/{run}").json()


def until(server: Server, run: str, status: str) -> dict[str, Any]:
    wait_until(lambda: show(server, run)["status"] == status, 30)
    return show(server, run)


def signal(server: Server, run: str, name: str, **payload: Any) -> int:
    return server.post(f"/v1/runs/{run}/signals/{name}", json=payload).status_code


def test_runs_rest_over_a_restart(settings: Settings, resting: Any) -> None:
    with running(settings) as server:
        run = began(server)
        wait_until(lambda: resting(run), 30)
    with running(settings) as server:
        assert resting(run)
        assert show(server, run)["status"] == "waiting"
        assert server.get("/v1/runs?status=waiting").json()["runs"][0]["id"] == run
        assert signal(server, run, "go", verdict="no") == 202
        assert until(server, run, "failed")["problem"]["code"] == "refused"


def test_a_message_whose_process_died_before_it_woke_the_run_is_heard_by_the_next(
    settings: Settings, resting: Any
) -> None:
    with running(settings) as server:
        run = began(server)
        wait_until(lambda: resting(run), 30)
    database = Database(str(settings.database_url))
    Inbox(database).post(run, Kind.SIGNAL, "go", {"verdict": "no"}, key=None, sender="")
    database.close()
    with running(settings) as server:
        until(server, run, "failed")


def test_a_run_that_waits_rests_and_its_signals_wake_it(server: Server, resting: Any) -> None:
    run = began(server)
    wait_until(lambda: resting(run), 30)
    assert show(server, run)["status"] == "waiting"
    assert signal(server, run, "go", verdict="maybe") == 422
    assert signal(server, run, "go", verdict="yes") == 202
    wait_until(lambda: [each["path"] for each in show(server, run)["waiting_for"]] == ["second"], 30)
    wait_until(lambda: resting(run), 30)
    assert signal(server, run, "done", by="Ada") == 202
    assert until(server, run, "completed")["output"] == {"by": "Ada"}
    assert not resting(run)


def test_a_signal_that_comes_early_is_kept_while_the_run_rests(server: Server, resting: Any) -> None:
    run = began(server)
    wait_until(lambda: resting(run), 30)
    assert signal(server, run, "done", by="Eve") == 202
    wait_until(lambda: resting(run), 30)
    assert signal(server, run, "go", verdict="yes") == 202
    assert until(server, run, "completed")["output"] == {"by": "Eve"}


@pytest.mark.parametrize(("workflow", "status"), [("hurry", "failed"), ("nap", "completed")])
def test_a_run_that_rests_goes_on_when_its_time_has_come(
    server: Server, resting: Any, workflow: str, status: str
) -> None:
    run = began(server, workflow)
    wait_until(lambda: resting(run), 30)
    until(server, run, status)


def test_a_run_that_rests_obeys(server: Server, resting: Any) -> None:
    run = began(server)
    wait_until(lambda: resting(run), 30)
    assert server.post(f"/v1/runs/{run}/pause").json()["status"] == "paused"
    wait_until(lambda: resting(run), 30)
    assert signal(server, run, "go", verdict="yes") == 202
    assert server.post(f"/v1/runs/{run}/resume").status_code == 200
    wait_until(lambda: [each["path"] for each in show(server, run)["waiting_for"]] == ["second"], 30)
    wait_until(lambda: resting(run), 30)
    assert server.post(f"/v1/runs/{run}/cancel").json()["status"] == "cancelled"


def test_whoever_follows_a_run_that_rests_hears_of_its_end(server: Server, resting: Any) -> None:
    run = began(server)
    wait_until(lambda: resting(run), 30)
    with server.client.stream("GET", f"/v1/runs/{run}/events") as told:
        assert signal(server, run, "go", verdict="no") == 202
        lines = list(told.iter_lines())
    assert any('"failed"' in line for line in lines)
    other = began(server)
    wait_until(lambda: resting(other), 30)
    assert server.get(f"/v1/runs/{other}?wait=0.2s").json()["status"] == "waiting"


def test_a_run_that_is_claimed_while_it_still_lies_down_hears_its_messages(
    server: Server, resting: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    lay, woken = Parking.lay, threading.Event()

    def late(parking: Parking, rest: Rest, let_go: Any) -> Laid:
        laid = lay(parking, rest, let_go)
        woken.wait(30)  # the answer to its commit is late
        return laid

    monkeypatch.setattr(Parking, "lay", late)
    run = began(server)
    wait_until(lambda: resting(run), 30)
    monkeypatch.setattr(Parking, "lay", lay)
    assert signal(server, run, "go", verdict="yes") == 202
    wait_until(lambda: not resting(run) or woken.set() is None, 30)
    assert signal(server, run, "done", by="Ada") == 202
    until(server, run, "completed")
