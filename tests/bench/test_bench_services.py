"""The services that the plugins call, as processes: their books, and the faults that are ordered."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from bench.services.started import Running, ServiceFailed, payment_service, score_service

ROOT = Path(__file__).parents[2]
MONEY = {"amount": "19.90", "currency": "EUR"}
ORDINARY = dict.fromkeys(("down", "fail", "drop", "lag", "repeat", "decline", "wrong"))


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with payment_service(tmp_path_factory.mktemp("bench") / "new" / "ledger.db") as running:
        yield running


@pytest.fixture
def service(running: Running) -> Iterator[Running]:
    running.control(**ORDINARY, seed=1)
    yield running
    running.control(**ORDINARY)


def charge(service: Running, key: str, **more: Any) -> httpx.Response:
    return httpx.post(f"{service.url}/charges", json={**MONEY, **more}, headers={"Idempotency-Key": key})


def taken(service: Running, key: str) -> int:
    return len(service.ledger(f"key={key}")["charges"])


def test_the_first_line_is_the_url(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "bench.services.payment",
        "--port",
        "0",
        "--ledger",
        str(tmp_path / "l.db"),
    ]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        assert httpx.get(f"{url}/ledger").json()["charges"] == 0
        process.terminate()
        assert process.wait(10) == 0


def test_the_sums_are_exact(tmp_path: Path) -> None:
    with payment_service(tmp_path / "ledger.db") as service:
        for number in range(10):
            charge(service, f"k{number}", amount="0.10")
        refund = {"key": "k3"}
        httpx.post(f"{service.url}/refunds", json=refund, headers={"Idempotency-Key": "r"})
        assert service.ledger() == {
            "charges": 10,
            "keys": 10,
            "most_per_key": 1,
            "charged": "1.00",
            "refunds": 1,
            "refunded": "0.10",
            "net": "0.90",
            "open_authorizations": 0,
        }


def test_a_key_at_once_from_many_sides_is_one_charge(service: Running) -> None:
    with ThreadPoolExecutor(8) as pool:
        replies = list(pool.map(charge, [service] * 40, ["many"] * 40))
    assert len({reply.text for reply in replies}) == 1
    assert taken(service, "many") == 1


def test_a_key_with_another_request_is_refused(service: Running) -> None:
    charge(service, "twice")
    assert charge(service, "twice", amount="20").status_code == 422
    assert charge(service, "twice", amount="19.90").status_code == 201


def test_the_books_outlive_sigkill(tmp_path: Path) -> None:
    with payment_service(tmp_path / "ledger.db") as service:
        first = charge(service, "k").text
        service.kill()
        with payment_service(tmp_path / "ledger.db", port=int(service.url.rpartition(":")[2])) as again:
            assert again.url == service.url
            assert charge(again, "k").text == first
            assert taken(again, "k") == 1


def test_a_caller_that_goes_away_stops_nothing(service: Running) -> None:
    service.control(lag={"seconds": 0.3})
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(f"{service.url}/charges", json=MONEY, headers={"Idempotency-Key": "gone"}, timeout=0.05)
    service.control(lag=None)
    while not taken(service, "gone"):
        pass
    assert charge(service, "gone").status_code == 201


@pytest.mark.parametrize(
    ("faults", "status", "charged"),
    [
        ({"down": True}, 503, 0),
        ({"down": {"retry_after": 3}}, 503, 0),
        ({"fail": {"status": 418}}, 418, 0),
        ({"fail": {"share": 0}}, 201, 1),
        ({"decline": True}, 402, 0),
        ({"wrong": True}, 500, 1),
        ({"repeat": True}, 201, 1),
        ({"drop": True}, None, 0),
        ({"wrong": {"how": "close"}}, None, 1),
    ],
)
def test_each_fault_does_what_it_says(
    service: Running, request: pytest.FixtureRequest, faults: dict[str, Any], status: int | None, charged: int
) -> None:
    service.control(**faults)
    key = f"fault-{request.node.callspec.id}"
    if status is None:
        with pytest.raises(httpx.RemoteProtocolError):
            charge(service, key)
    else:
        reply = charge(service, key)
        assert reply.status_code == status
        assert reply.headers.get("Retry-After") == ("3" if "retry_after" in str(faults) else None)
    assert taken(service, key) == charged


def test_an_answer_may_be_garbled(service: Running) -> None:
    service.control(wrong={"how": "garble"})
    with pytest.raises(ValueError, match="Unterminated"):
        charge(service, "garbled").json()
    assert taken(service, "garbled") == 1


def test_a_share_strikes_the_same_requests_by_the_same_seed(service: Running) -> None:
    def struck(seed: int) -> list[int]:
        service.control(fail={"share": 0.5}, seed=seed)
        return [charge(service, "seeded").status_code for _ in range(20)]

    first = struck(7)
    assert {500, 201} == set(first)
    assert struck(7) == first
    assert struck(8) != first


@pytest.mark.parametrize(
    ("order", "words"),
    [
        ({"fial": True}, "fial: not one of down, fail"),
        ({"fail": {"status": 200}}, "fail.status: a status from 400"),
        ({"fail": {"rate": 1}}, "fail: an object with some of share, status"),
        ({"lag": {"share": 2}}, "lag.share: 0 to 1"),
        ({"lag": {"seconds": "1"}}, "lag.seconds: seconds"),
        ({"wrong": {"how": "badly"}}, "wrong.how: status or close or garble"),
        ({"seed": "x"}, "seed"),
        ([], "send an object"),
    ],
)
def test_an_order_that_makes_no_sense_changes_nothing(service: Running, order: Any, words: str) -> None:
    service.control(decline=True)
    reply = httpx.post(f"{service.url}/control", json=order)
    assert reply.status_code == 422
    assert words in reply.json()["error"]["message"]
    assert httpx.get(f"{service.url}/control").json() == {"decline": {"share": 1.0}}


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("charges", b"{", 400),
        ("charges", b"[]", 422),
        ("charges", json.dumps({**MONEY, "amount": 5}).encode(), 422),
        ("charges", json.dumps({**MONEY, "amount": "-5"}).encode(), 422),
        ("charges", json.dumps({**MONEY, "x": 1}).encode(), 422),
        ("refunds", b'{"charge": "ch_999999"}', 404),
        ("refunds", b'{"charge": "x", "key": "y"}', 422),
        ("nowhere", b"{}", 404),
    ],
)
def test_what_cannot_be_done_is_refused(service: Running, path: str, body: bytes, status: int) -> None:
    headers = {"Idempotency-Key": f"refused-{path}-{body!r}"}
    reply = httpx.post(f"{service.url}/{path}", content=body, headers=headers)
    assert reply.status_code == status
    assert reply.json()["error"]["message"]


def test_without_a_key_nothing_is_charged(service: Running) -> None:
    before = service.ledger()["charges"]
    assert httpx.post(f"{service.url}/charges", json=MONEY).status_code == 400
    assert service.ledger()["charges"] == before


def test_the_score_of_an_order_is_always_the_same() -> None:
    with score_service(api_key="hidden") as service:
        headers = {"Authorization": "Bearer hidden"}
        ask = {"order": {"id": "A-1"}}
        replies = [httpx.post(f"{service.url}/scores", json=ask, headers=headers).json() for _ in range(2)]
        assert replies[0] == replies[1]
        assert httpx.post(f"{service.url}/scores", json=ask).status_code == 401
        assert service.ledger() == {"scores": 2}


def test_a_port_in_use_is_told(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(ServiceFailed, match="status 1"), payment_service(tmp_path / "l.db", port=port):
            pytest.fail("it came up")
    assert capfd.readouterr().err.startswith(f"cannot listen on 127.0.0.1:{port}: ")


def test_a_ledger_that_cannot_be_kept_is_told(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").touch()
    ledger = tmp_path / "file" / "ledger.db"
    with pytest.raises(ServiceFailed, match="status 1"), payment_service(ledger):
        pytest.fail("it came up")
    assert capfd.readouterr().err.startswith(f"cannot keep the ledger {ledger}: ")


def test_the_service_ends_with_its_block(tmp_path: Path) -> None:
    with payment_service(tmp_path / "ledger.db") as service:
        pid = service.process.pid
        os.kill(pid, 0)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
