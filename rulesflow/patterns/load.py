"""Loading: from the bytes of ``events.yaml`` and ``patterns/*.yaml`` to what is matched and what follows."""

from __future__ import annotations

from collections.abc import Mapping as MappingOf
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Final

from rulesflow.documents.nodes import Mapping, Node
from rulesflow.documents.shape import Findings
from rulesflow.documents.yaml import read_yaml
from rulesflow.model.diagnostics import Diagnostic, Severity, Span
from rulesflow.patterns.around import Around, EventTypes
from rulesflow.patterns.decode import PatternReader
from rulesflow.patterns.eventfile import read_event_types
from rulesflow.patterns.eventpattern import EventPattern
from rulesflow.patterns.eventtypes import EventType
from rulesflow.patterns.supervisor import HOW_TO_INSTALL

EVENTS_FILE: Final = "events.yaml"
FOLDER: Final = "patterns/"
CASES: Final = ".cases.yaml"
#: Where other files stand, by the key that tells them.
_ELSEWHERE: Final = {
    "workflow": "a workflow stands in workflows/",
    "decision": "a decision stands in a layer's folder, such as base/",
}
_ENGINE: Final = "durable_rules_engine"


@dataclass(frozen=True, slots=True)
class LoadedPatterns:
    """By name. ``patterns``: those without an error."""

    events: MappingOf[str, EventType] = field(default_factory=dict)
    patterns: MappingOf[str, EventPattern] = field(default_factory=dict)


def is_ours(path: str) -> bool:
    """Whether a file of the project is read here; cases of patterns are not."""
    return path == EVENTS_FILE or (path.startswith(FOLDER) and not path.endswith(CASES))


def load_patterns(files: MappingOf[str, bytes], around: Around, findings: Findings) -> LoadedPatterns:
    """Load the types of events and the patterns among a folder's files, by path.

    What is wrong goes to ``findings``. Loading goes on past errors, so that everything is told at once.
    """
    types = _types(files, around, findings)
    patterns: dict[str, EventPattern] = {}
    known: dict[str, str] = {}
    for path in sorted(files):
        if not path.startswith(FOLDER) or path.endswith(CASES):
            continue
        name, span = path.rsplit("/", 1)[-1].removesuffix(".yaml"), Span(path, 1, 1, 1)
        if not path.endswith(".yaml"):
            findings.error("RF318", f"nothing uses {path}", span, "a pattern is a .yaml file")
        elif name in known:
            message = f"{known[name]} holds a pattern {name!r} too"
            findings.error("RF815", message, span, "rename one of the files")
        else:
            known[name] = path
            own = Findings()
            found = _pattern(files[path], path, around, types, own)
            findings.items += own.items
            if found is not None:
                patterns[name] = found
    return LoadedPatterns(types.known, patterns)


def without_engine(patterns: MappingOf[str, EventPattern]) -> tuple[Diagnostic, ...]:
    """One warning, where there are patterns but nothing is installed that matches them."""
    if not patterns or find_spec(_ENGINE) is not None:
        return ()
    first = min((each.span for each in patterns.values()), key=lambda span: (span.file, span.line))
    message = "nothing is installed that matches patterns, so events wait"
    return (Diagnostic("RF816", message, first, HOW_TO_INSTALL, Severity.WARNING),)


def _types(files: MappingOf[str, bytes], around: Around, findings: Findings) -> EventTypes:
    if EVENTS_FILE not in files:
        return EventTypes()
    document = read_yaml(files[EVENTS_FILE], EVENTS_FILE)
    findings.items += document.diagnostics
    if document.root is None:
        return EventTypes(complete=False)
    return read_event_types(document.root, around.zone, findings)


def _pattern(
    data: bytes, path: str, around: Around, types: EventTypes, findings: Findings
) -> EventPattern | None:
    document = read_yaml(data, path)
    findings.items += document.diagnostics
    if document.root is None or _is_misplaced(document.root, path, findings):
        return None
    found = PatternReader(path, around, types, findings).read(document.root)
    return None if findings.failed else found


def _is_misplaced(root: Node, path: str, findings: Findings) -> bool:
    """Whether the file is something else, of which nothing more need be said."""
    if not isinstance(root, Mapping) or root.get("pattern") is not None:
        return False
    others = [hint for key, hint in _ELSEWHERE.items() if root.get(key) is not None]
    if path.endswith("/" + EVENTS_FILE):
        others.append(f"{EVENTS_FILE} stands beside the project file")
    if others:
        findings.error("RF318", f"{path} is no pattern, so nothing uses it", Span(path, 1, 1, 1), others[0])
    return bool(others)
