"""The project file, ``rulesflow.yaml``: where the facts stand, which time zone, which layers, plugins."""

from __future__ import annotations

from collections.abc import Mapping as MappingOf
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from typing import Any
from zoneinfo import available_timezones

from rulesflow.documents.nodes import Entry, Mapping, Node, Scalar, plain
from rulesflow.documents.shape import FILE_NAME, Findings
from rulesflow.model.diagnostics import did_you_mean
from rulesflow.model.times import TimeRefused, zone_named

PROJECT_FILE = "rulesflow.yaml"
_KEYS = ("project", "facts", "timezone", "layers", "plugins", "resources")


@dataclass(frozen=True, slots=True)
class Project:
    """``layers`` are patterns such as ``region/{order.region}``, general first, as written.

    ``plugins``: the settings of each, which only the plugin itself can check. ``resources``: what is said of
    those that steps need, which is read once it is known which these are.
    """

    name: str
    facts_file: Scalar
    zone: tzinfo
    layers: tuple[Scalar, ...]
    plugins: MappingOf[str, MappingOf[str, Any]] = field(default_factory=dict)
    resources: Node | None = None


def decode_project(root: Node, findings: Findings) -> Project | None:
    """Read the project file; None when it is too broken to go on."""
    mapping = findings.mapping(root, PROJECT_FILE)
    if mapping is None:
        return None
    fields = findings.fields(mapping, _KEYS, ("project", "facts", "layers"), PROJECT_FILE)
    if not {"project", "facts", "layers"} <= fields.keys():
        return None
    name = findings.name(fields["project"].value, "project", FILE_NAME)
    facts = _text(fields["facts"].value, "facts", findings)
    layers = _layers(fields["layers"].value, findings)
    zone = _zone(fields.get("timezone"), findings)
    plugins = plugin_settings(mapping, findings)
    if name is None or facts is None or not layers or zone is None:
        return None
    return Project(name, facts, zone, layers, plugins, mapping.get("resources"))


def _zone(entry: Entry | None, findings: Findings) -> tzinfo | None:
    if entry is None:
        return UTC
    name = findings.text(entry.value, "timezone")
    if name is None:
        return None
    try:
        return zone_named(name)
    except TimeRefused as refused:
        hint = did_you_mean(name, available_timezones()) or "or write UTC"
        findings.error("RF105", str(refused), entry.value.span, hint)
        return None


def _layers(node: Node, findings: Findings) -> tuple[Scalar, ...]:
    sequence = findings.sequence(node, "layers")
    if sequence is None:
        return ()
    if not sequence.items:
        findings.error("RF105", "layers must name at least one layer", node.span, "for instance: - base")
    texts = (_text(item, "a layer", findings) for item in sequence.items)
    return tuple(text for text in texts if text is not None)


def plugin_settings(root: Node, findings: Findings) -> dict[str, dict[str, Any]]:
    """What stands under ``plugins`` in the project file: the settings of each plugin by name."""
    node = root.get("plugins") if isinstance(root, Mapping) else None
    mapping = findings.mapping(node, "plugins") if node is not None else None
    settings: dict[str, dict[str, Any]] = {}
    for each in mapping.entries if mapping else ():
        findings.name(each.key, "a plugin", FILE_NAME)
        own = findings.mapping(each.value, f"the settings of plugin {each.key.text!r}")
        if own is not None:
            settings[each.key.text] = {inner.key.text: plain(inner.value) for inner in own.entries}
    return settings


def _text(node: Node, what: str, findings: Findings) -> Scalar | None:
    return node if findings.text(node, what) is not None and isinstance(node, Scalar) else None
