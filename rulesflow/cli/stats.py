"""``rulesflow stats``: how steps and resources do, and what holds runs up."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote

import typer
from rich.console import Group

from rulesflow.cli.arguments import JsonOption
from rulesflow.cli.client import Client, KeyOption, UrlOption, problems
from rulesflow.cli.console import show, show_json, write
from rulesflow.cli.stattables import bottleneck_text, stat_table
from rulesflow.cli.watching import watch as watched

app = typer.Typer(add_completion=False, rich_markup_mode="markdown")


@app.command()
def stats(
    window: Annotated[
        str, typer.Option("--window", metavar="TIME", help="How far back, from 10s to 7d.")
    ] = "5m",
    watch: Annotated[
        bool, typer.Option("--watch", help="Look again every second, until interrupted.")
    ] = False,
    url: UrlOption = None,
    key: KeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Tell how steps do, and what holds runs up.

    It tells how long calls are queued and how long they run, over all processes of the service, beside what
    is usual at this hour of the week. The *bottleneck* is the step that costs the most time.

    Examples:

        rulesflow stats
        rulesflow stats --window 1m --watch
        rulesflow stats --json
    """
    with Client(url, key) as client, problems(as_json):

        def look() -> dict[str, Any]:
            return client.get(f"/v1/steps/stats?window={quote(window, safe='')}", has="steps")

        if watch:
            watched(look, None if as_json else _drawn, lambda answer: _show(answer, as_json))
        else:
            _show(look(), as_json)


def _show(answer: dict[str, Any], as_json: bool) -> None:
    if as_json:
        show_json(answer)
    elif answer["steps"]:
        show(stat_table(answer["steps"]))
        show(bottleneck_text(answer["bottleneck"]))
    else:
        write("there are no steps: no plugin has any\n")


def _drawn(answer: dict[str, Any]) -> Group:
    return Group(stat_table(answer["steps"]), bottleneck_text(answer["bottleneck"]))
