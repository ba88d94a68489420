"""What a workflow's file becomes: each key as the interpreter will meet it."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sample_workflows import ORDER, REFUND, TOUR, WORKFLOWS, loaded, steps, workflow

from rulesflow.conditions import Value
from rulesflow.model.times import SECOND, Duration, Timestamp, parse_timestamp
from rulesflow.values.expression import ExpressionFailed
from rulesflow.workflows.definition import (
    Call,
    Cases,
    Catch,
    Conditions,
    Decide,
    Each,
    Fail,
    Go,
    Node,
    Parallel,
    Retry,
    Run,
    Set,
    Sleep,
    Stop,
    Switch,
    UndoCall,
    Wait,
    Workflow,
)

AT = parse_timestamp("2026-11-27T08:00:00Z")
NAMES: dict[str, Value] = {
    "order": {
        "id": "A-1",
        "total": 80,
        "currency": "EUR",
        "lines": [{"sku": "MUG", "quantity": 2}],
        "placed_at": AT,
    },
    "customer": {"type": "vip"},
    "steps": {
        "stock": {"reservation_id": "r-1"},
        "check": {"value": Decimal("0.25"), "verdict": "low"},
        "score": {"route": "approve", "score": Decimal("0.95")},
        "totals": {"net": 70, "tags": ["a"]},
        "charge": {"charge_id": "c-1", "amount": 70},
        "ship": {"label": "L"},
    },
    "run": {"id": "run-1", "workflow": "tour", "started_at": AT},
    "at": AT,
}


@pytest.fixture(scope="module")
def order() -> Workflow:
    return workflow(ORDER)


@pytest.fixture(scope="module")
def tour() -> Workflow:
    return workflow(TOUR, refund=REFUND)


def only(flow: Workflow, name: str = "") -> Node:
    return flow.nodes[name] if name else next(iter(flow.nodes.values()))


def test_the_samples_load_without_a_single_diagnostic() -> None:
    project = loaded(WORKFLOWS)
    assert project.diagnostics == ()
    assert list(project.workflows) == ["order", "refund", "tour"]


def test_a_workflow_has_its_title_file_input_and_steps_in_the_order_of_the_file(order: Workflow) -> None:
    assert (order.name, order.title) == ("order", "From checkout to the shipping label")
    assert order.file == "workflows/order.yaml"
    assert order.input.properties.keys() == {"order", "customer", "payment"}
    assert list(order.nodes) == ["stock", "fraud", "review", "charge", "ship"]
    assert order.nodes["charge"].span.line == 20


def test_a_call_has_computed_arguments_and_an_undo(order: Workflow) -> None:
    call = order.nodes["stock"].verb
    assert isinstance(call, Call)
    assert call.step == "stock.reserve"
    assert call.arguments(NAMES) == {"lines": [{"sku": "MUG", "quantity": 2}]}
    assert call.undo == UndoCall("stock.release")
    assert (call.retry, call.timeout, call.commit, call.park) == (Retry(), None, False, True)


def test_a_named_policy_is_that_of_the_step(order: Workflow) -> None:
    call = order.nodes["charge"].verb
    assert isinstance(call, Call)
    assert call.retry == Retry(("unavailable", "timeout"), 5, 1.0, 2.0, 30.0, full_jitter=True, park=True)
    assert call.timeout == 10


def test_a_commit_is_told(order: Workflow) -> None:
    call = order.nodes["ship"].verb
    assert isinstance(call, Call)
    assert call.commit


def test_branches_by_a_property_lead_to_steps_or_fail(order: Workflow) -> None:
    on = order.nodes["fraud"].on
    assert isinstance(on, Cases)
    assert (on.by, on.other) == ("route", None)
    assert on.targets == {"approve": Go("charge"), "review": Go("review"), "reject": Fail("rejected")}


def test_a_wait_has_a_payload_a_timeout_and_where_that_leads(order: Workflow) -> None:
    wait, on = order.nodes["review"].verb, order.nodes["review"].on
    assert isinstance(wait, Wait)
    assert isinstance(on, Cases)
    assert (wait.static, wait.timeout, wait.fresh) == ("approval", 86_400, False)
    assert wait.signal(NAMES) == "approval"
    assert wait.on_timeout == Fail("review-expired")
    assert wait.payload.check_literal({"verdict": "approved"}) == ()
    assert wait.payload.check_literal({"verdict": "perhaps"})
    assert set(on.targets) == {"approved", "rejected"}


def test_the_output_is_computed_at_the_end(order: Workflow) -> None:
    assert order.output is not None
    assert order.output(NAMES) == {"label": "L", "charged": 70}


def test_signals_are_collected_those_of_children_too(order: Workflow, tour: Workflow) -> None:
    assert (order.signals, order.any_signal) == ({"approval"}, False)
    assert (tour.signals, tour.any_signal) == ({"paid-back"}, True)


def test_each_has_items_a_name_and_its_own_steps(tour: Workflow) -> None:
    each = tour.nodes["split"].verb
    assert isinstance(each, Each)
    assert each.items(NAMES) == NAMES["order"]["lines"]
    assert (each.variable, each.concurrency, each.collect) == ("line", 4, True)
    take = each.nodes["take"].verb
    assert isinstance(take, Call)
    assert take.arguments({**NAMES, "line": {"sku": "MUG"}}) == {"sku": "MUG"}


def test_each_without_more_names_its_item_and_stops_at_a_failure(tour: Workflow) -> None:
    each = tour.nodes["restock"].verb
    assert isinstance(each, Each)
    assert (each.variable, each.concurrency, each.collect) == ("item", None, False)
    wait = each.nodes["come"].verb
    assert isinstance(wait, Wait)
    assert (wait.static, wait.signal({**NAMES, "item": "a"}), wait.fresh) == (None, "restocked-a", True)
    assert each.nodes["come"].catch == (Catch(("timeout",), Go(None)),)


def test_parallel_has_branches_by_name(tour: Workflow) -> None:
    both = tour.nodes["both"].verb
    assert isinstance(both, Parallel)
    assert (list(both.branches), both.any) == (["label", "mail"], True)
    assert list(both.branches["label"]) == ["a"]


def test_a_switch_branches_on_conditions(tour: Workflow) -> None:
    switch = tour.nodes["route"].verb
    assert isinstance(switch, Switch)
    (first, then), (last, other) = switch.branches.branches
    assert first is not None
    assert first(NAMES) is False
    assert (then, last, other) == (Go("score"), None, Go("pause"))


def test_a_decision_is_merged_dated_and_taken_by_the_latest_rules(tour: Workflow) -> None:
    decide, on = tour.nodes["score"].verb, tour.nodes["score"].on
    assert isinstance(decide, Decide)
    assert isinstance(on, Conditions)
    assert decide.merge is not None
    assert decide.at is not None
    assert (decide.decision, decide.latest) == ("fraud", True)
    assert decide.merge(NAMES) == {"payment": {"score": Decimal("0.25")}}
    assert decide.at(NAMES) == AT
    condition, target = on.branches[0]
    assert condition is not None
    assert isinstance(target, Fail)
    assert target.message is not None
    assert condition(NAMES) is True
    assert (target.code, target.message(NAMES)) == ("rejected", "Score 0.95")


def test_a_sleep_lasts_or_ends_at_a_moment(tour: Workflow) -> None:
    pause, later, soon = (tour.nodes[name].verb for name in ("pause", "later", "soon"))
    assert isinstance(pause, Sleep)
    assert isinstance(later, Sleep)
    assert isinstance(soon, Sleep)
    assert pause.duration is not None
    assert later.until is not None
    assert soon.duration is not None
    assert pause.duration(NAMES) == Duration(7200 * SECOND)
    assert later.until(NAMES) == Timestamp(AT + 3600 * SECOND)
    assert soon.duration(NAMES) == Duration(5 * SECOND)


def test_a_moment_without_an_offset_is_local_to_the_project() -> None:
    sleep = only(workflow(steps("a: {sleep: {until: 2026-11-27T08:00:00}}"))).verb
    assert isinstance(sleep, Sleep)
    assert sleep.until is not None
    assert sleep.until(NAMES) == AT


def test_an_if_is_a_condition(tour: Workflow) -> None:
    condition = tour.nodes["soon"].condition
    assert condition is not None
    assert condition(NAMES) is True
    assert condition({**NAMES, "customer": {"type": "new"}}) is False


def test_a_boolean_branches_by_true_and_false_quoted_or_not(tour: Workflow) -> None:
    on = tour.nodes["wrapped"].on
    assert isinstance(on, Cases)
    assert on.targets == {True: Go("hold"), False: Go("hold")}
    assert on.other == Go("hold")


def test_a_list_of_outcomes_branches_by_its_first_and_an_empty_one_by_else(tour: Workflow) -> None:
    on = tour.nodes["hold"].on
    assert isinstance(on, Conditions)

    def chosen(result: Value) -> int:
        names = {"steps": {"hold": result}}
        return next(i for i, (test, _) in enumerate(on.branches) if test is None or test(names) is True)

    assert [chosen(each) for each in ([{"hold": "address"}], [{"hold": "amount"}], [], None)] == [0, 1, 2, 2]


def test_a_run_is_the_other_workflow_with_its_input(tour: Workflow) -> None:
    run = tour.nodes["back"].verb
    assert isinstance(run, Run)
    assert run.workflow.name == "refund"
    assert run.arguments(NAMES) == {"order": {"id": "A-1"}}


def test_values_are_set_literals_and_templates_at_any_depth(tour: Workflow) -> None:
    values = tour.nodes["totals"].verb
    assert isinstance(values, Set)
    assert values.values(NAMES) == {"net": 80, "tags": ["a", "A-1"]}
    assert values.values(NAMES)["tags"] is not values.values(NAMES)["tags"]


def test_errors_are_caught_in_the_order_of_the_file(tour: Workflow) -> None:
    assert tour.nodes["charge"].catch == (
        Catch(("declined",), Go("other")),
        Catch(("timeout", "internal"), Fail("no-answer")),
    )
    assert tour.nodes["charge"].then == Go(None)


def test_a_call_may_park_for_a_time_or_not_at_all_and_have_no_undo(tour: Workflow) -> None:
    charge, other = tour.nodes["charge"].verb, tour.nodes["other"].verb
    assert isinstance(charge, Call)
    assert isinstance(other, Call)
    assert (charge.park, charge.undo, charge.retry.on) == (7200, None, ("declined",))
    assert (other.park, other.retry.attempts) == (False, 2)
    assert other.undo is not None
    assert other.undo.arguments is not None
    assert other.undo.arguments(NAMES) == {"key": "run-1"}


def test_a_call_without_an_undo_has_that_of_the_plugin() -> None:
    call = only(workflow(steps("a: {call: stock.reserve}"))).verb
    assert isinstance(call, Call)
    assert call.undo == UndoCall("stock.release")
    assert call.arguments(NAMES) == {}


def test_a_fail_has_a_code_and_perhaps_a_message() -> None:
    flow = workflow(
        steps(
            'a: {if: order.total > 5, fail: {code: no-stock, message: "No ${ order.total }"}}\n'
            "b: {fail: late}"
        )
    )
    stop, late = flow.nodes["a"].verb, flow.nodes["b"].verb
    assert isinstance(stop, Stop)
    assert stop.fail.message is not None
    assert (stop.fail.code, stop.fail.message(NAMES)) == ("no-stock", "No 80")
    assert late == Stop(Fail("late"))


def test_the_priority_is_computed_from_the_input(tour: Workflow, order: Workflow) -> None:
    assert tour.priority is not None
    assert tour.priority(NAMES) == 1
    assert order.priority is None


def test_numbers_are_canonical() -> None:
    values = only(
        workflow(steps('a: {set: {half: "${ order.total / 160 }", whole: "${ order.total / 2.0 }"}}'))
    ).verb
    assert isinstance(values, Set)
    given = values.values(NAMES)
    assert given == {"half": Decimal("0.5"), "whole": 40}
    assert type(given["whole"]) is int


def test_a_dollar_can_be_written() -> None:
    values = only(workflow(steps('a: {set: {text: "costs $${ 5"}}'))).verb
    assert isinstance(values, Set)
    assert values.values(NAMES) == {"text": "costs ${ 5"}


def test_an_expression_that_fails_tells_its_place() -> None:
    values = only(workflow(steps('a: {set: {part: "${ 1 / order.total }"}}'))).verb
    assert isinstance(values, Set)
    with pytest.raises(ExpressionFailed, match=r"workflows/flow\.yaml:4:23: ") as failed:
        values.values({**NAMES, "order": {"total": 0}})
    assert failed.value.code == "division-by-zero"


def test_what_ought_to_be_there_and_is_not_is_a_failed_expression() -> None:
    flow = workflow(steps('s: {call: fraud.score}\na: {set: {score: "${ steps.s.value }"}}'))
    values = flow.nodes["a"].verb
    assert isinstance(values, Set)
    with pytest.raises(ExpressionFailed, match="a value is missing"):
        values.values({**NAMES, "steps": {}})


def test_an_input_of_its_own_gives_the_names() -> None:
    flow = workflow(
        "workflow: flow\ninput: {type: object, required: [n], properties: {n: {type: number}}}\n"
        'steps: {a: {set: {twice: "${ n * 2 }"}}}\n'
    )
    values = only(flow).verb
    assert isinstance(values, Set)
    assert values.values({"n": 4}) == {"twice": 8}


def test_a_lenient_load_takes_a_step_whose_plugin_is_gone() -> None:
    text = steps(
        'a: {call: gone.away, with: {x: "${ order.total }"}, on: {yes: b, no: {fail: refused}}, '
        "catch: {on: [weird], then: b}}\n"
        'b: {call: gone.too, with: {y: "${ steps.a.anything }"}, undo: gone.back}'
    )
    assert {each.code for each in loaded({"workflows/flow.yaml": text}).errors} == {"RF709"}
    project = loaded(
        {"workflows/flow.yaml": text.replace("steps.a.anything", "has(steps.a.x) ? steps.a.x : 1")},
        lenient=True,
    )
    assert project.errors == ()
    call, on = project.workflows["flow"].nodes["a"].verb, project.workflows["flow"].nodes["a"].on
    assert isinstance(call, Call)
    assert isinstance(on, Conditions)
    assert call.arguments(NAMES) == {"x": 80}
    names = {"steps": {"a": {"verdict": "no", "other": 1}}}
    assert [test is None or test(names) for test, _ in on.branches] == [False, True]


def test_workflows_may_stand_in_folders() -> None:
    project = loaded({"workflows/shop/refund.yaml": REFUND})
    assert project.diagnostics == ()
    assert project.workflows["refund"].file == "workflows/shop/refund.yaml"


def test_a_workflow_is_left_out_of_a_project_with_an_error_elsewhere() -> None:
    project = loaded({**WORKFLOWS, "base/fraud.yaml": "decision: fraud\n"})
    assert (project.ruleset, dict(project.workflows)) == (None, {})
    assert {each.span.file for each in project.errors} == {"base/fraud.yaml"}


@pytest.mark.parametrize(
    ("written", "given"),
    [
        ("${ order.total }", "80"),
        ("${ order.total / 160 }", "0.5"),
        ("${ order.placed_at }", "2026-11-27T08:00:00Z"),
        ("${ duration('90s') }", "90s"),
        ("${ order.total > 5 }", "true"),
        ("${ order.lines }", '[{"sku":"MUG","quantity":2}]'),
        ("at ${ order.total }", "at 80"),
        ("plain", "plain"),
    ],
)
def test_a_message_is_always_a_text(written: str, given: str) -> None:
    stop = only(workflow(steps(f'a: {{fail: {{code: x, message: "{written}"}}}}'))).verb
    assert isinstance(stop, Stop)
    assert stop.fail.message is not None
    assert stop.fail.message(NAMES) == given
