"""The command line. A command's module is imported when the command is called, so that the rest starts fast.

Exit codes: 0 well, 1 the check or the work failed, 2 usage (130 when interrupted).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib import import_module
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from rulesflow import __version__
from rulesflow.cli.console import complain, refuse
from rulesflow.model.errors import RequestRefused, RulesflowError
from rulesflow.settings import SettingsError

#: The commands and what the overview says of them. Each stands in the module of its name.
COMMANDS = {
    "init": "Make a new project folder, which passes check and test.",
    "check": "Report everything that is wrong with a folder of rules.",
    "test": "Run the cases, and tell which rules and which steps of workflows they show.",
    "backtest": "Tell what changed patterns would have found among the events that are stored.",
    "decide": "Make one decision, as the service would.",
    "eval": "Evaluate a condition or any other expression.",
    "run": "Start a workflow in a service.",
    "runs": "See runs, and act on one or many.",
    "incidents": "See why runs stand still, each reason once.",
    "resources": "See the services that steps call, and open or close them.",
    "alerts": "See what an operator should know of, and what raises it.",
    "rulesets": "See the rulesets that were in charge, compare them, and go back to one.",
    "events": "Send events to a service, and see what became of them.",
    "patterns": "See the patterns that events are matched by, and what they have found.",
    "stats": "Tell how steps do, and what holds runs up.",
    "scale": "Tell how much there is to do in a service, and how long it takes.",
    "serve": "Serve the rules over REST; changed files take effect at once.",
    "worker": "Carry out runs, without an API.",
    "plugins": "List the plugins, or make a new one.",
    "schema": "Print a JSON Schema, by which an editor checks and completes files.",
}

app = typer.Typer(rich_markup_mode="markdown")


class _Deferred(TyperCommand):
    """Stands for a command until it is called."""

    def make_context(self, info_name: str | None, args: list[str], *more: Any, **extra: Any) -> Any:
        """Import the command, and go on with that."""
        module = import_module(f"{__name__}.{self.name}")
        command = get_command(module.app)
        return command.make_context(info_name, args, *more, **extra)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"rulesflow {__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def overview(
    context: typer.Context,
    _: Annotated[
        bool,
        typer.Option("--version", help="Print the version.", callback=_show_version, is_eager=True),
    ] = False,
) -> None:
    """Business rules in layers, checked before they run and changed while they serve.

    Rules stand in a folder of YAML files and tables. Every command that reads it takes its place from the
    command line, then from RULESFLOW_RULES or rulesflow.toml, and otherwise looks for ./rules and for a
    rulesflow.yaml in this folder.

    To begin:

        rulesflow init rules
        rulesflow check
        rulesflow test --coverage
        rulesflow serve
    """
    if context.invoked_subcommand is None:
        typer.echo(context.get_help(), nl=False)


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run a command line, ``sys.argv`` by default, and exit."""
    _prepare_streams()
    sys.exit(_flushed(_run(arguments)))


def _prepare_streams() -> None:
    """Nothing that a stream cannot take, and no stream that was closed, must end in a traceback."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, Path(os.devnull).open(mode))  # noqa: SIM115 - for the life of the process
        elif mode == "w" and isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _run(arguments: Sequence[str] | None) -> int:
    group = get_command(app)
    assert isinstance(group, TyperGroup)
    for name, summary in COMMANDS.items():
        group.add_command(_Deferred(name, help=summary))
    try:
        group(args=arguments, prog_name="rulesflow")
    except SystemExit as done:
        return done.code if isinstance(done.code, int) else 1
    except SettingsError as error:
        complain(str(error))
        return 2
    except RequestRefused as error:
        refuse(error)
    except (RulesflowError, OSError) as error:
        complain(str(error))
    except Exception as error:
        if sys.flags.dev_mode:
            raise
        complain(
            f"rulesflow failed, by a defect of its own: {type(error).__name__}: {error}",
            "python -X dev -m rulesflow.cli shows where",
        )
    return 1


def _flushed(code: int) -> int:
    """The exit code, once all output is out; 1 where nobody reads it any more or it cannot be written."""
    try:
        sys.stdout.flush()
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):
            complain(str(error))
        return 1
    return code
