"""Parked steps and runs that rest, over real databases."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings, strategies as st

from rulesflow.runtime.database import DORMANT, PARKED, Database
from rulesflow.runtime.durable import Claim
from rulesflow.runtime.inbox import Inbox, Kind
from rulesflow.runtime.parking import Laid, Parking, Place, Released, Rest, Terms

PLACE = Place("run-1", "charge/1/park#1", "payment", 5.0, age=100, since=200)
NOW = 10_000


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = Database(database_url)
    yield opened
    opened.close()


def parking(database: Database, executor: str = "me") -> Parking:
    return Parking(database, executor, lambda runs, _: Claim(executor, tuple(runs)))


def place(number: int, **more: object) -> Place:
    return replace(PLACE, run=f"run-{number}", age=number, **more)  # type: ignore[arg-type]


def lay(kept: Parking, *places: Place, wake_at: int | None = None, seen: int = 0) -> None:
    for each in places:
        assert kept.lay(Rest(each.run, (each,), wake_at, seen), lambda _: True) is Laid.RESTS


def release(
    kept: Parking, most: int = 100, resource: str = "payment", *, healthy_since: int = 0, probe: bool = False
) -> Released:
    return kept.release(resource, most, Terms(NOW, healthy_since, probe))


def ready(kept: Parking, resource: str = "payment", *, healthy_since: int = 0, probe: bool = False) -> bool:
    return kept.ready(resource, Terms(NOW, healthy_since, probe))


def steps(released: Released) -> int:
    """How many may go on."""
    return sum(map(len, [*released.here.values(), *released.woken.values()]))


def woken(released: Released) -> list[str]:
    return list(released.claim.runs)


def test_a_run_that_rests_is_claimed_when_its_step_is_let_go(database: Database) -> None:
    kept = parking(database)
    lay(kept, PLACE)
    assert (kept.counts(), kept.dormant(), kept.resources()) == ({"payment": (1, 200)}, 1, ["payment"])
    released = release(kept)
    assert released.woken == {"run-1": ("charge/1/park#1",)}
    assert (released.here, woken(released), steps(released)) == ({}, ["run-1"], 1)
    assert (kept.counts(), kept.dormant(), kept.resources()) == ({}, 0, [])


def test_smaller_priorities_go_first_then_older_runs(database: Database) -> None:
    kept = parking(database)
    lay(kept, place(3), place(1), place(2), place(9, priority=1.0))
    assert [set(release(kept, 1).woken) for _ in range(5)] == [
        {"run-9"},
        {"run-1"},
        {"run-2"},
        {"run-3"},
        set(),
    ]


def test_what_has_to_wait_is_ready_once_the_resource_has_been_well_since(database: Database) -> None:
    kept = parking(database)
    lay(kept, place(1, ready_at=NOW + 1), place(2))
    assert ready(kept) and set(release(kept).woken) == {"run-2"}
    assert not ready(kept) and ready(kept, probe=True)
    assert not ready(kept, healthy_since=PLACE.since) and ready(kept, healthy_since=PLACE.since + 1)
    assert steps(release(kept, healthy_since=PLACE.since)) == 0
    assert set(release(kept, healthy_since=PLACE.since + 1).woken) == {"run-1"}


def test_a_probe_takes_what_has_not_been_tried_or_else_what_was_tried_first(database: Database) -> None:
    kept = parking(database)
    lay(kept, place(1, tried_at=9), place(2, tried_at=8), place(3))
    assert [set(release(kept, 1, probe=True).woken) for _ in range(3)] == [{"run-3"}, {"run-2"}, {"run-1"}]


def test_other_resources_stay_parked(database: Database) -> None:
    kept = parking(database)
    lay(kept, place(1, resource="stock"), place(2))
    assert set(release(kept).woken) == {"run-2"}
    assert ready(kept, "stock") and not ready(kept)
    lay(kept, place(3), place(4), place(5, resource="zebra"))
    assert kept.resources() == ["payment", "stock", "zebra"]


def test_steps_of_a_run_that_goes_on_are_let_go_by_the_process_that_carries_it_out(
    database: Database,
) -> None:
    mine, other = parking(database), parking(database, "other")
    mine.hold("run-1", [PLACE], lambda _: True)
    assert not ready(other) and steps(release(other)) == 0
    assert release(mine).here == {"run-1": ("charge/1/park#1",)}


def test_a_process_that_has_lost_a_run_holds_nothing_of_it(database: Database) -> None:
    kept = parking(database)
    kept.hold("run-1", [PLACE], lambda _: False)
    assert kept.resources() == []
    assert kept.lay(Rest("run-1", (PLACE,), None, 0), lambda _: False) is Laid.LOST
    assert kept.resources() == [] and kept.dormant() == 0


def test_steps_of_a_process_that_is_gone_are_nobodys_until_their_runs_are_carried_on(
    database: Database,
) -> None:
    gone, heir = parking(database, "gone"), parking(database, "heir")
    gone.hold("run-1", [PLACE], lambda _: True)
    heir.disown(["heir", "gone"])
    assert not ready(heir)
    heir.disown(["heir"])
    assert ready(heir)
    assert steps(release(heir)) == 0  # the run does not rest: whoever carries it on writes it down anew
    heir.hold("run-1", [PLACE], lambda _: True)
    assert steps(release(heir)) == 1


def test_a_run_with_two_parked_steps_keeps_the_other_one(database: Database) -> None:
    kept = parking(database)
    second = replace(PLACE, command="stock/1/park#1", resource="stock")
    kept.lay(Rest("run-1", (PLACE, second), None, 0), lambda _: True)
    assert release(kept).woken == {"run-1": ("charge/1/park#1",)}
    rows = database.rows(sa.select(PARKED.c.command, PARKED.c.holder))
    assert [tuple(row) for row in rows] == [("stock/1/park#1", "me")]


def test_a_run_does_not_rest_while_a_message_waits_that_it_does_not_know(database: Database) -> None:
    kept, inbox = parking(database), Inbox(database)
    message = inbox.post("run-1", Kind.ORDER, "cancel", {}, key=None, sender="")
    assert kept.lay(Rest("run-1", (PLACE,), None, 0), lambda _: True) is Laid.NEWS
    assert kept.resources() == [] and kept.dormant() == 0
    lay(kept, PLACE, seen=1)
    assert message.run == "run-1"
    assert kept.wake_told().runs == kept.wake_told(["run-1"]).runs == kept.wake_told([]).runs == ()
    inbox.post("run-1", Kind.SIGNAL, "go", {}, key=None, sender="")
    inbox.post("run-2", Kind.SIGNAL, "go", {}, key=None, sender="")
    assert kept.wake_told(["run-2"]).runs == ()
    assert kept.wake_told(["run-1", "run-2"]).runs == ("run-1",)
    assert kept.wake_told().runs == ()


def test_a_message_that_nobody_was_left_to_deliver_is_found(database: Database) -> None:
    kept, inbox = parking(database), Inbox(database)
    lay(kept, PLACE)
    inbox.post("run-1", Kind.ORDER, "cancel", {}, key=None, sender="")
    assert kept.wake_told().runs == ("run-1",)


class Crash(Exception):
    """What a process dies of at the wrong moment."""


def test_steps_stay_parked_where_their_runs_cannot_be_claimed(database: Database) -> None:
    def fail(*_: object) -> Claim:
        raise Crash

    lay(parking(database), PLACE)
    with pytest.raises(Crash):
        release(Parking(database, "me", fail))
    assert parking(database).counts() == {"payment": (1, 200)}
    assert steps(release(parking(database))) == 1


def test_processes_that_let_go_and_wake_at_once_do_not_stand_in_each_others_way(database: Database) -> None:
    kept = parking(database)
    for number in range(40):
        run = f"run-{number}"
        both = (place(number), place(number, command="other", resource="stock"))
        assert kept.lay(Rest(run, both, None, 0), lambda _: True) is Laid.RESTS
    runs = [f"run-{number}" for number in range(40)]
    errors: list[Exception] = []

    def work(does: Callable[[Parking, int], object], name: str) -> None:
        try:
            for number in range(40):
                does(parking(database, name), number)
        except Exception as error:
            errors.append(error)

    threads = [
        threading.Thread(target=work, args=(lambda each, _: release(each, 5), "one")),
        threading.Thread(target=work, args=(lambda each, _: release(each, 5, "stock"), "two")),
        threading.Thread(target=work, args=(lambda each, number: each.wake(runs[-number:]), "three")),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert errors == []
    assert database.rows(sa.select(DORMANT)) == []


def test_a_run_wakes_when_its_time_has_come(database: Database) -> None:
    kept = parking(database)
    lay(kept, place(1, resource="a"), wake_at=NOW)
    lay(kept, place(2, resource="a"), wake_at=NOW + 1)
    lay(kept, place(3, resource="a"))
    assert kept.wake_due(NOW).runs == ("run-1",)
    assert sorted(kept.wake(["run-1", "run-2", "run-3", "run-4"]).runs) == ["run-2", "run-3"]
    assert {row.holder for row in database.rows(sa.select(PARKED.c.holder))} == {"me"}


def test_two_processes_never_get_the_same_run(database: Database) -> None:
    places = [place(number) for number in range(60)]
    lay(parking(database), *places)
    taken: dict[str, list[str]] = {"one": [], "two": []}

    def drain(executor: str) -> None:
        kept = parking(database, executor)
        while ready(kept):
            taken[executor] += woken(release(kept, 3))

    threads = [threading.Thread(target=drain, args=(name,)) for name in taken]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(taken["one"] + taken["two"]) == sorted(each.run for each in places)
    assert database.rows(sa.select(DORMANT)) == []


ORDER = st.tuples(st.floats(-5, 5), st.integers(0, 5), st.integers(0, 2 * NOW), st.integers(0, 2 * NOW))


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(ORDER, max_size=12), st.integers(0, 2 * NOW))
def test_release_gives_what_sorting_all_that_is_ready_gives(
    database: Database, rows: list[tuple[float, int, int, int]], healthy_since: int
) -> None:
    with database.writing() as connection:
        connection.execute(sa.delete(PARKED))
        connection.execute(sa.delete(DORMANT))
    kept = parking(database)
    places = [
        Place(f"run-{number}", "park", "payment", priority, age, since, ready_at)
        for number, (priority, age, since, ready_at) in enumerate(rows)
    ]
    lay(kept, *places)
    ready = [each for each in places if each.ready_at <= NOW or each.since < healthy_since]
    ready.sort(key=lambda each: (each.priority, each.age, each.run))
    found = []
    while woke := woken(release(kept, 1, healthy_since=healthy_since)):
        found += woke
    assert found == [each.run for each in ready]
