"""The README is run: every command in it, with the output that it shows."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
import yaml

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
_CONSOLE = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_YAML = re.compile(r"^```yaml\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def _steps() -> Iterator[tuple[str, str]]:
    """Commands and the output shown for them, in the order of the page."""
    for block in _CONSOLE.findall(README):
        for step in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = step.partition("\n")
            yield command, output


def _matches(shown: str, printed: str) -> bool:
    """Whether the output is what the page shows; there, ``…`` stands for anything."""
    pattern = ".*".join(re.escape(part) for part in shown.rstrip().split("…"))
    return re.fullmatch(pattern, printed.rstrip(), re.DOTALL) is not None


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def _make_run(port: int, environment: dict[str, str]) -> Iterator[None]:
    """``make run`` in the project, until the service is ready; ended with all that it started."""
    process = subprocess.Popen(
        ["make", "run", f"PORT={port}"], cwd=ROOT, env=environment, start_new_session=True
    )
    try:
        deadline = time.monotonic() + 120
        while True:
            assert process.poll() is None, "make run ended"
            assert time.monotonic() < deadline, "the service did not become ready"
            try:
                if httpx.get(f"http://127.0.0.1:{port}/readyz").status_code == 200:
                    break
            except httpx.TransportError:
                time.sleep(0.05)
        yield
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=30)


@pytest.mark.slow
@pytest.mark.skipif(not (ROOT / ".venv").is_dir(), reason="make run would build .venv here; make test has it")
@pytest.mark.skipif(shutil.which("curl") is None, reason="the README calls curl")
def test_every_command_prints_what_the_page_shows(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("RULESFLOW_")}
    environment["PATH"] = f"{Path(sys.executable).parent}:{environment['PATH']}"
    environment["COLUMNS"] = "120"
    port = _free_port()
    steps = list(_steps())
    served = [command for command, _ in steps].index("make run")
    assert served > 3

    def run(command: str, shown: str) -> None:
        command = command.replace("localhost:8080", f"127.0.0.1:{port}")
        done = subprocess.run(
            command,
            shell=True,
            check=False,
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert _matches(shown, done.stdout), f"$ {command}\n{done.stdout}{done.stderr}\n--- shown:\n{shown}"

    for command, shown in steps[:served]:
        run(command, shown)
    with _make_run(port, environment):
        for command, shown in steps[served + 1 :]:
            run(command, shown)


def test_the_decision_on_the_page_is_the_one_that_init_writes() -> None:
    (shown,) = _YAML.findall(README)
    written = (ROOT / "rulesflow/cli/skeleton/base/refund.yaml").read_text()
    assert yaml.safe_load(shown) == yaml.safe_load(written)


def test_every_file_that_the_page_names_is_there() -> None:
    for name in re.findall(r"\]\((?!https?:)([^)]+)\)", README):
        assert (ROOT / name).exists(), name
