"""The benchmarks of loading, of reloading and of memory, run quickly."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """What a quick run writes."""
    path = tmp_path_factory.mktemp("bench") / "result.json"
    command = [sys.executable, "-m", "bench", "load", "reload", "memory", "--quick", "--output", str(path)]
    done = subprocess.run(command, check=False, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    written: list[dict[str, Any]] = json.loads(path.read_text())["rows"]
    return written


@pytest.mark.slow
def test_a_quick_run_writes_every_row(rows: list[dict[str, Any]]) -> None:
    assert [(row["run"], row["case"], row["measure"], *row["medians"]) for row in rows] == [
        ("load", "500 rules, 5 files", "read and load", "rulesflow", "CSafeLoader"),
        ("load", "500 rules, 5 files", "start until /readyz", "rulesflow", "1 file"),
        *(
            ("reload", "1,000 rules, 10 files, 5 edits", f"edit until served, {part}", "rulesflow")
            for part in ("median", "slowest")
        ),
        *(
            ("reload", "1,000 rules, 10 files, 5 edits", f"request meanwhile, {part}", *BESIDE)
            for part in ("p50", "p99", "slowest")
        ),
        ("memory", "1,000 rules", "resident", "rulesflow", "10 rules"),
        ("memory", "1,000 rules", "resident, less that of 10 rules", "rulesflow"),
        ("memory", "1,000 rules", "peak while loading", "rulesflow", "10 rules"),
        *(
            ("memory", "30 reloads of 100 rules", measure, "rulesflow")
            for measure in ("resident after the warm-up", "highest", "lowest", "last", STRAYS)
        ),
    ]


BESIDE = ("rulesflow", "without edits")
STRAYS = "strays from its median by (±)"


@pytest.mark.slow
def test_the_figures_belong_together(rows: list[dict[str, Any]]) -> None:
    found = {(row["run"], row["measure"]): row["rounds"]["rulesflow"] for row in rows}
    assert len(found["reload", "edit until served, median"]) == 5
    assert (
        max(found["reload", "edit until served, median"]) == found["reload", "edit until served, slowest"][0]
    )
    assert found["memory", "peak while loading"][0] >= found["memory", "resident"][0]
    series = found["memory", "resident after the warm-up"]
    assert len(series) == 27
    assert found["memory", "highest"] == [max(series)]
    assert found["memory", "last"] == series[-1:]


def test_what_cannot_be_loaded_is_told(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "bench.load", "rulesflow", str(tmp_path)]
    done = subprocess.run(command, check=False, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert "rulesflow.yaml" in done.stderr
