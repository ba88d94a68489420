"""What a person orders: obeyed, refused, or too late."""

from __future__ import annotations

from typing import Any

from playing import SPAN, Play, calls, child, effect, for_each, node, read, side_by_side, to, waits, workflow

from rulesflow.values.expression import ExpressionFailed
from rulesflow.workflows.commands import AwaitOperator, CallStep, CallUndo, Park, Pause
from rulesflow.workflows.definition import Cases, Decide, Fail, Retry, Stop, UndoCall

CHARGE = effect("charge")
STOP = node("stop", Stop(Fail("stopped")))


# -- pause and resume --------------------------------------------------------------------------------------


def test_a_paused_run_shows_the_same_commands_and_says_so() -> None:
    play = Play(workflow(CHARGE))
    before = play.commands
    play.orders("pause")
    assert (play.status, play.commands) == ("paused", before)
    assert play.refused("pause") == "paused"
    play.orders("resume")
    assert (play.status, play.commands) == ("running", before)
    assert play.refused("resume") == "not-paused"


def test_a_call_that_was_under_way_comes_back_into_a_paused_run() -> None:
    play = Play(workflow(CHARGE, calls("ship"))).orders("pause").returns("charge")
    assert (play.status, play.paths) == ("paused", ["ship"])


# -- cancel ------------------------------------------------------------------------------------------------


def test_cancel_ends_a_wait_at_once_and_undoes() -> None:
    play = Play(workflow(CHARGE, waits("review", "approval"))).returns("charge").orders("cancel")
    assert isinstance(play.at("charge"), CallUndo)
    assert play.status == "undoing"
    assert play.refused("cancel") == "undoing"
    assert play.returns("charge").done.status == "cancelled"
    assert {play.refused(each) for each in ("cancel", "pause", "retry", "rerun", "resume")} == {"ended"}


def test_cancel_lets_a_call_in_flight_finish_first() -> None:
    play = Play(workflow(CHARGE, calls("ship")))
    before = play.commands
    assert play.orders("cancel").commands == before
    assert play.returns("charge", {"id": 4}).at("charge", CallUndo).input["output"] == {"id": 4}


def test_cancel_ends_a_retrys_pause_a_park_and_an_incident_at_once() -> None:
    flow = workflow(effect("charge", retry=Retry(attempts=2, park=True)))
    resting = Play(flow).fails("charge", "unavailable")
    assert isinstance(resting.at("charge"), Pause)
    assert resting.orders("cancel").done.status == "cancelled"
    parked = Play(flow).fails("charge", "unavailable").passes("charge").fails("charge", "timeout")
    assert isinstance(parked.at("charge"), Park)
    assert isinstance(parked.orders("cancel").at("charge"), CallUndo)
    assert parked.returns("charge").done.status == "cancelled"
    assert Play(flow).fails("charge", "invalid").orders("cancel").done.status == "cancelled"


def test_cancel_goes_down_into_branches_items_and_children() -> None:
    refund = workflow(effect("pay"), waits("sure", "sure"), name="refund")
    both = side_by_side(
        "both",
        a=for_each("split", effect("take"), concurrency=1),
        b=child("refund", refund),
        c=waits("wait", "x"),
    )
    play = Play(workflow(both)).returns("both/b/refund/pay").orders("cancel")
    assert play.paths == ["both/a/split/0/take"]
    play.returns("both/a/split/0/take").returns("both/a/split/0/take").returns("both/b/refund/pay")
    assert play.done.status == "cancelled"
    assert play.state.undone == ("both/a/split/0/take", "both/b/refund/pay")


def test_cancel_ends_a_pause() -> None:
    play = Play(workflow(CHARGE)).orders("pause").orders("cancel")
    assert play.status == "undoing"
    assert play.returns("charge").returns("charge").done.status == "cancelled"


def test_cancel_is_refused_after_a_commit() -> None:
    play = Play(workflow(calls("ship", commit=True), calls("mail"))).returns("ship")
    assert play.refused("cancel") == "committed"
    assert play.orders("cancel").paths == ["mail"], "what is refused changes nothing"


def test_a_commit_that_completes_after_all_overtakes_the_cancel() -> None:
    play = Play(workflow(effect("stock"), calls("ship", commit=True), calls("mail"))).returns("stock")
    play.orders("cancel").returns("ship", {"label": "L"})
    assert (play.paths, play.status) == (["mail"], "running")
    assert play.returns("mail").done.status == "completed"
    assert play.state.steps["ship"] == {"label": "L"}


def test_cancel_is_refused_while_a_commit_within_an_item_is_in_flight() -> None:
    parcels = for_each("split", calls("parcel", commit=True), calls("note"), concurrency=2)
    play = Play(workflow(effect("stock"), parcels, calls("mail"))).returns("stock")
    assert play.refused("cancel") == "committing"
    assert play.returns("split/0/parcel").refused("cancel") == "committed"


def test_cancel_takes_over_the_undo_of_an_item_that_is_under_way() -> None:
    split = for_each("split", effect("take"), effect("pack"), calls("send"), concurrency=1, collect=True)
    play = (
        Play(workflow(split))
        .returns("split/0/take")
        .returns("split/0/pack")
        .fails("split/0/send", "rejected")
    )
    undo = play.at("split/0/pack", CallUndo)
    assert play.orders("cancel").commands == (undo,)
    play.returns("split/0/pack")
    assert play.at("split/0/take", CallUndo)
    assert play.returns("split/0/take").done.status == "cancelled"
    assert play.state.undone == ("split/0/pack", "split/0/take")


# -- retry -------------------------------------------------------------------------------------------------


def test_an_incident_undoes_nothing_until_a_person_cancels() -> None:
    play = Play(workflow(effect("stock"), CHARGE)).returns("stock").fails("charge", "invalid")
    assert play.status == "incident"
    assert isinstance(play.orders("cancel").at("stock"), CallUndo)


def test_a_retry_keeps_the_key_and_begins_with_the_first_attempt() -> None:
    play = Play(workflow(CHARGE)).fails("charge", "invalid").orders("retry")
    again = play.at("charge", CallStep)
    assert (again.key, again.attempt, again.id) == ("charge/1", 1, "charge/1#2")


def test_a_second_incident_at_a_step_has_an_id_of_its_own() -> None:
    play = Play(workflow(CHARGE)).fails("charge", "invalid")
    first = play.at("charge").id
    assert play.orders("retry").fails("charge", "invalid").at("charge", AwaitOperator).id != first


def test_a_retry_with_edited_input_is_a_new_visit() -> None:
    play = Play(workflow(CHARGE)).fails("charge", "invalid").orders("retry", "charge", input={"of": "B"})
    again = play.at("charge", CallStep)
    assert (again.key, again.input) == ("charge/2", {"of": "B"})


def test_edited_input_is_taken_though_the_steps_condition_holds_no_longer() -> None:
    answers = iter([True, False])
    flow = workflow(effect("charge", condition=lambda names: next(answers)))
    play = Play(flow).fails("charge", "invalid").orders("retry", input={"of": "B"})
    assert play.at("charge", CallStep).input == {"of": "B"}


def test_edited_input_must_be_forced_where_the_effect_is_unknown_and_then_both_are_undone() -> None:
    play = Play(workflow(CHARGE, STOP)).fails("charge", "internal")
    assert play.refused("retry", "charge", input={"of": "B"}) == "effect-unknown"
    assert play.refused("retry", "charge") is None, "the same key is no second effect"
    play.orders("retry", "charge", input={"of": "B"}, force=True).returns("charge", {"id": 2})
    assert play.at("charge").undone == "charge/2"
    assert play.returns("charge").at("charge").undone == "charge/1"
    assert play.returns("charge").done.status == "failed"


def test_a_retried_call_with_unknown_effect_is_undone_once() -> None:
    play = Play(workflow(CHARGE, STOP)).fails("charge", "internal").orders("retry")
    play.returns("charge", {"id": "p"}).returns("charge")
    assert play.done.status == "failed"
    assert play.state.undone == ("charge",)


def test_what_is_no_incident_cannot_be_retried() -> None:
    both = side_by_side("both", a=effect("one"), b=effect("two"))
    play = Play(workflow(both))
    assert play.refused("retry") == "no-incident"
    play.fails("both/a/one", "invalid")
    assert play.refused("retry", "both/b/two") == "no-incident"
    assert play.refused("retry", "both/a/one") is None
    play.fails("both/b/two", "invalid")
    assert play.refused("retry", input={}) == "several-incidents"
    assert [type(each) for each in play.orders("retry").commands] == [CallStep, CallStep]


def test_a_wait_takes_no_edited_input() -> None:
    play = Play(workflow(waits("review", "approval", 60))).passes("review")
    assert play.refused("retry", "review", input={}) == "no-input"
    again = play.orders("retry").at("review")
    assert again.until > play.state.at, "its time begins anew"


def test_a_decisions_facts_may_be_edited() -> None:
    play = Play(workflow(node("fraud", Decide("fraud")))).fails("fraud", "internal", "decision-failed")
    assert play.orders("retry", "fraud", input={"score": 1}).at("fraud").facts == {"score": 1}


def test_a_step_without_branch_is_done_again_with_its_key_and_undone_once() -> None:
    flow = workflow(effect("ask", on=Cases("ready", {True: to("stop")})), STOP)
    play = Play(flow).returns("ask", {"ready": False}).orders("retry")
    assert play.at("ask", CallStep).key == "ask/1"
    play.returns("ask", {"ready": True}).returns("ask")
    assert play.state.undone == ("ask",)


def test_branches_are_not_done_again_only_because_what_follows_them_fails() -> None:
    failures = iter([True, False])

    def message(names: Any) -> str:
        if next(failures):
            raise ExpressionFailed("no-such-field", "no x", SPAN)
        return "told"

    both = side_by_side("both", a=effect("one"), then=Fail("over", message))
    play = Play(workflow(both)).returns("both/a/one")
    assert isinstance(play.at("both"), AwaitOperator)
    play.orders("retry").returns("both/a/one")
    assert (play.done.problem.message, play.state.undone) == ("told", ("both/a/one",))


# -- undos that fail ---------------------------------------------------------------------------------------


def test_an_undo_that_fails_for_good_lets_the_others_go_on_and_waits_for_a_person() -> None:
    play = Play(workflow(effect("stock"), CHARGE, STOP)).returns("stock").returns("charge")
    play.fails("charge", "invalid")
    stuck = play.at("charge", AwaitOperator)
    assert (stuck.undo, stuck.step) == (True, "shop.uncharge")
    assert play.paths == ["stock", "charge"], "the others go on meanwhile"
    play.returns("stock")
    assert (play.status, play.paths) == ("undoing", ["charge"])
    assert play.refused("retry", "charge", input={}) == "no-input"
    again = play.orders("retry", "charge").at("charge", CallUndo)
    assert again.key == "charge/1/undo"
    assert play.returns("charge").done.status == "failed"
    assert play.state.undone == ("stock", "charge")


def test_every_undo_that_failed_for_good_waits_for_a_person() -> None:
    play = Play(workflow(effect("stock"), CHARGE, STOP)).returns("stock").returns("charge")
    play.fails("charge", "invalid").fails("stock", "conflict")
    assert play.paths == ["charge", "stock"]
    play.orders("retry", "stock").returns("stock")
    assert (play.paths, play.status) == (["charge"], "undoing")
    assert play.orders("retry").returns("charge").done.status == "failed"


def test_an_undo_is_tried_five_times_then_parks() -> None:
    play = Play(workflow(CHARGE, STOP)).returns("charge", {"id": 1})
    ids = []
    for attempt in range(1, 6):
        undo = play.at("charge", CallUndo)
        assert (undo.attempt, undo.key) == (attempt, "charge/1/undo")
        ids.append(undo.id)
        play.fails("charge", "unavailable")
        if attempt < 5:
            assert play.at("charge", Pause).retry
            play.passes("charge")
    park = play.at("charge", Park)
    assert (park.step, park.parks) == ("shop.uncharge", 0)
    again = play.passes("charge").at("charge", CallUndo)
    assert again.attempt == 1
    assert len({*ids, again.id}) == 6


def test_an_undos_own_arguments_read_what_its_step_could_see() -> None:
    undo = UndoCall("shop.give_back", lambda names: {"id": names["steps"]["take"]["id"], "of": names["line"]})
    play = Play(workflow(for_each("split", calls("take", undoing=undo)), STOP))
    for index in range(3):
        play.returns(f"split/{index}/take", {"id": index})
    assert play.at("split/2/take").input == {"id": 2, "of": "z"}


def test_an_undo_whose_arguments_fail_is_an_incident_of_that_undo() -> None:
    def fails(names: Any) -> Any:
        raise ExpressionFailed("no-such-field", "no x", SPAN)

    flow = workflow(effect("stock"), calls("charge", undoing=UndoCall("shop.back", fails)), STOP)
    play = Play(flow).returns("stock").returns("charge")
    assert play.at("charge", AwaitOperator).undo
    assert isinstance(play.at("stock"), CallUndo)


# -- rerun -------------------------------------------------------------------------------------------------

THREE = workflow(
    effect("one"), effect("two"), effect("three"), waits("w", "x"), output=read("steps.three.id")
)


def arrived() -> Play:
    play = Play(THREE)
    for name in ("one", "two", "three"):
        play.returns(name, {"id": f"{name}-1"})
    return play


def test_a_rerun_undoes_what_came_behind_and_begins_new_visits() -> None:
    play = arrived().orders("rerun", "two")
    assert play.status == "undoing"
    assert play.at("three", CallUndo)
    play.returns("three").returns("two")
    again = play.at("two", CallStep)
    assert (again.key, play.status) == ("two/2", "running")
    assert dict(play.state.steps) == {"one": {"id": "one-1"}}, "what came later is not known yet"
    play.returns("two").returns("three", {"id": "three-2"}).returns("w")
    assert play.done.output == "three-2"
    assert play.state.undone == ("three", "two")


def test_a_rerun_takes_edited_input() -> None:
    play = arrived().orders("rerun", "three", input={"of": "B"}).returns("three")
    assert play.at("three", CallStep).input == {"of": "B"}


def test_a_rerun_lets_a_call_in_flight_finish_and_undoes_it() -> None:
    play = Play(THREE).returns("one")
    before = play.commands
    assert play.orders("rerun", "one").commands == before
    play.returns("two").returns("two").returns("one")
    assert play.at("one", CallStep).key == "one/2"


def test_a_rerun_leaves_an_incident() -> None:
    play = Play(THREE).returns("one").fails("two", "invalid").orders("rerun", "one").returns("one")
    assert play.at("one", CallStep).key == "one/2"


def test_a_rerun_can_be_cancelled() -> None:
    play = arrived().orders("rerun", "three").orders("cancel")
    play.returns("three").returns("two").returns("one")
    assert play.done.status == "cancelled"


def test_a_second_rerun_counts_from_what_the_first_one_left() -> None:
    play = arrived().orders("rerun", "two").returns("three").returns("two")
    assert play.refused("rerun", "three") == "not-reached"
    assert play.refused("rerun", "one") is None
    play.returns("two").returns("three").orders("rerun", "three")
    assert play.paths == ["three"]
    assert play.returns("three").at("three", CallStep).key == "three/3"


def test_reruns_that_are_refused() -> None:
    flow = workflow(
        effect("one"), calls("ship", commit=True), waits("w", "x"), side_by_side("both", a=effect("in"))
    )
    play = Play(flow)
    assert play.refused("rerun", "nowhere") == "unknown-step"
    assert play.refused("rerun", "both/a/in") == "unknown-step"
    assert play.refused("rerun", "w") == "not-reached"
    assert play.refused("rerun", "one") is None
    play.returns("one")
    assert play.refused("rerun", "one") == "committing"
    play.returns("ship")
    assert play.refused("rerun", "one") == "committed"
    assert play.refused("rerun", "ship") == "committed"
    assert play.refused("rerun", "w") is None
    assert play.refused("rerun", "w", input={}) == "no-input"


def test_a_run_that_is_being_undone_cannot_be_rerun() -> None:
    play = Play(workflow(CHARGE, STOP)).returns("charge")
    assert play.refused("rerun", "charge") == "undoing"
