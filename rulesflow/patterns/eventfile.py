"""From the document of ``events.yaml`` to the types of events.

Codes: RF802 a type that cannot be · RF803 ``x-from`` that leads nowhere; RF1xx and RF4xx as in all schemas.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import tzinfo
from typing import Final

from rulesflow.conditions import Kind
from rulesflow.conditions.types import NUMBER, STRING, comparable, in_words
from rulesflow.documents.nodes import Entry, Mapping, Node, Scalar
from rulesflow.documents.shape import Findings, describe
from rulesflow.model.diagnostics import did_you_mean
from rulesflow.patterns.around import EventTypes
from rulesflow.patterns.definition import TIME
from rulesflow.patterns.eventtypes import EventType
from rulesflow.patterns.paths import Path, dotted, schema_at
from rulesflow.schemas import Schema, decode_schema

_NAME: Final = re.compile(r"[A-Za-z0-9._/-]{1,200}", re.ASCII)
#: What an event that a run gives can be filled from that holds more, and that is a single value.
_DEEP: Final = ("input", "with", "output")
_SINGLE: Final = {
    "run": STRING, "workflow": STRING, "step": STRING, "code": STRING, "message": STRING, "attempt": NUMBER,
}  # fmt: skip
SOURCES: Final = (*_DEEP, *_SINGLE)
FROM: Final = "x-from"
_SUCH_AS: Final = "such as: x-from: input.payment.card"


def read_event_types(root: Node, zone: tzinfo, findings: Findings) -> EventTypes:
    """Decode the file: a mapping from the name of a type to the schema of its data."""
    mapping = findings.mapping(root, "events.yaml")
    if mapping is None:
        return EventTypes(complete=False)
    known = {entry.key.text: _event_type(entry, zone, findings) for entry in mapping.entries}
    return EventTypes(
        {name: each for name, each in known.items() if each is not None},
        frozenset(name for name, each in known.items() if each is None),
    )


def _event_type(entry: Entry, zone: tzinfo, findings: Findings) -> EventType | None:
    own, name = Findings(), entry.key.text
    if not _NAME.fullmatch(name):
        hint = "use letters, digits, '.', '_', '-' and '/', such as payment.declined"
        own.error("RF802", f"{name[:80]!r} is not a type of event", entry.key.span, hint)
    decoded = decode_schema(entry.value, zone)
    own.items += decoded.diagnostics
    schema = decoded.schema
    sources: dict[Path, Path] = {}
    if schema is not None:
        _check(name, entry.value, schema, own)
        for path, node in _marked(entry.value, (), own):
            source = _source(node, own)
            if source is not None and _fits(source, schema_at(schema, path), node, own):
                sources[path] = source
    findings.items += own.items
    if schema is None or own.failed:
        return None
    return EventType(name, schema, entry.key.span, sources)


def _check(name: str, node: Node, schema: Schema, findings: Findings) -> None:
    if schema.type.kind not in (Kind.OBJECT, Kind.MAP) or schema.type.nullable:
        message = f"the data of {name} must be an object"
        findings.error("RF802", message, node.span, "write type: object, and its properties")
    if TIME in schema.properties:
        properties = node.get("properties") if isinstance(node, Mapping) else None
        entries = properties.entries if isinstance(properties, Mapping) else ()
        span = next((each.key.span for each in entries if each.key.text == TIME), node.span)
        message = f"{TIME} is how conditions read the time of an event, so its data cannot have it"
        findings.error("RF802", message, span, "give the property another name")


def _marked(node: Node, path: Path | None, findings: Findings) -> Iterator[tuple[Path, Node]]:
    """The properties that say where they come from. ``path`` is None where a schema is of no property."""
    if not isinstance(node, Mapping):
        return
    for entry in node.entries:
        key, value = entry.key.text, entry.value
        if key == FROM and path:
            yield path, value
        elif key == FROM:
            message = f"{FROM} stands at a property of the data, not at items, definitions or the whole"
            findings.error("RF803", message, entry.key.span, "write it beside the type of the property")
        elif key in ("properties", "$defs") and isinstance(value, Mapping):
            for each in value.entries:
                inner = (*path, each.key.text) if key == "properties" and path is not None else None
                yield from _marked(each.value, inner, findings)
        elif key in ("items", "additionalProperties"):
            yield from _marked(value, None, findings)


def _fits(source: Path, wanted: Schema | None, node: Node, findings: Findings) -> bool:
    """Whether a single value that runs tell can be the property; of others it is seen when they come."""
    told = _SINGLE.get(source[0])
    if told is None:
        return True
    if len(source) > 1:
        message = f"{source[0]} is {in_words(told)}, it has no {dotted(source[1:])}"
        findings.error("RF803", message, node.span, f"write {FROM}: {source[0]}")
    elif wanted is not None and not comparable(wanted.type, told):
        message = f"{source[0]} is {in_words(told)}, but the property is {in_words(wanted.type)}"
        findings.error("RF803", message, node.span, f"write type: {told.kind}")
    else:
        return True
    return False


def _source(node: Node, findings: Findings) -> Path | None:
    if not isinstance(node, Scalar) or not isinstance(node.value, str):
        message = f"{FROM} is a dotted path, not {describe(node)}"
        findings.error("RF803", message, node.span, _SUCH_AS)
        return None
    path = tuple(node.text.split("."))
    if not all(path) or any(each.strip() != each for each in path):
        findings.error("RF803", f"{node.text[:80]!r} is no dotted path", node.span, _SUCH_AS)
    elif path[0] not in SOURCES:
        hint = did_you_mean(path[0], SOURCES) or f"a path begins with one of: {', '.join(SOURCES)}"
        findings.error("RF803", f"a run tells nothing of the name {path[0][:80]!r}", node.span, hint)
    else:
        return path
    return None
