"""``rulesflow serve``: the REST service."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, replace
from typing import Annotated

import typer
from rich.table import Table

from rulesflow.app import serve as serve_app
from rulesflow.cli.arguments import DatabaseOption, RulesOption
from rulesflow.cli.console import show, show_json
from rulesflow.cli.project import settings_for
from rulesflow.model.rendering import visible
from rulesflow.settings import Settings, Shown, show_settings

app = typer.Typer(add_completion=False, rich_markup_mode="markdown")


@app.command()
def serve(
    rules: RulesOption = None,
    database: DatabaseOption = None,
    host: Annotated[
        str | None, typer.Option(metavar="HOST", help="The address to listen on. [default: 127.0.0.1]")
    ] = None,
    port: Annotated[
        int | None, typer.Option(metavar="PORT", help="The port; 0 takes a free one. [default: 8080]")
    ] = None,
    workers: Annotated[
        int | None, typer.Option(metavar="N", help="How many processes serve. [default: 1]")
    ] = None,
    require_cases: Annotated[
        bool, typer.Option("--require-cases", help="Take only rules whose cases pass.")
    ] = False,
    list_settings: Annotated[
        bool, typer.Option("--show-settings", help="Print all settings and where they come from, and end.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the settings as JSON.")] = False,
) -> None:
    """Serve the rules over REST; changed files take effect at once.

    Workflows run in the same process, and their runs are kept in the database, which is made if there is
    none; with `--database none` only decisions are served.

    Every setting may also stand in the environment (`RULESFLOW_PORT`) or in `rulesflow.toml` (`port`). A
    change that does not pass `rulesflow check` changes nothing: the last good rules serve on. An address that
    others can reach is refused unless `RULESFLOW_API_KEYS` is set.

    Examples:

        rulesflow serve
        rulesflow serve --rules shop/rules --port 9000 --require-cases
        RULESFLOW_API_KEYS=shop:secret rulesflow serve --host 0.0.0.0
    """
    given = {
        "database_url": database,
        "host": host,
        "port": port,
        "workers": workers,
        "require_cases": require_cases or None,
    }
    settings = settings_for(rules, **given)
    if list_settings:
        _print(show_settings({**given, "rules": rules}), settings, as_json)
        return
    serve_app(settings)


def _print(rows: Iterable[Shown], settings: Settings, as_json: bool) -> None:
    shown = [_located(row, settings) for row in rows]
    if as_json:
        show_json([asdict(row) for row in shown])
        return
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in ("setting", "value", "from", "meaning"):
        table.add_column(name, overflow="fold")
    for row in shown:
        table.add_row(row.name, visible(row.value), row.origin, row.description)
    show(table)


def _located(row: Shown, settings: Settings) -> Shown:
    """The folder of rules may be the working directory without any setting that says so."""
    if row.name != "rules" or row.value == str(settings.rules):
        return row
    return replace(row, value=str(settings.rules), origin="working directory")
