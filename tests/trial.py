"""An environment of its own, in which a plugin is installed and tried as its author would."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Mapping, Sequence
from importlib.metadata import entry_points
from pathlib import Path

_FIXTURES = "rulesflow.testing.fixtures"


class Trial:
    """A virtual environment that also sees what this one has, so that no network is needed."""

    def __init__(self, folder: Path) -> None:
        venv.create(folder, with_pip=False)
        self.python = folder / "bin" / "python"
        version = f"python{sys.version_info.major}.{sys.version_info.minor}"
        outer = sysconfig.get_path("purelib")
        path = folder / "lib" / version / "site-packages" / "outer.pth"
        path.write_text(f"import site; site.addsitedir({outer!r})\n")

    @classmethod
    def here(cls) -> Trial:
        """The environment that the tests themselves run in, in which nothing may be installed."""
        trial = cls.__new__(cls)
        trial.python = Path(sys.executable)
        return trial

    def install(self, project: Path) -> None:
        """``pip install -e``."""
        done = self._call(
            [
                sys.executable, "-m", "pip", "--python", self.python, "install", "--quiet", "--no-deps",
                "--no-build-isolation", "--no-index", "--disable-pip-version-check", "-e", project,
            ],
            project.parent,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr

    def run(
        self, command: Sequence[str | Path], folder: Path | None = None, **variables: str
    ) -> subprocess.CompletedProcess[str]:
        """Run a program of the environment: ``pytest``, ``rulesflow``."""
        program, *arguments = command
        module = "rulesflow.cli" if program == "rulesflow" else str(program)
        extra = ["-p", _FIXTURES] if program == "pytest" and not _registered() else []
        return self._call(
            [self.python, "-m", module, *extra, *arguments], folder or self.python.parents[2], variables
        )

    def _call(
        self, command: Sequence[str | Path], folder: Path, variables: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        environment = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("RULESFLOW_", "PYTEST_"))
        }
        return subprocess.run(
            command,
            cwd=folder,
            env=environment | dict(variables or {}),
            capture_output=True,
            text=True,
            check=False,
        )


def _registered() -> bool:
    """Whether pytest finds the fixtures by itself, since rulesflow was installed with their entry point."""
    return any(entry.value == _FIXTURES for entry in entry_points(group="pytest11"))
