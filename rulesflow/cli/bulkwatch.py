"""Watching a bulk order from the command line until it is over. It goes on without anybody who watches."""

from __future__ import annotations

import sys
import time
from typing import Any, Final
from urllib.parse import quote

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from rulesflow.cli.client import Client
from rulesflow.cli.console import ERR, complain, show_json, write
from rulesflow.cli.runtables import length, seconds
from rulesflow.model.rendering import counted, visible

_LOOK: Final = 0.3  # seconds between two looks at how far it is


def watched(client: Client, bulk: str) -> dict[str, Any]:
    """How far a bulk order has got to when it is over. Whoever leaves before is told how to look again."""
    try:
        with _bar() as bar:
            task = bar.add_task("", total=None, note="")
            while True:
                progress = client.get(f"/v1/runs/bulk/{quote(bulk, safe='')}", has="running")
                told = progress["done"] + progress["failed"]
                bar.update(
                    task,
                    description=visible(progress["action"]),
                    completed=told,
                    total=max(progress["count"], told),
                    note=note(progress),
                )
                if not progress["running"]:
                    return progress
                time.sleep(_LOOK)
    except (KeyboardInterrupt, typer.Exit):
        sys.stderr.write(f"the service goes on: rulesflow runs bulk show {visible(bulk)} --follow\n")
        raise


def conclude(progress: dict[str, Any], as_json: bool) -> None:
    """Print how a bulk order has ended; exits with 1 if a run has refused, or it was cancelled."""
    if as_json:
        show_json(progress)
    else:
        for problem in progress["problems"]:
            complain(f"{problem['run']}: {problem['message']}")
        refused = f", {progress['failed']:,} refused" if progress["failed"] else ""
        done = f"{counted(progress['done'], 'run')} of {progress['count']:,}{refused}"
        write(f"{visible(progress['action'])}: {done}{', cancelled' if progress['cancelled'] else ''}\n")
    if progress["failed"] or progress["cancelled"]:
        raise typer.Exit(1)


def note(progress: dict[str, Any]) -> str:
    """What else is to be said of one that goes on: what was refused, and how long it will take."""
    parts = []
    if progress["failed"]:
        parts.append(f"{progress['failed']:,} refused")
    if progress["expected_end"]:
        left = seconds(progress["expected_end"]) - time.time()
        parts.append(f"{length(max(left, 1))} left")
    return ", ".join(parts)


def _bar() -> Progress:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[note]}"),
    )
    return Progress(*columns, console=ERR, transient=True, disable=not ERR.is_terminal)
