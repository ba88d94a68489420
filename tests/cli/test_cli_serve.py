from __future__ import annotations

import re
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

SCRIPT = Path(sys.executable).with_name("rulesflow")


@pytest.fixture
def served(small):
    """Start ``rulesflow serve`` on a free port; its process and the address it names."""
    started = []

    def served(*arguments):
        command = [SCRIPT, "serve", "--rules", small, "--port", "0", *arguments]
        process = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
        started.append(process)
        for line in process.stderr:
            if found := re.search(r"http://127\.0\.0\.1:\d+", line):
                return process, found[0]
        raise AssertionError("the service ended")

    yield served
    for process in started:
        process.kill()
        process.wait()
        process.stderr.close()


def test_it_serves_the_rules_until_it_is_told_to_end(served):
    process, url = served()
    with httpx.Client(base_url=url) as client:
        facts = {
            "order": {"total": 5, "region": "us"},
            "customer": {"type": "vip"},
            "refund": {"reason": "damaged"},
        }
        reply = client.post("/v1/decisions/refund", json={"facts": facts})
    assert reply.json()["result"] == {"route": "auto", "limit": 5}
    process.send_signal(signal.SIGTERM)
    rest = process.stderr.read()
    assert process.wait() in (0, -signal.SIGTERM)
    assert "Traceback" not in rest


def test_rules_whose_cases_fail_are_not_taken_where_cases_are_required(served, small):
    (small / "base" / "refund.yaml").write_text(
        (small / "base" / "refund.yaml").read_text().replace("auto_limit: 50", "auto_limit: 60")
    )
    _, url = served("--require-cases")
    assert httpx.get(f"{url}/v1/ruleset").json()["error"]["diagnostics"][0]["code"] == "RF610"


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.0.1"])
def test_an_address_that_others_reach_needs_keys(run, host):
    result = run("serve", "--host", host)
    assert (result.code, result.out) == (2, "")
    assert "RULESFLOW_API_KEYS=name:key" in result.err


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [(["--port", "70000"], "port"), (["--workers", "0"], "workers"), (["--port", "web"], "port")],
)
def test_wrong_options_are_mistakes_of_usage(run, arguments, complaint):
    result = run("serve", *arguments)
    assert (result.code, result.out) == (2, "")
    assert complaint in result.err


def test_settings_are_shown_with_their_origins_and_without_secrets(run):
    result = run(
        "serve", "--port", "99", "--show-settings", RULESFLOW_WORKERS="2", RULESFLOW_API_KEYS="ops:s3cret"
    )
    assert result.code == 0
    assert re.search(r"^port +99 +command line ", result.out, re.MULTILINE)
    assert re.search(r"^workers +2 +RULESFLOW_WORKERS ", result.out, re.MULTILINE)
    assert re.search(r"^host +127\.0\.0\.1 +default ", result.out, re.MULTILINE)
    assert "s3cret" not in result.out


def test_settings_as_json(run, small):
    rows = {row["name"]: row for row in run("serve", "--show-settings", "--json", "--rules", small).json}
    assert rows["rules"]["value"] == str(small)
    assert rows["rules"]["origin"] == "command line"


def test_within_a_project_its_folder_is_served(call, small, monkeypatch):
    monkeypatch.chdir(small)
    rows = {row["name"]: row for row in call("serve", "--show-settings", "--json").json}
    assert (rows["rules"]["value"], rows["rules"]["origin"]) == (".", "working directory")
