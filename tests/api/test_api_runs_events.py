"""The stream of a run's events: as a client reads it, over a real connection."""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from rulesflow.api.ending import Ending
from rulesflow.api.sse import EventStream
from rulesflow.settings import Settings
from run_project import order, write_run_project
from serving import ROOT, Server, running, wait_until


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("events")
    rules = write_run_project(folder / "rules")
    with running(Settings(rules=rules, database_url=f"sqlite:///{folder}/state.db")) as server:
        yield server


def waiting(server: Server) -> str:
    run = server.post("/v1/runs", json={"workflow": "review", "input": order()}).json()["id"]
    wait_until(lambda: server.get(f"/v1/runs/{run}").json()["status"] == "waiting")
    return str(run)


def events(lines: Iterator[str]) -> Iterator[dict[str, Any]]:
    """Each event with its fields, as the standard has a client read them."""
    fields: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(": ")
        if line and name:
            fields[name] = value
        elif not line:
            if "data" in fields:
                yield {**fields, "data": json.loads(fields["data"])}
            fields = {}


def approve(server: Server, run: str) -> None:
    sent = server.post(f"/v1/runs/{run}/signals/approval", json={"verdict": "approved"})
    assert sent.status_code == 202


def test_events_come_as_they_happen_and_end_with_the_run(server: Server) -> None:
    run = waiting(server)
    with server.client.stream("GET", f"/v1/runs/{run}/events") as stream:
        assert stream.headers["content-type"] == "text/event-stream"
        assert stream.headers["cache-control"] == "no-store"
        coming = events(stream.iter_lines())
        first = next(coming)
        assert (first["id"], first["event"], first["data"]["type"]) == ("1", "started", "started")
        while (each := next(coming))["event"] != "status":
            pass
        assert (each["data"], "id" in each) == ({"type": "status", "status": "waiting"}, False)
        approve(server, run)
        rest = list(coming)
    assert [each["event"] for each in rest if each["event"] == "signal"] == ["signal"]
    assert rest[-1]["data"]["status"] == "completed"
    assert rest[-1]["event"] == "end"


def test_a_stream_is_taken_up_behind_the_last_event_that_came(server: Server) -> None:
    run = waiting(server)
    approve(server, run)
    wait_until(lambda: server.get(f"/v1/runs/{run}").json()["status"] == "completed")
    whole = [
        each for each in events(iter(server.get(f"/v1/runs/{run}/events").text.splitlines())) if "id" in each
    ]
    history = server.get(f"/v1/runs/{run}/history").json()["entries"]
    assert [each["data"] for each in whole] == history
    for options in ({"headers": {"last-event-id": "2"}}, {"params": {"after": 2}}):
        text = server.get(f"/v1/runs/{run}/events", **options).text
        assert [each for each in events(iter(text.splitlines())) if "id" in each] == whole[2:]
    behind = server.get(f"/v1/runs/{run}/events", headers={"last-event-id": str(len(whole))}).text
    (last,) = events(iter(behind.splitlines()))
    assert (last["event"], last["data"]["status"]) == ("end", "completed")


@pytest.mark.parametrize("last", ["x", "-1", "1.5", "9" * 30])
def test_what_is_no_event_id_is_refused(server: Server, last: str) -> None:
    response = server.get(f"/v1/runs/{waiting(server)}/events", headers={"last-event-id": last})
    assert response.status_code == 422
    assert response.json()["errors"][0]["pointer"] == "/Last-Event-ID"


def test_many_may_follow_one_run_and_leave(server: Server) -> None:
    run = waiting(server)
    for _ in range(20):
        with server.client.stream("GET", f"/v1/runs/{run}/events") as stream:
            assert next(events(stream.iter_lines()))["event"] == "started"
    ended: list[str] = []

    def follow() -> None:
        with httpx.stream("GET", f"{server.client.base_url}/v1/runs/{run}/events", timeout=30) as stream:
            ended.append(list(events(stream.iter_lines()))[-1]["data"]["status"])

    threads = [threading.Thread(target=follow) for _ in range(10)]
    for thread in threads:
        thread.start()
    approve(server, run)
    for thread in threads:
        thread.join(30)
    assert ended == ["completed"] * 10


def test_a_server_that_is_told_to_end_ends_its_streams_and_waits(tmp_path: Path) -> None:
    rules = write_run_project(tmp_path / "rules")
    process = subprocess.Popen(
        [
            *(Path(sys.executable).with_name("rulesflow"), "serve", "--rules", rules, "--port", "0"),
            *("--database", f"sqlite:///{tmp_path}/state.db"),
        ],
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert process.stderr is not None
    log = []
    try:
        for line in process.stderr:
            log.append(line)
            if " running on http://" in line:
                break
        url = log[-1].split(" running on ")[1].split()[0]
        with httpx.Client(base_url=url, timeout=60) as client:
            body = {"workflow": "review", "input": order()}
            run = client.post("/v1/runs", json=body).json()["id"]
            asking = socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])), timeout=60)
            asking.sendall(f"GET /v1/runs/{run}?wait=60s HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            with client.stream("GET", f"/v1/runs/{run}/events") as stream:
                lines = stream.iter_lines()
                while next(lines) != "event: status":
                    pass
                process.send_signal(signal.SIGTERM)
                list(lines)  # ends, and is whole: a broken stream would raise
            with asking, asking.makefile("rb") as answer:
                assert b'"status":"waiting"' in answer.read()
        rest = process.stderr.read()
        assert process.wait(30) in (0, -signal.SIGTERM)
        assert "Traceback" not in rest
        assert "Cancel" not in rest  # what uvicorn says of answers that it had to break off
    finally:
        process.kill()
        process.wait()
        process.stderr.close()


async def _sent(entries: AsyncIterator[dict[str, Any]], until: bytes) -> list[bytes]:
    """What a stream with a very short silence sends, until it sends something; then the client leaves."""
    sent: list[bytes] = []
    left = asyncio.Event()

    async def send(message: Any) -> None:
        sent.append(message.get("body", b""))
        if until in sent[-1]:
            left.set()

    async def receive() -> dict[str, str]:
        await left.wait()
        return {"type": "http.disconnect"}

    await EventStream(entries, Ending(), keep_alive=0.01)({}, receive, send)
    return sent


def test_a_silent_stream_shows_that_it_lives_and_lets_go_when_the_client_leaves() -> None:
    closed = []

    async def silent() -> AsyncIterator[dict[str, Any]]:
        try:
            await asyncio.sleep(3600)
            yield {}
        finally:
            closed.append(True)

    sent = asyncio.run(asyncio.wait_for(_sent(silent(), b": still"), 10))
    assert sent[-1] == b": still here\n\n"
    assert closed == [True]


def test_a_defect_in_mid_stream_is_told_as_a_problem_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    async def broken() -> AsyncIterator[dict[str, Any]]:
        yield {"number": 1, "type": "started"}
        raise ZeroDivisionError("a secret of the program")

    sent = b"".join(asyncio.run(asyncio.wait_for(_sent(broken(), b"never"), 10)))
    assert b"event: started" in sent
    assert b"event: problem" in sent
    assert b"secret" not in sent
    assert "a secret of the program" in caplog.text
