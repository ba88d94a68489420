"""The law: on our part of JSON Schema we accept and refuse exactly what the ``jsonschema`` library does."""

import copy
from datetime import UTC
from decimal import Decimal

import jsonschema
from hypothesis import event, given, settings, strategies as st

from random_schemas import TREE, leaves, near, schemas_of, yaml_of
from rulesflow.documents.yaml import read_yaml
from rulesflow.schemas import SchemaMismatch, decode_schema


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


cases = schemas_of(leaves).flatmap(lambda schema: st.tuples(st.just(schema), near(schema)))


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
