"""Loading a folder with what the plugins give: steps, functions, further files and checks of their own."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace

from rulesflow.documents.folder import Folder
from rulesflow.hooks.manager import Plugins, load_plugins
from rulesflow.hooks.settings import gather_settings, project_settings
from rulesflow.model.diagnostics import Severity
from rulesflow.rules.load import in_order
from rulesflow.rules.memory import Memory
from rulesflow.runtime.project import LoadedProject, load_project


def plugins_for(folder: Folder) -> Plugins:
    """The installed plugins, with the settings that the folder's project file gives them.

    Raises `PluginError` and `SettingsError`.
    """
    return load_plugins(gather_settings(project_settings(folder), os.environ))


def load_folder(folder: Folder, plugins: Plugins, memory: Memory | None = None) -> LoadedProject:
    """Load a folder, with the files of all rule sources; what the plugins find is reported too.

    ``memory``: of earlier loads with the same plugins.
    """
    folder = plugins.folder(folder)
    loaded = load_project(
        folder.files,
        folder.diagnostics,
        steps=plugins.steps,
        functions=plugins.functions,
        resources=plugins.resources,
        memory=memory,
    )
    if loaded.ruleset is None:
        return loaded
    found = in_order([*loaded.diagnostics, *plugins.check(loaded.ruleset)])
    if any(each.severity is Severity.ERROR for each in found):
        return replace(loaded, ruleset=None, workflows={}, diagnostics=found)
    return replace(loaded, diagnostics=found)


def load_archived(files: Mapping[str, bytes], plugins: Plugins) -> LoadedProject:
    """Load what was active once, for runs that go on by it: a step that is gone since is no error."""
    return load_project(files, steps=plugins.steps, functions=plugins.functions, lenient=True)
