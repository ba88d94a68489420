"""The benchmark of decisions, run as people run it, but quickly."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bench.decide import BARE, ZEN_TRACE
from bench.peers import durable, floor, linear, zen

ROOT = Path(__file__).parents[2]
TABLES = ["equality, 10 rules", "equality, 1,000 rules", "range, 10 rules", "range, 1,000 rules"]
PAIRS = ["pairs, 10 rules", "pairs, 1,000 rules"]
ABSENT = {zen.NAME: zen.MISSING, **linear.MISSING, durable.NAME: durable.missing()}


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
    assert "floor (scan)" in done.stdout
    written: dict[str, Any] = json.loads(path.read_text())
    return written


@pytest.mark.slow
def test_a_quick_run_writes_every_row(found: dict[str, Any]) -> None:
    assert [(row["case"], row["measure"]) for row in found["rows"]] == [
        *((case, measure) for case in TABLES for measure in ("evaluate", *DECIDE, "decide, full")),
        *((case, measure) for case in PAIRS for measure in ("evaluate", *DECIDE)),
    ]
    assert found["quick"]
    assert found["machine"]["cores"] >= 1
    for row in found["rows"]:
        assert row["run"] == "decide"
        assert row["unit"] == "µs"
        assert set(row["ratios"]) == set(row["medians"]) - {"rulesflow"}
        assert all(len(values) >= 5 for values in row["rounds"].values())
        assert all(value > 0 for values in row["rounds"].values() for value in values)


DECIDE = ("decide, bare", "decide, matched")


@pytest.mark.slow
def test_bars_stand_where_they_were_set(found: dict[str, Any]) -> None:
    bars = {
        (row["case"], row["measure"], name): (bar["aim"], bar["limit"])
        for row in found["rows"]
        for name, bar in row["bars"].items()
    }
    scans = {
        ("equality, 10 rules", "evaluate", floor.NAME): ("≤", 3),
        ("equality, 1,000 rules", "evaluate", floor.NAME): ("faster", 5),
        ("range, 10 rules", "evaluate", floor.NAME): ("≤", 3),
        ("range, 1,000 rules", "evaluate", floor.NAME): ("faster", 5),
    }
    matched = {(case, "decide, matched", BARE): ("≤", 1.2) for case in (*TABLES, *PAIRS)}
    rest = {("equality, 1,000 rules", "evaluate", zen.NAME): ("faster", 5)} if not zen.MISSING else {}
    assert bars == scans | matched | rest


@pytest.mark.slow
@pytest.mark.parametrize(("peer", "reason"), list(ABSENT.items()))
def test_a_peer_is_measured_or_its_absence_is_told(
    found: dict[str, Any], peer: str, reason: str | None
) -> None:
    measured = {name for row in found["rows"] for name in row["medians"]}
    assert (peer in measured) == (reason is None)
    assert found["skipped"].get("decide", {}).get(peer) == reason
    assert (ZEN_TRACE in measured) == (zen.MISSING is None)


def test_an_unknown_run_is_a_usage_error_that_lists_the_known_ones() -> None:
    done = bench("decyde")
    assert done.returncode == 2
    assert "there is no run 'decyde'; there are decide, rest, load, reload, memory, runs" in done.stderr
