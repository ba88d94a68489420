"""Errors: tried again, parked, caught, or an incident."""

from __future__ import annotations

from hypothesis import given, strategies as st
from playing import START, Play, calls, effect, node, to, workflow

from rulesflow.model.times import SECOND
from rulesflow.workflows.commands import AwaitOperator, CallStep, CallUndo, Park, Pause
from rulesflow.workflows.definition import Cases, Catch, Fail, Retry, Stop

CHARGE = effect("charge")


def test_unavailable_is_tried_three_times_with_one_key_then_it_is_an_incident() -> None:
    play = Play(workflow(CHARGE))
    first = play.at("charge")
    play.fails("charge", "unavailable")
    pause = play.at("charge")
    assert pause == Pause("charge/1/pause#1", "charge", "charge/1", START + 2 * SECOND, retry=True)
    assert play.status == "running"
    second = play.passes("charge").at("charge")
    assert (second.attempt, second.key, second.id) == (2, first.key, "charge/1#2")
    assert second.input == first.input
    failed_at = play.fails("charge", "unavailable").state.at
    assert play.at("charge").until == failed_at + 2 * SECOND
    play.passes("charge").fails("charge", "unavailable")
    assert play.at("charge", AwaitOperator).step == "shop.charge"
    assert not play.orders("cancel").state.undone, "unavailable has no effect that would have to be undone"
    assert play.done.status == "cancelled"


def test_other_errors_are_not_tried_again() -> None:
    play = Play(workflow(CHARGE)).fails("charge", "invalid")
    assert isinstance(play.at("charge"), AwaitOperator)


def test_retries_may_be_for_a_code() -> None:
    flow = workflow(calls("charge", retry=Retry(on=("busy",), attempts=2)))
    assert isinstance(Play(flow).fails("charge", "conflict", "busy").at("charge"), Pause)
    assert Play(flow).fails("charge", "conflict", "other").done.status == "failed"


def test_retry_after_raises_the_delay_up_to_its_bound() -> None:
    flow = workflow(calls("charge", retry=Retry(max_delay=20)))
    failed_at = START + SECOND
    assert (
        Play(flow).fails("charge", "unavailable", retry_after=7).at("charge").until == failed_at + 7 * SECOND
    )
    late = Play(flow).fails("charge", "unavailable", retry_after=900).at("charge")
    assert late.until == failed_at + 20 * SECOND


@given(st.integers(1, 8))
def test_jitter_stays_below_the_delay_and_is_the_same_at_every_replay(failures: int) -> None:
    flow = workflow(calls("charge", retry=Retry(attempts=9, full_jitter=True, max_delay=8)))

    def run() -> Play:
        play = Play(flow)
        for _ in range(failures - 1):
            play.fails("charge", "timeout").passes("charge")
        return play.fails("charge", "timeout")

    play = run()
    assert 0 <= play.at("charge").until - play.state.at < min(2 ** (failures - 1), 8) * SECOND
    assert run().commands == play.commands


def test_after_the_last_retry_it_parks_and_begins_anew_with_the_same_key() -> None:
    play = Play(
        workflow(calls("charge", retry=Retry(attempts=1, park=True), catch=(Catch(("any",), to(None)),)))
    )
    play.fails("charge", "unavailable")
    park = play.at("charge")
    assert isinstance(park, Park)
    assert (park.key, park.step, park.parks, park.since) == ("charge/1", "shop.charge", 0, play.state.at)
    assert play.status == "parked"
    again = play.passes("charge").at("charge", CallStep)
    assert (again.key, again.attempt, again.id) == ("charge/1", 1, "charge/1#2")
    assert play.fails("charge", "unavailable").at("charge", Park).parks == 1


def test_a_park_that_ends_with_an_error_is_caught() -> None:
    flow = workflow(
        calls("charge", retry=Retry(attempts=1, park=True), catch=(Catch(("unavailable",), to("other")),)),
        calls("other"),
    )
    play = Play(flow).fails("charge", "unavailable").fails("charge", "unavailable")
    assert play.paths == ["other"]


def test_an_error_for_which_is_no_retry_does_not_park() -> None:
    play = Play(workflow(calls("charge", retry=Retry(park=True)))).fails("charge", "invalid")
    assert isinstance(play.at("charge"), AwaitOperator)


def test_a_catch_by_code_goes_elsewhere_and_shows_the_error() -> None:
    flow = workflow(
        effect("charge", catch=(Catch(("declined",), to("ship")),)), calls("other"), calls("ship")
    )
    play = Play(flow).fails("charge", "rejected", "declined")
    assert play.paths == ["ship"]
    assert play.state.steps["charge"] == {
        "error": {"class": "rejected", "code": "declined", "message": "charge failed"}
    }
    assert Play(flow).fails("charge", "rejected", "blocked").done.status == "failed"


def test_a_call_whose_effect_is_unknown_is_undone_without_output() -> None:
    charge = effect("charge", retry=Retry(attempts=1), catch=(Catch(("timeout",), to("stop")),))
    play = Play(workflow(charge, node("stop", Stop(Fail("no-answer"))))).fails("charge", "timeout")
    undo = play.at("charge", CallUndo)
    assert undo.input == {"input": {"of": "A-1"}, "output": None, "key": "run-7/charge/1"}


def test_an_attempt_that_timed_out_is_undone_though_the_next_one_was_refused() -> None:
    play = Play(workflow(CHARGE)).fails("charge", "timeout").passes("charge").fails("charge", "rejected")
    assert isinstance(play.at("charge"), CallUndo)
    assert play.returns("charge").done.status == "failed"


def test_what_succeeded_at_last_is_undone_with_its_output_though_its_branch_fails_at_once() -> None:
    play = Play(workflow(effect("charge", on=Cases("ok", {True: Fail("over")}))))
    play.fails("charge", "timeout").passes("charge").returns("charge", {"ok": True})
    assert play.at("charge", CallUndo).input["output"] == {"ok": True}
    assert play.returns("charge").done.status == "failed"


def test_a_call_that_succeeds_at_last_is_undone_once() -> None:
    play = Play(workflow(CHARGE, calls("ship")))
    play.fails("charge", "timeout").passes("charge").returns("charge", {"id": 1}).fails("ship", "rejected")
    assert play.at("charge", CallUndo).input["output"] == {"id": 1}
    assert play.returns("charge").done.status == "failed"
    assert play.state.undone == ("charge",)
