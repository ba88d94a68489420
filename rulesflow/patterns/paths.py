"""Dotted paths in the files of patterns, and what schemas say of what they lead to."""

from __future__ import annotations

from collections.abc import Iterable

from rulesflow.conditions.scope import field_paths
from rulesflow.documents.nodes import Node
from rulesflow.documents.shape import Findings
from rulesflow.model.diagnostics import did_you_mean
from rulesflow.schemas import Schema

Path = tuple[str, ...]


def read_path(node: Node, what: str, findings: Findings) -> Path | None:
    """``a.b.c``; None after noting (RF102, RF104) what is wrong."""
    text = findings.text(node, what)
    return None if text is None else split(text, node, what, findings)


def split(text: str, node: Node, what: str, findings: Findings) -> Path | None:
    """The parts of a dotted path; ``node`` is where it stands."""
    path = tuple(text.split("."))
    if text.startswith("${") or not all(path) or any(each.strip() != each for each in path):
        findings.error("RF104", f"{what}: {text[:80]!r} is no dotted path", node.span, "such as: device.id")
        return None
    return path


def dotted(path: Iterable[str]) -> str:
    """The path as it is written."""
    return ".".join(path)


def schema_at(schema: Schema, path: Path) -> Schema | None:
    """The schema of a declared property, through objects."""
    found: Schema | None = schema
    for name in path:
        found = None if found is None else found.properties.get(name)
    return found


def meant(path: Path, schema: Schema) -> str | None:
    """A hint: a path that the schema has, and that is near to this one; or what it has."""
    known = tuple(field_paths(schema.type))
    near = did_you_mean(dotted(path), known)
    if near is None:
        same = [each for each in known if each.rpartition(".")[2] == path[-1]]
        near = f"did you mean {same[0]}?" if same else None
    return near or (f"it has: {', '.join(known[:12])}" if known else None)
