"""What `make run` starts: the sample shop and its payment service, which come and go together."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from serving import wait_until

ROOT = Path(__file__).parents[2]
SHOP = [sys.executable, "-m", "bench.shop"]
ORDER = {
    "order": {
        "id": "A-1",
        "total": 80,
        "currency": "EUR",
        "region": "eu/de",
        "lines": [{"sku": "MUG-BLUE", "quantity": 2, "price": 40}],
    },
    "customer": {"id": "c-1", "type": "vip", "tenure_days": 400},
}
WITHIN = 30


@dataclass
class Front:
    """The shop's process, and what it has said so far."""

    process: subprocess.Popen[str]
    state: Path
    said: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(self.said)

    def found(self, pattern: str) -> str:
        def look() -> str | None:
            told = re.search(pattern, self.text)
            assert told or self.process.poll() is None, self.text
            return told[1] if told else None

        return str(wait_until(look, WITHIN))

    @property
    def shop(self) -> str:
        return self.found(r"running on (http://127\.0\.0\.1:\d+)")

    @property
    def payment(self) -> str:
        return self.found(r"payment service on (http://127\.0\.0\.1:\d+)")

    @property
    def serve_pid(self) -> int:
        return int((self.state / "serve.pid").read_text())


@contextmanager
def opened(state: Path, command: list[str] = SHOP, **more: str) -> Iterator[Front]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("RULESFLOW_")}
    options = [] if command[0] == "make" else ["--port=0", "--payment-port=0", f"--state={state}"]
    process = subprocess.Popen(
        [*command, *options],
        cwd=ROOT,
        env={**environment, **more},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    front = Front(process, state)
    reader = threading.Thread(target=front.said.extend, args=(process.stdout,))
    reader.start()
    try:
        yield front
    finally:
        process.terminate()
        process.wait()
        reader.join(WITHIN)  # it ends when the last process that could say something is gone
        assert not reader.is_alive(), "something is left of the shop"
        process.stdout.close()


def answers(url: str) -> bool:
    try:
        httpx.get(url, timeout=5)
    except httpx.TransportError:
        return False
    return True


def run(shop: str, given: dict[str, Any]) -> Any:
    body = {"workflow": "order", "input": given}
    return httpx.post(f"{shop}/v1/runs", params={"wait": "20s"}, json=body, timeout=WITHIN).json()


@pytest.mark.slow
def test_one_order_is_charged_and_ends_with_a_label_and_all_is_kept_in_one_folder(tmp_path: Path) -> None:
    with opened(tmp_path / "state") as front:
        ended = run(front.shop, ORDER)
        assert ended["status"] == "completed", ended
        assert (tmp_path / "state" / "labels" / ended["output"]["label"]).read_bytes().startswith(b"%PDF")
        books = httpx.get(f"{front.payment}/ledger").json()
        assert books["charges"] == 1
        front.process.send_signal(signal.SIGTERM)
        assert front.process.wait(WITHIN) == 0
        assert not answers(front.shop)
        assert not answers(front.payment)
    kept = {path.name for path in (tmp_path / "state").iterdir()}
    assert {"state.db", "stock.db", "payments.db", "labels"} <= kept
    assert "serve.pid" not in kept


@pytest.mark.slow
def test_when_the_service_is_killed_the_rest_ends_and_says_so(tmp_path: Path) -> None:
    with opened(tmp_path) as front:
        payment = front.payment
        assert answers(front.shop)
        os.kill(front.serve_pid, signal.SIGKILL)
        assert front.process.wait(WITHIN) == 1
        assert not answers(payment)
    assert "error: rulesflow serve was ended by SIGKILL" in front.text


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("make") is None, reason="there is no make")
@pytest.mark.skipif(not (ROOT / ".venv").is_dir(), reason="make run would build .venv here; make test has it")
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_what_ends_make_ends_all(tmp_path: Path, how: signal.Signals) -> None:
    command = ["make", "run", "PORT=0", "PAYMENT_PORT=0", f"STATE={tmp_path}"]
    with opened(tmp_path, command) as front:
        shop, payment = front.shop, front.payment
        assert answers(shop)
        front.process.send_signal(how)
        front.process.wait(WITHIN)
        wait_until(lambda: not answers(shop) and not answers(payment), WITHIN)


def refused(*arguments: str) -> str:
    """What is said of a shop that cannot open."""
    done = subprocess.run(
        [*SHOP, *arguments],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if not name.startswith("RULESFLOW_")},
        check=False,
        capture_output=True,
        text=True,
        timeout=WITHIN,
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    return done.stderr


@pytest.mark.parametrize("word", ["port", "payment-port"])
def test_a_port_that_is_taken_is_an_error_that_says_how_to_take_another(tmp_path: Path, word: str) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        held.listen()
        port = held.getsockname()[1]
        ports = {"port": 0, "payment-port": 0, word: port}
        said = refused(*(f"--{name}={each}" for name, each in ports.items()), f"--state={tmp_path}")
    assert f"cannot listen on 127.0.0.1:{port}" in said
    assert f"make run {word.replace('-', '_').upper()}={port + 1}" in said
    assert not [*tmp_path.iterdir()]  # nothing was begun


def test_a_state_that_is_no_folder_is_an_error_that_says_how_to_name_another(tmp_path: Path) -> None:
    taken = tmp_path / "state"
    taken.touch()
    said = refused("--port=0", "--payment-port=0", f"--state={taken}")
    assert f"nothing can be kept in {taken} (File exists)" in said
    assert "make run STATE=" in said


@pytest.mark.slow
def test_a_payment_service_that_the_settings_name_is_used_and_none_started(tmp_path: Path) -> None:
    named = {"RULESFLOW_PLUGINS__PAYMENT__BASE_URL": "http://127.0.0.1:1"}
    with opened(tmp_path, **named) as front:
        assert answers(front.shop)
        assert "payment service on" not in front.text


@pytest.mark.parametrize("wrong", ["--port=70000", "--payment-port=-1"])
def test_a_port_that_is_none_is_a_usage_error(wrong: str) -> None:
    done = subprocess.run([*SHOP, wrong], cwd=ROOT, check=False, capture_output=True, text=True)
    assert done.returncode == 2
    assert wrong.partition("=")[0] in done.stderr
