"""Rulesets over HTTP: what was in charge is listed, can be activated again, and then stays."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from rulesflow.settings import Settings
from serving import Server, fee, running, wait_until, write_project


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
    return serve(rules=project, database_url=kept(request.param, tmp_path))


@pytest.fixture(scope="module", params=["database", "none"])
def unchanged_server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """Shared by tests that leave it as it is."""
    folder = tmp_path_factory.mktemp("unchanged")
    rules, url = write_project(folder / "rules"), kept(request.param, folder)
    with running(Settings(rules=rules, database_url=url)) as server:
        yield server


def kept(where: str, folder: Path) -> str:
    return "none" if where == "none" else f"sqlite:///{folder / 'state.db'}"


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


def test_a_decision_is_made_by_another_ruleset_where_that_is_asked_for(server: Server, project: Path) -> None:
    first = server.status()["digest"]
    second = change(server, project, 2)
    answer = server.post(f"/v1/decisions/fee?ruleset={first[:8]}", json={"facts": {}})
    assert (answer.json()["digest"], answer.json()["result"]["low"]) == (first, 1)
    assert (low(server), low(server, "?ruleset=active"), low(server, f"?ruleset={second}")) == (2, 2, 2)
    activate(server, first)
    assert (low(server), low(server, "?ruleset=pending")) == (1, 2)
    write(project, 3)
    wait_until(lambda: low(server, "?ruleset=pending") == 3)
    assert (
        f'rulesflow_decisions_total{{decision="fee",outcome="decided"}} {2.0}' in server.get("/metrics").text
    )


def test_a_batch_is_decided_by_another_ruleset_where_that_is_asked_for(server: Server, project: Path) -> None:
    first = server.status()["digest"]
    second = change(server, project, 2)
    path = "/v1/decisions/fee/batch"
    facts: dict[str, Any] = {"facts": {}}
    for query, digest, amount in (("", second, 2), (f"?ruleset={first[:8]}", first, 1)):
        replies = server.post(path + query, json=[facts, facts | {"explain": "full"}]).json()
        assert [(each["digest"], each["result"]["low"]) for each in replies] == [(digest, amount)] * 2
    streamed = server.post(f"{path}?ruleset={first}", content=b'{"facts": {}}\n')
    assert streamed.json()["digest"] == first
    counted = 'rulesflow_decisions_total{decision="fee",outcome="decided"} 2.0'
    assert counted in server.get("/metrics").text
    for query in ("rulset=active", "ruleset=active&ruleset=active"):
        answer = server.post(f"{path}?{query}", json=[facts])
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, f"/{query.split('=')[0]}")
    unknown = server.post(f"{path}?ruleset={'0' * 64}", json=[facts])
    assert (unknown.status_code, unknown.json()["type"]) == (404, "/problems/unknown-ruleset")


def test_the_files_of_any_ruleset_are_shown(server: Server, project: Path) -> None:
    (project / "base" / "rates.xlsx").write_bytes(b"PK\x03\x04\xff\xfe\0")
    first = server.status()["digest"]
    second = change(server, project, 2)
    assert second == first, "a workbook that cannot be read keeps the folder out"
    (project / "base" / "rates.xlsx").unlink()
    second = change(server, project, 2)
    for digest, amount in ((first, 1), (second, 2), ("active", 2)):
        listed = server.get(f"/v1/rulesets/{digest}/files").json()
        assert [each["path"] for each in listed["files"]] == ["base/fee.yaml", "facts.yaml", "rulesflow.yaml"]
        assert listed["files"][0]["bytes"] == len(fee(amount))
        file = server.get(f"/v1/rulesets/{digest}/files/base/fee.yaml").json()
        assert (file["text"], file["binary"], file["digest"]) == (fee(amount), False, listed["digest"])
    missing = server.get(f"/v1/rulesets/{first}/files/base/../../etc/passwd")
    assert missing.status_code == 404
    missing = server.get(f"/v1/rulesets/{first}/files/base/fee.yml")
    assert (missing.status_code, missing.json()["type"]) == (404, "/problems/unknown-file")


@pytest.mark.parametrize("name", ["abcdef0", "0" * 64, "ABCDEF0123", "pending", "latest", "abcdef012345"])
def test_what_names_no_ruleset_is_said_so(unchanged_server: Server, name: str) -> None:
    for answer in (
        activate(unchanged_server, name),
        unchanged_server.get(f"/v1/rulesets/{name}/files"),
        unchanged_server.post(f"/v1/decisions/fee?ruleset={name}", json={"facts": {}}),
    ):
        assert (answer.status_code, answer.json()["type"]) == (404, "/problems/unknown-ruleset")
        assert answer.json()["errors"][0]["hint"]
    assert not unchanged_server.status()["pinned"]


def test_what_waited_in_the_folder_and_is_activated_has_come_from_there(
    server: Server, project: Path
) -> None:
    activate(server, server.status()["digest"])
    write(project, 2)
    wait_until(lambda: server.status()["pending"])
    assert activate(server, "pending").json()["source"] == str(project)
    assert rulesets(server)["rulesets"][0]["source"] == str(project)


def test_a_reason_is_no_book(server: Server) -> None:
    digest = server.status()["digest"]
    answer = activate(server, digest, reason="x" * 1001)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/reason")
    assert not server.status()["pinned"]
    assert activate(server, digest, reason="x" * 1000).status_code == 200


def test_a_slip_in_the_query_is_no_decision_by_the_active_rules(unchanged_server: Server) -> None:
    for query in ("rulset=active", "ruleset=active&ruleset=active"):
        answer = unchanged_server.post(f"/v1/decisions/fee?{query}", json={"facts": {}})
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, f"/{query.split('=')[0]}")
