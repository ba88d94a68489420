"""``rulesflow scale``: how much there is to do, for people and scalers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import typer

from rulesflow.cli.arguments import JsonOption
from rulesflow.cli.client import Client, KeyOption, UrlOption, problems
from rulesflow.cli.console import paint, show_json, write
from rulesflow.cli.resourcetables import figure
from rulesflow.cli.runtables import length

app = typer.Typer(add_completion=False, rich_markup_mode="markdown")


@app.command()
def scale(url: UrlOption = None, key: KeyOption = None, as_json: JsonOption = False) -> None:
    """Tell how much there is to do in a service, and how long it takes.

    The *backlog* are runs that have something to do, and steps that are parked. `value` is the number by
    which a scaler adds processes: the seconds that the backlog takes if every resource is well.

    Examples:

        rulesflow scale
        rulesflow scale --json
    """
    with Client(url, key) as client, problems(as_json):
        answer = client.get("/v1/scale", has="value")
    if as_json:
        show_json(answer)
        return
    for title, text in _lines(answer):
        write(f"{paint('place', title.ljust(10))} {text}\n")


def _lines(answer: dict[str, Any]) -> Iterable[tuple[str, str]]:
    yield "backlog", f"{answer['backlog']:,} ({answer['running']:,} running, {answer['parked']:,} parked)"
    yield "drain rate", f"{figure(answer['drain_rate'])} a second"
    known = answer["seconds"] is not None
    yield "done in", length(answer["seconds"]) if known else "unknown: a resource is open until it is closed"
    yield "value", f"{figure(answer['value'])}"
