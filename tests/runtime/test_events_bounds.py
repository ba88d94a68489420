"""Where a key has many events or matches: what is left out is what the bounds say, and no more."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path

import pytest

from event_project import PAIR, Process, event, pattern, process
from rulesflow.model.times import SECOND, Timestamp
from rulesflow.runtime.catalog import now
from rulesflow.runtime.cloudevents import CloudEvent
from serving import wait_until

pytestmark = [
    pytest.mark.skipif(
        find_spec("durable_rules_engine") is None,
        reason="durable-rules is not installed: it takes a C compiler",
    ),
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]
Begin = Callable[..., Process]
ALARM = pattern("alarm", {"one": "opened | has(one.n) && one.n == 1"}, within="1s")
LONG = pattern(
    "long",
    {"one": "opened | has(one.n) && one.n == 2", "two": "opened | has(two.n) && two.n == 3"},
    within="24h",
)


@pytest.fixture
def begin(tmp_path: Path, database_url: str) -> Iterator[Begin]:
    """Begin a process; it ends with the test."""
    with ExitStack() as stack:
        yield lambda *patterns: stack.enter_context(
            process(tmp_path / "rules", database_url, patterns, runs=False)
        )


def test_matches_that_lie_apart_are_all_recorded_however_many_a_key_has(begin: Begin) -> None:
    here = begin(ALARM, LONG)
    for start in (0, 550):
        here.accept(*(event(f"{number}", seconds=number * 60, n=1) for number in range(start, start + 550)))
        here.looked()
    here.accept(event("late", seconds=30, n=1), event("new", seconds=1100 * 60, n=1))
    here.looked()
    assert len(here.paged("matches", 1000)) == 1102


def test_absence_is_told_however_many_events_its_key_has(begin: Begin) -> None:
    noise = {alias: f"noise | has({alias}.n) && {alias}.n == {n}" for n, alias in ((1, "two"), (2, "three"))}
    here = begin(pattern("unpaid", {"one": "opened", **noise}, unless="closed", within="4s"))
    started = now()

    def early(id_: str, type_: str, n: int, seconds: float) -> CloudEvent:
        time = Timestamp(started + round(seconds * SECOND))
        return CloudEvent(id_, "/test", type_, {"key": "k", "n": n}, time)

    here.accept(
        early("order", "opened", 0, 0), early("buy", "noise", 1, 0.001), early("more", "noise", 2, 0.002)
    )
    here.looked()
    here.accept(*(early(str(number), "noise", 0, number / 10_000) for number in range(100, 610)))
    here.looked()
    wait_until(lambda: here.statuses() != ["waiting"])
    assert here.statuses() == ["done"]


def test_absence_of_which_it_cannot_be_said_waits_and_is_not_refuted(begin: Begin) -> None:
    here = begin(
        pattern(
            "unclosed", {"one": "opened"}, unless="closed | has(unless.n) && 1 / unless.n > 0", within="2s"
        )
    )
    here.accept(CloudEvent("a", "/test", "opened", {"key": "k"}, now()))
    here.looked()
    here.accept(CloudEvent("b", "/test", "closed", {"key": "k", "n": 0}, now()))
    here.looked()
    wait_until(lambda: here.events.counters().failures or here.statuses() != ["waiting"])
    assert here.statuses() == ["waiting"]


def test_events_of_other_types_hide_no_partner(begin: Begin, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rulesflow.runtime.eventstore.MOST_OF_KEY", 20)
    monkeypatch.setattr("rulesflow.runtime.batchmatch.MOST_OF_KEY", 20, raising=False)
    here = begin(PAIR, pattern("noisy", {"one": "noise | has(one.n) && one.n == 1"}))
    here.accept(event("first"))
    here.accept(*(event(f"{number}", "noise", seconds=number) for number in range(1, 50)))
    here.looked()
    here.accept(event("second", seconds=60))
    assert here.found() == {("first", "second")}
