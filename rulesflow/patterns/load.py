"""Loading: from the bytes of ``events.yaml`` and ``patterns/*.yaml`` to what is matched and what follows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Final

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
_ENGINE: Final = "durable_rules_engine"


@dataclass(frozen=True, slots=True)
class LoadedPatterns:
    """By name. ``patterns``: those without an error."""

    events: Mapping[str, EventType] = field(default_factory=dict)
    patterns: Mapping[str, EventPattern] = field(default_factory=dict)


def is_ours(path: str) -> bool:
    """Whether a file of the project is read here; cases of patterns are not."""
    return path == EVENTS_FILE or (path.startswith(FOLDER) and not path.endswith(CASES))


def load_patterns(files: Mapping[str, bytes], around: Around, findings: Findings) -> LoadedPatterns:
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


def without_engine(patterns: Mapping[str, EventPattern]) -> tuple[Diagnostic, ...]:
    """One warning, where there are patterns but nothing is installed that matches them."""
    if not patterns or find_spec(_ENGINE) is not None:
        return ()
    first = min((each.span for each in patterns.values()), key=lambda span: (span.file, span.line))
    message = "nothing is installed that matches patterns, so events wait"
    return (Diagnostic("RF816", message, first, HOW_TO_INSTALL, Severity.WARNING),)


def _types(files: Mapping[str, bytes], around: Around, findings: Findings) -> EventTypes:
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
    if document.root is None:
        return None
    found = PatternReader(path, around, types, findings).read(document.root)
    return None if findings.failed else found
