"""The law: on our part of JSON Schema we accept and refuse exactly what the ``jsonschema`` library does."""

import copy
import json
from datetime import UTC
from decimal import Decimal

import jsonschema
from hypothesis import event, given, settings, strategies as st

from rulesflow.documents.yaml import read_yaml
from rulesflow.schemas import SchemaMismatch, decode_schema

NAMES = ("a", "b", "c", "total")
PATTERNS = ("^a", "b", "^[a-c]+$", "^.{2}$", "é|ü", "^$")
TYPES = ("object", "array", "string", "number", "integer", "boolean")

texts = st.text(alphabet="abcé😀 1", max_size=4)
numbers = st.integers(-5, 5) | st.decimals(-5, 5, places=1) | st.sampled_from([10**30, Decimal("1E-30")])
scalars = st.none() | st.booleans() | texts | numbers
names = st.sampled_from((*NAMES, "other"))
json_values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=8,
)


def _is_number(_, value) -> bool:
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def _is_integer(_, value) -> bool:
    return _is_number(_, value) and value == int(value)


Reference = jsonschema.validators.extend(
    jsonschema.Draft202012Validator,
    type_checker=jsonschema.Draft202012Validator.TYPE_CHECKER.redefine_many(
        {"number": _is_number, "integer": _is_integer}
    ),
)


def yaml_of(value) -> str:
    """JSON is YAML; decimals are written by hand, since ``json`` would make floats of them."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)}: {yaml_of(member)}" for key, member in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(yaml_of, value)) + "]"
    return format(value, "f") if isinstance(value, Decimal) else json.dumps(value, ensure_ascii=False)


@st.composite
def bounds(draw, low: str, high: str, of) -> dict:
    limits = sorted(draw(st.lists(of, min_size=2, max_size=2)))
    chosen = dict(zip((low, high), limits, strict=True))
    return {name: limit for name, limit in chosen.items() if draw(st.booleans())}


@st.composite
def nullable(draw, schema: dict) -> dict:
    if draw(st.integers(0, 3)):
        return schema
    if "enum" in schema:
        schema = {**schema, "enum": [*schema["enum"], None]}
    return {**schema, "type": [schema["type"], "null"]} if "type" in schema else schema


@st.composite
def string_schemas(draw) -> dict:
    schema = {"type": "string", **draw(bounds("minLength", "maxLength", st.integers(0, 4)))}
    if draw(st.booleans()):
        schema["pattern"] = draw(st.sampled_from(PATTERNS))
    return schema


@st.composite
def number_schemas(draw) -> dict:
    low, high = sorted(draw(st.tuples(numbers, numbers)))
    limits = {"minimum": low, "maximum": high, "exclusiveMinimum": low - 1, "exclusiveMaximum": high + 1}
    kept = {name: limit for name, limit in limits.items() if draw(st.integers(0, 2)) == 0}
    return {"type": draw(st.sampled_from(("number", "integer"))), **kept}


@st.composite
def enum_schemas(draw) -> dict:
    name, of = draw(st.sampled_from((("string", texts), ("number", numbers), ("boolean", st.booleans()))))
    if draw(st.integers(0, 3)) == 0:
        return {"const": draw(of)}
    schema = {"enum": draw(st.lists(of, min_size=1, max_size=4, unique=True))}
    return {"type": name, **schema} if draw(st.booleans()) else schema


@st.composite
def array_schemas(draw, inner) -> dict:
    schema = {"type": "array", **draw(bounds("minItems", "maxItems", st.integers(0, 3)))}
    return {**schema, "items": draw(inner)} if draw(st.booleans()) else schema


@st.composite
def object_schemas(draw, inner) -> dict:
    properties = draw(st.dictionaries(st.sampled_from(NAMES), inner, max_size=3))
    schema = {"type": "object"}
    if properties or draw(st.booleans()):
        schema["properties"] = properties
        schema["required"] = [name for name in properties if draw(st.booleans())]
    other = draw(st.none() | st.booleans() | inner)
    return schema if other is None else {**schema, "additionalProperties": other}


leaves = (
    string_schemas()
    | number_schemas()
    | enum_schemas()
    | st.just({"type": "boolean"})
    | st.just({"$ref": "#/$defs/tree"})
).flatmap(nullable)
schemas = st.recursive(
    leaves, lambda inner: (array_schemas(inner) | object_schemas(inner)).flatmap(nullable), max_leaves=6
)
TREE = {
    "type": "object",
    "properties": {"a": {"$ref": "#/$defs/tree"}, "b": {"type": "array", "items": {"$ref": "#/$defs/tree"}}},
    "additionalProperties": {"type": "integer"},
}


@st.composite
def near(draw, schema: dict):
    """A value that comes close to a schema, so that not all are refused at the first step."""
    if draw(st.integers(0, 9)) == 0:
        return draw(json_values)
    schema = TREE if "$ref" in schema else schema
    if "enum" in schema or "const" in schema:
        return draw(st.sampled_from(schema.get("enum") or [schema["const"]]))
    name = schema["type"] if isinstance(schema["type"], str) else draw(st.sampled_from(schema["type"]))
    if name == "array":
        return draw(st.lists(near(schema["items"]) if "items" in schema else json_values, max_size=3))
    if name != "object":
        return draw({"string": texts, "boolean": st.booleans(), "null": st.none()}.get(name, numbers))
    value = {
        key: draw(near(inner))
        for key, inner in schema.get("properties", {}).items()
        if draw(st.integers(0, 4))
    }
    other = schema.get("additionalProperties", True)
    if other is not False and draw(st.booleans()):
        value["other"] = draw(json_values if other is True else near(other))
    return value


cases = schemas.flatmap(lambda schema: st.tuples(st.just(schema), near(schema)))


@settings(max_examples=400, deadline=None)
@given(cases)
def test_accepts_what_the_reference_accepts_and_leaves_the_value_alone(case):
    schema, value = {**case[0], "$defs": {"tree": TREE}}, case[1]
    document = read_yaml(yaml_of(schema).encode(), "facts.yaml")
    decoded = decode_schema(document.root, UTC)
    assert decoded.diagnostics == ()
    assert decoded.schema.source == schema
    before = repr(value)
    kept = copy.deepcopy(value)
    try:
        result, accepted = decoded.schema.validate(value), True
    except SchemaMismatch:
        result, accepted = value, False
    event("accepted" if accepted else "refused")
    assert accepted == Reference(schema).is_valid(kept)
    assert repr(value) == before
    assert result == kept
