"""Running the command line: in this process, or as the installed program."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from rulesflow.cli import main

SCRIPT = Path(sys.executable).with_name("rulesflow")
SHOP = Path(__file__).parents[2] / "rules"


@dataclass(frozen=True)
class Result:
    """How a command ended: its exit code and what it printed."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        return [json.loads(line) for line in self.out.splitlines()]


@pytest.fixture(autouse=True)
def bare_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory and no settings."""
    for name in [name for name in os.environ if name.startswith("RULESFLOW_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def call(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Run a command line in this process."""

    def call(*arguments: object, stdin: str | bytes = "") -> Result:
        data = stdin.encode() if isinstance(stdin, str) else stdin
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
        with pytest.raises(SystemExit) as ended:
            main([str(argument) for argument in arguments])
        assert isinstance(ended.value.code, int)
        return Result(ended.value.code, *capfd.readouterr())

    return call


@pytest.fixture
def run() -> Callable[..., Result]:
    """Run the installed program."""

    def run(*arguments: object, stdin: str | bytes = b"", **variables: str) -> Result:
        done = subprocess.run(
            [SCRIPT, *map(str, arguments)],
            input=stdin.encode() if isinstance(stdin, str) else stdin,
            capture_output=True,
            env=os.environ | variables,
            check=False,
        )
        return Result(done.returncode, done.stdout.decode(), done.stderr.decode())

    return run


@pytest.fixture
def shop() -> Path:
    """The sample shop's rules."""
    return SHOP


@pytest.fixture
def small(call: Callable[..., Result], tmp_path: Path) -> Path:
    """The project that ``init`` writes."""
    assert call("init", tmp_path / "small").code == 0
    return tmp_path / "small"


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, object], Path]:
    """Write a file, JSON if it is no text, and answer its path."""

    def write(name: str, content: object) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return path

    return write
