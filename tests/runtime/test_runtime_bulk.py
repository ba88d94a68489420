"""Bulk orders: every run of a query once, no quicker than asked, and a count of how far it is."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, TypeVar

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from rulesflow.model.errors import Conflict, FactsRefused, UnknownName
from rulesflow.model.times import SECOND, Timestamp
from rulesflow.runtime.bulk import Bulk, Ground, applicable
from rulesflow.runtime.bulks import BulkOrder, Bulks
from rulesflow.runtime.database import BULKS, LEASES, Database
from rulesflow.runtime.listing import Entry, Listing
from rulesflow.runtime.orders import Order
from rulesflow.runtime.pace import Pace
from rulesflow.runtime.runquery import RunQuery
from rulesflow.workflows.commands import Action

CANCEL = Order(Action.CANCEL, reason="the sale is over")
RUNS = 101
WAITING = [f"r{number:04}" for number in range(RUNS) if number % 7]
T = TypeVar("T")


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = Database(database_url)
    yield opened
    opened.close()


@pytest.fixture
def listing(database: Database) -> Listing:
    """A list of a hundred and one runs, two of each moment."""
    listing = Listing(database)
    listing.start()
    for number in range(RUNS):
        put(listing, f"r{number:04}", "completed" if number % 7 == 0 else "waiting", number // 2)
    listing.stop()
    return Listing(database)


def put(listing: Listing, run: str, status: str, at: int) -> None:
    shown = Entry(run, "order", status, "d", Timestamp(at), Timestamp(at), version=1)
    listing.put(run, lambda: shown)


@dataclass
class Obeying:
    """Runs that are told. Some refuse, or worse; some take their time."""

    refuse: Callable[[str], Exception | None] = lambda run: None
    hold: Callable[[str], asyncio.Event | None] = lambda run: None
    told: list[tuple[str, Any, str | None, str]] = field(default_factory=list)
    at: list[float] = field(default_factory=list)
    now: int = 0
    most: int = 0

    @property
    def runs(self) -> list[str]:
        return [run for run, *_ in self.told]

    async def __call__(self, run: str, order: Any, *, key: str | None, caller: str, wait: bool) -> None:
        self.at.append(asyncio.get_running_loop().time())
        self.told.append((run, order, key, caller))
        self.now += 1
        self.most = max(self.most, self.now)
        held = self.hold(run)
        await (held.wait() if held else asyncio.sleep(0))
        self.now -= 1
        refused = self.refuse(run)
        if refused is not None:
            raise refused


class Process:
    """A process that carries out bulk orders, in the loop in which it is made; it has a lease."""

    def __init__(self, listing: Listing, obeying: Obeying, executor: str = "e1") -> None:
        loop = asyncio.get_running_loop()
        self.executor = executor
        self.bulks = Bulks(listing.database)
        self.tasks: list[asyncio.Future[None]] = []
        with listing.database.writing() as connection:
            row = {"executor": executor, "host": "h", "pid": 1, "born": "", "seen": 1}
            listing.database.insert_missing(LEASES, [row], connection)

        def submit(work: Any) -> Any:
            return asyncio.run_coroutine_threadsafe(self._keep(work), loop)

        self.bulk = Bulk(self.bulks, Ground(listing.all, obeying, submit, executor))

    async def _keep(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self.tasks.append(task)
        await task

    def die(self) -> None:
        """Be gone in the midst of it."""
        for task in self.tasks:
            task.cancel()

    async def begin(self, query: RunQuery | None = None, rate: float | None = None, **more: Any) -> str:
        given: dict[str, Any] = {"key": None, "caller": "Ada", **more}
        begun = await self.bulk.start(CANCEL, query or RunQuery(), rate, **given)
        return begun.id

    async def progress(self, bulk: str) -> dict[str, Any]:
        return await asyncio.to_thread(self.bulk.progress, bulk)

    async def over(self, bulk: str) -> dict[str, Any]:
        return await self.until(bulk, lambda progress: not progress["running"])

    async def until(self, bulk: str, state: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        async with asyncio.timeout(60):
            while not state(progress := await self.progress(bulk)):
                await asyncio.sleep(0.002)
        return progress


def play(work: Callable[[], Awaitable[T]]) -> T:
    async def played() -> T:
        return await work()

    return asyncio.run(played())


def carry_out(
    listing: Listing, obeying: Obeying, query: RunQuery | None = None, rate: float | None = None
) -> dict[str, Any]:
    async def work() -> dict[str, Any]:
        process = Process(listing, obeying)
        return await process.over(await process.begin(query, rate))

    return play(work)


# -- one order -------------------------------------------------------------------------------------------


def test_every_run_of_the_query_is_told_once_oldest_first(listing: Listing) -> None:
    obeying = Obeying()
    progress = carry_out(listing, obeying, RunQuery(status=("waiting",), workflow="order"))
    assert obeying.runs == WAITING
    assert {(order, caller) for _, order, _, caller in obeying.told} == {(CANCEL, "Ada")}
    assert {key for _, _, key, _ in obeying.told} == {f"bulk {progress['id']}"}
    assert progress == {
        "id": progress["id"],
        "action": "cancel",
        "filter": {"workflow": "order", "status": "waiting"},
        "count": len(WAITING),
        "done": len(WAITING),
        "failed": 0,
        "running": False,
        "cancelled": False,
        "rate": None,
        "caller": "Ada",
        "created_at": progress["created_at"],
        "ended_at": progress["ended_at"],
        "expected_end": None,
        "problems": [],
    }
    assert progress["created_at"] <= progress["ended_at"]


def test_runs_that_refuse_are_counted_with_the_last_reasons_and_the_others_go_on(listing: Listing) -> None:
    obeying = Obeying(lambda run: Conflict(f"{run} has ended") if run.endswith("3") else None)
    progress = carry_out(listing, obeying)
    refusing = [run for run in WAITING if run.endswith("3")]
    assert (progress["done"], progress["failed"]) == (len(WAITING) - len(refusing), len(refusing))
    assert progress["problems"] == [
        {"run": run, "code": "refused", "message": f"{run} has ended"} for run in refusing[-5:]
    ]


def test_a_database_that_is_away_for_a_while_makes_no_run_fail(listing: Listing) -> None:
    left = [2]

    def fails(run: str) -> Exception | None:
        if run == WAITING[3] and left[0]:
            left[0] -= 1
            return OperationalError("SELECT", {}, Exception("database is locked"))
        return None

    obeying = Obeying(fails)
    progress = carry_out(listing, obeying)
    assert (progress["done"], progress["failed"]) == (len(WAITING), 0)
    assert obeying.runs.count(WAITING[3]) == 3


def test_what_nobody_foresaw_counts_as_a_refusal(listing: Listing) -> None:
    progress = carry_out(
        listing, Obeying(lambda run: ZeroDivisionError() if run == WAITING[3] else None), RunQuery()
    )
    assert (progress["done"], progress["failed"]) == (len(WAITING) - 1, 1)
    assert progress["problems"][0]["message"] == "ZeroDivisionError"


def test_without_a_rate_eight_runs_are_told_at_a_time(listing: Listing) -> None:
    async def work() -> int:
        gate = asyncio.Event()
        obeying = Obeying(hold=lambda run: gate)
        process = Process(listing, obeying)
        begun = await process.begin()
        while obeying.now < 8:
            await asyncio.sleep(0.001)
        for _ in range(20):
            await asyncio.sleep(0)
        gate.set()
        assert (await process.over(begun))["done"] == len(WAITING)
        return obeying.most

    assert play(work) == 8


def test_no_run_is_told_before_its_turn(listing: Listing) -> None:
    """Each is due a hundredth after the one before; who is late may make up for it, by a tenth at most."""
    obeying = Obeying()
    carry_out(listing, obeying, rate=100)
    assert len(obeying.at) == len(WAITING)
    for number, at in enumerate(obeying.at):
        assert at - obeying.at[0] > number / 100 - 0.05


def test_progress_is_told_on_the_way_by_any_process_and_the_runs_before_it_have_all_answered(
    listing: Listing,
) -> None:
    async def work() -> None:
        gate = asyncio.Event()
        process = Process(listing, Obeying(hold=lambda run: gate if run == WAITING[10] else None))
        other = Process(listing, Obeying(), "e2")
        begun = await process.begin()
        shown = await other.until(begun, lambda progress: progress["done"] == 10)
        assert shown["running"]
        assert shown["expected_end"] > shown["created_at"]
        assert (await process.progress(begun))["done"] == 10
        gate.set()
        assert (await process.over(begun))["done"] == len(WAITING)
        assert (await other.over(begun))["done"] == len(WAITING)

    play(work)


def test_runs_that_come_to_fit_the_query_later_are_not_told(listing: Listing) -> None:
    async def work() -> None:
        gate = asyncio.Event()
        obeying = Obeying(hold=lambda run: gate)
        process = Process(listing, obeying)
        begun = await process.begin()
        put(listing, "late", "waiting", 10**18)
        put(listing, "r0098", "waiting", 49)  # it had completed
        await asyncio.to_thread(listing.catch_up)
        gate.set()
        assert (await process.over(begun))["count"] == len(WAITING)
        assert obeying.runs == WAITING

    play(work)


def test_one_that_is_cancelled_tells_no_further_run(listing: Listing) -> None:
    async def work() -> None:
        obeying = Obeying()
        process, other = Process(listing, obeying), Process(listing, Obeying(), "e2")
        begun = await process.begin(rate=0.01)  # the second one is due after a hundred seconds
        await process.until(begun, lambda progress: progress["done"] == 1)
        assert (await asyncio.to_thread(other.bulk.cancel, begun))["cancelled"]
        ended = await process.over(begun)
        assert (ended["done"], ended["cancelled"]) == (1, True)
        assert ended["ended_at"] is not None
        assert obeying.runs == WAITING[:1]
        assert (await asyncio.to_thread(other.bulk.cancel, begun))["ended_at"] == ended["ended_at"]

    play(work)


def test_one_that_has_ended_cannot_be_cancelled(listing: Listing) -> None:
    async def work() -> None:
        process = Process(listing, Obeying())
        begun = await process.begin()
        await process.over(begun)
        await asyncio.gather(*process.tasks)
        with pytest.raises(Conflict, match="has ended"):
            process.bulk.cancel(begun)

    play(work)


# -- processes -------------------------------------------------------------------------------------------


def test_what_a_process_leaves_behind_is_carried_on_from_there_and_counted_once(listing: Listing) -> None:
    async def work() -> None:
        gate = asyncio.Event()
        first = Obeying(
            lambda run: Conflict("no") if run == WAITING[2] else None,
            lambda run: gate if run == WAITING[20] else None,
        )
        dying = Process(listing, first)
        begun = await dying.begin()
        stored = dying.bulks
        async with asyncio.timeout(60):  # until it is written, once a second
            while (row := await asyncio.to_thread(stored.one, begun)) is None or row.done + row.failed < 20:
                await asyncio.sleep(0.01)
        assert (row.done, row.failed) == (19, 1)
        dying.die()
        second = Obeying()
        heir = Process(listing, second, "e2")
        await asyncio.to_thread(heir.bulk.adopt, ["e1"])
        ended = await heir.over(begun)
        assert (ended["count"], ended["done"], ended["failed"]) == (len(WAITING), len(WAITING) - 1, 1)
        assert second.runs == WAITING[20:]
        assert {key for *_, key, _ in first.told + second.told} == {f"bulk {begun}"}
        await asyncio.to_thread(heir.bulk.adopt, ["e1"])
        assert second.runs == WAITING[20:]

    play(work)


def test_what_belongs_to_nobody_is_resumed_and_what_others_do_is_left_alone(listing: Listing) -> None:
    async def work() -> None:
        gate = asyncio.Event()
        living, dead = (Process(listing, Obeying(hold=lambda _: gate), name) for name in ("e1", "e2"))
        kept, left = await living.begin(), await dead.begin()
        dead.die()
        with listing.database.writing() as connection:
            connection.execute(sa.delete(LEASES).where(LEASES.c.executor == "e2"))
        obeying = Obeying()
        heir = Process(listing, obeying, "e3")
        await asyncio.to_thread(heir.bulk.resume)
        await heir.over(left)
        assert {key for *_, key, _ in obeying.told} == {f"bulk {left}"}
        gate.set()
        assert (await living.over(kept))["done"] == len(WAITING)

    play(work)


def test_a_process_that_was_only_thought_gone_stops_once_another_has_taken_its_order(
    listing: Listing,
) -> None:
    async def work() -> None:
        obeying, other = Obeying(), Obeying()
        slow = Process(listing, obeying)
        begun = await slow.begin(rate=0.01)
        await slow.until(begun, lambda progress: progress["done"] == 1)
        heir = Process(listing, other, "e2")
        await asyncio.to_thread(heir.bulk.adopt, ["e1"])
        async with asyncio.timeout(60):
            await asyncio.gather(*slow.tasks)
        assert obeying.runs == WAITING[:1]
        assert (await slow.progress(begun))["running"]
        heir.die()

    play(work)


def test_one_that_was_cancelled_while_nobody_carried_it_out_ends_at_once(listing: Listing) -> None:
    async def work() -> None:
        dying = Process(listing, Obeying())
        begun = await dying.begin(rate=0.01)
        dying.die()
        obeying = Obeying()
        heir = Process(listing, obeying, "e2")
        await asyncio.to_thread(heir.bulk.cancel, begun)
        await asyncio.to_thread(heir.bulk.adopt, ["e1"])
        assert (await heir.over(begun))["cancelled"]
        assert obeying.told == []

    play(work)


def test_one_key_of_a_caller_is_one_bulk_order_whoever_is_asked(listing: Listing) -> None:
    async def work() -> None:
        obeying = Obeying()
        one, two = Process(listing, obeying), Process(listing, obeying, "e2")
        begun = await asyncio.gather(*(each.begin(key="k") for each in (one, two) * 4))
        (bulk,) = set(begun)
        await one.over(bulk)
        assert sorted(obeying.runs) == WAITING
        assert await two.begin(key="k", caller="Bob") != bulk
        for more in ({"rate": 5.0}, {"query": RunQuery(workflow="x")}):
            with pytest.raises(Conflict) as refused:
                await two.begin(key="k", **more)
            assert refused.value.faults[0].code == "key-reused"
        await asyncio.gather(*one.tasks, *two.tasks)

    play(work)


# -- what is stored --------------------------------------------------------------------------------------


def bulk_order(number: int, **more: Any) -> BulkOrder:
    at = Timestamp(number * SECOND)
    return replace(BulkOrder(f"b{number:04}", CANCEL, RunQuery(), "", None, 10, at, "e1"), **more)


def test_what_is_stored_is_read_back(database: Database) -> None:
    bulks = Bulks(database)
    given = {"at": Timestamp(7), "n": Decimal("1.5")}
    order = Order(Action.RETRY, "split/0/take", given, True, "it's \0", "latest")
    at, fields = (Timestamp(1), Timestamp(2)), {"order.id": "ä"}
    query = RunQuery("order", ("incident", "parked"), *at, fields, fingerprint="ab" * 8)
    problems = ({"run": "r", "code": "c", "message": "ü"},)
    whole = bulk_order(1, order=order, query=query, rate=0.1, done=3, failed=1, problems=problems)
    assert bulks.add(whole, [])
    assert not bulks.add(whole, ["r"])
    assert bulks.one("b0001") == whole
    assert whole.as_dict(Timestamp(SECOND))["expected_end"] == Timestamp(61 * SECOND)
    odd = bulk_order(2, query=RunQuery("\0", fields={"\ud800": "\0"}), caller="\0")
    assert bulks.add(odd, [])
    stored = bulks.one("b0002")
    assert stored is not None
    assert stored.same(odd)


def test_the_newest_come_first_page_by_page(database: Database) -> None:
    bulks = Bulks(database)
    for number in range(10):
        bulks.add(bulk_order(number), [])
    seen: list[str] = []
    cursor = None
    while True:
        page, cursor = bulks.page(4, cursor)
        seen += [each.id for each in page]
        if cursor is None:
            break
    assert seen == [f"b{number:04}" for number in reversed(range(10))]
    for wrong in ("", "x", "1", "1.", "-1.b", f"{1 << 63}.b", "1.\0"):
        with pytest.raises(FactsRefused, match="the filter cannot be read"):
            bulks.page(4, wrong)


def test_only_the_process_to_which_it_belongs_writes_how_far_it_is(database: Database) -> None:
    bulks = Bulks(database)
    bulks.add(bulk_order(1), ["r"])
    assert bulks.save(bulk_order(1, done=2)) is False
    assert bulks.save(bulk_order(1, done=9, executor="e2")) is None
    assert bulks.cancel("b0001")
    assert bulks.save(bulk_order(1, done=3)) is True
    assert bulks.save(bulk_order(1, done=3, running=False, ended_at=Timestamp(5))) is True
    assert bulks.save(bulk_order(1, done=4)) is None
    assert not bulks.cancel("b0001")
    stored = bulks.one("b0001")
    assert stored is not None
    assert (stored.done, stored.cancelled, stored.ended_at) == (3, True, Timestamp(5))


def test_the_runs_of_one_are_kept_in_their_order_until_it_ends(database: Database) -> None:
    bulks = Bulks(database)
    runs = [f"r{number:05}" for number in range(2500)]
    bulks.add(bulk_order(1), runs)
    bulks.add(bulk_order(2), runs[:1000])
    for through in (0, 1, 999, 1000, 1001, 2499, 2500, 3000):
        assert bulks.runs("b0001", through) == runs[through:]
    bulks.save(bulk_order(1, running=False))
    assert bulks.runs("b0001", 0) == []
    assert bulks.runs("b0002", 0) == runs[:1000]


def test_old_ones_that_have_ended_are_forgotten(database: Database) -> None:
    bulks = Bulks(database)
    rows = [
        {
            "id": f"x{number:05}",
            "order": "{}",
            "query": "{}",
            "caller": "",
            "count": 0,
            "problems": "[]",
            "running": number == 3,
            "created_at": number,
            "executor": "e1",
            "beat": 0,
        }
        for number in range(1005)
    ]
    with database.writing() as connection:
        connection.execute(sa.insert(BULKS), rows)
    bulks.add(bulk_order(1), ["r"])
    left = sorted(row.id for row in database.rows(sa.select(BULKS.c.id)))
    assert left == ["b0001", "x00003", *(f"x{number:05}" for number in range(6, 1005))]


@pytest.mark.parametrize("rate", [0, -1, float("nan"), -0.0])
def test_a_rate_that_is_none_is_refused(tmp_path: Any, rate: float) -> None:
    database = Database(f"sqlite:///{tmp_path / 'state.db'}")
    with pytest.raises(FactsRefused) as refused:
        carry_out(Listing(database), Obeying(), RunQuery(), rate)
    (fault,) = refused.value.faults
    assert (fault.pointer, fault.message) == ("/rate", "a rate is above 0: runs a second")
    database.close()


def test_a_bulk_order_that_is_not_known_is_said_to_be_none(listing: Listing) -> None:
    async def work() -> None:
        bulk = Process(listing, Obeying()).bulk
        for name in ("x", "\0", "\ud800"):
            for ask in (bulk.progress, bulk.cancel):
                with pytest.raises(UnknownName, match="there is no bulk order"):
                    ask(name)

    play(work)


# -- which runs, and how quickly -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("action", "status"),
    [
        (Action.RESUME, ("paused",)),
        (Action.RETRY, ("incident", "undoing")),
        (Action.CANCEL, ("queued", "running", "waiting", "parked", "incident", "paused")),
    ],
)
def test_without_a_status_those_are_meant_that_can_obey(action: Action, status: tuple[str, ...]) -> None:
    assert applicable(action, RunQuery()).status == status
    assert applicable(action, RunQuery(status=("failed",))).status == ("failed",)
    assert applicable(action, RunQuery(cursor="1.x", limit=1)).cursor is None


def test_a_retry_means_those_that_are_undone_only_if_an_undo_is_stuck(database: Database) -> None:
    listing = Listing(database)
    stuck = {"class": "invalid", "code": "invalid", "message": "no"}
    for run, status, problem in (
        ("a", "incident", stuck),
        ("b", "undoing", None),
        ("c", "undoing", stuck),
        ("d", "parked", None),
        ("e", "failed", stuck),
    ):
        shown = Entry(run, "order", status, "d", Timestamp(1), Timestamp(1), (), problem, version=1)
        listing.put(run, lambda shown=shown: shown)

    def meant(**query: Any) -> list[str]:
        return listing.all(applicable(Action.RETRY, RunQuery(**query)))

    assert meant() == ["a", "c"]
    assert meant(status=("undoing",)) == ["b", "c"]
    assert meant(status=("parked",)) == ["d"]


@pytest.mark.parametrize("rate", [20.0, 100.0, 333.0])
def test_never_are_more_than_a_tenth_above_the_rate_over_within_a_second(rate: float) -> None:
    """Nor when some of them take long and end together; by the clock of the loop, which the test moves."""

    async def work() -> list[float]:
        loop, pace, halt = asyncio.get_running_loop(), Pace(rate), asyncio.Event()
        clock = [0.0]
        loop.time = lambda: clock[0]  # type: ignore[method-assign]
        over: list[float] = []

        def passing() -> None:  # time passes whenever nothing else is to be done
            clock[0] += 0.0002
            if not halt.is_set():
                loop.call_soon(passing)

        def end() -> None:
            over.append(clock[0])
            pace.over()

        loop.call_soon(passing)
        while clock[0] < 6:
            await pace.turn(halt)
            if 2 < clock[0] < 2.4:
                loop.call_at(2.5, end)
            else:
                loop.call_later(0.01, end)
            if 3 < clock[0] < 3.1:
                clock[0] += 0.7
        halt.set()
        return over

    over = play(work)
    for first in over:
        assert sum(first <= each < first + 1 for each in over) <= rate * 1.1
    assert len(over) == pytest.approx(rate * 6, rel=0.12)


def test_no_turn_is_waited_for_once_there_is_to_be_none() -> None:
    async def work() -> None:
        pace, halt = Pace(0.001), asyncio.Event()
        await pace.turn(halt)
        waiting = asyncio.create_task(pace.turn(halt))
        await asyncio.sleep(0)
        halt.set()
        async with asyncio.timeout(60):
            await waiting

    play(work)
