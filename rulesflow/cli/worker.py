"""``rulesflow worker``: carries out runs without serving."""

from __future__ import annotations

from logging.config import dictConfig

import typer

from rulesflow.app import work
from rulesflow.cli.arguments import DatabaseOption, RulesOption
from rulesflow.cli.project import settings_for
from rulesflow.runtime.logs import log_config

app = typer.Typer(add_completion=False, rich_markup_mode="markdown")


@app.command()
def worker(database: DatabaseOption = None, rules: RulesOption = None) -> None:
    """Carry out runs, without an API.

    Any number of workers and services may share one database: each carries on with the runs that nobody
    carries out. All need the same plugins. A worker goes on until it is told to end (SIGINT, SIGTERM); what
    it was at is carried on by the others, or when it comes back.

    Examples:

        rulesflow worker
        rulesflow worker --database postgresql://rulesflow@db/rulesflow --rules shop/rules
    """
    settings = settings_for(rules, database_url=database, host="127.0.0.1")
    dictConfig(log_config(settings))
    work(settings)
