"""The benchmark over HTTP, and the client that it measures with."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bench import servers
from bench.connection import connect, get, post
from bench.generator import play, request_of
from bench.peers import zen

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_a_quick_run_writes_every_row(tmp_path: Path) -> None:
    path = tmp_path / "result.json"
    command = [sys.executable, "-m", "bench", "rest", "--quick", "--output", str(path)]
    done = subprocess.run(command, check=False, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    rows = json.loads(path.read_text())["rows"]
    peers = ["echo"] if zen.MISSING else ["echo", "zen-engine, FastAPI"]
    assert [(row["case"], row["measure"], *row["medians"]) for row in rows] == [
        ("1,000 rules", "throughput", "rulesflow", *peers),
        ("1,000 rules", "request, p50", "rulesflow", *peers),
        ("1,000 rules", "request, p99", "rulesflow", *peers),
        ("sample shop", "throughput", "rulesflow", "echo"),
        ("sample shop", "request, p50", "rulesflow", "echo"),
        ("sample shop", "request, p99", "rulesflow", "echo"),
        ("batch of 1,000", "JSON array", "rulesflow", "one by one"),
        ("batch of 1,000", "NDJSON", "rulesflow", "one by one"),
    ]
    assert all(value > 0 for row in rows for value in row["medians"].values())
    bars = {name: bar["limit"] for row in rows for name, bar in row["bars"].items()}
    assert bars == {**dict(zip(peers, (0.9, 2), strict=False)), "one by one": 5}


def requests_file(folder: Path, *bodies: object) -> Path:
    path = folder / "requests.ndjson"
    lines = (json.dumps({"path": "/v1/decisions/any", "body": body}) for body in bodies)
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


@pytest.mark.slow
def test_the_generator_counts_what_it_sent_and_what_failed(tmp_path: Path) -> None:
    turn = {"requests": str(requests_file(tmp_path, {"a": 1}, [2])), "seconds": 0.1}
    with servers.echo() as server:
        well = asyncio.run(play({"url": server.url, **turn}, connections=3))
    with servers.rulesflow(ROOT / "rules") as server:
        refused = asyncio.run(play({"url": server.url, **turn}, connections=3))
    assert well["requests"] > 3
    assert well["failed"] == 0
    assert 0 < well["p50"] <= well["p99"] < well["seconds"]
    assert refused["failed"] == refused["requests"] > 0


def test_the_generator_loads_no_other_machine(tmp_path: Path) -> None:
    turn = {"url": "http://192.0.2.1:80", "requests": str(requests_file(tmp_path, {})), "seconds": 1}
    with pytest.raises(ValueError, match="only this machine may be loaded"):
        asyncio.run(play(turn, connections=1))


async def ask(answer: bytes, use: Callable[..., object]) -> object:
    """What a client gets from a server that answers each request with these bytes, then closes."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        connection = await connect(f"http://127.0.0.1:{port}")
        try:
            return use(await connection.send(get(f"http://127.0.0.1:{port}", "/")))
        finally:
            connection.close()


def test_a_chunked_reply_is_put_together() -> None:
    answer = b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
    reply = asyncio.run(ask(answer, lambda reply: (reply.status, reply.body)))
    assert reply == (201, b"abcde")


@pytest.mark.parametrize(
    ("answer", "says"), [(b"SSH-2.0\r\n\r\n", "no HTTP"), (b"", "closed the connection")]
)
def test_a_server_that_breaks_off_is_a_connection_error(answer: bytes, says: str) -> None:
    with pytest.raises(ConnectionError, match=says):
        asyncio.run(ask(answer, lambda reply: reply))


def test_requests_go_over_the_wire_with_their_length() -> None:
    request = post("http://127.0.0.1:8080", "/v1/decisions/x", '{"a": "ü"}'.encode())
    head, _, body = request.partition(b"\r\n\r\n")
    assert body == '{"a": "ü"}'.encode()
    assert head.startswith(b"POST /v1/decisions/x HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n")
    assert b"Content-Length: 11" in head


def test_lines_go_over_the_wire_as_ndjson() -> None:
    request = request_of("http://127.0.0.1:8080", {"path": "/v1/x", "lines": [{"a": 1}, {"a": 2}]})
    head, _, body = request.partition(b"\r\n\r\n")
    assert body == b'{"a": 1}\n{"a": 2}'
    assert b"Content-Type: application/x-ndjson\r\n" in head


def test_a_folder_without_rules_is_told_with_the_log_of_the_server(tmp_path: Path) -> None:
    with pytest.raises(servers.ServerFailed, match=r"(?s)is not ready:.*RF001"), servers.rulesflow(tmp_path):
        raise AssertionError("nothing may run here")
