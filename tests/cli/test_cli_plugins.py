from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import rulesflow
from rulesflow.conditions import STANDARD
from trial import Trial

SKELETON = Path(rulesflow.__file__).parent / "cli" / "plugin_skeleton"
ROOT = SKELETON.parents[2]


def files_of(root: Path) -> dict[str, bytes]:
    return {
        path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()
    }


@pytest.fixture
def site(tmp_path: Path) -> Path:
    return tmp_path / "site"


@pytest.fixture
def greet(site: Path) -> dict[str, str]:
    """A plugin on the path; the variables by which the program finds it."""
    info = site / "shop_greet-2.1.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: shop-greet\nVersion: 2.1\n")
    (info / "entry_points.txt").write_text("[rulesflow]\ngreet = shop_greet\n")
    (site / "shop_greet.py").write_text(
        "from pydantic import BaseModel\n"
        "from rulesflow import *\n"
        "class Settings(BaseModel):\n    word: str = 'hello'\n"
        "@hookimpl\n"
        "def register_steps(settings):\n"
        "    word = settings.read('greet', Settings).word\n"
        "    return [Step(f'greet.{word}', lambda call: {})]\n"
    )
    return {"PYTHONPATH": str(site)}


# -- list ---------------------------------------------------------------------------------------------------


def test_the_list_shows_each_plugin_with_all_that_it_adds(run, greet):
    result = run("plugins", "list", "--json", **greet)
    assert (result.code, result.err) == (0, "")
    found = {plugin["name"]: plugin for plugin in result.json}
    assert found["greet"] == {
        "name": "greet",
        "distribution": "shop-greet",
        "version": "2.1",
        "hooks": ["register_steps"],
        "steps": ["greet.hello"],
        "functions": [],
    }
    assert found["rulesflow"]["version"] == rulesflow.__version__
    assert found["rulesflow"]["functions"] == list(STANDARD)


def test_people_get_a_table(run, greet):
    lines = run("plugins", "list", **greet).out.splitlines()
    assert lines[0].split() == ["plugin", "distribution", "version", "steps", "functions", "hooks"]
    assert re.split(r"\s{2,}", lines[1].strip())[:3] == ["rulesflow", "rulesflow", rulesflow.__version__]
    (line,) = [line for line in lines if line.startswith("greet ")]
    assert line.split() == ["greet", "shop-greet", "2.1", "greet.hello", "register_steps"]


def test_plugins_have_the_settings_of_the_project_and_of_the_environment(run, greet, write):
    write("rules/rulesflow.yaml", "plugins: {greet: {word: servus}}\n")
    assert "greet.servus" in run("plugins", "list", **greet).out
    assert "greet.moin" in run("plugins", "list", **greet, RULESFLOW_PLUGINS__GREET__WORD="moin").out


def test_a_plugin_that_cannot_be_used_is_named_and_no_traceback(run, greet, site):
    (site / "shop_greet.py").write_text("import no_such_thing\n")
    result = run("plugins", "list", **greet)
    assert (result.code, result.out) == (1, "")
    assert result.err == (
        "error: plugin greet (shop-greet 2.1) cannot be imported: ModuleNotFoundError: "
        "No module named 'no_such_thing' (site/shop_greet.py:1); mend or uninstall it\n"
    )


def test_a_setting_of_no_plugin_is_told(run, write):
    write("rules/rulesflow.yaml", "plugins: {nosuch: {word: servus}}\n")
    result = run("plugins", "list")
    assert result.code == 1
    assert result.err.startswith("error: rulesflow.yaml: there is no plugin nosuch; ")


# -- new ----------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("name", ["gift-card", "package"])
def test_a_new_plugin_passes_its_tests_once_it_is_installed(call, tmp_path, name):
    assert call("plugins", "new", name).code == 0
    trial = Trial(tmp_path / "venv")
    folder = tmp_path / f"rulesflow-{name}"
    trial.install(folder)
    tested = trial.run(["pytest", "-q", folder])
    assert tested.returncode == 0, tested.stdout
    assert re.search(r"^6 passed", tested.stdout, re.MULTILINE)
    listed = trial.run(["rulesflow", "plugins", "list"])
    assert f"{name}.award, {name}.revoke" in listed.stdout


@pytest.mark.slow
def test_what_it_writes_is_tidy_and_typed(call, tmp_path):
    pytest.importorskip("mypy")
    assert call("plugins", "new", "loyalty").code == 0
    folder = tmp_path / "rulesflow-loyalty"
    rules = "select=['E','F','W','I','UP','B','SIM','PTH','RET','RUF','D101','D102','D103']"
    config = ["--isolated", "--line-length", "110", "--config", f"lint.{rules}"]
    for command in (
        ["ruff", "format", "--check", "--isolated", "--line-length", "110", folder],
        ["ruff", "check", *config, folder / "src"],
        ["mypy", "--strict", "--no-incremental", folder / "src"],
    ):
        done = subprocess.run([sys.executable, "-m", *command], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def test_nothing_of_the_skeleton_is_left_unfilled(call, tmp_path):
    assert call("plugins", "new", "loyalty").code == 0
    files = files_of(tmp_path / "rulesflow-loyalty")
    assert len(files) == len(files_of(SKELETON))
    for name, data in files.items():
        assert not re.search(rb"@[a-z]+@", data), name
        assert not re.search(r"@|template|package", name), name


def test_the_next_steps_name_what_was_written(call, tmp_path):
    out = call("plugins", "new", "loyalty", "--dir", "my plugins/loyalty").out
    assert "  pip install -e 'my plugins/loyalty'  # " in out
    home = re.search(r"Its hooks stand in (.*)\n", out)
    assert home is not None
    assert "@hookimpl" in (tmp_path / home[1]).read_text()


@pytest.mark.parametrize(
    "name", ["Loyalty", "2fast", "a_b", "a--b", "-a", "a-", "", "ä", "a" * 41, "../a", "a b"]
)
def test_a_name_that_is_none_is_a_mistake_of_usage(call, tmp_path, name):
    result = call("plugins", "new", "--", name)
    assert (result.code, result.out) == (2, "")
    assert "is no name of a plugin" in " ".join(result.err.replace("│", " ").split())
    assert list(tmp_path.iterdir()) == []


def test_the_name_of_the_project_is_taken(call):
    result = call("plugins", "new", "rulesflow")
    assert result.code == 2
    assert "the name of the project" in " ".join(result.err.replace("│", " ").split())


def test_the_name_of_an_installed_plugin_is_taken(run, greet):
    result = run("plugins", "new", "greet", **greet)
    assert (result.code, result.out) == (1, "")
    assert result.err.startswith("error: the name greet is taken by shop-greet, which is installed")


@pytest.mark.parametrize("name", ["notes.txt", ".git"])
def test_a_folder_that_is_not_empty_is_left_as_it_is(call, write, tmp_path, name):
    write(f"rulesflow-loyalty/{name}", "mine")
    result = call("plugins", "new", "loyalty")
    assert (result.code, result.out) == (1, "")
    assert result.err.startswith("error: rulesflow-loyalty is not empty")
    assert files_of(tmp_path / "rulesflow-loyalty") == {name: b"mine"}


def test_a_file_is_not_replaced(call, write):
    path = write("rulesflow-loyalty", "mine")
    result = call("plugins", "new", "loyalty")
    assert result.code == 1
    assert result.err.startswith("error: rulesflow-loyalty is not a folder")
    assert path.read_text() == "mine"


def test_a_folder_below_a_file_is_a_message(call, write):
    write("file", "mine")
    result = call("plugins", "new", "loyalty", "--dir", "file/loyalty")
    assert result.code == 1
    assert result.err.startswith("error: cannot write file/loyalty: ")


def test_the_skeleton_is_in_the_wheel(tmp_path):
    builders = pytest.importorskip("hatchling.builders.wheel")
    (built,) = builders.WheelBuilder(str(ROOT)).build(directory=str(tmp_path))
    with zipfile.ZipFile(built) as wheel:
        packed = {name: wheel.read(name) for name in wheel.namelist() if "/plugin_skeleton/" in name}
    assert packed == {
        f"rulesflow/cli/plugin_skeleton/{name}": data for name, data in files_of(SKELETON).items()
    }
