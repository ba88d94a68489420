"""A run in memory: mocks answer, decisions are taken, and time is skipped."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies as st
from playing import (
    ANY,
    ORDER,
    START,
    calls,
    child,
    effect,
    for_each,
    node,
    side_by_side,
    to,
    waits,
    workflow,
)

from rulesflow.documents.yaml import read_yaml
from rulesflow.model.times import SECOND, Duration, Timestamp
from rulesflow.schemas import Schema, decode_schema
from rulesflow.values.expression import ExpressionFailed
from rulesflow.workflows.commands import Problem, Raised, Returned, TakeDecision
from rulesflow.workflows.definition import (
    Cases,
    Catch,
    Decide,
    Fail,
    Go,
    Retry,
    Set,
    Sleep,
    Stop,
    Wait,
    Workflow,
)
from rulesflow.workflows.interpreter import accept, begin, proceed
from rulesflow.workflows.mocks import Mock
from rulesflow.workflows.simulate import (
    MOST_EVENTS,
    PARKED,
    SignalGiven,
    Simulated,
    SimulationFailed,
    simulate,
)
from rulesflow.workflows.step import ErrorClass
from rulesflow.workflows.stepschema import StepSchemas

HOUR = 3600 * SECOND


def schema(text: str) -> Schema:
    root = read_yaml(text.encode(), "schema.yaml").root
    assert root is not None
    found = decode_schema(root, ANY.zone).schema
    assert found is not None
    return found


def approve(command: TakeDecision) -> Returned:
    return Returned({"verdict": "approve", "of": command.decision}, command.at)


def error(error_class: str, code: str = "", retry_after: float | None = None) -> Mock:
    return Mock(problem=Problem(ErrorClass(error_class), code or error_class, "no", retry_after))


def run(flow: Workflow, mocks: Any = None, **more: Any) -> Simulated:
    """``mocks``: by path an output, a `Mock`, or a list of them."""
    answers = {
        path: tuple(
            each if isinstance(each, Mock) else Mock(each)
            for each in (given if isinstance(given, list) else [given])
        )
        for path, given in (mocks or {}).items()
    }
    return simulate(flow, ORDER, **{"decide": approve, "mocks": answers, "at": START, **more})


def signal(name: str, after: int | None = None, **payload: Any) -> SignalGiven:
    return SignalGiven(name, payload, None if after is None else Duration(after))


RESERVE, CHARGE = effect("stock"), effect("charge")
SHIP = calls("ship", commit=True)


# -- calls -------------------------------------------------------------------------------------------------


def test_a_run_completes_with_what_its_mocks_answer() -> None:
    flow = workflow(RESERVE, SHIP, output=lambda names: names["steps"]["ship"])
    done = run(flow, {"stock": {"id": 1}, "ship": {"label": "L"}})
    assert (done.status, done.output, done.path) == ("completed", {"label": "L"}, ("stock", "ship"))
    assert [(each.path, each.key, each.step, each.input) for each in done.calls] == [
        ("stock", "stock/1", "shop.stock", {"of": "A-1"}),
        ("ship", "ship/1", "shop.ship", {"of": "A-1"}),
    ]


def test_a_call_without_mock_says_what_to_write() -> None:
    output = schema(
        "{type: object, required: [id, at], properties: {id: {type: string}, at: {type: string}}}"
    )
    with pytest.raises(SimulationFailed) as failed:
        run(workflow(CHARGE), steps={"shop.charge": StepSchemas(ANY, output)})
    assert str(failed.value) == (
        'no mock answers charge, a call of shop.charge with {"of":"A-1"}; '
        "add to mocks: charge: {id: …, at: …}"
    )
    with pytest.raises(SimulationFailed, match=r"add to mocks: charge: \{…: …\}"):
        run(workflow(CHARGE))


def test_answers_come_in_order_and_the_last_one_again_and_again() -> None:
    on = Cases("ready", {True: Go(None), False: Go("poll")})
    flow = workflow(calls("poll", on=on))
    done = run(flow, {"poll": [{"ready": False}, {"ready": False}, {"ready": True}]})
    assert done.path == ("poll", "poll", "poll")
    assert run(workflow(for_each("split", calls("take"))), {"split/*/take": {}}).status == "completed"


def test_answers_that_were_not_asked_for_are_told() -> None:
    assert run(workflow(CHARGE), {"charge": [{}, {}, {}]}).answers_left == {"charge": 2}
    assert run(workflow(CHARGE), {"charge": {}, "ship": [{}, {}]}).answers_left == {}


def test_an_exact_path_counts_before_a_pattern() -> None:
    flow = workflow(for_each("split", calls("take")), output=lambda names: names["steps"]["split"])
    done = run(flow, {"split/*/take": {"n": 0}, "split/1/take": {"n": 1}})
    assert [item["steps"]["take"]["n"] for item in done.output] == [0, 1, 0]


def test_branches_take_turns_and_items_have_their_index_in_the_path() -> None:
    both = side_by_side("both", left=[calls("a"), calls("b")], right=[calls("c")])
    done = run(workflow(both), {"both/*/*": {}})
    assert [each.path for each in done.calls] == ["both/left/a", "both/right/c", "both/left/b"]
    assert run(workflow(for_each("split", calls("take"))), {"split/*/take": {}}).path == (
        "split",
        "split/0/take",
        "split/1/take",
        "split/2/take",
    )


def test_a_child_has_its_steps_below_the_step_that_runs_it() -> None:
    refund = workflow(calls("pay", "payment.refund"), name="refund", output=lambda names: {"ok": True})
    flow = workflow(child("refund", refund), output=lambda names: names["steps"]["refund"])
    done = run(flow, {"refund/pay": {}})
    assert (done.path, done.output) == (("refund", "refund/pay"), {"ok": True})


def test_an_input_that_the_step_refuses_is_an_incident() -> None:
    strict = schema("{type: object, additionalProperties: false, properties: {amount: {type: number}}}")
    done = run(workflow(CHARGE), {"charge": {}}, steps={"shop.charge": StepSchemas(strict, ANY)})
    assert done.status == "incident"
    assert done.problem is not None
    assert (done.problem.code, done.problem.error_class) == ("invalid", "invalid")
    assert "of" in done.problem.message


def test_an_output_that_the_step_never_gives_fails_the_simulation() -> None:
    output = schema("{type: object, required: [charge_id], properties: {charge_id: {type: string}}}")
    with pytest.raises(SimulationFailed, match=r"^mocks: charge: no output of shop\.charge: "):
        run(workflow(CHARGE), {"charge": {}}, steps={"shop.charge": StepSchemas(ANY, output)})


def test_times_reach_a_step_as_text_and_come_back_as_times() -> None:
    timed = schema("{type: object, properties: {when: {type: string, format: date-time}}}")
    late = calls("late", arguments=lambda names: {"when": names["at"]})
    flow = workflow(late, output=lambda names: names["steps"]["late"]["when"])
    steps = {"shop.late": StepSchemas(timed, timed)}
    assert run(flow, {"late": {"when": "1970-01-01T00:00:02Z"}}, steps=steps).output == Timestamp(2 * SECOND)


# -- errors ------------------------------------------------------------------------------------------------


def test_retries_pass_their_time_at_once() -> None:
    done = run(workflow(CHARGE), {"charge": [error("unavailable"), error("unavailable", "", 7), {}]})
    assert done.status == "completed"
    assert [(each.attempt, (each.at - START) / SECOND) for each in done.calls] == [(1, 0), (2, 1), (3, 8)]


def test_a_rejection_undoes_the_newest_first_and_undos_succeed_by_themselves() -> None:
    failed = run(workflow(RESERVE, CHARGE, SHIP), {"stock": {}, "charge": {}, "ship": error("rejected")})
    assert (failed.status, failed.undone) == ("failed", ("charge", "stock"))
    assert [each.step for each in failed.calls if each.undo] == ["shop.uncharge", "shop.unstock"]
    assert failed.problem is not None
    assert failed.problem.code == "rejected"


def test_an_undo_may_be_mocked_to_fail() -> None:
    mocks = {"stock": {}, "charge": error("rejected"), "stock/undo": error("invalid", "gone")}
    stuck = run(workflow(RESERVE, CHARGE), mocks)
    assert (stuck.status, stuck.undone) == ("undoing", ())
    assert stuck.problem is not None
    assert stuck.problem.code == "gone"


def test_an_incident_ends_the_simulation_but_what_goes_on_beside_it() -> None:
    both = side_by_side("both", broken=[calls("a")], fine=[calls("b"), node("nap", Sleep(_hours(2))), SHIP])
    stands = run(workflow(both), {"both/broken/a": error("invalid"), "both/fine/*": {}})
    assert stands.status == "incident"
    assert "both/fine/ship" in stands.path
    assert stands.at == START + 2 * HOUR


def test_a_caught_error_goes_on() -> None:
    charge = effect("charge", catch=(Catch(("declined",), Go("ship")),))
    done = run(workflow(charge, SHIP), {"charge": error("rejected", "declined"), "ship": {}})
    assert (done.status, done.path) == ("completed", ("charge", "ship"))


def test_a_decision_that_fails_is_an_incident() -> None:
    problem = Problem(ErrorClass.INTERNAL, "decision-failed", "no facts")
    stands = run(workflow(node("fraud", Decide("fraud"))), decide=lambda asked: Raised(problem, asked.at))
    assert (stands.status, stands.problem) == ("incident", problem)


def test_a_decision_is_asked_with_the_simulated_time() -> None:
    asked: list[TakeDecision] = []

    def decide(command: TakeDecision) -> Returned:
        asked.append(command)
        return approve(command)

    flow = workflow(node("nap", Sleep(_hours(3))), node("fraud", Decide("fraud")))
    assert run(flow, decide=decide).status == "completed"
    assert [(each.decision, each.at) for each in asked] == [("fraud", Timestamp(START + 3 * HOUR))]


# -- parks -------------------------------------------------------------------------------------------------

HELD = Mock(problem=Problem(ErrorClass.UNAVAILABLE, "circuit-open", "away"), held=True)
PARKING = effect("charge", retry=Retry(attempts=1, park=True))


def test_a_parked_step_goes_on_once_its_mock_is_healthy_again() -> None:
    done = run(workflow(PARKING), {"charge": [error("unavailable"), {}]})
    assert done.status == "completed"
    assert done.at == START + PARKED


def test_a_step_that_never_gets_well_stays_parked() -> None:
    stands = run(workflow(PARKING), {"charge": error("unavailable", "gateway-down")})
    assert (stands.status, len(stands.calls)) == ("parked", 1)
    assert stands.problem is not None
    assert stands.problem.code == "gateway-down"


def test_an_undo_parks_as_well() -> None:
    mocks = {"stock": {}, "charge": error("rejected"), "stock/undo": [*[error("unavailable")] * 5, {}]}
    assert run(workflow(RESERVE, CHARGE), mocks).undone == ("stock",)
    mocks["stock/undo"] = error("unavailable")
    assert run(workflow(RESERVE, CHARGE), mocks).status == "undoing"


def test_a_step_may_be_parked_for_so_long_only() -> None:
    charge = effect("charge", retry=Retry(attempts=1, park=True), park=7200.0)
    stands = run(workflow(charge), {"charge": error("unavailable")})
    assert (stands.status, stands.at) == ("incident", START + 2 * HOUR)
    assert stands.problem is not None
    assert stands.problem.code == "parked-too-long"


def test_a_step_that_is_tired_of_being_parked_before_it_is_let_go_fails() -> None:
    charge = effect("charge", park=30.0)
    assert run(workflow(charge), {"charge": [HELD, {}]}).at == START + 30 * SECOND


def test_a_call_that_is_held_is_not_made_and_goes_on_with_the_next_answer() -> None:
    done = run(workflow(CHARGE), {"charge": [HELD, HELD, {"id": 1}]})
    assert (done.status, done.at) == ("completed", START + 2 * PARKED)
    assert [each.attempt for each in done.calls] == [1]


def test_a_call_that_is_held_again_and_again_stays_parked() -> None:
    stands = run(workflow(RESERVE, CHARGE), {"stock": {}, "charge": HELD})
    assert (stands.status, len(stands.calls)) == ("parked", 1)


def test_a_held_call_of_a_step_that_does_not_park_is_tried_again_and_then_caught() -> None:
    charge = effect("charge", park=False, catch=(Catch(("unavailable",), to(None)),))
    done = run(workflow(charge), {"charge": HELD})
    assert (done.status, done.calls, done.answers_left) == ("completed", (), {})


def test_an_undo_may_be_held_as_well() -> None:
    mocks = {"stock": {}, "charge": error("rejected"), "stock/undo": [HELD, {}]}
    done = run(workflow(RESERVE, CHARGE), mocks)
    assert (done.status, done.undone) == ("failed", ("stock",))
    assert [each.undo for each in done.calls] == [False, False, True]


# -- signals and time --------------------------------------------------------------------------------------

REVIEW = waits("review", "approval", 24 * 3600.0, on_timeout=Fail("review-expired"))


def test_a_signal_comes_as_soon_as_it_is_waited_for() -> None:
    flow = workflow(node("nap", Sleep(_hours(1))), REVIEW, output=lambda names: names["steps"]["review"])
    done = run(flow, signals=[signal("approval", verdict="approved")])
    assert (done.output, done.at) == ({"verdict": "approved"}, START + HOUR)


def test_a_signal_comes_at_its_time_or_too_late() -> None:
    assert run(workflow(REVIEW), signals=[signal("approval", 2 * HOUR)]).at == START + 2 * HOUR
    late = run(workflow(REVIEW), signals=[signal("approval", 25 * HOUR)])
    assert (late.status, late.at) == ("failed", START + 24 * HOUR)
    assert late.problem is not None
    assert late.problem.code == "review-expired"
    assert [each.name for each in late.signals_left] == ["approval"]


def test_a_signal_and_the_timeout_at_one_moment_are_the_signal() -> None:
    assert run(workflow(REVIEW), signals=[signal("approval", 24 * HOUR)]).status == "completed"


def test_an_early_signal_is_kept_but_for_a_wait_that_wants_a_fresh_one() -> None:
    nap = node("nap", Sleep(_hours(3)))
    early = [signal("approval", HOUR)]
    assert run(workflow(nap, REVIEW), signals=early).at == START + 3 * HOUR
    fresh = waits("review", "approval", 60.0, fresh=True, on_timeout=Fail("late"))
    assert run(workflow(nap, fresh), signals=early).status == "failed"


def test_two_signals_of_one_name_are_taken_in_order() -> None:
    flow = workflow(
        waits("first", "note"),
        waits("second", "note"),
        output=lambda names: [names["steps"]["first"]["n"], names["steps"]["second"]["n"]],
    )
    assert run(flow, signals=[signal("note", HOUR, n=2), signal("note", 0, n=1)]).output == [1, 2]
    assert run(flow, signals=[signal("note", n=1), signal("note", n=2)]).output == [1, 2]


def test_a_wait_without_signal_and_without_timeout_stands() -> None:
    stands = run(workflow(RESERVE, waits("review", "approval")), {"stock": {}})
    assert (stands.status, stands.waits) == ("waiting", ("approval",))


def test_a_payload_that_the_wait_refuses_fails_the_simulation() -> None:
    wants = schema("{type: object, properties: {verdict: {enum: [approved]}}}")
    review = node("review", Wait(lambda names: "approval", wants, static="approval"))
    with pytest.raises(SimulationFailed, match=r"^signal approval, for review: /verdict: "):
        run(workflow(review), signals=[signal("approval", verdict="perhaps")])


# -- bounds ------------------------------------------------------------------------------------------------


def test_a_loop_that_never_ends_is_stopped_and_named() -> None:
    flow = workflow(calls("ask", then=to("ask")))
    with pytest.raises(SimulationFailed, match=rf"^after {MOST_EVENTS:,} events .* ask, ask"):
        run(flow, {"ask": {}})


def test_a_loop_of_steps_that_only_compute_is_an_incident() -> None:
    stands = run(workflow(node("turn", Set(lambda names: {"x": 1}), then=to("turn"))))
    assert stands.status == "incident"
    assert stands.problem is not None
    assert stands.problem.code == "endless-loop"


def test_an_expression_that_fails_is_an_incident() -> None:
    def fails(names: Any) -> Any:
        raise ExpressionFailed("no-such-field", "order has no field x", RESERVE.span)

    assert run(workflow(node("totals", Set(fails)))).status == "incident"


# -- the law -----------------------------------------------------------------------------------------------


def _hours(number: int) -> Any:
    return lambda names: Duration(number * HOUR)


LARGE = workflow(
    RESERVE,
    node("fraud", Decide("fraud"), on=Cases("verdict", {"approve": Go("both")}, Go("review"))),
    REVIEW,
    side_by_side("both", left=[effect("a"), node("nap", Sleep(_hours(1)))], right=[waits("w", "go", 9000.0)]),
    for_each("split", effect("take"), collect=True),
    PARKING,
    SHIP,
    node("stop", Stop(Fail("stopped")), condition=lambda names: names["steps"]["ship"].get("stop") is True),
)
ANSWERS = st.lists(
    st.sampled_from(
        [Mock({}), Mock({"stop": True}), *map(error, ("unavailable", "rejected", "timeout", "invalid"))]
    ),
    min_size=1,
    max_size=4,
)
PATHS = ("stock", "both/left/a", "split/*/take", "charge", "ship", "stock/undo", "charge/undo")


@given(
    mocks=st.fixed_dictionaries(dict.fromkeys(PATHS, ANSWERS)),
    signals=st.lists(
        st.builds(signal, st.sampled_from(["go", "approval"]), st.none() | st.integers(0, 9 * HOUR))
    ),
    verdict=st.sampled_from(["approve", "review"]),
)
def test_a_simulation_is_a_run_and_every_prefix_of_it_replays(mocks: Any, signals: Any, verdict: str) -> None:
    log: list[Any] = []
    ended = simulate(
        LARGE,
        ORDER,
        decide=lambda asked: Returned({"verdict": verdict}, asked.at),
        mocks=mocks,
        signals=signals,
        at=START,
        watch=lambda command, event: log.append((command, event)),
    )
    state = begin(LARGE, ORDER, START, "simulated")
    for command, event in log:
        state, commands = proceed(LARGE, state)
        assert command in commands, "the simulation answered what the run did not ask for"
        assert event.at >= state.at
        state = accept(LARGE, state, command, event)
    state, commands = proceed(LARGE, state)
    assert tuple(visit.path for visit in state.route) == ended.path
    assert state.undone == ended.undone
    if ended.status == "completed":
        assert state.committed
    if ended.status == "failed" and not state.committed:
        made = [each.path for each in ended.calls if not each.undo]
        assert set(ended.undone) <= set(made)
