# ruff: noqa: E501 - the workflows stand here as authors write them
"""What is told of a workflow that cannot run as it is written, and what is not told of one that can."""

from __future__ import annotations

import pytest
from sample_workflows import findings, loaded, steps

from rulesflow.workflows.step import Step
from rulesflow.workflows.stepschema import BrokenStep, step_schemas

CHARGE = 'call: payment.charge, with: {amount: "${ order.total }", currency: EUR}'
RESERVE = "call: stock.reserve"


@pytest.mark.parametrize(
    "body",
    [
        # Known on every way to the place.
        f'a: {{{RESERVE}}}\nb: {{set: {{x: "${{ steps.a.reservation_id }}"}}}}',
        f"a: {{{RESERVE}}}\nb: {{switch: [{{when: order.total > 1, then: c}}, {{else: d}}]}}\n"
        'c: {set: {x: 1}, then: d}\nd: {set: {y: "${ steps.a.reservation_id }"}}',
        # Guarded by the condition itself, by `if`, by a branch, by the branches before it.
        f"a: {{if: order.total > 1, {RESERVE}}}\nb: {{set: {{x: \"${{ has(steps.a) ? steps.a.reservation_id : '' }}\"}}}}",
        f'a: {{if: order.total > 1, {RESERVE}}}\nb: {{if: has(steps.a), set: {{x: "${{ steps.a.reservation_id }}"}}}}',
        f"a: {{if: order.total > 1, {RESERVE}}}\nb: {{switch: [{{when: has(steps.a), then: c}}, {{else: end}}]}}\n"
        'c: {set: {x: "${ steps.a.reservation_id }"}}',
        f"a: {{if: order.total > 1, {RESERVE}}}\nb: {{switch: [{{when: '!has(steps.a)', then: end}}, {{else: c}}]}}\n"
        'c: {set: {x: "${ steps.a.reservation_id }"}}',
        # A loop: the first time it is asked for with has().
        'a: {set: {n: "${ has(steps.b) ? steps.b.n : 0 }"}}\nb: {set: {n: "${ steps.a.n }"}}\n'
        "c: {sleep: 1h}\nd: {switch: [{when: order.total > 1, then: a}, {else: end}]}",
        # A step that was left out of a null answer's branches.
        'a: {decide: gift, on: {"true": b, "false": b, else: end}}\nb: {set: {x: "${ steps.a.wrap }"}}',
        # The error after a catch, and the output where nothing was caught.
        f"a: {{{CHARGE}, catch: {{on: [declined], then: b}}, then: c}}\n"
        'b: {set: {x: "${ steps.a.error.code }"}, then: end}\nc: {set: {y: "${ steps.a.amount }"}}',
        # Branches of a parallel step that have all completed.
        "a: {parallel: {one: {steps: {p: {call: fraud.score}}}, two: {steps: {q: {set: {z: 1}}}}}}\n"
        'b: {set: {x: "${ steps.a.one.p.value + steps.a.two.q.z }"}}',
        # Items: what failed is null or says why.
        f'a: {{each: "${{ order.lines }}", as: line, on_failure: collect, steps: {{t: {{{RESERVE}}}}}}}\n'
        'b: {set: {x: "${ steps.a.map(i, i.error != null, i.error.code) }"}}',
    ],
)
def test_what_is_surely_there_may_be_read(body: str) -> None:
    assert findings(steps(body)) == []


@pytest.mark.parametrize(
    ("body", "missing"),
    [
        (f'a: {{if: order.total > 1, {RESERVE}}}\nb: {{set: {{x: "${{ steps.a.reservation_id }}"}}}}', "steps.a"),
        (
            f"a: {{switch: [{{when: order.total > 1, then: b}}, {{else: c}}]}}\nb: {{{RESERVE}, then: c}}\n"
            'c: {set: {x: "${ steps.b.reservation_id }"}}',
            "steps.b",
        ),
        ('a: {set: {x: "${ steps.b.y }"}}\nb: {set: {y: 1}}', "steps.b"),
        (f'a: {{{CHARGE}, catch: {{on: [declined], then: b}}}}\nb: {{set: {{x: "${{ steps.a.amount }}"}}}}', "steps.a.amount"),
        (f'a: {{{CHARGE}, catch: {{on: [declined], then: b}}}}\nb: {{set: {{x: "${{ steps.a.error.code }}"}}}}', "steps.a.error"),
        (
            "a: {parallel: {one: {steps: {p: {call: fraud.score}}}, two: {steps: {q: {sleep: 1h}}}}, join: any}\n"
            'b: {set: {x: "${ steps.a.one.p.value }"}}',
            "steps.a.one",
        ),
        (
            "a: {parallel: {one: {steps: {p: {if: order.total > 1, call: fraud.score}}}}}\n"
            'b: {set: {x: "${ steps.a.one.p.value }"}}',
            "steps.a.one.p",
        ),
        (
            f'a: {{each: "${{ order.lines }}", on_failure: collect, steps: {{t: {{{RESERVE}}}}}}}\n'
            'b: {set: {x: "${ steps.a.map(i, i.steps.t.reservation_id) }"}}',
            "i.steps.t",
        ),
    ],
)  # fmt: skip
def test_what_may_not_have_run_is_guarded(body: str, missing: str) -> None:
    found = [each for each in findings(steps(body)) if not each.startswith("RF706")]
    assert len(found) == 1
    assert found[0].startswith(f"RF204 {missing} may be missing; guard it")


def test_the_output_knows_what_all_ways_to_the_end_have_in_common() -> None:
    body = f"a: {{{RESERVE}}}\nb: {{if: order.total > 1, call: fraud.score}}"
    assert findings(steps(body, tail='output: "${ steps.a.reservation_id }"\n')) == []
    assert findings(steps(body, tail='output: {score: "${ steps.b.value }"}\n')) == [
        "RF204 steps.b may be missing; guard it: has(steps.b) && …"
    ]


def test_a_step_that_is_come_to_again_forgets_what_was_shown_of_its_last_visit() -> None:
    body = (
        "first: {sleep: 1s, then: shown}\n"
        "shown: {switch: [{when: has(steps.a) && has(steps.a.note), then: a}, {else: a}]}\n"
        f'a: {{{CHARGE}}}\nread: {{set: {{x: "${{ steps.a.note }}"}}, then: shown}}'
    )
    assert findings(steps(body)) == ["RF204 steps.a.note may be missing; guard it: has(steps.a.note) && …"]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            'a: {call: payment.charge, with: {amount: "${ order.id }", currency: EUR}}',
            "RF710 amount is a number, but this gives a string; read the text: number(…)",
        ),
        (
            'a: {call: payment.charge, with: {amount: 1, currency: "${ order.currency + \'X\' }"}}',
            None,
        ),
        (
            'a: {call: payment.charge, with: {amount: 1, currency: "${ customer.type }"}}',
            "RF710 currency is one of EUR, USD, but this gives one of new, vip",
        ),
        ("a: {call: stock.reserve, with: {lines: [{sku: A}]}}", "RF710 lines.0.quantity: quantity is required"),
        (
            'a: {call: stock.reserve, with: {lines: [{sku: "${ order.id }"}]}}',
            "RF710 lines[0] needs 'quantity'; add quantity: a number",
        ),
        ('a: {call: stock.reserve, with: {lines: "${ order.lines }"}}', None),
        (
            'a: {call: stock.reserve, with: {lines: "${ [{\'sku\': order.id}] }"}}',
            "RF710 an item of lines needs 'quantity', and this has none",
        ),
        ('a: {call: stock.reserve, with: "${ order }"}', "RF710 'with' of stock.reserve has no 'id', but this has"),
        ("a: {call: stock.reserve, with: [1]}", "RF710 'with' of stock.reserve: must be an object; it is an array of 1 item"),
    ],
)  # fmt: skip
def test_what_a_step_is_given_fits_its_schema(body: str, expected: str | None) -> None:
    found = findings(steps(body))
    assert len(found) == (expected is not None)
    if expected is not None:
        assert found[0].startswith(expected)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('a: {decide: {decision: fraud, with: {payment: {score: "${ order.id }"}}}}', "RF710 payment.score is a number"),
        ("a: {decide: {decision: fraud, with: {paymnt: {score: 1}}}}", "RF710 'with' has no property 'paymnt'"),
        ("a: {decide: {decision: fraud, rules: newest}}", "RF102 rules must be pinned or latest"),
        ('a: {decide: {decision: fraud, at: "${ order.id }"}}', "RF719 'at' is a timestamp"),
        ("a: {decide: {decision: fraud, at: tomorrow}}", "RF716 at: 'tomorrow' is not an RFC 3339 timestamp"),
        ("a: {decide: {with: {}}}", "RF103 'decide' lacks the key 'decision'"),
        ("a: {decide: holds, on: {address: end, amount: end}}", "RF707 the result is a list, which may be empty"),
        ("a: {wait: x, on: {timeout: end}}", "RF707 'on' has a branch for timeout, and the wait has none"),
        ('a: {wait: "two words"}', "RF104 'two words' is not a signal's name"),
        ("a: {wait: x, fresh: 1}", "RF102 fresh must be true or false"),
        ("a: {wait: x, timeout: 0s}", "RF716 timeout must be more than nothing"),
        ("a: {wait: x, timeout: -1s}", "RF716 timeout is negative"),
        ("a: {sleep: {until: 5}}", "RF716 until is a timestamp, not the number 5"),
        ('a: {sleep: "${ order.id }"}', "RF719 a sleep is a duration or a number"),
        ("a: {each: [1], concurrency: 0, steps: {b: {sleep: 1s}}}", "RF102 concurrency must be a whole number"),
        ("a: {each: [1], as: at, steps: {b: {sleep: 1s}}}", "RF703 'at' is a reserved name"),
        ("a: {each: [1]}", "RF103 step 'a' lacks the key 'steps'"),
        ("a: {parallel: {}}", "RF102 there is no branch in 'parallel'"),
        ("a: {set: {Net: 1}}", "RF104 'Net' is not a name"),
        ("a: {fail: {message: x}}", "RF103 'fail' lacks the key 'code'"),
        ("a: {call: stock.reserve, park: soon}", "RF716 park: 'soon' is no length of time"),
        ("a: {call: stock.reserve, commit: yes}", "RF102 commit must be true or false"),
        ("a: {call: stock.reserve, undo: {call: stock.release, with: {}}}", "RF710 'with' of stock.release needs 'key'"),
        ("a: {call: stock.reserve, on: {x: end}}", "RF708 step 'a' gives no property that is an enum"),
        ("a: {wait: x, by: y}", "RF702 'by' names the property"),
        ("a: {switch: [{else: end}, {when: true, then: end}]}", "RF707 nothing comes to a branch behind 'else'"),
        ('a: {set: {x: 1}, if: "${ order.total > 1 }"}', "RF201 a condition stands bare"),
        ("a: {set: {x: 1}, if: order.total}", "RF202 a condition is true or false"),
        ("a: {run: flow, with: {order: 1}}", "RF721 workflows run one another in a circle: flow → flow"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_once(body: str, expected: str) -> None:
    found = findings(steps(body))
    assert len(found) == 1, found
    assert found[0].startswith(expected)


def test_a_workflow_needs_its_keys() -> None:
    assert findings("workflow: flow\n") == [
        "RF103 a workflow lacks the key 'input'",
        "RF103 a workflow lacks the key 'steps'",
    ]


def test_a_mistake_of_another_step_hides_none() -> None:
    codes = [
        each[:5]
        for each in findings(steps("a: {call: stock.reserv}\nb: {decide: frau}\nc: {wait: x, timeout: 1}"))
    ]
    assert codes == ["RF709", "RF714", "RF716"]


def test_a_misspelt_target_does_not_make_its_step_unreachable() -> None:
    found = findings(steps("a: {set: {x: 1}, then: cc}\nb: {set: {x: 1}}\nc: {set: {x: 2}}"))
    assert [each[:5] for each in found] == ["RF704"]


def test_two_files_of_one_name_are_told() -> None:
    text = "workflow: a\ninput: facts.yaml\nsteps: {b: {sleep: 1s}}\n"
    project = loaded({"workflows/a.yaml": text, "workflows/old/a.yaml": text})
    assert [(each.code, each.span.file) for each in project.diagnostics] == [
        ("RF717", "workflows/old/a.yaml")
    ]


def test_other_files_among_the_workflows_are_of_no_use() -> None:
    project = loaded({"workflows/a.csv": "x\n"})
    assert [(each.code, each.span.file) for each in project.diagnostics] == [("RF318", "workflows/a.csv")]


def test_a_decision_that_is_broken_is_told_where_it_stands_and_nowhere_else() -> None:
    project = loaded(
        {
            "base/fraud.yaml": "decision: fraud\noutcome: {route: {enum: [a]}, x: {type: nmber}}\n",
            "workflows/flow.yaml": steps("a: {decide: fraud, on: {a: end}}"),
        }
    )
    assert {each.span.file for each in project.diagnostics} == {"base/fraud.yaml"}


def test_a_plugin_with_a_broken_schema_is_named_with_its_step() -> None:
    broken = Step("stock.count", print, input={"type": "objct"})
    with pytest.raises(BrokenStep, match=r"plugin stock, step stock\.count: the input schema is not right"):
        step_schemas(broken)
