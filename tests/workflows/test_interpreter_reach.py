"""Which signals may still be received, from where a run stands."""

from __future__ import annotations

from dataclasses import replace

from playing import ANY, Play, calls, child, for_each, node, side_by_side, to, waits, workflow

from rulesflow.schemas import Schema
from rulesflow.workflows.definition import Cases, Catch, Conditions, Decide, Fail, Node, Switch, Wait
from rulesflow.workflows.reach import payload_schema, receivable

OTHER = replace(ANY)


def told(play: Play, signal: str) -> str | None:
    return receivable(play.flow, play.state, signal)


def test_a_signal_may_come_early_and_until_its_wait_is_over() -> None:
    play = Play(workflow(calls("first"), waits("review", "approval"), calls("last")))
    assert told(play, "approval") is None
    assert told(play, "other") == "unknown"
    play.returns("first")
    assert told(play, "approval") is None
    play.returns("review", signal=1)
    assert told(play, "approval") == "passed"


def test_a_loop_may_come_to_its_wait_again() -> None:
    play = Play(
        workflow(waits("review", "approval"), calls("last", on=Cases("ok", {True: to(None)}, to("review"))))
    )
    assert told(play.returns("review", signal=1), "approval") is None
    assert told(play.returns("last", {"ok": True}), "approval") == "passed"


def test_ways_lead_by_then_on_catch_timeouts_and_switches() -> None:
    ways = [
        calls("first", then=to("w")),
        calls("first", on=Conditions(((None, to("w")),))),
        calls("first", catch=(Catch(("any",), to("w")),), then=to(None)),
        calls("first", condition=lambda names: True, then=to("w")),
    ]
    for first in ways:
        play = Play(workflow(first, calls("between", then=to(None)), waits("w", "x")))
        assert told(play, "x") is None
    switch = node("route", Switch(Conditions(((None, to("w")),))))
    assert told(Play(workflow(calls("first"), switch, waits("w", "x"))), "x") is None
    late = waits("early", "e", 60, on_timeout=to("w"), then=to(None))
    assert told(Play(workflow(late, waits("w", "x"))), "x") is None
    lost = Play(workflow(calls("first", then=Fail("over")), waits("w", "x")))
    assert told(lost, "x") == "passed"


def test_a_step_that_may_be_skipped_leads_to_the_next_one() -> None:
    maybe = calls("maybe", condition=lambda names: True, then=to(None))
    assert told(Play(workflow(calls("first"), maybe, waits("w", "x"))), "x") is None


def test_waits_within_branches_items_and_children() -> None:
    inner = workflow(waits("w", "in-child"), name="inner")
    both = side_by_side("both", a=[calls("one"), waits("w", "in-branch")], b=child("inner", inner))
    split = for_each("split", waits("w", "in-item"), concurrency=1)
    play = Play(workflow(both, split, calls("last")))
    assert [told(play, each) for each in ("in-branch", "in-child", "in-item")] == [None, None, None]
    play.returns("both/b/inner/w", signal=1).returns("both/a/one")
    assert [told(play, each) for each in ("in-branch", "in-child", "in-item")] == [None, "passed", None]
    play.returns("both/a/w", signal=2).returns("split/0/w", signal=3)
    assert told(play, "in-item") is None
    play.returns("split/1/w", signal=4).returns("split/2/w", signal=5)
    assert told(play, "in-item") == "passed"


def test_a_computed_name_may_be_any() -> None:
    wait = node("w", Wait(lambda names: "restocked-1", ANY))
    play = Play(workflow(wait, calls("last")))
    assert told(play, "whatever") is None
    assert told(play.returns("w", signal=1), "whatever") == "passed"


def test_a_run_that_is_undone_waits_for_nothing() -> None:
    play = Play(workflow(calls("first"), waits("w", "x"))).orders("cancel")
    assert told(play, "x") == "passed"


def test_a_run_that_is_rerun_comes_to_its_wait_again() -> None:
    play = (
        Play(workflow(calls("first"), waits("w", "x"), calls("last"))).returns("first").returns("w", signal=1)
    )
    assert told(play, "x") == "passed"
    assert told(play.orders("rerun", "first"), "x") is None


def test_an_incident_may_be_retried_and_then_wait() -> None:
    play = Play(workflow(node("fraud", Decide("fraud")), waits("w", "x"))).fails("fraud", "internal")
    assert told(play, "x") is None
    assert told(Play(workflow(waits("w", "x", 60))).passes("w"), "x") is None


def restocked(step: str, schema: Schema = ANY) -> Node:
    """A wait whose name is computed from something between two words."""
    return node(step, Wait(lambda names: "restocked-1-today", schema, ends=("restocked-", "-today")))


def test_a_computed_name_must_begin_and_end_as_it_is_written() -> None:
    play = Play(workflow(restocked("w"), calls("last")))
    assert told(play, "restocked-2-today") is None
    for other in ("restock-2-today", "restocked-2", "restocked-today", ""):
        assert told(play, other) == "unknown"


def test_the_schema_of_a_payload() -> None:
    inner = workflow(waits("w", "in-child"), name="inner")
    flow = workflow(child("inner", inner), restocked("a", OTHER), waits("b", "other"))
    assert payload_schema(flow, "in-child") is ANY
    assert payload_schema(flow, "restocked-2-today") is OTHER
    assert payload_schema(flow, "a") is None
    two = workflow(restocked("a", OTHER), restocked("b"), waits("c", "restocked-3-today"))
    assert payload_schema(two, "restocked-2-today") is None  # either may be meant
    assert payload_schema(two, "restocked-3-today") is ANY
