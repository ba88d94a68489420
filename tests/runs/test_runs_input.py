"""What callers send that cannot be: each gets a clear refusal, begins nothing, and harms nobody."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from serving import ROOT
from shopfront import Shop, open_shop, purchase


@pytest.fixture(scope="module")
def shop(shared_database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with open_shop(tmp_path_factory.mktemp("input"), ROOT / "rules", shared_database) as opened:
        yield opened


@pytest.fixture
def begun(shop: Shop) -> Iterator[None]:
    """See to it that a test begins no run."""
    before = shop.client.get("/v1/runs/count").json()["count"]
    yield
    assert shop.client.get("/v1/runs/count").json()["count"] == before


def refused(answer: httpx.Response, status: int, kind: str) -> list[dict[str, Any]]:
    """The errors of a problem of this kind."""
    assert (answer.status_code, answer.json()["type"]) == (status, f"/problems/{kind}"), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert "Traceback" not in answer.text
    return answer.json()["errors"]


def sent(shop: Shop, body: Any, **headers: str) -> httpx.Response:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return shop.client.post("/v1/runs", content=content, headers=headers)


@pytest.mark.usefixtures("begun")
def test_an_unknown_workflow_is_told_the_right_name(shop: Shop) -> None:
    (error,) = refused(sent(shop, {"workflow": "ordre", "input": purchase(1)}), 404, "unknown-workflow")
    assert error["hint"] == "did you mean order?"


@pytest.mark.usefixtures("begun")
def test_an_input_is_held_against_its_schema_and_all_is_told_at_once(shop: Shop) -> None:
    given = purchase("x", "eighty", region="eu/atlantis", kind="vip")
    given["order"]["lines"] = [{"sku": 3, "quantity": -1, "price": 10}]
    del given["customer"]["type"]
    errors = refused(sent(shop, {"workflow": "order", "input": given}), 422, "facts-refused")
    assert {each["pointer"] for each in errors} == {
        "/input/order/total",
        "/input/order/region",
        "/input/order/lines/0/sku",
        "/input/order/lines/0/quantity",
        "/input/customer/type",
    }
    assert all(each["message"] for each in errors)


@pytest.mark.usefixtures("begun")
@pytest.mark.parametrize(
    ("body", "status", "kind"),
    [
        (b"", 400, "json-refused"),
        (b'{"workflow": "order"', 400, "json-refused"),
        (b'{"workflow": "order", "workflow": "order"}', 400, "json-refused"),
        (b'{"workflow": "order", "input": NaN}', 400, "json-refused"),
        (b'{"workflow": "order", "input": 1e999999999}', 400, "json-refused"),
        (b"[" * 100_000, 400, "json-refused"),
        (b"\xff\xfe", 400, "json-refused"),
        (b"[]", 422, "facts-refused"),
        (b'{"workflow": "order", "input": []}', 422, "facts-refused"),
        (b'{"workflow": "order", "inputs": {}}', 422, "facts-refused"),
        (b'{"workflow": ["order"], "input": {}}', 422, "facts-refused"),
        (b'{"workflow": null, "input": {}}', 422, "facts-refused"),
        (b'{"workflow": "order", "input": {"x": "' + b"x" * (1 << 20) + b'"}}', 413, "too-large"),
    ],
    ids=lambda value: value[:30].decode("latin-1") if isinstance(value, bytes) else None,
)
def test_a_body_that_is_none_is_refused(shop: Shop, body: bytes, status: int, kind: str) -> None:
    refused(sent(shop, body), status, kind)


@pytest.fixture(scope="module")
def doubtful(shop: Shop) -> str:
    """A run that waits for its review, and still does after all that it is asked here."""
    run = shop.run("order", purchase("doubtful", 450, "us", "new"))["id"]
    shop.until(run, "waiting")
    return str(run)


@pytest.mark.parametrize(
    ("action", "body", "pointer"),
    [
        ("retry", {"step": 3}, "/step"),
        ("retry", {"stepp": "charge"}, "/stepp"),
        ("retry", {"force": "yes"}, "/force"),
        ("retry", {"rules": "newest"}, "/rules"),
        ("retry", [], ""),
        ("rerun", {}, "/from"),
        ("rerun", {"from": None}, "/from"),
        ("rerun", {"from": "check", "to": "ship"}, "/to"),
        ("cancel", {"reason": 3}, "/reason"),
        ("cancel", {"why": "so"}, "/why"),
        ("pause", {"for": "1h"}, "/for"),
        ("resume", "now", ""),
    ],
)
def test_an_order_of_the_wrong_form_is_refused_with_its_place(
    shop: Shop, doubtful: str, action: str, body: Any, pointer: str
) -> None:
    answer = shop.client.post(f"/v1/runs/{doubtful}/{action}", json=body)
    assert pointer in [each["pointer"] for each in refused(answer, 422, "facts-refused")]
    assert shop.show(doubtful)["status"] == "waiting"


@pytest.mark.parametrize("action", ["pause", "resume", "cancel", "retry", "rerun", "signals/approval"])
def test_orders_and_signals_that_are_too_large_or_no_json_are_refused(
    shop: Shop, doubtful: str, action: str
) -> None:
    path = f"/v1/runs/{doubtful}/{action}"
    refused(shop.client.post(path, content=b'{"reason": "' + b"x" * (1 << 20) + b'"}'), 413, "too-large")
    refused(shop.client.post(path, content=b"{"), 400, "json-refused")
    assert shop.show(doubtful)["status"] == "waiting"


@pytest.mark.parametrize("action", ["pause", "resume", "cancel", "retry", "signals/approval"])
def test_a_run_that_is_not_there_is_told(shop: Shop, action: str) -> None:
    answer = shop.client.post(f"/v1/runs/019aa6b5-9d80-7a51-9f1c-2f6a52d3c1e7/{action}", json={})
    refused(answer, 404, "unknown-run")


# -- keys ------------------------------------------------------------------------------------------------


def test_a_key_that_comes_again_with_the_same_body_is_the_same_run(shop: Shop, tag: str) -> None:
    body = {"workflow": "order", "input": purchase(tag)}
    first = sent(shop, body, **{"Idempotency-Key": tag})
    run = first.json()["id"]
    shop.until(run, "completed")
    turned = dict(reversed(body.items()))  # the same, in another order
    again = sent(shop, turned, **{"Idempotency-Key": tag})
    assert again.json()["id"] == run
    assert again.json()["status"] == "completed"
    assert len(shop.show(run)["attempts"]) == len(again.json()["attempts"])
    shop.kill()
    shop.start()
    assert sent(shop, body, **{"Idempotency-Key": tag}).json()["id"] == run


def test_a_key_that_comes_again_with_another_body_is_a_conflict(shop: Shop, tag: str) -> None:
    assert shop.payment is not None
    run = shop.run("order", purchase(tag), key=tag)["id"]
    other = {"workflow": "order", "input": purchase(tag, 81)}
    (error,) = refused(sent(shop, other, **{"Idempotency-Key": tag}), 409, "key-reused")
    assert error["code"] == "key-reused"
    shop.until(run, "completed")
    assert len(shop.payment.ledger(f"key={run}/charge/1")["charges"]) == 1


def test_twenty_calls_at_once_with_one_key_are_one_order(shop: Shop, tag: str) -> None:
    assert shop.payment is not None
    with ThreadPoolExecutor(20) as pool:
        runs = list(pool.map(lambda _: shop.run("order", purchase(tag), key=tag)["id"], range(20)))
    (run,) = set(runs)
    shop.until(run, "completed")
    assert len(shop.payment.ledger(f"key={run}/charge/1")["charges"]) == 1
    assert len(shop.stock(f"SELECT key FROM reservation WHERE key LIKE '{run}/%'")) == 1
    with ThreadPoolExecutor(20) as pool:
        mixed = list(
            pool.map(
                lambda n: sent(
                    shop,
                    {"workflow": "order", "input": purchase(f"{tag}x", 80 + n % 2)},
                    **{"Idempotency-Key": f"{tag}x"},
                ),
                range(20),
            )
        )
    begun = {answer.json()["id"] for answer in mixed if answer.status_code in (200, 202)}
    assert len(begun) == 1
    assert {answer.status_code for answer in mixed} <= {200, 202, 409}
    assert sum(answer.status_code == 409 for answer in mixed) == 10
