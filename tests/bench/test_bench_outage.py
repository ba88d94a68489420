"""The outage bench: a small one against real servers, and its options."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from bench.outage import main

ROOT = Path(__file__).parents[2]


def outage(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bench", "outage", *arguments]
    return subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True, timeout=300)


@pytest.mark.slow
def test_no_order_is_lost_and_none_charged_twice_and_the_times_are_told() -> None:
    options = ["--orders", "26", "--rate", "6", "--outage", "3", "--drain", "20", "--json"]
    done = outage(*options)
    assert done.stdout, done.stderr
    told = json.loads(done.stdout)
    assert told["reckoning"] == {
        "orders": 26,
        "charges": told["reckoning"]["charges"],
        "lost": [],
        "charged_twice": [],
        "charged_wrongly": [],
    }
    assert told["outage"]["parked"] >= told["outage"]["parked_at_most"] - told["outage"]["parked_later"] > 0
    assert told["outage"]["drained"] >= told["outage"]["first_through"] >= 0
    assert sum(phase["orders"] for phase in told["phases"].values()) == 26
    assert told["drain_rate"] == 20
    # how long it took is told, not judged here: so few orders are over before the drain has reached its rate
    assert done.returncode == (0 if told["ratio"] <= 1.3 else 1)


@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        (["--rate", "0"], "--rate must be more than 0"),
        (["--processes", "-1"], "--processes must be more than 0"),
        (["--orders", "10"], "the peak must outlast the outage: at 10 a second"),
        (["--database", "oracle"], "invalid choice"),
    ],
)
def test_wrong_options_are_usage_errors(
    wrong: list[str], word: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(wrong)
    assert ended.value.code == 2
    assert word in capsys.readouterr().err
