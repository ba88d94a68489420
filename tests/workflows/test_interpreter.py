"""The interpreter is pure: every test plays the part of the world, one event at a time."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC
from typing import Any

from hypothesis import given, strategies as st

from rulesflow.documents.yaml import read_yaml
from rulesflow.model.diagnostics import Span
from rulesflow.model.times import Duration, Timestamp
from rulesflow.schemas import decode_schema
from rulesflow.workflows.commands import (
    AwaitOperator,
    AwaitSignal,
    CallStep,
    CallUndo,
    Command,
    Done,
    Event,
    Ordered,
    Pause,
    Problem,
    Raised,
    Returned,
    TakeDecision,
)
from rulesflow.workflows.definition import (
    Call,
    Cases,
    Catch,
    Conditions,
    Decide,
    ExpressionFailed,
    Fail,
    Go,
    Node,
    Retry,
    Set,
    Sleep,
    Stop,
    Switch,
    UndoCall,
    Wait,
    Workflow,
)
from rulesflow.workflows.interpreter import MOST_PURE_STEPS, accept, begin, merged, proceed
from rulesflow.workflows.state import State
from rulesflow.workflows.step import ErrorClass

SPAN = Span("workflows/order.yaml", 1, 1, 2)
ANY = decode_schema(read_yaml(b"{type: object}", "any.yaml").root, UTC).schema
START = Timestamp(1_000_000_000)
ORDER = {"order": {"id": "A-1", "total": 80}}


def node(name: str, verb: Any, **more: Any) -> Node:
    return Node(name, verb, SPAN, **more)


def workflow(*nodes: Node, output: Any = None) -> Workflow:
    return Workflow("order", "", "workflows/order.yaml", ANY, {each.name: each for each in nodes}, output)


def call(step: str, **more: Any) -> Call:
    return Call(step, lambda names: {"of": names["order"]["id"]}, **more)


RESERVE = node("stock", call("stock.reserve", undo=UndoCall("stock.release")))
CHARGE = node("charge", call("payment.charge", undo=UndoCall("payment.refund")))
SHIP = node("ship", call("shipping.label", commit=True))
APPROVAL = Wait(lambda names: "approval", ANY, timeout=60, static="approval")


def error(error_class: str, code: str | None = None, **more: Any) -> Raised:
    return Raised(Problem(ErrorClass(error_class), code or error_class, "no", **more), START)


def back(value: Any = None, at: int = START) -> Returned:
    return Returned(value, Timestamp(at))


def play(flow: Workflow, events: Iterable[Event]) -> tuple[State, Command]:
    """Feed the events one after another; the state and the command after the last one."""
    state, command = proceed(flow, begin(flow, ORDER, START))
    for event in events:
        state, command = proceed(flow, accept(flow, state, command, event))
    return state, command


def test_steps_run_in_the_order_of_the_file() -> None:
    flow = workflow(RESERVE, CHARGE, output=lambda names: names["steps"]["charge"]["id"])
    _, first = play(flow, [])
    assert isinstance(first, CallStep)
    assert (first.step, first.key, first.input) == ("stock.reserve", "stock/1", {"of": "A-1"})
    _, second = play(flow, [back({"id": "r"})])
    assert isinstance(second, CallStep)
    assert second.step == "payment.charge"
    state, done = play(flow, [back({"id": "r"}), back({"id": "p"})])
    assert done == Done("completed", "p")
    assert state.route == ("stock", "charge")


def test_a_workflow_without_steps_completes() -> None:
    assert play(workflow(), [])[1] == Done("completed")


def test_a_decision_gets_the_input_merged_and_the_recorded_time() -> None:
    verb = Decide("fraud", merge=lambda names: {"order": {"rush": True}, "payment": {"score": 1}})
    _, command = play(workflow(RESERVE, node("fraud", verb)), [back({}, at=5_000_000_000)])
    assert isinstance(command, TakeDecision)
    assert command.facts == {"order": {"id": "A-1", "total": 80, "rush": True}, "payment": {"score": 1}}
    assert command.at == Timestamp(5_000_000_000)


def test_on_branches_by_value_and_else_takes_the_rest() -> None:
    on = Cases("verdict", {"approve": Go("charge"), "reject": Fail("rejected")}, Go("ship"))
    flow = workflow(node("fraud", Decide("fraud"), on=on), CHARGE, SHIP)
    assert play(flow, [back({"verdict": "approve"})])[1].path == "charge"
    assert play(flow, [back({"verdict": "review"})])[1].path == "ship"
    assert play(flow, [back({"verdict": None})])[1].path == "ship"
    done = play(flow, [back({"verdict": "reject"})])[1]
    assert isinstance(done, Done)
    assert (done.status, done.problem.code) == ("failed", "rejected")


def test_a_value_without_branch_is_an_incident() -> None:
    flow = workflow(node("fraud", Decide("fraud"), on=Cases("verdict", {"approve": Go(None)})))
    _, command = play(flow, [back({"verdict": None})])
    assert isinstance(command, AwaitOperator)
    assert command.problem.code == "no-branch"


def test_switch_takes_the_first_that_is_true() -> None:
    big = (lambda names: names["order"]["total"] > 50, Go("ship"))
    flow = workflow(node("route", Switch(Conditions((big, (None, Go("charge")))))), CHARGE, SHIP)
    assert play(flow, [])[1].path == "ship"


def test_if_skips_the_step_its_branches_too() -> None:
    skipped = node("stock", RESERVE.verb, condition=lambda names: False, then=Fail("never"))
    state, command = play(workflow(skipped, CHARGE), [])
    assert command.path == "charge"
    assert state.route == ("charge",)


def test_set_is_read_by_later_steps() -> None:
    total = node("totals", Set(lambda names: {"double": names["order"]["total"] * 2}))
    flow = workflow(total, output=lambda names: names["steps"]["totals"]["double"])
    assert play(flow, [])[1] == Done("completed", 160)


def test_a_wait_ends_by_its_signal_or_by_its_timeout() -> None:
    wait = node("review", Wait(lambda names: "approval", ANY, 60, Fail("review-expired")))
    flow = workflow(wait, CHARGE)
    _, command = play(flow, [])
    assert isinstance(command, AwaitSignal)
    assert (command.signal, command.timeout) == ("approval", 60)
    assert play(flow, [back({"verdict": "approved"})])[1].path == "charge"
    done = play(flow, [back(None)])[1]
    assert isinstance(done, Done)
    assert done.problem.code == "review-expired"


def test_a_timeout_without_branch_is_an_incident_of_class_timeout() -> None:
    _, command = play(workflow(node("review", APPROVAL)), [back(None)])
    assert isinstance(command, AwaitOperator)
    assert command.problem.error_class is ErrorClass.TIMEOUT


def test_a_sleep_is_a_duration_or_a_moment() -> None:
    nap = node("nap", Sleep(duration=lambda names: Duration(7_200_000_000_000)))
    assert play(workflow(nap), [])[1].seconds == 7200
    until = node("nap", Sleep(until=lambda names: Timestamp(9)))
    assert play(workflow(until), [])[1].until == Timestamp(9)
    assert play(workflow(nap), [back()])[1] == Done("completed")


def test_unavailable_is_tried_three_times_with_one_key_then_it_is_an_incident() -> None:
    flow = workflow(CHARGE)
    down = error("unavailable")
    first = play(flow, [])[1]
    pause = play(flow, [down])[1]
    assert isinstance(pause, Pause)
    assert (pause.seconds, pause.retry) == (1, True)
    second = play(flow, [down, back()])[1]
    assert (second.attempt, second.key) == (2, first.key)
    assert play(flow, [down, back(), down])[1].seconds == 2
    state, last = play(flow, [down, back(), down, back(), down])
    assert isinstance(last, AwaitOperator)
    assert not state.effects, "unavailable has no effect that would have to be undone"


def test_retry_after_raises_the_delay_up_to_its_bound() -> None:
    flow = workflow(node("charge", call("payment.charge", retry=Retry(max_delay=20))))
    assert play(flow, [error("unavailable", retry_after=7)])[1].seconds == 7
    assert play(flow, [error("unavailable", retry_after=900)])[1].seconds == 20


@given(st.integers(1, 8))
def test_jitter_stays_below_the_delay_and_is_the_same_at_every_replay(failures: int) -> None:
    retry = Retry(attempts=9, full_jitter=True, max_delay=8)
    flow = workflow(node("charge", call("payment.charge", retry=retry)))
    events = [each for _ in range(failures) for each in (error("timeout"), back())][:-1]
    pause = play(flow, events)[1]
    assert 0 <= pause.seconds < min(2 ** (failures - 1), 8)
    assert play(flow, events)[1] == pause


def test_a_catch_by_code_goes_elsewhere_and_shows_the_error() -> None:
    catch = (Catch(("declined",), Go("ship")),)
    charge = node("charge", CHARGE.verb, catch=catch)
    state, command = play(workflow(charge, SHIP), [error("rejected", "declined")])
    assert command.path == "ship"
    assert state.steps["charge"]["error"]["code"] == "declined"


def test_an_uncaught_rejection_fails_the_run_and_undoes_the_newest_first() -> None:
    flow = workflow(RESERVE, CHARGE, node("ship", call("shipping.label")))
    failing = [back({"id": "r"}), back({"id": "p"}), error("rejected", "no-address")]
    undo = play(flow, failing)[1]
    assert isinstance(undo, CallUndo)
    assert undo.step == "payment.refund"
    assert undo.input == {"input": {"of": "A-1"}, "output": {"id": "p"}, "key": "charge/1"}
    assert play(flow, [*failing, back()])[1].step == "stock.release"
    state, done = play(flow, [*failing, back(), back()])
    assert (done.status, done.problem.code) == ("failed", "no-address")
    assert state.undone == ("charge", "stock")


def test_a_call_whose_effect_is_unknown_is_undone_without_output() -> None:
    charge = node("charge", CHARGE.verb, catch=(Catch(("timeout",), Go("stop")),))
    once = Retry(attempts=1)
    charge = node(
        "charge", call("payment.charge", retry=once, undo=UndoCall("payment.refund")), catch=charge.catch
    )
    flow = workflow(charge, node("stop", Stop(Fail("no-answer"))))
    undo = play(flow, [error("timeout")])[1]
    assert isinstance(undo, CallUndo)
    assert undo.input["output"] is None


def test_an_incident_undoes_nothing_until_a_person_cancels() -> None:
    flow = workflow(RESERVE, CHARGE)
    broken = [back({"id": "r"}), error("invalid")]
    assert isinstance(play(flow, broken)[1], AwaitOperator)
    undo = play(flow, [*broken, Ordered(cancel=True, at=START)])[1]
    assert isinstance(undo, CallUndo)
    done = play(flow, [*broken, Ordered(cancel=True, at=START), back()])[1]
    assert done == Done("cancelled")


def test_a_retry_by_a_person_keeps_the_key_and_with_edited_input_it_is_a_new_visit() -> None:
    flow = workflow(CHARGE)
    same = play(flow, [error("invalid"), Ordered(cancel=False, at=START)])[1]
    assert (same.key, same.attempt) == ("charge/1", 1)
    edited = play(flow, [error("invalid"), Ordered(cancel=False, at=START, input={"of": "B"})])[1]
    assert (edited.key, edited.input) == ("charge/2", {"of": "B"})


def test_a_retried_call_with_unknown_effect_is_undone_once() -> None:
    flow = workflow(CHARGE, node("stop", Stop(Fail("stopped"))))
    events = [error("internal"), Ordered(cancel=False, at=START), back({"id": "p"})]
    state, undo = play(flow, events)
    assert isinstance(undo, CallUndo)
    assert len(state.effects) == 1
    assert play(flow, [*events, back()])[1].status == "failed"


def test_an_undo_that_fails_for_good_lets_the_others_go_on_and_waits_for_a_person() -> None:
    flow = workflow(RESERVE, CHARGE, node("stop", Stop(Fail("stopped"))))
    events = [back({}), back({}), error("invalid"), back()]
    state, command = play(flow, events)
    assert isinstance(command, AwaitOperator)
    assert state.undone == ("stock",)
    again = play(flow, [*events, Ordered(cancel=False, at=START)])[1]
    assert isinstance(again, CallUndo)
    assert again.step == "payment.refund"


def test_after_a_commit_nothing_before_it_is_undone() -> None:
    flow = workflow(RESERVE, SHIP, node("stop", Stop(Fail("late"))))
    state, done = play(flow, [back({}), back({})])
    assert done.status == "failed"
    assert state.undone == ()
    assert state.committed


def test_a_loop_counts_visits_and_each_has_its_key() -> None:
    flow = workflow(node("poll", call("stock.ask"), on=Cases("ready", {True: Go(None), False: Go("poll")})))
    command = play(flow, [back({"ready": False}), back({"ready": False})])[1]
    assert command.key == "poll/3"
    assert play(flow, [back({"ready": False}), back({"ready": True})])[1] == Done("completed")


def test_a_circle_of_steps_that_only_compute_is_an_incident() -> None:
    flow = workflow(node("turn", Set(lambda names: {"x": 1}), then=Go("turn")))
    _, command = play(flow, [])
    assert isinstance(command, AwaitOperator)
    assert f"{MOST_PURE_STEPS:,}" in command.problem.message


def test_an_expression_that_fails_is_an_incident_with_its_place() -> None:
    def fails(names: Any) -> Any:
        raise ExpressionFailed("no-such-field", "order has no field x", SPAN)

    _, command = play(workflow(node("totals", Set(fails))), [])
    assert isinstance(command, AwaitOperator)
    assert command.problem.message.startswith("workflows/order.yaml:1:1")


EVENTS = st.lists(
    st.sampled_from(
        [
            back({"verdict": "approve", "ready": True}),
            back({"verdict": "review"}),
            back(None),
            error("unavailable"),
            error("rejected", "declined"),
            error("timeout"),
            error("internal"),
            Ordered(cancel=False, at=START),
        ]
    ),
    max_size=25,
)
WHOLE = workflow(
    RESERVE,
    node("fraud", Decide("fraud"), on=Cases("verdict", {"approve": Go("charge")}, Go("review"))),
    node("review", APPROVAL),
    CHARGE,
    SHIP,
)


@given(EVENTS)
def test_whatever_happens_every_completed_charge_is_shipped_or_undone(events: list[Event]) -> None:
    state, command = proceed(WHOLE, begin(WHOLE, ORDER, START))
    made: list[str] = []
    for event in events:
        if isinstance(command, Done):
            break
        if isinstance(command, CallStep) and isinstance(event, Returned):
            made.append(command.path)
        if isinstance(event, Ordered) != isinstance(command, AwaitOperator):
            continue
        state, command = proceed(WHOLE, accept(WHOLE, state, command, event))
    if isinstance(command, Done):
        assert state.committed or set(made) <= set(state.undone)
        assert (command.status == "completed") == state.committed


@given(EVENTS)
def test_the_same_events_give_the_same_command(events: list[Event]) -> None:
    def run() -> list[Command]:
        state, command = proceed(WHOLE, begin(WHOLE, ORDER, START))
        seen = [command]
        for event in events:
            if isinstance(command, Done):
                break
            if isinstance(event, Ordered) != isinstance(command, AwaitOperator):
                continue  # an incident takes orders only, and nothing else takes any
            state, command = proceed(WHOLE, accept(WHOLE, state, command, event))
            seen.append(command)
        return seen

    assert run() == run()


def test_objects_merge_deep_and_lists_are_replaced() -> None:
    assert merged({"a": {"b": 1, "c": [1]}}, {"a": {"c": [2]}, "d": 3}) == {"a": {"b": 1, "c": [2]}, "d": 3}
