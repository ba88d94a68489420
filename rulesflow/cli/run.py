"""``rulesflow run``: start a workflow in a service."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.text import Text

from rulesflow.cli.arguments import JsonOption, read_facts
from rulesflow.cli.client import Client, KeyOption, UrlOption, problems
from rulesflow.cli.console import ERR, show, show_json, write
from rulesflow.cli.following import ENDED, to_the_end
from rulesflow.cli.runshown import show_run
from rulesflow.cli.runtables import status_text
from rulesflow.model.rendering import visible

app = typer.Typer(add_completion=False, rich_markup_mode="markdown")


@app.command()
def run(
    workflow: Annotated[str, typer.Argument(metavar="WORKFLOW", help="The name of the workflow.")],
    given: Annotated[
        str,
        typer.Option("--input", metavar="FILE", help="The input, as JSON or .yaml; - is standard input."),
    ],
    wait: Annotated[bool, typer.Option("--wait", help="Wait until the run ends.")] = False,
    idempotency: Annotated[
        str | None,
        typer.Option(
            "--key-idempotency",
            metavar="KEY",
            help="The same key with the same input is one run, however often it is started.",
        ),
    ] = None,
    url: UrlOption = None,
    key: KeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Start a workflow in a service.

    The run is durable when its id is printed. With `--wait` the command ends with the run: with 0 if it
    completed, with 1 if it failed, was cancelled, or stands as an incident that a person has to mend.

    Examples:

        rulesflow run order --input order.json
        rulesflow run order --input order.json --wait --json
        rulesflow run order --input order.json --key-idempotency A-1001
    """
    body = {"workflow": workflow, "input": read_facts(given)}
    with Client(url, key) as client, problems(as_json):
        begun = client.post("/v1/runs", body, has="id", key=idempotency, wait=wait)
        if wait:
            with ERR.status(f"{visible(begun['id'])} runs"):
                begun = to_the_end(client, begun)
    _print(begun, wait, as_json)
    if wait and begun["status"] != "completed":
        raise typer.Exit(1)


def _print(begun: dict[str, Any], wait: bool, as_json: bool) -> None:
    if as_json:
        show_json(begun)
    elif wait:
        show_run(begun)
    else:
        show(Text.assemble(f"{visible(begun['id'])}  ", status_text(begun["status"])))
        if begun["status"] not in ENDED:
            write(f"see what becomes of it: rulesflow runs show {visible(begun['id'])} --follow\n")
