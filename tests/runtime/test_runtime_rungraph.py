"""What a run shows of the ways it took and of its time, by its records alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from live_project import EVERYTHING, Shop, drive_of, live_project, order
from rulesflow.model.times import SECOND, Timestamp
from rulesflow.runtime.records import Record
from rulesflow.runtime.rungraph import run_graph
from rulesflow.runtime.timeline import NOTICED, Timeline
from rulesflow.runtime.views import History
from rulesflow.workflows.commands import (
    Action,
    AwaitOperator,
    AwaitSignal,
    CallStep,
    CallUndo,
    Command,
    Done,
    Event,
    Held,
    Ordered,
    Problem,
    Raised,
    Returned,
    TakeDecision,
)
from rulesflow.workflows.graph import graph_of
from rulesflow.workflows.step import ErrorClass
from rulesflow.workflows.trace import Trace

CHOOSES = """\
workflow: chooses
input: facts.yaml
steps:
  share: {decide: share, on: [{when: steps.share.each > 1, then: more}, {else: end}]}
  more: {set: {x: 1}, if: order.total > 100}
  last: {switch: [{when: order.total > 100, then: end}, {when: order.total > 1, then: stop}, {else: end}]}
  stop: {fail: over}
"""


WAITS = """\
workflow: waits
input: facts.yaml
steps:
  first: {sleep: 1s}
  never: {set: {x: 1}, if: order.total > 100}
  ask: {wait: approval}
"""
BRANCHES = """\
workflow: branches
input: facts.yaml
steps:
  both:
    parallel:
      pay: {steps: {charge: {call: shop.charge, with: {amount: "${ order.total }"}}}}
      ask: {steps: {ask: {wait: approval}}}
    catch: {on: [any], then: mend}
  last: {set: {x: 1}, then: end}
  mend: {set: {x: 2}}
"""


EACH = """\
workflow: items
input: facts.yaml
steps:
  lines:
    each: "${ order.lines }"
    as: line
    concurrency: 1
    steps: {stop: {fail: sold-out}}
    catch: {on: [any], then: mend}
  last: {set: {x: 1}, then: end}
  mend: {set: {x: 2}}
"""


class Driven:
    """A run with its history, its trace and its timeline; one event a second."""

    def __init__(self, workflow: str = EVERYTHING, given: Any = None) -> None:
        project = live_project(Shop(), workflow)
        self.project = project
        self.drive = drive_of(project, given or order(), trace=Trace())
        self.history = History(self.drive)
        self.timeline = Timeline(self.drive, self.history)

    def happens(self, command: Command | None, event: Event, ran: int = SECOND // 2) -> None:
        id_ = "" if command is None or isinstance(command, Done) else command.id
        record = Record(id_, event, Timestamp(event.at - ran), tuple(self.drive.taken))
        answered = self.drive.feed(record)
        self.history.see(record, answered)
        self.timeline.see(record, answered)

    @property
    def next(self) -> Timestamp:
        return Timestamp(self.drive.state.at + SECOND)

    def chance(self, number: int) -> None:
        """One thing that happens; what it means depends on what is in flight."""
        commands = self.drive.commands
        command, at = commands[number // 7 % len(commands)], self.next
        problem = Problem([*ErrorClass][number // 5 % 6], "broken", "it did not work")
        if isinstance(command, Done):
            return
        if number % 13 == 0:
            action = [Action.RERUN, Action.RETRY, Action.CANCEL][number // 13 % 3]
            step = "lines" if action is Action.RERUN else None
            self.happens(None, Ordered(action, at, step, reason="by chance"))
        elif isinstance(command, AwaitOperator):
            self.happens(None, Ordered(Action.RETRY, at, command.path))
        elif isinstance(command, TakeDecision) or (isinstance(command, CallStep) and number % 3 == 0):
            self.happens(command, Returned({"taken": "a", "cost": 1, "each": 2}, at))
        elif isinstance(command, CallStep | CallUndo):
            held = Held(problem, at, called=number % 2 == 0)
            self.happens(command, held if number % 4 == 1 else Raised(problem, at))
        elif isinstance(command, AwaitSignal) and number % 2:
            self.happens(command, Returned({"verdict": "agree", "sum": 1}, at, number))
        else:
            self.happens(command, Returned(None, at))

    def graph(self) -> Mapping[str, Any]:
        return run_graph(graph_of(self.drive.workflow), self.drive, self.history.entries())

    def fails(self, ran: int = SECOND // 2) -> None:
        """The call at hand is refused, a second after it was asked for."""
        [call] = [each for each in self.drive.commands if isinstance(each, CallStep)]
        problem = Problem(ErrorClass.REJECTED, "no-money", "the card is empty")
        self.happens(call, Raised(problem, self.next), ran)

    def called(self) -> dict[str, Any]:
        """The span of the call."""
        span: dict[str, Any]
        [span] = [each for each in self.timeline.as_dict("run-7")["spans"] if each["kind"] == "call"]
        return span

    def state(self, path: str) -> dict[str, Any]:
        [node] = [each for each in self.graph()["nodes"] if each["path"] == path]
        state: dict[str, Any] = node["state"]
        return state

    def statuses(self) -> dict[str, str]:
        return {each["path"]: each["state"]["status"] for each in self.graph()["nodes"]}

    def taken(self) -> dict[str, Any]:
        return {each["id"]: each["chosen"] for each in self.graph()["edges"] if each["taken"]}


def test_the_rule_that_won_is_told_with_its_file_and_line() -> None:
    taken = Driven(CHOOSES).taken()
    chosen = taken["share:condition:0"]
    assert (chosen["by"], chosen["rule"], chosen["layer"]) == ("rule", "by_total", "base")
    assert (chosen["file"], chosen["line"]) == ("base/share.yaml", 5)
    assert chosen["text"] == "steps.share.each > 1"
    assert chosen["result"]["each"] == 2.5


def test_the_default_is_told_where_no_rule_won() -> None:
    chosen = Driven(CHOOSES, order(total=5)).taken()["share:condition:0"]
    assert (chosen["by"], chosen["file"]) == ("default", "base/share.yaml")


def test_conditions_are_told_as_they_are_written() -> None:
    driven = Driven(CHOOSES)
    taken = driven.taken()
    assert taken["more:skip:0"]["text"] == "not (order.total > 100)"
    assert taken["last:condition:1"] == {
        "by": "condition",
        "text": "order.total > 1",
        "file": "workflows/chooses.yaml",
        "line": 6,
    }
    states = {each["path"]: each["state"]["status"] for each in driven.graph()["nodes"]}
    assert states["more"] == "skipped"
    assert states["$fail/over"] == "failed"


def test_the_items_of_an_each_are_counted() -> None:
    driven = Driven()
    first = driven.drive.commands[0]
    driven.happens(first, Returned({"taken": "a", "cost": 1}, driven.next))
    states = {each["path"]: each["state"] for each in driven.graph()["nodes"]}
    assert states["lines"]["items"] == {"total": 3, "done": 1, "failed": 0}
    assert (states["lines/*/take"]["status"], states["lines/*/take"]["visits"]) == ("running", 3)


def test_a_list_within_a_step_has_begun_as_often_as_the_way_out_of_its_beginning_was_taken() -> None:
    driven = Driven()
    states = {each["path"]: each["state"] for each in driven.graph()["nodes"]}
    assert (states["lines/*/$start"]["status"], states["lines/*/$start"]["visits"]) == ("done", 2)
    assert states["lines/*/$start"]["since"] == driven.drive.order.at
    assert (states["both/pay/$start"]["status"], states["both/pay/$start"]["visits"]) == ("untouched", 0)


def test_what_was_cut_off_is_told_apart_from_what_was_skipped_and_from_what_is_done() -> None:
    driven = Driven(WAITS)
    driven.happens(driven.drive.commands[0], Returned(None, driven.next))
    driven.happens(None, Ordered(Action.RERUN, driven.next, "first", reason="look again"))
    assert driven.statuses()["ask"] == "left", "it was ordered away from its wait"
    driven.happens(driven.drive.commands[0], Returned(None, driven.next))
    assert driven.statuses()["ask"] == "waiting"
    driven.happens(None, Ordered(Action.CANCEL, driven.next, reason="enough"))
    assert driven.drive.done is not None
    states = driven.statuses()
    assert (states["first"], states["never"], states["ask"]) == ("done", "skipped", "left")
    assert driven.state("ask")["until"] == driven.drive.state.at


def test_a_branch_that_ends_since_another_failed_is_left() -> None:
    driven = Driven(BRANCHES)
    driven.fails()
    states = driven.statuses()
    assert (states["both/pay/charge"], states["both/ask/ask"]) == ("failed", "left")
    assert (states["both"], states["mend"]) == ("failed", "done")
    assert driven.state("both/ask/ask")["until"] == driven.state("both")["until"] == driven.drive.state.at


def test_an_error_that_is_caught_around_where_it_came_from_is_told_with_its_place() -> None:
    driven = Driven(BRANCHES)
    driven.fails()
    chosen = driven.taken()["both:catch:0"]
    assert chosen["by"] == "error"
    assert chosen["text"] == "no-money (rejected) at both/pay/charge: the card is empty"


def test_a_failure_that_is_written_within_is_told_with_its_place() -> None:
    chosen = Driven(EACH).taken()["lines:catch:0"]
    assert chosen["text"] == "sold-out (rejected) at lines/0/stop: sold-out"


def test_what_a_call_waited_for_its_turn_is_told_apart_from_what_it_took() -> None:
    driven = Driven(BRANCHES)
    begun = driven.drive.order.at
    assert (driven.called()["from"], "asked" in driven.called()) == (begun, False), (
        "who knows whether it waits"
    )
    driven.fails(ran=SECOND // 4)
    span = driven.called()
    assert (span["asked"], span["from"], span["to"]) == (begun, begun + SECOND * 3 // 4, begun + SECOND)


@pytest.mark.parametrize("ran", [SECOND, SECOND - NOTICED + 1, 2 * SECOND], ids=["at once", "soon", "before"])
def test_a_call_that_was_made_as_soon_as_it_was_asked_for_has_waited_for_nothing(ran: int) -> None:
    driven = Driven(BRANCHES)
    driven.fails(ran)  # two seconds: by the clock of another process it was called before it was asked for
    assert "asked" not in driven.called()


@given(st.lists(st.integers(0, 10_000), max_size=40))
@settings(max_examples=60, deadline=None)
def test_spans_lie_within_the_run_and_apart_and_tell_of_every_entry(numbers: list[int]) -> None:
    driven = Driven()
    for number in numbers:
        driven.chance(number)
    told, entries = driven.timeline.as_dict("run-7"), driven.history.entries()
    spans = told["spans"]
    assert len({each["id"] for each in spans}) == len(spans)
    for span in spans:
        assert told["from"] <= span["from"] <= (span["to"] or span["from"])
        assert told["to"] is None or span["to"] <= told["to"]
    for key in {each["key"] for each in spans}:
        mine = [each for each in spans if each["key"] == key and each["kind"] != "decision"]
        assert all(each.get("asked", each["from"]) <= each["from"] for each in mine)
        asked = [each.get("asked", each["from"]) for each in mine[1:]]
        assert all(
            each["to"] is not None and each["to"] <= then for each, then in zip(mine, asked, strict=False)
        )
    points = [each["number"] for each in entries if each["type"] in ("started", "order", "end")]
    of_spans = [number for span in spans for number in span["entries"]]
    assert sorted([*points, *of_spans]) == [each["number"] for each in entries]
    graph = driven.graph()
    visits = {each["path"]: each["state"]["visits"] for each in graph["nodes"]}
    for path, count in visits.items():
        side = "from" if path.endswith("$start") else "to"
        assert sum(each["taken"] for each in graph["edges"] if each[side] == path) == count
    for edge in graph["edges"]:
        chosen = edge.get("chosen")
        assert chosen is None or (chosen["file"] in driven.project.files and chosen["line"] > 0)
