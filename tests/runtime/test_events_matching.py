"""Stored events are matched by their times, each match is recorded once, absence is told when it is due."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from importlib.util import find_spec
from itertools import combinations
from pathlib import Path
from types import SimpleNamespace

import pytest

from event_project import PAIR, UNCLOSED, Process, event, pattern, process, rival, write_event_project
from rulesflow.model.errors import Overloaded
from rulesflow.model.times import SECOND, Timestamp
from rulesflow.patterns.compiled import Rules
from rulesflow.runtime.catalog import now
from rulesflow.runtime.cloudevents import CloudEvent
from rulesflow.runtime.project import LoadedProject
from serving import wait_until

pytestmark = pytest.mark.skipif(
    find_spec("durable_rules_engine") is None, reason="durable-rules is not installed: it takes a C compiler"
)
Begin = Callable[..., Process]
#: Where the database makes no difference.
SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
Join = Callable[[Process], Process]


@pytest.fixture
def begin(tmp_path: Path, database_url: str) -> Iterator[Begin]:
    """Begin a process; it ends with the test."""
    with ExitStack() as stack:
        yield lambda *patterns: stack.enter_context(
            process(tmp_path / "rules", database_url, patterns, runs=False)
        )


@pytest.fixture
def join(database_url: str) -> Iterator[Join]:
    """Let another one join it at its folder and database."""
    with ExitStack() as stack:
        yield lambda first: stack.enter_context(rival(first, database_url))


def just_now(id_: str, type_: str = "opened", key: str = "k", ago: float = 0) -> CloudEvent:
    return CloudEvent(id_, "/test", type_, {"key": key}, Timestamp(now() - round(ago * SECOND)))


def test_events_match_by_their_times_in_whatever_order_they_come(begin: Begin) -> None:
    here = begin(PAIR)
    here.accept(event("c", seconds=1200), event("b", seconds=600))
    here.looked()
    here.accept(event("a", seconds=0), event("other", key="x", seconds=1))
    here.accept(event("late", seconds=599.5))
    assert here.found() == {("a", "b"), ("b", "c"), ("a", "late"), ("b", "late")}
    match = here.matches(pattern="pair")[-1]
    assert match["key"] == "k" and match["status"] == "done" and match["due"] is None
    assert [each["alias"] for each in match["events"]] == ["one", "two"]


@SQLITE
def test_an_event_that_comes_twice_is_matched_once(begin: Begin) -> None:
    here = begin(PAIR)
    for _ in range(3):
        here.accept(event("a"), event("b", seconds=1))
        assert here.found() == {("a", "b")}


@SQLITE
def test_keys_of_different_kinds_and_great_length_are_told_apart(begin: Begin) -> None:
    here = begin(PAIR)
    for key in ("1", "true", "null", "a" * 4000, "a" * 4000 + "b", 'x"y\\', "\0", "ä"):
        here.accept(
            event(f"{key[-2:]}.{len(key)}.1", key=key), event(f"{key[-2:]}.{len(key)}.2", key=key, seconds=1)
        )
    assert len(here.found()) == 8
    assert [match["key"] for match in here.matches(key="true")] == ["true"]
    assert len(here.matches(key="a" * 4000)) == 1


def test_processes_that_match_the_same_stream_find_every_match_once(begin: Begin, join: Join) -> None:
    """Events of few keys, out of order, posted to two processes at once."""
    both = [first := begin(PAIR), join(first)]
    chance = random.Random(5)
    events = [event(f"{number:03}", key=f"k{number % 20}", seconds=number) for number in range(160)]
    chance.shuffle(events)

    def post(number: int) -> None:
        for each in events[number::4]:
            both[number % 2].accept(each)

    threads = [threading.Thread(target=post, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    expected = {
        pair for key in range(20) for pair in combinations([f"{n:03}" for n in range(key, 160, 20)], 2)
    }
    assert both[0].found() == expected


def test_absence_is_told_once_nothing_can_forbid_it_any_more(begin: Begin) -> None:
    here = begin(pattern("unclosed", {"one": "opened"}, unless="closed", within="2s"))
    here.accept(just_now("a", key="alone"), just_now("b", key="closed"))
    here.looked()
    assert here.statuses() == ["waiting", "waiting"]
    here.accept(just_now("c", "closed", key="closed"))
    wait_until(lambda: here.statuses() == ["done", "refuted"])
    assert [match["key"] for match in here.matches(status=("done",))] == ["alone"]
    assert all(now() >= match["due"] for match in here.matches())


@SQLITE
def test_absence_whose_time_is_past_is_told_at_once_by_what_has_come(begin: Begin) -> None:
    here = begin(UNCLOSED)
    here.accept(event("a", key="alone"), event("b", key="k"), event("c", "closed", seconds=600))
    assert here.found(status=("done",)) == {("a",)}
    assert here.statuses() == ["done"]


def test_absence_is_told_by_the_clock_that_all_processes_share(
    begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = begin(UNCLOSED)
    first = just_now("a")
    ahead = SimpleNamespace(time_ns=lambda: time.time_ns() + 3600 * SECOND)
    monkeypatch.setattr("rulesflow.runtime.catalog.time", ahead)
    here.accept(first)
    here.looked()
    assert here.statuses() == ["waiting"]


@SQLITE
@pytest.mark.parametrize(
    ("later", "status"),
    [
        ((pattern("unclosed", {"one": "closed"}, unless="opened", within="1s"),), "refuted"),
        ((pattern("unclosed", {"one": "opened"}, within="1s"),), "done"),
    ],
    ids=["other", "wider"],
)
def test_absence_is_judged_by_the_pattern_as_it_is_then(
    begin: Begin, later: tuple[tuple[str, str], ...], status: str
) -> None:
    here = begin(pattern("unclosed", {"one": "opened"}, unless="closed", within="2s"))
    here.accept(just_now("a"))
    here.looked()
    assert here.statuses() == ["waiting"]
    here.change(*later, PAIR)
    wait_until(lambda: here.statuses(pattern="unclosed") == [status])


@SQLITE
def test_absence_waits_while_its_pattern_is_gone(begin: Begin) -> None:
    here = begin(pattern("unclosed", {"one": "opened"}, unless="closed", within="1s"))
    here.accept(just_now("a"))
    here.looked()
    here.change(PAIR)
    wait_until(lambda: here.matches()[0]["problem"] is not None)
    assert here.matches()[0]["problem"] == "there is no pattern unclosed among the rules in force"
    assert here.statuses() == ["waiting"]


def test_a_pattern_with_a_new_key_sees_the_events_that_were_stored_before(begin: Begin, join: Join) -> None:
    old = begin(PAIR)
    old.accept(event("a", other="o"), event("b", key="x", seconds=1, other="o"))
    assert old.found() == set()
    write_event_project(old.root, pattern("others", {"one": "opened", "two": "opened"}, by="other"))
    new = join(old)
    wait_until(lambda: new.catalog.current().project is not old.catalog.current().project)
    old.accept(event("c", key="y", seconds=2, other="o"))  # perhaps by the rules of before
    old.looked()
    wait_until(lambda: old.catalog.current().project.patterns.keys() == {"others"})
    for each in (old, new):
        each.accept(event(f"d{each is new}", key="z", seconds=3, other="o"))
    found = new.found(pattern="others")
    assert {(id_, last) for id_ in "abc" for last in ("dTrue", "dFalse")} <= found


def test_only_the_first_of_many_matches_is_followed_where_a_pattern_asks_for_it(begin: Begin) -> None:
    here = begin(pattern("pair", {"one": "opened", "two": "opened | two.ts > one.ts"}, throttle="1m"))
    here.accept(*(event(str(number), seconds=number) for number in range(4)))
    here.accept(event("later", seconds=300), event("x", key="x"), event("y", key="x", seconds=1))
    here.looked()
    assert len(here.matches(status=("throttled",))) == 6 + 4 + 1 - 3
    followed = {(match["key"], match["events"][-1]["id"]) for match in here.matches(status=("done",))}
    assert followed == {("k", "1"), ("k", "later"), ("x", "y")}


def broken(project: LoadedProject) -> LoadedProject:
    """The pattern ``bad`` has rules that the engine refuses."""
    bad = project.patterns["bad"]
    rules = Rules('{"r0": {"all": "nonsense"}}', "0" * 64)
    compiled = replace(bad.compiled, free=rules, pinned=tuple(rules for _ in bad.compiled.pinned))
    return replace(project, patterns={**project.patterns, "bad": replace(bad, compiled=compiled)})


@SQLITE
def test_a_pattern_that_fails_harms_no_other_and_is_left_alone_for_a_while(begin: Begin) -> None:
    here = begin(PAIR, pattern("bad", {"one": "opened"}))
    right = here.catalog.current().project
    here.accept(event("first", "noise"))  # the engine starts, by the rules that are there then
    here.looked()
    here.put(broken)
    here.accept(*(event(str(number), seconds=number) for number in range(8)))
    assert len(here.found(pattern="pair")) == 28
    failed = here.listed(status=("failed",))
    assert len(failed) == 8 and len(here.listed(pattern="bad")) == 8
    (problem,) = failed[0]["problems"]
    assert problem["pattern"] == "bad" and problem["attempts"] >= 1 and problem["retry_at"] > now()
    shown = {each["name"]: each["failing"] for each in here.events.patterns()["patterns"]}
    assert shown["pair"] is None and shown["bad"]
    assert here.events.counters().failures.keys() == {"bad"}

    here.put(lambda _: right)
    assert here.retry("bad") == 8
    wait_until(lambda: not here.listed(status=("failed",)))
    assert len(here.found(pattern="bad")) == 8


@SQLITE
def test_a_condition_that_fails_on_an_event_is_shown_with_it_and_can_be_tried_again(begin: Begin) -> None:
    here = begin(PAIR, pattern("ratio", {"one": "opened | has(one.n) && 1 / one.n > 0"}))
    here.accept(event("zero", n=0), event("one", n=1, key="x"))
    here.looked()
    (failed,) = here.listed(status=("failed",))
    (problem,) = failed["problems"]
    assert failed["id"] == "zero" and problem["pattern"] == "ratio" and problem["retry_at"] is None
    assert "zero" in problem["message"]
    assert here.found(pattern="ratio") == {("one",)}
    here.change(pattern("ratio", {"one": "opened | has(one.n) && one.n >= 0"}))
    assert here.retry() == 1
    wait_until(lambda: not here.listed(status=("failed",)))
    assert here.found(pattern="ratio") == {("one",), ("zero",)}


@SQLITE
def test_a_flood_of_matches_of_one_key_ends_and_does_not_flood_the_log(
    begin: Begin, caplog: pytest.LogCaptureFixture
) -> None:
    here = begin(PAIR)
    here.accept(*(event(f"{number:02}", seconds=number) for number in range(60)))
    here.accept(event("x", key="other"), event("y", key="other", seconds=1))
    here.looked()
    assert len(here.found(key="k")) == 1000  # of 1,770
    assert here.found(key="other") == {("x", "y")}
    for number in range(60, 63):
        here.accept(event(f"{number:02}", seconds=number))
        here.looked()
    assert len([each for each in caplog.records if "more matches" in each.message]) == 1


@SQLITE
def test_events_wait_for_an_engine_that_is_missing(
    begin: Begin,
    join: Join,
    tmp_path: Path,
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    (tmp_path / "durable_rules_engine.py").write_text("raise ImportError('not built')\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    here = begin(PAIR)
    events = here.events
    wait_until(lambda: events.patterns()["engine"] == "missing")
    here.accept(event("a"), event("b", seconds=1))
    assert len(here.listed(status=("waiting",))) == 2 and here.matches() == []
    told = [record for record in caplog.records if "events wait" in record.message]
    assert len(told) == 1 and "pip install" in told[0].getMessage()
    with rival(here, database_url, limit=3) as full:
        full.accept(event("x", key="x"))
        with pytest.raises(Overloaded) as refused:
            full.accept(event("y", key="y"))
    assert refused.value.retry_after > 0
    monkeypatch.delenv("PYTHONPATH")
    assert join(here).found() == {("a", "b")}


def test_lists_come_page_by_page(begin: Begin) -> None:
    here = begin(PAIR)
    here.accept(*(event(str(number), key=f"k{number // 2}", seconds=number // 3) for number in range(12)))
    here.looked()
    assert here.paged("events", 5) == [each["number"] for each in here.listed()]
    assert here.paged("matches", 3) == [each["id"] for each in here.matches()]
    times = [each["time"] for each in here.listed()]
    assert times == sorted(times, reverse=True)
    assert len(here.listed(type="closed")) == 0 and len(here.listed(source="/test", id="3")) == 1
    assert {each["status"] for each in here.listed(pattern="pair")} == {"matched"}
