"""Loading a folder with what the plugins give: steps, functions, further files and checks of their own."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace

from rulesflow.documents.folder import Folder
from rulesflow.hooks.manager import Plugins, load_plugins
from rulesflow.hooks.settings import gather_settings, project_settings
from rulesflow.model.diagnostics import Diagnostic, Severity
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
    return load_files(folder.files, plugins, folder.diagnostics, memory)


def load_files(
    files: Mapping[str, bytes],
    plugins: Plugins,
    found: Sequence[Diagnostic] = (),
    memory: Memory | None = None,
) -> LoadedProject:
    """Load files that are all there is; what the plugins find is reported too.

    ``found``: diagnostics of reading them. ``memory``: of earlier loads with the same plugins.
    """
    loaded = load_project(
        files,
        found,
        steps=plugins.steps,
        functions=plugins.functions,
        resources=plugins.resources,
        memory=memory,
    )
    if loaded.ruleset is None:
        return loaded
    told = in_order([*loaded.diagnostics, *plugins.check(loaded.ruleset)])
    if any(each.severity is Severity.ERROR for each in told):
        return replace(loaded, ruleset=None, workflows={}, diagnostics=told)
    return replace(loaded, diagnostics=told)


def load_archived(files: Mapping[str, bytes], plugins: Plugins) -> LoadedProject:
    """Load what was active once, for runs that go on by it: a step that is gone since is no error."""
    return load_project(files, steps=plugins.steps, functions=plugins.functions, lenient=True)
