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
    """Decisions, workflows and cases; the files of the root itself are none of them."""
    return [path for path in sorted(root.rglob("*.yaml")) if path.parent != root]


def kind_of(path):
    if path.name.endswith(".cases.yaml"):
        return "cases"
    return "workflow" if path.parent.name == "workflows" else "decision"


def faults(schema, document):
    Draft202012Validator.check_schema(schema)
    return [fault.message for fault in Draft202012Validator(schema).iter_errors(document)]


@pytest.mark.parametrize("project", ["shop", "small"])
@pytest.mark.parametrize("known", [True, False])
def test_the_schemas_accept_every_file_of_a_project(call, project, known, request):
    root = request.getfixturevalue(project)
    arguments = ["--rules", root] if known else []
    schemas = {name: call("schema", name, *arguments).json for name in ("decision", "workflow", "cases")}
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
