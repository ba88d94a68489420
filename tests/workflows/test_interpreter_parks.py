"""Parked steps: held back while their resource is not well, let go again, and given up."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st
from playing import START, Play, calls, child, effect, for_each, node, side_by_side, to, waits, workflow

from rulesflow.model.times import SECOND
from rulesflow.workflows.attempts import MOST_PARKS, parked_too_long
from rulesflow.workflows.commands import AwaitOperator, CallStep, CallUndo, Park, Pause, Raised
from rulesflow.workflows.definition import Catch, Fail, Retry, Stop

CHARGE = effect("charge")
PARKING = effect("charge", retry=Retry(attempts=1, park=True))
STOP = node("stop", Stop(Fail("stopped")))
CAUGHT = (Catch(("unavailable",), to("other")),)


def tired(play: Play, path: str) -> Play:
    """The time of a park is up."""
    park = play.at(path, Park)
    return play.answer(park, Raised(parked_too_long(park), park.until))


def parks_and_goes_on(play: Play, path: str, times: int) -> Play:
    for _ in range(times):
        play.fails(path, "unavailable").passes(path)
    return play


# -- held and let go ---------------------------------------------------------------------------------------


def test_a_call_whose_resource_is_not_well_parks_and_is_called_anew_with_its_key() -> None:
    play = Play(workflow(CHARGE)).held("charge", code="circuit-open")
    park = play.at("charge", Park)
    assert (park.id, park.key, park.step, park.since) == (
        "charge/1/park#1",
        "charge/1",
        "shop.charge",
        START + SECOND,
    )
    assert (park.held, park.parks, park.until, park.problem.code) == (True, 0, None, "circuit-open")
    assert play.status == "parked"
    again = play.passes("charge").at("charge", CallStep)
    assert (again.id, again.key, again.attempt) == ("charge/1#2", "charge/1", 1)
    assert play.returns("charge").done.status == "completed"


def test_after_a_park_the_attempts_are_counted_anew() -> None:
    play = Play(workflow(CHARGE)).fails("charge", "unavailable").passes("charge")
    assert play.at("charge").attempt == 2
    play.held("charge", called=True).passes("charge")
    assert play.at("charge").attempt == 1
    assert isinstance(play.fails("charge", "unavailable").at("charge"), Pause)


def test_a_held_call_parks_whatever_its_retries_are_for_and_before_any_catch() -> None:
    flow = workflow(
        calls("charge", retry=Retry(on=("timeout",)), catch=(Catch(("any",), to("other")),)), calls("other")
    )
    assert Play(flow).held("charge", called=True).at("charge", Park).held


@pytest.mark.parametrize("error_class", ["rejected", "conflict", "invalid"])
def test_an_answer_that_came_stands_though_the_resource_is_not_well(error_class: str) -> None:
    held = Play(workflow(effect("stock"), CHARGE)).returns("stock").held("charge", error_class, called=True)
    failed = Play(workflow(effect("stock"), CHARGE)).returns("stock").fails("charge", error_class)
    assert [type(each) for each in held.commands] == [type(each) for each in failed.commands]
    assert "charge" not in held.paths or isinstance(held.at("charge"), AwaitOperator)


def test_a_step_that_does_not_park_fails_as_if_it_had_been_called() -> None:
    play = Play(workflow(calls("charge", park=False, catch=CAUGHT), calls("other")))
    for _ in range(2):
        pause = play.held("charge").at("charge", Pause)
        assert pause.retry
        play.passes("charge")
    assert play.held("charge").paths == ["other"]


def test_a_step_that_does_not_park_does_not_park_after_its_retries_either() -> None:
    flow = workflow(calls("charge", park=False, retry=Retry(attempts=1, park=True)))
    assert isinstance(Play(flow).fails("charge", "unavailable").at("charge"), AwaitOperator)
    assert isinstance(Play(flow).held("charge").at("charge"), AwaitOperator)


def test_what_nobody_waits_for_any_more_changes_nothing() -> None:
    play = Play(workflow(CHARGE, calls("ship"))).held("charge")
    park = play.at("charge")
    play.passes("charge")
    before = play.commands
    assert play.answer(park, Raised(parked_too_long(park), play.state.at)).commands == before


# -- effects that are unknown ------------------------------------------------------------------------------


def test_a_held_call_that_timed_out_is_taken_back_when_the_run_is_cancelled() -> None:
    play = Play(workflow(CHARGE)).held("charge", "timeout", called=True).orders("cancel")
    assert play.at("charge", CallUndo).input["output"] is None
    assert play.returns("charge").done.status == "cancelled"
    assert play.state.undone == ("charge",)


def test_a_call_that_was_never_made_leaves_nothing_to_take_back() -> None:
    play = Play(workflow(CHARGE)).held("charge", "timeout").orders("cancel")
    assert (play.done.status, play.state.undone) == ("cancelled", ())


def test_a_held_call_that_timed_out_and_succeeds_later_is_taken_back_once() -> None:
    play = Play(workflow(CHARGE, STOP)).held("charge", "timeout", called=True).passes("charge")
    play.returns("charge", {"id": 1})
    assert play.at("charge", CallUndo).input["output"] == {"id": 1}
    assert play.returns("charge").done.status == "failed"
    assert play.state.undone == ("charge",)


# -- patience ----------------------------------------------------------------------------------------------


def test_a_step_may_be_parked_until_so_long_after_its_first_park() -> None:
    play = Play(workflow(effect("charge", park=7200.0))).held("charge")
    until = play.at("charge", Park).since + 7200 * SECOND
    assert play.at("charge").until == until
    play.passes("charge").held("charge")
    assert (play.at("charge").since > START + 2 * SECOND, play.at("charge").until) == (True, until)


def test_retries_that_are_used_up_park_for_as_long_as_the_step_says() -> None:
    flow = workflow(effect("charge", park=60.0, retry=Retry(attempts=1, park=True)))
    play = Play(flow).fails("charge", "unavailable")
    first = play.at("charge", Park)
    assert (first.held, first.until) == (False, first.since + 60 * SECOND)
    second = play.passes("charge").held("charge").at("charge", Park)
    assert (second.held, second.parks, second.until) == (True, 1, first.until)


def test_when_the_time_is_up_the_step_fails_without_another_attempt() -> None:
    flow = workflow(effect("charge", park=60.0))
    play = tired(Play(flow).held("charge"), "charge")
    assert play.at("charge", AwaitOperator).problem.code == "parked-too-long"
    caught = workflow(effect("charge", park=60.0, catch=CAUGHT), STOP, calls("other"))
    play = tired(Play(caught).held("charge"), "charge")
    assert play.paths == ["other"]
    assert play.state.steps["charge"]["error"]["code"] == "parked-too-long"


def test_an_effect_that_is_unknown_is_taken_back_after_a_park_that_took_too_long() -> None:
    flow = workflow(effect("charge", park=60.0, catch=(Catch(("any",), to("stop")),)), STOP)
    play = tired(Play(flow).held("charge", "timeout", called=True), "charge")
    assert play.at("charge", CallUndo).input["output"] is None


def test_once_a_person_retries_the_step_may_park_as_long_again() -> None:
    play = tired(Play(workflow(effect("charge", park=60.0))).held("charge"), "charge")
    play.orders("retry").held("charge")
    assert play.at("charge", Park).until == play.at("charge").since + 60 * SECOND


# -- parked again and again --------------------------------------------------------------------------------


def test_a_call_that_uses_up_its_retries_after_five_parks_is_an_incident() -> None:
    play = parks_and_goes_on(Play(workflow(PARKING)), "charge", MOST_PARKS)
    incident = play.fails("charge", "unavailable").at("charge", AwaitOperator)
    assert (incident.problem.code, incident.step) == ("unavailable", "shop.charge")
    assert incident.problem.message == (
        "charge failed (the step has parked 5 times, and what it calls is well)"
    )
    assert play.status == "incident"
    play.orders("retry")
    assert play.fails("charge", "unavailable").at("charge", Park).parks == 0


def test_a_catch_does_not_hide_that_a_call_parks_again_and_again() -> None:
    retry = Retry(attempts=1, park=True)
    flow = workflow(calls("charge", retry=retry, catch=CAUGHT), calls("other"))
    play = parks_and_goes_on(Play(flow), "charge", MOST_PARKS).fails("charge", "unavailable")
    assert isinstance(play.at("charge"), AwaitOperator)


def test_being_held_is_not_counted_as_parking_again_and_again() -> None:
    play = Play(workflow(PARKING))
    for _ in range(3 * MOST_PARKS):
        play.held("charge", called=True).passes("charge")
    assert play.fails("charge", "unavailable").at("charge", Park).parks == 0
    play.passes("charge").held("charge")
    assert play.at("charge", Park).parks == 1


def test_another_error_after_five_parks_is_that_error() -> None:
    play = parks_and_goes_on(Play(workflow(effect("stock"), PARKING)).returns("stock"), "charge", MOST_PARKS)
    assert isinstance(play.fails("charge", "rejected").at("stock"), CallUndo)


def test_a_run_that_is_being_cancelled_is_no_incident_for_its_many_parks() -> None:
    play = parks_and_goes_on(Play(workflow(PARKING)), "charge", MOST_PARKS).orders("cancel")
    assert play.fails("charge", "unavailable").done.status == "cancelled"


def test_a_new_visit_counts_its_own_parks() -> None:
    play = parks_and_goes_on(Play(workflow(PARKING)), "charge", MOST_PARKS).fails("charge", "unavailable")
    play.orders("retry", "charge", input={"of": "B"})
    assert play.fails("charge", "unavailable").at("charge", Park).parks == 0


@given(st.lists(st.sampled_from(["unavailable", "held", "held-called", "on", "retry"]), max_size=60))
def test_a_visit_parks_five_times_at_most_with_its_retries_used_up(happened: list[str]) -> None:
    play = Play(workflow(PARKING))
    used_up = 0
    for each in happened:
        command = play.at("charge")
        if each == "retry" and isinstance(command, AwaitOperator):
            play.orders("retry")
            used_up = 0
        elif each == "on" and isinstance(command, Park):
            used_up += not command.held
            play.passes("charge")
        elif each == "unavailable" and isinstance(command, CallStep):
            play.fails("charge", "unavailable")
            assert isinstance(play.at("charge"), Park if used_up < MOST_PARKS else AwaitOperator)
        elif each.startswith("held") and isinstance(command, CallStep):
            assert play.held("charge", called=each == "held-called").at("charge", Park).held
        if isinstance(play.at("charge"), Park):
            assert play.at("charge").parks == used_up


def test_an_undo_that_parks_again_and_again_waits_for_a_person_while_others_go_on() -> None:
    play = Play(workflow(effect("stock"), CHARGE, STOP)).returns("stock").returns("charge")
    for _ in range(MOST_PARKS + 1):
        for _ in range(4):
            play.fails("charge", "unavailable").passes("charge")
        play.fails("charge", "unavailable")
        if isinstance(play.at("charge"), Park):
            play.passes("charge")
    assert "has parked 5 times" in play.at("charge", AwaitOperator).problem.message
    play.returns("stock").orders("retry", "charge").returns("charge")
    assert (play.done.status, play.state.undone) == ("failed", ("stock", "charge"))


# -- undos -------------------------------------------------------------------------------------------------


def undoing() -> Play:
    return Play(workflow(effect("stock"), CHARGE, STOP)).returns("stock").returns("charge")


def test_an_undo_parks_with_its_resource_and_the_run_stays_undoing() -> None:
    play = undoing().held("charge")
    park = play.at("charge", Park)
    assert (park.key, park.step, park.held, park.until) == ("charge/1/undo", "shop.uncharge", True, None)
    assert (play.status, play.paths) == ("undoing", ["charge"])
    again = play.passes("charge").at("charge", CallUndo)
    assert (again.key, again.attempt) == ("charge/1/undo", 1)
    play.returns("charge").returns("stock")
    assert (play.done.status, play.state.undone) == ("failed", ("charge", "stock"))


def test_an_undo_that_was_held_has_used_up_no_attempt() -> None:
    play = undoing()
    for _ in range(20):
        play.held("charge", "timeout", called=True).passes("charge")
    assert play.at("charge", CallUndo).attempt == 1
    assert isinstance(play.fails("charge", "unavailable").at("charge"), Pause)


def test_an_undo_that_is_refused_waits_for_a_person_though_its_resource_is_not_well() -> None:
    play = undoing().held("charge", "rejected", called=True)
    assert play.at("charge", AwaitOperator).undo
    assert isinstance(play.at("stock"), CallUndo)


def test_a_parked_undo_of_an_item_is_taken_over_when_the_run_is_cancelled() -> None:
    split = for_each("split", effect("take"), calls("send"), concurrency=1, collect=True)
    play = Play(workflow(split)).returns("split/0/take").fails("split/0/send", "rejected")
    play.held("split/0/take")
    assert play.status == "parked"
    play.orders("cancel")
    assert isinstance(play.at("split/0/take"), CallUndo)
    assert play.returns("split/0/take").done.status == "cancelled"
    assert play.state.undone == ("split/0/take",)


# -- a frame that closes -----------------------------------------------------------------------------------


def test_a_call_that_is_held_while_the_run_is_cancelled_does_not_park() -> None:
    play = Play(workflow(effect("stock"), CHARGE)).returns("stock").orders("cancel").held("charge")
    assert [type(each) for each in play.commands] == [CallUndo]
    assert play.returns("stock").done.status == "cancelled"
    assert play.state.undone == ("stock",)


def test_a_call_that_is_held_while_the_run_is_cancelled_may_have_had_its_effect() -> None:
    play = Play(workflow(CHARGE)).orders("cancel").held("charge", "timeout", called=True)
    assert play.at("charge", CallUndo).input["output"] is None
    assert play.returns("charge").done.status == "cancelled"


def test_a_branch_that_is_held_after_another_has_won_does_not_park() -> None:
    both = side_by_side("both", race=True, a=effect("one"), b=effect("two"))
    play = Play(workflow(both)).returns("both/a/one").held("both/b/two", "timeout", called=True)
    assert play.at("both/b/two", CallUndo).input["output"] is None
    assert play.returns("both/b/two").done.status == "completed"


def test_a_parked_branch_is_given_up_when_another_wins() -> None:
    both = side_by_side("both", race=True, a=effect("one"), b=effect("two"))
    play = Play(workflow(both)).held("both/b/two", "timeout", called=True).returns("both/a/one")
    assert play.paths == ["both/b/two"]
    assert play.returns("both/b/two").done.status == "completed"
    assert play.state.undone == ("both/b/two",)


def test_a_parked_item_is_given_up_when_another_fails() -> None:
    play = Play(workflow(for_each("split", effect("take"))))
    play.held("split/1/take").returns("split/2/take").fails("split/0/take", "rejected")
    assert play.paths == ["split/2/take"]
    assert play.returns("split/2/take").done.status == "failed"


# -- what the run is doing ---------------------------------------------------------------------------------


def test_a_run_is_parked_only_when_nothing_else_goes_on() -> None:
    play = Play(workflow(for_each("split", calls("take")))).held("split/1/take")
    assert (play.status, play.paths) == ("running", [f"split/{index}/take" for index in range(3)])
    play.returns("split/0/take")
    assert play.status == "running"
    play.returns("split/2/take")
    assert play.status == "parked"
    play.passes("split/1/take")
    assert play.status == "running"
    assert play.returns("split/1/take").done.status == "completed"


def test_a_parked_item_keeps_its_place_and_those_behind_it_wait() -> None:
    play = Play(workflow(for_each("split", calls("take"), concurrency=1))).held("split/0/take")
    assert (play.status, play.paths) == ("parked", ["split/0/take"])


def test_a_step_that_waits_to_be_tried_again_is_running_beside_a_parked_one() -> None:
    both = side_by_side("both", a=calls("one"), b=calls("two"), c=waits("three", "x"))
    play = Play(workflow(both)).held("both/a/one").fails("both/b/two", "unavailable")
    assert play.status == "running"
    play.passes("both/b/two").returns("both/b/two")
    assert (play.status, play.paths) == ("parked", ["both/a/one", "both/c/three"])


def test_an_incident_beside_a_parked_step_is_told_first() -> None:
    both = side_by_side("both", a=calls("one"), b=calls("two"))
    play = Play(workflow(both)).held("both/a/one").fails("both/b/two", "invalid")
    assert play.status == "incident"


# -- orders ------------------------------------------------------------------------------------------------


def test_a_parked_step_is_retried_at_once_with_its_key() -> None:
    play = Play(workflow(CHARGE)).held("charge").orders("retry", "charge")
    again = play.at("charge", CallStep)
    assert (again.key, again.attempt) == ("charge/1", 1)
    assert play.held("charge").at("charge", Park).id == "charge/1/park#2"


def test_a_retry_by_a_person_counts_as_letting_go() -> None:
    flow = workflow(effect("charge", park=60.0, retry=Retry(attempts=1, park=True)))
    play = Play(flow).fails("charge", "unavailable")
    until = play.at("charge", Park).until
    play.orders("retry", "charge").fails("charge", "unavailable")
    assert (play.at("charge", Park).parks, play.at("charge").until) == (1, until)


def test_parked_steps_of_branches_items_and_children_are_retried_by_their_path() -> None:
    refund = workflow(effect("pay"), name="refund")
    both = side_by_side("both", a=for_each("split", effect("take")), b=child("refund", refund))
    play = Play(workflow(both)).held("both/a/split/1/take").held("both/b/refund/pay")
    play.orders("retry", "both/a/split/1/take")
    assert isinstance(play.at("both/a/split/1/take"), CallStep)
    assert isinstance(play.at("both/b/refund/pay"), Park)
    play.orders("retry", "both/b/refund/pay")
    assert isinstance(play.at("both/b/refund/pay"), CallStep)


def test_a_parked_undo_is_retried_by_its_path_and_takes_no_edited_input() -> None:
    play = undoing().held("charge")
    assert play.refused("retry", "charge", input={}) == "no-input"
    again = play.orders("retry", "charge").at("charge", CallUndo)
    assert (again.key, again.attempt) == ("charge/1/undo", 1)


def test_a_parked_step_is_retried_with_edited_input_as_a_new_visit() -> None:
    play = Play(workflow(CHARGE)).held("charge").orders("retry", "charge", input={"of": "B"})
    again = play.at("charge", CallStep)
    assert (again.key, again.input) == ("charge/2", {"of": "B"})


def test_edited_input_must_be_forced_where_a_parked_call_may_have_had_its_effect() -> None:
    play = Play(workflow(CHARGE, STOP)).held("charge", "timeout", called=True)
    assert play.refused("retry", "charge", input={"of": "B"}) == "effect-unknown"
    assert play.refused("retry", "charge") is None
    play.orders("retry", "charge", input={"of": "B"}, force=True).returns("charge").returns("charge")
    assert play.at("charge", CallUndo).undone == "charge/1"
    assert play.returns("charge").done.status == "failed"


def test_a_retry_of_the_whole_run_means_its_incidents_and_without_any_its_parked_steps() -> None:
    both = side_by_side("both", a=effect("one"), b=effect("two"), c=effect("three"))
    play = Play(workflow(both)).held("both/a/one").held("both/b/two").fails("both/c/three", "invalid")
    play.orders("retry")
    assert [type(each) for each in play.commands] == [Park, Park, CallStep]
    assert play.refused("retry", input={}) == "several-incidents"
    play.orders("retry")
    assert [type(each) for each in play.commands] == [CallStep, CallStep, CallStep]
    assert play.refused("retry") == "no-incident"
    assert play.refused("retry", "both/a/one") == "no-incident"


def test_cancel_ends_a_park_at_once_and_undoes() -> None:
    play = Play(workflow(effect("stock"), CHARGE)).returns("stock").held("charge").orders("cancel")
    assert (play.status, play.paths) == ("undoing", ["stock"])
    assert play.returns("stock").done.status == "cancelled"
    assert play.state.undone == ("stock",)


def test_a_parked_run_that_is_paused_says_so_and_stands_as_before_once_it_is_resumed() -> None:
    play = Play(workflow(CHARGE)).held("charge")
    before = play.commands
    assert play.orders("pause").status == "paused"
    assert play.commands == before
    assert play.orders("resume").status == "parked"
    assert play.commands == before
    assert isinstance(play.passes("charge").at("charge"), CallStep)


def test_a_rerun_gives_up_a_park_and_undoes_what_came_behind() -> None:
    play = Play(workflow(effect("stock"), effect("pack"), CHARGE)).returns("stock").returns("pack")
    play.held("charge", "timeout", called=True).orders("rerun", "pack")
    assert play.status == "undoing"
    play.returns("charge").returns("pack")
    assert (play.at("pack", CallStep).key, play.status) == ("pack/2", "running")
    play.returns("pack").held("charge")
    assert play.at("charge", Park).key == "charge/2"


def test_a_rerun_from_the_parked_step_is_a_new_visit() -> None:
    play = Play(workflow(CHARGE)).held("charge").orders("rerun", "charge", input={"of": "B"})
    again = play.at("charge", CallStep)
    assert (again.key, again.input) == ("charge/2", {"of": "B"})


def test_a_parked_undo_of_a_rerun_is_taken_over_by_a_cancel() -> None:
    play = Play(workflow(effect("stock"), CHARGE, waits("w", "x"))).returns("stock").returns("charge")
    play.orders("rerun", "charge").held("charge").orders("cancel")
    assert (play.status, type(play.at("charge"))) == ("undoing", Park)
    play.passes("charge").returns("charge").returns("stock")
    assert (play.done.status, play.state.undone) == ("cancelled", ("charge", "stock"))
