"""JSON Schemas (2020-12) by which editors check and complete workflows and their cases.

They say what can be said without knowing the rest of a file: an editor that finds no fault proves nothing,
`rulesflow check` does. With a project they know its decisions, and the steps that plugins offer.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final, TypeAlias

from rulesflow.workflows.retries import CLASSES
from rulesflow.workflows.step import Step
from rulesflow.workflows.steps import KEYS, RESERVED
from rulesflow.workflows.surroundings import Surroundings
from rulesflow.workflows.written import Kind

JsonSchema: TypeAlias = dict[str, Any]

_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_NAME: Final = {"type": "string", "pattern": "^[a-z][a-z0-9_]*$"}
_FILE_NAME: Final = {"type": "string", "pattern": "^[a-z][a-z0-9_-]*$"}
_STEP_NAME: Final = {**_NAME, "not": {"enum": sorted(RESERVED)}}
_COMPUTED: Final = {"type": "string", "pattern": r"\$\{"}
_PERIOD: Final = {
    "description": "A length of time: 500ms, 10s, 5m, 24h, 2d.",
    "type": "string",
    "pattern": r"^\+?(0|([0-9.]+(ms|s|m|h|d))+)$",
}
_CONDITION: Final = {"description": "A condition, such as order.total > 100.", "type": ["string", "boolean"]}
_VALUES: Final = {"description": "Values, computed in ${ … } or as they stand.", "type": "object"}
_STATUSES: Final = ("completed", "failed", "incident", "waiting", "parked", "undoing")


def workflow_schema(given: Surroundings | None, workflows: Collection[str] = ()) -> JsonSchema:
    """A ``workflows/NAME.yaml``. ``workflows``: the names of those that there are."""
    steps = {} if given is None else given.steps
    properties = {
        "workflow": _FILE_NAME | {"description": "The name: that of the file."},
        "title": _text("What it does, in a few words."),
        "input": {
            "description": "What a run is given: the file of the facts, or a JSON Schema of type object.",
            "anyOf": [{"const": given.facts_file} if given else {"type": "string"}, {"type": "object"}],
        },
        "retries": _named("Policies that steps name under 'retry'.", {"$ref": "#/$defs/policy"}),
        "steps": {"$ref": "#/$defs/steps"},
        "output": {"description": "What a completed run gives."},
        "priority": {
            "description": "Smaller goes first where runs have to wait; 5 without.",
            "anyOf": [{"type": "number"}, _COMPUTED],
        },
    }
    return {
        "$schema": _DIALECT,
        "title": "A workflow",
        **_closed(properties, ["workflow", "input", "steps"]),
        "$defs": {**_leads(), "step": _step(given, workflows), **_call_inputs(steps)},
    }


def workflow_cases_schema(workflows: Collection[str] = ()) -> JsonSchema:
    """A ``workflows/NAME.cases.yaml``."""
    paths = {"type": "array", "items": {"type": "string"}}
    expect = {
        "status": {"description": "How the run must end, or stand.", "enum": list(_STATUSES)},
        "path": {**paths, "description": "The steps that it must come to, in order: split, split/0/take."},
        "output": {"description": "A part of the run's output, or all of it."},
        "undone": {**paths, "description": "The steps that must be taken back, in order."},
        "error": _text("The code of the error or 'fail' that must end it."),
        "calls": {"description": "What the plugins' steps must be called with, by path."},
    }
    signal = _closed(
        {"signal": _text("Its name."), "payload": {}, "after": _PERIOD, "at": _text("When it comes.")},
        ["signal"],
    )
    case = {
        "case": _text("What is shown, in a sentence. No other case of the workflow has this name."),
        "input": {"description": "What the run is given.", "type": "object"},
        "at": _text("When it starts, e.g. 2026-11-20T10:00:00Z."),
        "mocks": {
            "description": "What the plugins' steps answer, by path: an output, {error: …}, {held: true} "
            "while the resource is not well, or a list of them.",
            "type": "object",
        },
        "signals": {
            "description": "The signals that come: a list, or payloads by name.",
            "anyOf": [{"type": "array", "items": signal}, {"type": "object"}],
        },
        "expect": {"description": "What must come of it.", **_closed(expect, []), "minProperties": 1},
    }
    cases = {"type": "array", "items": _closed(case, ["case", "input", "expect"])}
    properties = {"workflow": _one_of(workflows, _FILE_NAME), "cases": cases}
    return {"title": "Cases of a workflow", **_closed(properties, ["workflow", "cases"])}


def _leads() -> JsonSchema:
    """Where steps lead, and what they do about errors."""
    words = {"type": "string", "examples": list(CLASSES)}
    errors = {
        "description": f"Classes ({', '.join(CLASSES)}), or codes that the step declares.",
        "anyOf": [words, {"type": "array", "minItems": 1, "items": words}],
    }
    target = {"$ref": "#/$defs/target"}
    fail = _closed({"code": _FILE_NAME, "message": {"type": "string"}}, ["code"])
    branch = {
        "anyOf": [
            _closed({"when": _CONDITION, "then": target}, ["when", "then"]),
            _closed({"else": target}, ["else"]),
        ]
    }
    return {
        "steps": {
            "description": "In the order of the file, unless 'then' or 'on' leads elsewhere.",
            "type": "object",
            "minProperties": 1,
            "propertyNames": _STEP_NAME,
            "additionalProperties": {"$ref": "#/$defs/step"},
        },
        "fail": {"anyOf": [_FILE_NAME, fail]},
        "target": {
            "description": "A step of this list, end, or {fail: CODE}.",
            "anyOf": [{"type": "string"}, _closed({"fail": {"$ref": "#/$defs/fail"}}, ["fail"])],
        },
        "branches": {"type": "array", "minItems": 1, "items": branch},
        "catch": _closed({"on": errors, "then": target}, ["on", "then"]),
        "policy": _closed(
            {
                "on": errors,
                "attempts": {"description": "How often in all.", "type": "integer", "minimum": 1},
                "delay": _PERIOD,
                "factor": {"description": "By which each delay grows.", "type": "number", "minimum": 1},
                "max_delay": _PERIOD,
                "jitter": {"enum": ["none", "full"]},
                "then": {"const": "park", "description": "Rest until the resource is well."},
            },
            [],
        ),
    }


def _step(given: Surroundings | None, workflows: Collection[str]) -> JsonSchema:
    """A step: one verb, and the keys that suit it."""
    calls = _one_of(given.steps if given else (), {"type": "string"})
    decision = _one_of(given.decisions if given else (), _FILE_NAME)
    decide = {
        "decision": decision,
        "with": _VALUES,
        "at": {"type": "string"},
        "rules": {"enum": ["pinned", "latest"]},
    }
    catch = {"$ref": "#/$defs/catch"}
    within = _closed({"steps": {"$ref": "#/$defs/steps"}}, ["steps"])
    properties: JsonSchema = {
        "call": {**calls, "description": "A step of a plugin."},
        "decide": _either("A decision of the rules.", decision, _closed(decide, ["decision"])),
        "switch": {"$ref": "#/$defs/branches"},
        "wait": _text("A signal, by its name."),
        "sleep": {"anyOf": [_PERIOD, _COMPUTED, _closed({"until": {"type": "string"}}, ["until"])]},
        "parallel": _named("Branches side by side.", within),
        "each": _either("A list, for each item of which 'steps' are done.", _COMPUTED, {"type": "array"}),
        "run": {**_one_of(workflows, _FILE_NAME), "description": "Another workflow, as a child."},
        "set": _named("Values, read as steps.NAME.VALUE.", {}),
        "fail": {"$ref": "#/$defs/fail", "description": "Ends the run, after undoing."},
        "if": {**_CONDITION, "description": "Where it is false, the whole step is skipped."},
        "then": {"$ref": "#/$defs/target"},
        "on": {
            "description": "Where each outcome leads.",
            "anyOf": [
                {"type": "object", "minProperties": 1, "additionalProperties": {"$ref": "#/$defs/target"}},
                {"$ref": "#/$defs/branches"},
            ],
        },
        "by": _text("The property of the outcome that 'on' branches on, where there are several."),
        "catch": _either("Errors that lead elsewhere.", catch, {"type": "array", "items": catch}),
        "with": _either("What it is given.", _VALUES, _COMPUTED),
        "retry": _either("A policy, or the name of one.", {"type": "string"}, {"$ref": "#/$defs/policy"}),
        "timeout": _PERIOD,
        "undo": {"anyOf": [_undo(calls), _closed({"call": calls, "with": _VALUES}, ["call"])]},
        "commit": {"description": "Once it has completed, nothing up to it is undone.", "type": "boolean"},
        "park": _either("Whether an open breaker parks it, or how long.", {"type": "boolean"}, _PERIOD),
        "payload": _named("What the signal brings, one JSON Schema a property.", {"type": "object"}),
        "fresh": {"description": "Not a signal from before the wait began.", "type": "boolean"},
        "join": {"enum": ["all", "any"]},
        "as": {**_NAME, "description": "The item's name in the steps; item without."},
        "concurrency": {"description": "Items at once.", "type": "integer", "minimum": 1},
        "on_failure": {"enum": ["stop", "collect"]},
        "steps": {"$ref": "#/$defs/steps"},
    }  # fmt: skip
    return {
        "type": "object",
        "properties": properties,
        "oneOf": [{"required": [verb.value]} for verb in Kind],
        "allOf": [*_suiting(), *_inputs(given.steps if given else {})],
    }


def _suiting() -> Iterator[JsonSchema]:
    for verb in Kind:
        keys = [verb.value, "if", *KEYS[verb]]
        yield {"if": {"required": [verb.value]}, "then": {"propertyNames": {"enum": keys}}}


def _inputs(steps: Mapping[str, Step]) -> Iterator[JsonSchema]:
    """What each step is given, by its name."""
    for name in steps:
        called = {"required": ["call"], "properties": {"call": {"const": name}}}
        given = {"anyOf": [{"$ref": f"#/$defs/with {name}"}, _COMPUTED]}
        yield {"if": called, "then": {"properties": {"with": given}}}


def _call_inputs(steps: Mapping[str, Step]) -> JsonSchema:
    """The names of what steps are given, each of which may be computed."""
    return {f"with {name}": _call_input(step) for name, step in steps.items()}


def _call_input(step: Step) -> JsonSchema:
    properties = {
        name: {"description": part["description"]} if "description" in part else {}
        for name, part in step.input.get("properties", {}).items()
    }
    closed = step.input.get("additionalProperties") is False
    wanted: JsonSchema = {"type": "object", "properties": properties}
    if step.input.get("required"):
        wanted["required"] = list(step.input["required"])
    return {**wanted, "additionalProperties": False} if closed else wanted


def _undo(calls: JsonSchema) -> JsonSchema:
    return {"enum": [*calls["enum"], "none"]} if "enum" in calls else calls


def _one_of(names: Collection[str], otherwise: Mapping[str, Any]) -> JsonSchema:
    return {"enum": sorted(names)} if names else dict(otherwise)


def _closed(properties: JsonSchema, required: list[str]) -> JsonSchema:
    return {"type": "object", "required": required, "properties": properties, "additionalProperties": False}


def _named(description: str, value: JsonSchema) -> JsonSchema:
    return {
        "description": description,
        "type": "object",
        "propertyNames": _NAME,
        "additionalProperties": value,
    }


def _either(description: str, *choices: Mapping[str, Any]) -> JsonSchema:
    return {"description": description, "anyOf": list(choices)}


def _text(description: str) -> JsonSchema:
    return {"description": description, "type": "string"}
