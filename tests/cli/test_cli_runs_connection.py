"""The commands that call a service, where there is none, or one that is not ours."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

COMMANDS = [
    ("run", "order", "--input", "in.json"),
    ("runs", "list"),
    ("runs", "show", "019aa6b5"),
    ("runs", "show", "019aa6b5", "--follow"),
    ("runs", "signal", "019aa6b5", "approval"),
    ("runs", "signal", "approval", "--where", "status=waiting"),
    ("runs", "pause", "019aa6b5"),
    ("runs", "resume", "019aa6b5"),
    ("runs", "cancel", "--where", "status=waiting", "--dry-run"),
    ("runs", "retry", "019aa6b5"),
    ("runs", "rerun", "019aa6b5", "--from", "review"),
    ("resources", "list"),
    ("resources", "list", "--watch"),
    ("resources", "show", "payment"),
    ("resources", "open", "payment"),
    ("resources", "close", "payment"),
    ("resources", "probe", "payment"),
    ("scale",),
]


@pytest.fixture(autouse=True)
def given(write: Callable[[str, object], Path]) -> None:
    write("in.json", {})


@pytest.fixture
def stranger() -> Iterator[Callable[..., str]]:
    """Start a web server that is not ours and always answers the same; its address."""
    servers = []

    def stranger(status: int, body: bytes, media_type: str = "text/html") -> str:
        class Handler(BaseHTTPRequestHandler):
            def handle_any(self) -> None:
                self.rfile.read(int(self.headers.get("content-length") or 0))
                self.send_response(status)
                self.send_header("content-type", media_type)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = handle_any  # noqa: N815

            def log_message(self, *_: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, args=(0.01,)).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}"

    yield stranger
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def nowhere() -> Iterator[str]:
    """An address at which nobody listens, nor will while the test runs."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_where_nothing_answers_that_is_said(call, nowhere, command):
    result = call(*command, "--url", nowhere)
    assert (result.code, result.out) == (1, "")
    assert result.err.startswith("error: ")
    assert "refused" in result.err


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_another_web_server_is_told_as_such(call, stranger, command):
    result = call(*command, "--url", stranger(404, b"<h1>Not Found</h1>"))
    assert (result.code, result.out) == (1, "")
    assert "is not rulesflow: it says 404 Not Found" in result.err
    assert result.err.count("\n") == 2


@pytest.mark.parametrize(
    ("status", "body", "media_type"),
    [
        (200, b"<h1>It works!</h1>", "text/html"),
        (200, b'{"hello": "world"}', "application/json"),
        (404, b'{"detail": "Not Found"}', "application/json"),
        (404, b'{"type": "/problems/x"}', "application/problem+json"),
        (200, b"[]", "application/json"),
        (502, b"", "text/html"),
        (200, b"data: \xff\n\n", "text/event-stream"),
    ],
)
def test_an_answer_that_is_not_ours_is_told_whatever_it_is(call, stranger, status, body, media_type):
    url = stranger(status, body, media_type)
    for command in (("runs", "list"), ("runs", "show", "019aa6b5", "--follow")):
        result = call(*command, "--url", url)
        assert (result.code, result.out) == (1, "")
        assert "is not rulesflow" in result.err


def test_a_service_is_found_by_its_environment_and_without_a_scheme(call, stranger, monkeypatch):
    url = stranger(200, json.dumps({"runs": [], "next": None}).encode(), "application/json")
    monkeypatch.setenv("RULESFLOW_URL", url.removeprefix("http://"))
    assert call("runs", "list").out == "there are no such runs\n"
    assert call("runs", "list", "--json").json == {"runs": [], "next": None}


def test_the_port_of_the_settings_is_where_the_service_is_looked_for(call, stranger, monkeypatch):
    url = stranger(200, b'{"runs": [], "next": null}', "application/json")
    monkeypatch.setenv("RULESFLOW_PORT", url.rpartition(":")[2])
    assert call("runs", "list").code == 0


def test_no_proxy_leads_to_this_machine(call, stranger, nowhere, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", nowhere)
    monkeypatch.setenv("ALL_PROXY", nowhere)
    assert call("runs", "list", "--url", stranger(200, b'{"runs": []}', "application/json")).code == 0


@pytest.mark.parametrize("url", ["ftp://127.0.0.1", "http://", "http://[::1", "", "http://127.0.0.1:port"])
def test_what_is_no_address_is_a_mistake_of_usage(call, url):
    result = call("runs", "list", "--url", url)
    assert (result.code, result.out) == (2, "")
    assert "--url" in result.err


def test_a_key_that_no_header_can_hold_is_a_mistake_of_usage(call):
    result = call("runs", "list", "--key", "schlüssel")
    assert (result.code, result.out) == (2, "")
    assert "schlüssel" not in result.err


@pytest.mark.parametrize(
    "arguments",
    [
        ["retry"],
        ["retry", "a", "--where", "status=incident"],
        ["retry", "a", "--dry-run"],
        ["retry", "a", "--rate", "5"],
        ["retry", "--where", "status=incident", "--rate", "0"],
        ["retry", "--where", "status=incident", "--rate", "inf"],
        ["retry", "--where", "incident"],
        ["list", "--where", "=x"],
        ["list", "--limit", "0"],
        ["rerun", "a"],
        ["signal", "a"],
        ["signal", "a", "b", "--where", "status=waiting"],
        ["show"],
        ["stop", "a"],
    ],
)
def test_what_does_not_go_together_is_a_mistake_of_usage(call, nowhere, arguments, monkeypatch):
    monkeypatch.setenv("RULESFLOW_URL", nowhere)
    result = call("runs", *arguments)
    assert (result.code, result.out) == (2, "")
    assert "--help" in result.err


def test_alone_the_group_prints_its_help(call):
    alone, asked = call("runs"), call("runs", "--help")
    assert (alone.code, asked.code) == (0, 0)
    assert alone.out.rstrip() == asked.out.rstrip()


@pytest.mark.parametrize("name", ["list", "show", "signal", "pause", "resume", "cancel", "retry", "rerun"])
def test_each_command_of_the_group_teaches_by_examples_on_lines_of_their_own(call, name):
    shown = call("runs", name, "--help").out
    assert (
        len([line for line in shown.splitlines() if line.strip().startswith(f"rulesflow runs {name}")]) >= 1
    )
