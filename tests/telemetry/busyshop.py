"""A shop that has done a little of everything, so that its metrics have something to tell."""

from __future__ import annotations

from importlib.util import find_spec

from prometheus_client import Metric
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from serving import wait_until
from shopfront import Shop, purchase

OPENMETRICS = "application/openmetrics-text; version=1.0.0"


def keep_busy(shop: Shop) -> None:
    """Real runs, good and bad; decisions, events; names that callers make up; a resource held open."""
    for number in range(4):
        shop.until(shop.run("order", purchase(number))["id"], "completed")
    shop.until(shop.run("order", {**purchase("gone"), "stock": {"missing": 99}})["id"], "failed", "completed")
    for name in ("shipping", "discount", "made-up-1", "made-up-2"):
        shop.client.post(f"/v1/decisions/{name}", json={"facts": purchase(1)})
    shop.client.post("/v1/decisions/shipping", json={"facts": {}})
    shop.client.post("/v1/runs", json={"workflow": "made-up-3", "input": {}})
    for card in "123":
        event = {"specversion": "1.0", "id": card, "source": "/till", "type": "payment.declined"}
        shop.client.post("/v1/events", json={**event, "data": {"device_id": "D", "card": card, "amount": 1}})
    assert shop.client.post("/v1/resources/shipping/open", json={}).status_code == 200
    run = shop.run("order", purchase("parked"))["id"]
    wait_until(lambda: "park" in [each["kind"] for each in shop.show(run)["waiting_for"]], 20)
    wait_until(lambda: parked(shop), 20)
    if find_spec("durable_rules_engine") is not None:
        wait_until(lambda: families(shop)["rulesflow_event_matches"].samples, 20)


def parked(shop: Shop) -> bool:
    """Whether the metrics know of the parked step: what the database tells is up to a second old."""
    return any(sample.value for sample in families(shop)["rulesflow_resource_parked"].samples)


def scraped(shop: Shop, accept: str = "text/plain") -> str:
    """The metrics as text."""
    answer = shop.client.get("/metrics", headers={"accept": accept})
    assert answer.status_code == 200
    return answer.text


def families(shop: Shop) -> dict[str, Metric]:
    """The metrics by name, as OpenMetrics has it: that of a counter is without ``_total``."""
    return {family.name: family for family in text_string_to_metric_families(scraped(shop, OPENMETRICS))}
