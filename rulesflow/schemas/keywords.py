"""The keywords of JSON Schema 2020-12 that we know, what they fit, and why we refuse others."""

from __future__ import annotations

from collections.abc import Mapping as MappingOf

from rulesflow.documents.nodes import Entry, Mapping, Scalar
from rulesflow.documents.shape import Findings, describe
from rulesflow.model.diagnostics import did_you_mean

TYPES = ("object", "array", "string", "number", "integer", "boolean")

ANNOTATIONS = frozenset({"title", "description", "examples"})
ROOT_ONLY = frozenset({"$schema", "$id", "$defs"})
_NUMERIC = frozenset({"number", "integer"})
#: Keyword -> the types of value that it says something about.
FITS: MappingOf[str, frozenset[str]] = {
    **dict.fromkeys(("type", "enum", "const"), frozenset(TYPES)),
    **dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"), _NUMERIC),
    **dict.fromkeys(("pattern", "minLength", "maxLength", "format"), frozenset({"string"})),
    **dict.fromkeys(("items", "minItems", "maxItems"), frozenset({"array"})),
    **dict.fromkeys(("properties", "required", "additionalProperties"), frozenset({"object"})),
}
KNOWN = frozenset(FITS) | ANNOTATIONS | ROOT_ONLY | {"$ref"}

_ONE_SHAPE = "a field has one type here; for a value that may be null write type: [string, null]"
_REFUSED = {
    "default": "facts are never invented: list the field in `required`, or ask has() in the condition",
    "oneOf": _ONE_SHAPE,
    "anyOf": _ONE_SHAPE,
    "allOf": "write the merged schema",
    "not": "say it in a condition",
    "if": "say it in a condition",
    "then": "say it in a condition",
    "else": "say it in a condition",
    "multipleOf": "say it in a condition, such as x % 5 == 0",
    "uniqueItems": "say it in a condition",
    "contains": "say it in a condition, with exists()",
    "nullable": "write type: [string, null]",
    "optional": "every field is optional that its object does not list in `required`",
    "definitions": "write $defs",
    "$dynamicRef": "write $ref: '#/$defs/name'",
    "prefixItems": "one schema under `items` holds for every item",
    "patternProperties": "one schema under `additionalProperties` holds for every other field",
    "propertyNames": "one schema under `additionalProperties` holds for every other field",
    "unevaluatedProperties": "write additionalProperties",
    "dependentRequired": "say it in a condition",
}


def read_keywords(node: Mapping, findings: Findings, root: bool, optional: bool) -> dict[str, Entry]:
    """The entries of a schema by keyword, after noting (RF401, RF402) those that cannot stand there.

    ``root``: this is the whole document; ``optional``: the keyword ``optional`` is allowed.
    """
    found: dict[str, Entry] = {}
    for entry in node.entries:
        name = entry.key.text
        if name in ROOT_ONLY and not root:
            findings.error("RF402", f"{name} stands only at the root of the schema", entry.key.span)
        elif name in KNOWN or name.startswith("x-") or (optional and name == "optional"):
            found[name] = entry
        else:
            hint = (
                _REFUSED.get(name)
                or did_you_mean(name, KNOWN)
                or "known keywords: " + ", ".join(sorted(KNOWN))
            )
            findings.error("RF401", f"the keyword {name} is not supported", entry.key.span, hint)
    _check_annotations(found, findings)
    return found


def check_fit(keywords: MappingOf[str, Entry], type_name: str, findings: Findings) -> None:
    """Note (RF404) each keyword that says nothing about values of the type."""
    for name, entry in keywords.items():
        if name in FITS and type_name not in FITS[name]:
            wanted = " or ".join(sorted(FITS[name]))
            hint = "the object that holds it lists it: required: [name]" if name == "required" else None
            findings.error("RF404", f"{name} is for type {wanted}; this is {type_name}", entry.key.span, hint)


def _check_annotations(keywords: MappingOf[str, Entry], findings: Findings) -> None:
    for name in ("title", "description", "$schema", "$id"):
        if name in keywords:
            value = keywords[name].value
            if not isinstance(value, Scalar) or not isinstance(value.value, str):
                findings.error("RF402", f"{name} must be text, not {describe(value)}", value.span)
    if "examples" in keywords and isinstance(keywords["examples"].value, Scalar | Mapping):
        value = keywords["examples"].value
        findings.error("RF402", f"examples must be a list, not {describe(value)}", value.span)
