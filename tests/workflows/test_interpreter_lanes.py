"""Branches, items and children: frames side by side."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from hypothesis import given, strategies as st
from playing import Play, calls, child, effect, for_each, node, read, side_by_side, to, waits, workflow

from rulesflow.documents.yaml import read_yaml
from rulesflow.model.times import SECOND
from rulesflow.schemas import decode_schema
from rulesflow.workflows.commands import AwaitOperator, CallStep, CallUndo, Done
from rulesflow.workflows.definition import Catch, Decide, Fail, Go, Set, Stop
from rulesflow.workflows.state import Visit

STOP = node("stop", Stop(Fail("stopped")))


def lines(count: int) -> dict[str, object]:
    return {"order": {"id": "A-1", "lines": [f"sku-{index}" for index in range(count)]}}


# -- parallel ----------------------------------------------------------------------------------------------


def test_branches_go_on_side_by_side_and_their_results_are_joined() -> None:
    both = side_by_side("both", label=[calls("print"), calls("stick")], mail=calls("send"))
    play = Play(workflow(both, calls("after"), output=read("steps.both")))
    assert play.paths == ["both/label/print", "both/mail/send"]
    play.returns("both/mail/send", {"id": 1}).returns("both/label/print", {"id": 2})
    assert play.paths == ["both/label/stick"]
    play.returns("both/label/stick", {"id": 3}).returns("after")
    assert play.done.output == {
        "label": {"print": {"id": 2}, "stick": {"id": 3}},
        "mail": {"send": {"id": 1}},
    }
    assert [each.path for each in play.state.route] == [
        "both", "both/label/print", "both/mail/send", "both/label/stick", "after"
    ]  # fmt: skip


def test_inner_steps_see_outer_ones_and_not_their_siblings() -> None:
    seen = []
    look = node("look", Set(lambda names: seen.append(set(names["steps"])) or {}))
    both = side_by_side("both", one=[calls("a"), look], two=calls("b"))
    Play(workflow(calls("first"), both)).returns("first").returns("both/two/b").returns("both/one/a")
    assert seen == [{"first", "a"}]


def test_a_branch_that_ends_by_end_is_complete() -> None:
    both = side_by_side("both", one=[calls("a", then=to(None)), calls("never")], two=calls("b"))
    play = Play(workflow(both, output=read("steps.both"))).returns("both/one/a").returns("both/two/b")
    assert play.done.output == {"one": {"a": {}}, "two": {"b": {}}}


def test_a_failing_branch_lets_running_calls_finish_and_ends_everything_else() -> None:
    both = side_by_side(
        "both", a=effect("one"), b=[effect("two"), calls("never")], c=waits("three", "x"), d=effect("four")
    )
    play = Play(workflow(both)).fails("both/d/four", "unavailable")
    play.fails("both/a/one", "rejected", "declined")
    assert play.paths == ["both/b/two"], "neither the wait nor the pause before a retry is wanted any more"
    play.returns("both/b/two", {"id": 2})
    assert play.at("both/b/two", CallUndo).input["output"] == {"id": 2}
    assert play.status == "undoing"
    play.returns("both/b/two")
    assert (play.done.status, play.done.problem.code) == ("failed", "declined")


def test_a_halted_call_is_not_tried_again_and_undone_where_its_effect_is_unknown() -> None:
    both = side_by_side("both", a=effect("one"), b=effect("two"))
    play = Play(workflow(both)).fails("both/a/one", "rejected").fails("both/b/two", "timeout")
    assert play.at("both/b/two", CallUndo).input["output"] is None


def test_effects_of_branches_are_undone_newest_first_over_all_of_them() -> None:
    both = side_by_side("both", a=[effect("one"), effect("three")], b=effect("two"))
    play = Play(workflow(effect("zero"), both, STOP)).returns("zero")
    play.returns("both/a/one").returns("both/b/two").returns("both/a/three")
    undone = []
    while not isinstance(play.commands[0], Done):
        [path] = play.paths
        undone.append(path)
        play.returns(path)
    assert undone == ["both/a/three", "both/b/two", "both/a/one", "zero"]


def test_an_incident_in_a_branch_lets_the_others_go_on() -> None:
    both = side_by_side("both", a=effect("one"), b=[effect("two"), effect("three")])
    play = Play(workflow(both)).fails("both/a/one", "invalid")
    assert play.status == "incident"
    assert play.returns("both/b/two").paths == ["both/a/one", "both/b/three"]
    play.returns("both/b/three")
    assert isinstance(play.at("both/a/one"), AwaitOperator)
    play.orders("retry", "both/a/one").returns("both/a/one")
    assert play.done.status == "completed"


def test_a_caught_failure_is_taken_back_before_the_run_goes_on() -> None:
    both = side_by_side("both", a=effect("one"), b=effect("two"), catch=(Catch(("declined",), to("after")),))
    play = Play(workflow(effect("zero"), both, calls("after"), output=read("steps.both.error.code")))
    play.returns("zero").returns("both/a/one").fails("both/b/two", "rejected", "declined")
    assert isinstance(play.at("both/a/one"), CallUndo)
    assert play.status == "running", "the run itself goes on"
    assert play.returns("both/a/one").paths == ["after"]
    assert play.returns("after").done.output == "declined"
    assert play.state.undone == ("both/a/one",)


def test_a_failure_that_is_caught_by_a_failure_is_undone_with_everything_before() -> None:
    caught = (Catch(("any",), Fail("all-over", lambda names: names["steps"]["both"]["error"]["code"])),)
    both = side_by_side("both", a=effect("one"), b=effect("two"), catch=caught)
    play = Play(workflow(effect("zero"), both)).returns("zero").returns("both/a/one")
    play.fails("both/b/two", "rejected", "declined")
    assert play.status == "undoing"
    play.returns("both/a/one").returns("zero")
    assert (play.done.problem.code, play.done.problem.message) == ("all-over", "declined")


def test_any_takes_the_first_and_cancels_and_undoes_the_others() -> None:
    race = side_by_side(
        "race", race=True, a=[effect("one"), effect("two")], b=effect("three"), c=waits("w", "x")
    )
    play = Play(workflow(race, output=read("steps.race")))
    play.returns("race/a/one").returns("race/b/three", {"id": 3})
    assert play.paths == ["race/a/two"], "its call is in flight and finishes first"
    play.returns("race/a/two")
    assert isinstance(play.at("race/a/two"), CallUndo)
    assert play.status == "running"
    play.returns("race/a/two").returns("race/a/one")
    assert play.done.output == {"b": {"three": {"id": 3}}}
    assert play.state.undone == ("race/a/two", "race/a/one")


def test_any_begins_nothing_that_a_pure_winner_makes_needless() -> None:
    race = side_by_side("race", race=True, a=node("quick", Set(lambda names: {"x": 1})), b=calls("slow"))
    assert Play(workflow(race, output=read("steps.race"))).done.output == {"a": {"quick": {"x": 1}}}


def test_any_goes_on_after_a_failure_and_fails_with_the_last_one() -> None:
    race = side_by_side("race", race=True, a=[effect("one"), calls("two")], b=calls("three"))
    play = Play(workflow(race)).returns("race/a/one").fails("race/a/two", "rejected", "first")
    assert play.paths == ["race/a/one", "race/b/three"], "the loser is undone at once, the other goes on"
    play.returns("race/a/one").fails("race/b/three", "rejected", "second")
    assert (play.done.status, play.done.problem.code) == ("failed", "second")


# -- each --------------------------------------------------------------------------------------------------


def test_items_have_paths_and_keys_of_their_own() -> None:
    take = calls("take", arguments=lambda names: {"sku": names["line"]})
    play = Play(workflow(for_each("split", take)))
    assert [each.input for each in play.commands] == [{"sku": "x"}, {"sku": "y"}, {"sku": "z"}]
    assert [each.id for each in play.commands] == ["split/0/take/1#1", "split/1/take/1#1", "split/2/take/1#1"]
    assert play.returns("split/1/take").paths == ["split/0/take", "split/2/take"]


def test_a_second_visit_of_the_list_counts_on() -> None:
    flow = workflow(for_each("split", calls("take"), items=lambda names: [1]), calls("ask", then=Go("split")))
    play = Play(flow).returns("split/0/take").returns("ask")
    assert play.at("split/0/take").key == "split/0/take/2"
    assert play.state.route[-1] == Visit("split/0/take", 2)


def test_results_come_in_item_order() -> None:
    flow = workflow(for_each("split", calls("take")), output=read("steps.split"))
    play = Play(flow)
    for index in (2, 0, 1):
        play.returns(f"split/{index}/take", {"id": index})
    assert play.done.output == [{"ok": True, "steps": {"take": {"id": n}}, "error": None} for n in range(3)]


def test_an_empty_list_is_complete_and_what_is_none_is_an_incident() -> None:
    empty = workflow(for_each("split", calls("take"), items=lambda names: []), output=read("steps.split"))
    assert Play(empty).done.output == []
    broken = Play(workflow(for_each("split", calls("take"), items=lambda names: "abc")))
    assert broken.at("split", AwaitOperator).problem.code == "no-list"


@given(st.integers(1, 7), st.integers(1, 4), st.randoms(use_true_random=False))
def test_no_more_items_than_allowed_go_on_at_once(count: int, most: int, chance: object) -> None:
    flow = workflow(for_each("split", calls("take"), calls("pack"), concurrency=most))
    play = Play(flow, lines(count))
    ended = 0
    while not isinstance(play.commands[0], Done):
        assert len(play.commands) == min(most, count - ended)
        path = chance.choice(play.paths)  # type: ignore[attr-defined]
        ended += path.endswith("pack")
        play.returns(path)
    begun = [each.path for each in play.state.route if each.path.endswith("take")]
    assert begun == [f"split/{index}/take" for index in range(count)]


def test_stop_begins_no_more_items_and_fails_once_the_running_ones_finished() -> None:
    play = Play(workflow(for_each("split", effect("take"), concurrency=2)))
    play.fails("split/0/take", "conflict", "sold-out")
    assert play.paths == ["split/1/take"]
    play.returns("split/1/take").returns("split/1/take")
    assert (play.done.status, play.done.problem.code) == ("failed", "sold-out")
    assert play.state.undone == ("split/1/take",)


def test_collect_undoes_the_failed_item_at_once_and_goes_on() -> None:
    split = for_each("split", effect("take"), calls("pack"), concurrency=2, collect=True)
    play = Play(workflow(split, output=read("steps.split")))
    play.returns("split/0/take", {"id": 0}).fails("split/0/pack", "rejected", "broken")
    assert isinstance(play.at("split/0/take"), CallUndo)
    assert play.paths == ["split/0/take", "split/1/take"]
    assert play.status == "running"
    play.returns("split/0/take")
    assert play.paths == ["split/1/take", "split/2/take"]
    for index in (1, 2):
        play.returns(f"split/{index}/take").returns(f"split/{index}/pack")
    first = play.done.output[0]
    assert first == {
        "ok": False,
        "steps": {"take": {"id": 0}},
        "error": {"class": "rejected", "code": "broken", "message": "split/0/pack failed"},
    }
    assert [each["ok"] for each in play.done.output] == [False, True, True]


def test_an_item_may_end_itself_by_fail() -> None:
    reject = node("reject", Stop(Fail("unwanted")), condition=lambda names: names["line"] == "y")
    split = for_each("split", reject, calls("take"), collect=True)
    play = Play(workflow(split, output=read("steps.split")))
    assert play.paths == ["split/0/take", "split/2/take"]
    play.returns("split/0/take").returns("split/2/take")
    assert [each["ok"] for each in play.done.output] == [True, False, True]


def test_lists_nest() -> None:
    inner = for_each("inner", effect("take"), items=lambda names: [1, 2])
    play = Play(workflow(for_each("outer", inner, items=lambda names: ["a", "b"]), STOP))
    assert play.paths == [
        "outer/0/inner/0/take",
        "outer/0/inner/1/take",
        "outer/1/inner/0/take",
        "outer/1/inner/1/take",
    ]
    for path in play.paths:
        play.returns(path)
    undone = []
    while not isinstance(play.commands[0], Done):
        undone += play.paths
        play.returns(play.paths[0])
    assert undone[0] == "outer/1/inner/1/take"
    assert len(undone) == 4


# -- run ---------------------------------------------------------------------------------------------------


def test_a_child_has_its_own_input_and_steps_and_gives_its_output() -> None:
    seen = []
    look = node("look", Set(lambda names: seen.append(dict(names)) or {"x": 1}))
    refund = workflow(look, effect("pay"), name="refund", output=read("steps.pay.id"))
    play = Play(workflow(calls("first"), child("refund", refund), output=read("steps.refund"))).returns(
        "first"
    )
    assert play.paths == ["refund/pay"]
    assert set(seen[0]) == {"order", "run", "steps", "at"}
    assert seen[0]["steps"] == {}
    assert seen[0]["run"]["workflow"] == "refund"
    assert play.returns("refund/pay", {"id": 7}).done.output == 7


def test_a_decision_in_a_child_is_on_the_childs_input() -> None:
    refund = workflow(node("rate", Decide("rate")), name="refund")
    play = Play(workflow(child("refund", refund)), {"order": {"id": 1}, "more": True})
    assert play.at("refund/rate").facts == {"order": {"id": 1}}


def test_a_childs_input_is_checked() -> None:
    root = read_yaml(b"{type: object, required: [order], properties: {order: {type: string}}}", "x.yaml").root
    refund = workflow(calls("pay"), name="refund", schema=decode_schema(root, UTC).schema)
    problem = Play(workflow(child("refund", refund))).at("refund", AwaitOperator).problem
    assert (str(problem.error_class), problem.code) == ("invalid", "child-input")
    assert "order" in problem.message


def test_a_child_that_fails_fails_its_step_and_is_undone_with_its_parent() -> None:
    refund = workflow(effect("pay"), STOP, name="refund")
    play = Play(workflow(effect("first"), child("refund", refund))).returns("first").returns("refund/pay")
    assert play.paths == ["refund/pay"]
    play.returns("refund/pay").returns("first")
    assert (play.done.status, play.done.problem.code) == ("failed", "stopped")
    assert play.state.undone == ("refund/pay", "first")


def test_a_child_that_completed_is_undone_when_its_parent_fails_later() -> None:
    refund = workflow(effect("pay"), name="refund")
    play = Play(workflow(child("refund", refund), STOP)).returns("refund/pay").returns("refund/pay")
    assert play.state.undone == ("refund/pay",)


# -- commits -----------------------------------------------------------------------------------------------


def test_after_a_commit_nothing_before_it_is_undone() -> None:
    play = Play(workflow(effect("stock"), calls("ship", commit=True), effect("mail"), STOP))
    play.returns("stock").returns("ship").returns("mail").returns("mail")
    assert play.done.status == "failed"
    assert play.state.undone == ("mail",)
    assert play.state.committed


def test_a_commit_in_a_branch_holds_for_the_frames_around_and_not_for_its_siblings() -> None:
    both = side_by_side("both", a=[effect("one"), calls("ship", commit=True)], b=effect("two"))
    play = Play(workflow(effect("zero"), both, STOP)).returns("zero")
    play.returns("both/b/two").returns("both/a/one").returns("both/a/ship")
    assert play.paths == ["both/b/two"]
    assert play.returns("both/b/two").done.status == "failed"
    assert play.state.undone == ("both/b/two",)


def test_time_is_one_for_all_branches() -> None:
    both = side_by_side("both", a=waits("w", "x", 60), b=[calls("c"), waits("v", "y", 60)])
    play = Play(workflow(both)).returns("both/b/c")
    assert play.at("both/b/v").until - play.at("both/a/w").until == SECOND


# -- laws --------------------------------------------------------------------------------------------------


@given(st.lists(st.booleans(), min_size=1, max_size=6), st.integers(1, 3), st.randoms(use_true_random=False))
def test_collect_undoes_exactly_the_items_that_failed(fits: list[bool], most: int, chance: Any) -> None:
    split = for_each("split", effect("take"), calls("pack"), concurrency=most, collect=True)
    play = Play(workflow(split, output=read("steps.split")), lines(len(fits)))
    while not isinstance(play.commands[0], Done):
        path = chance.choice(play.paths)
        if path.endswith("pack") and not fits[int(path.split("/")[1])]:
            play.fails(path, "rejected")
        else:
            play.returns(path)
    assert [each["ok"] for each in play.done.output] == fits
    assert sorted(play.state.undone) == [f"split/{at}/take" for at, fit in enumerate(fits) if not fit]


@given(st.lists(st.integers(1, 3), min_size=2, max_size=4), st.randoms(use_true_random=False))
def test_of_a_race_only_the_winners_effects_stand(lengths: list[int], chance: Any) -> None:
    branches = {f"b{at}": [effect(f"e{n}") for n in range(length)] for at, length in enumerate(lengths)}
    play = Play(workflow(side_by_side("race", race=True, **branches), output=read("steps.race")))
    made: set[str] = set()
    while not isinstance(play.commands[0], Done):
        command = chance.choice(play.commands)
        if isinstance(command, CallStep) and chance.random() < 0.2:
            play.fails(command.path, "rejected")
            continue
        if isinstance(command, CallStep):
            made.add(command.path)
        play.returns(command.path)
    won = set(play.done.output or {})
    assert len(won) == (play.done.status == "completed")
    assert sorted(play.state.undone) == sorted(each for each in made if each.split("/")[1] not in won)
