"""The benchmark of decisions, run as people run it, but quickly."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bench import zen_peer

ROOT = Path(__file__).parents[2]
CASES = ["equality, 10 rules", "equality, 1,000 rules", "range, 10 rules", "range, 1,000 rules"]
MEASURES = ["evaluate", "decide, bare", "decide, matched", "decide, full"]


def bench(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bench", *arguments],
        check=False,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
    )


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a quick run writes."""
    path = tmp_path_factory.mktemp("bench") / "new" / "result.json"
    done = bench("decide", "--quick", "--output", str(path))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "÷ floor (scan)" in done.stdout
    written: dict[str, Any] = json.loads(path.read_text())
    return written


@pytest.mark.slow
def test_a_quick_run_writes_every_row(found: dict[str, Any]) -> None:
    assert [(row["run"], row["case"], row["measure"]) for row in found["rows"]] == [
        ("decide", case, measure) for case in CASES for measure in MEASURES
    ]
    assert found["quick"]
    assert found["machine"]["cores"] >= 1
    for row in found["rows"]:
        assert row["unit"] == "µs"
        assert set(row["ratios"]) == set(row["medians"]) - {"rulesflow"}
        assert all(len(values) >= 5 for values in row["rounds"].values())
        assert all(value > 0 for values in row["rounds"].values() for value in values)


@pytest.mark.slow
def test_the_peer_is_measured_or_its_absence_is_told(found: dict[str, Any]) -> None:
    measured = {name for row in found["rows"] for name in row["medians"]}
    if zen_peer.INSTALLED:
        assert "zen-engine" in measured
        assert found["skipped"] == {}
    else:
        assert "zen-engine" not in measured
        assert "pip install" in found["skipped"]["decide"]["zen-engine"]


def test_an_unknown_run_is_a_usage_error_that_lists_the_known_ones() -> None:
    done = bench("decyde")
    assert done.returncode == 2
    assert "there is no run 'decyde'; there are decide" in done.stderr
