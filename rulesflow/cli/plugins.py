"""``rulesflow plugins``: what is loaded, and a skeleton for a new one."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator
from dataclasses import asdict
from importlib.metadata import entry_points
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.table import Table

from rulesflow.cli.arguments import JsonOption, RulesOption, reason
from rulesflow.cli.console import fail, paint, show, show_json, write
from rulesflow.cli.project import local_settings
from rulesflow.documents.folder import read_folder
from rulesflow.hooks.manager import Plugin, load_plugins
from rulesflow.hooks.mark import PROJECT
from rulesflow.hooks.registry import callable_by
from rulesflow.hooks.settings import gather_settings, project_settings
from rulesflow.model.rendering import counted, visible

SKELETON: Final = files("rulesflow.cli") / "plugin_skeleton"
_NAME: Final = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", re.ASCII)
_LONGEST_NAME: Final = 40
_SUFFIX: Final = ".template"

app = typer.Typer(add_completion=False, rich_markup_mode="markdown", no_args_is_help=True)


@app.callback()
def plugins() -> None:
    """List the plugins, or make a new one.

    A plugin is a distribution that is installed beside rulesflow. It adds steps for workflows, functions for
    conditions and more.

    Examples:

        rulesflow plugins list
        rulesflow plugins new loyalty
    """


@app.command("list")
def list_plugins(rules: RulesOption = None, as_json: JsonOption = False) -> None:
    """List what is loaded: each plugin with its version and all that it adds.

    Plugins are checked as the service does at start, with the settings of the project. Exits with 1 if one
    of them cannot be used.

    Example:

        rulesflow plugins list --json
    """
    folder = read_folder(local_settings(rules).rules)
    loaded = load_plugins(gather_settings(project_settings(folder), os.environ)).plugins
    if as_json:
        show_json([asdict(each) for each in loaded])
        return
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in ("plugin", "distribution", "version", "steps", "functions", "hooks"):
        table.add_column(name, overflow="fold")
    for each in loaded:
        table.add_row(*map(visible, _row(each)))
    show(table)


@app.command()
def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Its name, as loyalty or gift-card.")],
    folder: Annotated[
        Path | None,
        typer.Option("--dir", metavar="DIR", help="The folder to make.", show_default="rulesflow-NAME"),
    ] = None,
) -> None:
    """Make a new plugin whose tests pass: a step with its undo, a function, settings and tests.

    Change it to what you need. A folder that is not empty is left alone.

    Examples:

        rulesflow plugins new loyalty
        rulesflow plugins new gift-card --dir plugins/gift-card
    """
    _check_name(name)
    folder = folder or Path(f"rulesflow-{name}")
    package = f"rulesflow_{name.replace('-', '_')}"
    words = {
        "distribution": f"rulesflow-{name}",
        "package": package,
        "function": _identifier(name),
        "name": name,
    }
    try:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            what = "is not empty" if folder.is_dir() else "is not a folder"
            fail(f"{folder} {what}, and is left as it is", "choose a new folder with --dir")
        written = sorted(_copy(SKELETON, folder, words))
    except OSError as error:
        fail(f"cannot write {folder}: {reason(error)}")
    for path in written:
        write(f"  {visible(path.as_posix())}\n")
    write(_next_steps(folder, package))


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name) or len(name) > _LONGEST_NAME:
        raise typer.BadParameter(
            f"{visible(name)!r} is no name of a plugin; use lower-case letters, digits and single dashes, "
            f"starting with a letter, {_LONGEST_NAME} characters at most",
            param_hint="'NAME'",
        )
    if name == PROJECT:
        raise typer.BadParameter(f"{name} is the name of the project itself", param_hint="'NAME'")
    taken = next(iter(entry_points(group=PROJECT, name=name)), None)
    if taken is not None:
        owner = f" by {taken.dist.name}" if taken.dist else ""
        fail(f"the name {name} is taken{owner}, which is installed", "choose another name")


def _identifier(name: str) -> str:
    """The name as conditions can spell it: a dash would be a minus there, and some words are reserved."""
    plain = name.replace("-", "_")
    return plain if callable_by(f"{plain}.points") else f"{plain}_"


def _row(plugin: Plugin) -> tuple[str, ...]:
    shown = plugin.functions
    functions = counted(len(shown), "function") if plugin.name == PROJECT else ", ".join(shown)
    hooks = ", ".join(plugin.hooks)
    return (plugin.name, plugin.distribution, plugin.version, ", ".join(plugin.steps), functions, hooks)


def _copy(source: Traversable, target: Path, words: dict[str, str]) -> Iterator[Path]:
    target.mkdir(parents=True, exist_ok=True)
    for item in source.iterdir():
        name = words["package"] if item.name == "package" else _filled(item.name, words)
        if item.is_dir():
            yield from _copy(item, target / name, words)
        elif name.endswith(_SUFFIX):
            path = target / name.removesuffix(_SUFFIX)
            path.write_text(_filled(item.read_text("utf-8"), words), "utf-8")
            yield path


def _filled(text: str, words: dict[str, str]) -> str:
    for name, word in words.items():
        text = text.replace(f"@{name}@", word)
    return text


def _next_steps(folder: Path, package: str) -> str:
    place = shlex.quote(str(folder))
    steps = {
        f"pip install -e {place}": "from now on rulesflow finds it",
        f"pytest {place}": "its tests pass, and go on with what you change",
        "rulesflow plugins list": "what is loaded",
    }
    home = visible((folder / "src" / package / "__init__.py").as_posix())
    width = max(map(len, steps))
    lines = (f"  {visible(step):<{width}}  {paint('frame', '# ' + why)}\n" for step, why in steps.items())
    return "\nNext:\n" + "".join(lines) + f"\nIts hooks stand in {home}\n"
