from __future__ import annotations

import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import rulesflow

SKELETON = Path(rulesflow.__file__).parent / "cli" / "skeleton"


def files_of(root: Path) -> dict[str, bytes]:
    return {
        path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()
    }


def test_a_new_project_passes_check_and_test_with_every_rule_covered(run, tmp_path):
    made = run("init", "shop")
    assert (made.code, made.err) == (0, "")
    assert run("check", "shop").code == 0
    tested = run("test", "shop", "--coverage")
    assert tested.code == 0
    assert re.search(r"ok: \d+ cases passed; (\d+) of \1 rules covered", tested.out)


def test_it_is_small_and_shows_what_there_is(call):
    assert call("init", "shop").code == 0
    files = files_of(Path("shop"))
    assert files == files_of(SKELETON)
    assert {name.split("/")[0] for name in files if "/" in name} == {"base", "region", "customer"}
    assert any(name.endswith(".csv") for name in files)
    assert sum(name.endswith(".cases.yaml") for name in files) == 2
    assert all(b"#" in files[name] for name in ("rulesflow.yaml", "facts.yaml", "base/refund.yaml"))


def test_the_next_steps_work_as_they_are_printed(run, tmp_path):
    printed = run("init", "my shop").out.partition("Next:")[2]
    steps = [line.partition("  #")[0].strip() for line in printed.strip().splitlines()]
    assert [step.split()[1] for step in steps] == ["check", "test", "decide", "serve"]
    for step in steps[:-1]:
        result = subprocess.run(["bash", "-c", step], env=_with_script(), capture_output=True, check=False)
        assert result.returncode == 0, result.stderr


def _with_script() -> dict[str, str]:
    return os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}


def test_an_empty_folder_is_filled(call, tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    assert call("init", ".").code == 0
    assert call("check").code == 0


def test_parents_are_made(call):
    assert call("init", "a/b/c").code == 0
    assert Path("a/b/c/rulesflow.yaml").is_file()


@pytest.mark.parametrize("name", ["notes.txt", ".git"])
def test_a_folder_that_is_not_empty_is_left_as_it_is(call, write, tmp_path, name):
    write(f"shop/{name}", "mine")
    result = call("init", "shop")
    assert (result.code, result.out) == (1, "")
    assert result.err.startswith("error: shop is not empty")
    assert files_of(tmp_path / "shop") == {name: b"mine"}


def test_a_file_is_not_replaced(call, write):
    path = write("shop", "mine")
    result = call("init", "shop")
    assert result.code == 1
    assert result.err.startswith("error: shop is not a folder")
    assert path.read_text() == "mine"


def test_a_folder_below_a_file_is_a_message(call, write):
    write("shop", "mine")
    result = call("init", "shop/rules")
    assert result.code == 1
    assert result.err.startswith("error: cannot write shop/rules: ")


def test_a_folder_is_asked_for(call):
    assert call("init").code == 2


def test_the_skeleton_is_in_the_wheel(tmp_path):
    builders = pytest.importorskip("hatchling.builders.wheel")
    root = Path(rulesflow.__file__).parents[1]
    (built,) = builders.WheelBuilder(str(root)).build(directory=str(tmp_path))
    with zipfile.ZipFile(built) as wheel:
        packed = {name: wheel.read(name) for name in wheel.namelist() if "/skeleton/" in name}
    assert packed == {f"rulesflow/cli/skeleton/{name}": data for name, data in files_of(SKELETON).items()}
