"""The demo, played as `make demo` plays it, against real servers."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from bench import servers
from bench.demo import main
from bench.opening import shop
from bench.takings import ENDS
from serving import wait_until

ROOT = Path(__file__).parents[2]
DEMO = [sys.executable, "-m", "bench.demo"]
TRACEBACK = "Traceback (most recent call last)"


def demo(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*DEMO, *arguments], cwd=ROOT, check=False, capture_output=True, text=True, timeout=120
    )


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def server_of(output: str) -> int:
    found = re.search(r"\(process (\d+)\)", output)
    assert found, output
    return int(found[1])


@pytest.mark.slow
def test_a_black_friday_is_played_through_an_outage_and_nothing_is_lost(tmp_path: Path) -> None:
    picture = tmp_path / "made" / "friday.png"
    done = demo("--quick", "--peak", "8", "--seed", "7", "--plot", str(picture), "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads(done.stdout)
    routes = sum((Counter(each["routes"]) for each in told["groups"]), Counter[str]())
    assert told["orders"] == told["reckoning"]["orders"] == sum(routes[end] for end in ENDS) > 50
    assert routes["open"] == 0
    charged = sum(Decimal(each["charged"]) for each in told["groups"])
    assert charged > 0
    assert told["reckoning"]["charges"] >= routes["completed"] > 0
    assert not any(told["reckoning"][name] for name in ("lost", "charged_twice", "charged_wrongly"))
    outage = told["outage"]
    assert outage["parked"] + outage["parked_later"] == routes["parked"] >= outage["parked_at_most"] > 0
    assert 0 <= outage["first_through"] <= outage["drained"]
    assert "payment is down" in done.stderr
    assert f"picture: {picture}" in done.stderr
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert not is_alive(server_of(done.stderr))


@pytest.mark.slow
def test_a_running_shop_is_used_and_left_running_and_its_payment_is_mended(tmp_path: Path) -> None:
    with shop({}, 7) as opened:
        (server,), gateway = opened.servers, opened.gateway
        where = ["--url", server.url, "--payment", gateway.url, "--plot", str(tmp_path / "friday.svg")]
        process = subprocess.Popen([*DEMO, *where], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        wait_until(lambda: faults(gateway.url), 60)
        process.send_signal(signal.SIGINT)
        told = process.communicate(timeout=60)[0]
        assert process.returncode == 130, told
        assert "(process" not in told
        assert is_alive(server.pid)
        assert faults(gateway.url) == {}


def faults(url: str) -> Any:
    with urllib.request.urlopen(f"{url}/control", timeout=30) as reply:
        return json.load(reply)


@pytest.mark.slow
def test_an_interrupted_demo_ends_its_service_and_shows_no_traceback() -> None:
    process = subprocess.Popen(DEMO, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert process.stdout is not None
    pid = server_of(process.stdout.readline())
    process.send_signal(signal.SIGTERM)
    rest = process.communicate(timeout=60)[0]
    assert process.returncode == 130
    assert "interrupted" in rest
    assert TRACEBACK not in rest
    assert not is_alive(pid)


@contextmanager
def closed_port() -> Iterator[int]:
    """A port that is taken, on which nobody listens."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


def test_a_service_that_is_not_there_is_an_error_in_a_line() -> None:
    with closed_port() as port:
        done = demo("--url", f"http://127.0.0.1:{port}")
    assert done.returncode == 1
    assert done.stdout.startswith("error: ")
    assert TRACEBACK not in done.stdout + done.stderr


@pytest.mark.slow
def test_a_service_without_the_shop_is_an_error_that_says_what_it_answered() -> None:
    with servers.echo() as server:
        done = demo("--url", server.url)
    assert done.returncode == 1
    assert "is no answer of the sample shop" in done.stdout
    assert TRACEBACK not in done.stdout + done.stderr


@pytest.mark.parametrize(
    "wrong",
    [
        ["--peak", "0"],
        ["--peak", "nan"],
        ["--url", "localhost:8080"],
        ["--url", "ftp://x"],
        ["--payment", "http://127.0.0.1:1"],
        ["--plot", "friday.txt"],
    ],
)
def test_wrong_options_are_usage_errors(wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(wrong)
    assert ended.value.code == 2
    assert f"{wrong[0]} must be" in capsys.readouterr().err
