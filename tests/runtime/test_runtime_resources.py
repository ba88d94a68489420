"""Resources: calls are admitted within limits that all processes share, and not while a service is not well.

Two `Resources` of different executors on one database stand for two processes.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from rulesflow.runtime.database import RESOURCES, Database
from rulesflow.runtime.resources import NotAdmitted, Permit, Resources
from rulesflow.workflows.resource import Breaker, Resource
from rulesflow.workflows.step import ErrorClass
from serving import wait_until

UNAVAILABLE, TIMEOUT = ErrorClass.UNAVAILABLE, ErrorClass.TIMEOUT
QUICK = Breaker(window=60, rest=0.05, longest_rest=0.2)
PATIENT = Breaker(window=60, rest=600, longest_rest=600)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = Database(database_url)
    yield opened
    opened.close()


@pytest.fixture
def process(database: Database) -> Iterator[Callable[..., Resources]]:
    """Makes what another process would have."""
    made: list[Resources] = []

    def make(*known: Resource, slots: int = 100) -> Resources:
        resources = Resources(
            database, f"executor {len(made)}", lambda: {each.name: each for each in known}, slots
        )
        resources.tick()
        made.append(resources)
        return resources

    yield make
    for each in made:
        each.leave()


async def admitted(resources: Resources, **asked: Any) -> Permit:
    given = {"priority": 5.0, "age": 0, "probe": False, "parks": True} | asked
    return await resources.admit("payment", **given)


def call(resources: Resources, error: ErrorClass | None = None, seconds: float = 0.01, **asked: Any) -> bool:
    """Make a call that ends so; whether the resource is not well now."""

    async def once() -> bool:
        return (await admitted(resources, **asked)).done(error, seconds)

    return asyncio.run(once())


def refused(resources: Resources, **asked: Any) -> NotAdmitted:
    with pytest.raises(NotAdmitted) as caught:
        call(resources, **asked)
    return caught.value


def trip(resources: Resources) -> None:
    for _ in range(5):
        call(resources, UNAVAILABLE)


def ticking(resources: Resources, done: Callable[[], bool]) -> None:
    """Until something is so."""

    def look() -> bool:
        resources.tick()
        return done()

    wait_until(look)


@asynccontextmanager
async def going_on(*processes: Resources) -> AsyncIterator[None]:
    """Each process looks after its resources meanwhile."""
    stop = threading.Event()

    def look(resources: Resources) -> None:
        while not stop.wait(0.02):
            resources.tick()

    threads = [threading.Thread(target=look, args=(each,)) for each in processes]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            await asyncio.to_thread(thread.join)


@dataclass
class Service:
    """Counts the calls that are at it."""

    most: int = 0
    now: int = 0
    begun: list[float] = field(default_factory=list)

    async def call(self, resources: Resources, seconds: float, **asked: Any) -> None:
        permit = await admitted(resources, **asked)
        self.now += 1
        self.most = max(self.most, self.now)
        self.begun.append(time.monotonic())
        await asyncio.sleep(seconds)
        self.now -= 1
        permit.done(None, seconds)


# -- the breaker -----------------------------------------------------------------------------------------


def test_calls_that_fail_open_the_breaker_for_every_process(process: Callable[..., Resources]) -> None:
    ours, theirs = (
        process(Resource("payment", breaker=PATIENT)),
        process(Resource("payment", breaker=PATIENT)),
    )
    told = [call(ours, error) for error in (None, None, UNAVAILABLE, UNAVAILABLE, TIMEOUT)]
    assert told == [False, False, False, False, True]
    assert ours.state("payment") == "open"
    ticking(theirs, lambda: theirs.state("payment") == "open")
    problem = refused(theirs).problem
    assert (problem.error_class, problem.code) == (UNAVAILABLE, "circuit-open")
    assert "3 of 5 calls within 60 s failed (unavailable 2, timeout 1)" in problem.message
    assert problem.message.startswith("payment is not called since ")
    assert problem.retry_after is not None
    assert 500 < problem.retry_after <= 600


def test_calls_of_several_processes_count_together(process: Callable[..., Resources]) -> None:
    ours, theirs = (
        process(Resource("payment", breaker=PATIENT)),
        process(Resource("payment", breaker=PATIENT)),
    )
    for each in (ours, ours, theirs):
        call(each, UNAVAILABLE)
    theirs.tick()
    ours.tick()
    call(ours, UNAVAILABLE)
    assert ours.state("payment") == "closed"
    assert call(ours, UNAVAILABLE)


def test_what_is_no_failure_of_the_service_opens_nothing(process: Callable[..., Resources]) -> None:
    ours = process(Resource("payment", breaker=PATIENT))
    for error in (ErrorClass.REJECTED, ErrorClass.CONFLICT, ErrorClass.INVALID, ErrorClass.INTERNAL) * 5:
        assert not call(ours, error)
    (shown,) = ours.shown()
    assert shown["window"]["by_class"] == {"rejected": 5, "conflict": 5, "invalid": 5, "internal": 5}
    assert (shown["window"]["calls"], shown["window"]["failed"]) == (15, 0)


def test_slow_calls_open_the_breaker_too(process: Callable[..., Resources]) -> None:
    ours = process(Resource("payment", breaker=Breaker(window=60, slow=1.0)))
    assert [call(ours, seconds=2.0) for _ in range(5)][-1]
    assert "(slow 5)" in refused(ours).problem.message


def test_of_several_processes_one_tries_the_resource(process: Callable[..., Resources]) -> None:
    several = [process(Resource("payment", breaker=QUICK)) for _ in range(4)]
    trip(several[0])
    for each in several:
        ticking(each, lambda each=each: each.state("payment") == "open")  # type: ignore[misc]
    time.sleep(0.1)
    won: list[str] = []
    start = threading.Barrier(4)

    def look(resources: Resources) -> None:
        start.wait()
        won.extend(resources.due())

    threads = [threading.Thread(target=look, args=(each,)) for each in several]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert won == ["payment"]
    assert sum(each.grant("payment", 10) for each in several) == 1


def half_opened(process: Callable[..., Resources], count: int = 1) -> list[Resources]:
    several = [process(Resource("payment", breaker=QUICK)) for _ in range(count)]
    trip(several[0])
    ticking(several[0], lambda: several[0].due() == ["payment"])
    for each in several:
        each.tick()
    return several


def test_a_probe_that_succeeds_closes_the_breaker_and_old_failures_are_forgotten(
    process: Callable[..., Resources],
) -> None:
    ours, theirs = half_opened(process, 2)
    refused(ours)
    assert not call(ours, probe=True)
    assert ours.state("payment") == "closed"
    ticking(theirs, lambda: theirs.state("payment") == "closed")
    for each in (ours, theirs):
        each.tick()
        assert not call(each, UNAVAILABLE)
    (shown,) = theirs.shown()
    assert (shown["state"], shown["drain_rate"], shown["problem"]) == ("closed", 1.0, None)


def test_a_probe_that_fails_opens_the_breaker_for_longer(process: Callable[..., Resources]) -> None:
    (ours,) = half_opened(process)
    before = ours.shown()[0]
    assert call(ours, TIMEOUT, probe=True)
    ticking(ours, lambda: ours.shown()[0]["next_probe"] is not None)
    after = ours.shown()[0]
    assert (after["state"], after["since"]) == ("open", before["since"])
    assert "5 of 5 calls" in refused(ours, probe=True).problem.message


def test_a_call_from_before_tells_nothing_of_the_probe_or_of_the_time_after(
    process: Callable[..., Resources],
) -> None:
    async def scenario() -> None:
        ours = process(Resource("payment", breaker=QUICK))
        late = [await admitted(ours) for _ in range(12)]
        for permit in late[:5]:
            permit.done(UNAVAILABLE, 0.01)
        await asyncio.to_thread(ticking, ours, lambda: ours.due() == ["payment"])
        assert late[5].done(None, 10.0)
        assert ours.state("payment") == "half-open"
        (await admitted(ours, probe=True)).done(None, 0.01)
        await asyncio.to_thread(ticking, ours, lambda: ours.state("payment") == "closed")
        for permit in late[6:]:
            assert not permit.done(TIMEOUT, 10.0)
        assert ours.state("payment") == "closed"

    asyncio.run(scenario())


def test_steps_that_do_not_park_try_a_half_open_resource_one_at_a_time(
    process: Callable[..., Resources],
) -> None:
    async def scenario() -> None:
        (ours,) = await asyncio.to_thread(half_opened, process)
        first = await admitted(ours, parks=False)
        with pytest.raises(NotAdmitted):
            await admitted(ours, parks=False)
        first.drop()
        assert not (await admitted(ours, parks=False)).done(None, 0.01)
        assert ours.state("payment") == "closed"

    asyncio.run(scenario())


def test_a_resource_is_tried_only_once_its_health_check_says_yes(process: Callable[..., Resources]) -> None:
    answers = iter([False, True])
    ours = process(Resource("payment", health=lambda: next(answers), breaker=QUICK))
    trip(ours)
    ticking(ours, lambda: ours.due() == ["payment"])
    assert next(answers, None) is None
    assert ours.state("payment") == "half-open"


def test_an_asynchronous_health_check_runs_in_the_engines_loop(process: Callable[..., Resources]) -> None:
    loops: list[object] = []

    async def well() -> bool:
        loops.append(asyncio.get_running_loop())
        return True

    async def scenario() -> None:
        ours = process(Resource("payment", health=well, breaker=QUICK))
        await ours.attach()
        for _ in range(5):
            (await admitted(ours)).done(UNAVAILABLE, 0.01)
        await asyncio.to_thread(ticking, ours, lambda: ours.due() == ["payment"])
        assert loops == [asyncio.get_running_loop()]

    asyncio.run(scenario())


def test_while_a_health_check_hangs_or_raises_the_resource_is_not_called(
    process: Callable[..., Resources], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rulesflow.runtime.healthchecks.TIMEOUT", 0.05)
    hangs = threading.Event()
    asked: list[bool] = []

    def check() -> bool:
        asked.append(True)
        if len(asked) == 1:
            raise SystemExit(3)
        return hangs.wait()

    ours = process(Resource("payment", health=check, breaker=QUICK))
    trip(ours)
    ticking(ours, lambda: ours.due() == [] and len(asked) == 2)
    hangs_since = ours.shown()[0]["next_probe"]
    ticking(ours, lambda: ours.due() == [] and ours.shown()[0]["next_probe"] > hangs_since)
    assert ours.state("payment") == "open"
    hangs.set()
    ticking(ours, lambda: ours.due() == ["payment"])


def test_who_waits_is_turned_away_when_the_breaker_opens(process: Callable[..., Resources]) -> None:
    async def scenario() -> None:
        ours = process(Resource("payment", breaker=PATIENT), Resource("stock"), slots=5)
        calls = [await admitted(ours) for _ in range(5)]
        waiting = [asyncio.create_task(admitted(ours)) for _ in range(3)]
        other = asyncio.create_task(ours.admit("stock", priority=9, age=0, probe=False, parks=True))
        await asyncio.sleep(0)
        for permit in calls:
            permit.done(UNAVAILABLE, 0.01)
        assert [type(each) for each in await asyncio.gather(*waiting, return_exceptions=True)] == [
            NotAdmitted
        ] * 3
        (await other).done(None, 0.01)
        assert ours.shown()[0]["waiting"] == ours.shown()[0]["in_flight"] == 0

    asyncio.run(scenario())


# -- what an operator presses ----------------------------------------------------------------------------


def test_an_operator_opens_and_closes(process: Callable[..., Resources]) -> None:
    ours, theirs = process(Resource("payment", breaker=QUICK)), process(Resource("payment", breaker=QUICK))
    ours.order("payment", "open", "it moves tonight")
    theirs.tick()
    time.sleep(0.1)
    assert theirs.due() == []
    assert "opened by hand (it moves tonight)" in refused(theirs).problem.message
    assert refused(ours).problem.retry_after is None
    assert theirs.shown()[0]["forced"]
    theirs.order("payment", "close", "")
    ours.tick()
    assert not call(ours)


def test_an_operator_has_it_tried_at_once(process: Callable[..., Resources]) -> None:
    ours = process(Resource("payment", breaker=PATIENT))
    trip(ours)
    assert ours.due() == []
    ours.order("payment", "probe", "")
    assert ours.due() == ["payment"]
    ours.order("payment", "probe", "")
    assert ours.state("payment") == "half-open"


def test_an_unknown_order_is_refused(process: Callable[..., Resources]) -> None:
    with pytest.raises(ValueError, match="explode"):
        process(Resource("payment")).order("payment", "explode", "")


# -- parked runs -----------------------------------------------------------------------------------------


def test_parked_runs_go_faster_by_the_second_up_to_the_limit(
    process: Callable[..., Resources], database: Database
) -> None:
    ours, theirs = process(Resource("payment", drain=5)), process(Resource("payment", drain=5))
    ours.order("payment", "open", "")
    assert ours.grant("payment", 10) == 0
    ours.order("payment", "close", "")
    rates = []
    for _ in range(4):
        backdate(database, drain_at=10_000_000)
        for each in (ours, theirs):
            each.tick()
        rates.append(theirs.shown()[0]["drain_rate"])
    assert rates == [2.0, 4.0, 5.0, 5.0]


def backdate(database: Database, **micros: int) -> None:
    """Let so much time have passed since what a column says."""
    values = {name: sa.text(f"{name} - {passed}") for name, passed in micros.items()}
    with database.writing() as connection:
        connection.execute(sa.update(RESOURCES).values(**values))


def test_parked_runs_go_slower_while_calls_fail(
    process: Callable[..., Resources], database: Database
) -> None:
    ours = process(Resource("payment", drain=8, breaker=Breaker(window=60, calls=1000)))
    with database.writing() as connection:
        connection.execute(sa.update(RESOURCES).values(drain_rate=8.0))
    ours.tick()
    assert ours.grant("payment", 1) == 1
    call(ours, UNAVAILABLE)
    ours.tick()
    assert ours.shown()[0]["drain_rate"] == 4.0


def test_of_a_drain_rate_all_processes_have_their_part(
    process: Callable[..., Resources], database: Database
) -> None:
    several = [process(Resource("payment", drain=20)) for _ in range(3)]
    for each in several:
        each.grant("payment", 100)
    started = time.monotonic()
    granted = 0
    while (passed := time.monotonic() - started) < 1.0:
        granted += sum(each.grant("payment", 3) for each in several)
        time.sleep(0.01)
    assert granted <= 20 * passed + 1
    assert granted >= 10


# -- limits ----------------------------------------------------------------------------------------------


def test_all_processes_together_keep_the_concurrency(process: Callable[..., Resources]) -> None:
    several = [process(Resource("payment", concurrency=5)) for _ in range(3)]
    service = Service()

    async def scenario() -> None:
        async with going_on(*several), asyncio.timeout(60):
            await asyncio.gather(*(service.call(each, 0.02) for each in several for _ in range(40)))

    asyncio.run(scenario())
    assert len(service.begun) == 120
    assert 1 <= service.most <= 5


def test_one_permit_goes_round(process: Callable[..., Resources]) -> None:
    several = [process(Resource("payment", concurrency=1)) for _ in range(2)]
    services = [Service() for _ in several]

    async def keep_busy(resources: Resources, service: Service) -> None:
        while min(len(each.begun) for each in services) < 3:
            await asyncio.gather(*(service.call(resources, 0.01) for _ in range(3)))

    async def scenario() -> None:
        async with going_on(*several), asyncio.timeout(60):
            await asyncio.gather(*map(keep_busy, several, services))

    asyncio.run(scenario())


def test_all_processes_together_keep_the_rate(process: Callable[..., Resources]) -> None:
    several = [process(Resource("payment", rate=50)) for _ in range(2)]
    service = Service()

    async def scenario() -> None:
        async with going_on(*several), asyncio.timeout(60):
            await asyncio.gather(*(service.call(each, 0.0) for each in several for _ in range(40)))

    asyncio.run(scenario())
    begun = sorted(service.begun)
    assert len(begun) == 80
    assert begun[-1] - begun[0] >= 79 / 50 - 0.5


def test_permits_of_a_process_that_is_gone_are_free_again(process: Callable[..., Resources]) -> None:
    async def scenario() -> None:
        gone, ours = process(Resource("payment", concurrency=2)), process(Resource("payment", concurrency=2))
        async with going_on(ours), asyncio.timeout(60):
            held = [await admitted(gone) for _ in range(2)]
            waiting = asyncio.create_task(admitted(ours))
            await asyncio.sleep(0.2)
            assert not waiting.done()
            await asyncio.to_thread(ours.forget, ["executor 0"])
            (await waiting).done(None, 0.01)
        await asyncio.to_thread(gone.tick)
        for permit in held:
            permit.done(None, 0.01)

    asyncio.run(scenario())


def test_a_limit_that_is_lifted_lets_everybody_in(
    process: Callable[..., Resources], database: Database
) -> None:
    known = {"payment": Resource("payment", concurrency=1)}

    async def scenario() -> None:
        ours = Resources(database, "ours", lambda: known, 100)
        async with asyncio.timeout(60):
            async with going_on(ours):
                first = await admitted(ours)
                waiting = asyncio.create_task(admitted(ours))
                await asyncio.sleep(0.1)
                assert not waiting.done()
                known["payment"] = Resource("payment")
                (await waiting).done(None, 0.01)
                first.done(None, 0.01)
        await asyncio.to_thread(ours.leave)

    asyncio.run(scenario())


def test_a_waiter_that_is_cancelled_leaves_nothing_behind(process: Callable[..., Resources]) -> None:
    async def scenario() -> None:
        ours = process(Resource("payment", concurrency=1), slots=1)
        async with going_on(ours), asyncio.timeout(60):
            first = await admitted(ours)
            waiting = [asyncio.create_task(admitted(ours)) for _ in range(5)]
            await asyncio.sleep(0.1)
            for each in waiting[:4]:
                each.cancel()
            first.done(None, 0.01)
            (await waiting[4]).done(None, 0.01)
            (shown,) = await asyncio.to_thread(ours.shown)
            assert (shown["in_flight"], shown["waiting"]) == (0, 0)

    asyncio.run(scenario())


# -- the database ----------------------------------------------------------------------------------------


def counted(database: Database) -> list[str]:
    statements: list[str] = []
    sa.event.listen(
        database.engine, "before_cursor_execute", lambda _c, _r, statement, *_: statements.append(statement)
    )
    return statements


def test_a_call_of_a_resource_that_is_well_costs_the_database_nothing(
    process: Callable[..., Resources], database: Database
) -> None:
    ours = process(Resource("payment"))
    statements = counted(database)
    for _ in range(50):
        call(ours)
    assert statements == []


def test_permits_that_are_held_cost_the_database_nothing(
    process: Callable[..., Resources], database: Database
) -> None:
    ours = process(Resource("payment", concurrency=3))

    async def scenario() -> None:
        (await admitted(ours)).done(None, 0.01)
        statements = counted(database)
        for _ in range(50):
            (await admitted(ours)).done(None, 0.01)
        assert statements == []

    asyncio.run(scenario())


def test_calls_that_wait_for_others_to_end_cost_the_database_nothing(
    process: Callable[..., Resources], database: Database
) -> None:
    ours = process(Resource("payment", concurrency=3))
    service = Service()

    async def scenario() -> None:
        await asyncio.gather(*(service.call(ours, 0.01) for _ in range(9)))
        statements = counted(database)
        await asyncio.gather(*(service.call(ours, 0.001) for _ in range(200)))
        assert statements == []
        assert service.most == 3

    asyncio.run(scenario())


def test_processes_that_compete_write_nothing_while_their_shares_stay(
    process: Callable[..., Resources], database: Database
) -> None:
    several = [process(Resource("payment", concurrency=4, breaker=PATIENT)) for _ in range(2)]
    service = Service()
    ends = asyncio.Event()

    async def busy(resources: Resources) -> None:
        while not ends.is_set():
            await service.call(resources, 0.002)

    async def look(times: int) -> None:
        for _ in range(times):
            for each in several:
                await asyncio.to_thread(each.tick)

    async def scenario() -> None:
        calls = [asyncio.create_task(busy(each)) for each in several for _ in range(6)]
        await look(10)
        statements = counted(database)
        await look(10)
        ends.set()
        await asyncio.gather(*calls)
        shares = [each for each in statements if "permits=" in each.replace(" ", "")]
        assert (shares, service.most) == ([], 4)

    asyncio.run(scenario())


def test_turns_are_reserved_several_at_a_time(process: Callable[..., Resources], database: Database) -> None:
    ours = process(Resource("payment", rate=400))
    statements = counted(database)

    async def scenario() -> None:
        for _ in range(200):
            (await admitted(ours)).done(None, 0.001)

    asyncio.run(scenario())
    assert sum("call_next=" in each for each in statements) < 50


def test_a_look_at_idle_resources_is_one_statement(
    process: Callable[..., Resources], database: Database
) -> None:
    ours = process(Resource("payment", concurrency=3, rate=5), Resource("stock"))
    statements = counted(database)
    ours.tick()
    assert len(statements) == 1


def test_without_the_database_calls_go_on_by_what_was_known(
    process: Callable[..., Resources], database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = process(Resource("payment", concurrency=2, breaker=QUICK))
    call(ours)

    def away(*_: object) -> None:
        raise OperationalError("", None, Exception("away"))

    monkeypatch.setattr(database.engine, "connect", away)
    monkeypatch.setattr(database.engine, "begin", away)
    with pytest.raises(OperationalError):
        ours.tick()
    for _ in range(4):
        call(ours, UNAVAILABLE)
    assert ours.state("payment") == "open"
    refused(ours)
    monkeypatch.undo()
    ticking(ours, lambda: ours.due() == ["payment"])
    assert not call(ours, probe=True)


def test_what_is_shown_is_of_all_processes(process: Callable[..., Resources]) -> None:
    known = Resource("payment", concurrency=20, rate=100, breaker=PATIENT)
    ours, theirs = process(known), process(known)

    async def scenario() -> None:
        async with asyncio.timeout(60):
            permit = await admitted(theirs)
            (await admitted(theirs)).done(None, 0.1)
            (await admitted(ours)).done(TIMEOUT, 2.0)
            await asyncio.to_thread(theirs.tick)
            await asyncio.to_thread(ours.tick)
            (shown,) = await asyncio.to_thread(ours.shown)
            permit.drop()
        assert shown["limits"] == {"concurrency": 20, "rate": 100, "drain": 50.0}
        assert shown["in_flight"] == 1
        window = shown["window"]
        assert (window["calls"], window["failed"], window["by_class"]) == (2, 1, {"timeout": 1})
        assert 0.08 < window["p50"] < 0.13
        assert 1.6 < window["p95"] < 2.5
        assert shown["breaker"]["errors"] == ["unavailable", "timeout"]

    asyncio.run(scenario())
    assert ours.calls() == {"payment": {"timeout": 1}}
