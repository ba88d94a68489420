from __future__ import annotations

import json

import pytest
from jsonschema import Draft202012Validator

from rulesflow.documents.jsontext import write_json
from rulesflow.documents.nodes import plain
from rulesflow.documents.yaml import read_yaml


def as_json(path):
    root = read_yaml(path.read_bytes(), path.name).root
    return json.loads(write_json(plain(root)))


def yaml_files(root):
    """Decisions, workflows, patterns and cases; the files of the root itself are none of them."""
    return [path for path in sorted(root.rglob("*.yaml")) if path.parent != root]


def kind_of(path):
    if path.name.endswith(".cases.yaml"):
        return "cases"
    return {"workflows": "workflow", "patterns": "pattern"}.get(path.parent.name, "decision")


def faults(schema, document):
    Draft202012Validator.check_schema(schema)
    return [fault.message for fault in Draft202012Validator(schema).iter_errors(document)]


@pytest.mark.parametrize("project", ["shop", "small"])
@pytest.mark.parametrize("known", [True, False])
def test_the_schemas_accept_every_file_of_a_project(call, project, known, request):
    root = request.getfixturevalue(project)
    arguments = ["--rules", root] if known else []
    kinds = ("decision", "workflow", "events", "pattern", "cases")
    schemas = {name: call("schema", name, *arguments).json for name in kinds}
    if (root / "events.yaml").exists():
        assert faults(schemas["events"], as_json(root / "events.yaml")) == []
    for path in yaml_files(root):
        assert faults(schemas[kind_of(path)], as_json(path)) == [], path


VERBS = """
workflow: verbs
title: Every verb and key
input: {type: object}
priority: "${ 3 }"
retries:
  slow: {on: [unavailable, declined], attempts: 9, delay: 500ms, factor: 1.5, jitter: full, then: park}
steps:
  a: {call: stock.reserve, with: {lines: []}, retry: slow, timeout: 10s, undo: none, park: 2h, if: 1 > 0}
  b: {call: x.y, retry: {attempts: 2}, undo: {call: x.z, with: {}}, commit: true, catch: {on: any, then: end}}
  c: {decide: fraud, by: verdict, on: {approve: d, else: {fail: no}}, catch: [{on: [internal], then: d}]}
  d:
    decide: {decision: fraud, with: {}, at: "${ at }", rules: latest}
    on: [{when: true, then: e}, {else: e}]
  e: {switch: [{when: 1 > 2, then: f}, {else: {fail: {code: odd, message: "no ${ 1 }"}}}]}
  f: {wait: "back-${ 1 }", payload: {n: {type: integer}}, timeout: 1h30m, fresh: true, on: {timeout: g}}
  g: {sleep: 2h, then: h}
  h: {sleep: {until: "${ at }"}}
  i: {parallel: {left: {steps: {l: {set: {x: 1}}}}}, join: any}
  j: {each: "${ [1] }", as: n, concurrency: 2, on_failure: collect, steps: {k: {fail: no}}}
  m: {run: child, with: "${ {} }"}
output: {x: 1}
"""


def test_a_workflow_may_have_every_verb_and_key(call, write):
    schema = call("schema", "workflow").json
    assert faults(schema, as_json(write("verbs.yaml", VERBS))) == []


@pytest.mark.parametrize(
    ("part", "wrong"),
    [
        ("sleep: 2h", "sleep: soon"),
        ("join: any", "join: some"),
        ("{set: {x: 1}}", "{set: {x: 1}, commit: true}"),
        ("  m: {run", "  end: {run"),
        ("commit: true", "comit: true"),
        ("concurrency: 2", "concurrency: 0"),
        ("then: park", "then: stop"),
    ],
)
def test_a_workflow_schema_refuses_what_check_refuses(call, write, part, wrong):
    assert part in VERBS
    schema = call("schema", "workflow").json
    assert faults(schema, as_json(write("verbs.yaml", VERBS.replace(part, wrong)))) != []


def test_with_a_project_a_workflow_knows_steps_decisions_and_workflows(call, shop):
    schema = call("schema", "workflow", "--rules", shop).json
    document = as_json(shop / "workflows" / "order.yaml")
    for step, key in (("reserve", "call"), ("fraud", "decide"), ("back_order", "run")):
        changed = json.loads(json.dumps(document))
        changed["steps"][step][key] = "nowhere"
        assert faults(schema, changed) != [], key


def test_cases_are_of_a_decision_or_of_a_workflow(call, shop):
    schema = call("schema", "cases", "--rules", shop).json
    case = {"case": "a", "input": {}, "expect": {"status": "completed"}}
    assert faults(schema, {"workflow": "order", "cases": [case]}) == []
    assert faults(schema, {"workflow": "nowhere", "cases": [case]}) != []
    assert faults(schema, {"workflow": "order", "cases": [{**case, "expect": {"status": "done"}}]}) != []
    assert faults(schema, {"decision": "fraud", "cases": [case]}) != []


PATTERN = """
pattern: every-key
title: Every key
by: device_id
within: 10m
throttle: 1h
events:
  first: {type: payment.declined}
  second: {type: payment.declined, when: second.card != first.card}
unless: {type: payment.captured, when: unless.ts > first.ts}
then: {signal: approval, where: {order.id: "${ key }"}, with: {verdict: rejected}}
because: Shows every key
"""
EVENTS = """
payment.declined:
  type: object
  required: [device_id, card]
  properties:
    device_id: {type: string}
    card: {type: string, x-from: with.card}
    who: {type: object, properties: {name: {type: string, x-from: input.customer.id}}}
payment.captured: {type: object, properties: {device_id: {type: string}}}
"""


def test_a_pattern_may_have_every_key_and_each_kind_of_what_follows(call, write):
    schema = call("schema", "pattern").json
    document = as_json(write("every-key.yaml", PATTERN))
    assert faults(schema, document) == []
    for then in (
        {"start": "order", "with": {"a": "${ key }"}},
        {"start": "order", "with": "${ first }"},
        {"fact": "order.express", "where": {"order.id": "a"}, "value": True, "for": "24h"},
    ):
        assert faults(schema, {**document, "then": then}) == [], then


@pytest.mark.parametrize(
    ("part", "wrong"),
    [
        ("within: 10m", "within: soon"),
        ("by: device_id", "by: ${ key }"),
        ("first: {type", "match: {type"),
        ("first: {type", "First: {type"),
        ("when: second", "whn: second"),
        ("signal: approval, ", ""),
        ("signal: approval", "start: approval"),
        ("signal: approval", "signal: approval, start: order"),
        ("unless: {type: payment.captured", "unless: {typ: payment.captured"),
        ("throttle: 1h", "throtle: 1h"),
    ],
)
def test_a_pattern_schema_refuses_what_check_refuses(call, write, part, wrong):
    assert part in PATTERN
    schema = call("schema", "pattern").json
    assert faults(schema, as_json(write("every-key.yaml", PATTERN.replace(part, wrong)))) != []


def test_a_pattern_has_at_most_12_events(call, write):
    schema, document = call("schema", "pattern").json, as_json(write("every-key.yaml", PATTERN))
    for count, fits in ((0, False), (1, True), (12, True), (13, False)):
        events = {f"e{number}": {"type": "payment.declined"} for number in range(count)}
        assert (faults(schema, {**document, "events": events}) == []) is fits, count


def test_with_a_project_a_pattern_knows_types_workflows_signals_and_facts(call, small):
    (small / "events.yaml").write_text(EVENTS)
    (small / "workflows").mkdir(exist_ok=True)
    flow = "workflow: ask\ninput: {type: object}\nsteps: {w: {wait: approval, payload: {}}}\n"
    (small / "workflows" / "ask.yaml").write_text(flow)
    schema = call("schema", "pattern", "--rules", small).json
    base = {"pattern": "p", "by": "device_id", "within": "1h", "events": {"a": {"type": "payment.declined"}}}
    where = {"order.total": 3}
    for then, known in (
        ({"start": "ask"}, True),
        ({"start": "nowhere"}, False),
        ({"signal": "approval", "where": where}, True),
        ({"signal": "nothing", "where": where}, False),
        ({"signal": "approval", "where": {"order": 3}}, False),
        ({"fact": "order.total", "where": where, "value": 1, "for": "1h"}, True),
        ({"fact": "order.nothing", "where": where, "value": 1, "for": "1h"}, False),
    ):
        assert (faults(schema, {**base, "then": then}) == []) is known, then
    wrong = {**base, "then": {"start": "ask"}, "events": {"a": {"type": "payment.lost"}}}
    assert faults(schema, wrong) != []


@pytest.mark.parametrize(
    ("part", "wrong"),
    [
        ("payment.captured", "payment captured"),
        ("{type: object, properties: {device_id", "{type: string, properties: {device_id"),
        ("x-from: with.card", "x-from: elsewhere.card"),
        ("card: {type", "ts: {type"),
    ],
)
def test_a_schema_of_events_refuses_what_check_refuses(call, write, part, wrong):
    schema = call("schema", "events").json
    assert faults(schema, as_json(write("events.yaml", EVENTS))) == []
    assert part in EVENTS
    assert faults(schema, as_json(write("events.yaml", EVENTS.replace(part, wrong)))) != []


def test_cases_may_be_of_a_pattern(call):
    schema = call("schema", "cases").json
    event = {"type": "payment.declined", "time": "2026-11-20T10:00:00Z", "data": {}}
    case = {"case": "a", "events": [event], "expect": [{"events": {"first": "1"}, "key": "d1"}]}
    assert faults(schema, {"pattern": "card-testing", "cases": [case, {**case, "expect": []}]}) == []
    assert faults(schema, {"pattern": "card-testing", "cases": [{**case, "expect": [{"event": []}]}]}) != []


@pytest.mark.parametrize("project", ["shop", "small"])
def test_the_facts_schema_is_the_projects_own(call, project, request):
    root = request.getfixturevalue(project)
    schema = call("schema", "facts", "--rules", root).json
    Draft202012Validator.check_schema(schema)
    assert schema.pop("$schema") == "https://json-schema.org/draft/2020-12/schema"
    assert schema == as_json(root / "facts.yaml")


def test_the_example_of_a_new_project_fits_its_facts(call, small):
    schema = call("schema", "facts", "--rules", small).json
    Draft202012Validator(schema).validate(json.loads((small / "example.json").read_text()))


def test_a_project_is_found_as_by_every_command(call, small, monkeypatch):
    monkeypatch.chdir(small)
    assert "order.total" in call("schema", "decision").out


def test_without_a_project_facts_have_no_schema(call):
    result = call("schema", "facts")
    assert (result.code, result.out) == (1, "")
    assert "--rules DIR" in result.err


def test_a_project_with_errors_has_no_schema(call, small):
    (small / "facts.yaml").write_text("type: objct\n")
    result = call("schema", "decision", "--rules", small)
    assert (result.code, result.out) == (1, "")
    assert "facts.yaml:1:7: error RF402" in result.err


def test_only_what_there_is_is_offered(call):
    result = call("schema", "project")
    assert result.code == 2
    assert "decision" in result.err
