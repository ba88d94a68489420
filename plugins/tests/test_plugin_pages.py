"""What holds for every plugin here: it keeps to the public face, and its README tells all of it."""

from __future__ import annotations

import ast
import tomllib
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

import rulesflow
from rulesflow import Step

HERE = Path(__file__).parents[1]
PLUGINS = sorted(file.parent.name for file in HERE.glob("*/pyproject.toml"))


class Defaults:
    """Settings of which none is set, and the models that were read."""

    def __init__(self) -> None:
        self.models: list[Any] = []

    def read(self, plugin: str, model: Any) -> Any:
        self.models.append(model)
        return model()


def registered(name: str) -> tuple[list[Step], list[Any]]:
    """The steps of a plugin and the models of its settings."""
    settings = Defaults()
    return import_module(f"rulesflow_{name}").register_steps(settings), settings.models


def imports(file: Path) -> set[tuple[str, str]]:
    """What a module imports from rulesflow: module and name."""
    found: set[tuple[str, str]] = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {(node.module, alias.name) for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {(alias.name, "") for alias in node.names}
    return {each for each in found if each[0].partition(".")[0] == "rulesflow"}


def test_all_five_are_here() -> None:
    assert PLUGINS == ["fraud", "payment", "refund", "shipping", "stock"]


@pytest.mark.parametrize("name", PLUGINS)
def test_a_plugin_imports_the_public_face_alone(name: str) -> None:
    files = [*(HERE / name / f"rulesflow_{name}").rglob("*.py"), *(HERE / name / "tests").rglob("*.py")]
    for file in files:
        for module, imported in imports(file):
            assert module in ("rulesflow", "rulesflow.testing"), file
            assert imported in rulesflow.__all__, file


@pytest.mark.parametrize("name", PLUGINS)
def test_the_distribution_is_named_for_the_plugin(name: str) -> None:
    project = tomllib.loads((HERE / name / "pyproject.toml").read_text())["project"]
    assert project["name"] == f"rulesflow-{name}"
    assert project["entry-points"]["rulesflow"] == {name: f"rulesflow_{name}"}
    assert (HERE / name / f"rulesflow_{name}" / "py.typed").is_file()


@pytest.mark.parametrize("name", PLUGINS)
def test_the_readme_tells_every_step_code_and_setting(name: str) -> None:
    page = (HERE / name / "README.md").read_text()
    steps, models = registered(name)
    words = {step.name for step in steps} | {code for step in steps for code in step.errors}
    words |= {field for model in models for field in model.model_fields}
    assert not {word for word in words if f"`{word}`" not in page}


@pytest.mark.parametrize("name", PLUGINS)
def test_every_step_has_a_summary_and_an_undo_that_is_there(name: str) -> None:
    steps, _ = registered(name)
    names = {step.name for step in steps}
    assert all(step.summary for step in steps)
    assert all(step.undo is None or step.undo in names for step in steps)
    assert all(step.needs == name for step in steps)
