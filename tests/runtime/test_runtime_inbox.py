"""Messages for runs: numbered, stored once for a key, found by whoever looks."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from forks import Fork
from rulesflow.model.errors import Conflict
from rulesflow.model.times import Duration, Timestamp
from rulesflow.runtime.database import Database
from rulesflow.runtime.inbox import Inbox, Kind, Message
from serving import ROOT

_POST = """
import sys
from rulesflow.runtime.database import Database
from rulesflow.runtime.inbox import Inbox, Kind
database = Database(sys.argv[1])
inbox = Inbox(database)
for each in range(int(sys.argv[3])):
    print(inbox.post("run", Kind.SIGNAL, "s", each, key=f"key {each}", sender=sys.argv[2]).number)
database.close()
"""


@pytest.fixture
def inbox(database_url: str) -> Iterator[Inbox]:
    database = Database(database_url)
    yield Inbox(database)
    database.close()


def post(inbox: Inbox, body: Any = None, *, run: str = "run", name: str = "paid", **more: Any) -> Message:
    return inbox.post(run, Kind.SIGNAL, name, body, **{"key": None, "sender": "till", **more})


def test_a_message_is_found_as_it_was_posted(inbox: Inbox) -> None:
    body = {"sum": Decimal("10.05"), "$time": [Timestamp(5), Duration(-1)], "text": "ä\u0000\U0001f600"}
    posted = inbox.post("run", Kind.ORDER, "cancel", body, key="k", sender="Ada")
    assert (posted.run, posted.kind, posted.name, posted.body) == ("run", Kind.ORDER, "cancel", body)
    assert posted.sender == "Ada"
    assert inbox.of("run") == [posted]
    assert type(inbox.of("run")[0].body["$time"][0]) is Timestamp


def test_numbers_grow_and_are_not_given_again(inbox: Inbox) -> None:
    assert inbox.last() == 0
    first = [post(inbox).number for _ in range(3)]
    assert first == sorted(set(first))
    assert inbox.last() == first[-1]
    inbox.forget(["run"])
    assert inbox.of("run") == []
    assert post(inbox).number > first[-1]


def test_messages_of_a_run_come_oldest_first(inbox: Inbox) -> None:
    mine = [post(inbox, each) for each in range(5)]
    post(inbox, run="other")
    assert inbox.of("run") == mine
    assert inbox.of("nobody") == []


def test_later_messages_are_those_with_higher_numbers(inbox: Inbox) -> None:
    first, second, third = post(inbox, run="a"), post(inbox, run="b"), post(inbox, run="a")
    assert inbox.after(first.number) == [(second.number, "b"), (third.number, "a")]
    assert inbox.after(third.number) == []


def test_a_key_that_was_used_gives_the_message_of_then(inbox: Inbox) -> None:
    first = post(inbox, {"sum": 5}, key="k")
    again = post(inbox, {"sum": Decimal("5.0")}, key="k", sender="somebody else")
    assert again == first
    assert inbox.of("run") == [first]


def test_the_order_of_keys_in_a_body_does_not_matter(inbox: Inbox) -> None:
    first = post(inbox, {"a": [{"x": 1, "y": 2}], "b": 1}, key="k")
    assert post(inbox, {"b": 1, "a": [{"y": 2, "x": 1}]}, key="k") == first
    assert inbox.repeated("run", Kind.SIGNAL, "paid", {"b": 1, "a": [{"y": 2, "x": 1}]}, "k")


@pytest.mark.parametrize(
    "other",
    [
        {"body": {"sum": 6}},
        {"name": "refunded"},
        {"body": {"sum": "5"}},
        {"body": [{"sum": 5}]},
        {"body": None},
    ],
)
def test_a_key_that_was_used_for_something_else_is_a_conflict(inbox: Inbox, other: dict[str, Any]) -> None:
    first = post(inbox, body={"sum": 5}, key="k")
    with pytest.raises(Conflict) as conflict:
        post(inbox, **{"body": {"sum": 5}, "key": "k", **other})
    assert conflict.value.faults[0].code == "key-reused"
    assert conflict.value.faults[0].hint == "send a new key with a new body"
    assert inbox.of("run") == [first]


def test_a_signal_and_an_order_do_not_share_a_key(inbox: Inbox) -> None:
    inbox.post("run", Kind.SIGNAL, "cancel", None, key="k", sender="")
    with pytest.raises(Conflict):
        inbox.post("run", Kind.ORDER, "cancel", None, key="k", sender="")


def test_each_run_has_keys_of_its_own_and_none_is_no_key(inbox: Inbox) -> None:
    numbers = {
        post(inbox, key="k").number,
        post(inbox, 2, key="k", run="other").number,
        post(inbox).number,
        post(inbox).number,
    }
    assert len(numbers) == 4


def test_what_was_repeated_is_told_without_posting(inbox: Inbox) -> None:
    assert not inbox.repeated("run", Kind.SIGNAL, "paid", 1, "k")
    post(inbox, 1, key="k")
    assert inbox.repeated("run", Kind.SIGNAL, "paid", 1, "k")
    assert not inbox.repeated("other", Kind.SIGNAL, "paid", 1, "k")
    with pytest.raises(Conflict):
        inbox.repeated("run", Kind.SIGNAL, "paid", 2, "k")
    assert len(inbox.of("run")) == 1


def test_only_the_messages_of_forgotten_runs_go(inbox: Inbox) -> None:
    post(inbox, run="a", key="k")
    kept = post(inbox, run="b")
    inbox.forget(["a", "c"])
    inbox.forget([])
    assert inbox.after(0) == [(kept.number, "b")]
    assert post(inbox, "new", run="a", key="k").body == "new"


def test_threads_that_post_by_one_key_store_one_message(inbox: Inbox) -> None:
    found: list[Message] = []
    start = threading.Barrier(8)

    def work() -> None:
        start.wait()
        found.extend([post(inbox, each, key=f"key {each}") for each in range(10)])

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 80
    assert {(each.number, each.body) for each in found} == {
        (each.number, each.body) for each in inbox.of("run")
    }
    assert len(inbox.of("run")) == 10


def test_processes_that_post_by_one_key_store_one_message(inbox: Inbox, database_url: str) -> None:
    posting = [Fork(["-c", _POST, database_url, sender, "30"], ROOT, stdout=True) for sender in ("a", "b")]
    told = [process.communicate(timeout=60)[0].split() for process in posting]
    assert [process.wait() for process in posting] == [0, 0]
    stored = inbox.of("run")
    assert [message.body for message in stored] == list(range(30))
    assert told[0] == told[1] == [str(message.number) for message in stored]


@given(
    st.lists(
        st.tuples(st.sampled_from(["a", "b"]), st.none() | st.sampled_from("xyz"), st.integers(0, 2)),
        max_size=12,
    )
)
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_an_inbox_is_a_list_in_which_a_key_stands_once(
    inbox: Inbox, posts: list[tuple[str, str | None, int]]
) -> None:
    inbox.forget(["a", "b"])
    stored: list[tuple[str, int]] = []
    by_key: dict[tuple[str, str], int] = {}
    for run, key, body in posts:
        known = None if key is None else by_key.get((run, key))
        if known is not None and known != body:
            with pytest.raises(Conflict):
                post(inbox, body, run=run, key=key)
            continue
        assert post(inbox, body, run=run, key=key).body == body
        if known is None:
            stored.append((run, body))
        if key is not None:
            by_key[run, key] = body
    for name in ("a", "b"):
        assert [each.body for each in inbox.of(name)] == [body for run, body in stored if run == name]
