"""``load``: 10,000 rules in 100 files, from the disk to a ruleset, against only parsing the YAML."""

from __future__ import annotations

import gc
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

import yaml

from bench import servers
from bench.measuring import OURS, Comparison, Pace, Result, WrongAnswer
from bench.tables import equality_table, project_files
from rulesflow.documents.folder import read_folder
from rulesflow.rules import load

YAML = "CSafeLoader"
_RULES_A_FILE = 100


def run(pace: Pace) -> Result:
    """Measure 100 files of 100 rules (quick: 5 of them)."""
    files = 5 if pace.quick else 100
    case = f"{files * _RULES_A_FILE:,} rules, {files} files"
    with TemporaryDirectory() as folder:
        root = Path(folder)
        _write(root, files)
        contenders: dict[str, Callable[[], Any]] = {OURS: partial(_load, root), YAML: partial(_parse, root)}
        rounds: dict[str, list[float]] = {name: [] for name in contenders}
        for turn in range(5):
            for name in list(contenders)[:: 1 if turn % 2 else -1]:
                rounds[name].append(_seconds(contenders[name]))
        starts = [_start(root) for _ in range(1 if pace.quick else 3)]
    return Result(
        "load",
        "From files to a ruleset",
        (
            Comparison(case, "read and load", "s", rounds),
            Comparison(case, "start of the service until /readyz", "s", {OURS: starts}),
        ),
        (
            "CSafeLoader only parses: it finds no duplicate key, and checks and compiles nothing.",
            "The collector is off while loading, as it is in the service. A start was measured "
            f"{len(starts)} times, all else 5 times.",
        ),
    )


def _write(root: Path, files: int) -> None:
    table = equality_table(_RULES_A_FILE)
    for path, data in project_files({f"tariff_{number:03}": table for number in range(files)}).items():
        (root / path).parent.mkdir(exist_ok=True)
        (root / path).write_bytes(data)


def _seconds(work: Callable[[], Any]) -> float:
    gc.collect()
    gc.disable()
    try:
        started = perf_counter()
        work()
        return perf_counter() - started
    finally:
        gc.enable()


def _load(root: Path) -> None:
    loaded = load(read_folder(root).files)
    if loaded.ruleset is None:
        raise WrongAnswer(f"the generated rules do not load: {loaded.diagnostics[0].message}")


def _parse(root: Path) -> list[Any]:
    return [yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader) for path in sorted(root.rglob("*.yaml"))]


def _start(root: Path) -> float:
    """Seconds from the start of the process; it is ended outside the measured time."""
    started = perf_counter()
    with servers.rulesflow(root):
        return perf_counter() - started
