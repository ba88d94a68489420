"""Servers as processes of their own, on a free port of 127.0.0.1, started and ended with a block."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import IO

_ADDRESS = re.compile(rb"running on (http://127\.0\.0\.1:\d+)")
_PEERS = (
    Path(__file__).parent / "peers"
)  # whose scripts run with -P, or a peer would be found under its own name
_STARTS_WITHIN = 60.0  # seconds
_ENDS_WITHIN = 15.0


class ServerFailed(Exception):
    """The server did not come up; the message ends with its log."""


@dataclass(frozen=True, slots=True)
class Server:
    """A server that is ready: ``http://127.0.0.1:port``, and its process."""

    url: str
    pid: int


@contextmanager
def rulesflow(rules: Path, settings: Mapping[str, str] | None = None) -> Iterator[Server]:
    """Our service over a folder of rules, one worker. Raises `ServerFailed`.

    ``settings``: as variables. Without them it is all as it comes, in an empty folder.
    """
    command = ["-m", "rulesflow.cli", "serve", "--rules", str(rules.resolve()), "--port", "0"]
    with _started(command, settings or {}) as server:
        yield server


@contextmanager
def echo() -> Iterator[Server]:
    """The bare service of `bench.peers.echo`. Raises `ServerFailed`."""
    with _started(["-P", str(_PEERS / "echo.py")], {}) as server:
        yield server


@contextmanager
def zen_app(graph: Path) -> Iterator[Server]:
    """The small service of `bench.peers.zen_app` over a graph. Raises `ServerFailed`."""
    with _started(["-P", str(_PEERS / "zen_app.py"), str(graph.resolve())], {}) as server:
        yield server


@contextmanager
def _started(command: Sequence[str], settings: Mapping[str, str]) -> Iterator[Server]:
    # From an empty folder and without our variables, so that no settings of the caller's reach the server.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("RULESFLOW_")}
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            [sys.executable, *command],
            cwd=folder,
            env={**environment, **settings},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            yield Server(_ready(process, log), process.pid)
        finally:
            _end(process)


def _ready(process: subprocess.Popen[bytes], log: IO[bytes]) -> str:
    """The server's URL, once it says that it is ready."""
    ends = time.monotonic() + _STARTS_WITHIN
    while time.monotonic() < ends and process.poll() is None:
        found = _ADDRESS.search(_text(log))
        status = _readiness(found[1].decode()) if found else None
        if found and status == 200:
            return found[1].decode()
        if status is not None:  # the rules are loaded before the first request is taken, so it never will be
            break
        time.sleep(0.01)
    reason = "is not ready" if process.poll() is None else f"ended with status {process.returncode}"
    raise ServerFailed(f"the server {reason}:\n{_text(log).decode(errors='replace')}")


def _text(log: IO[bytes]) -> bytes:
    # Read by position: the server's own end of the file must stay where it is.
    return os.pread(log.fileno(), 1 << 20, 0)


def _readiness(url: str) -> int | None:
    """The status of /readyz; None while nobody answers."""
    connection = HTTPConnection(url.removeprefix("http://"), timeout=5)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status
    except (OSError, HTTPException):
        return None
    finally:
        connection.close()


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_ENDS_WITHIN)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
