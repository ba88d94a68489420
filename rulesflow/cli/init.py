"""``rulesflow init``: a small project to begin with."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated

import typer

from rulesflow.cli.arguments import reason
from rulesflow.cli.console import fail, paint, write
from rulesflow.model.rendering import visible

app = typer.Typer(add_completion=False, rich_markup_mode="markdown")
SKELETON = files("rulesflow.cli") / "skeleton"


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder to make; it may exist if empty.")],
) -> None:
    """Make a new project folder, which passes check and test.

    It holds two decisions with rules in layers for regions and customers, one of them with a table, and
    cases that show every rule. Change it to what you need. A folder that is not empty is left alone.

    Example:

        rulesflow init rules
    """
    try:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            what = "is not empty" if folder.is_dir() else "is not a folder"
            fail(f"{folder} {what}, and is left as it is", "choose a new folder")
        written = sorted(_copy(SKELETON, folder))
    except OSError as error:
        fail(f"cannot write {folder}: {reason(error)}")
    for path in written:
        write(f"  {visible(path.as_posix())}\n")
    write(_next_steps(folder))


def _copy(source: Traversable, target: Path) -> Iterator[Path]:
    target.mkdir(parents=True, exist_ok=True)
    for item in source.iterdir():
        if item.is_dir():
            yield from _copy(item, target / item.name)
        else:
            (target / item.name).write_bytes(item.read_bytes())
            yield target / item.name


def _next_steps(folder: Path) -> str:
    rules, example = shlex.quote(str(folder)), shlex.quote(str(folder / "example.json"))
    steps = {
        f"rulesflow check {rules}": "is everything right?",
        f"rulesflow test {rules} --coverage": "does it decide as its authors expect?",
        f"rulesflow decide refund --facts {example} --rules {rules}": "one decision, and why",
        f"rulesflow serve --rules {rules}": "decisions over REST, on http://127.0.0.1:8080",
    }
    width = max(map(len, steps))
    lines = (f"  {visible(step):<{width}}  {paint('frame', '# ' + why)}\n" for step, why in steps.items())
    return "\nNext:\n" + "".join(lines)
