"""Whatever is sent, nobody gets a 500 for it."""

from __future__ import annotations

import json
import socket
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from rulesflow.runtime.service import Service
from serving import Server, wait_until

ALLOWED = {200, 400, 404, 405, 413, 422}
fuzz = settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["eu/de", "vip", "changed_mind", "2026-11-20T10:00:00Z"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.text() | st.sampled_from(["order", "total", "region", "customer", "type", "refund", "reason"]),
            inner,
            max_size=5,
        )
    ),
    max_leaves=15,
)
requests = st.dictionaries(st.sampled_from(["facts", "at", "explain", "x"]), values, max_size=4)
bodies = (
    st.binary(max_size=300)
    | st.text(max_size=300).map(lambda text: text.encode("utf-8", "surrogatepass"))
    | (values | requests).map(lambda value: json.dumps(value).encode("utf-8", "surrogatepass"))
)
names = st.sampled_from(["refund", "fraud", "shipping", "nope"])


def check(response: Any) -> None:
    assert response.status_code in ALLOWED, response.text
    if response.status_code >= 400:
        problem = response.json()
        assert response.headers["content-type"] == "application/problem+json"
        assert problem["status"] == response.status_code
        assert problem["type"].startswith("/problems/")


@fuzz
@given(name=names, body=bodies)
def test_no_body_makes_a_decision_fail(shop_server: Server, name: str, body: bytes) -> None:
    check(shop_server.post(f"/v1/decisions/{name}", content=body))


@fuzz
@given(name=names, body=bodies, ndjson=st.booleans())
def test_no_body_makes_a_batch_fail(shop_server: Server, name: str, body: bytes, ndjson: bool) -> None:
    headers = {"content-type": "application/x-ndjson"} if ndjson else {}
    response = shop_server.post(f"/v1/decisions/{name}/batch", content=body, headers=headers)
    check(response)
    if response.status_code == 200:
        text = response.text
        items = [json.loads(line) for line in text.split("\n") if line] if ndjson else []
        assert all(item.get("error", {"status": 200})["status"] in ALLOWED for item in items)


@fuzz
@given(text=st.text(max_size=200))
def test_no_path_or_query_makes_a_call_fail(shop_server: Server, text: str) -> None:
    check(shop_server.get("/v1/decisions/refund", params={text: text, "order.region": text}))
    quoted = "".join(f"%{byte:02x}" for byte in text.encode("utf-8", "surrogatepass"))
    check(shop_server.get(f"/v1/decisions/{quoted}x"))
    check(shop_server.post(f"/v1/decisions/{quoted}x", content=b"{}"))


@pytest.mark.parametrize(
    "raw",
    [
        b"POST /v1/decisions/refund HTTP/1.1\r\n\r\n",
        b"POST /v1/decisions/refund HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
        b"POST /v1/decisions/refund HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999999\r\n\r\n",
        b"POST /v1/decisions/%ff HTTP/1.0\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}",
        b"GET /v1/decisions/refund?%ff=%00 HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01",
    ],
)
def test_odd_requests_are_refused_and_the_server_lives(shop_server: Server, raw: bytes) -> None:
    with socket.create_connection(("127.0.0.1", shop_server.port), timeout=10) as connection:
        connection.sendall(raw)
        status = connection.recv(65536).split(b" ", 2)[1]
    assert status in {b"400", b"403", b"404", b"413", b"422"}
    assert shop_server.get("/readyz").status_code == 200


def test_a_defect_of_ours_is_a_500_that_tells_nothing_and_is_logged(
    serve: Any, project: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def defect(*_: object) -> None:
        raise ZeroDivisionError("a secret of the program")

    server = serve(rules=project)
    monkeypatch.setattr(Service, "answer", defect)
    response = server.decide("fee", {})
    assert response.status_code == 500
    assert response.json()["type"] == "/problems/internal-error"
    assert "secret" not in response.text
    assert "Traceback" not in response.text
    wait_until(lambda: "a secret of the program" in caplog.text)
    (item,) = server.post("/v1/decisions/fee/batch", json=[{"facts": {}}]).json()
    assert item["error"]["status"] == 500
    monkeypatch.undo()
    assert server.decide("fee", {}).status_code == 200


def test_errors_of_a_problem_are_bounded(shop_server: Server) -> None:
    facts = {f"x{number}": 1 for number in range(3000)}
    problem = shop_server.decide("refund", facts).json()
    assert len(problem["errors"]) <= 100
    crowded = shop_server.post("/v1/decisions/refund", json={"facts": {}} | facts).json()
    assert len(crowded["errors"]) <= 100
