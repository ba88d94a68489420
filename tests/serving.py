"""Real servers for tests: uvicorn on a free port of this machine, over real HTTP; and a small project."""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from starlette.types import ASGIApp

from forks import Fork
from rulesflow.app import create_app
from rulesflow.settings import Settings

ROOT = Path(__file__).parent.parent
_SERVE = """
import sys
from rulesflow.app import serve
from rulesflow.settings import read_settings
serve(read_settings(dict(argument.split("=", 1) for argument in sys.argv[1:])))
"""


@dataclass
class Server:
    """A server that runs, a client for it, and its log and its id as far as it is a process of its own."""

    client: httpx.Client
    port: int
    log: list[str] = field(default_factory=list)
    pid: int = 0

    def post(self, path: str, **options: Any) -> httpx.Response:
        return self.client.post(path, **options)

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self.client.get(path, **options)

    def decide(self, decision: str, facts: Any, **more: Any) -> httpx.Response:
        return self.post(f"/v1/decisions/{decision}", json={"facts": facts, **more})

    def status(self) -> dict[str, Any]:
        return self.get("/v1/ruleset").json()


def wait_until(state: Callable[[], Any], seconds: float = 10) -> Any:
    """Wait for a state, looking often; its value once it is true."""
    ends = time.monotonic() + seconds
    while not (value := state()):
        assert time.monotonic() < ends, "the state never came"
        time.sleep(0.002)
    return value


@contextmanager
def running(settings: Settings) -> Iterator[Server]:
    """Serve from a thread of this process; decisions only, unless the settings name a database."""
    if "database_url" not in settings.model_fields_set:
        settings = settings.model_copy(update={"database_url": "none"})
    with serving(create_app(settings), settings.host) as server:
        yield server


@contextmanager
def serving(app: ASGIApp, host: str = "127.0.0.1") -> Iterator[Server]:
    """Serve any application from a thread of this process."""
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, ws="none", lifespan="on"))
    host = "127.0.0.1" if host == "0.0.0.0" else host
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as listening:
        listening.bind((host, 0))
        port = listening.getsockname()[1]
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            wait_until(lambda: server.started or not thread.is_alive())
            url = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
            with httpx.Client(base_url=url, timeout=30) as client:
                yield Server(client, port)
        finally:
            server.should_exit = True
            thread.join()


@contextmanager
def spawned(given: dict[str, Any], before: str = "") -> Iterator[Server]:
    """Serve from a process of its own, whose log tells the port; ``before``: what it carries out first."""
    arguments = [f"{name}={value}" for name, value in {"port": 0, "database_url": "none", **given}.items()]
    process = Fork(["-c", before + _SERVE, *arguments], ROOT)
    log: list[str] = []
    reader = threading.Thread(target=log.extend, args=(process.stderr,))
    reader.start()
    try:
        found = wait_until(
            lambda: re.search(r"running on http://127\.0\.0\.1:(\d+)", "".join(log)) or process.poll(), 30
        )
        assert isinstance(found, re.Match), "".join(log)
        with httpx.Client(base_url=f"http://127.0.0.1:{found[1]}", timeout=30) as client:
            yield Server(client, int(found[1]), log, process.pid)
    finally:
        process.terminate()
        process.wait()
        reader.join()
        process.stderr.close()


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    """Start servers with settings of the test's choice; they end with the test."""
    with ExitStack() as stack:
        yield lambda **given: stack.enter_context(running(Settings(**given)))


@pytest.fixture(scope="module")
def shop_server() -> Iterator[Server]:
    """A server of the sample shop, shared by the tests of a module."""
    with running(Settings(rules=ROOT / "rules")) as server:
        yield server


@pytest.fixture(scope="module")
def small_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of the small project, shared by the tests of a module that leave it as it is."""
    with running(Settings(rules=write_project(tmp_path_factory.mktemp("small") / "rules"))) as server:
        yield server


@pytest.fixture
def spawn() -> Iterator[Callable[..., Server]]:
    """Start servers as processes of their own, the way the command line does."""
    with ExitStack() as stack:
        yield lambda **given: stack.enter_context(spawned(given))


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A small project of one decision, for tests that change files."""
    return write_project(tmp_path / "rules")


def write_project(root: Path, amount: int = 1) -> Path:
    """A small project of one decision, `fee`, that answers ``{low: amount, high: amount}``."""
    (root / "base").mkdir(parents=True)
    (root / "rulesflow.yaml").write_text("project: small\nfacts: facts.yaml\nlayers: [base]\n")
    (root / "facts.yaml").write_text("type: object\nproperties:\n  total: {type: number}\n")
    (root / "base" / "fee.yaml").write_text(fee(amount))
    return root


def fee(amount: int) -> str:
    """The decision's file: two params that must agree."""
    return (
        f"decision: fee\nhit: first\n"
        f"outcome: {{low: {{type: number}}, high: {{type: number}}}}\n"
        f"params: {{low: {amount}, high: {amount}}}\n"
        f'rules:\n  - rule: always\n    then: {{low: "${{ params.low }}", high: "${{ params.high }}"}}\n'
    )
