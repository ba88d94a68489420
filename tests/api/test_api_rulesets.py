from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from rulesflow.model.times import parse_timestamp
from serving import fee, wait_until


def test_the_status_tells_what_is_active(serve: Any, project: Path) -> None:
    status = serve(rules=project).status()
    assert len(status["digest"]) == 64
    assert parse_timestamp(status["activated_at"])
    assert status | {"digest": "", "activated_at": ""} == {
        "digest": "",
        "activated_at": "",
        "source": str(project),
        "pinned": False,
        "decisions": ["fee"],
        "pending": None,
        "error": None,
    }


def test_reload_answers_the_status_after_it(serve: Any, project: Path) -> None:
    server = serve(rules=project)
    before = server.status()
    assert server.post("/v1/ruleset/reload").json()["activated_at"] == before["activated_at"]
    (project / "base" / "fee.yaml").write_text(fee(2))
    after = server.post("/v1/ruleset/reload")
    assert after.status_code == 200
    assert after.json()["digest"] != before["digest"]
    assert server.decide("fee", {}).json()["result"] == {"low": 2, "high": 2}


def test_a_refused_ruleset_is_shown_beside_the_one_that_serves_on(serve: Any, project: Path) -> None:
    server = serve(rules=project)
    digest = server.status()["digest"]
    (project / "base" / "fee.yaml").write_text(fee(2).replace("params.low }", "params.lo }"))
    status = server.post("/v1/ruleset/reload").json()
    (found,) = status["error"]["diagnostics"]
    assert status["digest"] == digest
    assert parse_timestamp(status["error"]["at"])
    assert (found["code"], found["severity"]) == ("RF203", "error")
    assert (found["file"], found["line"], found["column"]) == ("base/fee.yaml", 7, 21)
    assert found["hint"] == "did you mean params.low?"
    assert found["text"][found["column"] - 1 :].startswith("params.lo }")
    assert server.decide("fee", {}).json()["result"] == {"low": 1, "high": 1}
    (project / "base" / "fee.yaml").write_text(fee(2))
    assert server.post("/v1/ruleset/reload").json()["error"] is None


def test_a_server_whose_first_load_fails_is_live_but_not_ready_until_it_is_mended(
    serve: Any, project: Path
) -> None:
    (project / "base" / "fee.yaml").write_text("decision: fee\n")
    server = serve(rules=project)
    assert server.get("/livez").status_code == 200
    for response in (
        server.get("/readyz"),
        server.decide("fee", {}),
        server.post("/v1/decisions/fee/batch", content="[]"),
        server.get("/v1/decisions"),
        server.get("/v1/decisions/fee"),
    ):
        assert response.status_code == 503
        assert response.json()["type"] == "/problems/not-ready"
        assert response.headers["retry-after"]
    status = server.status()
    assert (status["digest"], status["decisions"]) == (None, [])
    assert status["error"]["diagnostics"]
    (project / "base" / "fee.yaml").write_text(fee(3))
    wait_until(lambda: server.get("/readyz").status_code == 200)
    assert server.decide("fee", {}).json()["result"] == {"low": 3, "high": 3}


def test_a_server_can_start_before_its_folder_is_there(serve: Any, project: Path, tmp_path: Path) -> None:
    server = serve(rules=tmp_path / "later")
    (found,) = server.status()["error"]["diagnostics"]
    assert (found["code"], "does not exist" in found["message"]) == ("RF001", True)
    shutil.copytree(project, tmp_path / "later")
    wait_until(lambda: server.get("/readyz").status_code == 200)


def test_where_cases_are_required_failing_ones_keep_a_ruleset_out(serve: Any, project: Path) -> None:
    cases = "decision: fee\ncases:\n  - case: one euro\n    facts: {}\n    expect: {low: %d}\n"
    (project / "base" / "fee.cases.yaml").write_text(cases % 1)
    server = serve(rules=project, require_cases=True)
    assert server.get("/readyz").status_code == 200
    (project / "base" / "fee.yaml").write_text(fee(2))
    (found,) = server.post("/v1/ruleset/reload").json()["error"]["diagnostics"]
    assert (found["code"], found["file"], found["line"]) == ("RF610", "base/fee.cases.yaml", 3)
    assert "one euro" in found["message"]
    assert server.decide("fee", {}).json()["result"]["low"] == 1
    (project / "base" / "fee.cases.yaml").write_text(cases % 2)
    assert server.post("/v1/ruleset/reload").json()["error"] is None
    assert server.decide("fee", {}).json()["result"]["low"] == 2
