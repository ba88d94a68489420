"""What a run shows of its parked steps: in flight, and in its history."""

from __future__ import annotations

from typing import Any

from live_project import START, Shop, drive_of, live_project, order
from rulesflow.model.times import SECOND, Timestamp
from rulesflow.runtime.entries import entry
from rulesflow.runtime.records import Record
from rulesflow.runtime.views import History, standing, whole
from rulesflow.workflows.commands import (
    Action,
    Command,
    Done,
    Event,
    Held,
    Ordered,
    Problem,
    Raised,
    Returned,
)
from rulesflow.workflows.interpreter import status
from rulesflow.workflows.step import ErrorClass

AWAY = Problem(ErrorClass.UNAVAILABLE, "circuit-open", "payment is not well")
SLOW = Problem(ErrorClass.TIMEOUT, "timeout", "no answer in time")
PARKING = """\
workflow: parking
input: facts.yaml
steps:
  charge:
    call: shop.charge
    with: {amount: 1}
    retry: {attempts: 1, then: park}
    park: 2h
    undo: shop.refund
  never: {call: shop.charge, with: {amount: 2}, park: false, retry: {attempts: 1}, undo: none}
"""
ASKING = """\
workflow: asking
input: facts.yaml
steps:
  share: {decide: {decision: share, with: {order: {total: "${ order.total * 2 }"}}}}
"""


class Told:
    """A run of `PARKING`, one event a second, and its history."""

    def __init__(self) -> None:
        self.drive = drive_of(live_project(Shop(), PARKING), order())
        self.history = History(self.drive)
        self.at = START

    @property
    def command(self) -> Command:
        [only] = self.drive.commands
        return only

    def happens(self, event: Event | type[Event], *args: Any) -> Told:
        self.at = Timestamp(self.at + SECOND)
        made = event(args[0], self.at, *args[1:]) if isinstance(event, type) else event
        id_ = "" if isinstance(made, Ordered) or isinstance(self.command, Done) else self.command.id
        record = Record(id_, made, Timestamp(self.at - 1))
        self.history.see(record, self.drive.feed(record))
        return self

    @property
    def types(self) -> list[str]:
        return [each["type"] for each in self.history.entries()]

    @property
    def last(self) -> dict[str, Any]:
        return self.history.entries()[-1]

    @property
    def shown(self) -> dict[str, Any]:
        drive = self.drive
        return whole(entry(drive, status(drive.state, drive.commands)), drive, self.history.entries())


def test_a_call_that_was_not_made_shows_why_its_step_parked_and_until_when() -> None:
    told = Told().happens(Held, AWAY, False)
    assert told.types == ["started", "parked"]
    assert told.last == {
        "number": 2,
        "type": "parked",
        "at": told.at,
        "path": "charge",
        "key": "charge/1",
        "step": "shop.charge",
        "problem": AWAY.as_dict(),
        "held": True,
        "until": told.at + 7200 * SECOND,
    }
    assert told.shown["attempts"] == [], "no attempt was made"


def test_a_call_that_failed_shows_the_attempt_and_then_the_park() -> None:
    told = Told().happens(Held, SLOW, True)
    assert told.types == ["started", "call", "parked"]
    [attempt] = told.shown["attempts"]
    assert (attempt["attempt"], attempt["problem"]) == (1, SLOW.as_dict())
    used_up = Told().happens(Raised, SLOW)
    assert used_up.types == ["started", "call", "parked"]
    assert (told.last["held"], used_up.last["held"]) == (True, False)


def test_a_step_that_is_let_go_says_so_and_since_when_it_was_parked() -> None:
    told = Told().happens(Held, AWAY, False)
    parked_at = told.at
    told.happens(Returned, None)
    assert told.types == ["started", "parked", "released"]
    assert told.last == {
        "number": 3,
        "type": "released",
        "at": told.at,
        "path": "charge",
        "key": "charge/1",
        "step": "shop.charge",
        "since": parked_at,
    }
    told.happens(Held, AWAY, False).happens(Returned, None)
    assert told.types == ["started", "parked", "released", "parked", "released"]


def test_a_park_that_took_too_long_ends_with_a_timeout() -> None:
    late = Problem(ErrorClass.UNAVAILABLE, "parked-too-long", "too long")
    told = Told().happens(Held, AWAY, False).happens(Raised, late)
    assert told.types == ["started", "parked", "timeout"]
    assert told.last["problem"] == late.as_dict()


def test_a_step_that_does_not_park_shows_that_it_was_held() -> None:
    told = Told().happens(Returned, {}).happens(Held, AWAY, False)
    assert told.types == ["started", "call", "held"]
    assert (told.last["path"], told.last["attempt"], told.last["problem"]) == ("never", 1, AWAY.as_dict())
    assert len(told.shown["attempts"]) == 1


def test_a_retry_of_a_parked_step_is_told_by_its_order_alone() -> None:
    told = Told().happens(Held, AWAY, False)
    told.happens(Ordered(Action.RETRY, Timestamp(told.at + SECOND), "charge", number=1))
    assert told.types == ["started", "parked", "order"]
    assert told.happens(Held, AWAY, False).types == ["started", "parked", "order", "parked"]


def test_an_undo_that_is_held_parks_as_well() -> None:
    told = Told().happens(Returned, {})
    told.happens(Ordered(Action.CANCEL, Timestamp(told.at + SECOND), number=1))
    told.happens(Returned, {}).happens(Held, AWAY, False)
    assert told.types[-1] == "parked"
    assert (told.last["key"], told.last["step"], told.last["until"]) == ("charge/1/undo", "shop.refund", None)
    told.happens(Returned, None).happens(Held, SLOW, True)
    assert told.types[-3:] == ["released", "undo", "parked"]


def test_a_call_held_while_the_run_is_cancelled_does_not_park() -> None:
    told = Told()
    told.happens(Ordered(Action.CANCEL, Timestamp(told.at + SECOND), number=1)).happens(Held, AWAY, False)
    assert told.types == ["started", "order", "held", "end"]


def test_what_a_parked_run_waits_for() -> None:
    told = Told().happens(Raised, SLOW).happens(Returned, None).happens(Held, AWAY, False)
    [waiting] = told.shown["waiting_for"]
    first = Timestamp(START + SECOND)
    assert waiting == {
        "path": "charge",
        "kind": "park",
        "step": "shop.charge",
        "problem": AWAY.as_dict(),
        "since": told.at,
        "until": first + 7200 * SECOND,
        "held": True,
        "parks": 1,
    }
    assert told.shown["status"] == "parked"
    assert standing(told.drive) == ("charge",)


def test_an_incident_tells_what_its_call_was_given_so_that_it_can_be_edited() -> None:
    [waits] = Told().happens(Raised, Problem(ErrorClass.INTERNAL, "broken", "no")).shown["waiting_for"]
    assert (waits["kind"], waits["input"]) == ("operator", {"amount": 1})


def test_a_decision_shows_what_it_was_taken_on_where_the_drive_notes_it() -> None:
    project = live_project(Shop(), ASKING)
    noted = History(drive_of(project, order(), facts={})).entries()
    [facts] = [each["facts"] for each in noted if each["type"] == "decision"]
    assert (facts["order"]["total"], facts["order"]["lines"]) == (8, order()["order"]["lines"])
    assert not any("facts" in each for each in History(drive_of(project, order())).entries())
