"""A run under the interpreter: fed with what was recorded it stands where it stood, to the last entry."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from live_project import START, Shop, drive_of, live_project, order
from rulesflow.documents.jsontext import read_json, write_json
from rulesflow.model.times import SECOND, Timestamp
from rulesflow.runtime.drive import Drive, Order, ReplayDiffers, decide, is_pure, outcome, replay
from rulesflow.runtime.entries import entry
from rulesflow.runtime.records import Record
from rulesflow.runtime.views import History, whole
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
    Park,
    Problem,
    Raised,
    Returned,
    TakeDecision,
)
from rulesflow.workflows.interpreter import refusal, status
from rulesflow.workflows.step import ErrorClass

SHOP = Shop()
PROJECT = live_project(SHOP)
CLASSES = st.sampled_from(ErrorClass)
TOTALS = st.sampled_from([4, 3, 0, 5, Decimal("0.07"), Decimal("1E+5000"), Decimal("1E-40")])


class Journal:
    """A run of chance, and what was recorded of it."""

    def __init__(self, data: st.DataObject, total: Any) -> None:
        self.data = data
        self.drive = drive_of(PROJECT, order(total))
        self.history = History(self.drive)
        self.records: list[bytes] = []
        self.at = START
        self.signals = 0
        self.orders = 0

    def go(self, most: int) -> None:
        while self.drive.done is None and len(self.records) < most:
            self.at = Timestamp(self.at + self.data.draw(st.integers(0, 3)) * SECOND)
            self.record(self._next())

    def record(self, record: Record) -> None:
        self.records.append(write_json(record.freeze()))
        self.history.see(record, self.drive.feed(record))

    def _next(self) -> Record:
        acting = [each for each in self.drive.commands if not isinstance(each, AwaitOperator | Done)]
        if not acting or self.data.draw(st.integers(0, 6)) == 0:
            return self._order()
        command = self.data.draw(st.sampled_from(acting))
        event, decisions = self._event(command)
        return Record(command.id, event, self.at, (*self.drive.taken, *decisions))

    def _order(self) -> Record:
        self.orders += 1
        stuck = [each for each in self.drive.commands if isinstance(each, AwaitOperator)]
        parked = any(isinstance(each, Park) for each in self.drive.commands)
        actions = [Action.RETRY, Action.CANCEL] if stuck else [Action.PAUSE, Action.RESUME, Action.CANCEL]
        actions += [Action.RETRY] * parked
        action = self.data.draw(st.sampled_from(actions))
        ordered = Ordered(action, self.at, number=1000 + self.orders, reason="so", force=True)
        latest = self.drive.order.digest if self.data.draw(st.booleans()) else None
        return Record("", ordered, self.at, tuple(self.drive.taken), latest)

    def _event(self, command: Command) -> tuple[Event, tuple[Any, ...]]:
        match command:
            case CallStep() | CallUndo():
                answer = self.data.draw(st.integers(0, 4))
                if answer < 2:
                    code = self.data.draw(CLASSES)
                    after = self.data.draw(st.none() | st.just(0.25))
                    problem = Problem(code, str(code), "no", after)
                    held = Held(problem, self.at, called=self.data.draw(st.booleans()))
                    return held if answer else Raised(problem, self.at), ()
                value = {"taken": command.key, "cost": Decimal("1.25"), "$time": [self.at]}
                return Returned(value, self.at), ()
            case TakeDecision():
                taken = decide(PROJECT, command, 100_000)
                return outcome(taken, self.at), (taken,)
            case AwaitSignal(signal=name):
                if self.data.draw(st.integers(0, 4)) == 0 and command.until is not None:
                    return Returned(None, command.until), ()
                self.signals += 1
                payload = {"verdict": "agree"} if name == "approval" else {"sum": Decimal("7.50")}
                return Returned(payload, self.at, self.signals), ()
        return Returned(None, self.at), ()


def shown(drive: Drive, history: History) -> Any:
    state = status(drive.state, drive.commands)
    return whole(entry(drive, state), drive, history.entries())


@given(st.data(), TOTALS, st.integers(0, 40))
@settings(max_examples=120)
def test_a_run_fed_with_its_stored_records_stands_where_it_stood(
    data: st.DataObject, total: Any, most: int
) -> None:
    journal = Journal(data, total)
    journal.go(most)
    lived = journal.drive
    records = [Record.thaw(read_json(each)) for each in journal.records]
    stored = Order.thaw(read_json(write_json(lived.order.freeze())))
    assert stored == lived.order
    known = {each["id"]: each for record in records for each in record.decisions}
    again = Drive(lived.workflow, PROJECT, stored, lambda digest: PROJECT, 100_000, known)
    history = History(again)
    replay(again, records, history.see)
    assert again.commands == lived.commands
    assert again.state == lived.state
    assert (again.recorded, again.handled, again.ordered) == (lived.recorded, lived.handled, lived.ordered)
    assert again.taken == lived.taken
    assert history.entries() == journal.history.entries()
    assert write_json(shown(again, history)) == write_json(shown(lived, journal.history))


@given(st.data(), st.integers(1, 30))
@settings(max_examples=50)
def test_entries_keep_their_numbers_as_the_history_grows(data: st.DataObject, most: int) -> None:
    journal = Journal(data, 4)
    settled: list[Any] = []
    for length in range(1, most + 1):
        journal.go(length)
        entries = journal.history.entries()
        assert [each["number"] for each in entries] == list(range(1, len(entries) + 1))
        assert entries[: len(settled)] == settled
        settled = entries if journal.drive.done is None else entries[:-1]
        assert journal.history.entries() == entries


@given(st.data(), st.integers(0, 30))
@settings(max_examples=50)
def test_only_what_the_world_must_do_is_left_in_flight(data: st.DataObject, most: int) -> None:
    journal = Journal(data, 4)
    journal.go(most)
    drive = journal.drive
    assert not any(is_pure(each) for each in drive.commands)
    assert drive.done is None or len(drive.commands) == 1
    ids = [each.id for each in drive.commands if not isinstance(each, Done)]
    assert len(ids) == len(set(ids))


def test_what_nobody_asks_for_is_named() -> None:
    drive = drive_of(PROJECT, order())
    with pytest.raises(ReplayDiffers, match=r"^nothing asks for 'elsewhere', which record 0 answers$"):
        drive.feed(Record("elsewhere", Returned({}, START), START))


def test_decisions_of_the_history_are_read_and_not_taken_again() -> None:
    first = drive_of(PROJECT, order())
    (taken,) = first.taken
    changed = {**taken, "result": {"each": 77}}
    again = drive_of(PROJECT, order(), known={taken["id"]: changed})
    assert again.state.steps["share"]["each"] == 77


def test_a_decision_that_fails_is_an_event_that_tells_where() -> None:
    drive = drive_of(PROJECT, order(0))
    (taken,) = drive.taken
    assert taken["problem"]["class"] == "internal"
    assert taken["problem"]["code"] == "decision-failed"
    assert "share" in taken["problem"]["message"]
    (incident,) = drive.commands
    assert isinstance(incident, AwaitOperator)
    assert entry(drive, "incident").problem == taken["problem"]


def test_an_order_that_cannot_be_obeyed_only_moves_the_time() -> None:
    drive = drive_of(PROJECT, order())
    before = drive.commands
    resume = Ordered(Action.RESUME, Timestamp(START + SECOND), number=3)
    assert refusal(drive.workflow, drive.state, resume) is not None
    drive.feed(Record("", resume, START))
    assert drive.commands == before
    assert drive.handled == {3}
    assert drive.state.at == START + SECOND


def test_rules_of_an_order_decide_from_there_on_and_those_before_stay() -> None:
    other = live_project(SHOP, default=9)
    assert other.ruleset is not None
    drive = drive_of(PROJECT, order(5, lines=()))
    drive.rules = {other.ruleset.digest: other}.__getitem__
    assert drive.state.steps["share"]["each"] == 2
    order_ = Ordered(Action.RERUN, Timestamp(START + 1), "share", number=1, force=True)
    drive.feed(Record("", order_, START, tuple(drive.taken), other.ruleset.digest))
    (charge,) = drive.commands  # which is still in flight, and waited for
    assert isinstance(charge, CallStep | CallUndo)
    drive.feed(Record(charge.id, Returned({}, Timestamp(START + 2)), START))
    while undo := next((each for each in drive.commands if isinstance(each, CallUndo)), None):
        drive.feed(Record(undo.id, Returned({}, Timestamp(START + 3)), START))
    assert drive.state.steps["share"]["each"] == 9
    assert drive.ordered == [other.ruleset.digest]
    assert entry(drive, "running").rules == (other.ruleset.digest,)
    assert entry(drive, "running").digest == drive.order.digest
