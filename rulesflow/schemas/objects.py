"""Schemas of objects: with declared fields, or maps of any keys."""

from __future__ import annotations

from collections.abc import Mapping as MappingOf
from datetime import tzinfo
from typing import Any

from rulesflow.conditions.types import DYN, Field, Kind, Type
from rulesflow.documents.nodes import Entry, Scalar, Sequence
from rulesflow.documents.shape import Findings, describe
from rulesflow.model.diagnostics import did_you_mean
from rulesflow.schemas import checks
from rulesflow.schemas.checks import Check
from rulesflow.schemas.schema import Schema


def object_schema(
    source: dict[str, Any],
    properties: MappingOf[str, Schema] | None,
    required: tuple[str, ...],
    other: Schema | bool,
    nullable: bool,
    zone: tzinfo,
) -> Schema:
    """Put an object together. One that declares no properties is a map, unless it is closed.

    ``source`` gains what the parts were written as. ``other``: the schema of undeclared fields, or whether
    there may be any.
    """
    known = dict(properties or {})
    if properties is not None:
        source["properties"] = {name: schema.source for name, schema in known.items()}
    if isinstance(other, Schema):
        source["additionalProperties"] = other.source
    is_map = properties is None and other is not False
    kind = _map(other, nullable) if is_map else _object(known, required, other is False, nullable)
    fields = {name: schema.check for name, schema in known.items()}
    check = checks.Objects(fields, required, _other_check(other, tuple(known)), nullable)
    parts = [*known.values(), *([other] if isinstance(other, Schema) else [])]
    return Schema(kind, source, check, zone, known, 1 + max((part.height for part in parts), default=0))


def _map(other: Schema | bool, nullable: bool) -> Type:
    return Type(Kind.MAP, nullable, element=other.type if isinstance(other, Schema) else DYN)


def _object(known: MappingOf[str, Schema], required: tuple[str, ...], closed: bool, nullable: bool) -> Type:
    fields = {
        name: Field(schema.type, name in required, str(schema.source.get("description", "")))
        for name, schema in known.items()
    }
    return Type(Kind.OBJECT, nullable, fields=fields, closed=closed)


def _other_check(other: Schema | bool, known: tuple[str, ...]) -> Check:
    if isinstance(other, Schema):
        return other.check
    return checks.anything if other else checks.Unknown(known)


def read_required(
    keywords: MappingOf[str, Entry], properties: MappingOf[str, Schema], findings: Findings
) -> tuple[str, ...]:
    """The names under ``required``, after noting (RF402, RF404) those that cannot stand there."""
    if "required" not in keywords:
        return ()
    node = keywords["required"].value
    if not isinstance(node, Sequence):
        message = f"required must be a list of property names, not {describe(node)}"
        findings.error("RF402", message, node.span, "the object lists them: required: [name]")
        return ()
    names: dict[str, None] = {}
    for item in node.items:
        name = item.value if isinstance(item, Scalar) else None
        if not isinstance(name, str) or name in names:
            problem = "is named twice" if isinstance(name, str) else "is not a name"
            findings.error("RF402", f"{describe(item)} {problem} in required", item.span)
        elif name not in properties:
            message = f"required names {name[:80]}, which is not among the properties"
            findings.error("RF404", message, item.span, did_you_mean(name, properties))
        else:
            names[name] = None
    return tuple(names)
