"""The report: a table for people, a JSON file for comparing one day's figures with another's."""

from __future__ import annotations

import json
import math
import os
import platform
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.measuring import OURS, Comparison, Result

RESULTS = Path(__file__).parent / "results"
_COLOURS = {"met": "[green]met[/]", "missed": "[bold red]missed[/]"}
#: The units of which less is better and "faster" can be said.
TIMES = ("µs", "ms", "s")
_PACKAGES = (
    "rulesflow",
    "cel-expr-python",
    "common-expression-language",
    "durable_rules",
    "fastapi",
    "rule-engine",
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
    """Print a run's table, a line for each contender, its notes, and who was skipped."""
    table = Table(title=f"{result.run}: {result.title}", title_justify="left", pad_edge=False)
    table.add_column("", no_wrap=True)
    table.add_column(OURS, justify="right", no_wrap=True)
    table.add_column("beside", no_wrap=True)
    table.add_column("", justify="right", no_wrap=True)
    table.add_column("that is", justify="right", style="bold", no_wrap=True)
    for name in ("bar", ""):
        table.add_column(name, no_wrap=True)
    case = None
    for each in result.comparisons:
        if case != each.case:
            table.add_section()
            table.add_row(f"[bold]{each.case}[/]")
        case = each.case
        for *cells, verdict in lines(each):
            table.add_row(*cells, _COLOURS.get(verdict, ""))
    console.print(table)
    for note in result.notes:
        console.print(f"  {note}", style="dim", highlight=False)
    for name, reason in result.skipped.items():
        console.print(f"  {name} was skipped: {reason}", style="yellow", highlight=False, markup=False)
    console.print()


def missed(results: Sequence[Result]) -> list[str]:
    """The bars that were missed, in words."""
    return [
        f"{result.run}, {each.case}: {each.measure}" + ("" if name == OURS else f" beside {name}")
        for result in results
        for each in result.comparisons
        for name, met in each.verdicts.items()
        if not met
    ]


def lines(comparison: Comparison) -> Iterator[list[str]]:
    """A comparison as it is shown, a line for each that we are held against.

    Measure and our figure (in the first line alone), who, its figure, our ratio to it, bar, ``met`` or
    ``missed``.
    """
    medians, ratios, unit = comparison.medians, comparison.ratios, comparison.unit
    head = [comparison.measure, f"{digits(medians[OURS])} {unit}"]
    if OURS in comparison.bars or not ratios:
        bar = comparison.bars.get(OURS)
        yield [*head, "", "", "", bar.text(unit) if bar else "", _verdict(comparison, OURS)]
        head = [""] * 2
    for name, ratio in ratios.items():
        bar = comparison.bars.get(name)
        yield [
            *head,
            name,
            f"{digits(medians[name])} {unit}",
            _in_words(ratio, unit),
            bar.text() if bar else "",
            _verdict(comparison, name),
        ]
        head = [""] * 2


def _verdict(comparison: Comparison, name: str) -> str:
    met = comparison.verdicts.get(name)
    return "" if met is None else "met" if met else "missed"


def _in_words(ratio: float, unit: str) -> str:
    """For times how many times faster or slower we are, for all else the ratio."""
    if unit not in TIMES:
        return f"{digits(ratio)} ×"
    return f"{digits(1 / ratio)} × faster" if ratio < 1 else f"{digits(ratio)} × its time"


def digits(value: float) -> str:
    """Three significant digits, which is more than any of these figures can bear, in plain notation."""
    if value >= 100:
        return f"{value:,.0f}"
    if value >= 10:
        return f"{value:.1f}"
    places = 2 if value >= 0.1 or not value else 1 - math.floor(math.log10(abs(value)))
    return f"{value:.{places}f}"


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
        "missed": missed(results),
        "skipped": {each.run: dict(each.skipped) for each in results if each.skipped},
        "notes": {each.run: list(each.notes) for each in results},
    }
    path.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return path
