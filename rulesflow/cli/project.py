"""The project that a command works on: found, read and loaded."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from rulesflow.cli.console import fail, point_out
from rulesflow.documents.folder import read_folder
from rulesflow.model.rendering import tally
from rulesflow.rules import Ruleset
from rulesflow.rules.project import PROJECT_FILE
from rulesflow.runtime.loading import load_folder, plugins_for
from rulesflow.runtime.project import LoadedProject
from rulesflow.settings import Settings, read_settings

_NO_FOLDER = "make one with: rulesflow init DIR"


def settings_for(rules: Path | None, **given: Any) -> Settings:
    """The settings, with the folder of rules that is meant. Raises `SettingsError`.

    Where neither the command line nor the settings name a folder and there is no ``rules``, a working
    directory that is a project is meant.
    """
    settings = read_settings({"rules": rules, **given})
    if "rules" in settings.model_fields_set or settings.rules.exists() or not Path(PROJECT_FILE).exists():
        return settings
    return settings.model_copy(update={"rules": Path()})


def local_settings(rules: Path | None) -> Settings:
    """The settings of a command that serves nobody, and so needs no keys whatever address is set."""
    return settings_for(rules, host="127.0.0.1")


def load_project(root: Path) -> LoadedProject:
    """Read and load a folder with the installed plugins; what is wrong with it stands in the diagnostics.

    Raises `PluginError` where a plugin is wrong.
    """
    folder = read_folder(root)
    if folder.diagnostics and not folder.files:  # that there is no project file either goes without saying
        found = tuple(replace(each, hint=each.hint or _NO_FOLDER) for each in folder.diagnostics)
        return LoadedProject(None, {}, found)
    return load_folder(folder, plugins_for(folder))


def working_project(root: Path) -> LoadedProject:
    """A folder that loads. Where it does not, say why and exit with 1."""
    loaded = load_project(root)
    if loaded.ruleset is None:
        point_out(loaded.errors, loaded.files)
        fail(f"the rules in {root} cannot be used: {tally(loaded.errors)}")
    return loaded


def working_ruleset(root: Path) -> Ruleset:
    """The ruleset of a folder. Where there is none, say why and exit with 1."""
    ruleset = working_project(root).ruleset
    assert ruleset is not None
    return ruleset
