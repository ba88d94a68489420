"""``load``: 10,000 rules in 100 files, from the disk to a ruleset, against only parsing the YAML.

``python -m bench.load rulesflow|CSafeLoader FOLDER`` loads once and prints the seconds of
the processor: whoever loads is a process of its own, so nothing is known from before.
"""

from __future__ import annotations

import gc
import subprocess
import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from typing import Any

import yaml

from bench import servers
from bench.measuring import OURS, Comparison, Pace, Result, WrongAnswer, at_most, in_turn
from bench.tables import RULES_A_FILE, many_files, write_project
from rulesflow.documents.folder import read_folder
from rulesflow.rules import load

YAML = "CSafeLoader"
_LEAST = "1 file"
_ROUNDS = 5


def run(pace: Pace) -> Result:
    """Measure 100 files of 100 rules (quick: 5 of them)."""
    files = 5 if pace.quick else 100
    with TemporaryDirectory() as folder:
        many = write_project(Path(folder, "many"), many_files(files))
        one = write_project(Path(folder, "one"), many_files(1))
        loads = _interleaved({name: partial(_elsewhere, name, many) for name in (OURS, YAML)}, _ROUNDS)
        starts = _interleaved(
            {OURS: partial(_start, many), _LEAST: partial(_start, one)}, 1 if pace.quick else _ROUNDS
        )
    case = f"{files * RULES_A_FILE:,} rules, {files} files"
    return Result(
        "load",
        "From files to a ruleset",
        (
            Comparison(case, "read and load", "s", loads, {YAML: at_most(3)}),
            Comparison(case, "start until /readyz", "s", starts),
        ),
        (
            "CSafeLoader only parses: it finds no duplicate key, and checks and compiles nothing.",
            "Each load is made in a process of its own, whose start and imports are not in it; it is "
            "processor time. The collector is off, as it is in the service.",
            "The start is that of `rulesflow serve`, imports and all; beside it that with "
            f"{RULES_A_FILE} rules in one file.",
        ),
    )


def _interleaved(turns: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {name: [] for name in turns}
    for turn in range(rounds):
        for name in in_turn(turns, turn):
            found[name].append(turns[name]())
    return found


def _elsewhere(name: str, root: Path) -> float:
    """Seconds that a new process needs. Raises `WrongAnswer`."""
    command = [sys.executable, "-m", "bench.load", name, str(root)]
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=Path(__file__).parents[1])
    if done.returncode:
        raise WrongAnswer(f"{name} does not load the generated rules: {done.stderr.strip()}")
    return float(done.stdout)


def _load(root: Path) -> None:
    loaded = load(read_folder(root).files)
    if loaded.ruleset is None:
        raise WrongAnswer(loaded.diagnostics[0].message)


def _parse(root: Path) -> list[Any]:
    return [yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader) for path in sorted(root.rglob("*.yaml"))]


def _start(root: Path) -> float:
    """Seconds from the start of the process; it is ended outside the measured time."""
    started = perf_counter()
    with servers.rulesflow(root):
        return perf_counter() - started


def main() -> None:
    """Load once, and print the seconds of the processor."""
    work = {OURS: _load, YAML: _parse}[sys.argv[1]]
    gc.disable()
    started = process_time()
    work(Path(sys.argv[2]))
    print(process_time() - started)


if __name__ == "__main__":
    main()
