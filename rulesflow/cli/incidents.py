"""``rulesflow incidents``: why runs stand still, each reason once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Final

import typer
from rich.table import Table

from rulesflow.cli.arguments import JsonOption
from rulesflow.cli.client import Client, KeyOption, UrlOption, problems, read_filter
from rulesflow.cli.console import fail, show, show_json, write
from rulesflow.cli.ordering import WhereOption
from rulesflow.cli.runtables import list_table, since, table
from rulesflow.model.rendering import counted, visible

app = typer.Typer(add_completion=False, rich_markup_mode="markdown")

_SOME: Final = 10  # runs of an incident that are shown
_MOST: Final = 1000  # incidents on a page of the service


@app.callback(invoke_without_command=True)
def incidents(context: typer.Context) -> None:
    """See why runs stand still, each reason once.

    A thousand runs that wait for a person for the same reason are one line: the same step of the same
    workflow, and the same message but for its numbers, ids, times and quoted texts. A reason has a
    fingerprint, by which all commands find its runs. All of it goes over REST to a service: `--url` and
    `--key`, or RULESFLOW_URL and RULESFLOW_KEY.

    Examples:

        rulesflow incidents list
        rulesflow incidents show 5be1c04a9d2f7713
        rulesflow runs retry --where fingerprint=5be1c04a9d2f7713 --dry-run
    """
    if context.invoked_subcommand is None:
        typer.echo(context.get_help(), nl=False)


@app.command("list")
def list_incidents(
    workflow: Annotated[
        str | None, typer.Option("--workflow", metavar="NAME", help="Those of this workflow.")
    ] = None,
    where: WhereOption = None,
    limit: Annotated[
        int, typer.Option("--limit", min=1, max=_MOST, metavar="N", help="How many, the most frequent first.")
    ] = 20,
    url: UrlOption = None,
    key: KeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the reasons for which runs stand still: how many runs each has, where, and since when.

    Examples:

        rulesflow incidents list --workflow order
        rulesflow incidents list --where 'order.region=eu/de since=2026-11-27T00:00:00Z' --json
    """
    query = [*read_filter(where), *([("workflow", workflow)] if workflow else [])]
    with Client(url, key) as client, problems(as_json):
        found = client.get("/v1/incidents", [*query, ("limit", str(limit))], has="incidents")
    if as_json:
        show_json(found)
    elif found["incidents"]:
        show(incident_table(found["incidents"]))
        write(_hint(found["incidents"][0]["fingerprint"]))
        write(f"there are more: --limit {min(limit * 2, _MOST)}\n" if found["next"] else "")
    else:
        write("no run stands still\n")


@app.command("show")
def show_incident(
    fingerprint: Annotated[
        str, typer.Argument(metavar="FINGERPRINT", help="The fingerprint, as the list shows it.")
    ],
    limit: Annotated[
        int, typer.Option("--limit", min=1, max=_MOST, metavar="N", help="How many of its runs.")
    ] = _SOME,
    url: UrlOption = None,
    key: KeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show a reason for which runs stand still, and some of these runs, the newest first.

    Example:

        rulesflow incidents show 5be1c04a9d2f7713
    """
    query = [("fingerprint", fingerprint)]
    with Client(url, key) as client, problems(as_json):
        found = client.get("/v1/incidents", query, has="incidents")["incidents"]
        runs = client.get("/v1/runs", [*query, ("limit", str(limit))], has="runs")["runs"]
    if not found:
        fail(f"no run stands still for {fingerprint}", "see for what: rulesflow incidents list")
    if as_json:
        show_json({**found[0], "runs": runs})
    else:
        _print(found[0], runs)


def incident_table(found: Iterable[Mapping[str, Any]]) -> Table:
    """Incidents, one a line."""
    made = table("runs", "workflow", "path", "error", "message", "since", "fingerprint")
    for each in found:
        made.add_row(
            f"{each['count']:,}",
            visible(each["workflow"]),
            visible(_place(each)),
            visible(f"{each['class']} {each['code']}"),
            visible(each["message"]),
            since(each["first"]),
            visible(each["fingerprint"]),
        )
    return made


def _print(incident: Mapping[str, Any], runs: list[dict[str, Any]]) -> None:
    head = f"{counted(incident['count'], 'run')} of {incident['workflow']} at {_place(incident)}"
    write(f"{visible(head)}\n")
    write(f"  {visible(incident['class'])} {visible(incident['code'])}: {visible(incident['message'])}\n")
    write(f"  the first {since(incident['first'])} ago, the last {since(incident['last'])} ago\n\n")
    show(list_table(runs))
    write(_hint(incident["fingerprint"]))


def _place(incident: Mapping[str, Any]) -> str:
    return f"{incident['path']} (undo)" if incident["undo"] else str(incident["path"])


def _hint(fingerprint: str) -> str:
    return (
        f"\ntry them again, once it is mended: "
        f"rulesflow runs retry --where fingerprint={visible(fingerprint)} --dry-run\n"
    )
