"""The README is run: every command in it, with the output that it shows."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
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


@dataclass
class Shop:
    """The page's `make run`, on free ports and over a folder of its own."""

    folder: Path
    environment: dict[str, str]
    port: int = field(default_factory=_free_port)
    payment_port: int = field(default_factory=_free_port)
    process: subprocess.Popen[bytes] | None = None

    def open(self) -> None:
        """``make run``, until the service is ready. The one before must have ended, if there was one."""
        if self.process is not None:
            self.process.wait(timeout=30)
        command = ["make", "run", f"PORT={self.port}", f"PAYMENT_PORT={self.payment_port}"]
        state = f"STATE={self.folder / '.rulesflow'}"
        self.process = subprocess.Popen([*command, state], cwd=ROOT, env=self.environment)
        deadline = time.monotonic() + 120
        while not self._ready():
            assert self.process.poll() is None, "make run ended"
            assert time.monotonic() < deadline, "the service did not become ready"
            time.sleep(0.05)

    def _ready(self) -> bool:
        try:
            return httpx.get(f"http://127.0.0.1:{self.port}/readyz").status_code == 200
        except httpx.TransportError:
            return False

    def close(self) -> None:
        """End it, as who stops make does."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait(timeout=30)

    def run(self, command: str, shown: str) -> None:
        """Run a command of the page and hold its output against what is shown."""
        command = command.replace("localhost:8080", f"127.0.0.1:{self.port}")
        command = command.replace("localhost:8701", f"127.0.0.1:{self.payment_port}")
        done = subprocess.run(
            command,
            shell=True,
            check=False,
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert _matches(shown, done.stdout), f"$ {command}\n{done.stdout}{done.stderr}\n--- shown:\n{shown}"


@pytest.mark.slow
@pytest.mark.skipif(not (ROOT / ".venv").is_dir(), reason="make run would build .venv here; make test has it")
@pytest.mark.skipif(shutil.which("curl") is None, reason="the README calls curl")
def test_every_command_prints_what_the_page_shows(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("RULESFLOW_")}
    environment["PATH"] = f"{Path(sys.executable).parent}:{environment['PATH']}"
    environment["COLUMNS"] = "200"  # so that no cell of a table is broken
    shop = Shop(tmp_path, environment)
    environment["RULESFLOW_URL"] = f"http://127.0.0.1:{shop.port}"
    steps = list(_steps())
    assert [command for command, _ in steps].count("make run") == 2
    try:
        for command, shown in steps:
            if command == "make run":
                shop.open()
            else:
                shop.run(command, shown)
    finally:
        shop.close()


def test_the_decision_on_the_page_is_the_one_that_init_writes() -> None:
    shown, _ = _YAML.findall(README)
    written = (ROOT / "rulesflow/cli/skeleton/base/refund.yaml").read_text()
    assert yaml.safe_load(shown) == yaml.safe_load(written)


def test_the_pattern_on_the_page_is_the_one_of_the_shop() -> None:
    _, shown = _YAML.findall(README)
    written = (ROOT / "rules/patterns/card-testing.yaml").read_text()
    assert yaml.safe_load(shown) == yaml.safe_load(written)


def test_every_file_that_the_page_names_is_there() -> None:
    for name in re.findall(r"\]\((?!https?:)([^)]+)\)", README):
        assert (ROOT / name).exists(), name
