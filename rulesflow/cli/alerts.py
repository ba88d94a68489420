"""``rulesflow alerts``: what an operator should know of."""

from __future__ import annotations

import time
from contextlib import suppress
from enum import StrEnum
from typing import Annotated, Any, Final
from urllib.parse import quote

import typer
from rich.table import Table

from rulesflow.cli.arguments import JsonOption
from rulesflow.cli.client import Client, KeyOption, UrlOption, problems
from rulesflow.cli.console import OUT, show, show_json, write
from rulesflow.cli.runtables import since, table
from rulesflow.model.rendering import visible

app = typer.Typer(add_completion=False, rich_markup_mode="markdown")

_EVERY: Final = 2.0  # seconds between two looks


class Status(StrEnum):
    """Which alerts."""

    OPEN = "open"
    CLOSED = "closed"
    ALL = "all"


@app.callback(invoke_without_command=True)
def alerts(
    context: typer.Context,
    status: Annotated[Status, typer.Option("--status", help="Which alerts.")] = Status.OPEN,
    watch: Annotated[
        bool, typer.Option("--watch", help="Look again every two seconds, until interrupted.")
    ] = False,
    url: UrlOption = None,
    key: KeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """See what an operator should know of, and what raises it.

    A step is slow, a service is away, runs stand still. What raises an alert stands in `alerts.yaml` of the
    rules folder, beside what is shipped. All of it goes over REST to a service: `--url` and `--key`, or
    RULESFLOW_URL and RULESFLOW_KEY.

    Examples:

        rulesflow alerts
        rulesflow alerts --status all --json
        rulesflow alerts --watch
        rulesflow alerts rules
    """
    if context.invoked_subcommand is not None:
        return
    with Client(url, key) as client, problems(as_json), suppress(KeyboardInterrupt):
        while True:
            found = client.get("/v1/alerts", [("status", str(status))], has="alerts")
            _show(found, status, as_json)
            if not watch:
                return
            OUT.file.flush()
            time.sleep(_EVERY)


@app.command()
def rules(url: UrlOption = None, key: KeyOption = None, as_json: JsonOption = False) -> None:
    """List what raises alerts, and where that stands.

    Example:

        rulesflow alerts rules
    """
    with Client(url, key) as client, problems(as_json):
        found = client.get("/v1/alerts/rules", has="rules")
    if as_json:
        show_json(found)
    else:
        show(_rule_table(found["rules"]))


@app.command()
def acknowledge(
    id_: Annotated[str, typer.Argument(metavar="ID", help="The id, as the list shows it.")],
    note: Annotated[str | None, typer.Option("--note", metavar="TEXT", help="What there is to say.")] = None,
    url: UrlOption = None,
    key: KeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say that an alert was seen. It stays open until its cause is gone.

    Example:

        rulesflow alerts acknowledge 5be1c04a9d2f77135be1c04a9d2f7713 --note 'the gateway is being moved'
    """
    body = {} if note is None else {"note": note}
    with Client(url, key) as client, problems(as_json):
        found = client.post(f"/v1/alerts/{quote(id_, safe='')}/acknowledge", body, has="alert")
    if as_json:
        show_json(found)
    else:
        write(f"seen: {visible(found['text'])}\n")


def _show(found: dict[str, Any], status: Status, as_json: bool) -> None:
    if as_json:
        show_json(found)
    elif found["alerts"]:
        show(_table(found["alerts"]))
    else:
        write("no alert is open\n" if status is Status.OPEN else "there is no such alert\n")


def _table(alerts: list[dict[str, Any]]) -> Table:
    made = table("severity", "alert", "status", "since", "text", "seen by", "id")
    for each in alerts:
        seen = each["acknowledged"]
        made.add_row(
            each["severity"],
            visible(each["alert"]),
            each["status"],
            since(each["closed_at"] or each["opened_at"]),
            visible(each["text"]),
            visible(seen["by"] or "somebody") if seen else "",
            visible(each["id"]),
        )
    return made


def _rule_table(rules: list[dict[str, Any]]) -> Table:
    made = table("alert", "of", "severity", "when", "for", "stands in", "problem")
    for each in rules:
        place = "shipped" if each["source"] == "shipped" else f"{each['file']}:{each['line']}"
        made.add_row(
            visible(each["alert"]) + ("" if each["enabled"] else " (off)"),
            each["of"],
            each["severity"],
            visible(each["when"]),
            f"{each['for']:g} s",
            visible(place),
            visible(each["problem"] or ""),
        )
    return made
