"""``rulesflow patterns``: what events are matched by, and what was found."""

from __future__ import annotations

from typing import Annotated

import typer

from rulesflow.cli.arguments import JsonOption
from rulesflow.cli.client import Client, KeyOption, UrlOption, problems
from rulesflow.cli.console import show, show_json, write
from rulesflow.cli.eventtables import (
    SinceOption,
    StatusOption,
    UntilOption,
    filters,
    match_table,
    pattern_table,
)

app = typer.Typer(add_completion=False, rich_markup_mode="markdown")


@app.callback(invoke_without_command=True)
def patterns(context: typer.Context) -> None:
    """See the patterns that events are matched by, and what they have found.

    They stand in the folder `patterns` of the rules. All of it goes over REST to a service: `--url` and
    `--key`, or RULESFLOW_URL and RULESFLOW_KEY.

    Examples:

        rulesflow patterns list
        rulesflow patterns matches card-testing --since 2026-11-27T00:00:00Z
        rulesflow patterns matches --status failed
    """
    if context.invoked_subcommand is None:
        typer.echo(context.get_help(), nl=False)


@app.command("list")
def list_patterns(url: UrlOption = None, key: KeyOption = None, as_json: JsonOption = False) -> None:
    """List the patterns: what each looks at, what follows a match, and how it goes.

    Examples:

        rulesflow patterns list
        rulesflow patterns list --json
    """
    with Client(url, key) as client, problems(as_json):
        found = client.get("/v1/patterns", has="patterns")
    if as_json:
        show_json(found)
    elif found["patterns"]:
        show(pattern_table(found["patterns"]))
        write(_MISSING if found["engine"] == "missing" else "")
    else:
        write("there are no patterns: the rules have no file in patterns/\n")


@app.command()
def matches(
    pattern: Annotated[
        str | None, typer.Argument(metavar="NAME", help="Those of this pattern.", show_default=False)
    ] = None,
    shared: Annotated[
        str | None,
        typer.Option(
            "--by", metavar="VALUE", help="Those whose events share this value.", show_default=False
        ),
    ] = None,
    status: StatusOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    limit: Annotated[
        int, typer.Option("--limit", min=1, metavar="N", help="How many, the latest first.")
    ] = 50,
    url: UrlOption = None,
    key: KeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """List what patterns have found, and what came of it.

    A match is *waiting* while an event may still forbid it, and *refuted* once one did; else it is *pending*
    until it was followed and is *done*, *failed* where that cannot be, and *throttled* where another of the
    same value was followed shortly before.

    Examples:

        rulesflow patterns matches
        rulesflow patterns matches card-testing --by d-77 --json
    """
    named = {"pattern": pattern, "key": shared, "since": since, "until": until}
    with Client(url, key) as client, problems(as_json):
        found = client.pages("/v1/matches", filters(named, status), limit, has="matches")
    if as_json:
        show_json(found)
    elif found["matches"]:
        show(match_table(found["matches"]))
        write(f"\nthere are more: --limit {limit * 2}\n" if found["next"] else "")
    else:
        write("there are no such matches\n")


_MISSING = (
    "\nevents wait: what matches them is not installed there; install rulesflow[patterns], which needs a C "
    "compiler\n"
)
