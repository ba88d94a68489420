"""Several processes on one database: who is asked does not matter, and who dies is taken over."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest
import sqlalchemy as sa
from workshop import Workshop, make_workshop

from forks import Fork
from rulesflow.runtime.database import LEASES, Database
from serving import wait_until

WORKFLOWS = {
    "ask": """\
steps:
  first: {call: craft.make, with: {name: "${ tag }first"}}
  ask: {wait: go}
  last: {call: craft.make, with: {name: "${ tag }last"}}
output: {name: "${ steps.last.name }"}
""",
    "two": """\
steps:
  first: {call: craft.make, with: {name: "${ tag }first"}}
  last: {call: craft.make, with: {name: "${ tag }last"}}
""",
}


@pytest.fixture(scope="module")
def pair(
    shared_database: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Workshop, Workshop]]:
    """Two services on one database, with one plugin and one folder of rules."""
    one = make_workshop(tmp_path_factory.mktemp("processes"), shared_database, WORKFLOWS)
    two = replace(one, log=[])
    two.craft = one.craft
    yield one, two
    one.stop()
    two.stop()


@pytest.fixture
def shops(pair: tuple[Workshop, Workshop]) -> tuple[Workshop, Workshop]:
    """Both, started again where a test has ended them."""
    for shop in pair:
        if shop.process is None:
            shop.start()
    return pair


@pytest.fixture
def worker(shops: tuple[Workshop, Workshop]) -> Iterator[Fork]:
    """A worker beside them."""
    shop, _ = shops
    command = ["-m", "rulesflow", "worker", "--rules", str(shop.rules), "--database", shop.database_url]
    process = Fork(command, shop.folder, {**os.environ, **shop.environment})
    log: list[str] = []
    reader = threading.Thread(target=log.extend, args=(process.stderr,))
    reader.start()
    try:
        wait_until(lambda: "carrying out runs" in "".join(log) or process.poll() is not None, 60)
        assert process.poll() is None, "".join(log)
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait() == 0
        reader.join()
        process.stderr.close()


def where(shop: Workshop, tag: str) -> dict[str, int]:
    """The names in the book, and the process that did each."""
    return {each["name"].removeprefix(tag): each["pid"] for each in shop.craft.book(tag, "made")}


def test_signals_and_orders_reach_a_run_that_another_process_carries_out(
    shops: tuple[Workshop, Workshop], tag: str
) -> None:
    one, two = shops
    assert two.process is not None
    run = two.run("ask", {"tag": tag})["id"]
    one.resting(run, "signal")
    assert one.order(run, "pause").json()["status"] == "paused"
    assert two.show(run)["status"] == "paused"
    assert one.order(run, "resume").status_code == 200
    assert one.signal(run, "go", {}).status_code == 202
    ended = one.until(run, "completed")
    assert ended == two.show(run)
    assert where(one, tag) == {"first": two.process.pid, "last": two.process.pid}


def test_who_follows_a_run_of_another_process_hears_all_of_it(
    shops: tuple[Workshop, Workshop], tag: str
) -> None:
    one, two = shops
    run = two.run("ask", {"tag": tag})["id"]
    two.resting(run, "signal")
    with one.client.stream("GET", f"/v1/runs/{run}/events", timeout=30) as stream:
        lines = stream.iter_lines()
        heard = next(line for line in lines if '"waiting"' in line)
        two.signal(run, "go", {})
        rest = [line for line in lines if line.startswith("event:")]
    assert heard
    assert {"event: signal", "event: call", "event: end"} <= set(rest)


def test_the_runs_of_a_process_that_dies_are_taken_over_and_end(
    shops: tuple[Workshop, Workshop], tag: str
) -> None:
    one, two = shops
    assert one.process is not None
    waiting = two.run("ask", {"tag": f"{tag}w"})["id"]
    two.resting(waiting, "signal")
    two.craft.hold(f"{tag}clast")
    calling = two.run("two", {"tag": f"{tag}c"})["id"]
    two.craft.until(f"{tag}c", "began", "first", "last")
    two.kill()
    two.craft.until(f"{tag}c", "began", "first", "last", "last")  # the call that was cut off, once more
    two.craft.release(f"{tag}clast")
    assert one.until(calling, "completed")["attempts"][0]["path"] == "first"
    assert where(one, f"{tag}c")["last"] == one.process.pid
    assert [each["key"] for each in one.craft.book(f"{tag}c", "began")] == [
        f"{calling}/first/1",
        f"{calling}/last/1",
        f"{calling}/last/1",
    ]
    one.signal(waiting, "go", {})
    assert one.until(waiting, "completed")["output"] == {"name": f"{tag}wlast"}
    assert where(one, f"{tag}w")["last"] == one.process.pid


def test_the_runs_of_a_process_that_is_ended_are_taken_over_too(
    shops: tuple[Workshop, Workshop], tag: str
) -> None:
    one, two = shops
    run = two.run("ask", {"tag": tag})["id"]
    two.resting(run, "signal")
    two.stop()
    one.signal(run, "go", {})
    one.until(run, "completed")
    assert one.craft.names(tag, "made") == ["first", "last"]


def test_a_worker_takes_over_what_no_service_carries_out_any_more(
    shops: tuple[Workshop, Workshop], worker: Fork, tag: str
) -> None:
    one, two = shops
    run = two.run("ask", {"tag": tag})["id"]
    two.resting(run, "signal")
    one.kill()
    two.kill()
    one.craft.hold(f"{tag}last")
    wait_until_taken(one, worker)
    one.start()
    one.signal(run, "go", {})
    one.craft.until(tag, "began", "first", "last")
    one.craft.release(f"{tag}last")
    one.until(run, "completed")
    assert where(one, tag)["last"] == worker.pid


def wait_until_taken(shop: Workshop, worker: Fork) -> None:
    """Wait until the worker has taken over what the services have left."""
    database = Database(shop.database_url)
    try:
        query = sa.select(LEASES.c.pid)
        wait_until(lambda: [row.pid for row in database.rows(query)] == [worker.pid], 30)
    finally:
        database.close()


def test_both_list_the_same(shops: tuple[Workshop, Workshop], tag: str) -> None:
    one, two = shops
    runs = [shop.run("ask", {"tag": tag})["id"] for shop in shops for _ in range(3)]
    for run in runs:
        one.resting(run, "signal")
    for run in runs[::2]:
        two.signal(run, "go", {})
        one.until(run, "completed")

    def listed(shop: Workshop) -> dict[str, str]:
        found = shop.client.get("/v1/runs", params={"tag": tag}).json()["runs"]
        return {each["id"]: each["status"] for each in found}

    expected = {run: "completed" if run in runs[::2] else "waiting" for run in runs}
    wait_until(lambda: listed(one) == listed(two) == expected, 30)
    for run in runs:
        assert one.show(run) == two.show(run)
    counts = [shop.client.get("/v1/runs/count", params={"tag": tag}).json() for shop in shops]
    assert counts == [{"count": 6, "by_status": {"completed": 3, "waiting": 3}}] * 2


def test_one_key_at_both_at_once_is_one_run(shops: tuple[Workshop, Workshop], tag: str) -> None:
    found: list[str] = []

    def place(shop: Workshop) -> None:
        found.append(shop.run("two", {"tag": tag}, key=tag)["id"])

    threads = [threading.Thread(target=place, args=(shop,)) for shop in shops * 5]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 10
    (run,) = set(found)
    shops[0].until(run, "completed")
    assert shops[0].craft.names(tag, "made") == ["first", "last"]
