"""The benchmark of durable runs: the flow by rulesflow and by hand, in processes of their own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bench.flow import given, wanted, write_project
from rulesflow.documents.folder import read_folder
from rulesflow.model.times import parse_timestamp
from rulesflow.rules import load

ROOT = Path(__file__).parents[2]


def turns(name: str, url: str, *asked: dict[str, Any]) -> list[dict[str, Any]]:
    text = "".join(json.dumps(each) + "\n" for each in asked)
    command = [sys.executable, "-m", "bench.flow", name, url]
    done = subprocess.run(
        command, cwd=ROOT, input=text, check=True, capture_output=True, text=True, timeout=120
    )
    ready, *lines = done.stdout.splitlines()
    assert ready == "ready"
    return [json.loads(line) for line in lines]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["rulesflow", "dbos"])
def test_a_run_is_recorded_by_a_row_for_each_step_one_for_itself_and_one_for_its_end(
    name: str, tmp_path: Path
) -> None:
    first, second = turns(
        name,
        f"sqlite:///{tmp_path / 'flow.db'}",
        {"runs": 8, "at_once": 4},
        {"runs": 6, "at_once": 1, "count": True},
    )
    assert first["writes"] == {}
    assert second["seconds"] > 0
    assert second["cpu"] > 0
    writes = second["writes"]
    recorded = {
        table: writes[table] / 6 for table in ("workflow_input", "operation_outputs", "workflow_output")
    }
    assert recorded == {"workflow_input": 1, "operation_outputs": 5, "workflow_output": 1}


def test_the_rules_of_the_flow_answer_as_the_flow_by_hand_does(tmp_path: Path) -> None:
    ruleset = load(read_folder(write_project(tmp_path)).files).ruleset
    assert ruleset is not None
    for number in range(80):
        facts, at = given(number), parse_timestamp("2026-11-27T10:00:00Z")
        assert ruleset.decide("carrier", facts, at).result["carrier"] == wanted(number)["carrier"]
        assert ruleset.decide("fraud", facts, at).result == {"verdict": "approve"}


@pytest.mark.slow
def test_the_benchmark_compares_both_on_both_databases_and_writes_what_it_found(tmp_path: Path) -> None:
    file = tmp_path / "found.json"
    command = [sys.executable, "-m", "bench", "runs", "--quick", "--output", str(file)]
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    rows = json.loads(file.read_text())["rows"]
    recorded = [row for row in rows if row["measure"] == "statements that record a run"]
    assert recorded
    assert all(row["ratios"] == {"dbos": 1} for row in recorded)
    assert {row["measure"] for row in rows} >= {
        "time of a run, one after another",
        "time of a run, 16 at once",
        "orders over REST, 16 at once",
    }
