"""What one schema declares its value to be: a type, whether null is allowed too, and a list of values."""

from __future__ import annotations

from collections.abc import Mapping as MappingOf
from dataclasses import dataclass

from rulesflow.documents.nodes import Entry, Mapping, Node, Scalar, Sequence
from rulesflow.documents.shape import Findings
from rulesflow.model.diagnostics import did_you_mean
from rulesflow.schemas.enums import listed, type_named
from rulesflow.schemas.keywords import TYPES

#: What other languages call a type, and what it is called here.
_MEANT = {
    **dict.fromkeys(("decimal", "float", "double", "money"), "number"),
    **dict.fromkeys(("date-time", "datetime", "timestamp"), "type: string, format: date-time"),
    "int": "integer", "bool": "boolean", "text": "string", "list": "array", "map": "object",
    "date": "type: string, format: date",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Declared:
    """``type``: one of `TYPES`; ``listed``: the scalars of enum or const, empty when there is neither."""

    type: str
    nullable: bool
    listed: tuple[Scalar, ...] = ()
    const: bool = False


def declared(keywords: MappingOf[str, Entry], node: Mapping, findings: Findings) -> Declared | None:
    """Read ``type``, ``enum`` and ``const``; None after noting what is wrong (RF402, RF404)."""
    values = listed(keywords, findings)
    if "type" in keywords:
        named = _type(keywords["type"].value, findings)
    elif "enum" in keywords or "const" in keywords:
        named = _type_of(values, findings)
    else:
        hint = "type is one of " + ", ".join(TYPES)
        findings.error("RF402", "a schema needs a type, an enum, a const or a $ref", node.span, hint)
        return None
    if named is None:
        return None
    found = Declared(*named, values, "const" in keywords)
    _check_null(found, findings)
    return found


def _type(node: Node, findings: Findings) -> tuple[str, bool] | None:
    """``string`` or ``[string, null]``; null may be YAML's null or the word."""
    items = node.items if isinstance(node, Sequence) else (node,)
    names = [_word(item) for item in items]
    types = [name for name in names if name != "null"]
    if len(types) == 1 and types[0] in TYPES and len(names) == len(set(names)):
        return types[0], "null" in names
    message = f"type must be one of {', '.join(TYPES)}, or a list of one of them and null"
    findings.error("RF402", message, node.span, _type_hint(types))
    return None


def _type_hint(types: list[str]) -> str:
    if len(types) != 1:
        return "for example type: [string, null]"
    meant = _MEANT.get(types[0].lower())
    return f"write {meant}" if meant else did_you_mean(types[0], TYPES) or "for example type: [string, null]"


def _word(node: Node) -> str:
    if not isinstance(node, Scalar):
        return ""
    return "null" if node.value is None else node.text


def _type_of(values: tuple[Scalar, ...], findings: Findings) -> tuple[str, bool] | None:
    names = sorted({type_named(scalar.value) for scalar in values} - {"null"})
    if len(names) > 1:
        hint = "put words such as true or 12 in quotes if they are meant as strings"
        first = type_named(values[0].value)
        other = next(scalar for scalar in values if type_named(scalar.value) not in (first, "null"))
        findings.error("RF404", f"the values are of several types: {', '.join(names)}", other.span, hint)
    return (names[0], any(scalar.value is None for scalar in values)) if len(names) == 1 else None


def _check_null(found: Declared, findings: Findings) -> None:
    """``type: [string, null]`` with an enum that lacks null refuses null, which nobody expects."""
    if found.nullable and found.listed and all(scalar.value is not None for scalar in found.listed):
        where = "const is not null" if found.const else "the enum does not list it"
        hint = "list null in the enum, or take it out of the type"
        findings.error("RF404", f"the type allows null, but {where}", found.listed[0].span, hint)
