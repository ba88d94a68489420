"""Events, matches and patterns as people read them, and the options by which they are asked for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, TypeAlias

import typer
from rich.table import Table
from rich.text import Text

from rulesflow.cli.runtables import since, table, value_text
from rulesflow.model.rendering import visible

StatusOption: TypeAlias = Annotated[
    list[str] | None,
    typer.Option("--status", metavar="STATUS", help="Those of this status; several with commas."),
]
SinceOption: TypeAlias = Annotated[
    str | None, typer.Option("--since", metavar="TIME", help="Those of this time or later.")
]
UntilOption: TypeAlias = Annotated[
    str | None, typer.Option("--until", metavar="TIME", help="Those before this time.")
]
_STYLES = {
    "matched": "green",
    "done": "green",
    "waiting": "yellow",
    "pending": "cyan",
    "failed": "bold red",
    "throttled": "dim",
    "refuted": "dim",
}


def filters(named: Mapping[str, str | None], status: Iterable[str] | None) -> list[tuple[str, str]]:
    """The names and values of a query, without what is not asked for."""
    given = [(name, text) for name, text in named.items() if text is not None]
    return given + [("status", each) for each in status or ()]


def event_table(events: Iterable[Mapping[str, Any]]) -> Table:
    """Events, one a line."""
    made = table("type", "source", "id", "time", "status", "problem")
    for event in events:
        problems = "; ".join(f"{each['pattern']}: {each['message']}" for each in event["problems"])
        texts = map(visible, (event["type"], event["source"], event["id"], event["time"]))
        made.add_row(*texts, _status(event["status"]), visible(problems))
    return made


def match_table(matches: Iterable[Mapping[str, Any]]) -> Table:
    """Matches, one a line."""
    made = table("pattern", "key", "status", "found", "events", "problem", "match")
    for match in matches:
        events = " ".join(f"{each['alias']}={each['id']}" for each in match["events"])
        made.add_row(
            visible(match["pattern"]),
            _key(match["key"]),
            _status(match["status"]),
            f"{since(match['found_at'])} ago",
            visible(events),
            visible(match["problem"] or ""),
            visible(match["id"]),
        )
    return made


def pattern_table(patterns: Iterable[Mapping[str, Any]]) -> Table:
    """Patterns, one a line."""
    made = table("pattern", "events", "by", "within", "then", "title", "failing")
    for pattern in patterns:
        made.add_row(
            visible(pattern["name"]),
            visible(" ".join(pattern["types"])),
            visible(pattern["by"]),
            visible(pattern["within"]),
            visible(_then(pattern["then"])),
            visible(pattern["title"]),
            Text(visible(pattern["failing"] or ""), style="red"),
        )
    return made


def _then(then: Mapping[str, Any]) -> str:
    """What follows, by its first word: ``signal fraud-alert``."""
    for name in ("signal", "start", "fact"):
        if name in then:
            return f"{name} {then[name]}"
    return ""


def _key(value: Any) -> str:
    return visible(value) if isinstance(value, str) else value_text(value)


def _status(status: str) -> Text:
    return Text(visible(status), style=_STYLES.get(status, ""))
