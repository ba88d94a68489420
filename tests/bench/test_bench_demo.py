"""The demo, played as `make demo` plays it, against real servers."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bench import servers

ROOT = Path(__file__).parents[2]
DEMO = [sys.executable, str(ROOT / "bench" / "demo.py")]
TRACEBACK = "Traceback (most recent call last)"


def demo(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*DEMO, *arguments], check=False, capture_output=True, text=True, timeout=120)


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
    for word in ("eu/de", "business", "approve", "haulier", "goods", "p95 ms", "decided by ruleset"):
        assert word in done.stdout
    assert not is_alive(server_of(done.stdout))


@pytest.mark.slow
def test_a_running_service_is_used_left_running_and_decides_alike_for_a_seed() -> None:
    with servers.rulesflow(ROOT / "rules") as server:
        once, again, other = (demo("--orders", "30", "--seed", seed, "--url", server.url) for seed in "778")
        assert once.returncode == 0, once.stdout + once.stderr
        assert is_alive(server.pid)
    assert "(process" not in once.stdout
    decided = [each.stdout.partition("Money")[0].partition("What")[2] for each in (once, again, other)]
    assert decided[0] == decided[1]
    assert decided[0] != decided[2]


@pytest.mark.slow
@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_demo_ends_its_service_and_shows_no_traceback(stop: signal.Signals) -> None:
    process = subprocess.Popen(
        [*DEMO, "--orders", "1000000"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
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


@pytest.mark.parametrize("wrong", [["--orders", "0"], ["--url", "localhost:8080"], ["--url", "ftp://x"]])
def test_wrong_options_are_usage_errors(wrong: list[str]) -> None:
    done = demo(*wrong)
    assert done.returncode == 2
    assert f"{wrong[0]} must be" in done.stderr
