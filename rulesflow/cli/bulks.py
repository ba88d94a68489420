"""``rulesflow runs bulk``: orders for many runs at once, which go on in the service."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Final, TypeAlias
from urllib.parse import quote

import typer
from rich.table import Table
from rich.text import Text

from rulesflow.cli.arguments import JsonOption
from rulesflow.cli.bulkwatch import conclude, note, watched
from rulesflow.cli.client import Client, KeyOption, UrlOption, problems
from rulesflow.cli.console import show, show_json, write
from rulesflow.cli.runtables import since, table
from rulesflow.model.rendering import visible

app = typer.Typer(add_completion=False, rich_markup_mode="markdown")

BulkArgument: TypeAlias = Annotated[str, typer.Argument(metavar="BULK", help="The id of the bulk order.")]
_MOST: Final = 1000  # bulk orders on a page of the service


@app.callback(invoke_without_command=True)
def bulk(context: typer.Context) -> None:
    """See orders for many runs at once: how far each is. Stop one.

    They are given by `rulesflow runs retry --where FILTER` and the like. They go on in the service, also when
    the process that carries them out ends.

    Examples:

        rulesflow runs bulk list
        rulesflow runs bulk show 019aa6b6-1c02-7c3e-8a44-90d1e2b7a5f0 --follow
        rulesflow runs bulk cancel 019aa6b6-1c02-7c3e-8a44-90d1e2b7a5f0
    """
    if context.invoked_subcommand is None:
        typer.echo(context.get_help(), nl=False)


@app.command("list")
def list_bulks(
    limit: Annotated[
        int, typer.Option("--limit", min=1, max=_MOST, metavar="N", help="How many, the newest first.")
    ] = 20,
    url: UrlOption = None,
    key: KeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """List bulk orders, the newest first.

    Example:

        rulesflow runs bulk list --limit 100 --json
    """
    with Client(url, key) as client, problems(as_json):
        found = client.get("/v1/runs/bulk", [("limit", str(limit))], has="bulks")
    if as_json:
        show_json(found)
    elif found["bulks"]:
        show(bulk_table(found["bulks"]))
    else:
        write("there are no bulk orders\n")


@app.command("show")
def show_bulk(
    bulk: BulkArgument,
    following: Annotated[bool, typer.Option("--follow", help="Wait until it is over.")] = False,
    url: UrlOption = None,
    key: KeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show how far a bulk order is, and why runs have refused.

    With `--follow` it exits with 1 if a run has refused.

    Examples:

        rulesflow runs bulk show 019aa6b6-1c02-7c3e-8a44-90d1e2b7a5f0
        rulesflow runs bulk show 019aa6b6-1c02-7c3e-8a44-90d1e2b7a5f0 --follow
    """
    with Client(url, key) as client, problems(as_json):
        if following:
            conclude(watched(client, bulk), as_json)
            return
        shown = client.get(_path(bulk), has="running")
    _print(shown, as_json)


@app.command("cancel")
def cancel_bulk(
    bulk: BulkArgument, url: UrlOption = None, key: KeyOption = None, as_json: JsonOption = False
) -> None:
    """Stop a bulk order: no further run is told. What was told stays so.

    Example:

        rulesflow runs bulk cancel 019aa6b6-1c02-7c3e-8a44-90d1e2b7a5f0
    """
    with Client(url, key) as client, problems(as_json):
        shown = client.post(f"{_path(bulk)}/cancel", has="running")
    _print(shown, as_json)


def bulk_table(bulks: Iterable[Mapping[str, Any]]) -> Table:
    """Bulk orders in short."""
    made = table("bulk order", "action", "filter", "done", "of", "refused", "state", "begun", "")
    for each in bulks:
        filter_ = " ".join(f"{name}={value}" for name, value in each["filter"].items())
        made.add_row(
            visible(each["id"]),
            visible(each["action"]),
            visible(filter_),
            *(f"{each[name]:,}" for name in ("done", "count", "failed")),
            _state(each),
            f"{since(each['created_at'])} ago",
            visible(_left(each)),
        )
    return made


def _left(bulk: Mapping[str, Any]) -> str:
    return note({**bulk, "failed": 0})


def _state(bulk: Mapping[str, Any]) -> Text:
    if bulk["cancelled"]:
        return Text("stopping" if bulk["running"] else "cancelled", style="yellow")
    return Text("running", style="cyan") if bulk["running"] else Text("ended", style="green")


def _print(bulk: Mapping[str, Any], as_json: bool) -> None:
    if as_json:
        show_json(bulk)
        return
    show(bulk_table([bulk]))
    for problem in bulk["problems"]:
        write(f"{visible(problem['run'])}: {visible(problem['message'])}\n")


def _path(bulk: str) -> str:
    return f"/v1/runs/bulk/{quote(bulk, safe='')}"
