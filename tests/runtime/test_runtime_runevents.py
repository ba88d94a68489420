"""What runs tell the patterns: by their records alone, once in a process, and again in another."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC
from decimal import Decimal
from typing import Any

import pytest
from test_runtime_live import OUTPUT, Carried, PowerCut, flow

from live_project import EVERYTHING, Shop, live_project, order
from rulesflow.documents.jsontext import read_json
from rulesflow.documents.yaml import read_yaml
from rulesflow.model.diagnostics import Span
from rulesflow.patterns.eventtypes import EventType
from rulesflow.runtime.cloudevents import CloudEvent
from rulesflow.runtime.durable import Rested
from rulesflow.runtime.records import Record
from rulesflow.runtime.runevents import Teller, told_by
from rulesflow.schemas import decode_schema
from rulesflow.workflows.step import StepCall, StepError

_ORDER = """\
type: object
properties:
  order:
    type: object
    properties: {total: {type: number}, placed_at: {type: string, format: date-time}, absent: {type: string}}
  run: {type: string}
  workflow: {type: string}
  each: {type: number}
  code: {type: string}
  message: {type: [string, 'null']}
"""
_CALL = """\
type: object
properties:
  order: {type: object, properties: {total: {type: number}}}
  sku: {type: string}
  taken: {type: string}
  step: {type: string}
  code: {type: string}
  attempt: {type: integer}
"""
_ENDS = {"run": "run", "workflow": "workflow", "each": "output.each", "code": "code", "message": "message"}
_CALLS = {"sku": "with.sku", "taken": "output.taken", "step": "step", "code": "code", "attempt": "attempt"}
ENDS = ("everything.started", "everything.completed", "everything.failed", "everything.cancelled")
CALLS = ("shop.take.completed", "shop.untake.completed", "shop.sold-out", "shop.unavailable", "shop.seen")


def event_type(name: str) -> EventType:
    """One with the members that a test reads."""
    text, sources = (_ORDER, _ENDS) if name.partition(".")[2] in ("started", "completed") else (_CALL, _CALLS)
    if name in ENDS or name.startswith("flow"):
        text, sources = _ORDER, _ENDS
    document = read_yaml(text.encode(), "events.yaml")
    assert document.root is not None
    schema = decode_schema(document.root, UTC).schema
    assert schema is not None
    paths = {(name,): tuple(path.split(".")) for name, path in sources.items()}
    return EventType(name, schema, Span("events.yaml", 1, 1, 2), paths)


@dataclass
class Store:
    """What was told, and what a store makes of it."""

    told: list[CloudEvent] = field(default_factory=list)

    def tell(self, events: Iterable[CloudEvent]) -> None:
        self.told += events

    @property
    def kept(self) -> dict[tuple[str, str], CloudEvent]:
        """By name, the first of each; another of that name must say the same."""
        found: dict[tuple[str, str], CloudEvent] = {}
        for each in self.told:
            assert found.setdefault((each.source, each.id), each) == each
        return found

    def types(self) -> list[str]:
        return [each.type for each in self.kept.values()]


@dataclass
class Telling(Carried):
    """A run that tells its events; each start is a process of its own, unless ``teller`` is kept."""

    store: Store = field(default_factory=Store)

    def begin(self) -> None:
        self.tell = Teller(self.store.tell).tell


def telling(workflow: str = EVERYTHING, types: Iterable[str] = (*ENDS, *CALLS), **more: Any) -> Telling:
    shop = Shop()
    project = live_project(shop, workflow)
    declared = {name: event_type(name) for name in types}
    made = Telling(shop, replace(project, events=declared), **more)
    made.begin()
    return made


def everything(**more: Any) -> Telling:
    found = telling(**more)
    found.signal("approval", {"verdict": "agree"})
    found.signal("paid", {"sum": Decimal("7.50")})
    return found


def emits(shop: Telling, **ids: str) -> None:
    async def take(call: StepCall) -> Mapping[str, Any]:
        call.emit("shop.seen", {"sku": call.input["sku"], "attempt": call.attempt}, **ids)
        return {"taken": call.key, "cost": 1.25}

    shop.shop.does["shop.take"] = take


def by_type(shop: Telling, type_: str) -> list[CloudEvent]:
    return [each for each in shop.store.kept.values() if each.type == type_]


def test_a_run_tells_its_beginning_its_calls_and_its_end_with_what_is_declared() -> None:
    shop = everything()
    assert asyncio.run(shop.end()).output == OUTPUT
    took = ["shop.take.completed"] * 3
    assert shop.store.types() == ["everything.started", *took, "everything.completed"]
    (began,) = by_type(shop, "everything.started")
    assert (began.source, began.id, began.time) == ("/runs/run-7", "started", shop.at)
    told = {
        "order": {"total": 4, "placed_at": "2026-11-27T08:00:00Z"},
        "run": "run-7",
        "workflow": "everything",
    }
    assert began.data == told
    (end,) = by_type(shop, "everything.completed")
    assert (end.id, end.data) == ("ended", {**told, "each": Decimal("2.5")})
    taken = by_type(shop, "shop.take.completed")
    assert {each.data["sku"] for each in taken} == {"MUG", "CAP", "PEN"}
    for each in taken:
        assert each.data["taken"].startswith("run-7/lines/")
        assert each.data["order"] == {"total": 4}
        assert (each.data["step"], each.data["attempt"]) == ("shop.take", 1)
        assert "code" not in each.data
    assert len({each.id for each in taken}) == 3


def test_a_failed_attempt_tells_its_code_and_a_failed_run_its_problem() -> None:
    steps = """
take:
  call: shop.take
  with: {sku: MUG}
  retry: {on: [unavailable], attempts: 2, delay: 1ms, jitter: none}
"""
    shop = telling(flow(steps), ("shop.unavailable", "shop.sold-out", "flow.failed"))
    errors = [StepError("unavailable", "closed"), StepError("rejected", "none left", code="sold-out")]

    async def fails(call: StepCall) -> Any:
        call.emit("shop.unknown", {})
        raise errors.pop(0)

    shop.shop.does["shop.take"] = fails
    assert asyncio.run(shop.end()).status == "failed"
    told = [each for each in shop.store.kept.values() if each.type != "shop.unknown"]
    assert [each.type for each in told] == ["shop.unavailable", "shop.sold-out", "flow.failed"]
    assert [each.data.get("attempt") for each in told] == [1, 2, None]
    assert told[1].data["code"] == "sold-out"
    assert (told[2].data["code"], told[2].data["message"]) == ("sold-out", "none left")
    assert len(by_type(shop, "shop.unknown")) == 2, "whether it is declared is for the store to say"


def test_an_undo_tells_what_its_step_tells() -> None:
    steps = """
take: {call: shop.take, with: {sku: MUG}, undo: shop.untake}
charge: {call: shop.charge}
"""
    shop = telling(flow(steps), ("shop.untake.completed", "flow.failed"))

    async def declined(call: StepCall) -> Any:
        raise StepError("rejected", "no", code="sold-out")

    shop.shop.does["shop.charge"] = declined
    asyncio.run(shop.end())
    assert shop.store.types() == ["shop.untake.completed", "flow.failed"]


def test_a_project_that_declares_no_events_tells_none() -> None:
    shop = everything(types=())
    emits(shop)
    asyncio.run(shop.end())
    assert shop.store.told == []


def test_what_steps_emit_is_told_before_their_attempt_from_a_source_of_their_own() -> None:
    shop = everything()
    emits(shop)
    asyncio.run(shop.end())
    seen = by_type(shop, "shop.seen")
    assert {each.source for each in seen} == {f"/runs/run-7/lines/{number}/take" for number in range(3)}
    assert {each.data["sku"] for each in seen} == {"MUG", "CAP", "PEN"}
    types = shop.store.types()
    assert types.index("shop.seen") < types.index("shop.take.completed")
    other = everything()
    emits(other, id="mine")
    asyncio.run(other.end())
    assert {each.id for each in by_type(other, "shop.seen")} == {"mine"}
    assert len(by_type(other, "shop.seen")) == 3


def test_an_id_that_a_later_attempt_gives_again_tells_nothing_new() -> None:
    steps = """
take:
  call: shop.take
  with: {sku: MUG}
  retry: {on: [unavailable], attempts: 3, delay: 1ms, jitter: none}
"""

    def run(**ids: str) -> Telling:
        shop = telling(flow(steps), ("shop.seen",))

        async def awhile(call: StepCall) -> Any:
            call.emit("shop.seen", {"sku": "MUG"}, **ids)
            if call.attempt < 3:
                raise StepError("unavailable", "closed")
            return {}

        shop.shop.does["shop.take"] = awhile
        asyncio.run(shop.end())
        return shop

    assert len({(each.source, each.id) for each in run(id="gateway-1").store.told}) == 1
    assert len({(each.source, each.id) for each in run().store.told}) == 3


@pytest.mark.parametrize("kept", [True, False], ids=["just after", "just before"])
def test_wherever_the_power_goes_each_event_is_told_and_says_the_same(kept: bool) -> None:
    whole = everything()
    emits(whole)
    asyncio.run(whole.end())
    expected = {(each.type, each.source) for each in whole.store.kept.values()}
    for cut in range(len(whole.journal.records)):
        shop = everything()
        emits(shop)
        shop.journal.cut, shop.journal.kept = cut, kept
        with pytest.raises(PowerCut):
            asyncio.run(shop.end())
        answered = {Record.thaw(read_json(each)).id for each in shop.journal.records}
        told = {each.id.removeprefix("attempt/") for each in shop.store.told if "attempt/" in each.id}
        assert told <= answered, "nothing is told that is not recorded"
        shop.journal.cut = None
        shop.begin()
        asyncio.run(shop.end())
        assert {(each.type, each.source) for each in shop.store.kept.values()} == expected, cut
        assert len(shop.store.kept) == len(whole.store.kept)


def test_a_process_that_is_gone_had_told_what_the_records_say() -> None:
    """So whoever reads them can tell it again."""
    shop = everything()
    emits(shop)
    asyncio.run(shop.end())
    lived, shop.store.told = list(shop.store.kept.values()), []
    shop.start()
    assert shop.live is not None
    again = list(told_by(shop.live.drive, [Record.thaw(read_json(each)) for each in shop.journal.records]))
    assert again == lived


def test_a_run_that_goes_on_in_the_same_process_tells_only_what_is_new() -> None:
    shop = telling(
        flow("""
take: {call: shop.take, with: {sku: MUG}}
ask: {wait: approval, payload: {verdict: {enum: [agree]}}}
again: {call: shop.take, with: {sku: CAP}}
"""),
        ("flow.started", "flow.completed", "shop.take.completed"),
    )
    shop.orders("pause")
    with pytest.raises(Rested):
        asyncio.run(rested(shop))
    first = [each.type for each in shop.store.told]
    shop.orders("resume")
    shop.signal("approval", {"verdict": "agree"})
    asyncio.run(shop.end())
    types = [each.type for each in shop.store.told]
    assert types == ["flow.started", "shop.take.completed", "shop.take.completed", "flow.completed"]
    assert types[: len(first)] == first
    told = len(shop.store.told)
    shop.begin()
    asyncio.run(shop.end())
    assert len(shop.store.told) == 2 * told, "another process does not know what was told"
    assert len(shop.store.kept) == told


async def rested(shop: Telling) -> None:
    """Carry the run out until it has nothing more to do, and end the process."""
    live = shop.start()
    task = asyncio.create_task(live.carry_out(shop.journal))
    await shop.until(lambda live: live.status in ("paused", "waiting"))
    task.cancel()
    raise Rested


def test_the_teller_keeps_count_of_many_runs() -> None:
    store = Store()
    teller = Teller(store.tell)
    event = CloudEvent("1", "/runs/r", "a", {})
    for number in range(30_000):
        assert teller.tell(f"r{number}", 0, [event]) == 1
    assert teller.tell("r29999", 0, [event, event]) == 2
    assert len(store.told) == 30_001
    assert teller.tell("r0", 0, [event]) == 1, "it was long ago, so it is told again"
    assert len(store.told) == 30_002


def test_the_input_of_the_run_is_that_of_its_order() -> None:
    shop = telling(flow("nap: {sleep: 1ms}"), ("flow.started", "flow.completed"))
    asyncio.run(shop.end(order(total=Decimal("12.50"))))
    assert [each.data["order"]["total"] for each in shop.store.told] == [Decimal("12.5")] * 2
