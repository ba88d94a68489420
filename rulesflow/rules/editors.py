"""JSON Schemas (2020-12) by which editors check and complete rule files while they are written.

They say what can be said without knowing the rest of a file: an editor that finds no fault proves nothing,
`rulesflow check` does. With a ruleset they know its facts, its decisions and what these answer.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, Final, TypeAlias

from rulesflow.conditions.types import Field, Kind, Type
from rulesflow.rules.hits import Hit
from rulesflow.rules.ruleset import Decision, Ruleset
from rulesflow.schemas import Schema

JsonSchema: TypeAlias = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_NAME: Final = {"type": "string", "pattern": "^[a-z][a-z0-9_]*$"}
_FILE_NAME: Final = {"type": "string", "pattern": "^[a-z][a-z0-9_-]*$"}
_SCALAR: Final = {"type": ["string", "number", "boolean"]}
_COMPUTED: Final = {"type": "string", "pattern": r"\$\{"}
_WORDS: Final = {"enum": ["present", "absent", "*"]}
#: A comparison, a range, a membership, an expression, a param, a quoted text, a number: no bare word.
_WRITTEN: Final = {"type": "string", "pattern": r"^\s*([-+.0-9<>=!(\[\]\"]|\$\{|params\.|(not\s+)?in\s*\[)"}
_DEPTH = 8  # levels of objects whose fields are listed
_MOST_PATHS = 2000


def facts_schema(facts: Schema) -> JsonSchema:
    """What a request's facts may be: the project's own schema."""
    return {"$schema": DIALECT, **facts.source}


def cases_schema(ruleset: Ruleset | None) -> JsonSchema:
    """A ``NAME.cases.yaml``."""
    facts: JsonSchema = dict(ruleset.facts.source) if ruleset else {"type": "object"}
    definitions: JsonSchema = facts.pop("$defs", {})  # what refers to them means the root of the document
    facts = {key: value for key, value in facts.items() if key not in ("$schema", "$id")}
    described = "What the request carries; checked against the facts schema as a request is."
    case = _closed(
        {
            "case": _text("What is shown, in a sentence. No other case of the decision has this name."),
            "facts": {"description": described, **facts},
            "at": _text("When it is decided, e.g. 2026-11-20T10:00:00Z. Needed where rules have dates."),
            "expect": {"description": "A part of the result, or all of it."},
            "rule": _NAME | {"description": "The rule that must have decided, or default."},
        },
        ["case", "facts"],
    )
    case["anyOf"] = [{"required": ["expect"]}, {"required": ["rule"]}]
    cases = _closed(
        {"decision": _decision_name(ruleset), "cases": {"type": "array", "items": case}},
        ["decision", "cases"],
    )
    head = {"$schema": DIALECT, "title": "Cases of a decision", **cases}
    return {**head, "$defs": definitions} if definitions else head


def decision_schema(ruleset: Ruleset | None) -> JsonSchema:
    """A decision's YAML file, be it the declaration or an overlay."""
    declaration = _declaration(ruleset)
    properties = {
        "decision": _FILE_NAME | {"description": "The name: that of the file."},
        **declaration,
        "params": _named("Named constants, read as params.NAME.", {}),
        "rules": {"description": "Asked in their order.", "type": "array", "items": {"$ref": "#/$defs/rule"}},
        "table": {"$ref": "#/$defs/table"},
        "disable": _list_of(_NAME, "Rules of lower layers that do not hold here."),
        "default": {"$ref": "#/$defs/answer", "description": "The answer where no rule matches."},
    }
    schema = {
        "$schema": DIALECT,
        "title": "A decision, or an overlay of one",
        **_closed(properties, ["decision"]),
        "anyOf": [
            {"required": ["outcome"], "properties": {"disable": False}},
            {"properties": dict.fromkeys(declaration, False)},
        ],
        "$defs": {**_rule_definitions(), **_test_definitions(), "tests": _tests(ruleset)},
    }
    known = [_of_decision(each) for each in (ruleset.decisions.values() if ruleset else ())]
    return {**schema, "allOf": known} if known else schema


def _declaration(ruleset: Ruleset | None) -> JsonSchema:
    """The keys that only a decision's first file has."""
    paths = list(_paths(ruleset)) if ruleset else []
    required = {"enum": paths} if 0 < len(paths) < _MOST_PATHS else {"type": "string"}
    return {
        "title": _text("What it decides, in a few words."),
        "hit": {"description": "Which of the rules that match give the answer.", "enum": list(Hit)},
        "requires": _list_of(required, "Facts that this decision needs: a request without them is refused."),
        "outcome": _named("What an answer looks like, one JSON Schema a property.", {"type": "object"}),
    }


def _of_decision(decision: Decision) -> JsonSchema:
    """What is known of the file once its decision is: names of params, properties of the outcome."""
    answer = {"properties": {name: _answer(each) for name, each in decision.outcome.properties.items()}}
    then: JsonSchema = {"rules": {"items": {"properties": {"then": answer}}}}
    if decision.hit is not Hit.COUNT:
        then["default"] = answer
    then["params"] = {"properties": dict.fromkeys(decision.family.first.params, True)}
    named = {"required": ["decision"], "properties": {"decision": {"const": decision.name}}}
    return {"if": named, "then": {"properties": then}}


def _answer(schema: Schema) -> JsonSchema:
    """A property of an outcome: as its schema says, or computed; the parts of lists may be, too."""
    if schema.type.kind in (Kind.LIST, Kind.MAP, Kind.OBJECT):
        wanted = {"type": ["array" if schema.type.kind is Kind.LIST else "object"]}
        if schema.type.nullable:
            wanted["type"].append("null")
    else:
        wanted = dict(schema.source)
    described = {"description": wanted.pop("description")} if "description" in wanted else {}
    return {**described, "anyOf": [wanted, _COMPUTED]}


def _rule_definitions() -> JsonSchema:
    when = {
        "description": "When the rule holds: a condition, tests by field, or a list of both. None: always.",
        "anyOf": [{"$ref": "#/$defs/part"}, {"type": "array", "items": {"$ref": "#/$defs/part"}}],
    }
    date = "e.g. 2026-11-27 or 2026-11-27T08:00:00, local to the project's time zone."
    rule = {
        "rule": _NAME | {"description": "The name, one of its kind in the decision."},
        "when": when,
        "then": {"$ref": "#/$defs/answer", "description": "The answer: every property of the outcome."},
        "because": _text("Why, for people: it stands in the reply."),
        "override": _flag("Replaces the rule of a lower layer with this name, in the place where it stood."),
        "final": _flag("No higher layer may change it, and it is asked before all that are not final."),
        "from": _text(f"The rule holds from then on, {date}"),
        "until": _text(f"The rule holds no more from then on, {date}"),
        "rollout": _closed(
            {
                "percent": {"type": "number", "minimum": 0, "maximum": 100},
                "by": _text("The fact whose value decides who is in the share, e.g. customer.id."),
            },
            ["percent", "by"],
        ),
    }
    table = {
        "columns": _list_of({"type": "string"}, "Headers, e.g. when order.total, then carrier, rule."),
        "rows": _list_of({"type": "array"}, "One rule a row, with a cell for each column."),
    }
    return {
        "rule": _closed(rule, ["rule", "then"]),
        "part": {"anyOf": [{"type": ["string", "boolean"]}, {"$ref": "#/$defs/tests"}]},
        "answer": {"type": "object"},
        "table": {
            "description": "A table of rules beside the file (.csv, .xlsx), or one that is written here.",
            "anyOf": [
                {"type": "string", "pattern": r"\.(csv|xlsx)$"},
                _closed(table, ["columns", "rows"]),
            ],
        },
    }


# Field tests


def _tests(ruleset: Ruleset | None) -> JsonSchema:
    """A mapping of field paths to tests."""
    if ruleset is None:
        return {"type": "object", "additionalProperties": {"$ref": "#/$defs/any_test"}}
    paths = _paths(ruleset)
    open_paths = [path for path, field in paths.items() if field.type.kind in (Kind.MAP, Kind.DYN)]
    return {
        "type": "object",
        "properties": {path: _test(field) for path, field in paths.items()},
        "patternProperties": {f"^{_escaped(path)}\\.": {"$ref": "#/$defs/any_test"} for path in open_paths},
        "additionalProperties": len(paths) == _MOST_PATHS,
    }


def _paths(ruleset: Ruleset) -> Mapping[str, Field]:
    """Declared facts by their dotted path, the outer ones first."""
    return dict(islice(_walk(ruleset.facts.type), _MOST_PATHS))


def _walk(facts: Type) -> Iterator[tuple[str, Field]]:
    queue = deque([("", facts)])
    while queue:
        prefix, type_ = queue.popleft()
        for name, field in (type_.fields or {}).items():
            if "." not in name:  # no path can name it
                yield prefix + name, field
                if prefix.count(".") < _DEPTH:
                    queue.append((f"{prefix}{name}.", field.type))


def _test(field: Field) -> JsonSchema:
    described = {"description": field.description} if field.description else {}
    if field.type.literals and field.type.kind is Kind.STRING:
        values: list[JsonSchema] = [{"enum": list(field.type.literals)}, _WRITTEN]
        return {**described, **_any_of(*values, _list({"anyOf": values}))}
    return {**described, "$ref": f"#/$defs/{_TEST_OF.get(field.type.kind, 'any')}_test"}


_TEST_OF: Final[Mapping[Kind, str]] = {
    Kind.NUMBER: "number", Kind.STRING: "text", Kind.TIMESTAMP: "text", Kind.BOOL: "boolean",
    Kind.LIST: "presence", Kind.OBJECT: "presence", Kind.MAP: "presence",
}  # fmt: skip


def _test_definitions() -> JsonSchema:
    number = {"anyOf": [{"type": "number"}, _WRITTEN]}
    text = {"type": "string"}
    boolean = {"anyOf": [{"enum": [True, False, "true", "false"]}, _WRITTEN]}
    spelled = {
        "description": "For values that look like operators.",
        "type": "object",
        "minProperties": 1,
        "properties": {
            **dict.fromkeys(("eq", "ne", "gt", "gte", "lt", "lte"), _SCALAR),
            **dict.fromkeys(("in", "not_in"), _list(_SCALAR)),
            "matches": _text("A regular expression (RE2)."),
        },
        "additionalProperties": False,
    }
    return {
        "number_test": _any_of(number, _list(number)),
        "text_test": _any_of(text, _list(text)),
        "boolean_test": _any_of(boolean, _list(boolean)),
        "presence_test": {"description": "Is it there?", **_WORDS},
        "any_test": _any_of(_SCALAR, _list(_SCALAR)),
        "spelled_test": spelled,
    }


def _any_of(*choices: JsonSchema) -> JsonSchema:
    return {"anyOf": [*choices, _WORDS, {"$ref": "#/$defs/spelled_test"}]}


def _escaped(text: str) -> str:
    """For the regular expressions of JSON Schema, which know fewer escapes than `re.escape` writes."""
    return re.sub(r"[\\^$.*+?()\[\]{}|/]", r"\\\g<0>", text)


# Building blocks


def _decision_name(ruleset: Ruleset | None) -> JsonSchema:
    return {"enum": list(ruleset.decisions)} if ruleset else dict(_FILE_NAME)


def _closed(properties: JsonSchema, required: list[str]) -> JsonSchema:
    return {
        "type": "object",
        "required": required,
        "properties": properties,
        "additionalProperties": False,
    }


def _named(description: str, value: JsonSchema) -> JsonSchema:
    return {
        "description": description,
        "type": "object",
        "propertyNames": _NAME,
        "additionalProperties": value,
    }


def _text(description: str) -> JsonSchema:
    return {"description": description, "type": "string"}


def _flag(description: str) -> JsonSchema:
    return {"description": description, "type": "boolean"}


def _list(items: JsonSchema) -> JsonSchema:
    return {"type": "array", "minItems": 1, "items": items}


def _list_of(items: JsonSchema, description: str) -> JsonSchema:
    return {"description": description, "type": "array", "items": items}
