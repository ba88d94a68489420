"""JSON Schemas (2020-12) by which editors check and complete ``events.yaml`` and the files of patterns.

They say what can be said without knowing the rest of a file: an editor that finds no fault proves nothing,
`rulesflow check` does. With a project they know its types of events, facts, workflows and signals.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any, Final, TypeAlias

from rulesflow.conditions import Kind
from rulesflow.conditions.scope import field_paths
from rulesflow.patterns.around import Around
from rulesflow.patterns.definition import MOST_TERMS
from rulesflow.patterns.eventfile import FROM, SOURCES
from rulesflow.patterns.following import KEYS
from rulesflow.patterns.terms import RESERVED, UNLESS

JsonSchema: TypeAlias = dict[str, Any]

_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_FILE_NAME: Final = {"type": "string", "pattern": "^[a-z][a-z0-9_-]*$"}
_ALIAS: Final = {"type": "string", "pattern": "^[a-z][a-z0-9_]*$", "not": {"enum": sorted(RESERVED)}}
_TYPE: Final = {"type": "string", "pattern": "^[A-Za-z0-9._/-]{1,200}$"}
_PATH: Final = {"type": "string", "pattern": r"^[^.$\s][^.\s]*(\.[^.\s]+)*$"}
_PERIOD: Final = {"type": "string", "pattern": r"^\+?(0|([0-9.]+(ms|s|m|h|d))+)$"}
_COMPUTED: Final = {"type": "string", "pattern": r"\$\{"}
_SCALARS: Final = (Kind.STRING, Kind.NUMBER, Kind.BOOL, Kind.TIMESTAMP)
_CONDITION: Final = {
    "description": "A condition: it reads its own event and those before it, and their time as ts.",
    "type": ["string", "boolean"],
}


def pattern_schema(around: Around | None, types: Collection[str] = ()) -> JsonSchema:
    """A ``patterns/NAME.yaml``. ``types``: the names of the types of events that there are."""
    event = _closed({"type": _one_of(types, _TYPE), "when": _CONDITION}, ["type"])
    properties = {
        "pattern": _FILE_NAME | {"description": "The name: that of the file."},
        "title": _text("What it finds, in a few words."),
        "by": _PATH
        | {"description": "What the events have in common: a path in the data of all of them, dotted."},
        "within": _PERIOD | {"description": "How far apart the events may be, such as 10m."},
        "events": {
            "description": "An alias for each event of a match. They are distinct; their order is free "
            "unless a condition compares ts.",
            "type": "object",
            "minProperties": 1,
            "maxProperties": MOST_TERMS,
            "propertyNames": _ALIAS,
            "additionalProperties": event,
        },
        UNLESS: {"description": "An event that must not be there until 'within' is over.", **event},
        "then": _then(around),
        "because": _text("Why it matters, for those who look at its matches."),
        "throttle": _PERIOD
        | {"description": "After a match was followed, those of its key are only recorded for so long."},
    }
    required = ["pattern", "by", "within", "events", "then"]
    return {"$schema": _DIALECT, "title": "A pattern of events", **_closed(properties, required)}


def pattern_cases_schema(patterns: Collection[str] = (), types: Collection[str] = ()) -> JsonSchema:
    """A ``patterns/NAME.cases.yaml``."""
    own = {"type": ["string", "integer"]}
    ids = {"type": "array", "items": own}
    event = {
        "type": _one_of(types, _TYPE),
        "time": _text("When it happened, e.g. 2026-11-20T10:00:00Z."),
        "data": {"description": "What it says.", "type": "object"},
        "id": own | {"description": "Its id; without, its number in this list, from 1."},
    }
    match = {
        "events": {
            "description": "The ids of its events, or the id of each by its alias.",
            "anyOf": [ids, {"type": "object", "additionalProperties": own}],
        },
        "key": {"description": "What the events have in common.", "type": ["string", "number", "boolean"]},
    }
    case = {
        "case": _text("What is shown, in a sentence. No other case of the pattern has this name."),
        "events": {"type": "array", "items": _closed(event, ["type", "time", "data"])},
        "expect": {
            "description": "All matches; [] for none.",
            "type": "array",
            "items": _closed(match, ["events"]),
        },
    }
    cases = {"type": "array", "items": _closed(case, ["case", "events", "expect"])}
    properties = {"pattern": _one_of(patterns, _FILE_NAME), "cases": cases}
    return {"title": "Cases of a pattern", **_closed(properties, ["pattern", "cases"])}


def events_schema() -> JsonSchema:
    """The file ``events.yaml``. What a JSON Schema may hold is not said again here."""
    source = {
        "description": "Where an event that a run gives takes it from: a dotted path.",
        "type": "string",
        "pattern": rf"^({'|'.join(SOURCES)})(\.[^.\s]+)*$",
    }
    inner = {"type": "object", "properties": {FROM: source, "properties": {"$ref": "#/$defs/properties"}}}
    data = {
        "description": "The JSON Schema of its data, an object.",
        "type": "object",
        "required": ["type"],
        "properties": {
            "type": {"const": "object"},
            "properties": {
                "allOf": [{"$ref": "#/$defs/properties"}],
                "propertyNames": {"not": {"const": "ts"}},
            },
        },
    }
    return {
        "$schema": _DIALECT,
        "title": "The types of events",
        "type": "object",
        "propertyNames": _TYPE,
        "additionalProperties": data,
        "$defs": {"properties": {"type": "object", "additionalProperties": inner}},
    }


def _then(around: Around | None) -> JsonSchema:
    """Exactly one of a signal, a run and a fact."""
    signals = {each.signal for each in around.listeners if each.signal is not None} if around else set()
    computed = around is not None and any(each.signal is None for each in around.listeners)
    facts = sorted(field_paths(around.facts.type)) if around else []
    where = {
        "description": "Facts, and the values that runs or requests have there which are meant.",
        "type": "object",
        "minProperties": 1,
        "propertyNames": _comparable(around, facts) if around else _PATH,
        "additionalProperties": {"type": ["string", "number", "boolean"]},
    }
    parts: dict[str, JsonSchema] = {
        "signal": _one_of(() if computed else signals, {"type": "string"})
        | {"description": "A signal to the runs that 'where' means."},
        "start": _one_of(around.workflows if around else (), _FILE_NAME)
        | {"description": "A workflow, of which a run is started."},
        "fact": ({"enum": facts} if facts else dict(_PATH))
        | {"description": "A fact, for decisions about what 'where' means."},
        "where": where,
        "with": {
            "description": "What the signal brings, or the run is given. Values are computed in ${ … }: "
            "key, match and each alias.",
            "anyOf": [{"type": "object"}, _COMPUTED],
        },
        "value": {"description": "What the fact is."},
        "for": _PERIOD | {"description": "How long the fact holds."},
    }
    return {
        "description": "What follows a match: exactly one of signal, start and fact.",
        "oneOf": [
            _closed({name: parts[name] for name in (kind, *beside)}, [kind, *needed])
            for kind, (beside, needed) in KEYS.items()
        ],
    }


def _comparable(around: Around, paths: Collection[str]) -> JsonSchema:
    """The paths that may be compared; of what maps hold, any."""
    kinds = {path: found.kind for path in paths if (found := around.facts.at(tuple(path.split("."))))}
    known: JsonSchema = {"enum": [path for path, kind in kinds.items() if kind in _SCALARS]}
    maps = [re.escape(path) for path, kind in kinds.items() if kind is Kind.MAP]
    return {"anyOf": [known, {"pattern": rf"^({'|'.join(maps)})\."}]} if maps else known


def _one_of(names: Collection[str], otherwise: Any) -> JsonSchema:
    return {"enum": sorted(names)} if names else dict(otherwise)


def _closed(properties: JsonSchema, required: list[str]) -> JsonSchema:
    return {"type": "object", "required": required, "properties": properties, "additionalProperties": False}


def _text(description: str) -> JsonSchema:
    return {"description": description, "type": "string"}
