"""Cases of workflows: what is wrong with them is told when the folder loads, what fails when they run."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import dedent, indent
from typing import Any

from rulesflow.model.rendering import as_text
from rulesflow.model.times import SECOND, Duration, parse_timestamp
from rulesflow.rules import Ruleset
from rulesflow.runtime.project import LoadedProject, load_project
from rulesflow.workflows.casereport import WorkflowReport, run_workflow_cases
from rulesflow.workflows.cases import EPOCH, STATUSES, WorkflowCase
from rulesflow.workflows.commands import Event, Problem, Returned, TakeDecision
from rulesflow.workflows.mocks import Mock
from rulesflow.workflows.simulate import Decider, SignalGiven
from rulesflow.workflows.step import ErrorClass, Step
from rulesflow.workflows.stepschema import step_schemas

CHARGED = {
    "type": "object",
    "required": ["charge_id"],
    "additionalProperties": False,
    "properties": {"charge_id": {"type": "string"}},
}
OPEN = {"type": "object", "additionalProperties": True}
STEPS = {
    step.name: step
    for step in (
        Step("shop.charge", print, OPEN, CHARGED, "shop.refund", {"declined": ErrorClass.REJECTED}),
        Step("shop.refund", print, OPEN),
        Step("shop.take", print, OPEN),
    )
}
PROJECT = {
    "rulesflow.yaml": "{project: shop, facts: facts.yaml, timezone: Europe/Berlin, layers: [base]}",
    "facts.yaml": "{type: object, required: [total], properties: {total: {type: number}}}",
    "base/fraud.yaml": """
        decision: fraud
        outcome: {verdict: {enum: [approve, review]}}
        rules: [{rule: large, when: {total: "> 100"}, then: {verdict: review}}]
        default: {verdict: approve}
        """,
    "workflows/order.yaml": """
        workflow: order
        input: facts.yaml
        steps:
          fraud: {decide: fraud, on: {approve: charge, review: review}}
          review:
            wait: approval
            payload: {verdict: {enum: [approved, rejected]}}
            timeout: 24h
            on: {approved: charge, rejected: {fail: rejected}, timeout: {fail: expired}}
          charge: {call: shop.charge, with: {amount: "${ total }"}}
          split: {each: [1, 2], as: line, steps: {take: {call: shop.take, with: {sku: "${ line }"}}}}
          child: {run: child, if: total > 500}
        output: {charge: "${ steps.charge.charge_id }"}
        """,
    "workflows/child.yaml": """
        workflow: child
        input: {type: object}
        steps: {note: {set: {done: true}}}
        """,
}


def load(
    *cases: str, file: str = "workflows/order.cases.yaml", head: str = "workflow: order"
) -> LoadedProject:
    """The project with these cases, each the text below ``- case: …``."""
    items = "".join(f"  -\n{indent(dedent(each), '    ')}\n" for each in cases)
    texts = {**PROJECT, file: f"{head}\ncases:\n{items}" if cases else head}
    return load_project(dedented(texts), steps=STEPS)


def dedented(texts: Mapping[str, str]) -> dict[str, bytes]:
    return {path: dedent(text).encode() for path, text in texts.items()}


def decided(ruleset: Ruleset) -> Decider:
    def decide(command: TakeDecision) -> Event:
        return Returned(ruleset.decide(command.decision, command.facts, command.at).result, command.at)

    return decide


def said(*cases: str, **more: Any) -> str:
    """The diagnostics, without their places."""
    return as_text(load(*cases, **more).diagnostics, {})


def only(*cases: str) -> WorkflowCase:
    loaded = load(*cases)
    assert loaded.diagnostics == (), as_text(loaded.diagnostics, {})
    return loaded.workflow_cases[0]


def report(*cases: str) -> WorkflowReport:
    loaded = load(*cases)
    assert loaded.diagnostics == (), as_text(loaded.diagnostics, {})

    assert loaded.ruleset is not None
    steps = {name: step_schemas(step) for name, step in STEPS.items()}
    return run_workflow_cases(
        loaded.workflows.values(), loaded.workflow_cases, decided(loaded.ruleset), steps
    )


def failure(case: str) -> str | None:
    [result] = report(case).results
    return result.failure


CHARGE = "charge: {charge_id: c}, split/*/take: {}"
SMALL = f"""
    case: small
    input: {{total: 40}}
    mocks: {{{CHARGE}}}
    expect: {{status: completed}}
    """


def small(expect: str, mocks: str = CHARGE, more: str = "") -> str:
    return f"case: small\ninput: {{total: 40}}\nmocks: {{{mocks}}}\n{more}\nexpect: {expect}"


def large(expect: str, signals: str = "{}", mocks: str = CHARGE, name: str = "large") -> str:
    return f"case: {name}\ninput: {{total: 140}}\nmocks: {{{mocks}}}\nsignals: {signals}\nexpect: {expect}"


# -- reading -----------------------------------------------------------------------------------------------


def test_a_case_is_read_with_its_defaults() -> None:
    case = only(SMALL)
    assert (case.name, case.workflow.name, case.input, case.at) == ("small", "order", {"total": 40}, EPOCH)
    assert case.mocks == {"charge": (Mock({"charge_id": "c"}),), "split/*/take": (Mock({}),)}
    assert (case.expected.status, case.expected.path, case.signals) == ("completed", None, ())
    assert (case.span.file, case.span.line) == ("workflows/order.cases.yaml", 5)


def test_a_time_without_offset_is_local_in_the_project() -> None:
    case = only(small("{status: completed}", more="at: 2026-11-27T08:00:00"))
    assert case.at == parse_timestamp("2026-11-27T08:00:00+01:00")


def test_mocks_are_outputs_or_errors_alone_or_in_a_list() -> None:
    written = (
        "charge: [{error: declined}, {error: {class: unavailable, retry_after: 2m}}, "
        "{error: {code: declined, message: no}}, {error: {class: internal, code: x, retry_after: 7}}, "
        "{output: {charge_id: c}}], charge/undo: {error: timeout}"
    )
    problems = [
        Problem(ErrorClass.REJECTED, "declined", "mocked: declined"),
        Problem(ErrorClass.UNAVAILABLE, "unavailable", "mocked: unavailable", 120.0),
        Problem(ErrorClass.REJECTED, "declined", "no"),
        Problem(ErrorClass.INTERNAL, "x", "mocked: x", 7.0),
    ]
    mocks = only(small("{status: completed}", written)).mocks
    assert mocks["charge"] == (*(Mock(problem=each) for each in problems), Mock({"charge_id": "c"}))
    assert mocks["charge/undo"] == (Mock(problem=Problem(ErrorClass.TIMEOUT, "timeout", "mocked: timeout")),)


def test_an_output_may_have_fields_named_output_or_error_among_others() -> None:
    mocks = only(small("{status: completed}", "charge: {charge_id: c}, split/0/take: {error: a, b: 1}")).mocks
    assert mocks["split/0/take"] == (Mock({"error": "a", "b": 1}),)


def test_a_mock_may_say_that_a_call_is_held() -> None:
    mocks = only(
        small("{status: completed}", "charge: {held: true}, split/0/take: {output: {held: true}}")
    ).mocks
    away = Problem(ErrorClass.UNAVAILABLE, "circuit-open", "mocked: held")
    assert mocks == {
        "charge": (Mock(problem=away, held=True),),
        "split/0/take": (Mock({"held": True}),),
    }
    wrong = said(small("{status: completed}", "charge: {held: 5}"))
    assert "RF752 held is true, not the number 5" in wrong
    assert "where the step itself gives it, write output: {held: …}" in wrong


def test_signals_are_a_list_or_a_mapping() -> None:
    listed = "[{signal: approval, payload: {verdict: approved}, after: 2h}]"
    assert only(large("{status: completed}", listed)).signals == (
        SignalGiven("approval", {"verdict": "approved"}, Duration(7200 * SECOND)),
    )
    mapped = only(large("{status: completed}", "{approval: {verdict: approved}}"))
    assert mapped.signals == (SignalGiven("approval", {"verdict": "approved"}),)


# -- what is wrong when the folder loads -------------------------------------------------------------------


def test_a_file_of_another_workflow_or_of_none() -> None:
    assert "RF751 there is no workflow 'oder'; did you mean order?" in said(SMALL, head="workflow: oder")
    other = said(SMALL, file="workflows/child.cases.yaml")
    assert "RF751 these are cases of workflow order, in a file named child.cases.yaml" in other
    assert "name the file order.cases.yaml" in other


def test_keys_and_kinds() -> None:
    assert "RF101 unknown key 'inputs' in a case; did you mean input?" in said("case: a\ninputs: {}")
    assert "RF103 a case lacks the key 'input'" in said("case: a\nexpect: {status: failed}")
    assert "RF102 input must be a mapping" in said("case: a\ninput: 3\nexpect: {status: failed}")
    assert "RF101 unknown key 'state' in expect; did you mean status?" in said(small("{state: failed}"))
    assert "RF103 a cases file lacks the key 'cases'" in said(head="workflow: order")
    assert "RF102 a case must be a mapping" in said("just text")


def test_two_cases_of_one_name() -> None:
    assert "RF602 two cases are named 'small'; the other stands in line 5" in said(SMALL, SMALL)


def test_a_case_that_expects_nothing() -> None:
    assert "RF604 the case expects nothing" in said("case: a\ninput: {total: 1}")
    assert "RF604 the case expects nothing" in said("case: a\ninput: {total: 1}\nexpect: {}")


def test_a_time_that_is_none() -> None:
    assert "RF314 'yesterday' is not an RFC 3339 timestamp" in said(
        small("{status: failed}", more="at: yesterday")
    )
    late = said(large("{status: failed}", "[{signal: approval, after: soon}]"))
    assert "RF314" in late
    early = said(large("{status: failed}", "[{signal: approval, payload: {verdict: approved}, after: -1h}]"))
    assert "RF314 a signal cannot come before the run starts" in early


def test_a_mock_of_what_calls_nothing() -> None:
    assert "RF750 no step at 'chrage' calls anything; did you mean charge?" in said(
        small("{status: failed}", "chrage: {}")
    )
    assert "RF750 no step at 'fraud' calls anything" in said(
        small("{status: failed}", "fraud: {verdict: approve}")
    )
    assert "RF750 no step at 'split/take' calls anything" in said(small("{status: failed}", "split/take: {}"))


def test_a_mock_that_its_step_would_never_answer() -> None:
    wrong = said(small("{status: failed}", "charge: {charge: c}"))
    assert "RF752 no output of shop.charge: /charge_id: charge_id is required" in wrong
    assert "(and 1 more)" in wrong
    word = said(small("{status: failed}", "charge: {error: declinde}"))
    assert "RF752 'declinde' is no class of errors, nor a code of the step; did you mean declined?" in word
    assert "RF752 charge has no answer" in said(small("{status: failed}", "charge: []"))
    assert "lacks the key 'class' or 'code'" in said(
        small("{status: failed}", "charge: {error: {message: no}}")
    )
    assert "RF102 retry_after must be seconds" in said(
        small("{status: failed}", "charge: {error: {class: timeout, retry_after: true}}")
    )


def test_a_signal_that_nobody_waits_for_or_that_is_refused() -> None:
    assert "RF753 no step of order waits for signal 'aproval'; did you mean approval?" in said(
        large("{status: failed}", "{aproval: {verdict: approved}}")
    )
    refused = said(large("{status: failed}", "{approval: {verdict: maybe}}"))
    assert "RF753 payload of signal approval: /verdict:" in refused


def test_an_end_that_no_run_has() -> None:
    assert "RF754 no run of a case ends as 'complete'; did you mean completed?" in said(
        small("{status: complete}")
    )
    assert "RF754 the run never comes to 'chrage'; did you mean charge?" in said(small("{path: [chrage]}"))
    assert "RF754 the run never comes to 'split/*/take'" in said(small("{path: [split/*/take]}"))
    assert "RF754 no call that the run makes is at 'fraud'" in said(small("{undone: [fraud]}"))
    assert "RF754 no call that the run makes is at 'fraud'" in said(small("{calls: {fraud: {}}}"))


def test_cases_are_read_only_where_all_else_loads() -> None:
    broken = load_project(
        {
            **dedented(PROJECT),
            "workflows/child.yaml": b"workflow: child\ninput: {type: object}\nsteps: {a: {cal: x}}\n",
            "workflows/order.cases.yaml": b"workflow: oder\ncases: []\n",
        },
        steps=STEPS,
    )
    assert {each.code for each in broken.diagnostics} == {"RF701"}
    assert broken.workflow_cases == ()


def test_a_project_of_which_plugins_are_gone_does_not_mind_its_cases() -> None:
    texts = {**PROJECT, "workflows/order.cases.yaml": "workflow: oder\ncases: []\n"}
    assert load_project(dedented(texts), lenient=True).errors == ()


# -- what fails when they run ------------------------------------------------------------------------------


def test_cases_that_come_out_as_expected() -> None:
    whole = small(
        "{status: completed, path: [fraud, charge, split, split/0/take, split/1/take], "
        "output: {charge: c}, undone: [], calls: {charge: {amount: 40}, split/1/take: {sku: 2}}}"
    )
    approved = large("{status: completed, output: {charge: c}}", "{approval: {verdict: approved}}")
    expired = large("{status: failed, error: expired}", mocks="", name="expired")
    waits = "case: w\ninput: {total: 40}\nmocks: {charge: {error: invalid}}\nexpect: {status: incident}"
    assert [each.failure for each in report(whole, approved, expired, waits).results] == [None] * 4


def test_every_difference_is_told_with_how_the_run_went() -> None:
    story = "completed after fraud, charge, split, split/0/take, split/1/take"
    assert failure(small("{status: failed}")) == f"status: expected failed, got completed ({story})"
    assert failure(small("{path: [fraud, review]}")) == f"path: at 2 expected review, got charge ({story})"
    assert (failure(small("{path: [fraud]}")) or "").startswith("path: at 2 expected the end, got charge (")
    assert failure(small("{output: {charge: d}}")) == f'output.charge: expected "d", got "c" ({story})'
    assert failure(small("{undone: [charge]}")) == f"undone: at 1 expected charge, got the end ({story})"
    assert failure(small("{error: declined}")) == f'error: expected "declined", got null ({story})'
    assert failure(small("{calls: {charge: {amount: 41}}}")) == (
        f"calls: charge.amount: expected 41, got 40 ({story})"
    )
    assert failure(small("{calls: {charge/undo: {}}}")) == f"calls: charge/undo was not called ({story})"


def test_a_failed_run_tells_its_error_and_what_was_undone() -> None:
    taken = "charge: {charge_id: c}, split/*/take: {error: {class: conflict, code: gone}}"
    assert failure(small("{undone: []}", taken)) == (
        "undone: at 1 expected the end, got charge (failed after fraud, charge, split, split/0/take, "
        "split/1/take; undone: charge; gone: mocked: gone)"
    )
    told = failure(small("{status: completed}", "charge: {error: declined}"))
    assert (
        told
        == "status: expected completed, got failed (failed after fraud, charge; declined: mocked: declined)"
    )


def test_an_incident_that_nobody_expects_is_a_failure() -> None:
    told = failure(small("{path: [fraud, charge]}", "charge: {error: invalid}"))
    assert told == (
        "status: nobody expected an incident (incident after fraud, charge; invalid: mocked: invalid)"
    )


def test_an_input_that_does_not_fit() -> None:
    told = failure("case: a\ninput: {total: many}\nexpect: {status: failed}")
    assert told is not None
    assert told.startswith("the input does not fit the workflow's schema: /total: ")


def test_a_mock_that_is_missing() -> None:
    told = failure(small("{status: completed}", ""))
    assert told == (
        'no mock answers charge, a call of shop.charge with {"amount":40}; '
        "add to mocks: charge: {charge_id: …}"
    )


def test_what_was_prepared_in_vain_is_a_failure() -> None:
    twice = small("{status: completed}", "charge: [{charge_id: c}, {charge_id: d}], split/*/take: {}")
    assert failure(twice) == "mocks: charge: 1 of the listed answers was not asked for"
    signal = small("{status: completed}", more="signals: {approval: {verdict: approved}}")
    assert (failure(signal) or "").startswith("signals: nobody waited for approval (completed after ")


def test_a_signal_that_comes_too_late_is_none() -> None:
    late = "[{signal: approval, payload: {verdict: approved}, after: 25h}]"
    assert failure(large("{status: failed, error: expired}", late, "")) is None


def test_coverage_counts_the_cases_that_come_to_a_step() -> None:
    found = report(SMALL, large("{status: failed}", mocks=""))
    counts = {(each.workflow, each.step): each.cases for each in found.coverage}
    assert counts == {
        ("order", "fraud"): 2,
        ("order", "review"): 1,
        ("order", "charge"): 1,
        ("order", "split"): 1,
        ("order", "split/*/take"): 1,
        ("order", "child"): 0,
        ("child", "note"): 0,
    }
    assert [each.step for each in found.uncovered] == ["note", "child"]
    huge = f"case: huge\ninput: {{total: 900}}\nmocks: {{{CHARGE}}}\n"
    done = report(huge + "signals: {approval: {verdict: approved}}\nexpect: {status: completed}")
    assert [each.step for each in done.uncovered] == []


def test_a_status_that_a_case_may_expect_is_one_that_comes() -> None:
    assert set(STATUSES) == {"completed", "failed", "incident", "waiting", "parked", "undoing"}
