"""The report: a table for people, a JSON file for comparing one day's figures with another's."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.measuring import OURS, Comparison, Result

_NONE = "-"
RESULTS = Path(__file__).parent / "results"
_PACKAGES = (
    "rulesflow",
    "zen-engine",
    "dbos",
    "SQLAlchemy",
    "starlette",
    "uvicorn",
    "uvloop",
    "httptools",
    "PyYAML",
)


def machine() -> dict[str, Any]:
    """Where the figures come from: those of different machines, or of a busy one, cannot be compared."""
    return {
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "system": f"{platform.system()} {platform.machine()}",
        "cores": os.cpu_count(),
        "load_average": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
        "packages": {name: _version(name) for name in _PACKAGES},
    }


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def show(result: Result, console: Console) -> None:
    """Print a run's table, its notes, and who was skipped."""
    others = list(dict.fromkeys(name for each in result.comparisons for name in each.rounds if name != OURS))
    table = Table(title=f"{result.run}: {result.title}", title_justify="left", pad_edge=False)
    table.add_column("case")
    table.add_column("measure")
    for name in (OURS, *others):
        table.add_column(name, justify="right")
    for name in others:
        table.add_column(f"÷ {name}", justify="right", style="bold")
    for each in result.comparisons:
        table.add_row(*_cells(each, others))
    console.print(table)
    for note in result.notes:
        console.print(f"  {note}", style="dim", highlight=False)
    for name, reason in result.skipped.items():
        console.print(f"  {name} was skipped: {reason}", style="yellow", highlight=False)
    console.print()


def _cells(comparison: Comparison, others: Sequence[str]) -> list[str]:
    medians, ratios = comparison.medians, comparison.ratios
    values = [
        f"{digits(medians[name])} {comparison.unit}" if name in medians else _NONE for name in (OURS, *others)
    ]
    return [
        comparison.case,
        comparison.measure,
        *values,
        *(digits(ratios[name]) if name in ratios else _NONE for name in others),
    ]


def digits(value: float) -> str:
    """Three significant digits, which is more than any of these figures can bear, in plain notation."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def heading(*, quick: bool) -> dict[str, Any]:
    """What stands above the rows, to be taken before the first run."""
    return {
        "started_at": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "quick": quick,
        "machine": machine(),
    }


def write(results: Sequence[Result], head: Mapping[str, Any], path: Path | None) -> Path:
    """Write all results below their heading as JSON, by default to ``bench/results``; the path."""
    path = path or RESULTS / f"{head['started_at'].replace(':', '').replace('-', '')}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    document = {
        **head,
        "rows": [{"run": each.run, **row.as_dict()} for each in results for row in each.comparisons],
        "skipped": {each.run: dict(each.skipped) for each in results if each.skipped},
        "notes": {each.run: list(each.notes) for each in results},
    }
    path.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return path
