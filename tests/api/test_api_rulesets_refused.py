"""Rulesets over HTTP that are refused, and what happens at once: nothing changes by halves."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from rulesflow.documents.folder import read_folder
from rulesflow.runtime.activations import Activations
from rulesflow.runtime.archive import Archive
from rulesflow.runtime.database import Database
from rulesflow.runtime.project import LoadedProject, load_project
from rulesflow.settings import Settings
from serving import Server, fee, running, write_project

GONE = "workflow: w\ninput: facts.yaml\nsteps:\n  charge: {call: gone.charge, with: {}}\n"


def lenient(files: Mapping[str, bytes]) -> LoadedProject:
    return load_project(files, lenient=True)


@pytest.fixture
def kept(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'state.db'}"


def archived(address: str, *digests: str, files: Mapping[str, bytes]) -> str:
    """Put a ruleset into the archive, under digests of the test's choice or its own."""
    database = Database(address)
    project = lenient(files)
    assert project.ruleset is not None, project.diagnostics
    archive = Archive(database, lenient)
    for digest in digests or (project.ruleset.digest,):
        archive.keep(digest, project)
        Activations(database).record(digest, "long ago", {})
    database.close()
    return project.ruleset.digest


def activate(server: Server, digest: str) -> httpx.Response:
    return server.post(f"/v1/rulesets/{digest}/activate", json={})


def test_what_calls_a_step_whose_plugin_is_gone_is_refused(
    serve: Callable[..., Server], project: Path, kept: str
) -> None:
    server = serve(rules=project, database_url=kept)
    before = server.status()
    files = dict(read_folder(project).files)
    old = archived(kept, files=files | {"workflows/w.yaml": GONE.encode()})
    answer = activate(server, old)
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/ruleset-refused")
    (found,) = answer.json()["diagnostics"]
    assert (found["file"], found["line"], found["severity"]) == ("workflows/w.yaml", 4, "error")
    assert "gone.charge" in found["message"]
    assert server.status() == before
    assert server.get("/v1/rulesets").json()["rulesets"][0]["digest"] == old  # it was in charge once
    assert server.post(f"/v1/decisions/fee?ruleset={old}", json={"facts": {}}).json()["digest"] == old


def test_where_cases_are_required_one_that_fails_keeps_a_ruleset_out(
    serve: Callable[..., Server], project: Path
) -> None:
    cases = project / "base" / "fee.cases.yaml"
    cases.write_text("decision: fee\ncases:\n  - case: one\n    facts: {}\n    expect: {low: 1}\n")
    server = serve(rules=project, require_cases=True)
    made = server.post("/v1/rulesets", json={"files": {"base/fee.yaml": fee(2)}}).json()
    assert (made["diagnostics"], len(made["digest"])) == ([], 64)
    answer = activate(server, made["digest"])
    assert answer.status_code == 409
    assert [each["code"] for each in answer.json()["diagnostics"]] == ["RF610"]
    assert (server.status()["pinned"], server.decide("fee", {}).json()["result"]["low"]) == (False, 1)


def test_digits_that_fit_two_rulesets_name_none(
    serve: Callable[..., Server], project: Path, kept: str
) -> None:
    server = serve(rules=project, database_url=kept)
    files = read_folder(project).files
    archived(kept, "abcdef01" + "2" * 56, "abcdef01" + "3" * 56, files=files)
    answer = activate(server, "abcdef01")
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/ambiguous-ruleset")
    assert answer.json()["errors"][0]["hint"] == "give more digits: abcdef0122222222, abcdef0133333333"
    assert server.get("/v1/rulesets/abcdef012/files").json()["digest"] == "abcdef01" + "2" * 56
    assert not server.status()["pinned"]


def test_an_activation_waits_for_the_compile_that_goes_on_and_then_counts(
    serve: Callable[..., Server], project: Path
) -> None:
    server = serve(rules=project)
    first = server.status()["digest"]
    rules = "".join(f"  - rule: r{number}\n    then: {{low: {number}, high: 1}}\n" for number in range(1500))
    (project / "base" / "fee.yaml").write_text(fee(2).replace("rules:\n", "rules:\n" + rules))
    with ThreadPoolExecutor() as pool:
        reloads = [pool.submit(_posted, server, "/v1/ruleset/reload") for _ in range(2)]
        activated = pool.submit(_posted, server, f"/v1/rulesets/{first}/activate")
        statuses = [each.result() for each in (*reloads, activated)]
    assert all(status["digest"] for status in statuses)
    last = server.status()
    assert last["pinned"] == (last["digest"] == first and last["pending"] is not None)
    again = activate(server, first).json()
    assert (again["digest"], again["pinned"]) == (first, True)
    assert server.decide("fee", {}).json()["result"]["low"] == 1


def test_candidates_that_come_all_at_once_are_compiled_or_put_off(
    serve: Callable[..., Server], project: Path
) -> None:
    server = serve(rules=project)
    with ThreadPoolExecutor(24) as pool:
        bodies = [json.dumps({"files": {"base/fee.yaml": fee(number)}}).encode() for number in range(24)]
        answers = list(pool.map(lambda body: _posted(server, "/v1/rulesets", body), bodies))
    digests = [answer["digest"] for answer in answers if "digest" in answer]
    assert len(set(digests)) == len(digests) >= 8
    assert {answer["type"] for answer in answers if "digest" not in answer} <= {"/problems/overloaded"}
    assert server.decide("fee", {}).json()["result"]["low"] == 1


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Any:

    with running(Settings(rules=write_project(tmp_path_factory.mktemp("law") / "rules"))) as server:
        yield server


@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(0, 9), min_size=2, max_size=4, unique=True), st.randoms())
def test_who_goes_there_and_back_again_is_where_he_was(
    shared: Server, amounts: list[int], chance: Any
) -> None:
    texts = [fee(amount).replace("rules:", f"# {chance.random()}\nrules:") for amount in amounts]
    made = [shared.post("/v1/rulesets", json={"files": {"base/fee.yaml": text}}).json() for text in texts]
    seen: dict[str, Any] = {}
    for each in [*made, *reversed(made), *made[:1]]:
        assert activate(shared, each["digest"]).json()["digest"] == each["digest"]
        answer = shared.decide("fee", {"total": 3}, at="2026-01-01T00:00:00Z").json()
        answer.pop("id")
        assert seen.setdefault(each["digest"], answer) == answer
    for each, amount in zip(made, amounts, strict=True):
        assert seen[each["digest"]]["result"]["low"] == amount


def _posted(server: Server, path: str, body: bytes = b"") -> dict[str, Any]:
    """The answer to a POST over a connection of its own."""
    connection = HTTPConnection("127.0.0.1", server.port, timeout=30)
    connection.request("POST", path, body)
    answer: dict[str, Any] = json.loads(connection.getresponse().read())
    connection.close()
    return answer
