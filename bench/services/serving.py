"""Plain HTTP for the services: JSON in and out, a thread for each connection, and faults where ordered.

The standard library's server is used since it can close a connection without an answer.
"""

from __future__ import annotations

import argparse
import json
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import FrameType
from typing import Any
from urllib.parse import parse_qs, urlsplit

from bench.services.faults import ControlRefused, Drawn, Faults

MOST_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Request:
    """A request: its JSON body (None without one), its query, its headers, and the faults that struck it."""

    body: Any
    query: Mapping[str, str]
    headers: Message
    faults: Drawn


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer in JSON."""

    status: int
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)


Route = Callable[[Request], Reply]


def problem(status: int, code: str, message: str) -> Reply:
    """An answer that says what is wrong."""
    return Reply(status, {"error": {"code": code, "message": message}})


class Service(ThreadingHTTPServer):
    """Routes by ``METHOD /path``. Faults strike those in ``faulty`` alone, so that control always works."""

    daemon_threads = True
    request_queue_size = 1024

    def __init__(
        self, port: int, faults: Faults, faulty: Mapping[str, Route], sound: Mapping[str, Route]
    ) -> None:
        try:
            super().__init__(("127.0.0.1", port), _Handler)
        except (OSError, OverflowError) as error:
            raise SystemExit(f"cannot listen on 127.0.0.1:{port}: {error}") from None
        self.faults = faults
        self.faulty = faulty
        self.sound = {**sound, "POST /control": self._control, "GET /control": self._control}

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of callers who went away; that is what they are here for."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)

    def _control(self, request: Request) -> Reply:
        try:
            return Reply(200, self.faults.order({} if request.body is None else request.body))
        except ControlRefused as refused:
            return problem(422, "control", str(refused))


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Service

    def setup(self) -> None:
        super().setup()
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def log_message(self, *_: Any) -> None:
        """Say nothing: a header or a body may hold a secret."""

    def _serve(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        if length > MOST_BYTES:
            self._hang_up()
            return
        text = self.rfile.read(length)
        split = urlsplit(self.path)
        name = f"{self.command} {split.path}"
        faulty = name in self.server.faulty
        route = self.server.faulty.get(name) or self.server.sound.get(name)
        if route is None:
            self._send(problem(404, "no-such-path", f"there is no {name}"))
            return
        try:
            body = json.loads(text) if text else None
        except ValueError as error:
            self._send(problem(400, "no-json", f"the body is no JSON: {error}"))
            return
        drawn = self.server.faults.draw() if faulty else Drawn({})
        query = {key: values[-1] for key, values in parse_qs(split.query).items()}
        self._answer(route, Request(body, query, self.headers, drawn))

    def _answer(self, route: Route, request: Request) -> None:
        faults = request.faults
        if "lag" in faults:
            time.sleep(faults["lag"]["seconds"])
        if "drop" in faults:
            self._hang_up()
        elif "down" in faults or "fail" in faults:
            self._send(_failure(faults))
        else:
            reply = route(request)
            if "repeat" in faults:
                reply = route(request)
            if "wrong" in faults:
                self._mislead(faults["wrong"]["how"])
            else:
                self._send(reply)

    def _mislead(self, how: str) -> None:
        if how == "close":
            self._hang_up()
        elif how == "garble":
            self._write(200, b'{"amount": "12.', {})
        else:
            self._send(problem(500, "wrong", "something went wrong"))

    def _send(self, reply: Reply) -> None:
        self._write(reply.status, json.dumps(reply.body).encode(), reply.headers)

    def _write(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        lines = [f"HTTP/1.1 {status} -", "Content-Type: application/json", f"Content-Length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        self.wfile.write("\r\n".join([*lines, "", ""]).encode() + body)  # one packet

    def _hang_up(self) -> None:
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)


def _failure(faults: Drawn) -> Reply:
    down = "down" in faults
    told = faults["down"] if down else faults["fail"]
    after = told["retry_after"]
    status = 503 if down else told["status"]
    headers = {} if after is None else {"Retry-After": str(after)}
    return Reply(status, {"error": {"code": "ordered", "message": "as ordered"}}, headers)


def parser(what: str) -> argparse.ArgumentParser:
    """The options that every service has."""
    made = argparse.ArgumentParser(description=what)
    made.add_argument(
        "--port", type=int, default=0, help="0 takes a free one; the first line printed is the URL"
    )
    made.add_argument("--seed", type=int, default=0, help="of the faults that strike by chance")
    made.add_argument("--api-key", help="callers must send it: Authorization: Bearer KEY")
    return made


def serve(service: Service) -> None:
    """Print the URL and serve until SIGTERM or SIGINT."""

    def stop(_signal: int, _frame: FrameType | None) -> None:
        threading.Thread(
            target=service.shutdown
        ).start()  # it waits for the loop that this handler interrupts

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    print(service.url, flush=True)
    with service:
        service.serve_forever(poll_interval=0.05)
