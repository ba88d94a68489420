"""The dashboard's client: made from the service's own description, and of the types that it says."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Sequence

import pytest

from serving import ROOT

UI = ROOT / "ui"
NODE = shutil.which("node")
pytestmark = pytest.mark.skipif(
    NODE is None or not (UI / "node_modules" / "openapi-typescript").is_dir(),
    reason="node, or what the dashboard is built with, is not there",
)


def run(command: Sequence[object], given: str = "") -> str:
    ran = subprocess.run(
        [str(part) for part in command], cwd=UI, input=given, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


def test_its_types_are_those_of_the_description_of_now() -> None:
    document = run([sys.executable, UI / "scripts" / "document.py"])
    made = run([NODE, "scripts/api.mjs", "--print"], document)
    assert made == (UI / "src" / "api" / "schema.d.ts").read_text("utf-8"), "it is old: make api"


def test_the_sources_pass_the_type_checker() -> None:
    run([NODE, "node_modules/typescript/bin/tsc", "--noEmit"])


def test_the_lock_file_names_no_host() -> None:
    text = (UI / "package-lock.json").read_text("utf-8")
    assert "resolved" not in text
    assert "://" not in text
