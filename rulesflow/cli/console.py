"""The console: results on the standard output, complaints beside it; colours for people's eyes only."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import partial
from typing import Any, NoReturn

import msgspec
import typer
from rich.console import Console, RenderableType
from rich.highlighter import JSONHighlighter
from rich.text import Text

from rulesflow.documents.jsontext import write_json
from rulesflow.model.diagnostics import Diagnostic
from rulesflow.model.errors import Fault, RequestRefused
from rulesflow.model.rendering import as_text, visible


def _console(*, stderr: bool = False) -> Console:
    """A console that prints what it is given; ``NO_COLOR`` takes its bold and dim letters, too."""
    return Console(
        stderr=stderr,
        color_system=None if os.environ.get("NO_COLOR") else "auto",
        highlight=False,
        markup=False,
        emoji=False,
    )


OUT = _console()
ERR = _console(stderr=True)
if not OUT.is_terminal:
    OUT.width = 1000  # where nobody looks, a table is as wide as it needs

_LOOKS: dict[str, dict[str, Any]] = {
    "place": {"bold": True},
    "error": {"fg": "red", "bold": True},
    "warning": {"fg": "yellow", "bold": True},
    "ok": {"fg": "green", "bold": True},
    "code": {"fg": "cyan"},
    "hint": {"fg": "blue"},
    "frame": {"dim": True},
    "mark": {"fg": "red", "bold": True},
}


def paint(role: str, text: str) -> str:
    """The text in the colours of its role, if the standard output shows colours."""
    return _painted(OUT, role, text)


def _painted(console: Console, role: str, text: str) -> str:
    return text if console.color_system is None else typer.style(text, **_LOOKS[role])


def write(text: str) -> None:
    """Print a text as it is."""
    sys.stdout.write(text)


def show(what: RenderableType) -> None:
    """Print a table or a styled text."""
    OUT.print(what, soft_wrap=isinstance(what, Text))


def show_json(value: object) -> None:
    """Print a value as JSON: on one line of UTF-8 for programs, indented and coloured on a terminal."""
    data = write_json(value)
    if OUT.is_terminal:
        show(pretty(data))
    else:
        sys.stdout.flush()
        sys.stdout.buffer.write(data + b"\n")


def pretty(data: bytes) -> Text:
    """JSON as a person reads it; its numbers stay as they are written."""
    text = msgspec.json.format(data, indent=2).decode()
    if not text.replace("\n", "").isprintable():
        text = "".join(char if char.isprintable() or char == "\n" else _escape(char) for char in text)
    return JSONHighlighter()(Text(text))


def _escape(char: str) -> str:
    return json.dumps(char)[1:-1]


def complain(message: str, hint: str | None = None) -> None:
    """Say what is wrong, and how to mend it."""
    lines = [f"{_painted(ERR, 'error', 'error')}: {_lines(message)}"]
    if hint:
        lines.append(f"  {_painted(ERR, 'hint', visible(hint))}")
    with suppress(OSError):  # so that both streams are read in their order
        sys.stdout.flush()
    sys.stderr.write("\n".join(lines) + "\n")


def fail(message: str, hint: str | None = None) -> NoReturn:
    """Complain, and exit with 1."""
    complain(message, hint)
    raise typer.Exit(1)


def point_out(diagnostics: Iterable[Diagnostic], files: Mapping[str, bytes]) -> None:
    """Say what is wrong with files that a command only needs, and was not asked to check."""
    sys.stderr.write(as_text(diagnostics, files, partial(_painted, ERR)))


def refuse(error: RequestRefused) -> None:
    """Say what is wrong with a request, fault by fault."""
    match error.faults:
        case [only] if error.detail.endswith(only.message):
            complain(error.detail, only.hint)
        case faults:
            complain(error.detail)
            sys.stderr.writelines(map(_fault, faults))


def _fault(fault: Fault) -> str:
    place = _painted(ERR, "place", visible(fault.pointer or "/"))
    hint = f"; {visible(fault.hint)}" if fault.hint else ""
    return f"  {place} {_painted(ERR, 'code', fault.code)} {visible(fault.message)}{hint}\n"


def _lines(message: str) -> str:
    return "\n".join(visible(line) for line in message.split("\n"))
