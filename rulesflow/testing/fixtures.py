"""The fixtures. What they need is imported when one of them is used, so that other projects pay nothing."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Collection, Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def plugin_settings() -> Mapping[str, Mapping[str, Any]]:
    """Settings by plugin; override it: ``return {"stock": {"database": tmp_path / "stock.db"}}``."""
    return {}


@pytest.fixture
def plugin_names(request: pytest.FixtureRequest) -> Collection[str] | None:
    """The plugins to load: those of the distribution that the tests belong to, or else all (None)."""
    for folder in request.path.parents:
        if names := _declared(folder / "pyproject.toml"):
            return names
    return None


@pytest.fixture
def rulesflow_stage(
    plugin_settings: Mapping[str, Mapping[str, Any]], plugin_names: Collection[str] | None
) -> Iterator[Any]:
    """The plugins, loaded and living, on a loop of their own. For the other fixtures."""
    stage = import_module("rulesflow.testing.stage").Stage(plugin_settings, plugin_names)
    yield stage
    stage.close()


@pytest.fixture
def run_step(rulesflow_stage: Any) -> Callable[..., Any]:
    """Call a step: ``run_step(name, input, key="test/step/1", attempt=1, timeout=10)``.

    Input and output are held against the step's schemas, and what fails is a `StepError`, as in a workflow.
    Numbers of the output are `int` and `Decimal`.
    """
    found: Callable[..., Any] = rulesflow_stage.run_step
    return found


@pytest.fixture
def emitted(rulesflow_stage: Any) -> Any:
    """The events that the steps called by `run_step` have emitted so far: a list, oldest first.

    Each has ``type``, ``data`` (numbers are `int` and `Decimal`) and ``id``, None where the step gave none.
    Those of an attempt that failed are there too, as they are told in a workflow. Whether ``events.yaml``
    declares them is for the project to say.
    """
    return rulesflow_stage.emitted


@pytest.fixture
def decide(rulesflow_stage: Any) -> Callable[..., Any]:
    """Make a decision: ``decide(folder, name, facts, at=None)``; its ``result`` and ``matched`` rules.

    Conditions may call the functions of the plugins. A folder that does not load fails the test with all
    its diagnostics. ``at``: a text such as ``2026-11-27T08:00:00Z``; now by default.
    """
    found: Callable[..., Any] = rulesflow_stage.decide
    return found


@pytest.fixture
def run_workflow(rulesflow_stage: Any) -> Callable[..., Any]:
    """Play a workflow: ``run_workflow(folder, name, input, mocks={}, signals=[], at=None)``.

    ``mocks``: by step path an output, a `StepError`, or a list of them, one for each call; behind ``/undo``
    the answers of an undo. ``signals``: pairs of name and payload. Time is skipped. What comes back has
    ``status``, ``output``, ``path``, ``undone``, ``problem`` and ``calls``.
    """
    found: Callable[..., Any] = rulesflow_stage.run_workflow
    return found


def _declared(file: Path) -> Collection[str]:
    """The plugins that a project declares."""
    try:
        project = tomllib.loads(file.read_text("utf-8")).get("project", {})
    except (OSError, ValueError):
        return ()
    return tuple(project.get("entry-points", {}).get("rulesflow", ()))
