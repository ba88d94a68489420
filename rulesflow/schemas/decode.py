"""From the nodes of a file to a `Schema`, with every fault of the schema as a diagnostic.

Codes: RF104 bad name · RF401 unknown or refused keyword · RF402 bad keyword value · RF403 ``$ref`` that leads
nowhere or round in a circle · RF404 contradictory schema · RF405 reserved name · RF406 bad pattern.
"""

from __future__ import annotations

from collections.abc import Mapping as MappingOf
from dataclasses import dataclass, replace
from datetime import tzinfo
from typing import Any

from rulesflow.conditions.types import DYN, Kind, Type
from rulesflow.documents.nodes import Entry, Mapping, Node, Scalar, plain
from rulesflow.documents.shape import Findings, describe
from rulesflow.model.diagnostics import Diagnostic, Span
from rulesflow.schemas import checks
from rulesflow.schemas.declared import Declared, declared
from rulesflow.schemas.keywords import ANNOTATIONS, ROOT_ONLY, check_fit, read_keywords
from rulesflow.schemas.limits import sizes
from rulesflow.schemas.objects import object_schema, read_required
from rulesflow.schemas.references import Definitions
from rulesflow.schemas.scalars import scalar_schema
from rulesflow.schemas.schema import Schema

#: Top-level names of the condition language, which facts therefore cannot use.
RESERVED = frozenset({"params", "at", "steps", "run"})
MAX_HEIGHT = 64
_BESIDE_REF = ANNOTATIONS | ROOT_ONLY | {"$ref", "optional"}

_Keywords = MappingOf[str, Entry]


@dataclass(frozen=True, slots=True)
class Decoded:
    """``schema`` is None if, and only if, there is an error among the diagnostics."""

    schema: Schema | None
    diagnostics: tuple[Diagnostic, ...]


def decode_schema(node: Node, zone: tzinfo) -> Decoded:
    """Decode a schema that stands alone. ``zone``: where a ``format: date`` has its midnight."""
    decoder = _Decoder(zone, node)
    return decoder.result(decoder.document(node))


def decode_facts(node: Node, zone: tzinfo) -> Decoded:
    """Decode the schema of the facts: an object with properties, none of which has a reserved name."""
    decoder = _Decoder(zone, node)
    schema = decoder.document(node)
    if not decoder.findings.failed and (schema.type.kind is not Kind.OBJECT or schema.type.nullable):
        decoder.findings.error("RF402", "facts must be of type object, with properties", node.span)
    for name in RESERVED & schema.properties.keys():
        message = f"{name} is a reserved name in conditions"
        decoder.findings.error("RF405", message, _name_span(node, name), "give the field another name")
    return decoder.result(schema)


def decode_properties(node: Node, zone: tzinfo) -> Decoded:
    """Decode an outcome: a mapping of property name to schema, each required unless ``optional: true``.

    The schema is that of a closed object; its source is the same in JSON Schema's own words.
    """
    decoder = _Decoder(zone, None)
    return decoder.result(decoder.outcome(node))


def _name_span(node: Node, name: str) -> Span:
    properties = node.get("properties") if isinstance(node, Mapping) else None
    entries = properties.entries if isinstance(properties, Mapping) else ()
    return next((entry.key.span for entry in entries if entry.key.text == name), node.span)


class _Decoder:
    """One pass over one document. What is wrong is noted, and decoded as a schema that allows anything."""

    def __init__(self, zone: tzinfo, root: Node | None) -> None:
        self.zone = zone
        self.findings = Findings()
        self.definitions = Definitions(root, self.findings)
        self.decoded: dict[str, Schema] = {}
        self.anything = Schema(DYN, {}, checks.anything, zone, {})

    def result(self, schema: Schema) -> Decoded:
        diagnostics = tuple(sorted(self.findings.items, key=lambda item: item.order))
        return Decoded(None if self.findings.failed else schema, diagnostics)

    def document(self, node: Node) -> Schema:
        """The root, and all definitions, used or not."""
        schema = self.schema(node, 0, root=True)
        for name in self.definitions.nodes:
            self._definition(name, 1)
        if not self.decoded:
            return schema
        sources = {name: self.decoded[name].source for name in self.definitions.nodes}
        return replace(schema, source={**schema.source, "$defs": sources})

    def outcome(self, node: Node) -> Schema:
        """A mapping of names to schemas."""
        mapping = self.findings.mapping(node, "an outcome")
        if mapping is None:
            return self.anything
        for entry in mapping.entries:
            self.findings.name(entry.key, "an outcome property")
        properties = {e.key.text: self.schema(e.value, 1, optional=True) for e in mapping.entries}
        required = tuple(e.key.text for e in mapping.entries if not self._is_optional(e.value))
        source = {"type": "object", "required": list(required), "additionalProperties": False}
        return object_schema(source, properties, required, False, False, self.zone)

    def _is_optional(self, node: Node) -> bool:
        flag = node.get("optional") if isinstance(node, Mapping) else None
        return flag is not None and self.findings.flag(flag, "optional") is True

    def schema(self, node: Node, depth: int, *, root: bool = False, optional: bool = False) -> Schema:
        """Decode one schema. ``optional``: the keyword of that name may stand there."""
        if not isinstance(node, Mapping):
            message = f"a schema must be a mapping such as {{type: string}}, not {describe(node)}"
            self.findings.error("RF402", message, node.span)
            return self.anything
        if not self._is_shallow(depth, node):
            return self.anything
        keywords = read_keywords(node, self.findings, root, optional)
        if "$ref" in keywords:
            return self._reference(keywords, depth)
        found = declared(keywords, node, self.findings)
        if found is None:
            return self.anything
        check_fit(keywords, found.type, self.findings)
        return self._of_type(keywords, found, depth)

    def _of_type(self, keywords: _Keywords, found: Declared, depth: int) -> Schema:
        if found.type not in ("object", "array"):
            return scalar_schema(keywords, found, _source(keywords), self.zone, self.findings)
        if found.listed:
            message = f"an enum or const holds single values; this is {found.type}"
            self.findings.error("RF404", message, found.listed[0].span)
        if found.type == "array":
            return self._array(keywords, found.nullable, depth)
        return self._object(keywords, found.nullable, depth)

    def _array(self, keywords: _Keywords, nullable: bool, depth: int) -> Schema:
        rules = sizes(keywords, "Items", self.findings)
        source = _source(keywords)
        item = self.anything
        if "items" in keywords:
            item = self.schema(keywords["items"].value, depth + 1)
            source["items"] = item.source
        check = checks.Arrays(item.check, rules, nullable)
        kind = Type(Kind.LIST, nullable, element=item.type)
        return Schema(kind, source, check, self.zone, {}, item.height + 1, item)

    def _object(self, keywords: _Keywords, nullable: bool, depth: int) -> Schema:
        properties = self._properties(keywords, depth)
        required = read_required(keywords, properties or {}, self.findings)
        other = self._additional(keywords, depth)
        return object_schema(_source(keywords), properties, required, other, nullable, self.zone)

    def _properties(self, keywords: _Keywords, depth: int) -> dict[str, Schema] | None:
        if "properties" not in keywords:
            return None
        node = keywords["properties"].value
        if not isinstance(node, Mapping):
            self.findings.error("RF402", f"properties must be a mapping, not {describe(node)}", node.span)
            return None
        return {entry.key.text: self.schema(entry.value, depth + 1) for entry in node.entries}

    def _additional(self, keywords: _Keywords, depth: int) -> Schema | bool:
        """The schema of undeclared fields, or whether there may be any."""
        if "additionalProperties" not in keywords:
            return True
        node = keywords["additionalProperties"].value
        if isinstance(node, Scalar) and isinstance(node.value, bool):
            return node.value
        if isinstance(node, Scalar):
            message = f"additionalProperties must be true, false or a schema, not {describe(node)}"
            self.findings.error("RF402", message, node.span, "write false to refuse other fields")
            return True
        return self.schema(node, depth + 1)

    def _reference(self, keywords: _Keywords, depth: int) -> Schema:
        for keyword in keywords.keys() - _BESIDE_REF:
            if not keyword.startswith("x-"):
                span = keywords[keyword].key.span
                self.findings.error(
                    "RF402", f"{keyword} cannot stand beside $ref", span, "put it into the definition"
                )
        node = keywords["$ref"].value
        name = self.definitions.target(node)
        if name is None:
            return self.anything
        found = self._definition(name, depth)
        self._is_shallow(depth + found.height, node)
        return replace(found, source=_source(keywords))

    def _definition(self, name: str, depth: int) -> Schema:
        """A definition, decoded once. From within itself it is of type ``dyn``, yet checked in full."""
        if name not in self.decoded:
            decoded = self.decoded  # what stays must not hold on to the document
            later = checks.Later(lambda: decoded[name].check)
            decoded[name] = Schema(DYN, {}, later, self.zone, {})
            decoded[name] = self.schema(self.definitions.nodes[name], depth)
        return self.decoded[name]

    def _is_shallow(self, depth: int, node: Node) -> bool:
        """Whether schemas do not nest too deep for those who walk over them."""
        if depth > MAX_HEIGHT:
            self.findings.error("RF402", f"schemas nest deeper than {MAX_HEIGHT} levels", node.span)
        return depth <= MAX_HEIGHT


def _source(keywords: _Keywords) -> dict[str, Any]:
    """The keywords as plain JSON Schema, but for those that hold schemas, which the decoder fills in."""
    source: dict[str, Any] = {}
    for name, entry in keywords.items():
        if name not in ("properties", "items", "$defs", "optional"):
            source[name] = plain(entry.value)
    if isinstance(source.get("type"), list):
        source["type"] = ["null" if item is None else item for item in source["type"]]
    return source
