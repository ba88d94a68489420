"""Plugins as real distributions: a module and its metadata in a folder on the path."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent

import pytest

Install = Callable[..., Path]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Install a distribution with one module and the entry point ``name``, and so a plugin."""
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.syspath_prepend(site)
    before = set(sys.modules)

    def install(name: str, code: str, distribution: str = "", version: str = "1.0") -> Path:
        distribution = distribution or f"shop-{name}"
        module = distribution.replace("-", "_")
        info = site / f"{module}-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n")
        (info / "entry_points.txt").write_text(f"[rulesflow]\n{name} = {module}\n")
        path = site / f"{module}.py"
        path.write_text("from rulesflow import *\n" + dedent(code))
        return path

    yield install
    for module in set(sys.modules) - before:
        if not module.startswith("rulesflow."):  # the public face holds on to what it has looked up
            del sys.modules[module]
