"""``rulesflow events``: events sent to a service, and what became of them."""

from __future__ import annotations

import sys
from typing import Annotated
from urllib.parse import quote

import typer

from rulesflow.cli.arguments import JsonOption
from rulesflow.cli.client import Client, KeyOption, UrlOption, problems
from rulesflow.cli.console import show, show_json, write
from rulesflow.cli.eventtables import SinceOption, StatusOption, UntilOption, event_table, filters
from rulesflow.cli.sending import MOST, Taken, read_events, send as send_all
from rulesflow.model.errors import RequestRefused
from rulesflow.model.rendering import counted

app = typer.Typer(add_completion=False, rich_markup_mode="markdown")


@app.callback(invoke_without_command=True)
def events(context: typer.Context) -> None:
    """Send events to a service, and see what became of them.

    An event is one of CloudEvents 1.0, of a type that `events.yaml` declares. Patterns look at it once it is
    stored; what they find is told by `rulesflow patterns matches`. All of it goes over REST to a service:
    `--url` and `--key`, or RULESFLOW_URL and RULESFLOW_KEY.

    Examples:

        rulesflow events send declined.json
        rulesflow events list --type payment.declined --since 2026-11-27T00:00:00Z
        rulesflow events list --status failed
        rulesflow events retry
    """
    if context.invoked_subcommand is None:
        typer.echo(context.get_help(), nl=False)


@app.command()
def send(
    file: Annotated[
        str,
        typer.Argument(
            metavar="FILE", help="JSON: an event or an array of them; or one a line. - is standard input."
        ),
    ],
    batch: Annotated[
        int, typer.Option("--batch", min=1, metavar="N", help="How many are sent together, all or none.")
    ] = MOST,
    url: UrlOption = None,
    key: KeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Send the events of a file, many in batches.

    An event that came before, by its `source` and `id`, is not taken in again: what broke off can be sent
    anew. While the service has too much to do, it is waited for. Exits with 1 at the first event that is
    refused.

    Examples:

        rulesflow events send declined.json
        gzip -dc november.ndjson.gz | rulesflow events send -
        rulesflow events send november.ndjson --json
    """
    taken = Taken()
    with Client(url, key) as client, problems(as_json):
        try:
            send_all(client, read_events(file), taken, batch)
        except RequestRefused:
            if taken.accepted or taken.duplicates:
                sys.stderr.write(f"{taken}; then one was refused\n")
            raise
    if as_json:
        show_json({"accepted": taken.accepted, "duplicates": taken.duplicates})
    else:
        write(f"{taken}\n")


@app.command("list")
def list_events(
    type_: Annotated[
        str | None, typer.Option("--type", metavar="TYPE", help="Events of this type.", show_default=False)
    ] = None,
    source: Annotated[
        str | None, typer.Option("--source", metavar="SOURCE", help="Events from this source.")
    ] = None,
    id_: Annotated[
        str | None, typer.Option("--id", metavar="ID", help="Events of this id.", show_default=False)
    ] = None,
    status: StatusOption = None,
    pattern: Annotated[
        str | None,
        typer.Option("--pattern", metavar="NAME", help="On which this pattern fails, or of its matches."),
    ] = None,
    since: SinceOption = None,
    until: UntilOption = None,
    limit: Annotated[
        int, typer.Option("--limit", min=1, metavar="N", help="How many, the latest first.")
    ] = 50,
    url: UrlOption = None,
    key: KeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """List events, and how far patterns are with them.

    An event is *waiting* until every pattern has looked at it, then *matched*; it is *failed* while a pattern
    fails on it, which is tried again and again. Every filter must hold.

    Examples:

        rulesflow events list --type payment.declined
        rulesflow events list --status failed,waiting --limit 500 --json
    """
    named = {"type": type_, "source": source, "id": id_, "pattern": pattern, "since": since, "until": until}
    with Client(url, key) as client, problems(as_json):
        found = client.pages("/v1/events", filters(named, status), limit, has="events")
    if as_json:
        show_json(found)
    elif found["events"]:
        show(event_table(found["events"]))
        write(f"\nthere are more: --limit {limit * 2}\n" if found["next"] else "")
    else:
        write("there are no such events\n")


@app.command()
def retry(
    pattern: Annotated[
        str | None,
        typer.Option("--pattern", metavar="NAME", help="Only where this pattern failed.", show_default=False),
    ] = None,
    url: UrlOption = None,
    key: KeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Let patterns look again, at once, at events on which they failed, and follow matches that could not be.

    Examples:

        rulesflow events retry
        rulesflow events retry --pattern card-testing
    """
    path = "/v1/events/retry" if pattern is None else f"/v1/patterns/{quote(pattern, safe='')}/retry"
    with Client(url, key) as client, problems(as_json):
        answer = client.post(path, has="count")
    if as_json:
        show_json(answer)
    elif answer["count"]:
        write(f"{counted(answer['count'], 'failure')} to be tried again\n")
    else:
        write("nothing has failed: there is nothing to try again\n")
