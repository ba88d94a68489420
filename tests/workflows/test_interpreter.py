"""The verbs, one after another. The interpreter is pure: every test plays the part of the world."""

from __future__ import annotations

from typing import Any

import pytest
from playing import ANY, ORDER, SPAN, START, Play, calls, effect, node, read, to, waits, workflow

from rulesflow.model.times import SECOND, Duration, Timestamp
from rulesflow.values.expression import ExpressionFailed
from rulesflow.workflows.commands import (
    AwaitOperator,
    AwaitSignal,
    CallStep,
    Done,
    Pause,
    Returned,
    TakeDecision,
)
from rulesflow.workflows.definition import Cases, Conditions, Decide, Fail, Go, Set, Sleep, Stop, Switch, Wait
from rulesflow.workflows.interpreter import MOST_PURE_STEPS, accept, begin, merged, proceed
from rulesflow.workflows.state import Visit

RESERVE, CHARGE = effect("stock"), effect("charge")
SHIP = calls("ship", "shipping.label", commit=True)


def test_steps_run_in_file_order_and_the_output_reads_them() -> None:
    play = Play(workflow(RESERVE, CHARGE, SHIP, output=read("steps.ship.label")))
    assert play.commands == (CallStep("stock/1#1", "stock", "stock/1", "shop.stock", {"of": "A-1"}, 1, None),)
    play.returns("stock").returns("charge").returns("ship", {"label": "L"})
    assert play.commands == (Done("completed", "L"),)
    assert play.state.route == (Visit("stock", 1), Visit("charge", 1), Visit("ship", 1))


def test_proceeding_twice_changes_nothing() -> None:
    flow = workflow(RESERVE)
    state, commands = proceed(flow, begin(flow, ORDER, START))
    assert proceed(flow, state) == (state, commands)


def test_an_event_nobody_waits_for_only_moves_the_time() -> None:
    play = Play(workflow(RESERVE, CHARGE))
    stale = play.at("stock")
    play.returns("stock")
    before = play.state
    play.answer(stale, play.log[0][1])
    assert play.state == before
    assert play.paths == ["charge"]


def test_expressions_see_the_run_and_the_time() -> None:
    told = node("told", Set(lambda names: {"run": names["run"], "at": names["at"]}))
    play = Play(workflow(calls("first"), told, output=read("steps.told"))).returns("first")
    assert play.done.output == {
        "run": {"id": "run-7", "workflow": "order", "started_at": START},
        "at": Timestamp(START + SECOND),
    }


def test_a_decision_gets_the_input_merged_with_more_as_of_the_recorded_time() -> None:
    verb = Decide("fraud", merge=lambda names: {"order": {"rush": True, "lines": []}, "score": 1})
    command = Play(workflow(RESERVE, node("fraud", verb))).returns("stock").at("fraud")
    assert isinstance(command, TakeDecision)
    assert command.facts == {"order": {"id": "A-1", "total": 80, "rush": True, "lines": []}, "score": 1}
    assert (command.at, command.latest) == (Timestamp(START + SECOND), False)


def test_a_decision_that_fails_is_an_incident() -> None:
    play = Play(workflow(node("fraud", Decide("fraud")))).fails("fraud", "internal", "decision-failed")
    assert isinstance(play.at("fraud"), AwaitOperator)
    assert play.status == "incident"


def test_on_branches_by_value_and_else_takes_the_rest() -> None:
    on = Cases("verdict", {"approve": Go("charge"), "reject": Fail("rejected")}, Go("ship"))
    flow = workflow(node("fraud", Decide("fraud"), on=on), CHARGE, SHIP)
    assert Play(flow).returns("fraud", {"verdict": "approve"}).paths == ["charge"]
    assert Play(flow).returns("fraud", {"verdict": "review"}).paths == ["ship"]
    assert Play(flow).returns("fraud", {"verdict": None}).paths == ["ship"]
    assert Play(flow).returns("fraud", {"verdict": []}).paths == ["ship"]
    done = Play(flow).returns("fraud", {"verdict": "reject"}).done
    assert (done.status, done.problem.code) == ("failed", "rejected")


def test_a_value_without_branch_is_an_incident() -> None:
    flow = workflow(node("fraud", Decide("fraud"), on=Cases("verdict", {"approve": Go(None)})))
    assert Play(flow).returns("fraud", {"verdict": None}).at("fraud").problem.code == "no-branch"


def test_on_branches_by_conditions() -> None:
    risky = (lambda names: names["steps"]["fraud"]["score"] > 5, Fail("rejected"))
    flow = workflow(node("fraud", Decide("fraud"), on=Conditions((risky, (None, Go("ship"))))), CHARGE, SHIP)
    assert Play(flow).returns("fraud", {"score": 1}).paths == ["ship"]
    assert Play(flow).returns("fraud", {"score": 9}).done.status == "failed"


def test_switch_takes_the_first_that_is_true() -> None:
    big = (lambda names: names["order"]["total"] > 50, Go("ship"))
    flow = workflow(node("route", Switch(Conditions((big, (None, Go("charge")))))), CHARGE, SHIP)
    assert Play(flow).paths == ["ship"]


def test_if_skips_the_step_its_branches_too() -> None:
    skipped = effect("stock", condition=lambda names: False, then=Fail("never"))
    play = Play(workflow(skipped, CHARGE))
    assert play.paths == ["charge"]
    assert play.state.route == (Visit("charge", 1),)


def test_set_is_read_by_later_steps() -> None:
    total = node("totals", Set(lambda names: {"double": names["order"]["total"] * 2}))
    assert Play(workflow(total, output=read("steps.totals.double"))).commands == (Done("completed", 160),)


def test_fail_ends_the_run_with_a_code_and_a_message() -> None:
    stop = node("stop", Stop(Fail("no-stock", lambda names: f"No stock for {names['order']['id']}")))
    problem = Play(workflow(stop)).done.problem
    assert (problem.code, problem.message) == ("no-stock", "No stock for A-1")


def test_a_wait_ends_by_its_signal_or_by_its_timeout() -> None:
    flow = workflow(waits("review", "approval", 60, on_timeout=Fail("review-expired")), CHARGE)
    until = Timestamp(START + 60 * SECOND)
    waiting = Play(flow)
    expected = AwaitSignal("review/1#1", "review", "review/1", "approval", ANY, START, until, False)
    assert waiting.commands == (expected,)
    assert waiting.status == "waiting"
    answered = Play(flow).returns("review", {"verdict": "approved"}, signal=3)
    assert answered.paths == ["charge"]
    assert answered.state.consumed == {3}
    assert Play(flow).passes("review").done.problem.code == "review-expired"


def test_an_empty_payload_is_no_timeout() -> None:
    play = Play(workflow(waits("review", "approval", 60, on_timeout=Fail("review-expired")), CHARGE))
    assert play.answer(play.at("review"), Returned(None, START, 1)).paths == ["charge"]


def test_a_timeout_without_branch_is_an_incident_of_class_timeout() -> None:
    problem = Play(workflow(waits("review", "approval", 60))).passes("review").at("review").problem
    assert str(problem.error_class) == "timeout"


def test_a_signal_may_have_a_computed_name() -> None:
    wait = node("stocked", Wait(lambda names: f"restocked-{names['order']['id']}", ANY))
    assert Play(workflow(wait)).at("stocked").signal == "restocked-A-1"


def test_a_sleep_is_a_duration_or_a_moment() -> None:
    nap = node("nap", Sleep(duration=lambda names: Duration(7_200 * SECOND)))
    play = Play(workflow(RESERVE, nap)).returns("stock")
    assert play.at("nap") == Pause("nap/1#1", "nap", "nap/1", Timestamp(START + 7_201 * SECOND))
    assert play.passes("nap").done == Done("completed")
    assert (
        Play(workflow(node("nap", Sleep(duration=lambda names: 30)))).at("nap").until == START + 30 * SECOND
    )
    assert Play(workflow(node("nap", Sleep(until=lambda names: Timestamp(9))))).at("nap").until == 9


@pytest.mark.parametrize(
    "verb",
    [
        Sleep(duration=lambda names: "soon"),
        Sleep(until=lambda names: "tomorrow"),
        Decide("fraud", at=lambda names: 7),
    ],
)
def test_a_time_that_is_none_is_an_incident(verb: Any) -> None:
    assert Play(workflow(node("nap", verb))).at("nap", AwaitOperator).problem.code == "no-time"


def test_a_loop_counts_visits_and_each_has_its_key() -> None:
    flow = workflow(calls("poll", on=Cases("ready", {True: Go(None), False: Go("poll")})))
    play = Play(flow).returns("poll", {"ready": False}).returns("poll", {"ready": False})
    assert play.at("poll").key == "poll/3"
    assert play.returns("poll", {"ready": True}).done == Done("completed")


def test_then_goes_elsewhere_and_end_ends_the_run() -> None:
    assert Play(workflow(calls("first", then=to("ship")), CHARGE, SHIP)).returns("first").paths == ["ship"]
    assert Play(workflow(calls("first", then=to(None)), CHARGE)).returns("first").done.status == "completed"


def test_a_circle_of_steps_that_only_compute_is_an_incident() -> None:
    play = Play(workflow(node("turn", Set(lambda names: {"x": 1}), then=Go("turn"))))
    assert f"{MOST_PURE_STEPS:,}" in play.at("turn", AwaitOperator).problem.message


def test_a_circle_of_decisions_that_never_change_is_an_incident() -> None:
    flow = workflow(node("fraud", Decide("fraud"), then=Go("fraud")))
    state, (command,) = proceed(flow, begin(flow, ORDER, START))
    for _ in range(MOST_PURE_STEPS):
        assert isinstance(command, TakeDecision)
        state, (command,) = proceed(flow, accept(flow, state, command, Returned({}, START)))
    assert isinstance(command, AwaitOperator)
    assert command.problem.code == "endless-loop"


def test_a_loop_with_calls_may_turn_for_ever() -> None:
    flow = workflow(node("count", Set(lambda names: {})), calls("poll", then=Go("count")))
    state, (command,) = proceed(flow, begin(flow, ORDER, START))
    for _ in range(MOST_PURE_STEPS // 2 + 10):
        state, (command,) = proceed(flow, accept(flow, state, command, Returned({}, START)))
    assert isinstance(command, CallStep)


def test_an_expression_that_fails_is_an_incident_with_its_place() -> None:
    def fails(names: Any) -> Any:
        raise ExpressionFailed("no-such-field", "order has no field x", SPAN)

    play = Play(workflow(node("totals", Set(fails))))
    assert play.at("totals").problem.message.startswith("workflows/order.yaml:1:1")
    ending = Play(workflow(calls("first"), output=fails)).returns("first")
    assert ending.at("output", AwaitOperator).problem.code == "no-such-field"


def test_time_never_goes_back() -> None:
    play = Play(workflow(RESERVE, waits("review", "approval", 60)))
    play.answer(play.at("stock"), Returned({}, Timestamp(START - SECOND)))
    assert play.state.at == START
    assert play.at("review").since == START


def test_an_unknown_command_is_ignored() -> None:
    flow = workflow(RESERVE)
    state, _ = proceed(flow, begin(flow, ORDER, START))
    strange = CallStep("other/1#1", "other", "other/1", "shop.other", {}, 1, None)
    assert accept(flow, state, strange, Returned({}, START)) == state


def test_objects_merge_deep_and_lists_are_replaced() -> None:
    assert merged({"a": {"b": 1, "c": [1]}}, {"a": {"c": [2]}, "d": 3}) == {"a": {"b": 1, "c": [2]}, "d": 3}
