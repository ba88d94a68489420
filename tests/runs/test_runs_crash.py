"""The promise: whatever happens to the process, every order ends, is charged once, and leaves no crumbs."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from serving import ROOT, wait_until
from shopfront import ENDED, Shop, open_shop, purchase
from tests.effort import effort

ORDERS = effort(80)
KILLS = effort(8)
STOCK = effort(48)  # of each article, less than is ordered of some
SKUS = ("MUG", "CAP", "PEN", "BAG")


def orders(chance: random.Random) -> list[dict[str, Any]]:
    """Orders of all kinds: of every region and customer, some of more goods than there are."""
    made = []
    for number in range(ORDERS):
        region = chance.choice(["eu/de", "eu/fr", "us", "br"])
        kind = chance.choice(["new", "regular", "vip"])
        lines = [
            {"sku": chance.choice(SKUS), "quantity": chance.randint(1, 3), "price": 10}
            for _ in range(chance.randint(1, 3))
        ]
        total = sum(line["quantity"] * 10 for line in lines)
        if chance.random() < 0.1:
            lines.append({"sku": "RARE", "quantity": 1, "price": 10})
        made.append(purchase(number, total, region, kind, lines=lines))
    return made


class Front:
    """A checkout that does not give up: it asks again with the same key until the order is accepted."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.runs: dict[int, str] = {}
        self.stopped = threading.Event()

    def place(self, number: int, order: dict[str, Any]) -> None:
        while number not in self.runs and not self.stopped.is_set():
            try:
                answer = self.shop.client.post(
                    "/v1/runs",
                    json={"workflow": "order", "input": order},
                    headers={"Idempotency-Key": f"order-{number}"},
                    timeout=10,
                )
                if answer.status_code in (200, 202):
                    self.runs[number] = answer.json()["id"]
                    return
                assert answer.status_code in (429, 503), answer.text
            except (httpx.HTTPError, RuntimeError):  # killed meanwhile, or its client closed
                pass
            time.sleep(0.05)


@pytest.mark.slow
def test_no_order_is_lost_and_none_is_charged_twice(tmp_path: Path, database_url: str) -> None:
    seed = random.SystemRandom().randrange(1 << 32)
    print("seed", seed)
    chance = random.Random(seed)
    with open_shop(
        tmp_path,
        ROOT / "rules",
        database_url,
        environment={"RULESFLOW_PLUGINS__STOCK__INITIAL": str(STOCK)},
        seed=seed,
    ) as shop:
        assert shop.payment is not None
        shop.payment.control(
            fail={"share": 0.1, "status": 503},
            lag={"share": 0.2, "seconds": 0.2},
            wrong={"share": 0.05, "how": "close"},
            decline={"share": 0.1},
            repeat={"share": 0.1},
        )
        front = Front(shop)
        with ThreadPoolExecutor(8) as pool:
            placed = [pool.submit(front.place, *each) for each in enumerate(orders(chance))]
            try:
                for _ in range(KILLS):
                    time.sleep(chance.uniform(0.05, 1.0))  # anywhere: that is the point
                    shop.kill()
                    shop.start()
                wait_until(lambda: all(each.done() for each in placed), 120)
            finally:
                front.stopped.set()
        assert len(front.runs) == ORDERS
        finish(shop)
        check_books(shop, front.runs)


def finish(shop: Shop) -> None:
    """Let everything come to its end: approve, and retry what the payment service left unclear."""

    def ended() -> bool:
        counted = Counter[str]()
        found = shop.client.get("/v1/runs/count").json()["by_status"]
        counted.update(found)
        if sum(found.get(status, 0) for status in ENDED) == ORDERS:
            return True
        decide_reviews(shop)
        retry = {"action": "retry", "filter": "status=incident", "dry_run": False}
        shop.client.post("/v1/runs/bulk", json=retry)
        time.sleep(0.5)
        return False

    try:
        wait_until(ended, 240)
    except AssertionError:
        listed = shop.client.get("/v1/runs", params={"limit": 500}).json()["runs"]
        stuck = [shop.show(run["id"]) for run in listed if run["status"] not in ENDED]
        raise AssertionError(f"{stuck[:3]}\n{''.join(shop.log[-40:])}") from None


def decide_reviews(shop: Shop) -> None:
    """Approve the even orders for review, reject the odd ones."""
    listed = shop.client.get("/v1/runs", params={"status": "waiting", "limit": 500}).json()["runs"]
    for run in listed:
        waits = [each for each in shop.show(run["id"])["waiting_for"] if each["kind"] == "signal"]
        even = int(run["id"][-1], 16) % 2 == 0
        for each in waits:
            if each["signal"] == "approval":
                shop.signal(run["id"], "approval", {"verdict": "approved" if even else "rejected"})
            elif each["signal"].startswith("restocked"):
                shop.order(run["id"], "cancel", reason="it never comes")


def check_books(shop: Shop, runs: dict[int, str]) -> None:
    """The payment service's ledger and the stock agree with what the runs say of themselves."""
    assert shop.payment is not None
    seen = {run: shop.show(run) for run in runs.values()}
    completed = {run for run, shown in seen.items() if shown["status"] == "completed"}
    counted = Counter(shown["status"] for shown in seen.values())
    print(counted)
    assert counted["completed"] > ORDERS / 10
    assert counted.keys() <= set(ENDED)

    charges: dict[str, list[dict[str, Any]]] = {}
    for charge in shop.payment.ledger("rows=all")["charges"]:
        charges.setdefault(charge["key"].split("/")[0], []).append(charge)
    for run, shown in seen.items():
        made = charges.pop(run, [])
        if run in completed:
            (charge,) = made
            assert Decimal(charge["amount"]) == Decimal(str(shown["output"]["charged"]))
            assert Decimal(charge["refunded"]) == 0
        else:
            assert len(made) <= 1
            assert all(Decimal(charge["refunded"]) == Decimal(charge["amount"]) for charge in made)
    assert not charges, "somebody was charged without an order"

    reserved = {key.split("/")[0] for (key,) in shop.stock("SELECT key FROM reservation WHERE NOT released")}
    assert reserved == completed
    held = dict(
        shop.stock(
            "SELECT sku, sum(quantity) FROM reservation_line JOIN reservation USING (key)"
            " WHERE NOT released GROUP BY sku"
        )
    )
    on_hand = dict(shop.stock("SELECT sku, on_hand FROM stock"))
    assert {sku: on_hand[sku] + held.get(sku, 0) for sku in on_hand} == dict.fromkeys(on_hand, STOCK)
