"""The services as processes of their own, started and ended with a block."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).parents[2]


class ServiceFailed(Exception):
    """The service did not come up; the message ends with its log."""


@dataclass(slots=True)
class Running:
    """A service that takes requests at ``url``."""

    url: str
    process: subprocess.Popen[str]

    def control(self, **faults: Any) -> Any:
        """Order faults, such as ``fail={"status": 503}``; None ends one. What is in force then."""
        return self._ask("/control", json.dumps(faults).encode())

    def ledger(self, query: str = "") -> Any:
        """The sums of the books, or with ``rows=all`` or ``key=…`` their rows."""
        return self._ask(f"/ledger?{query}" if query else "/ledger", None)

    def kill(self) -> None:
        """End it at once, as a power cut would; its port is free afterwards."""
        self.process.kill()
        self.process.wait()

    def _ask(self, path: str, body: bytes | None) -> Any:
        with urllib.request.urlopen(self.url + path, body, timeout=30) as reply:
            return json.load(reply)


@contextmanager
def payment_service(
    ledger: Path, *, port: int = 0, seed: int = 0, api_key: str | None = None
) -> Iterator[Running]:
    """`bench.services.payment` over a ledger. Raises `ServiceFailed`."""
    with _started("payment", ["--ledger", str(ledger)], port, seed, api_key) as running:
        yield running


@contextmanager
def score_service(*, port: int = 0, seed: int = 0, api_key: str | None = None) -> Iterator[Running]:
    """`bench.services.score`. Raises `ServiceFailed`."""
    with _started("score", [], port, seed, api_key) as running:
        yield running


@contextmanager
def postgresql() -> Iterator[str]:
    """A PostgreSQL; the URL of its database. Raises `ServiceFailed`, also where it is not installed."""
    with tempfile.TemporaryDirectory(prefix="pg-", ignore_cleanup_errors=True) as folder:
        command = [sys.executable, "-m", "bench.services.postgresql", folder]
        process = subprocess.Popen(
            command,
            cwd=_ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        try:
            url = process.stdout.readline().strip()
            if not url:
                raise ServiceFailed(f"PostgreSQL did not start:\n{process.communicate()[1]}")
            yield url
        finally:
            process.communicate()  # closes its standard input, at which it ends


@contextmanager
def _started(name: str, more: Sequence[str], port: int, seed: int, api_key: str | None) -> Iterator[Running]:
    secret = ["--api-key", api_key] if api_key else []
    command = [
        sys.executable,
        "-m",
        f"bench.services.{name}",
        f"--port={port}",
        f"--seed={seed}",
        *secret,
        *more,
    ]
    process = subprocess.Popen(
        command, cwd=_ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        url = process.stdout.readline().strip()
        if not url:
            raise ServiceFailed(f"{name} ended with status {process.wait()}")
        yield Running(url, process)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()
