"""A run carried out in this process, over a journal that is cut off at any place as a power cut would."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest

from live_project import EVERYTHING, Shop, drive_of, live_project, order
from rulesflow.documents.jsontext import read_json, write_json
from rulesflow.hooks.invoker import Invoker
from rulesflow.model.times import SECOND, Timestamp
from rulesflow.runtime.catalog import now
from rulesflow.runtime.cloudevents import CloudEvent
from rulesflow.runtime.durable import Rested
from rulesflow.runtime.inbox import Kind, Message
from rulesflow.runtime.live import LiveRun, World
from rulesflow.runtime.parking import Laid, Place, Rest
from rulesflow.runtime.project import LoadedProject
from rulesflow.runtime.records import Record
from rulesflow.runtime.resources import NotAdmitted, Permit
from rulesflow.runtime.setfacts import Fill
from rulesflow.workflows.commands import Done, Problem
from rulesflow.workflows.step import ErrorClass, StepCall, StepError


class PowerCut(BaseException):
    """The process is gone. No handler may catch it."""


@dataclass
class Journal:
    """What the engine keeps. ``cut``: the record at which the power goes; ``kept``: it is written still."""

    records: list[bytes] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    cut: int | None = None
    kept: bool = False
    read: int = 0

    def owns(self, _: object) -> bool:
        """No other process is there to take the run over."""
        return True

    def let_go(self, _: object) -> bool:
        return True

    async def checkpoint(self, name: str, perform: Callable[[], Awaitable[Any]]) -> Any:
        if self.read < len(self.records):
            assert name == self.names[self.read], "a replay asks for the same, by the same name"
            self.read += 1
            return read_json(self.records[self.read - 1])
        record = write_json(await perform())
        if self.cut == len(self.records) and not self.kept:
            raise PowerCut
        self.records.append(record)
        self.names.append(name)
        self.read += 1
        if self.cut == len(self.records) - 1:
            raise PowerCut
        return read_json(record)


class Room:
    """Admits so many calls at once; ``unwell``: how many are refused first, by resource."""

    def __init__(self, slots: int, unwell: dict[str, int]) -> None:
        self.slots = asyncio.Semaphore(slots)
        self.unwell = unwell

    async def admit(self, name: str, **asked: Any) -> Permit:
        if self.unwell.get(name, 0) > 0 and not asked["probe"]:
            self.unwell[name] -= 1
            raise NotAdmitted(Problem(ErrorClass.UNAVAILABLE, "circuit-open", f"{name} is not called"))
        await self.slots.acquire()
        return Permit(self.slots.release)


@dataclass
class Keeper:
    """Keeps parked steps, and runs that rest, as the database does. ``news``: a message is on its way."""

    held: list[tuple[Place, ...]] = field(default_factory=list)
    laid: list[Rest] = field(default_factory=list)
    news: bool = False

    def hold(self, run: str, places: Any, _: object) -> None:
        self.held.append(tuple(places))

    def lay(self, rest: Rest, _: object) -> Laid:
        if self.news:
            return Laid.NEWS
        self.laid.append(rest)
        return Laid.RESTS


@dataclass
class Carried:
    """A shop, its project, and the process around its runs."""

    shop: Shop
    project: LoadedProject
    journal: Journal = field(default_factory=Journal)
    messages: list[Message] = field(default_factory=list)
    concurrency: int = 50
    keeper: Keeper = field(default_factory=Keeper)
    unwell: dict[str, int] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)
    live: LiveRun | None = None
    at: Timestamp = field(default_factory=now)
    fill: Fill | None = None
    tell: Callable[[str, int, Sequence[CloudEvent]], int] | None = None
    room: Room = field(init=False)

    def start(self, given: Any = None, let_go: Iterable[str] = ()) -> LiveRun:
        """A run at its beginning, in a process that has just begun; it knows what is recorded."""
        assert self.project.ruleset is not None
        digest = self.project.ruleset.digest
        self.journal.read = 0
        records = [Record.thaw(read_json(each)) for each in self.journal.records]
        known = {each["id"]: each for record in records for each in record.decisions}
        drive = drive_of(self.project, given or order(), self.at, known=known)
        self.room = Room(self.concurrency, self.unwell)
        world = World(
            Invoker(self.shop.steps()),
            lambda: (digest, self.project),
            self.room,
            self.keeper,
            lambda live, before: self.told.append(live.status),
            100_000,
            self.fill,
            self.tell,
        )
        self.live = LiveRun(drive, world, list(self.messages))
        self.live.release("shop", let_go, now())
        return self.live

    async def end(self, given: Any = None, let_go: Iterable[str] = ()) -> Done:
        live = self.start(given, let_go)
        async with asyncio.timeout(30):
            return await live.carry_out(self.journal)

    def signal(self, name: str, body: Any, at: Timestamp | None = None) -> None:
        self._post(Kind.SIGNAL, name, body, at)

    def orders(self, action: str, **body: Any) -> None:
        self._post(Kind.ORDER, action, body, None)

    def _post(self, kind: Kind, name: str, body: Any, at: Timestamp | None) -> None:
        message = Message(len(self.messages) + 1, "run-7", kind, name, body, "till", at or now())
        self.messages.append(message)
        if self.live is not None:
            self.live.deliver(message)

    async def until(self, state: Callable[[LiveRun], Any]) -> None:
        """Follow the run until it is so."""
        async with asyncio.timeout(30):
            while self.live is None or not state(self.live):
                if self.live is None:
                    await asyncio.sleep(0)
                    continue
                rung = self.live.rung
                if not state(self.live):
                    await rung.wait()


def carried(workflow: str = EVERYTHING, **more: Any) -> Carried:
    shop = Shop()
    return Carried(shop, live_project(shop, workflow), **more)


def flow(steps: str, tail: str = "") -> str:
    indented = "".join(f"  {line}\n" for line in steps.strip("\n").splitlines())
    return f"workflow: flow\ninput: facts.yaml\nsteps:\n{indented}{tail}"


def types(live: LiveRun) -> list[str]:
    return [each["type"] for each in live.history.entries()]


def everything() -> Carried:
    found = carried()
    found.signal("approval", {"verdict": "agree"})
    found.signal("paid", {"sum": Decimal("7.50")})
    return found


OUTPUT = {"each": Decimal("2.5"), "sum": Decimal("7.5"), "share": Decimal("2.5")}


def test_a_run_goes_to_its_end_and_calls_each_step_once() -> None:
    shop = everything()
    done = asyncio.run(shop.end())
    assert (done.status, done.output) == ("completed", OUTPUT)
    assert set(shop.shop.keys.values()) == {1}
    assert sorted(call.path for call in shop.shop.calls) == [
        "both/pay/charge",
        "lines/0/take",
        "lines/1/take",
        "lines/2/take",
    ]
    assert all(call.key.startswith("run-7/") for call in shop.shop.calls)
    assert shop.live is not None
    assert shop.told[-1] == shop.live.status == "completed"
    assert types(shop.live)[-1] == "end"


@pytest.mark.parametrize("kept", [True, False], ids=["just after", "just before"])
def test_wherever_the_power_goes_the_run_ends_the_same_and_repeats_only_what_was_not_recorded(
    kept: bool,
) -> None:
    whole = everything()
    asyncio.run(whole.end())
    keys = set(whole.shop.keys)
    for cut in range(len(whole.journal.records)):
        shop = everything()
        shop.journal.cut, shop.journal.kept = cut, kept
        with pytest.raises(PowerCut):
            asyncio.run(shop.end())
        shop.journal.cut = None
        done = asyncio.run(shop.end())
        assert (done.status, done.output) == ("completed", OUTPUT), cut
        assert set(shop.shop.keys) == keys
        assert max(shop.shop.keys.values()) <= 2
        answered = [Record.thaw(read_json(each)).id for each in shop.journal.records]
        assert len(answered) == len(set(answered)) == len(whole.journal.records)


def test_a_power_cut_at_every_record_still_comes_to_an_end() -> None:
    shop = everything()
    cuts = 0
    while True:
        shop.journal.cut, shop.journal.kept = len(shop.journal.records), True
        try:
            done = asyncio.run(shop.end())
        except PowerCut:
            cuts += 1
            continue
        break
    assert done.output == OUTPUT
    assert cuts == len(shop.journal.records)


def test_items_and_branches_go_on_side_by_side() -> None:
    shop = everything()
    meeting = asyncio.Barrier(2)

    async def meets(call: StepCall) -> Any:
        if call.path in ("lines/0/take", "lines/1/take"):
            async with asyncio.timeout(20):
                await meeting.wait()
        return {}

    shop.shop.does["shop.take"] = meets
    assert asyncio.run(shop.end()).status == "completed"


def test_no_more_calls_are_in_flight_than_there_are_slots() -> None:
    shop = everything()
    shop.concurrency = 1
    going: list[str] = []

    async def alone(call: StepCall) -> Any:
        going.append(call.path)
        for _ in range(5):
            await asyncio.sleep(0)
        assert going == [call.path]
        going.remove(call.path)
        return {}

    shop.shop.does |= {"shop.take": alone, "shop.charge": alone}
    assert asyncio.run(shop.end()).status == "completed"


def test_a_call_that_loses_a_race_is_waited_for_and_taken_back() -> None:
    shop = carried(
        flow("""
race:
  parallel:
    slow: {steps: {take: {call: shop.take, undo: shop.untake}}}
    quick: {steps: {charge: {call: shop.charge}}}
  join: any
""")
    )

    async def last(call: StepCall) -> Any:
        await shop.until(lambda live: live.drive.recorded == 1)
        return {"taken": "late"}

    shop.shop.does["shop.take"] = last
    assert asyncio.run(shop.end()).status == "completed"
    assert shop.live is not None
    assert types(shop.live) == ["started", "call", "call", "undo", "end"]
    assert shop.live.history.entries()[3]["input"]["output"] == {"taken": "late"}


def test_what_fails_is_tried_again_and_then_parks() -> None:
    shop = carried(
        flow("""
take:
  call: shop.take
  retry: {on: [unavailable], attempts: 3, delay: 1ms, jitter: none, then: park}
""")
    )

    async def away(call: StepCall) -> Any:
        raise StepError("unavailable", "the shop is closed")

    shop.shop.does["shop.take"] = away
    with pytest.raises(Rested):
        asyncio.run(shop.end())
    assert shop.live is not None and shop.live.status == "parked"
    assert [call.attempt for call in shop.shop.calls] == [1, 2, 3]
    (place,) = shop.keeper.laid[0].places
    assert (place.resource, place.ready_at - place.since, place.tried_at) == ("shop", 30_000_000, place.since)
    shop.orders("cancel")
    assert asyncio.run(shop.end()).status == "cancelled"
    assert len(shop.shop.keys) == 1


HELD = """
take:
  call: shop.take
"""


def test_a_step_whose_resource_is_not_well_parks_without_a_call_and_goes_on_when_it_is_let_go() -> None:
    shop = carried(flow(HELD), unwell={"shop": 9})
    with pytest.raises(Rested):
        asyncio.run(shop.end())
    (rest,) = shop.keeper.laid
    (place,) = rest.places
    assert shop.shop.calls == []
    assert (place.ready_at, place.tried_at, rest.wake_at) == (0, 0, None)
    assert asyncio.run(shop.end(let_go=[place.command])).status == "completed"
    assert len(shop.shop.calls) == 1
    assert shop.live is not None and shop.live.draining("shop") == 0


def test_what_is_parked_too_long_is_an_error_for_a_person_to_look_at() -> None:
    shop = carried(flow(HELD + "  park: 10ms"), unwell={"shop": 9})

    async def play() -> None:
        going = asyncio.create_task(shop.end())
        await shop.until(lambda live: live.status == "incident")
        assert shop.live is not None
        shown = shop.live.entry().problem
        assert shown is not None and shown["code"] == "parked-too-long"
        going.cancel()

    asyncio.run(play())
    assert shop.keeper.laid == []  # what is about to happen is waited for


def test_a_step_that_must_not_park_fails_at_once() -> None:
    more = "  park: false\n  retry: {on: [timeout]}\n  catch: {on: [unavailable], then: end}"
    shop = carried(flow(HELD + more), unwell={"shop": 9})
    assert asyncio.run(shop.end()).status == "completed"
    assert shop.shop.calls == []


def test_a_parked_branch_is_written_down_while_others_go_on() -> None:
    steps = """
both:
  parallel:
    one: {steps: {take: {call: shop.take}}}
    two: {steps: {charge: {call: shop.charge}}}
"""
    shop = carried(flow(steps), unwell={"shop": 1})
    gate = asyncio.Event()

    async def slow(call: StepCall) -> Any:
        await gate.wait()
        return {}

    async def play() -> Done:
        shop.shop.does["shop.charge"] = slow
        going = asyncio.create_task(shop.end())
        await shop.until(lambda _: shop.keeper.held)
        assert shop.live is not None and shop.live.status == "running"
        ((place,),) = shop.keeper.held
        shop.live.release("shop", [place.command], now())
        await shop.until(lambda live: live.history.entries()[-1]["type"] == "call")
        gate.set()
        return await going

    assert asyncio.run(play()).status == "completed"
    assert shop.keeper.held[-1] == ()


@pytest.mark.parametrize("action", ["cancel", "pause"])
def test_a_call_that_still_waits_for_room_is_not_made_once_the_run_is_ordered_otherwise(action: str) -> None:
    shop = carried(flow(HELD), concurrency=0)

    async def play() -> str:
        going = asyncio.create_task(shop.end())
        await shop.until(lambda live: live.status == "queued")
        assert shop.live is not None
        assert shop.live.queued == {each.id for each in shop.live.drive.commands}
        shop.orders(action)
        await shop.until(lambda live: live.status in ("cancelled", "paused"))
        shop.room.slots.release()
        await asyncio.sleep(0)
        going.cancel()
        return shop.live.status

    assert asyncio.run(play()).startswith(action)
    assert shop.shop.calls == []


def test_a_run_is_not_laid_to_rest_while_a_message_is_on_its_way() -> None:
    shop = carried(flow(HELD), unwell={"shop": 9}, keeper=Keeper(news=True))

    async def play() -> Done:
        going = asyncio.create_task(shop.end())
        await shop.until(lambda _: shop.keeper.held)
        shop.orders("cancel")
        return await going

    assert asyncio.run(play()).status == "cancelled"
    assert shop.keeper.held[-1] == ()


def test_a_step_that_is_missing_is_an_incident_that_a_retry_mends() -> None:
    shop = carried(flow("take: {call: shop.take}"))
    steps = shop.shop.steps

    async def play() -> Done:
        shop.shop.steps = lambda: {}  # type: ignore[method-assign]
        going = asyncio.create_task(shop.end())
        await shop.until(lambda live: live.status == "incident")
        assert shop.live is not None
        assert shop.live.entry().problem == {
            "class": "internal",
            "code": "unknown-step",
            "message": "no plugin has the step shop.take; is the plugin shop installed? "
            "once it is back, retry",
        }
        going.cancel()
        await asyncio.gather(going, return_exceptions=True)
        shop.shop.steps = steps  # type: ignore[method-assign]
        return await shop.end()  # in the next process the plugin is back, and nobody need order anything

    done = asyncio.run(play())
    assert done.status == "completed"
    assert shop.live is not None
    assert shop.live.history.entries()[-3]["order"]["reason"] == "shop.take is back"


def test_signals_are_taken_once_in_their_order_however_often_they_are_delivered() -> None:
    shop = carried(
        flow(
            "one: {wait: paid, payload: {sum: {type: number}}}\n"
            "two: {wait: paid, payload: {sum: {type: number}}}",
            'output: {one: "${ steps.one.sum }", two: "${ steps.two.sum }"}\n',
        )
    )
    shop.signal("paid", {"sum": 1})

    async def play() -> Done:
        going = asyncio.create_task(shop.end())
        await shop.until(lambda live: live.drive.recorded == 1)
        assert shop.live is not None
        for _ in range(3):
            shop.live.deliver(shop.messages[0])
        shop.signal("other", {"sum": 5})
        shop.signal("paid", {"sum": "no number"})
        shop.signal("paid", {"sum": 2})
        return await going

    assert asyncio.run(play()).output == {"one": 1, "two": 2}


def test_a_wait_that_is_fresh_takes_nothing_from_before() -> None:
    shop = carried(flow("one: {wait: paid, fresh: true, payload: {sum: {type: number}}}"))
    shop.signal("paid", {"sum": 1}, Timestamp(shop.at - SECOND))

    async def play() -> Done:
        going = asyncio.create_task(shop.end())
        await shop.until(lambda live: live.status == "waiting")
        shop.signal("paid", {"sum": 2})
        return await going

    assert asyncio.run(play()).status == "completed"
    assert shop.live is not None
    assert shop.live.drive.state.consumed == {2}


TIMED = flow("one: {wait: paid, timeout: 1h, catch: {on: timeout, then: end}}")


def test_time_that_has_passed_while_nobody_looked_counts() -> None:
    """A run whose process was away for longer than the wait: it times out at once, as of its moment."""
    shop = carried(TIMED)
    shop.at = Timestamp(now() - 2 * 3600 * SECOND)
    assert asyncio.run(shop.end()).status == "completed"
    assert shop.live is not None
    assert "timeout" in types(shop.live)


def test_a_signal_that_came_before_the_timeout_is_noticed_wins_over_it() -> None:
    shop = carried(TIMED)
    shop.at = Timestamp(now() - 2 * 3600 * SECOND)
    shop.signal("paid", {})
    asyncio.run(shop.end())
    assert shop.live is not None
    assert types(shop.live)[1] == "signal"


def test_a_paused_run_begins_nothing_until_it_is_resumed() -> None:
    shop = carried(flow("take: {call: shop.take}\ncharge: {call: shop.charge}"))
    shop.orders("pause", reason="wait a moment")
    shop.signal("paid", {})

    async def play() -> Done:
        going = asyncio.create_task(shop.end())
        await shop.until(lambda live: live.status == "paused")
        for _ in range(20):
            await asyncio.sleep(0)
        before = len(shop.shop.calls)
        shop.orders("resume")
        done = await going
        assert before <= 1  # what had begun before the order came
        return done

    assert asyncio.run(play()).status == "completed"
    assert [call.path for call in shop.shop.calls][-1] == "charge"


def test_a_cancelled_run_takes_back_what_it_did() -> None:
    shop = carried(flow("take: {call: shop.take, undo: shop.untake}\nask: {wait: approval}"))

    async def play() -> Done:
        going = asyncio.create_task(shop.end())
        await shop.until(lambda live: live.status == "waiting")
        shop.orders("cancel", reason="the customer changed his mind")
        return await going

    assert asyncio.run(play()).status == "cancelled"
    assert shop.live is not None
    (undo,) = [each for each in shop.live.history.entries() if each["type"] == "undo"]
    assert undo["step"] == "shop.untake"
    assert undo["input"]["key"] == shop.shop.calls[0].key


def test_versions_of_the_entry_only_grow() -> None:
    shop = everything()
    versions: list[int] = []
    told = shop.told

    class Noting(list[str]):
        def append(self, status: str) -> None:
            assert shop.live is not None
            versions.append(shop.live.entry().version)
            told.append(status)

    shop.told = Noting()
    asyncio.run(shop.end())
    assert len(versions) > len(shop.journal.records)
    assert versions == sorted(set(versions))
