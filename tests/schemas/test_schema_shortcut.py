"""The law: the generated shortcut accepts only what the checks accept, and gives the same."""

import copy
import json
from datetime import UTC
from decimal import Decimal

import pytest
from hypothesis import event, given, settings, strategies as st

from random_schemas import DEFINITIONS, json_values, leaves, near, schemas_of, yaml_of
from rulesflow.documents.yaml import read_yaml
from rulesflow.model.times import Timestamp
from rulesflow.schemas import Schema, SchemaMismatch, decode_schema
from rulesflow.schemas.generator import make_shortcut
from rulesflow.schemas.mismatch import ROOT, Report
from rulesflow.schemas.shortcut import GIVEN_UP

LONG = (10**34, -(10**34), 10**40, 10**34 + 1, 10**7000)
NUMBERS = (
    *(
        "0.00",
        "-0",
        "0E+9000",
        "1.0",
        "-3.00",
        "2E+3",
        "1E40",
        "1E6144",
        "9E-6144",
        "1E6145",
        "1E-6145",
        "1E-6170",
    ),
    *("1." + "1" * 33, "1." + "1" * 34, "1." + "0" * 50, "NaN", "sNaN", "Infinity", "-Infinity"),
)
odd_values = (
    json_values
    | st.sampled_from(LONG)
    | st.sampled_from(NUMBERS).map(Decimal)
    | st.sampled_from((Timestamp(5), 1.5, ("a",), "\ud800", "é" * 9))
)
moments = st.fixed_dictionaries(
    {"type": st.just("string"), "format": st.sampled_from(("date", "date-time"))},
    optional={"minLength": st.just(3)},
)
all_leaves = leaves | moments | st.just({"$ref": "#/$defs/pair"}) | st.just({"type": "array"})
cases = schemas_of(all_leaves).flatmap(lambda schema: st.tuples(st.just(schema), near(schema, odd_values)))


def decoded(schema: dict) -> Schema:
    found = decode_schema(read_yaml(yaml_of(schema).encode(), "facts.yaml").root, UTC)
    assert found.diagnostics == ()
    return found.schema


def by_checks(schema: Schema, value):
    report = Report("/facts", None)
    result = schema.check(value, ROOT, "", report)
    if report.faults:
        raise SchemaMismatch(tuple(report.faults))
    return result


def kept(new, old) -> list:
    """Which parts of a value are the old ones themselves."""
    if new is old or type(old) not in (dict, list):
        return [new is old]
    keys = old if isinstance(old, dict) else range(len(old))
    return [False, *(kept(new[key], old[key]) for key in keys)]


def told(function, value) -> tuple:
    """All that can be told of a validation."""
    try:
        result = function(value)
    except SchemaMismatch as mismatch:
        return "refused", mismatch.faults
    except TypeError as error:
        return "raised", str(error)
    return "accepted", spelt(result), kept(result, value)


def spelt(value) -> str:
    """The value with its types, in full: ``repr`` refuses long integers."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key!r}: {spelt(part)}" for key, part in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(spelt, value)) + "]"
    return hex(value) if type(value) is int else repr(value)


def has_long_number(value) -> bool:
    if isinstance(value, dict | list):
        return any(map(has_long_number, value.values() if isinstance(value, dict) else value))
    return type(value) is int and abs(value) >= 10**34


@settings(max_examples=500)
@given(cases)
def test_the_shortcut_accepts_and_gives_what_the_checks_do_and_leaves_the_value_alone(case):
    schema, value = decoded({**case[0], "$defs": DEFINITIONS}), case[1]
    before = spelt(value)
    expected = told(lambda value: by_checks(schema, value), value)
    assert told(lambda value: schema.validate(value, "/facts"), value) == expected
    try:
        result = make_shortcut(schema.check)(value, 0)
    except GIVEN_UP:
        event("gave up: " + expected[0])
        assert expected[0] != "accepted" or has_long_number(value)
    else:
        event("accepted")
        assert ("accepted", spelt(result), kept(result, value)) == expected
    assert spelt(value) == before


def nested(depth: int, leaf, key: str | None = None):
    """A value within ``depth`` containers: arrays, or objects with that key."""
    for _ in range(depth):
        leaf = [leaf] if key is None else {key: leaf}
    return leaf


@pytest.mark.parametrize("depth", [1, 60, 99, 100, 101, 198, 199, 200, 201, 202])
def test_depth_is_limited_as_the_checks_limit_it(depth: int):
    tree = decoded({"$ref": "#/$defs/tree", "$defs": DEFINITIONS})
    free = decoded({"type": "array"})
    for schema, value in (
        (tree, nested(depth, {"x": 1}, "a")),
        (free, nested(depth, 1)),
        (free, nested(depth, {})),
    ):
        assert told(lambda value, schema=schema: schema.validate(value, "/facts"), value) == told(
            lambda value, schema=schema: by_checks(schema, value), value
        )


def test_a_schema_that_nests_deeper_than_python_does_is_split():
    schema, value, bad = {"type": "integer"}, Decimal("1.0"), Decimal("1.5")
    for level in range(30):
        if level % 2:
            schema = {"type": "object", "properties": {"a": schema}, "additionalProperties": False}
            value, bad = {"a": value}, {"a": bad}
        else:
            schema = {"type": ["array", "null"], "items": schema}
            value, bad = [value], [bad]
    found = decoded(schema)
    assert json.dumps(make_shortcut(found.check)(copy.deepcopy(value), 0)).count("1") == 1
    with pytest.raises(GIVEN_UP):
        make_shortcut(found.check)(bad, 0)


def test_definitions_that_refer_twice_to_the_next_are_written_once_each():
    definitions = {
        f"d{number}": {
            "type": "object",
            "properties": {name: {"$ref": f"#/$defs/d{number + 1}"} for name in ("a", "b")},
        }
        for number in range(40)
    }
    schema = decoded({"$ref": "#/$defs/d0", "$defs": {**definitions, "d40": {"type": "integer"}}})
    assert schema.validate(nested(40, Decimal("7.0"), "a")) == nested(40, 7, "a")
    with pytest.raises(SchemaMismatch):
        schema.validate(nested(40, Decimal("7.5"), "b"))


def test_schemas_of_one_shape_do_not_mix_up_their_names_and_limits():
    shapes = [
        {"type": "object", "properties": {name: {"type": "integer", "minimum": low}}, "required": [name]}
        for name, low in (("a", 1), ("b", 5))
    ]
    one, other = map(decoded, shapes)
    assert one.validate({"a": 2}) == {"a": 2}
    assert other.validate({"b": 6}) == {"b": 6}
    for schema, bad in ((one, {"a": 0}), (one, {"b": 6}), (other, {"b": 2})):
        with pytest.raises(SchemaMismatch):
            schema.validate(bad)


def test_a_part_of_a_definition_that_holds_itself_can_be_validated_alone():
    part = {"type": "array", "items": {"$ref": "#/$defs/t"}}
    tree = {"type": "object", "properties": {"a": part, "b": {"type": "integer"}}}
    schema = decoded({"$ref": "#/$defs/t", "$defs": {"t": tree}})
    assert schema.properties["a"].validate([{"a": [{"b": Decimal("1.0")}]}]) == [{"a": [{"b": 1}]}]


@pytest.mark.parametrize("closed", [True, False])
def test_of_many_optional_fields_each_is_found(closed: bool):
    names = [f"f{number}" for number in range(300)]
    properties = {name: {"type": "integer", "maximum": number} for number, name in enumerate(names)}
    schema = decoded({"type": "object", "properties": properties, "additionalProperties": not closed})
    shortcut = make_shortcut(schema.check)
    whole = {name: number for number, name in enumerate(names)}
    assert shortcut(whole, 0) is whole
    for number, name in enumerate(names):
        assert shortcut({"f0": 0, name: Decimal(f"{number}.0")}, 0) == {"f0": 0, name: number}
        with pytest.raises(GIVEN_UP):
            shortcut({name: number + 1}, 0)
    if closed:
        with pytest.raises(GIVEN_UP):
            shortcut({"f7": 0, "g": 1}, 0)
    else:
        assert shortcut({"f7": 0, "g": Decimal("1.0")}, 0) == {"f7": 0, "g": 1}
