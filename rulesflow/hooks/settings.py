"""The settings of plugins: gathered from files and the environment, checked by each plugin's own model.

The key ``plugins`` of ``rulesflow.yaml`` is overlaid by the table ``[plugins.NAME]`` of ``rulesflow.toml``,
and that by variables: ``RULESFLOW_PLUGINS__STOCK__DATABASE``, or ``…__API_KEY_FILE`` for a file that holds
the value. A secret (a field of type `SecretStr` or `SecretBytes`) is refused in ``rulesflow.yaml``.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rulesflow.documents.folder import Folder
from rulesflow.documents.nodes import Mapping as Node, plain
from rulesflow.documents.yaml import read_yaml
from rulesflow.hooks.given import PROJECT, VARIABLES, Given, Names, folded
from rulesflow.hooks.reading import Model, Reading
from rulesflow.model.diagnostics import did_you_mean
from rulesflow.settings import FILE, PLUGINS, SettingsError


@dataclass(slots=True)
class PluginSettings:
    """The settings of all plugins, of which each plugin reads its own."""

    _given: tuple[Given, ...] = ()
    _read: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, values: Mapping[str, Any], origin: str) -> PluginSettings:
        """Settings by plugin, given by a program; ``origin``: as messages call the place."""
        return cls(tuple(_leaves((), values, origin)))

    def read(self, plugin: str, model: type[Model]) -> Model:
        """The settings of a plugin, as an instance of its model.

        ``plugin``: the name of its entry point. Raises `PluginSettingsRefused` with every problem.
        """
        self._read.add(folded(plugin))
        own = [each for each in self._given if folded(each.path[0]) == folded(plugin)]
        return Reading(plugin, model, own).checked()

    def unknown(self, installed: Iterable[str]) -> Iterator[str]:
        """A complaint of each plugin that has settings and is not installed."""
        names = sorted(installed)
        known = {folded(name) for name in names}
        for given in self._firsts():
            if folded(given.path[0]) not in known:
                hint = did_you_mean(given.path[0], names) or f"installed: {', '.join(names) or 'none'}"
                yield f"{given.origin}: there is no plugin {given.path[0]}; {hint}"

    def unread(self, plugins: Iterable[str]) -> Iterator[str]:
        """A complaint of each of these plugins that has settings and has not read them."""
        asked = {folded(name) for name in plugins} - self._read
        for given in self._firsts():
            if folded(given.path[0]) in asked:
                yield f"{given.origin}: the plugin {given.path[0]} reads no settings; take them out"

    def _firsts(self) -> Iterator[Given]:
        """The first value of each plugin."""
        seen = set()
        for given in self._given:
            name = folded(given.path[0])
            if name not in seen:
                seen.add(name)
                yield given


def gather_settings(
    project: Mapping[str, Any], environment: Mapping[str, str], file: Path = Path(FILE)
) -> PluginSettings:
    """Gather the settings of all plugins.

    ``project``: what stands under ``plugins`` in the project file. ``file``: ``rulesflow.toml``, by default
    the one in the working directory. Raises `SettingsError` where the file cannot be read.
    """
    given = [*_leaves((), dict(project), PROJECT), *_leaves((), _table(file), FILE)]
    for name in sorted(environment):
        if name.startswith(VARIABLES) and environment[name]:
            path = tuple(name.removeprefix(VARIABLES).lower().split("__"))
            if not all(path) or len(path) < 2:
                raise SettingsError(f"{name}: name a plugin and a setting, as {VARIABLES}STOCK__DATABASE")
            given.append(Given(path, environment[name], name))
    return PluginSettings(tuple(given))


def project_settings(folder: Folder) -> Mapping[str, Any]:
    """What stands under ``plugins`` in a folder's project file. What is wrong there, loading reports."""
    root = read_yaml(folder.files[PROJECT], PROJECT).root if PROJECT in folder.files else None
    plugins = root.get(PLUGINS) if isinstance(root, Node) else None
    entries = plugins.entries if isinstance(plugins, Node) else ()
    return {each.key.text: plain(each.value) for each in entries if isinstance(each.value, Node)}


def _table(file: Path) -> dict[str, Any]:
    try:
        plugins = tomllib.loads(file.read_text("utf-8")).get(PLUGINS, {})
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise SettingsError(f"{file}: {error}") from None
    if not isinstance(plugins, dict):
        raise SettingsError(f"{file}: plugins must be a table, as [plugins.stock]")
    return plugins


def _leaves(path: Names, value: Any, origin: str) -> Iterator[Given]:
    """The values within nested mappings. An empty one is a value, but not as a whole plugin's settings."""
    if isinstance(value, Mapping) and (value or not path):
        for key, item in value.items():
            yield from _leaves((*path, str(key)), item, origin)
    elif len(path) == 1:
        if value is not None and value != {}:
            raise SettingsError(f"{origin}: the settings of plugin {path[0]} must be a mapping")
    else:
        yield Given(path, value, origin)
