"""``by``: the path in the events' data to what they have in common. RF804."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rulesflow.conditions.types import DYN, Kind, Type, in_words
from rulesflow.documents.nodes import Node
from rulesflow.documents.shape import Findings
from rulesflow.patterns.eventtypes import EventType
from rulesflow.patterns.paths import Path, dotted, meant, read_path

_KINDS: Final = (Kind.STRING, Kind.NUMBER, Kind.BOOL)
#: Characters of the path, which is a column of the store that events are found by.
MOST_PATH: Final = 255
_HINT: Final = "what events have in common is a text, a number, or true or false"


def read_key(node: Node, types: Sequence[EventType], findings: Findings) -> tuple[Path, Type] | None:
    """The path, and the type of the key; ``types`` are those of the pattern's events, each once."""
    path = read_path(node, "'by'", findings)
    if path is None:
        return None
    if (length := len(".".join(path))) > MOST_PATH:
        message = f"'by' is a path of {length:,} characters, more than {MOST_PATH}"
        findings.error("RF804", message, node.span, "shorten the names that it goes through")
        return None
    kinds: dict[Kind, str] = {}
    for each in types:
        found = each.schema.at(path)
        if found is None or found.kind is Kind.DYN:
            message = f"the data of {each.name} has no {dotted(path)}"
            findings.error("RF804", message, node.span, meant(path, each.schema))
        elif found.kind not in _KINDS:
            message = f"{dotted(path)} of {each.name} is {in_words(found)}"
            findings.error("RF804", message, node.span, _HINT)
        else:
            kinds.setdefault(found.kind, each.name)
    if len(kinds) > 1:
        told = " and ".join(f"{in_words(Type(kind))} in {name}" for kind, name in kinds.items())
        message = f"{dotted(path)} is {told}, which are never equal"
        findings.error("RF804", message, node.span, "give it one type in all of them")
    return path, Type(next(iter(kinds))) if len(kinds) == 1 else DYN
