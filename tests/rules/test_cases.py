"""Cases: what they say when they fail, and which rules they cover."""

from __future__ import annotations

import pytest
from projects import codes, loaded, shown

from rulesflow.rules import CaseReport, run_cases

BASE = """
decision: d
outcome: {answer: {type: string}, fee: {type: number, optional: true}}
rules:
  - {rule: large, when: order.total > 100, then: {answer: large, fee: 1.50}}
  - {rule: web, when: {order.channel: web}, then: {answer: web}}
default: {answer: none}
"""
FACTS = "{order: {total: 200, region: us}, customer: {type: vip}}"


def files(*cases: str, base: str = BASE) -> dict[str, str | bytes]:
    return {
        "base/d.yaml": base,
        "base/d.cases.yaml": "decision: d\ncases:\n" + "".join(f"  - {c}\n" for c in cases),
    }


def report(*cases: str) -> CaseReport:
    result = loaded(files(*cases))
    assert result.ruleset is not None, shown(result)
    return run_cases(result.ruleset, result.cases)


def test_a_subset_of_the_result_and_the_winning_rule_are_enough() -> None:
    done = report(
        f"{{case: one, facts: {FACTS}, expect: {{answer: large}}, rule: large}}",
        f"{{case: two, facts: {FACTS}, expect: {{fee: 1.5}}}}",
        f"{{case: three, facts: {FACTS}, rule: large}}",
    )
    assert done.failures == ()


@pytest.mark.parametrize(
    ("case", "failure"),
    [
        (
            f"facts: {FACTS}, expect: {{answer: web}}",
            'result.answer: expected "web", got "large" (decided by large)',
        ),
        (f"facts: {FACTS}, rule: web", "expected rule web, but large decided"),
        (f"facts: {FACTS}, rule: default", "expected rule default, but large decided"),
        (
            f"facts: {FACTS}, expect: {{tax: 1}}",
            "result.tax: expected 1, but it is not there (decided by large)",
        ),
        (f"facts: {FACTS}, expect: null", 'result: expected null, got {"answer":"large","fee":1.5}'),
        ("facts: {order: {total: -1, region: us}, customer: {type: vip}}, rule: large", "/order/total: "),
    ],
)
def test_a_failing_case_says_what_differs(case: str, failure: str) -> None:
    done = report(f"{{case: one, {case}}}")
    assert [failure in (each.failure or "") for each in done.failures] == [True], done.failures


def test_coverage_counts_each_rule_and_the_default() -> None:
    done = report(f"{{case: one, facts: {FACTS}, rule: large}}")
    assert [(each.rule, each.cases, each.line) for each in done.coverage] == [
        ("large", 1, 4), ("web", 0, 5), ("default", 0, 6),
    ]  # fmt: skip
    assert [each.rule for each in done.uncovered] == ["web", "default"]


def test_an_override_is_covered_apart_from_what_it_overrides() -> None:
    overlaid = files(f"{{case: one, facts: {FACTS}, rule: large}}")
    overlaid["region/us/d.yaml"] = "decision: d\nrules: [{rule: large, override: true, then: {answer: us}}]\n"
    result = loaded(overlaid)
    assert result.ruleset is not None
    done = run_cases(result.ruleset, result.cases)
    assert {(each.layer, each.rule): each.cases for each in done.coverage}[("region/us", "large")] == 1
    assert {(each.layer, each.rule): each.cases for each in done.coverage}[("base", "large")] == 0


def test_lists_compare_item_by_item() -> None:
    base = "decision: d\nhit: collect\noutcome: {a: {type: number}}\nrules:\n" + "".join(
        f"  - {{rule: r{i}, then: {{a: {i}}}}}\n" for i in range(2)
    )
    result = loaded(
        files(
            f"{{case: right, facts: {FACTS}, expect: [{{a: 0}}, {{a: 1.0}}]}}",
            f"{{case: short, facts: {FACTS}, expect: [{{a: 0}}]}}",
            f"{{case: wrong, facts: {FACTS}, expect: [{{a: 0}}, {{a: 2}}]}}",
            base=base,
        )
    )
    assert result.ruleset is not None
    failures = [(each.case.name, each.failure) for each in run_cases(result.ruleset, result.cases).failures]
    assert failures[0] == (
        "short",
        'result: expected 1 item, got 2 items: [{"a":0},{"a":1}] (decided by r0, r1)',
    )
    assert failures[1] == ("wrong", "result[1].a: expected 2, got 1 (decided by r0, r1)")


def test_a_case_without_at_is_an_error_only_where_rules_have_dates() -> None:
    case = f"{{case: one, facts: {FACTS}, rule: web}}"
    dated = BASE.replace("then: {answer: web}", "then: {answer: web}, from: 2026-01-01")
    assert codes(files(case)) == []
    assert codes(files(case, base=dated)) == ["RF601"]
    assert codes(files(case.replace("rule", "at: 2026-02-01, rule"), base=dated)) == []


@pytest.mark.parametrize(
    ("case", "message"),
    [
        (f"{{case: a, facts: {FACTS}}}", "RF604 the case expects nothing"),
        (
            f"{{case: a, facts: {FACTS}, rule: lrge}}",
            "RF603 decision d has no rule 'lrge'; did you mean large?",
        ),
        (f"{{case: a, facts: {FACTS}, rul: large}}", "RF101 unknown key 'rul' in a case; did you mean rule?"),
        ("{case: a, rule: large}", "RF103 a case lacks the key 'facts'"),
        (f"{{case: a, facts: {FACTS}, rule: large, at: tomorrow}}", "RF314 'tomorrow' is not"),
    ],
)
def test_a_broken_case_is_found_when_files_are_checked(case: str, message: str) -> None:
    assert message in shown(loaded(files(case)))


def test_two_cases_of_one_name_and_cases_of_no_decision() -> None:
    case = f"{{case: a, facts: {FACTS}, rule: large}}"
    assert codes(files(case, case)) == ["RF602"]
    stray = {"base/d.yaml": BASE, "base/e.cases.yaml": "decision: e\ncases: []\n"}
    assert codes(stray) == ["RF603"]
