"""``rulesflow rulesets``: the rulesets that were in charge, what differs between them, and going back."""

from __future__ import annotations

from typing import Annotated, TypeAlias
from urllib.parse import quote

import typer

from rulesflow.cli.arguments import JsonOption
from rulesflow.cli.client import Client, KeyOption, Refused, UrlOption, problems
from rulesflow.cli.console import show, show_json, write
from rulesflow.cli.rulesettables import (
    file_table,
    list_table,
    show_diagnostics,
    show_diff,
    show_status,
    state,
)
from rulesflow.model.rendering import visible

app = typer.Typer(add_completion=False, rich_markup_mode="markdown")

_WHICH = "A digest, eight or more of its first digits, active or pending."
RulesetArgument: TypeAlias = Annotated[str, typer.Argument(metavar="RULESET", help=_WHICH)]


@app.callback(invoke_without_command=True)
def rulesets(context: typer.Context) -> None:
    """See the rulesets that were in charge, compare them, and go back to one.

    A ruleset is named by its digest, by eight or more of its first digits, or as *active* or *pending*. One
    that is activated by hand is *pinned*: later edits in the folder wait as *pending* until a reload. All of
    it goes over REST to a service: `--url` and `--key`, or RULESFLOW_URL and RULESFLOW_KEY.

    Examples:

        rulesflow rulesets list
        rulesflow rulesets diff 71d2b6c05e9f active
        rulesflow rulesets activate 71d2b6c05e9f --reason 'the new limits were wrong'
        rulesflow rulesets reload
    """
    if context.invoked_subcommand is None:
        typer.echo(context.get_help(), nl=False)


@app.command("list")
def list_rulesets(
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000, help="How many at most.")] = 20,
    url: UrlOption = None,
    key: KeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the rulesets that were in charge, newest activation first.

    Example:

        rulesflow rulesets list --limit 5
    """
    with Client(url, key) as client, problems(as_json):
        answer = client.pages("/v1/rulesets", (), limit, has="rulesets")
    if as_json:
        show_json(answer)
    elif answer["rulesets"]:
        show(list_table(answer["rulesets"]))
    else:
        write("no ruleset was ever in charge; see what is wrong: GET /v1/ruleset\n")


@app.command("show")
def show_one(
    name: RulesetArgument = "active",
    path: Annotated[
        str | None, typer.Option("--file", metavar="PATH", help="Print this file of it, as it is.")
    ] = None,
    url: UrlOption = None,
    key: KeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what files a ruleset has, or one of them.

    Examples:

        rulesflow rulesets show 71d2b6c05e9f
        rulesflow rulesets show pending --file base/refund.yaml
    """
    where = _path(name, "files", *([path] if path else []))
    with Client(url, key) as client, problems(as_json):
        answer = client.get(where, has="text" if path else "files")
    if as_json:
        show_json(answer)
    elif not path:
        write(f"ruleset {answer['digest']}\n")
        show(file_table(answer["files"]))
    elif answer["binary"]:
        write(f"{visible(path)} is no text\n")
    else:
        write(answer["text"])


@app.command()
def activate(
    name: RulesetArgument,
    reason: Annotated[
        str | None, typer.Option("--reason", metavar="TEXT", help="Why; it stands in the list.")
    ] = None,
    url: UrlOption = None,
    key: KeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Put a ruleset in charge, and pin it: later edits in the folder wait until a reload.

    Example:

        rulesflow rulesets activate 71d2b6c05e9f --reason 'the new limits were wrong'
    """
    body = {} if reason is None else {"reason": reason}
    with Client(url, key) as client, problems(as_json):
        try:
            answer = client.post(_path(name, "activate"), body, has="digest")
        except Refused as refused:
            if not as_json:
                show_diagnostics(refused.problem.get("diagnostics", ()))
            raise
    if as_json:
        show_json(answer)
    else:
        show(state(answer))


@app.command()
def diff(
    one: Annotated[str, typer.Argument(metavar="FROM", help=_WHICH)] = "active",
    other: Annotated[str, typer.Argument(metavar="TO", help=_WHICH)] = "pending",
    url: UrlOption = None,
    key: KeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what differs between two rulesets: rule by rule, step by step, and all else by file.

    Examples:

        rulesflow rulesets diff
        rulesflow rulesets diff 71d2b6c05e9f active --json
    """
    with Client(url, key) as client, problems(as_json):
        answer = client.get(_path(one, "diff", other), has="decisions")
    if as_json:
        show_json(answer)
    else:
        show_diff(answer)


@app.command()
def reload(url: UrlOption = None, key: KeyOption = None, as_json: JsonOption = False) -> None:
    """Load the folder now, and let it choose again where a ruleset was pinned.

    Exits with 1 where the folder does not load; what is active serves on.

    Example:

        rulesflow rulesets reload
    """
    with Client(url, key) as client, problems(as_json):
        answer = client.post("/v1/ruleset/reload", has="digest")
    if as_json:
        show_json(answer)
    else:
        show_status(answer)
    if answer["error"]:
        raise typer.Exit(1)


def _path(name: str, *parts: str) -> str:
    return "/".join(["/v1/rulesets", quote(name, safe=""), *(quote(part) for part in parts)])
