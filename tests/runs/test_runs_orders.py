"""The sample shop's orders, from the checkout to the label, as callers see them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from serving import ROOT, wait_until
from shopfront import Shop, open_shop, purchase

APPROVED = {"verdict": "approved", "note": "called back"}


@pytest.fixture(scope="module")
def shop(shared_database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """The sample shop, shared by these tests: each places orders of its own."""
    with open_shop(tmp_path_factory.mktemp("orders"), ROOT / "rules", shared_database) as opened:
        yield opened


@pytest.fixture
def doubtful(shop: Shop, tag: str) -> str:
    """The run of an order for review, which waits."""
    run = shop.run("order", purchase(tag, 450, "us", "new"))["id"]
    shop.until(run, "waiting")
    return run


def error_of(answer: httpx.Response, status: int) -> dict[str, Any]:
    """The first error of a problem."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.json()["errors"][0]


def test_an_order_runs_from_the_checkout_to_the_label(shop: Shop, tag: str) -> None:
    assert shop.payment is not None
    ended = shop.run("order", purchase(tag, 80), wait="30s")
    assert ended["status"] == "completed"
    assert [each["path"] for each in ended["path"]] == [
        *("complete", "stock", "reserve", "check", "score", "fraud", "discount", "shipping"),
        *("price", "charge", "parcels", "ship"),
    ]
    label = Path(shop.folder, "labels", ended["output"]["label"])
    assert label.read_bytes()[:5] == b"%PDF-"
    (charge,) = shop.payment.ledger(f"key={ended['id']}/charge/1")["charges"]
    assert Decimal(charge["amount"]) == Decimal(str(ended["output"]["charged"]))
    assert charge["reference"] == f"A-{tag}"


def test_every_decision_tells_the_file_and_the_line_of_its_rule(shop: Shop, tag: str) -> None:
    ended = shop.run("order", purchase(tag, 450, "us", "new"), wait="1s")
    taken = {each["path"]: each for each in ended["decisions"]}
    (match,) = taken["fraud"]["matched"]
    assert (match["rule"], match["file"]) == ("first_order_large", "customer/new/fraud.yaml")
    line = (ROOT / "rules" / match["file"]).read_text().splitlines()[match["line"] - 1]
    assert "rule: first_order_large" in line
    assert taken["fraud"]["result"]["verdict"] == "review"
    assert taken["fraud"]["digest"] == shop.client.get("/v1/ruleset").json()["digest"]
    entries = shop.client.get(f"/v1/runs/{ended['id']}/history").json()["entries"]
    told = [each["path"] for each in entries if each["type"] == "decision"]
    assert told == [each["path"] for each in ended["decisions"]]


def test_region_and_customer_part_two_orders_by_their_files(shop: Shop, tag: str) -> None:
    vip = shop.run("order", purchase(f"{tag}vip", 450, "eu/de", "vip"), wait="30s")
    new = shop.run("order", purchase(f"{tag}new", 450, "us", "new"), wait="1s")
    assert (vip["status"], new["status"]) == ("completed", "waiting")
    assert "review" not in [each["path"] for each in vip["path"]]
    assert [each["path"] for each in new["path"]][-2:] == ["fraud", "review"]
    shop.signal(new["id"], "approval", APPROVED)
    new = shop.until(new["id"], "completed")
    files = {
        name: {each["path"]: [match["file"] for match in each["matched"]] for each in run["decisions"]}
        for name, run in (("vip", vip), ("new", new))
    }
    assert files["vip"]["fraud"] == ["base/fraud.yaml"]  # the VIP's overlay only lifts its bounds
    assert files["new"]["fraud"] == ["customer/new/fraud.yaml"]
    assert files["vip"]["discount"] == ["customer/vip/discount.yaml"]
    assert files["new"]["discount"] != files["vip"]["discount"]
    assert files["vip"]["shipping"] == ["base/shipping.csv"]
    assert files["new"]["shipping"] == ["region/us/shipping.csv"]
    layers = {each["path"]: each["layers"] for each in vip["decisions"]}["fraud"]
    assert layers == ["base", "region/eu", "region/eu/de", "customer/vip", "region/eu/customer/vip"]


def test_a_charge_that_fails_twice_is_three_attempts_under_one_key_and_one_charge(
    shop: Shop, tag: str
) -> None:
    assert shop.payment is not None
    run = shop.run("order", purchase(tag, 450, "us", "new"))["id"]
    shop.until(run, "waiting")
    shop.payment.control(fail={"status": 503})
    try:
        shop.signal(run, "approval", APPROVED)
        entries = second_failure(shop, run)
    finally:
        shop.payment.control(fail=None)
    ended = shop.until(run, "completed")
    charges = [each for each in ended["attempts"] if each["path"] == "charge"]
    assert [each["attempt"] for each in charges] == [1, 2, 3]
    assert {each["key"] for each in charges} == {"charge/1"}
    assert [each.get("problem", {}).get("class") for each in charges] == ["unavailable", "unavailable", None]
    assert charges[-1]["output"]["amount"] == ended["output"]["charged"]
    assert all(each["started_at"] <= each["ended_at"] for each in charges)
    assert len(shop.payment.ledger(f"key={run}/charge/1")["charges"]) == 1
    assert [each["type"] for each in entries].count("retry") == 1  # between the two that failed


def second_failure(shop: Shop, run: str) -> list[dict[str, Any]]:
    """The history as soon as the charge has failed for the second time."""
    with shop.client.stream("GET", f"/v1/runs/{run}/events", timeout=30) as stream:
        failed = 0
        for line in stream.iter_lines():
            failed += line.startswith("data:") and '"path":"charge"' in line and '"problem"' in line
            if failed == 2:
                break
    return shop.client.get(f"/v1/runs/{run}/history").json()["entries"]


def test_an_order_that_is_declined_gives_its_goods_back(shop: Shop, tag: str) -> None:
    assert shop.payment is not None
    shop.payment.control(decline=True)
    try:
        ended = shop.run("order", purchase(tag, 80), wait="30s")
    finally:
        shop.payment.control(decline=None)
    assert (ended["status"], ended["problem"]["code"]) == ("failed", "declined")
    assert ended["undone"]
    assert shop.stock(f"SELECT released FROM reservation WHERE key LIKE '{ended['id']}/%'") == [(1,)]
    assert shop.payment.ledger(f"key={ended['id']}/charge/1")["charges"] == []


# -- signals ---------------------------------------------------------------------------------------------


def test_an_order_for_review_waits_and_goes_on_by_a_signal(shop: Shop, doubtful: str) -> None:
    (wait,) = shop.show(doubtful)["waiting_for"]
    assert (wait["path"], wait["kind"], wait["signal"]) == ("review", "signal", "approval")
    answer = shop.signal(doubtful, "approval", APPROVED)
    assert answer.status_code == 202
    ended = shop.until(doubtful, "completed")
    assert ended["steps"]["review"] == APPROVED
    assert [each["path"] for each in ended["path"]].index("review") < len(ended["path"]) - 1


def test_an_order_that_a_person_rejects_is_taken_back(shop: Shop, doubtful: str) -> None:
    shop.signal(doubtful, "approval", {"verdict": "rejected"})
    ended = shop.until(doubtful, "failed")
    assert ended["problem"]["code"] == "rejected"
    assert shop.stock(f"SELECT released FROM reservation WHERE key LIKE '{doubtful}/%'") == [(1,)]


def test_a_signal_may_come_before_its_wait(shop: Shop, tag: str) -> None:
    lines = [{"sku": "NEVER", "quantity": 10**6, "price": 450}]
    run = shop.run("order", purchase(tag, 450, "us", "new", lines=lines))["id"]
    waiting = shop.until(run, "waiting")
    assert [each["signal"] for each in waiting["waiting_for"]] == ["restocked-NEVER"]
    assert shop.signal(run, "approval", APPROVED).status_code == 202  # the review is yet to come
    assert shop.show(run)["status"] == "waiting"
    stocked(shop, "NEVER", 10**6)
    shop.signal(run, "restocked-NEVER", {})
    ended = shop.until(run, "completed")
    assert ended["steps"]["review"] == APPROVED


def stocked(shop: Shop, sku: str, quantity: int) -> None:
    """Bring goods in, as the warehouse does."""
    with closing(sqlite3.connect(shop.folder / "stock.db", timeout=30)) as connection, connection:
        connection.execute("INSERT OR REPLACE INTO stock (sku, on_hand) VALUES (?, ?)", [sku, quantity])


def test_a_signal_that_the_workflow_never_waits_for_is_told_the_right_name(shop: Shop, doubtful: str) -> None:
    error = error_of(shop.signal(doubtful, "aproval", APPROVED), 404)
    assert error["code"] == "unknown-signal"
    assert error["hint"] == "did you mean approval?"


@pytest.mark.parametrize("name", ["aproval", "restocked", "restock-MUG", "x" * 300])
def test_a_signal_that_no_wait_can_mean_is_unknown_though_one_is_computed(
    shop: Shop, tag: str, name: str
) -> None:
    run = shop.run("order", purchase(tag, 80, lines=[{"sku": "VOID", "quantity": 10**6, "price": 80}]))["id"]
    shop.until(run, "waiting")
    assert error_of(shop.signal(run, name, {}), 404)["code"] == "unknown-signal"
    assert shop.signal(run, "restocked-OTHER", {}).status_code == 202  # it might yet come to that
    shop.order(run, "cancel")


def test_a_signal_that_can_no_longer_be_received_is_a_conflict(shop: Shop, tag: str) -> None:
    assert shop.payment is not None
    run = shop.run("order", purchase(tag, 450, "us", "new"))["id"]
    shop.until(run, "waiting")
    shop.payment.control(fail={"status": 503, "retry_after": 3600})  # held up behind the review
    try:
        shop.signal(run, "approval", APPROVED)
        wait_until(lambda: "retry" in [each["kind"] for each in shop.show(run)["waiting_for"]])
        error = error_of(passed(shop, run), 409)
        assert error["code"] == "signal-passed"
    finally:
        shop.payment.control(fail=None)
        shop.order(run, "cancel")
    shop.until(run, "cancelled")


def passed(shop: Shop, run: str) -> httpx.Response:
    """The answer to another approval once the review is over."""
    wait_until(lambda: "review" not in [each["path"] for each in shop.show(run)["waiting_for"]])
    return shop.signal(run, "approval", APPROVED)


def test_a_signal_after_the_end_is_a_conflict(shop: Shop, doubtful: str) -> None:
    shop.signal(doubtful, "approval", {"verdict": "rejected"})
    shop.until(doubtful, "failed")
    error = error_of(shop.signal(doubtful, "approval", APPROVED), 409)
    assert (error["code"], "failed" in error["message"]) == ("run-ended", True)


@pytest.mark.parametrize(
    ("payload", "pointer"),
    [
        ({"verdict": "maybe"}, "/verdict"),
        ({}, "/verdict"),
        ({"verdict": "approved", "note": 3}, "/note"),
        ([], ""),
    ],
)
def test_a_payload_that_does_not_fit_is_refused_and_the_run_waits_on(
    shop: Shop, doubtful: str, payload: Any, pointer: str
) -> None:
    assert error_of(shop.signal(doubtful, "approval", payload), 422)["pointer"] == pointer
    assert shop.show(doubtful)["status"] == "waiting"


def test_of_many_signals_at_once_one_is_consumed(shop: Shop, doubtful: str) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: shop.signal(doubtful, "approval", APPROVED), range(8)))
    assert {answer.status_code for answer in answers} <= {202, 409}
    ended = shop.until(doubtful, "completed")
    entries = shop.client.get(f"/v1/runs/{doubtful}/history").json()["entries"]
    assert [each["type"] for each in entries].count("signal") == 1
    assert [each["path"] for each in ended["attempts"]].count("charge") == 1


def test_a_signal_with_a_key_is_one_signal(shop: Shop, doubtful: str) -> None:
    def send(verdict: str) -> httpx.Response:
        return shop.client.post(
            f"/v1/runs/{doubtful}/signals/approval",
            json={"verdict": verdict},
            headers={"Idempotency-Key": "click"},
        )

    first = send("approved")
    shop.until(doubtful, "completed")
    again = send("approved")
    assert (first.status_code, again.status_code) == (202, 202)
    assert again.json()["number"] == first.json()["number"]
    assert error_of(send("rejected"), 409)["code"] == "key-reused"
