from __future__ import annotations

import re
from importlib.util import find_spec

import pytest

from pattern_projects import FILES, case, cases, declined

needs_engine = pytest.mark.skipif(
    find_spec("durable_rules_engine") is None, reason="durable-rules is not installed: it takes a C compiler"
)


@pytest.fixture
def failing(small):
    """A project of which one case expects something else, and one rule has no case."""
    cases = small / "base" / "shipping.cases.yaml"
    text = cases.read_text().replace("{carrier: post, price: 2.9}", "{carrier: parcel, price: 2.9}")
    start = text.index("  - case: VIPs")
    cases.write_text(text[:start])
    return small


def test_cases_that_pass_are_counted(call, small):
    result = call("test", small)
    assert (result.code, result.err) == (0, "")
    assert result.out == "ok: 16 cases passed; 13 of 13 rules covered\n"


def test_a_failing_case_is_named_with_its_place_and_what_differs(call, failing):
    result = call("test", failing)
    assert result.code == 1
    first, second, summary = result.out.splitlines()
    assert re.fullmatch(r"base/shipping\.cases\.yaml:\d+: failed: a small thing goes as a letter", first)
    assert second == '    result.carrier: expected "parcel", got "post" (decided by letter)'
    assert summary == "1 of 15 cases failed; 12 of 13 rules covered (--coverage names the others)"


def test_coverage_counts_cases_and_names_the_rules_without(call, failing):
    shown = call("test", failing, "--coverage").out
    assert re.search(r"^decision +rule +layer +place +cases$", shown, re.MULTILINE)
    assert re.search(r"^refund +small +base +base/refund\.yaml:\d+ +3$", shown, re.MULTILINE)
    assert re.search(
        r"^shipping +vip_free +customer/vip +customer/vip/shipping\.yaml:3 +0$", shown, re.MULTILINE
    )
    assert "customer/vip/shipping.yaml:3: not covered: shipping, rule vip_free, layer customer/vip\n" in shown


def test_a_rule_without_cases_is_no_failure(call, small):
    cases = small / "base" / "shipping.cases.yaml"
    cases.write_text(cases.read_text().partition("  - case: VIPs")[0])
    result = call("test", small, "--coverage")
    assert result.code == 0
    assert result.out.endswith("ok: 15 cases passed; 12 of 13 rules covered\n")


def test_as_json_every_case_has_its_place_and_failure(call, failing):
    result = call("test", failing, "--json")
    assert result.code == 1
    document = result.json
    assert (document["ok"], document["passed"], document["failed"]) == (False, 14, 1)
    assert "rules" not in document
    (bad,) = [case for case in document["cases"] if not case["ok"]]
    assert bad["case"] == "a small thing goes as a letter"
    assert (bad["decision"], bad["file"]) == ("shipping", "base/shipping.cases.yaml")
    assert bad["failure"].startswith("result.carrier")
    assert [rule["rule"] for rule in document["uncovered"]] == ["vip_free"]


def test_as_json_coverage_lists_every_rule(call, small):
    document = call("test", small, "--json", "--coverage").json
    assert document["covered"] == len(document["rules"]) == 13
    assert document["rules"][0].keys() == {"decision", "rule", "layer", "file", "line", "cases"}


def test_a_project_without_cases_says_so(call, small):
    for path in small.glob("base/*.cases.yaml"):
        path.unlink()
    result = call("test", small)
    assert result.code == 0
    assert result.out.startswith("no cases: ")


def test_rules_that_do_not_check_are_not_tested(call, small):
    (small / "base" / "refund.yaml").write_text("decision: refund\n")
    result = call("test", small)
    assert result.code == 1
    assert "base/refund.yaml:1:1: error RF103" in result.out
    assert re.search(r"^\d+ errors?$", result.out.splitlines()[-1])
    document = call("test", small, "--json").json
    assert document["ok"] is False
    assert document["diagnostics"]


def test_a_missing_folder_is_an_error(call):
    result = call("test", "nowhere")
    assert result.code == 1
    assert "does not exist" in result.out


@needs_engine
def test_the_sample_shop_passes_and_covers_every_rule(run, shop):
    result = run("test", shop, "--coverage")
    assert result.code == 0
    assert re.search(r"ok: \d+ cases passed; (\d+) of \1 rules covered", result.out)


# -- workflows ---------------------------------------------------------------------------------------------

WORKFLOW = """\
workflow: approval
input: facts.yaml
steps:
  review:
    wait: approval
    payload: {verdict: {enum: [approved, rejected]}}
    on: {approved: note, rejected: {fail: rejected}}
  note: {set: {by: somebody}}
output: {by: "${ steps.note.by }"}
"""
WORKFLOW_CASES = """\
workflow: approval
cases:
  - case: nobody has looked yet
    input: {order: {total: 40, region: us}, customer: {type: vip}}
    expect: {status: waiting, path: [review]}
  - case: somebody says no
    input: {order: {total: 40, region: us}, customer: {type: vip}}
    signals: {approval: {verdict: rejected}}
    expect: {status: completed}
"""


@pytest.fixture
def approving(small):
    """A project with a workflow, of which one case fails and one step has no case."""
    (small / "workflows").mkdir()
    (small / "workflows" / "approval.yaml").write_text(WORKFLOW)
    (small / "workflows" / "approval.cases.yaml").write_text(WORKFLOW_CASES)
    return small


def test_cases_of_workflows_are_counted_and_told_like_the_others(call, approving):
    result = call("test", approving)
    assert result.code == 1
    first, second, summary = result.out.splitlines()
    assert first == "workflows/approval.cases.yaml:6: failed: somebody says no"
    assert second == ("    status: expected completed, got failed (failed after review; rejected: rejected)")
    assert summary == (
        "1 of 18 cases failed; 13 of 13 rules covered, 1 of 2 steps covered (--coverage names the others)"
    )


def test_coverage_counts_the_cases_of_each_step(call, approving):
    shown = call("test", approving, "--coverage").out
    assert re.search(r"^workflow +step +place +cases$", shown, re.MULTILINE)
    assert re.search(r"^approval +review +workflows/approval\.yaml:4 +2$", shown, re.MULTILINE)
    assert "workflows/approval.yaml:8: not covered: approval, step note\n" in shown


def test_as_json_cases_of_workflows_stand_behind_those_of_decisions(call, approving):
    document = call("test", approving, "--json", "--coverage").json
    assert (document["ok"], document["passed"], document["failed"]) == (False, 17, 1)
    assert len(document["cases"]) == 18
    bad = document["cases"][-1]
    assert (bad["decision"], bad["workflow"], bad["ok"]) == (None, "approval", False)
    assert (bad["file"], bad["line"]) == ("workflows/approval.cases.yaml", 6)
    assert "workflow" not in document["cases"][0]
    assert document["covered_steps"] == 1
    assert [step["step"] for step in document["uncovered_steps"]] == ["note"]
    assert [step["cases"] for step in document["steps"]] == [2, 0]


@needs_engine
def test_the_sample_shop_covers_every_step_and_pattern(run, shop):
    result = run("test", shop)
    covered = r"\d+ of \d+ rules covered, (\d+) of \1 steps covered, (\d+) of \2 patterns covered"
    assert re.search(rf"^ok: .*; {covered}$", result.out)


@pytest.fixture
def patterned(tmp_path):
    """A project with two patterns, of which one has a case that passes and one that fails."""
    two = [declined(0, "a"), declined(1, "b")]
    texts = case("two cards", two, "[{events: [1, 2]}]"), case("one card", two, "[]")
    for path, text in {**FILES, **cases(*texts)}.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text)
    return tmp_path


@needs_engine
def test_cases_of_patterns_run_too_and_the_patterns_that_they_show_are_counted(call, patterned):
    result = call("test", patterned, "--coverage")
    assert result.code == 1
    first, second, *_, summary = result.out.splitlines()
    assert first == "patterns/two-cards.cases.yaml:8: failed: one card"
    assert second == '    expected no match of first: 1, second: 2 (key "d")'
    assert re.search(r"^two-cards +patterns/two-cards\.yaml:2 +2$", result.out, re.MULTILINE)
    assert "patterns/unpaid.yaml:2: not covered: pattern unpaid\n" in result.out
    assert summary == "1 of 2 cases failed; 0 of 2 rules covered, 1 of 2 patterns covered"


@needs_engine
def test_as_json_a_case_of_a_pattern_tells_what_matched(call, patterned):
    document = call("test", patterned, "--json").json
    assert [(each["pattern"], each["ok"]) for each in document["cases"]] == [
        ("two-cards", True),
        ("two-cards", False),
    ]
    assert document["cases"][0]["matches"] == [{"key": "d", "events": {"first": "1", "second": "2"}}]
    assert document["covered_patterns"] == 1
    assert [each["pattern"] for each in document["uncovered_patterns"]] == ["unpaid"]


@needs_engine
def test_a_second_opinion_is_asked_on_each_case_of_a_decision(call, small):
    result = call("test", small, "--second-opinion")
    assert (result.code, result.err) == (0, "")
    agreed = "second opinion: 16 agree, 0 differ"
    assert result.out == f"ok: 16 cases passed; 13 of 13 rules covered; {agreed}\n"
    told = call("test", small, "--second-opinion", "--json").json["second_opinion"]
    assert told == {"agreed": 16, "differed": 0, "outside": []}


@needs_engine
def test_cases_on_which_there_is_no_second_opinion_are_counted_by_the_reason(call, patterned):
    (patterned / "base" / "fraud.cases.yaml").write_text(
        "decision: fraud\ncases:\n"
        "  - {case: a, facts: {device: {id: d}}, expect: {ok: true}}\n"
        "  - {case: b, facts: {device: {id: x}}, expect: {ok: false}}\n"
    )
    many = " && ".join(f"device.id in [{', '.join(repr(str(n)) for n in range(20))}]" for _ in range(2))
    decision = patterned / "base" / "fraud.yaml"
    rule = f"  - rule: listed\n    when: has(device) && has(device.id) && {many}\n    then: {{ok: true}}\n"
    decision.write_text(decision.read_text().replace("default", f"{rule}default"))
    result = call("test", patterned, "--second-opinion")
    reason = "rule listed (base/fraud.yaml:6) can be met in more than 300 ways"
    assert f"no second opinion on 2 cases: {reason}\n" in result.out
    assert "second opinion: 0 agree, 0 differ, 2 outside its fence" in result.out


def test_without_the_engine_a_second_opinion_says_what_to_install(call, small, tmp_path, monkeypatch):
    (tmp_path / "durable_rules_engine.py").write_text("raise ImportError('undefined symbol')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    result = call("test", small, "--second-opinion")
    assert (result.code, result.out) == (1, "")
    assert "pip install --no-cache-dir 'rulesflow[patterns]'" in result.err
