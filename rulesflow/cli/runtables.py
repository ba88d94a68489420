"""Runs as people read them."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from typing import Any

from rich.table import Table
from rich.text import Text

from rulesflow.documents.jsontext import write_json
from rulesflow.model.rendering import visible
from rulesflow.model.times import SECOND, TimeRefused, parse_timestamp

_STYLES = {
    "queued": "cyan",
    "running": "cyan",
    "waiting": "yellow",
    "parked": "magenta",
    "paused": "magenta",
    "incident": "bold red",
    "undoing": "yellow",
    "completed": "green",
    "failed": "red",
    "cancelled": "dim",
}
_UNITS = (("d", 86_400), ("h", 3600), ("m", 60), ("s", 1))
_SHOWN = 160  # characters of a value


def table(*columns: str) -> Table:
    """A table without frames."""
    made = Table(box=None, header_style="bold", pad_edge=False)
    for name in columns:
        made.add_column(name, overflow="fold")
    return made


def status_text(status: str) -> Text:
    """A status in its colour."""
    return Text(visible(status), style=_STYLES.get(status, ""))


def list_table(runs: Iterable[Mapping[str, Any]]) -> Table:
    """Runs in short: how each is, how long it has been so, and where it stands."""
    made = table("run", "workflow", "status", "for", "at", "input", "problem")
    for run in runs:
        fields = " ".join(f"{name}={value}" for name, value in (run.get("fields") or {}).items())
        made.add_row(
            visible(run["id"]),
            visible(run["workflow"]),
            status_text(run["status"]),
            since(run["updated_at"]),
            *map(visible, (", ".join(run["at"]), fields, problem_text(run.get("problem")))),
        )
    return made


def problem_text(problem: Mapping[str, Any] | None) -> str:
    """An error in a line."""
    if not problem:
        return ""
    return f"{problem.get('class')} {problem.get('code')}: {problem.get('message')}"


def since(moment: str) -> str:
    """How long ago: ``4s``, ``2m 5s``, ``3d 4h``."""
    return length(time.time() - seconds(moment))


def seconds(moment: str | None) -> float:
    """A timestamp in seconds since 1970; 0 for what is none."""
    try:
        return parse_timestamp(moment or "") / SECOND
    except TimeRefused:
        return 0.0


def length(duration: float) -> str:
    """A length of time in its two largest units; under a second in milliseconds."""
    if 0 <= duration < 1:
        return f"{duration * 1000:.0f}ms"
    left = int(max(duration, 0))
    parts: list[str] = []
    for unit, size in _UNITS:
        count, left = divmod(left, size)
        if count or parts:
            parts.append(f"{count}{unit}" if count else "")
        if len(parts) == 2:
            break
    return " ".join(part for part in parts if part) or "0s"


def value_text(value: object) -> str:
    """A value as JSON on one line, cut where it is long."""
    text = visible(write_json(value).decode())
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
