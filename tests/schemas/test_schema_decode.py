"""A schema file becomes a type, a check and plain JSON Schema, or diagnostics that say how to mend it."""

from datetime import UTC
from decimal import Decimal

import pytest

from rulesflow.conditions.types import (
    BOOL,
    DYN,
    NUMBER,
    STRING,
    TIMESTAMP,
    Field,
    Kind,
    Type,
    list_of,
    map_of,
)
from rulesflow.documents.yaml import read_yaml
from rulesflow.schemas import Decoded, Schema, decode_facts, decode_properties, decode_schema


def decoded(text: str, decode=decode_schema) -> Decoded:
    document = read_yaml(text.encode(), "facts.yaml")
    assert not document.diagnostics
    return decode(document.root, UTC)


def schema(text: str, decode=decode_schema) -> Schema:
    found = decoded(text, decode)
    assert found.diagnostics == ()
    return found.schema


def findings(text: str, decode=decode_schema) -> list[tuple[str, int, int]]:
    found = decoded(text, decode)
    assert found.schema is None
    return [(item.code, item.span.line, item.span.column) for item in found.diagnostics]


def only(text: str, decode=decode_schema):
    found = decoded(text, decode)
    assert found.schema is None
    assert len(found.diagnostics) == 1, found.diagnostics
    return found.diagnostics[0]


@pytest.mark.parametrize(
    ("text", "type_"),
    [
        ("{type: string}", STRING),
        ("{type: number}", NUMBER),
        ("{type: integer}", NUMBER),
        ("{type: boolean}", BOOL),
        ("{type: string, format: date-time}", TIMESTAMP),
        ("{type: string, format: date}", TIMESTAMP),
        ("{type: [string, null]}", Type(Kind.STRING, nullable=True)),
        ("{type: ['null', number]}", Type(Kind.NUMBER, nullable=True)),
        ("{enum: [web, app]}", Type(Kind.STRING, literals=("web", "app"))),
        ("{enum: [web, NO, null]}", Type(Kind.STRING, nullable=True, literals=("web", "NO"))),
        ("{enum: [2, 1.0, 0.5]}", Type(Kind.NUMBER, literals=(2, 1, Decimal("0.5")))),
        ("{type: [integer, null], enum: [1, null]}", Type(Kind.NUMBER, nullable=True, literals=(1,))),
        ("{const: true}", Type(Kind.BOOL, literals=(True,))),
        ("{enum: [a, b], const: b}", Type(Kind.STRING, literals=("b",))),
        ("{type: array}", list_of(DYN)),
        ("{type: array, items: {type: number}}", list_of(NUMBER)),
        ("{type: object}", map_of(DYN)),
        ("{type: object, additionalProperties: {type: boolean}}", map_of(BOOL)),
        ("{type: object, additionalProperties: false}", Type(Kind.OBJECT, fields={}, closed=True)),
        (
            "{type: object, required: [a],"
            " properties: {a: {type: string, description: A}, b: {type: number}}}",
            Type(Kind.OBJECT, fields={"a": Field(STRING, True, "A"), "b": Field(NUMBER, False)}),
        ),
        ("{$ref: '#/$defs/a', $defs: {a: {$ref: '#/$defs/b'}, b: {type: string}}}", STRING),
        ("{$ref: '#/$defs/a~1b', $defs: {a/b: {type: string}}}", STRING),
    ],
)
def test_a_schema_tells_conditions_its_type(text: str, type_: Type):
    assert schema(text).type == type_


def test_all_annotations_are_tolerated():
    text = """
$schema: https://json-schema.org/draft/2020-12/schema
$id: https://shop.example/facts
title: Facts
description: What a request carries
x-owner: {team: risk}
type: object
properties:
  a: {type: string, examples: [x], x-pii: true}
"""
    assert schema(text).source["x-owner"] == {"team": "risk"}


def test_the_source_is_the_plain_schema_with_null_spelled_as_json_schema_wants_it():
    text = """
type: [object, null]
properties: {n: {$ref: '#/$defs/n'}}
$defs: {n: {type: array, items: {type: number}}}
"""
    assert schema(text).source == {
        "type": ["object", "null"],
        "properties": {"n": {"$ref": "#/$defs/n"}},
        "$defs": {"n": {"type": "array", "items": {"type": "number"}}},
    }


@pytest.mark.parametrize(
    ("text", "code", "in_message", "in_hint"),
    [
        ("{type: string, default: a}", "RF401", "default", "never invented"),
        ("{oneOf: [{type: string}], type: string}", "RF401", "oneOf", "[string, null]"),
        ("{type: string, allOf: []}", "RF401", "allOf", "merged"),
        ("{type: number, minimun: 0}", "RF401", "minimun", "did you mean minimum?"),
        ("{type: string, optional: true}", "RF401", "optional", "required"),
        ("{type: string, zzz: true}", "RF401", "zzz", "known keywords"),
        ("{}", "RF402", "needs a type", "string"),
        ("{description: nothing}", "RF402", "needs a type", "string"),
        ("string", "RF402", "must be a mapping", None),
        ("true", "RF402", "must be a mapping", None),
        ("{type: decimal}", "RF402", "type must be one of", "write number"),
        ("{type: Date}", "RF402", "type must be one of", "format: date"),
        ("{enum: auto}", "RF402", "not the text 'auto'", "enum: [auto]"),
        ("{type: string, required: true}", "RF404", "for type object", "required: [name]"),
        ("{type: strnig}", "RF402", "type must be one of", "did you mean string?"),
        ("{type: 'null'}", "RF402", "type must be one of", "[string, null]"),
        ("{type: [string, number]}", "RF402", "type must be one of", "[string, null]"),
        ("{type: [string, null, null]}", "RF402", "type must be one of", None),
        ("{type: {a: b}}", "RF402", "type must be one of", None),
        ("{type: string, format: email}", "RF402", "date-time or date", "pattern"),
        ("{type: string, minLength: -1}", "RF402", "whole number", None),
        ("{type: string, maxLength: true}", "RF402", "whole number", None),
        ("{type: number, minimum: '1'}", "RF402", "must be a number", None),
        ("{type: number, minimum: true}", "RF402", "must be a number", None),
        ("{type: string, pattern: 5}", "RF402", "must be text", "quotes"),
        ("{enum: []}", "RF402", "empty", None),
        ("{enum: web}", "RF402", "must be a list", None),
        ("{enum: [[a]]}", "RF402", "strings, numbers", None),
        ("{enum: [1, 1.0]}", "RF402", "twice", None),
        ("{const: [a]}", "RF402", "const must be", None),
        ("{type: array, items: [{type: string}]}", "RF402", "must be a mapping", None),
        ("{type: object, properties: [a]}", "RF402", "must be a mapping", None),
        ("{type: object, properties: {a: {type: string, required: true}}}", "RF404", "required is for", None),
        (
            "{type: object, properties: {a: {type: object, required: true}}}",
            "RF402",
            "list of property",
            "required: [name]",
        ),
        ("{type: object, properties: {a: {type: string}}, required: [a, a]}", "RF402", "twice", None),
        ("{type: object, properties: {a: {type: string}}, required: [a, 1]}", "RF402", "not a name", None),
        ("{type: object, additionalProperties: no}", "RF402", "true, false or a schema", "write false"),
        ("{type: string, description: 5}", "RF402", "must be text", None),
        ("{type: string, examples: a}", "RF402", "must be a list", None),
        ("{type: object, properties: {a: {type: string, $id: a}}}", "RF402", "only at the root", None),
        (
            "{$ref: '#/$defs/a', type: string, $defs: {a: {type: string}}}",
            "RF402",
            "beside $ref",
            "definition",
        ),
        ("{type: object, $defs: 5}", "RF402", "$defs must be", None),
        ("{$ref: '#/$defs/lime', $defs: {line: {type: string}}}", "RF403", "no 'lime'", "did you mean line?"),
        ("{$ref: 'other.yaml#/a'}", "RF403", "of this file", "$defs"),
        ("{$ref: 5}", "RF403", "of this file", "$defs"),
        ("{type: string, minimum: 1}", "RF404", "minimum is for type integer or number", None),
        ("{type: number, format: date}", "RF404", "format is for type string", None),
        ("{enum: [a], items: {type: string}}", "RF404", "items is for type array", None),
        ("{type: number, minimum: 2, maximum: 1}", "RF404", "no value that fits", None),
        ("{type: number, exclusiveMinimum: 1, maximum: 1}", "RF404", "no value that fits", None),
        ("{type: string, minLength: 2, maxLength: 1}", "RF404", "no value that fits", None),
        ("{type: array, minItems: 2, maxItems: 1}", "RF404", "no value that fits", None),
        ("{type: string, enum: [a, 1]}", "RF404", "must be a string; it is 1", "quotes"),
        ("{type: integer, enum: [1, 1.5]}", "RF404", "must be a whole number", None),
        ("{type: string, enum: [a, null]}", "RF404", "must be a string; it is null", None),
        ("{type: [string, null], enum: [a]}", "RF404", "allows null", "list null"),
        ("{type: [string, null], const: a}", "RF404", "allows null", "list null"),
        ("{type: number, minimum: 2, enum: [1, 2]}", "RF404", "at least 2", None),
        ("{enum: [a, 1]}", "RF404", "several types", "quotes"),
        ("{enum: [1, true]}", "RF404", "several types", "quotes"),
        ("{enum: [null]}", "RF404", "always null", None),
        ("{enum: [a, b], const: c}", "RF404", "not in the enum", None),
        ("{type: string, format: date, enum: ['2026-01-01']}", "RF404", "exclude each other", None),
        ("{type: array, const: a}", "RF404", "single values", None),
        (
            "{type: object, properties: {total: {type: number}}, required: [totl]}",
            "RF404",
            "totl",
            "did you mean total?",
        ),
        ("{type: string, pattern: '('}", "RF406", "missing )", "RE2"),
        ("{type: string, pattern: '(?=a)'}", "RF406", "does not compile", "RE2"),
    ],
)
def test_a_wrong_schema_gets_one_clear_diagnostic(text: str, code: str, in_message: str, in_hint: str | None):
    item = only(text)
    assert item.code == code
    assert in_message in item.message
    if in_hint is not None:
        assert in_hint in (item.hint or "")


def test_every_fault_is_reported_at_its_place():
    text = """\
type: object
properties:
  order:
    type: object
    properties:
      total: {type: nmber}
      id: {type: string, default: x}
required: [ordr]
$defs:
  unused: {type: string, pattern: '['}
"""
    assert findings(text) == [("RF402", 6, 21), ("RF401", 7, 26), ("RF404", 8, 12), ("RF406", 10, 35)]


def test_references_that_run_in_a_circle_are_refused():
    text = (
        "{type: array, items: {$ref: '#/$defs/a'}, $defs: {a: {$ref: '#/$defs/b'}, b: {$ref: '#/$defs/a'}}}"
    )
    found = decoded(text)
    assert {item.code for item in found.diagnostics} == {"RF403"}
    assert "a → b → a" in found.diagnostics[0].message


TREE = """
$ref: '#/$defs/node'
$defs:
  node:
    type: object
    required: [name]
    additionalProperties: false
    properties:
      name: {type: string}
      children: {type: array, items: {$ref: '#/$defs/node'}}
"""


def test_a_recursive_type_is_known_for_one_turn():
    tree = schema(TREE)
    assert tree.type.fields["children"].type == list_of(DYN)
    assert tree.at(("name",)) == STRING


def test_references_cannot_build_a_schema_of_unbounded_depth():
    chain = [f"d{i}: {{type: array, items: {{$ref: '#/$defs/d{i + 1}'}}}}" for i in range(2000)]
    for order in (chain, list(reversed(chain))):
        text = "type: object\n$defs:\n  d2000: {type: string}\n  " + "\n  ".join(order) + "\n"
        found = decoded(text)
        assert found.schema is None
        assert {item.code for item in found.diagnostics} == {"RF402"}
        assert "deeper than 64" in found.diagnostics[0].message


def test_facts_are_an_object_whose_names_are_not_reserved():
    assert only("{type: string}", decode_facts).code == "RF402"
    assert only("{type: [object, null], properties: {a: {type: string}}}", decode_facts).code == "RF402"
    assert only("{type: object}", decode_facts).code == "RF402"
    inner = "{type: object, properties: {run: {type: string}}}"
    text = f"{{type: object, properties: {{at: {{type: string}}, a: {inner}}}}}"
    assert findings(text, decode_facts) == [("RF405", 1, 29)]
    hidden = "{$ref: '#/$defs/a', $defs: {a: {type: object, properties: {steps: {type: string}}}}}"
    assert only(hidden, decode_facts).code == "RF405"


def test_an_outcome_is_a_closed_object_whose_properties_are_required_unless_optional():
    outcome = schema(
        "{route: {enum: [auto, deny]}, limit: {type: number, optional: true}}", decode_properties
    )
    assert outcome.type == Type(
        Kind.OBJECT,
        fields={"route": Field(Type(Kind.STRING, literals=("auto", "deny"))), "limit": Field(NUMBER, False)},
        closed=True,
    )
    assert outcome.source == {
        "type": "object",
        "required": ["route"],
        "additionalProperties": False,
        "properties": {"route": {"enum": ["auto", "deny"]}, "limit": {"type": "number"}},
    }
    assert outcome.properties["route"].check_literal("auto") == ()
    assert [fault.code for fault in outcome.properties["route"].check_literal("atuo")] == ["enum"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("[route]", "RF102"),
        ("{Route: {type: string}}", "RF104"),
        ("{a-b: {type: string}}", "RF104"),
        ("{a: {type: string, optional: 'yes'}}", "RF102"),
        ("{a: {type: object, properties: {b: {type: string, optional: true}}}}", "RF401"),
        ("{a: {$ref: '#/$defs/b'}}", "RF403"),
    ],
)
def test_a_wrong_outcome_is_refused(text: str, code: str):
    assert only(text, decode_properties).code == code


def test_a_path_leads_through_objects_and_maps():
    found = schema(
        "{type: object, properties: {order: {type: object, properties: {region: {enum: [eu]}}},"
        " tags: {type: object, additionalProperties: {type: number}}}}"
    )
    assert found.at(("order", "region")).literals == ("eu",)
    assert found.at(("tags", "any")) == NUMBER
    assert found.at(()) == found.type
    for path in (("order", "x"), ("order", "region", "x"), ("x", "y")):
        assert found.at(path) is None
