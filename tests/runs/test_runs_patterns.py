"""The sample shop's patterns, from what its own runs tell to what follows in others."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any

import pytest

from serving import ROOT, wait_until
from shopfront import Shop, open_shop, purchase

pytestmark = pytest.mark.skipif(
    find_spec("durable_rules_engine") is None, reason="durable-rules is not installed: it takes a C compiler"
)
SOON = 60


@pytest.fixture(scope="module")
def shop(shared_database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with open_shop(tmp_path_factory.mktemp("patterns"), ROOT / "rules", shared_database) as opened:
        yield opened


def order(number: str, card: str) -> dict[str, Any]:
    device = f"D-{number.partition('-')[0]}"
    return {**purchase(number), "payment": {"method": "card", "device_id": device, "card": card}}


def tell(shop: Shop, type_: str, id_: str, **data: str) -> None:
    """Send an event of now."""
    event = {"specversion": "1.0", "source": "/test", "id": id_, "type": type_, "data": data}
    headers = {"content-type": "application/cloudevents+json"}
    assert shop.client.post("/v1/events", json=event, headers=headers).status_code == 202


def done(shop: Shop, pattern: str, key: str) -> list[dict[str, Any]]:
    """The matches, once there is one and it was followed."""

    def followed() -> list[dict[str, Any]]:
        given = {"pattern": pattern, "key": key, "status": "done"}
        return list(shop.client.get("/v1/matches", params=given).json()["matches"])

    return wait_until(followed, SOON)


def refund(tag: str, reason: str) -> dict[str, Any]:
    given = purchase(tag, 450, "us")
    del given["order"]["lines"]
    return {**given, "refund": {"reason": reason, "charge_id": f"ch-{tag}"}}


def test_cards_that_were_declined_in_runs_turn_away_the_next_order_from_their_device(
    shop: Shop, tag: str
) -> None:
    assert shop.payment is not None
    shop.payment.control(decline={"share": 1.0})
    for card in ("visa-a", "visa-b", "visa-c"):
        run = shop.run("order", order(f"{tag}-{card}", card))["id"]
        assert shop.until(run, "failed", seconds=SOON)["problem"]["code"] == "declined"
    shop.payment.control(decline=None)
    (match,) = done(shop, "card-testing", f"D-{tag}")
    turned_away = shop.until(shop.run("order", order(f"{tag}-next", "visa-d"))["id"], "failed", seconds=SOON)
    assert turned_away["problem"]["code"] == "rejected"
    (fraud,) = [each for each in turned_away["decisions"] if each["decision"] == "fraud"]
    assert fraud["matched"][0]["rule"] == "card_testing"
    assert [each["match"] for each in fraud["set_facts"]] == [match["id"]]
    other = order(f"{tag}other-1", "visa-a")
    assert shop.until(shop.run("order", other)["id"], "completed", seconds=SOON)


def test_a_refund_that_waits_is_denied_once_the_parcel_was_delivered(shop: Shop, tag: str) -> None:
    run = shop.run("refund", refund(tag, "never_arrived"))["id"]
    shop.until(run, "waiting", seconds=SOON)
    tell(shop, "parcel.delivered", tag, order_id=f"A-{tag}")
    denied = shop.until(run, "failed", seconds=SOON)
    assert denied["problem"]["code"] == "refund-denied"
    done(shop, "parcel-came-after-all", f"A-{tag}")


def test_a_new_address_before_a_refund_starts_an_investigation(shop: Shop, tag: str) -> None:
    tell(shop, "address.changed", tag, customer_id=f"C-{tag}")
    asked = shop.run("refund", refund(tag, "changed_mind"))["id"]
    (match,) = done(shop, "address-change-then-refund", f"C-{tag}")
    (begun,) = [
        each
        for each in shop.client.get("/v1/runs", params={"workflow": "investigate"}).json()["runs"]
        if shop.show(each["id"])["input"]["customer_id"] == f"C-{tag}"
    ]
    assert shop.show(begun["id"])["input"]["order_id"] == f"A-{tag}"
    assert f"/runs/{asked}" in [event["source"] for event in match["events"]]
    shop.signal(begun["id"], "investigation", {"verdict": "harmless"})
    assert shop.until(begun["id"], "completed", seconds=SOON)["output"]["verdict"] == "harmless"
