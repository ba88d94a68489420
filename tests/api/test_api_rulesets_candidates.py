"""Candidates and differences over HTTP: other rules are tried and compared without being in charge."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from serving import ROOT, Server, fee

TWO = fee(1).replace(
    "rules:\n", 'rules:\n  - rule: large\n    when: {total: "> 100"}\n    then: {low: 9, high: 9}\n'
)


def send(server: Server, files: Any, **more: Any) -> httpx.Response:
    return server.post("/v1/rulesets", json={"files": files, **more})


def tried(server: Server, files: Any, **more: Any) -> dict[str, Any]:
    answer = send(server, files, **more)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.fixture
def server(serve: Any, project: Path) -> Server:
    (project / "base" / "fee.yaml").write_text(TWO)
    return serve(rules=project)


def test_a_candidate_decides_as_a_folder_with_its_files_would(server: Server, project: Path) -> None:
    active = server.status()["digest"]
    changed = TWO.replace("> 100", ">= 50")
    made = tried(server, {"base/fee.yaml": changed, "base/tax.yaml": fee(7).replace("fee", "tax")})
    assert (made["base"], made["diagnostics"]) == (active, [])
    for total in (40, 50, 101):
        body = {"facts": {"total": total}}
        (asked,) = [server.post(f"/v1/decisions/fee?ruleset={made['digest'][:8]}", json=body).json()]
        assert asked["digest"] == made["digest"]
        assert asked["result"]["low"] == (9 if total >= 50 else 1)
    assert server.post(f"/v1/decisions/tax?ruleset={made['digest']}", json={"facts": {}}).json()["result"]
    assert server.status()["digest"] == active
    (project / "base" / "fee.yaml").write_text(changed)
    (project / "base" / "tax.yaml").write_text(fee(7).replace("fee", "tax"))
    assert server.post("/v1/ruleset/reload").json()["digest"] == made["digest"]


def test_what_a_candidate_changes_is_told_rule_by_rule(server: Server) -> None:
    made = tried(server, {"base/fee.yaml": "# dearer\n" + TWO.replace("> 100", "> 200")})
    (decision,) = made["diff"]["decisions"]
    assert (decision["decision"], decision["status"]) == ("fee", "changed")
    (change,) = decision["changes"]
    assert (change["what"], change["name"], change["status"], change["layer"]) == (
        "rule",
        "large",
        "changed",
        "base",
    )
    assert change["fields"] == [{"field": "when", "before": "total: > 100", "after": "total: > 200"}]
    assert change["before"]["line"] + 1 == change["after"]["line"]
    assert change["after"]["text"] == '- rule: large\n  when: {total: "> 200"}\n  then: {low: 9, high: 9}'
    assert made["diff"]["files"] == [{"path": "base/fee.yaml", "status": "changed"}]
    again = server.get(f"/v1/rulesets/active/diff/{made['digest'][:10]}").json()
    assert again == made["diff"]
    assert server.get(f"/v1/rulesets/active/diff/{made['base']}").json() == {
        "from": made["base"],
        "to": made["base"],
        "same": True,
        "decisions": [],
        "workflows": [],
        "others": [],
        "files": [],
    }


def test_a_candidate_that_does_not_load_is_told_what_check_tells(server: Server, project: Path) -> None:
    broken = TWO.replace("total:", "totl:")
    made = tried(server, {"base/fee.yaml": broken})
    assert (made["digest"], made["diff"]) == (None, None)
    (project / "base" / "fee.yaml").write_text(broken)
    command = [sys.executable, "-m", "rulesflow", "check", str(project), "--json"]
    told = subprocess.run(command, capture_output=True, cwd=ROOT, check=False)
    assert made["diagnostics"] == httpx.Response(200, content=told.stdout).json()["diagnostics"]
    (found,) = made["diagnostics"]
    assert (found["file"], found["line"], found["hint"]) == ("base/fee.yaml", 7, "did you mean total?")


def test_a_candidate_can_be_activated(server: Server) -> None:
    made = tried(server, {"base/fee.yaml": fee(5)})
    answer = server.post(f"/v1/rulesets/{made['digest']}/activate", json={"reason": "tried"})
    assert (answer.json()["digest"], answer.json()["pinned"]) == (made["digest"], True)
    assert server.decide("fee", {}).json()["result"]["low"] == 5
    on_top = tried(server, {"base/more.yaml": fee(6).replace("fee", "more")}, base=made["base"][:16])
    assert on_top["base"] == made["base"]
    assert [each["decision"] for each in on_top["diff"]["decisions"]] == ["more"]


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/etc/passwd.yaml",
        "../facts.yaml",
        "base/../facts.yaml",
        "base//fee.yaml",
        "./facts.yaml",
        "base\\fee.yaml",
        "base/.fee.yaml",
        "~$facts.yaml",
        "base/fee.yml",
        "base/fee.YAML",
        "base/fee.xlsx",
        "base/fee.txt",
        "base/fee\n.yaml",
        "base/",
        "a/" * 40 + "b.yaml",
    ],
)
def test_a_path_that_no_folder_could_have_is_refused(small_server: Server, path: str) -> None:
    answer = send(small_server, {path: "x: 1"})
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/facts-refused")
    assert answer.json()["errors"][0]["hint"]


@pytest.mark.parametrize(
    "body",
    [[], {}, {"files": None}, {"files": []}, {"files": {"a.yaml": 1}}, {"files": {}, "bse": "active"}],
)
def test_a_body_of_another_shape_is_refused(small_server: Server, body: Any) -> None:
    answer = small_server.post("/v1/rulesets", json=body)
    assert answer.status_code == 422, answer.text


def test_what_is_not_there_cannot_be_taken_away(server: Server) -> None:
    answer = send(server, {"base/fees.yaml": None})
    assert answer.json()["errors"][0] == {
        "pointer": "/files/base~1fees.yaml",
        "code": "unknown-file",
        "message": "there is no file 'base/fees.yaml' to take away",
        "hint": "did you mean base/fee.yaml?",
    }
    made = tried(server, {"base/fee.yaml": None})
    assert made["diff"] is None or made["diff"]["decisions"][0]["status"] == "removed"


def test_what_is_too_large_is_refused(serve: Any, project: Path) -> None:
    server = serve(rules=project, max_batch_bytes=10_000)
    assert send(server, {"base/fee.yaml": "#" * 9_000}).status_code == 200
    assert send(server, {"base/fee.yaml": "#" * 11_000}).status_code == 413
    assert send(serve(rules=project), {"base/fee.yaml": "#" * (17 << 20)}).status_code == 413


def test_an_unknown_base_is_said_so(small_server: Server) -> None:
    assert send(small_server, {}, base="f" * 12).status_code == 404
    assert send(small_server, {}, base="pending").status_code == 404
