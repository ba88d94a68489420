"""The build hook: when it builds, what it leaves out, and what it says when it cannot."""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from types import ModuleType

import pytest

from serving import ROOT


@pytest.fixture(scope="module")
def hook() -> ModuleType:
    """``hatch_build.py``, as hatchling loads it."""
    spec = importlib.util.spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A dashboard of next to nothing, whose build fails with a word."""
    ui = tmp_path / "ui"
    (ui / "src").mkdir(parents=True)
    package = {"name": "small", "version": "0.0.0", "scripts": {"build": "echo 'no such colour' && exit 3"}}
    (ui / "package.json").write_text(json.dumps(package))
    lock = {"name": "small", "version": "0.0.0", "lockfileVersion": 3, "packages": {"": package}}
    (ui / "package-lock.json").write_text(json.dumps(lock))
    (ui / "src" / "main.ts").write_text("1")
    return tmp_path


def test_it_builds_where_a_source_has_changed_and_only_then(hook: ModuleType, project: Path) -> None:
    assert hook._to_be_built(project)
    stamp = project / "rulesflow" / "dashboard" / "sources.sha256"
    stamp.parent.mkdir(parents=True)
    stamp.write_text(hook._digest(project / "ui"))
    assert not hook._to_be_built(project)
    for untold in ("README.md", "node_modules/thing.js", "dist/thing.js"):
        path = project / "ui" / untold
        path.parent.mkdir(exist_ok=True)
        path.write_text("new")
    assert not hook._to_be_built(project)
    (project / "ui" / "src" / "main.ts").write_text("2")
    assert hook._to_be_built(project)


def test_it_is_left_out_where_that_is_wanted(
    hook: ModuleType, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RULESFLOW_SKIP_DASHBOARD", "1")
    assert not hook._to_be_built(project)


@pytest.mark.skipif(shutil.which("npm") is None, reason="npm is not there")
def test_what_fails_is_told_with_the_way_out(hook: ModuleType, project: Path) -> None:
    with pytest.raises(hook.DashboardFailed) as failed:
        hook._build(project / "ui", project / "dashboard", "digest")
    message = str(failed.value)
    assert "ended with 3" in message
    assert "no such colour" in message
    assert "RULESFLOW_SKIP_DASHBOARD=1" in message
    assert not (project / "dashboard").exists()


def test_a_source_distribution_holds_the_dashboards_sources_and_not_its_build(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "--target", "sdist", "--directory", tmp_path]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (made,) = tmp_path.glob("*.tar.gz")
    with tarfile.open(made) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"ui/package-lock.json", "ui/.npmrc", "ui/src/main.tsx", "hatch_build.py"} <= names
    assert not [name for name in names if name.startswith(("ui/node_modules/", "rulesflow/dashboard/"))]
