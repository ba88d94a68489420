"""Random schemas of our part of JSON Schema, as plain values, and values that nearly fit them."""

from __future__ import annotations

import json
from decimal import Decimal

from hypothesis import strategies as st

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
)


def schemas_of(leaf):
    """Schemas whose single values have schemas from ``leaf``."""
    return st.recursive(
        leaf.flatmap(nullable),
        lambda inner: (array_schemas(inner) | object_schemas(inner)).flatmap(nullable),
        max_leaves=6,
    )


TREE = {
    "type": "object",
    "properties": {"a": {"$ref": "#/$defs/tree"}, "b": {"type": "array", "items": {"$ref": "#/$defs/tree"}}},
    "additionalProperties": {"type": "integer"},
}
PAIR = {
    "type": "object",
    "properties": {"a": {"type": "string", "format": "date"}, "b": {"type": "array"}},
    "required": ["a"],
}
DEFINITIONS = {"tree": TREE, "pair": PAIR}
TIMES = ("2026-02-28", "2026-02-30", "2026-11-27T08:00:00+01:00", "2026-11-27T08:00:00", "")


@st.composite
def near(draw, schema: dict, odd=json_values):
    """A value that comes close to a schema, so that not all are refused at the first step.

    Now and then a part is one of ``odd`` instead.
    """
    if draw(st.integers(0, 9)) == 0:
        return draw(odd)
    schema = DEFINITIONS[schema["$ref"].removeprefix("#/$defs/")] if "$ref" in schema else schema
    if "enum" in schema or "const" in schema:
        return draw(st.sampled_from(schema.get("enum") or [schema["const"]]))
    name = schema["type"] if isinstance(schema["type"], str) else draw(st.sampled_from(schema["type"]))
    if name == "array":
        return draw(st.lists(near(schema["items"], odd) if "items" in schema else json_values, max_size=3))
    if "format" in schema and name == "string":
        return draw(st.sampled_from(TIMES))
    if name != "object":
        return draw({"string": texts, "boolean": st.booleans(), "null": st.none()}.get(name, numbers))
    value = {
        key: draw(near(inner, odd))
        for key, inner in schema.get("properties", {}).items()
        if draw(st.integers(0, 4))
    }
    other = schema.get("additionalProperties", True)
    if other is not False and draw(st.booleans()):
        value["other"] = draw(json_values if other is True else near(other, odd))
    return value
