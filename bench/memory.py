"""``memory``: what 100,000 rules take, and whether it grows from reload to reload."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from bench.measuring import OURS, Comparison, Pace, Result, WrongAnswer, at_most
from bench.tables import DECISION, Table, equality_table, pairs_table, requests, write_project

FEW = "10 rules"


@dataclass(frozen=True, slots=True)
class _Size:
    rules: int
    rounds: int
    reloaded: int  # rules that are loaded again
    reloads: int

    @property
    def warm_up(self) -> int:
        return self.reloads // 10


_FULL = _Size(rules=100_000, rounds=3, reloaded=1_000, reloads=1_000)
_QUICK = _Size(rules=1_000, rounds=1, reloaded=100, reloads=30)


def run(pace: Pace) -> Result:
    """Measure 100,000 rules and 1,000 reloads of 1,000 rules (quick: 1,000 rules, 30 reloads of 100)."""
    size = _QUICK if pace.quick else _FULL
    found: dict[int, list[dict[str, Any]]] = {size.rules: [], 10: []}
    for _ in range(size.rounds):
        for rules, told in found.items():
            told.append(_footprint(pairs_table(rules)))
    series = _footprint(equality_table(size.reloaded), size.reloads)["series"]
    case = f"{size.rules:,} rules"
    many, few = (
        {part: [each[part] for each in told] for part in ("resident", "peak")} for told in found.values()
    )
    more = [mine - theirs for mine, theirs in zip(many["resident"], few["resident"], strict=True)]
    bars = {} if pace.quick else {OURS: at_most(400)}
    return Result(
        "memory",
        "What rules take",
        (
            Comparison(case, "resident", "MiB", {OURS: many["resident"], FEW: few["resident"]}),
            Comparison(case, f"resident, less that of {FEW}", "MiB", {OURS: more}, bars),
            Comparison(case, "peak while loading", "MiB", {OURS: many["peak"], FEW: few["peak"]}),
            *_reloads(size, series),
        ),
        (
            "In new processes that are the service without its front; one decision was made, so that index "
            "and code are there, then gc.collect().",
            f"All {size.reloaded:,} rules, in one file, change from reload to reload, and each is decided. "
            f"The first {size.warm_up} are the warm-up.",
        ),
    )


def _reloads(size: _Size, series: Sequence[float]) -> list[Comparison]:
    """How far the memory strays from its middle after the warm-up."""
    case = f"{size.reloads:,} reloads of {size.reloaded:,} rules"
    warm = series[size.warm_up :]
    middle = median(warm)
    strays = max(max(warm) - middle, middle - min(warm))
    return [
        Comparison(case, "resident after the warm-up", "MiB", {OURS: warm}),
        Comparison(case, "highest", "MiB", {OURS: [max(warm)]}),
        Comparison(case, "lowest", "MiB", {OURS: [min(warm)]}),
        Comparison(case, "last", "MiB", {OURS: [warm[-1]]}),
        Comparison(case, "strays from its median by (±)", "MiB", {OURS: [strays]}, {OURS: at_most(10)}),
    ]


def _footprint(table: Table, reloads: int = 0) -> dict[str, Any]:
    """What the process tells. Raises `WrongAnswer`."""
    asked = requests(table, 1, seed=1)[0]
    with TemporaryDirectory() as folder:
        rules, plan = Path(folder, "rules"), Path(folder, "plan.json")
        write_project(rules, table.files())
        facts = json.loads(asked.text)
        told = {"folder": str(rules), "decision": DECISION, "facts": facts, "outcome": asked.outcome}
        plan.write_text(json.dumps({**told, "reloads": reloads}), encoding="utf-8")
        command = [sys.executable, "-m", "bench.footprint", str(plan)]
        root = Path(__file__).parents[1]
        done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=root)
    if done.returncode:
        reason = done.stderr.strip()[-2_000:]
        raise WrongAnswer(f"{len(table.rows):,} rules do not load as they should: {reason}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found
