"""The values that a schema lists: ``enum`` and ``const``."""

from __future__ import annotations

from collections.abc import Mapping as MappingOf
from typing import Any

from rulesflow.documents.nodes import Entry, Node, Scalar, ScalarValue, Sequence
from rulesflow.documents.shape import Findings, describe
from rulesflow.model.numbers import canonical
from rulesflow.schemas.checks import Check
from rulesflow.schemas.mismatch import ROOT, Report, seen
from rulesflow.schemas.wording import Rule

_SHOWN_WORDS = 20


def listed(keywords: MappingOf[str, Entry], findings: Findings) -> tuple[Scalar, ...]:
    """The scalars of ``enum`` or ``const`` (of both: the const); empty when there is none, or a wrong one."""
    allowed = _enum(keywords["enum"].value, findings) if "enum" in keywords else ()
    if "const" in keywords:
        allowed = _const(keywords["const"].value, allowed, findings)
    if allowed and all(scalar.value is None for scalar in allowed):
        findings.error("RF404", "a field that is always null says nothing", allowed[0].span, "leave it out")
        return ()
    return allowed


def _const(node: Node, allowed: tuple[Scalar, ...], findings: Findings) -> tuple[Scalar, ...]:
    if not isinstance(node, Scalar):
        what = f"const must be a string, number, boolean or null, not {describe(node)}"
        findings.error("RF402", what, node.span)
        return ()
    if allowed and _identity(node.value) not in {_identity(scalar.value) for scalar in allowed}:
        findings.error("RF404", f"const {seen(node.value)} is not in the enum", node.span)
    return (node,)


def _enum(node: Node, findings: Findings) -> tuple[Scalar, ...]:
    if not isinstance(node, Sequence) or not node.items:
        what = "an empty one" if isinstance(node, Sequence) else describe(node)
        hint = f"write enum: [{node.text}]" if isinstance(node, Scalar) and node.text else None
        findings.error("RF402", f"enum must be a list of values, not {what}", node.span, hint)
        return ()
    found: dict[tuple[str, ScalarValue], Scalar] = {}
    for item in node.items:
        if not isinstance(item, Scalar):
            what = f"an enum holds strings, numbers, booleans and null, not {describe(item)}"
            findings.error("RF402", what, item.span)
        elif found.setdefault(_identity(item.value), item) is not item:
            findings.error("RF402", f"{seen(item.value)} stands twice in the enum", item.span)
    return tuple(found.values())


def type_named(value: ScalarValue) -> str:
    """The JSON Schema type of a literal."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    return "string" if isinstance(value, str) else "number"


def check_listed(scalars: tuple[Scalar, ...], check: Check, findings: Findings) -> tuple[Any, ...]:
    """The listed values but for null, after noting (RF404) those that the rest of the schema refuses."""
    values = []
    for scalar in scalars:
        report = Report("", None)
        value = check(scalar.value, ROOT, "", report)
        for fault in report.faults:
            findings.error("RF404", f"this value {fault.message}", scalar.span, fault.hint)
        if value is not None and not report.faults:
            values.append(value if isinstance(value, str | bool) else canonical(value))
    return tuple(values)


def among(values: tuple[Any, ...], const: bool) -> Rule:
    """The rule of an enum or const. Its values are of one type, so that ``1`` never meets ``true``."""
    allowed = frozenset(values)
    holds = allowed.__contains__
    shown = ", ".join(seen(value) for value in values[:_SHOWN_WORDS])
    if const:
        return Rule("const", holds, f"be {shown}", limit=allowed)
    more = f", … ({len(values)} in all)" if len(values) > _SHOWN_WORDS else ""
    words = tuple(value for value in values if isinstance(value, str))
    return Rule("enum", holds, f"be one of {shown}{more}", words, allowed)


def _identity(value: ScalarValue) -> tuple[str, ScalarValue]:
    return type_named(value), value
