from __future__ import annotations

import json

import pytest
from jsonschema import Draft202012Validator

from rulesflow.documents.jsontext import write_json
from rulesflow.documents.nodes import plain
from rulesflow.documents.yaml import read_yaml
from rulesflow.rules import cases, decode, fieldtests, load
from rulesflow.rules.editors import cases_schema, decision_schema, facts_schema

FACTS = """\
type: object
required: [order, customer]
additionalProperties: false
properties:
  order:
    type: object
    properties:
      total: {type: number, description: The goods}
      region: {enum: [eu, eu/de]}
      note: {type: [string, null]}
      paid: {type: boolean}
      at: {type: string, format: date-time}
      lines: {type: array, items: {$ref: "#/$defs/line"}}
      labels: {type: object, additionalProperties: {type: string}}
      gift-wrap (+): {type: object}
  customer: {$ref: "#/$defs/person"}
$defs:
  line: {type: object, properties: {sku: {type: string}}}
  person:
    type: object
    properties: {type: {enum: [vip]}, friend: {$ref: "#/$defs/person"}}
"""
DECISION = """\
decision: fee
requires: [order.total]
outcome:
  amount: {type: number, minimum: 0}
  kind: {enum: [low, high], description: What sort of fee}
  tags: {type: array, items: {type: string}, optional: true}
params: {limit: 10, area: eu}
rules:
  - rule: high
    when: {order.total: "> params.limit"}
    then: {amount: "${ order.total }", kind: high}
default: {amount: 0, kind: low}
"""
FILES = {
    "rulesflow.yaml": b"project: shop\nfacts: facts.yaml\nlayers: [base, 'region/{order.region}']\n",
    "facts.yaml": FACTS.encode(),
    "base/fee.yaml": DECISION.encode(),
}


@pytest.fixture(scope="module")
def ruleset():
    loaded = load(FILES)
    assert loaded.diagnostics == ()
    return loaded.ruleset


def validator(schema):
    schema = json.loads(write_json(schema))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


@pytest.fixture(scope="module", params=[True, False], ids=["known", "unknown"])
def decisions(request, ruleset):
    """Checks decisions, with and without a project."""
    return validator(decision_schema(ruleset if request.param else None))


@pytest.fixture(scope="module")
def known(ruleset):
    return validator(decision_schema(ruleset))


def parsed(text):
    document = read_yaml(text.encode(), "test.yaml")
    assert document.diagnostics == ()
    return json.loads(write_json(plain(document.root)))


def rule(when, then="{amount: 1, kind: low}", **more):
    extra = "".join(f"    {key.rstrip('_')}: {value}\n" for key, value in more.items())
    return parsed(f"decision: fee\nrules:\n  - rule: one\n    when: {when}\n    then: {then}\n{extra}")


def test_the_declaration_fits(decisions):
    decisions.validate(parsed(DECISION))


@pytest.mark.parametrize(
    "text",
    [
        "decision: fee",
        "decision: fee\nparams: {limit: 20}\ndisable: [high]\ndefault: {amount: 1, kind: high}",
        "decision: fee\ntable: fee.csv",
        "decision: fee\ntable: {columns: [when order.total, then amount], rows: [['> 5', 1]]}",
    ],
)
def test_overlays_fit(decisions, text):
    decisions.validate(parsed(text))


@pytest.mark.parametrize(
    "when",
    [
        "order.total > 5",
        "{}",
        '{order.total: "<= params.limit", order.region: eu/de, order.paid: true}',
        '[order.total > 5, {order.total: "[1..5)"}]',
        '{order.total: 5, order.note: "!= anything", customer.type: "not in [vip]"}',
        '{order.total: [1, "2", "${ params.limit }"], order.region: ["eu", params.area]}',
        '{order.total: {gt: 1, lte: 9}, order.note: {matches: "^a"}, order.region: {in: [eu]}}',
        '{order.lines: present, order.labels: absent, order.paid: "*", order.total: absent}',
        '{order.at: ">= 2026-11-27", order.labels.colour: red, order.note: params.area}',
        "{customer.friend.type: vip, customer.type: present, order.gift-wrap (+): present}",
    ],
)
def test_conditions_that_load_fit(decisions, when):
    decisions.validate(rule(when))
    overlay = f"decision: fee\nrules: [{{rule: one, when: {when}, then: {{amount: 1, kind: low}}}}]\n"
    assert load(FILES | {"region/eu/fee.yaml": overlay.encode()}).diagnostics == ()


def test_a_rule_may_have_every_key(decisions):
    more = {
        "because": "why", "override": "true", "final": "false", "from_": "2026-11-27", "until": "2026-12-01",
        "rollout": "{percent: 12.5, by: order.note}",
    }  # fmt: skip
    decisions.validate(rule("order.paid", **more))


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        "decision: Fee",
        "decision: fee\nrule: []",
        "decision: fee\ntitle: an overlay has none",
        "decision: fee\nhit: first",
        "decision: fee\noutcome: {amount: {type: number}}\nhit: best",
        "decision: fee\noutcome: {amount: {type: number}}\ndisable: [high]",
        "decision: fee\nrules: [{rule: one}]",
        "decision: fee\nrules: [{then: {amount: 1}}]",
        "decision: fee\nrules: [{rule: One, then: {amount: 1}}]",
        "decision: fee\nrules: [{rule: one, than: {amount: 1}, then: {amount: 1}}]",
        "decision: fee\ntable: fee.xls",
    ],
)
def test_what_does_not_load_does_not_fit(decisions, text):
    assert not decisions.is_valid(parsed(text))


@pytest.mark.parametrize("when", ["5", "[[]]", "{order.total: {over: 5}}", "{order.total: []}"])
def test_conditions_of_a_wrong_shape_do_not_fit(decisions, when):
    assert not decisions.is_valid(rule(when))


@pytest.mark.parametrize(
    "when",
    [
        "{order.totl: 5}",
        "{order.region: mars}",
        "{order.region: [eu, mars]}",
        "{order.total: much}",
        "{order.paid: perhaps}",
        "{order.note: 5}",
        "{order.lines: 5}",
    ],
)
def test_with_a_project_a_test_must_fit_its_field(known, when):
    assert not known.is_valid(rule(when))


@pytest.mark.parametrize(
    "then", ["{amount: -1, kind: low}", "{amount: much, kind: low}", "{amount: 1, kind: middling}"]
)
def test_with_a_project_an_answer_must_fit_its_decision(known, then):
    assert not known.is_valid(rule("true", then))


@pytest.mark.parametrize(
    "then",
    ['{amount: "${ 1 }", kind: "${ order.note }"}', "{amount: 1, kind: low, tags: [a, '${ order.note }']}"],
)
def test_an_answer_may_be_computed(decisions, then):
    decisions.validate(rule("true", then))


def test_with_a_project_required_facts_must_be_known(known):
    assert not known.is_valid(parsed(DECISION.replace("[order.total]", "[order.totl]")))


def test_an_editor_finds_fields_values_and_answers_to_complete(ruleset):
    schema = json.loads(write_json(decision_schema(ruleset)))
    tests = schema["$defs"]["tests"]["properties"]
    assert {"order", "order.total", "order.lines", "customer.type", "customer.friend"} <= tests.keys()
    assert tests["order.total"]["description"] == "The goods"
    assert {"enum": ["eu", "eu/de"]} in tests["order.region"]["anyOf"]
    (fee,) = schema["allOf"]
    answer = fee["then"]["properties"]["rules"]["items"]["properties"]["then"]["properties"]
    assert list(answer) == ["amount", "kind", "tags"]
    assert answer["kind"]["description"] == "What sort of fee"
    assert list(fee["then"]["properties"]["params"]["properties"]) == ["limit", "area"]


def test_no_key_that_loads_is_forgotten():
    schema = decision_schema(None)
    assert schema["properties"].keys() == set(decode._OVERLAY_KEYS) | set(decode._BASE_ONLY)
    assert schema["$defs"]["rule"]["properties"].keys() == set(decode._RULE_KEYS)
    assert schema["$defs"]["spelled_test"]["properties"].keys() == set(fieldtests._SPELLED_KEYS)
    assert cases_schema(None)["properties"]["cases"]["items"]["properties"].keys() == set(cases._KEYS)


def case(facts, more="expect: {amount: 1}"):
    return parsed(f"decision: fee\ncases:\n  - case: one\n    facts: {facts}\n    {more}\n")


def test_cases_fit_with_facts_that_fit(ruleset):
    known = validator(cases_schema(ruleset))
    known.validate(case("{order: {total: 5, lines: [{sku: a}]}, customer: {friend: {type: vip}}}"))
    known.validate(case("{order: {}, customer: {}}", "rule: default"))
    for wrong in (
        case("{order: {}}"),
        case("{order: {total: much}, customer: {}}"),
        case("{order: {lines: [{sku: 5}]}, customer: {}}"),
        case("{order: {}, customer: {}}", "at: 2026-11-20T10:00:00Z"),
        case("{order: {}, customer: {}}", "expects: {}"),
        case("{order: {}, customer: {}}") | {"decision": "fees"},
    ):
        assert not known.is_valid(wrong)


def test_cases_without_a_project_may_have_any_facts():
    unknown = validator(cases_schema(None))
    unknown.validate(case("{anything: [1]}"))
    assert not unknown.is_valid(case("5"))


def test_the_facts_schema_is_as_written_and_names_its_dialect(ruleset):
    facts = validator(facts_schema(ruleset.facts))
    facts.validate({"order": {"note": None}, "customer": {}})
    assert not facts.is_valid({"order": {}})


def test_a_ruleset_of_many_facts_leaves_room_for_those_that_are_not_listed():
    many = "".join(f"  f{number}: {{type: string}}\n" for number in range(3000))
    files = FILES | {
        "facts.yaml": (
            "type: object\nproperties:\n  order: {type: object, properties: {region: {enum: [eu]}}}\n" + many
        ).encode(),
    }
    files.pop("base/fee.yaml")
    loaded = load(files)
    assert loaded.ruleset is not None
    schema = validator(decision_schema(loaded.ruleset))
    schema.validate(rule("{f2999: x}"))
    schema.validate(parsed("decision: fee\noutcome: {amount: {type: number}}\nrequires: [f2999]"))
