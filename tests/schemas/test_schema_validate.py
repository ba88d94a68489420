"""Validation collects every fault with its pointer, converts times in a copy and never rounds a number."""

import copy
from datetime import UTC
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from rulesflow.documents.yaml import read_yaml
from rulesflow.model.times import Timestamp, parse_timestamp
from rulesflow.schemas import Schema, SchemaMismatch, decode_schema

BERLIN = ZoneInfo("Europe/Berlin")


def schema(text: str, zone=UTC) -> Schema:
    found = decode_schema(read_yaml(text.encode(), "facts.yaml").root, zone)
    assert found.diagnostics == ()
    return found.schema


def faults(found: Schema, value, pointer: str = ""):
    with pytest.raises(SchemaMismatch) as caught:
        found.validate(value, pointer)
    return caught.value.faults


def codes(found: Schema, value) -> list[tuple[str, str]]:
    return [(fault.pointer, fault.code) for fault in faults(found, value)]


@pytest.mark.parametrize(
    ("text", "good", "bad", "code"),
    [
        ("{type: string}", ["", "1"], [1, True, None, [], {}, Decimal(1)], "type"),
        ("{type: number}", [0, Decimal("1.5"), -3], ["1", True, None, [], {}, Timestamp(5)], "type"),
        ("{type: integer}", [0, Decimal("1.0"), Decimal("1E40")], [Decimal("1.5"), "1", True], "type"),
        ("{type: boolean}", [True, False], [0, 1, "true", None], "type"),
        ("{type: array}", [[], [1, "a"]], [{}, "a", None], "type"),
        ("{type: object}", [{}, {"a": 1}], [[], "a", None], "type"),
        ("{type: [string, null]}", ["a", None], [1], "type"),
        ("{type: [number, null]}", [1, None], ["a"], "type"),
        ("{type: [boolean, null]}", [True, None], ["a"], "type"),
        ("{type: [array, null]}", [[], None], ["a"], "type"),
        ("{type: [object, null]}", [{}, None], ["a"], "type"),
        ("{type: [string, null], format: date}", ["2026-01-01", None], [5], "type"),
        ("{enum: [a, b]}", ["a"], ["A", ""], "enum"),
        ("{enum: [a, null]}", ["a", None], ["b"], "enum"),
        ("{enum: [1, 2.5]}", [1, Decimal("1.0"), Decimal("2.50")], [2], "enum"),
        ("{enum: [true]}", [True], [False], "enum"),
        ("{const: x}", ["x"], ["y"], "const"),
        ("{enum: [1]}", [1], [True, "1"], "type"),
        ("{type: number, minimum: 0.1}", [Decimal("0.1"), 1], [0, Decimal("0.09")], "minimum"),
        ("{type: number, maximum: 0}", [0, -1], [Decimal("0.1")], "maximum"),
        (
            "{type: number, exclusiveMinimum: 0}",
            [Decimal("0.1")],
            [0, -1, Decimal("-0")],
            "exclusive-minimum",
        ),
        ("{type: integer, exclusiveMaximum: 3}", [2], [3, Decimal("3.0")], "exclusive-maximum"),
        ("{type: string, minLength: 2}", ["ab", "😀😀"], ["a", "😀"], "min-length"),
        ("{type: string, maxLength: 1}", ["", "😀"], ["ab"], "max-length"),
        ("{type: string, pattern: 'b+'}", ["abc"], ["ac", "", "\ud800"], "pattern"),
        ("{type: string, pattern: '^ä$'}", ["ä"], ["ä\n", "a"], "pattern"),
        ("{type: array, minItems: 1}", [[1]], [[]], "min-items"),
        ("{type: array, maxItems: 1}", [[1]], [[1, 2]], "max-items"),
        (
            "{type: string, format: date}",
            ["2024-02-29"],
            ["2026-02-29", "2026-1-1", "", "2026-01-01T00:00:00Z"],
            "format",
        ),
        (
            "{type: string, format: date-time}",
            ["2026-01-01T00:00:00Z", "2026-01-01T00:00:00.123456789+01:00"],
            ["2026-01-01T00:00:00", "2026-01-01", "now", "2026-01-01T25:00:00Z"],
            "format",
        ),
    ],
)
def test_each_keyword_accepts_and_refuses(text: str, good: list, bad: list, code: str):
    found = schema(text)
    for value in good:
        found.validate(value)
    for value in bad:
        assert codes(found, value) == [("", code)], value


ORDER = """
type: object
required: [order]
additionalProperties: false
properties:
  order:
    type: object
    required: [id, total]
    properties:
      id: {type: string, minLength: 1}
      total: {type: number, minimum: 0}
      channel: {enum: [web, app]}
      placed: {type: string, format: date-time}
      lines:
        type: array
        items: {type: object, properties: {sku: {type: string}, day: {type: string, format: date}}}
"""


def test_all_faults_are_collected_each_with_its_pointer():
    value = {
        "order": {
            "total": -1,
            "channel": "wep",
            "placed": "x",
            "lines": [{"sku": "a"}, {"sku": 1, "day": 5}],
        },
        "a/b~c": 1,
    }
    assert [(fault.pointer, fault.code) for fault in faults(schema(ORDER), value, "/facts")] == [
        ("/facts/order/id", "required"),
        ("/facts/order/total", "minimum"),
        ("/facts/order/channel", "enum"),
        ("/facts/order/placed", "format"),
        ("/facts/order/lines/1/sku", "type"),
        ("/facts/order/lines/1/day", "type"),
        ("/facts/a~1b~0c", "unknown-field"),
    ]


@pytest.mark.parametrize(
    ("value", "message", "hint"),
    [
        ({"id": "a"}, "total is required", None),
        ({"id": "a", "total": "12.5"}, 'must be a number; it is the string "12.5"', "without quotes: 12.5"),
        ({"id": 12, "total": 1}, "must be a string; it is 12", 'a string is written in quotes: "12"'),
        ({"id": "a", "total": Decimal("-0.50")}, "must be at least 0; it is -0.50", None),
        ({"id": "a", "total": True}, "must be a number; it is true", None),
        (
            {"id": "a", "total": 1, "channel": "wep"},
            'must be one of "web", "app"; it is "wep"',
            "did you mean web?",
        ),
        ({"id": "", "total": 1}, 'must have at least 1 character; it is ""', None),
        ({"id": "a", "total": 1, "lines": {}}, "must be an array; it is an object", None),
    ],
)
def test_messages_say_what_is_allowed_and_what_was_seen(value: dict, message: str, hint: str | None):
    (fault,) = faults(schema(ORDER), {"order": value})
    assert (fault.message, fault.hint) == (message, hint)


def test_an_unknown_field_gets_a_spelling_hint():
    (fault,) = faults(schema(ORDER), {"order": {"id": "a", "total": 1}, "ordr": 1})
    assert fault.hint == "did you mean order?"


def test_times_are_converted_in_a_copy():
    value = {
        "order": {
            "id": "a",
            "total": 1,
            "placed": "2026-11-27T08:00:00+01:00",
            "lines": [{"sku": "x"}, {"day": "2026-07-01"}],
        }
    }
    before = copy.deepcopy(value)
    order = schema(ORDER, BERLIN).validate(value)["order"]
    assert value == before
    assert order["placed"] == parse_timestamp("2026-11-27T07:00:00Z")
    assert order["lines"][1]["day"] == parse_timestamp("2026-06-30T22:00:00Z")
    assert type(order["placed"]) is Timestamp
    assert order["lines"][0] is value["order"]["lines"][0]


def test_a_value_in_which_nothing_changes_is_given_back_itself():
    value = {
        "order": {"id": "a", "total": Decimal("1.50"), "lines": [], "other": {"deep": [1, Decimal("2.0")]}}
    }
    assert schema(ORDER).validate(value) is value


def test_a_whole_number_becomes_an_int():
    result = schema("{type: integer}").validate(Decimal("1.0"))
    assert (result, type(result)) == (1, int)


@pytest.mark.parametrize(
    "number",
    [10**34 + 1, 10**100_000, Decimal("1." + "1" * 34), Decimal("1E6145"), Decimal("1E-6145")],
    ids=["35 digits", "long", "35 places", "large", "small"],
)
def test_a_number_that_would_be_rounded_is_refused_at_any_depth(number):
    found = schema("{type: object, properties: {n: {type: number}, i: {type: integer}, l: {type: array}}}")
    for value, pointer in [
        ({"n": number}, "/n"),
        ({"i": number}, "/i"),
        ({"l": [0, number]}, "/l/1"),
        ({"x": {"y": [{"z": number}]}}, "/x/y/0/z"),
    ]:
        assert codes(found, value) == [(pointer, "number")]


def test_a_number_of_34_digits_passes_anywhere():
    found = schema("{type: object, properties: {n: {type: number}}}")
    for number in (10**34 - 1, 10**34, Decimal("1." + "1" * 33), Decimal("1E6144"), Decimal("1E-6144")):
        assert found.validate({"n": number, "x": [number]})["n"] == number


def test_a_long_value_is_not_echoed():
    found = schema(
        "{type: object, additionalProperties: false, properties: {a: {enum: [x]}, n: {type: string}}}"
    )
    long = "é" * 5_000_000
    for fault in faults(found, {"a": long, long: 1, "n": 10**3_000_000}):
        assert len(fault.message) < 200
        assert len(fault.pointer) < 100
        assert len(fault.hint or "") < 200


def test_the_number_of_faults_is_bounded():
    assert len(faults(schema("{type: array, items: {type: string}}"), [1] * 1_000_000)) == 100


TREE = """
$ref: '#/$defs/n'
$defs:
  n:
    type: object
    additionalProperties: false
    required: [name]
    properties: {name: {type: string}, due: {type: string, format: date}, next: {$ref: '#/$defs/n'}}
"""


def test_recursion_follows_references_and_is_bounded():
    tree = schema(TREE)
    value = {"name": "a", "next": {"name": "b", "next": {"due": "2026-01-01", "nme": "c"}}}
    assert codes(tree, value) == [("/next/next/name", "required"), ("/next/next/nme", "unknown-field")]
    good = tree.validate({"name": "a", "next": {"name": "b", "due": "1970-01-01"}})
    assert good["next"]["due"] == Timestamp(0)
    deep: dict = {"name": "x"}
    for _ in range(5000):
        deep = {"name": "x", "next": deep}
    assert [code for _, code in codes(tree, deep)] == ["depth"]


def test_undeclared_depth_is_bounded_too():
    deep: list = []
    for _ in range(5000):
        deep = [deep]
    assert [code for _, code in codes(schema("{type: object}"), {"x": deep})] == ["depth"]


@pytest.mark.parametrize("text", ["{type: number}", "{type: string}", "{type: array}", "{type: object}"])
def test_a_float_is_a_mistake_of_the_program(text: str):
    value = [1.5] if "array" in text else {"a": 1.5} if "object" in text else 1.5
    with pytest.raises(TypeError, match="float"):
        schema(text).validate(value)


def test_only_a_literal_of_a_file_may_leave_out_the_offset():
    found = schema("{type: string, format: date-time}", BERLIN)
    assert codes(found, "2026-07-01T12:00:00") == [("", "format")]
    assert found.literal("2026-07-01T12:00:00") == parse_timestamp("2026-07-01T10:00:00Z")
    assert [fault.code for fault in found.check_literal("tomorrow")] == ["format"]


def test_a_timestamp_is_left_alone():
    assert schema("{type: string, format: date}").validate(Timestamp(7)) == 7
    moment = Timestamp(7)
    assert schema("{type: object}").validate({"x": moment})["x"] is moment


def test_the_error_sums_up():
    with pytest.raises(SchemaMismatch, match=r"/order/id: id is required \(and 1 more\)"):
        schema(ORDER).validate({"order": {}})
