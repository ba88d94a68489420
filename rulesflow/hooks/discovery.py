"""Discovery: plugins are found by their entry points, and so by being installed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from rulesflow.hooks.failure import told
from rulesflow.hooks.mark import PROJECT


@dataclass(frozen=True, slots=True)
class Found:
    """A plugin before its hooks are looked at. ``plugin``: a module, or any object with hooks."""

    name: str
    plugin: Any
    distribution: str
    version: str

    def __str__(self) -> str:
        return shown(self.name, self.distribution, self.version)


def shown(name: str, distribution: str, version: str) -> str:
    """How messages call a plugin."""
    return f"plugin {name} ({distribution} {version})" if distribution else f"plugin {name}"


def discover(only: Collection[str] | None = None) -> tuple[list[Found], list[str]]:
    """Import all installed plugins, or those of some names; with them, what is wrong."""
    found: dict[str, Found] = {}
    problems: list[str] = []
    for entry in _entries():
        if only is not None and entry.name not in only:
            continue
        distribution = entry.dist.name if entry.dist else ""
        version = entry.dist.version if entry.dist else ""
        name = shown(entry.name, distribution, version)
        if entry.name in found:
            problems.append(f"{found[entry.name]} and {name} have one name; uninstall one of them")
            continue
        try:
            found[entry.name] = Found(entry.name, entry.load(), distribution, version)
        except (Exception, SystemExit) as error:
            problems.append(f"{name} cannot be imported: {told(error)}; mend or uninstall it")
    return list(found.values()), problems


def _entries() -> list[EntryPoint]:
    """Entry points by name. A distribution may be found twice, by two paths to it."""
    unique = {
        (entry.name, entry.value, entry.dist.name if entry.dist else ""): entry
        for entry in entry_points(group=PROJECT)
    }
    return [unique[key] for key in sorted(unique)]
