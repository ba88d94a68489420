"""Resources, the backlog and their metrics over HTTP, from really parked steps."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from jsonschema import Draft202012Validator
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy.exc import OperationalError

from kept_rulesets import versions_of
from rulesflow.api.access import purpose
from rulesflow.api.application import build_application
from rulesflow.model.times import Timestamp
from rulesflow.runtime.catalog import Catalog
from rulesflow.runtime.database import Database
from rulesflow.runtime.durable import Claim
from rulesflow.runtime.loading import load_folder
from rulesflow.runtime.parking import Parking
from rulesflow.runtime.reloader import Reloader
from rulesflow.runtime.service import Service
from rulesflow.runtime.traffic import Traffic
from rulesflow.settings import Settings
from shown_resources import WINDOW, ShownResources, park

TROUBLE = {"class": "unavailable", "code": "circuit-open", "message": "5 of 5 calls within 10 s failed"}
PROBE = Timestamp(4_000_000_000_000_000_000)


@dataclass
class House:
    """An application, what it shows, and the database of parked steps."""

    app: FastAPI
    resources: ShownResources
    database: Database

    def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        async def call() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
                return await client.request(method, path, **options)

        return asyncio.run(call())

    def get(self, path: str) -> Any:
        response = self.ask("GET", path)
        assert response.status_code == 200, response.text
        return response.json()

    def press(self, path: str, **options: Any) -> httpx.Response:
        return self.ask("POST", f"/v1/resources/{path}", **options)

    def metrics(self) -> dict[tuple[str, ...], float]:
        families = text_string_to_metric_families(self.ask("GET", "/metrics").text)
        return {
            (sample.name, *sample.labels.values()): sample.value
            for family in families
            for sample in family.samples
        }


def build(traffic: Traffic | None, **given: Any) -> FastAPI:
    settings, catalog = Settings(**given), Catalog()

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield

    versions = versions_of(catalog, Reloader(settings.rules, catalog, load_folder))
    return build_application(settings, Service(catalog, 10_000), versions, lifespan, None, None, traffic)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """Payment is open and has three steps parked, stock is well; two runs go on."""
    database = Database(f"sqlite:///{tmp_path / 'state.db'}")
    resources = ShownResources(
        {
            "name": "payment",
            "state": "open",
            "since": Timestamp(1_800_000_000_000_000_000),
            "problem": TROUBLE,
            "next_probe": PROBE,
            "window": WINDOW | {"calls": 5, "failed": 5, "by_class": {"timeout": 5}, "p50": 2.0, "p95": 2.0},
        },
        {"name": "stock"},
    )
    resources.counted = {"payment": {"ok": 3, "timeout": 5}}
    park(database, "payment", 3)
    traffic = Traffic(resources, Parking(database, "me", lambda *_: Claim("", ())), lambda: 2, 50, 0)
    yield House(build(traffic), resources, database)
    database.close()


def refused(response: httpx.Response, status: int, kind: str) -> list[dict[str, Any]]:
    problem = response.json()
    assert (response.status_code, problem["type"]) == (status, f"/problems/{kind}"), response.text
    return problem["errors"]


def test_resources_are_listed_and_shown(house: House) -> None:
    payment, stock = house.get("/v1/resources")["resources"]
    assert (payment["state"], payment["problem"], payment["parked"]) == ("open", TROUBLE, 3)
    assert payment["since"] == "2027-01-15T08:00:00Z"
    assert payment["oldest_parked"] == "1970-01-01T00:00:01Z"
    assert payment["expected_end"] == "2096-10-02T07:06:42Z"  # two seconds after the probe
    assert (stock["parked"], stock["expected_end"]) == (0, None)
    assert house.get("/v1/resources/payment") == payment


def test_what_is_answered_fits_the_description(house: House) -> None:
    document = house.get("/openapi.json")
    for path, answer in (
        ("/v1/resources", house.get("/v1/resources")),
        ("/v1/resources/{resource}", house.get("/v1/resources/stock")),
        ("/v1/resources/{resource}/open", house.press("stock/open").json()),
        ("/v1/scale", house.get("/v1/scale")),
    ):
        (operation,) = document["paths"][path].values()
        (content,) = operation["responses"]["200"]["content"].values()
        schema = content["schema"] | {"components": document["components"]}
        Draft202012Validator(schema).validate(answer)


def test_an_unknown_resource_is_a_problem_that_names_the_nearest(house: House) -> None:
    for response in (house.ask("GET", "/v1/resources/paymnt"), house.press("paymnt/open")):
        (error,) = refused(response, 404, "unknown-resource")
        assert error["hint"] == "did you mean payment?"
    refused(house.ask("GET", "/v1/resources/%00"), 404, "unknown-resource")
    refused(house.press("payment/shut"), 404, "not-found")
    refused(house.ask("DELETE", "/v1/resources/payment"), 405, "method-not-allowed")


def test_an_operator_opens_and_closes_and_is_remembered_in_the_log(house: House, caplog: Any) -> None:
    with caplog.at_level(logging.INFO):
        opened = house.press("stock/open", json={"reason": "it is counted"})
    assert (opened.status_code, opened.json()["state"], opened.json()["forced"]) == (200, "open", True)
    assert "somebody orders resource stock: open: it is counted" in caplog.messages
    assert house.press("stock/close").json()["state"] == "closed"
    assert house.press("payment/probe", content=b"{}").status_code == 200
    assert house.resources.orders == [
        ("stock", "open", "it is counted"),
        ("stock", "close", ""),
        ("payment", "probe", ""),
    ]


def test_a_key_is_one_press(house: House) -> None:
    key = {"idempotency-key": "k1"}
    first = house.press("stock/open", headers=key, json={"reason": "it is counted"})
    house.press("stock/close")
    assert house.press("stock/open", headers=key, json={"reason": "it is counted"}).json() == first.json()
    assert len(house.resources.orders) == 2
    refused(house.press("stock/open", headers=key, json={"reason": "another"}), 409, "key-reused")
    refused(house.press("payment/open", headers=key, json={"reason": "it is counted"}), 409, "key-reused")
    refused(house.press("stock/probe", headers=key, json={"reason": "it is counted"}), 409, "key-reused")


@pytest.mark.parametrize(
    ("content", "status", "kind"),
    [
        (b"{", 400, "json-refused"),
        (b"[]", 422, "facts-refused"),
        (b'{"reason": 1}', 422, "facts-refused"),
        (b'{"raeson": "x"}', 422, "facts-refused"),
        (b'{"reason": "' + b"x" * (1 << 20) + b'"}', 413, "too-large"),
    ],
)
def test_a_body_that_is_none_is_refused_and_nothing_is_pressed(
    house: House, content: bytes, status: int, kind: str
) -> None:
    refused(house.press("stock/open", content=content), status, kind)
    assert house.resources.orders == []


def test_pages_of_other_sites_press_nothing(house: House) -> None:
    refused(house.press("stock/open", headers={"origin": "http://evil.example"}), 403, "cross-site")
    assert house.resources.orders == []


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "/v1/resources", ("read", "resources")),
        ("GET", "/v1/resources/payment", ("read", "resource:payment")),
        ("POST", "/v1/resources/payment/open", ("open", "resource:payment")),
        ("POST", "/v1/resources/payment/probe", ("probe", "resource:payment")),
        ("GET", "/v1/scale", ("read", "scale")),
    ],
)
def test_a_call_about_resources_has_a_verb_and_a_thing(
    method: str, path: str, expected: tuple[str, str]
) -> None:
    assert purpose(method, path) == expected


def test_a_scaler_reads_the_seconds_of_work(house: House) -> None:
    scale = house.get("/v1/scale")
    assert (scale["backlog"], scale["running"], scale["parked"]) == (5, 2, 3)
    assert scale["value"] == 2  # three steps, at one a second and then at two
    assert scale["seconds"] > 10**9  # only once it is probed


def test_who_only_decides_has_no_resources() -> None:
    house = House(build(None), ShownResources(), None)  # type: ignore[arg-type]
    for method, path in (("GET", "/v1/resources"), ("GET", "/v1/scale"), ("POST", "/v1/resources/x/open")):
        assert house.ask(method, path).json()["type"] == "/problems/decisions-only"
    assert not [name for name, *_ in house.metrics() if "resource" in name or "runs" in name]


# -- metrics ---------------------------------------------------------------------------------------------


def test_what_goes_on_is_measured(house: House) -> None:
    measured = house.metrics()
    states = ("closed", "open", "half-open")
    assert [measured["rulesflow_resource_state", "payment", each] for each in states] == [0, 1, 0]
    assert [measured["rulesflow_resource_state", "stock", each] for each in states] == [1, 0, 0]
    assert measured["rulesflow_resource_parked", "payment"] == 3
    assert measured["rulesflow_resource_drain_per_second", "payment"] == 0
    assert 10**9 < measured["rulesflow_resource_expected_seconds", "payment"] < inf
    assert measured["rulesflow_resource_expected_seconds", "stock"] == 0
    assert measured["rulesflow_resource_calls_total", "timeout", "payment"] == 5
    assert measured["rulesflow_runs_live",] == 2
    assert measured["rulesflow_runs_dormant",] == 0
    assert measured["rulesflow_backlog",] == 5
    assert 0 <= measured["rulesflow_traffic_age_seconds",] < 60


def test_an_end_that_nobody_knows_is_infinitely_far(house: House) -> None:
    house.press("payment/open")
    house.resources.resources["payment"]["next_probe"] = None
    house.press("payment/open")
    assert house.metrics()["rulesflow_resource_expected_seconds", "payment"] == inf


def test_metrics_are_told_while_the_database_is_away(house: House) -> None:
    house.resources.error = OperationalError("SELECT 1", None, Exception("away"))
    blind = house.metrics()
    assert blind["rulesflow_traffic_age_seconds",] == inf
    assert blind["rulesflow_runs_live",] == 2
    assert ("rulesflow_backlog",) not in blind


def test_metrics_do_not_wait_for_a_database_that_hangs(house: House) -> None:
    house.resources.gate.clear()
    try:
        assert house.metrics()["rulesflow_traffic_age_seconds",] == inf
        assert not house.resources.gate.is_set()
    finally:
        house.resources.gate.set()


def test_a_failure_of_the_database_is_no_traceback_to_a_caller(house: House) -> None:
    house.resources.error = OperationalError("SELECT secrets", None, Exception("away"))
    response = house.ask("GET", "/v1/resources")
    refused(response, 503, "database-away")
    assert response.headers["retry-after"] == "1"
    assert "secrets" not in response.text
