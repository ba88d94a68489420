"""The benchmark of events: what it sends, and a short run."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import defaultdict
from importlib.util import find_spec
from pathlib import Path

import pytest

from bench.eventmix import stream, write_event_project
from rulesflow.documents.folder import read_folder
from rulesflow.documents.jsontext import read_json
from rulesflow.runtime.loading import load_folder, plugins_for

ROOT = Path(__file__).parents[2]


def test_as_many_events_are_made_and_matches_completed_as_is_said() -> None:
    made = stream(2_000, seed=3)
    cards = defaultdict(set)
    for event in made.events:
        if event.type == "payment.declined":
            cards[event.data["device_id"]].add(event.data["card"])
    assert len(made.events) == 2_000
    assert made.matches == 100 == sum(len(each) == 3 for each in cards.values())
    assert max(map(len, cards.values())) == 3
    assert made == stream(2_000, seed=3) != stream(2_000, seed=4)


def test_devices_are_known_for_a_minute_and_all_events_are_of_types_of_the_shop(tmp_path: Path) -> None:
    folder = read_folder(write_event_project(tmp_path / "rules"))
    project = load_folder(folder, plugins_for(folder))
    for event in stream(500, seed=1).events:
        project.events[event.type].schema.validate(read_json(json.dumps(event.data).encode()), "/data")
    assert "for: 1m" in (tmp_path / "rules" / "patterns" / "card-testing.yaml").read_text()


@pytest.mark.slow
@pytest.mark.skipif(find_spec("durable_rules_engine") is None, reason="durable-rules is not installed")
def test_a_short_run_finds_every_match_and_writes_what_it_measured(tmp_path: Path) -> None:
    file = tmp_path / "found.json"
    few = ["--events", "100", "--database", "sqlite", "--output", str(file)]
    command = [sys.executable, "-m", "bench", "events", *few]
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    rows = json.loads(file.read_text())["rows"]
    found = {(row["case"].removeprefix("SQLite, "), row["measure"]): row["medians"] for row in rows}
    assert all(value["rulesflow"] > 0 for (_, name), value in found.items() if "grows by" not in name)
    assert found["one by one", "taken in"] and found["batches of 100", "taken in and matched"]
    assert found["steadily", "until found, p99"] and found["memory over 100 events", "worker, last"]
