"""The commands about rulesets, against a real service."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rulesflow.settings import Settings
from serving import Server, fee, running, write_project

CASES = "decision: fee\ncases:\n  - case: one\n    facts: {}\n    expect: {low: 1}\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return write_project(tmp_path / "rules")


@pytest.fixture
def server(project: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    with running(Settings(rules=project)) as server:
        monkeypatch.setenv("RULESFLOW_URL", f"http://127.0.0.1:{server.port}")
        monkeypatch.setenv("COLUMNS", "200")
        yield server


def change(project: Path, amount: int) -> None:
    (project / "base" / "fee.yaml").write_text(fee(amount))


def test_a_ruleset_is_listed_compared_and_gone_back_to(call: Any, server: Server, project: Path) -> None:
    first = server.status()["digest"]
    change(project, 2)
    reloaded = call("rulesets", "reload")
    second = server.status()["digest"]
    assert (reloaded.code, reloaded.out, reloaded.err) == (0, f"{second[:12]} is active\n", "")
    listed = call("rulesets", "list")
    header, newest, older = listed.out.splitlines()
    assert header.split() == ["ruleset", "state", "for", "holds", "source", "note"]
    assert newest.split()[:2] == [second[:12], "active"]
    assert "1 decision, 1 rule" in older
    differs = call("rulesets", "diff", first[:8], "active")
    assert differs.out.splitlines() == [
        "~ decision fee",
        "  ~ param low  base  base/fee.yaml:4",
        "      value: 1 → 2",
        "  ~ param high  base  base/fee.yaml:4",
        "      value: 1 → 2",
    ]
    back = call("rulesets", "activate", first[:8], "--reason", "too dear")
    assert (back.code, back.out) == (0, f"{first[:12]} is active, pinned; {second[:12]} waits\n")
    assert "activated: too dear" in call("rulesets", "list", "--limit", "1").out
    assert "value: 1 → 2" in call("rulesets", "diff").out
    assert call("rulesets", "diff", "pending", first, "--json").json["to"] == first
    assert call("rulesets", "diff", first, first).out == "nothing is decided differently\n"
    assert call("rulesets", "list", "--json").json["rulesets"][0]["pinned"] is True


def test_the_files_of_a_ruleset_are_shown(call: Any, server: Server) -> None:
    shown = call("rulesets", "show")
    assert shown.out.splitlines()[0] == f"ruleset {server.status()['digest']}"
    assert [line.split()[0] for line in shown.out.splitlines()[2:]] == [
        "base/fee.yaml",
        "facts.yaml",
        "rulesflow.yaml",
    ]
    assert call("rulesets", "show", "active", "--file", "base/fee.yaml").out == fee(1)
    missing = call("rulesets", "show", "--file", "base/fees.yaml")
    assert (missing.code, "has no file 'base/fees.yaml'" in missing.err) == (1, True)


def test_what_goes_wrong_is_told_in_a_sentence(call: Any, server: Server, project: Path) -> None:
    unknown = call("rulesets", "activate", "0123456789")
    assert unknown.code == 1
    assert "there is no ruleset 0123456789" in unknown.err
    assert call("rulesets", "activate", "0123456789", "--json").json["type"] == "/problems/unknown-ruleset"
    (project / "base" / "fee.yaml").write_text("decision: [")
    broken = call("rulesets", "reload")
    assert broken.code == 1
    assert "base/fee.yaml:2:1: error RF002" in broken.out
    assert "nothing is pending" in call("rulesets", "diff").err


def test_a_ruleset_that_is_refused_is_told_with_its_diagnostics(
    call: Any, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "base" / "fee.cases.yaml").write_text(CASES)
    with running(Settings(rules=project, require_cases=True)) as server:
        monkeypatch.setenv("RULESFLOW_URL", f"http://127.0.0.1:{server.port}")
        made = server.post("/v1/rulesets", json={"files": {"base/fee.yaml": fee(2)}}).json()
        refused = call("rulesets", "activate", made["digest"])
    assert refused.code == 1
    assert "base/fee.cases.yaml:3:" in refused.out
    assert "cannot be activated; what is active serves on" in refused.err
