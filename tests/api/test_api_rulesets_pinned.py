"""Rulesets over HTTP: what was in charge is listed, can be activated again, and then stays."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from serving import Server, fee, wait_until


def write(project: Path, amount: int) -> None:
    (project / "base" / "fee.yaml").write_text(fee(amount))


def low(server: Server, query: str = "") -> Any:
    return server.post(f"/v1/decisions/fee{query}", json={"facts": {}}).json()["result"]["low"]


def rulesets(server: Server, query: str = "") -> dict[str, Any]:
    answer = server.get(f"/v1/rulesets{query}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def change(server: Server, project: Path, amount: int) -> str:
    """Have the folder put other rules in charge; their digest."""
    write(project, amount)
    return server.post("/v1/ruleset/reload").json()["digest"]


def activate(server: Server, digest: str, **body: Any) -> httpx.Response:
    return server.post(f"/v1/rulesets/{digest}/activate", json=body)


@pytest.fixture(params=["database", "none"])
def server(request: pytest.FixtureRequest, serve: Any, project: Path, tmp_path: Path) -> Server:
    kept = "none" if request.param == "none" else f"sqlite:///{tmp_path / 'state.db'}"
    return serve(rules=project, database_url=kept)


def test_what_was_in_charge_is_listed_though_no_run_was_started(server: Server, project: Path) -> None:
    first = server.status()["digest"]
    second = change(server, project, 2)
    listed = rulesets(server)
    assert (listed["active"], listed["pinned"], listed["pending"]) == (second, False, None)
    assert [each["digest"] for each in listed["rulesets"]] == [second, first]
    newest = listed["rulesets"][0]
    assert newest["counts"] == {"decisions": 1, "rules": 1, "workflows": 0, "patterns": 0}
    assert (newest["active"], newest["pinned"], newest["pending"]) == (True, False, False)
    assert (newest["source"], newest["note"]) == (str(project), None)
    assert newest["first_at"] == newest["activated_at"]


def test_a_ruleset_that_is_activated_stays_whatever_the_folder_holds(server: Server, project: Path) -> None:
    first = server.status()["digest"]
    second = change(server, project, 2)
    answer = activate(server, first[:12], reason="two is too much")
    assert answer.status_code == 200, answer.text
    status = answer.json()
    assert (status["digest"], status["pinned"], status["pending"]["digest"]) == (first, True, second)
    assert low(server) == 1
    newest, older = rulesets(server)["rulesets"]
    assert newest["note"] == "activated: two is too much"
    assert (newest["digest"], newest["active"], newest["pinned"]) == (first, True, True)
    assert newest["first_at"] < newest["activated_at"]
    assert (older["digest"], older["pending"]) == (second, True)
    write(project, 3)
    wait_until(lambda: server.status()["pending"]["digest"] not in (first, second))
    third = server.status()["pending"]["digest"]
    assert low(server) == 1
    assert [each["digest"] for each in rulesets(server)["rulesets"]] == [third, first, second]
    assert server.post("/v1/ruleset/reload").json() | {"activated_at": ""} == status | {
        "digest": third,
        "pinned": False,
        "pending": None,
        "activated_at": "",
    }
    assert low(server) == 3
