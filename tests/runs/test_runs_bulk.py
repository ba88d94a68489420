"""Many incidents, one reason, one order: at its rate, each run once, whatever becomes of the process."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from workshop import Workshop, make_workshop, new_tag

from rulesflow.runtime.database import INBOX, Database
from serving import wait_until

RUNS = 200
RATE = 25.0
WORKFLOWS = {
    "two": """\
steps:
  first: {call: craft.make, with: {name: "${ tag }first"}}
  second: {call: craft.make, with: {name: "${ tag }second"}}
""",
    "split": """\
steps:
  items:
    each: "${ ['a', 'b', 'c'] }"
    as: item
    steps: {take: {call: craft.make, with: {name: "${ tag }${ item }"}}}
""",
    "doomed": """\
steps:
  first: {call: craft.make, with: {name: "${ tag }first"}}
  stop: {fail: doomed}
""",
    "park": """\
retries:
  patient: {on: [unavailable], attempts: 1, then: park}
steps:
  first: {call: craft.make, with: {name: "${ tag }first"}, retry: patient}
""",
}


@pytest.fixture(scope="module")
def shops(
    shared_database: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Workshop, Workshop]]:
    """Two services on one database. Only the first one is open."""
    one = make_workshop(tmp_path_factory.mktemp("bulk"), shared_database, WORKFLOWS)
    two = replace(one, log=[])
    two.craft = one.craft
    yield one, two
    one.stop()
    two.stop()


@pytest.fixture
def shop(shops: tuple[Workshop, Workshop]) -> Workshop:
    """The first one, open."""
    if shops[0].process is None:
        shops[0].start()
    return shops[0]


def stand_still(
    shop: Workshop, workflow: str, tag: str, count: int, at: str, fault: str = "raise"
) -> list[str]:
    """So many runs that are incidents by one reason, until it is mended; their ids."""
    shop.craft.spoil(f"{tag}{at}", fault)
    with ThreadPoolExecutor(8) as pool:
        runs = list(pool.map(lambda _: shop.run(workflow, {"tag": tag})["id"], range(count)))
    wait_until(lambda: counted(shop, tag) == {"incident": count}, 120)
    return runs


def of_class(shop: Workshop, tag: str, name: str) -> dict[str, Any]:
    """The only incident, once it is of this class."""
    found = wait_until(lambda: (found := incidents(shop, tag)) and found[0]["class"] == name and found, 30)
    (incident,) = found
    return incident


def counted(shop: Workshop, tag: str) -> dict[str, int]:
    return shop.client.get("/v1/runs/count", params={"tag": tag}).json()["by_status"]


def incidents(shop: Workshop, tag: str) -> list[dict[str, Any]]:
    return shop.client.get("/v1/incidents", params={"tag": tag}).json()["incidents"]


def bulk(shop: Workshop, action: str, filter_: Any, key: str | None = None, **body: Any) -> dict[str, Any]:
    headers = {"Idempotency-Key": key} if key else {}
    answer = shop.client.post(
        "/v1/runs/bulk", json={"action": action, "filter": filter_, **body}, headers=headers
    )
    assert answer.status_code in (200, 202), answer.text
    return answer.json()


def progress(shop: Workshop, bulk_: str) -> dict[str, Any]:
    answer = shop.client.get(f"/v1/runs/bulk/{bulk_}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def over(shop: Workshop, bulk_: str, seconds: float = 120) -> dict[str, Any]:
    return wait_until(lambda: (found := progress(shop, bulk_)) and not found["running"] and found, seconds)


def told_at(shop: Workshop, bulk_: str) -> dict[str, list[int]]:
    """When each run was told by a bulk order, in nanoseconds, as its inbox has it."""
    database = Database(shop.database_url)
    try:
        query = sa.select(INBOX.c.run, INBOX.c.at).where(INBOX.c.key == f"bulk {bulk_}")
        found: dict[str, list[int]] = {}
        for row in database.rows(query):
            found.setdefault(row.run, []).append(row.at)
        return found
    finally:
        database.close()


# -- one reason ------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_many_incidents_of_one_reason_are_previewed_and_retried_at_a_rate_until_none_is_left(
    shop: Workshop, tag: str
) -> None:
    runs = stand_still(shop, "two", tag, RUNS, "second")
    (incident,) = incidents(shop, tag)
    assert (incident["count"], incident["path"], incident["class"]) == (RUNS, "second", "internal")
    assert incident["example"] in runs
    where = {"fingerprint": incident["fingerprint"], "tag": tag}
    preview = bulk(shop, "retry", where)
    assert (preview["count"], preview["by_status"], len(preview["sample"])) == (RUNS, {"incident": RUNS}, 5)
    shop.craft.mend(f"{tag}second")
    begun = bulk(shop, "retry", where, dry_run=False, rate=RATE)
    ended = over(shop, begun["id"])
    assert (ended["count"], ended["done"], ended["failed"]) == (RUNS, RUNS, 0)
    wait_until(lambda: counted(shop, tag) == {"completed": RUNS}, 60)
    assert incidents(shop, tag) == []
    told = told_at(shop, begun["id"])
    assert set(told) == set(runs)
    at = [moment for moments in told.values() for moment in moments]
    assert len(at) == RUNS
    assert (max(at) - min(at)) / 1e9 >= (RUNS - 1) / (RATE * 1.1)
    assert shop.craft.names(tag, "made").count("second") == RUNS + RUNS  # it divided by zero having made it


def test_a_reason_that_comes_again_is_the_same_and_another_one_is_another(shop: Workshop, tag: str) -> None:
    stand_still(shop, "two", tag, 2, "second")
    (first,) = incidents(shop, tag)
    shop.craft.spoil(f"{tag}second", "invalid")
    begun = bulk(shop, "retry", f"tag={tag}", dry_run=False)
    assert over(shop, begun["id"])["done"] == 2
    second = of_class(shop, tag, "invalid")
    assert second["fingerprint"] != first["fingerprint"]
    shop.craft.spoil(f"{tag}second", "raise")
    over(shop, bulk(shop, "retry", f"fingerprint={second['fingerprint']}", dry_run=False)["id"])
    assert of_class(shop, tag, "internal")["fingerprint"] == first["fingerprint"]


def test_runs_that_fail_at_different_items_have_one_reason(shop: Workshop, tag: str) -> None:
    for name in "ac":
        stand_still(shop, "split", f"{tag}{name}", 1, name)
    found = [incidents(shop, f"{tag}{name}")[0] for name in "ac"]
    assert [each["path"] for each in found] == ["items/*/take"] * 2
    assert found[0]["fingerprint"] == found[1]["fingerprint"]


def test_an_undo_that_is_stuck_is_an_incident_and_can_be_retried_in_bulk(shop: Workshop, tag: str) -> None:
    shop.craft.spoil(f"undo-{tag}first", "x")
    run = shop.run("doomed", {"tag": tag})["id"]
    (stuck,) = wait_until(lambda: incidents(shop, tag), 30)
    assert (stuck["undo"], stuck["path"], stuck["class"]) == (True, "first", "invalid")
    assert shop.show(run)["status"] == "undoing"
    shop.craft.mend(f"undo-{tag}first")
    assert bulk(shop, "retry", f"tag={tag}")["by_status"] == {"undoing": 1}
    bulk(shop, "retry", f"tag={tag}", dry_run=False)
    shop.until(run, "failed")
    wait_until(lambda: incidents(shop, tag) == [])


def test_parked_runs_are_let_go_by_a_retry_that_names_them(shop: Workshop, tag: str) -> None:
    shop.craft.spoil(f"{tag}first", "unavailable")
    runs = [shop.run("park", {"tag": tag})["id"] for _ in range(3)]
    wait_until(lambda: counted(shop, tag) == {"parked": 3}, 30)
    assert bulk(shop, "retry", f"tag={tag}")["count"] == 0
    shop.craft.mend(f"{tag}first")
    begun = bulk(shop, "retry", f"tag={tag} status=parked", dry_run=False)
    assert over(shop, begun["id"])["done"] == 3
    for run in runs:
        shop.until(run, "completed")


# -- processes -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("heir", ["itself", "another"])
def test_a_bulk_order_outlives_a_power_cut_and_tells_each_run_once(
    shops: tuple[Workshop, Workshop], shop: Workshop, tag: str, heir: str
) -> None:
    """Runs that fail again are told no second time either."""
    other = shops[1] if heir == "another" else shop
    runs = stand_still(shop, "two", tag, 60, "second", "invalid")
    if other is not shop:
        other.start()
    begun = bulk(shop, "retry", {"tag": tag}, dry_run=False, rate=20)["id"]
    wait_until(lambda: progress(shop, begun)["done"] >= 15, 60)
    shop.kill()
    if other is shop:
        shop.start()
    ended = over(other, begun)
    assert (ended["count"], ended["done"], ended["failed"]) == (60, 60, 0)
    told = told_at(other, begun)
    assert {run: len(moments) for run, moments in told.items()} == dict.fromkeys(runs, 1)
    wait_until(lambda: counted(other, tag) == {"incident": 60}, 60)
    for run in runs[:: len(runs) // 6]:
        history = other.client.get(f"/v1/runs/{run}/history").json()["entries"]
        assert [each["order"]["action"] for each in history if each["type"] == "order"] == ["retry"]
    if other is not shop:
        other.stop()


def test_a_service_that_is_told_to_end_leaves_its_bulk_orders_to_the_next(
    shops: tuple[Workshop, Workshop], shop: Workshop, tag: str
) -> None:
    _, other = shops
    other.start()
    stand_still(shop, "two", tag, 40, "second")
    shop.craft.mend(f"{tag}second")
    begun = bulk(shop, "retry", {"tag": tag}, dry_run=False, rate=20)["id"]
    wait_until(lambda: progress(other, begun)["done"] >= 10, 60)
    shop.stop()
    ended = over(other, begun)
    assert (ended["done"], ended["failed"]) == (40, 0)
    wait_until(lambda: counted(other, tag) == {"completed": 40}, 60)
    assert Counter(map(len, told_at(other, begun).values())) == {1: 40}
    other.stop()


def test_any_process_tells_of_a_bulk_order_takes_its_key_and_stops_it(
    shops: tuple[Workshop, Workshop], shop: Workshop, tag: str
) -> None:
    _, other = shops
    other.start()
    stand_still(shop, "two", tag, 3, "second")
    order = {"dry_run": False, "rate": 0.001, "key": new_tag()}
    begun = bulk(shop, "retry", {"tag": tag}, **order)
    assert bulk(other, "retry", {"tag": tag}, **order) == begun
    wait_until(lambda: progress(other, begun["id"])["done"] == 1, 30)
    assert other.client.post(f"/v1/runs/bulk/{begun['id']}/cancel").json()["cancelled"]
    assert over(shop, begun["id"])["done"] == 1
    assert len(told_at(shop, begun["id"])) == 1
    other.stop()
