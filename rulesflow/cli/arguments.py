"""Options that several commands have, and how their texts are read."""

from __future__ import annotations

import sys
from datetime import tzinfo
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from rulesflow.cli.console import fail, point_out
from rulesflow.documents.jsontext import Json, read_json
from rulesflow.documents.nodes import plain
from rulesflow.documents.yaml import read_yaml
from rulesflow.model.errors import JsonRefused
from rulesflow.model.rendering import visible
from rulesflow.model.times import TimeRefused, Timestamp, parse_timestamp

JsonOption: TypeAlias = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
RulesOption: TypeAlias = Annotated[
    Path | None,
    typer.Option("--rules", metavar="DIR", help="The folder of rules.", show_default=False),
]
DatabaseOption: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--database",
        metavar="URL",
        help="Where runs are kept: sqlite:///FILE or postgresql://… [default: sqlite:///.rulesflow/state.db]",
        show_default=False,
    ),
]
FactsOption: TypeAlias = Annotated[
    str | None,
    typer.Option("--facts", metavar="FILE", help="The facts, as JSON or .yaml; - reads standard input."),
]
AtOption: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--at",
        metavar="TIME",
        help="When: 2026-11-27T08:00:00Z, or without an offset in the project's time zone. Default: now.",
        show_default=False,
    ),
]


def read_moment(text: str | None, zone: tzinfo) -> Timestamp | None:
    """The value of ``--at``; a wrong one is a mistake of usage."""
    if text is None:
        return None
    try:
        return parse_timestamp(text, zone)
    except TimeRefused as refused:
        raise typer.BadParameter(visible(str(refused)), param_hint="'--at'") from None


def read_facts(source: str) -> Json:
    """The content of a facts file, YAML by its ending, or of the standard input. Raises `JsonRefused`."""
    data = read_bytes(source)
    if source.endswith((".yaml", ".yml")):
        return _read_yaml(data, source)
    try:
        return read_json(data)
    except JsonRefused as refused:
        name = "standard input" if source == "-" else source
        raise JsonRefused(f"{name}: {refused.detail}", refused.faults) from None


def read_bytes(source: str) -> bytes:
    """A file's bytes, or those of the standard input where it is called ``-``."""
    if source == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(source).read_bytes()
    except (OSError, ValueError) as error:
        fail(f"cannot read {source}: {reason(error)}")


def reason(error: OSError | ValueError) -> str:
    """Why a file cannot be read, in a few words."""
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return text[:1].lower() + text[1:]


def _read_yaml(data: bytes, source: str) -> Json:
    document = read_yaml(data, source)
    point_out(document.diagnostics, {source: data})
    if document.root is None or document.diagnostics:
        fail(f"{source} holds no facts that can be read")
    return plain(document.root)
