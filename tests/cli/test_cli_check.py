from __future__ import annotations

import shutil

import pytest


@pytest.fixture
def broken(small):
    """A project with two errors, of which one is in a table."""
    refund = small / "base" / "refund.yaml"
    refund.write_text(refund.read_text().replace("order.total:", "order.totl:"))
    table = small / "base" / "shipping.csv"
    table.write_text(table.read_text().replace(",2.9,", ',"2,9",'))
    return small


def test_a_good_folder_is_summed_up_in_a_line(call, small):
    result = call("check", small)
    assert (result.code, result.err) == (0, "")
    assert result.out == "ok: 2 decisions, 13 rules, 16 cases in 12 files\n"


def test_every_error_is_shown_with_its_place_and_counted(call, broken):
    result = call("check", broken)
    assert (result.code, result.err) == (1, "")
    lines = result.out.splitlines()
    at = next(i for i, line in enumerate(lines) if "RF203" in line)
    number = 1 + next(
        i for i, line in enumerate((broken / "base/refund.yaml").read_text().split("\n")) if "totl" in line
    )
    assert lines[at] == (
        f"base/refund.yaml:{number}:12: error RF203 unknown field order.totl; did you mean order.total?"
    )
    assert lines[at + 1] == f'   {number} |     when: {{order.totl: "<= params.auto_limit"}}'
    assert lines[at + 2] == "      |            ^~~~~~~~~~"
    assert any(line.startswith("base/shipping.csv:2:") and "RF504" in line for line in lines)
    assert lines[-1] == "2 errors"


def test_as_json_the_diagnostics_are_those_of_the_api(call, broken):
    for arguments in (["--json"], ["--format", "json"]):
        result = call("check", broken, *arguments)
        assert result.code == 1
        document = result.json
        assert (document["ok"], document["errors"], document["warnings"]) == (False, 2, 0)
        first = document["diagnostics"][0]
        assert list(first) == ["code", "severity", "file", "line", "column", "message", "hint"]
        assert (first["code"], first["file"]) == ("RF203", "base/refund.yaml")


def test_as_json_a_good_folder_tells_its_digest_and_contents(call, small):
    document = call("check", small, "--json").json
    assert (document["ok"], document["diagnostics"]) == (True, [])
    assert len(document["digest"]) == 64
    assert (document["decisions"], document["rules"], document["cases"], document["files"]) == (2, 13, 16, 12)


def test_annotations_name_files_from_the_working_directory(call, broken):
    result = call("check", broken, "--format", "github")
    assert result.code == 1
    assert result.out.startswith("::error file=small/base/refund.yaml,line=")
    assert result.out.count("\n") == 2


def test_sarif_is_one_document_with_the_files_from_the_working_directory(call, broken):
    result = call("check", broken, "--format", "sarif")
    assert result.code == 1
    (run,) = result.json["runs"]
    assert run["tool"]["driver"]["name"] == "rulesflow"
    uris = [each["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for each in run["results"]]
    assert uris == ["small/base/refund.yaml", "small/base/shipping.csv"]


@pytest.mark.parametrize("form", ["sarif", "github", "json"])
def test_a_good_folder_has_no_findings_in_any_format(call, small, form):
    result = call("check", small, "--format", form)
    assert result.code == 0
    assert "RF" not in result.out


def test_an_unknown_format_is_a_mistake_of_usage(call):
    result = call("check", "--format", "xml")
    assert result.code == 2
    assert "sarif" in result.err


def test_without_a_folder_the_settings_name_it(call, small, monkeypatch):
    monkeypatch.setenv("RULESFLOW_RULES", str(small))
    assert call("check").code == 0


def test_without_a_setting_it_is_the_folder_rules(call, small):
    shutil.copytree(small, "rules")
    assert call("check").out.startswith("ok: 2 decisions")


def test_within_a_project_it_is_this_folder(call, small, monkeypatch):
    monkeypatch.chdir(small)
    assert call("check").out.startswith("ok: 2 decisions")


def test_a_named_setting_is_not_replaced_by_this_folder(call, small, monkeypatch):
    monkeypatch.chdir(small)
    monkeypatch.setenv("RULESFLOW_RULES", "elsewhere")
    result = call("check")
    assert result.code == 1
    assert "the folder elsewhere does not exist" in result.out


def test_a_missing_folder_is_one_error_that_says_how_to_begin(call):
    result = call("check")
    assert result.code == 1
    assert result.out == (
        ".:1:1: error RF001 the folder rules does not exist; make one with: rulesflow init DIR\n1 error\n"
    )


def test_a_file_is_no_folder(call, write):
    result = call("check", write("rules.yaml", "a: 1"))
    assert result.code == 1
    assert "is not a folder" in result.out


def test_an_empty_folder_lacks_a_project(call, tmp_path):
    result = call("check", tmp_path)
    assert result.code == 1
    assert "there is no rulesflow.yaml here" in result.out


def test_a_file_of_other_bytes_is_an_error_at_its_place(call, small):
    (small / "base" / "refund.yaml").write_bytes(b"decision: refund\ntitle: \xff\xfe\x00\n")
    result = call("check", small)
    assert result.code == 1
    assert "base/refund.yaml:2:8: error RF001 the file is not UTF-8: byte 0xFF" in result.out


def test_a_symlink_that_leads_nowhere_is_an_error(call, small):
    (small / "base" / "lost.yaml").symlink_to("nowhere.yaml")
    result = call("check", small)
    assert result.code == 1
    assert "base/lost.yaml:1:1: error RF001" in result.out


def test_the_sample_shop_is_well(run, shop):
    result = run("check", shop)
    assert result.code == 0
    assert result.out.startswith("ok: 5 decisions, ")


FLOW = """
workflow: flow
input: facts.yaml
steps:
  judge: {decide: refund, on: {auto: end, review: wait_for_it, deny: {fail: denied}}}
  wait_for_it: {wait: approval}
"""


def with_workflow(root, text):
    (root / "workflows").mkdir()
    (root / "workflows" / "flow.yaml").write_text(text)
    return root


def test_workflows_are_counted(call, small):
    assert call("check", with_workflow(small, FLOW)).out == (
        "ok: 2 decisions, 13 rules, 1 workflow, 16 cases in 13 files\n"
    )
    assert call("check", small, "--json").json["workflows"] == 1


def test_what_is_wrong_with_a_workflow_is_told_beside_what_is_wrong_with_a_rule(call, broken):
    result = call("check", with_workflow(broken, FLOW.replace("wait_for_it,", "wait_fr_it,")))
    assert result.code == 1
    assert "base/refund.yaml" in result.out
    assert (
        "workflows/flow.yaml:5:51: error RF704 there is no step 'wait_fr_it'; did you mean wait_for_it?"
        in result.out
    )


def test_a_workflow_that_calls_what_no_plugin_offers_is_an_error(call, small):
    result = call("check", with_workflow(small, FLOW.replace("{wait: approval}", "{call: nobody.knows}")))
    assert result.code == 1
    assert "RF709 no plugin offers the step 'nobody.knows'; see: rulesflow plugins list" in result.out


def test_a_warning_of_a_workflow_alone_does_no_harm(call, small):
    steps = (
        "  a: {switch: [{when: order.total > 1, then: b}, {else: c}]}\n  b: {sleep: 1s}\n  c: {sleep: 1s}\n"
    )
    text = f"workflow: flow\ninput: facts.yaml\nsteps:\n{steps}"
    result = call("check", with_workflow(small, text))
    assert result.code == 0
    assert "warning RF706" in result.out
    assert result.out.endswith("1 workflow, 16 cases in 13 files; 1 warning\n")


def test_settings_of_a_plugin_that_is_not_installed_are_an_error(call, small):
    file = small / "rulesflow.yaml"
    file.write_text(file.read_text() + "plugins: {nobody: {key: 1}}\n")
    result = call("check", small)
    assert result.code != 0
    assert "there is no plugin nobody" in result.out + result.err
