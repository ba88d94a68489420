"""``rulesflow resources``: how well the services are that steps call, and what an operator presses."""

from __future__ import annotations

from typing import Annotated, Any, TypeAlias
from urllib.parse import quote

import typer
from rich.table import Table

from rulesflow.cli.arguments import JsonOption
from rulesflow.cli.client import Client, KeyOption, UrlOption, problems
from rulesflow.cli.console import show, show_json, write
from rulesflow.cli.resourcetables import head, resource_table, show_resource
from rulesflow.cli.watching import watch as watched

app = typer.Typer(add_completion=False, rich_markup_mode="markdown")

NameArgument: TypeAlias = Annotated[str, typer.Argument(metavar="NAME", help="The name of the resource.")]
ReasonOption: TypeAlias = Annotated[
    str | None, typer.Option("--reason", metavar="TEXT", help="Why; the service's log keeps it.")
]


@app.callback(invoke_without_command=True)
def resources(context: typer.Context) -> None:
    """See the services that steps call, and open or close them.

    A resource is *closed* while it is well. When too many calls fail it is *open*: steps that need it park,
    until a probe finds it well again; then they go on, slowly at first. All of it goes over REST to a
    service: `--url` and `--key`, or RULESFLOW_URL and RULESFLOW_KEY.

    Examples:

        rulesflow resources list --watch
        rulesflow resources show payment
        rulesflow resources open payment --reason 'the gateway is moved tonight'
        rulesflow resources probe payment
    """
    if context.invoked_subcommand is None:
        typer.echo(context.get_help(), nl=False)


@app.command("list")
def list_resources(
    watch: Annotated[
        bool, typer.Option("--watch", help="Look again every second, until interrupted.")
    ] = False,
    url: UrlOption = None,
    key: KeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the resources: how well each is, what is parked, and when all of that will be done.

    Examples:

        rulesflow resources list
        rulesflow resources list --watch
        rulesflow resources list --json
    """
    with Client(url, key) as client, problems(as_json):

        def look() -> dict[str, Any]:
            return client.get("/v1/resources", has="resources")

        if watch:
            watched(look, None if as_json else _drawn, lambda answer: _show_list(answer, as_json))
        else:
            _show_list(look(), as_json)


@app.command("show")
def show_one(
    name: NameArgument, url: UrlOption = None, key: KeyOption = None, as_json: JsonOption = False
) -> None:
    """Show a resource: its state and why, its limits, the calls of late, and what is parked.

    Example:

        rulesflow resources show payment
    """
    with Client(url, key) as client, problems(as_json):
        shown = client.get(f"/v1/resources/{quote(name, safe='')}", has="state")
    if as_json:
        show_json(shown)
    else:
        show_resource(shown)


@app.command("open")
def open_one(
    name: NameArgument,
    reason: ReasonOption = None,
    url: UrlOption = None,
    key: KeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Call a resource no more: steps that need it park until it is closed or probed.

    Example:

        rulesflow resources open payment --reason 'the gateway is moved tonight'
    """
    _order(Client(url, key), name, "open", reason, as_json)


@app.command()
def close(
    name: NameArgument,
    reason: ReasonOption = None,
    url: UrlOption = None,
    key: KeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Call a resource again, whatever its breaker says; what is parked goes on, slowly at first.

    Example:

        rulesflow resources close payment --reason 'the gateway is back'
    """
    _order(Client(url, key), name, "close", reason, as_json)


@app.command()
def probe(
    name: NameArgument,
    reason: ReasonOption = None,
    url: UrlOption = None,
    key: KeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Try a resource now that is open, without waiting for its next probe.

    Example:

        rulesflow resources probe payment
    """
    _order(Client(url, key), name, "probe", reason, as_json)


def _order(client: Client, name: str, action: str, reason: str | None, as_json: bool) -> None:
    body = {} if reason is None else {"reason": reason}
    with client, problems(as_json):
        shown = client.post(f"/v1/resources/{quote(name, safe='')}/{action}", body, has="state")
    if as_json:
        show_json(shown)
    else:
        show(head(shown))


def _show_list(answer: dict[str, Any], as_json: bool) -> None:
    if as_json:
        show_json(answer)
    elif answer["resources"]:
        show(resource_table(answer["resources"]))
    else:
        write("there are no resources: no step of a plugin is loaded\n")


def _drawn(answer: dict[str, Any]) -> Table:
    return resource_table(answer["resources"])
