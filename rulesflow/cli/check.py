"""``rulesflow check``: everything that is wrong with a folder of rules."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from rulesflow import __version__
from rulesflow.cli.arguments import JsonOption
from rulesflow.cli.console import paint, show_json, write
from rulesflow.cli.project import load_project, local_settings
from rulesflow.model.diagnostics import Severity
from rulesflow.model.rendering import as_dict, as_github, as_sarif, as_text, counted, tally
from rulesflow.runtime.project import LoadedProject

app = typer.Typer(add_completion=False, rich_markup_mode="markdown")


class Format(StrEnum):
    """How diagnostics are printed."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"
    GITHUB = "github"


@app.command()
def check(
    folder: Annotated[
        Path | None, typer.Argument(metavar="DIR", help="The folder of rules.", show_default=False)
    ] = None,
    form: Annotated[
        Format,
        typer.Option(
            "--format",
            help="text for people, json for programs, sarif for code scanning, github for annotations.",
        ),
    ] = Format.TEXT,
    as_json: JsonOption = False,
) -> None:
    """Report everything that is wrong with a folder of rules.

    All files are read, and all rules and workflows compiled, as the service does before it takes them:
    names, types, guards, layers, tables, steps, ways and cases. Nothing is decided; for that, see rulesflow
    test. Exits with 1 if there is an error; warnings alone do no harm.

    Examples:

        rulesflow check
        rulesflow check shop/rules --json
        rulesflow check shop/rules --format github
    """
    root = folder or local_settings(None).rules
    loaded = load_project(root)
    report(loaded, root, Format.JSON if as_json else form)
    if loaded.errors:
        raise typer.Exit(1)


def report(loaded: LoadedProject, root: Path, form: Format) -> None:
    """Print what loading gave."""
    found = loaded.diagnostics
    if form is Format.TEXT:
        write(as_text(found, loaded.files, paint) + _summary(loaded) + "\n")
    elif form is Format.JSON:
        show_json(_as_json(loaded))
    elif form is Format.SARIF:
        write(as_sarif(found, __version__, _base(root)) + "\n")
    else:
        write(as_github(found, _base(root)))


def contents(loaded: LoadedProject) -> dict[str, int]:
    """How much of everything there is, for a ruleset that loaded."""
    decisions = loaded.ruleset.decisions.values() if loaded.ruleset else ()
    return {
        "decisions": len(decisions),
        "rules": sum(len(decision.rules) for decision in decisions),
        **({"workflows": len(loaded.workflows)} if loaded.workflows else {}),
        **({"patterns": len(loaded.patterns)} if loaded.patterns else {}),
        "cases": len(loaded.cases) + len(loaded.workflow_cases) + len(loaded.pattern_cases),
        "files": len(loaded.files),
    }


def _summary(loaded: LoadedProject) -> str:
    found = tally(loaded.diagnostics)
    if loaded.ruleset is None:
        return paint("error", found)
    counts = [counted(number, noun[:-1]) for noun, number in contents(loaded).items()]
    warnings = f"; {paint('warning', found)}" if found else ""
    return f"{paint('ok', 'ok')}: {', '.join(counts[:-1])} in {counts[-1]}{warnings}"


def _as_json(loaded: LoadedProject) -> dict[str, Any]:
    return {
        "ok": loaded.ruleset is not None,
        "errors": len(loaded.errors),
        "warnings": sum(found.severity is Severity.WARNING for found in loaded.diagnostics),
        "diagnostics": [as_dict(found) for found in loaded.diagnostics],
        "digest": loaded.ruleset.digest if loaded.ruleset else None,
        **(contents(loaded) if loaded.ruleset else {}),
    }


def _base(root: Path) -> str:
    """The way to the folder, as a repository's tools want it: from here, if it lies below."""
    whole, here = root.resolve(), Path.cwd()
    return (whole.relative_to(here) if whole.is_relative_to(here) else whole).as_posix()
