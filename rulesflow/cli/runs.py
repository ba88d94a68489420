"""``rulesflow runs``: the runs of a service, and what people order of them."""

from __future__ import annotations

import sys
from typing import Annotated, Any
from urllib.parse import quote

import typer

from rulesflow.cli import bulks
from rulesflow.cli.arguments import JsonOption, read_facts
from rulesflow.cli.client import Client, KeyOption, UrlOption, problems, read_filter
from rulesflow.cli.console import show, show_json, write
from rulesflow.cli.following import follow
from rulesflow.cli.ordering import (
    DryOption,
    RateOption,
    Target,
    WhereOption,
    signal as send_signal,
)
from rulesflow.cli.runorders import cancel, pause, rerun, resume, retry
from rulesflow.cli.runshown import entry_text, show_run
from rulesflow.cli.runtables import list_table
from rulesflow.documents.jsontext import Json

app = typer.Typer(add_completion=False, rich_markup_mode="markdown")
for _order in (pause, resume, cancel, retry, rerun):
    app.command()(_order)
app.add_typer(bulks.app, name="bulk")


@app.callback(invoke_without_command=True)
def runs(context: typer.Context) -> None:
    """See runs, and act on one or many.

    All of it goes over REST to a service: `--url` and `--key`, or RULESFLOW_URL and RULESFLOW_KEY. What acts
    takes ids of runs, or `--where FILTER` for all that it finds: `--dry-run` tells how many, `--rate` how
    many a second. Such an order in bulk goes on in the service, whatever becomes of this command. Exits with
    1 if a run refuses.

    Examples:

        rulesflow runs list --status incident,parked
        rulesflow runs show 019aa6b5-9d80-7a51-9f1c-2f6a52d3c1e7 --follow
        rulesflow runs signal 019aa6b5-9d80-7a51-9f1c-2f6a52d3c1e7 approval --payload approval.json
        rulesflow runs retry --where 'status=incident order.region=eu/de' --dry-run
        rulesflow runs bulk list
    """
    if context.invoked_subcommand is None:
        typer.echo(context.get_help(), nl=False)


@app.command("list")
def list_runs(
    workflow: Annotated[
        str | None, typer.Option("--workflow", metavar="NAME", help="Runs of this workflow.")
    ] = None,
    status: Annotated[
        list[str] | None,
        typer.Option("--status", metavar="STATUS", help="Runs of this status; several with commas."),
    ] = None,
    since: Annotated[
        str | None, typer.Option("--since", metavar="TIME", help="Runs begun at this time or later.")
    ] = None,
    until: Annotated[
        str | None, typer.Option("--until", metavar="TIME", help="Runs begun before this time.")
    ] = None,
    where: WhereOption = None,
    limit: Annotated[
        int, typer.Option("--limit", min=1, metavar="N", help="How many, the newest first.")
    ] = 50,
    url: UrlOption = None,
    key: KeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """List runs: how each is, since when, and where it stands.

    Every filter must hold; `--where` may also name any indexed field of the input.

    Examples:

        rulesflow runs list --status incident,parked
        rulesflow runs list --where 'workflow=order order.region=eu/de' --limit 500 --json
    """
    query = read_filter(where)
    query += [("status", each) for each in status or ()]
    query += [
        (name, text) for name, text in (("workflow", workflow), ("since", since), ("until", until)) if text
    ]
    with Client(url, key) as client, problems(as_json):
        found = client.pages("/v1/runs", query, limit, has="runs")
    if as_json:
        show_json(found)
    elif found["runs"]:
        show(list_table(found["runs"]))
        write(f"\nthere are more: --limit {limit * 2}\n" if found["next"] else "")
    else:
        write("there are no such runs\n")


@app.command("show")
def show_one(
    run: Annotated[str, typer.Argument(metavar="RUN", help="The id of the run.")],
    following: Annotated[
        bool, typer.Option("--follow", help="Show what happens as it happens, until the run ends.")
    ] = False,
    url: UrlOption = None,
    key: KeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show a run: its path, its decisions with file and line, its attempts, and what it waits for.

    With `--follow` a line is printed for everything that happens, from the beginning of the run to its end;
    the command comes back to a service that is started anew.

    Examples:

        rulesflow runs show 019aa6b5-9d80-7a51-9f1c-2f6a52d3c1e7
        rulesflow runs show 019aa6b5-9d80-7a51-9f1c-2f6a52d3c1e7 --follow --json
    """
    with Client(url, key) as client, problems(as_json):
        name = quote(run, safe="")
        if following:
            for entry in follow(client, name):
                _print_entry(entry, as_json)
            return
        shown = client.get(f"/v1/runs/{name}", has="waiting_for")
    if as_json:
        show_json(shown)
    else:
        show_run(shown)


@app.command()
def signal(
    run: Annotated[str, typer.Argument(metavar="RUN", help="The id of the run; left out with --where.")],
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="The name of the signal.", show_default=False)
    ] = None,
    payload: Annotated[
        str | None,
        typer.Option("--payload", metavar="FILE", help="The payload, as JSON or .yaml; - is standard input."),
    ] = None,
    where: WhereOption = None,
    dry_run: DryOption = False,
    rate: RateOption = None,
    url: UrlOption = None,
    key: KeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Send a signal, which is kept until a wait of the run consumes it.

    It may come before the run waits for it. With `--where` the only argument is the signal's name.

    Examples:

        rulesflow runs signal 019aa6b5-9d80-7a51-9f1c-2f6a52d3c1e7 approval --payload approval.json
        echo '{"verdict": "approved"}' | rulesflow runs signal approval --payload - --where status=waiting
    """
    if (where is None) == (name is None):
        raise typer.BadParameter("give RUN and NAME, or NAME and --where FILTER")
    target = Target.of([run] if name else None, where, dry_run, rate)
    body: Json = {} if payload is None else read_facts(payload)
    send_signal(Client(url, key), name or run, target, body, as_json)


def _print_entry(entry: dict[str, Any], as_json: bool) -> None:
    if as_json:
        show_json(entry)
        sys.stdout.flush()
    else:
        show(entry_text(entry))
