"""The demo, played as `make demo` plays it, against real servers."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

import pytest

from bench import servers
from bench.takings import ENDS

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
def test_the_demo_starts_a_service_plays_prints_and_ends_it() -> None:
    done = demo("--orders", "60", "--seed", "7")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    for word in ("eu/de", "business", "tried", "charged", "60 orders in", "decided by ruleset"):
        assert word in done.stdout
    assert "no order was charged more than once" in done.stdout
    assert not is_alive(server_of(done.stdout))


@pytest.mark.slow
def test_as_json_it_tells_of_every_order_and_the_books_agree() -> None:
    done = demo("--orders", "150", "--seed", "7", "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads(done.stdout)
    assert told["orders"] == sum(each["orders"] for each in told["groups"]) == 150
    routes = sum((Counter(each["routes"]) for each in told["groups"]), Counter[str]())
    assert sum(routes[end] for end in ENDS) == 150
    assert routes["completed"] > 100
    assert min(routes["reviewed"], routes["split"], routes["retried"], routes["back-ordered"]) > 0
    charged = sum(Decimal(each["charged"]) for each in told["groups"])
    if not routes["open"]:
        assert charged == Decimal(told["books"]["net"])
    assert told["books"]["most_per_key"] == 1


@pytest.mark.slow
def test_a_running_service_is_used_and_left_running_and_no_order_is_begun_after_the_time() -> None:
    with servers.rulesflow(ROOT / "rules") as server:  # it has no payment service, so charges are tried again
        done = demo("--orders", "1000000", "--seconds", "0.5", "--url", server.url, "--json")
        assert done.returncode == 0, done.stdout + done.stderr
        assert is_alive(server.pid)
    assert "(process" not in done.stderr
    told = json.loads(done.stdout)
    assert 0 < told["orders"] < 500
    assert told["books"] is None


@pytest.mark.slow
@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_demo_ends_its_service_and_shows_no_traceback(stop: signal.Signals) -> None:
    process = subprocess.Popen(
        [*DEMO, "--orders", "1000000"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    pid = server_of(process.stdout.readline())
    process.send_signal(stop)
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
        done = demo("--url", server.url, "--orders", "1")
    assert done.returncode == 1
    assert "is no answer of the sample shop" in done.stdout
    assert TRACEBACK not in done.stdout + done.stderr


@pytest.mark.parametrize(
    "wrong", [["--orders", "0"], ["--seconds", "0"], ["--url", "localhost:8080"], ["--url", "ftp://x"]]
)
def test_wrong_options_are_usage_errors(wrong: list[str]) -> None:
    done = demo(*wrong)
    assert done.returncode == 2
    assert f"{wrong[0]} must be" in done.stderr
