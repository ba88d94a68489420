"""Schemas of single values: strings, times, numbers and booleans."""

from __future__ import annotations

from collections.abc import Callable, Mapping as MappingOf
from datetime import tzinfo
from functools import partial
from typing import Any, TypeAlias

from rulesflow.conditions.types import Kind, Type
from rulesflow.documents.nodes import Entry, Scalar
from rulesflow.documents.shape import Findings, describe
from rulesflow.model.diagnostics import did_you_mean
from rulesflow.model.times import Timestamp, parse_date, parse_timestamp
from rulesflow.schemas import checks
from rulesflow.schemas.checks import Check, ReadTime
from rulesflow.schemas.declared import Declared
from rulesflow.schemas.enums import among, check_listed
from rulesflow.schemas.limits import bounds, patterns, sizes
from rulesflow.schemas.schema import Schema
from rulesflow.schemas.wording import Rule

_Make: TypeAlias = Callable[[tuple[Rule, ...], bool], Check]

_KINDS = {"string": Kind.STRING, "number": Kind.NUMBER, "integer": Kind.NUMBER, "boolean": Kind.BOOL}
_FORMATS = ("date-time", "date")


def scalar_schema(
    keywords: MappingOf[str, Entry],
    found: Declared,
    source: MappingOf[str, Any],
    zone: tzinfo,
    findings: Findings,
) -> Schema:
    """The schema of a scalar, after noting what is wrong with its keywords."""
    read = _format(keywords, zone, findings) if found.type == "string" else None
    if read is not None and found.listed:
        message = "a format and a list of values exclude each other: times are compared as instants"
        findings.error("RF404", message, keywords["format"].key.span, "drop the format or the list")
    make, rules = _maker(found.type, read), _rules(found.type, keywords, findings)
    kind = _KINDS[found.type] if read is None else Kind.TIMESTAMP
    if not found.listed:
        return Schema(Type(kind, found.nullable), source, make(rules, found.nullable), zone, {})
    values = check_listed(found.listed, make(rules, found.nullable), findings)
    check = make((among(values, found.const),), found.nullable)  # the values obey the other rules
    return Schema(Type(kind, found.nullable, values), source, check, zone, {})


def _rules(type_name: str, keywords: MappingOf[str, Entry], findings: Findings) -> tuple[Rule, ...]:
    if type_name == "string":
        return (*sizes(keywords, "Length", findings), *patterns(keywords, findings))
    return () if type_name == "boolean" else bounds(keywords, findings)


def _maker(type_name: str, read: ReadTime | None) -> _Make:
    if type_name == "boolean":
        return checks.Booleans
    if type_name == "string":
        return checks.Texts if read is None else partial(checks.Moments, read)
    return partial(checks.Numbers, whole=type_name == "integer")


def _format(keywords: MappingOf[str, Entry], zone: tzinfo, findings: Findings) -> ReadTime | None:
    """How to read the text as a time; None when there is no ``format``, or a wrong one."""
    if "format" not in keywords:
        return None
    node = keywords["format"].value
    name = node.text if isinstance(node, Scalar) else ""
    if name == "date-time":
        return parse_timestamp
    if name == "date":
        return _dates(zone)
    hint = did_you_mean(name, _FORMATS) or "for other texts, write a pattern"
    findings.error("RF402", f"format must be date-time or date, not {describe(node)}", node.span, hint)
    return None


def _dates(zone: tzinfo) -> ReadTime:
    def read(text: str, _: tzinfo | None) -> Timestamp:
        return parse_date(text, zone)

    return read
