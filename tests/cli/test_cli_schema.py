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
    """Decisions and cases; the files of the root itself are neither."""
    return [path for path in sorted(root.rglob("*.yaml")) if path.parent != root]


@pytest.mark.parametrize("project", ["shop", "small"])
@pytest.mark.parametrize("known", [True, False])
def test_the_schemas_accept_every_file_of_a_project(call, project, known, request):
    root = request.getfixturevalue(project)
    arguments = ["--rules", root] if known else []
    schemas = {name: call("schema", name, *arguments).json for name in ("decision", "cases")}
    for path in yaml_files(root):
        schema = schemas["cases" if path.name.endswith(".cases.yaml") else "decision"]
        Draft202012Validator.check_schema(schema)
        faults = [fault.message for fault in Draft202012Validator(schema).iter_errors(as_json(path))]
        assert faults == [], path


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
    result = call("schema", "workflow")
    assert result.code == 2
    assert "decision" in result.err
