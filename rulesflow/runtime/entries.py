"""Entries of the list: where a run stands, and those fields of its input by which it is found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from rulesflow.conditions import Value
from rulesflow.model.numbers import plain
from rulesflow.model.times import Timestamp
from rulesflow.patterns.followup import SendSignal
from rulesflow.runtime.drive import Drive
from rulesflow.runtime.listing import Entry
from rulesflow.runtime.project import LoadedProject
from rulesflow.runtime.views import standing, trouble
from rulesflow.workflows.commands import AwaitOperator


def entry(drive: Drive, status: str, version: int = 0) -> Entry:
    """How the list shows a run."""
    order, incident = drive.order, first_incident(drive)
    return Entry(
        order.run,
        order.workflow,
        status,
        order.digest,
        order.at,
        Timestamp(max(drive.state.at, order.at)),
        () if drive.done else standing(drive),
        trouble(drive),
        indexed(drive.project, order.given),
        version,
        tuple(drive.ordered),
        incident.path if incident else "",
        incident.undo if incident else False,
    )


def first_incident(drive: Drive) -> AwaitOperator | None:
    """Where the run waits for a person to mend it: the first such place."""
    return next((each for each in drive.commands if isinstance(each, AwaitOperator)), None)


def indexed(project: LoadedProject, given: Value) -> dict[str, str]:
    """The fields of an input by which its run is found, as texts."""
    return fields_of(indexed_paths(project), given)


def fields_of(paths: Iterable[tuple[str, ...]], given: Value) -> dict[str, str]:
    """The values at paths of an input, as texts; those that are there, and single ones."""
    found = {}
    for path in paths:
        value: Any = given
        for name in path:
            value = value.get(name) if isinstance(value, Mapping) else None
        if isinstance(value, str | int) or (value is not None and not isinstance(value, Mapping | list)):
            found[".".join(path)] = _text(value)
    return found


def indexed_paths(project: LoadedProject) -> tuple[tuple[str, ...], ...]:
    """By which runs are found.

    The dimensions of the layers, the fields that the facts mark with ``x-indexed: true``, and those by which
    patterns find the runs that they signal.
    """
    if project.ruleset is None:
        return ()
    dimensions = [dimension.path for dimension in project.ruleset.layers.dimensions]
    marked = _marked(project.ruleset.facts.source, ())
    signals = [each.then for each in project.patterns.values() if isinstance(each.then, SendSignal)]
    wheres = [path for each in signals for path, _ in each.where]
    return tuple(dict.fromkeys([*dimensions, *marked, *wheres]))


def _marked(schema: Any, path: tuple[str, ...]) -> list[tuple[str, ...]]:
    found = []
    properties = schema.get("properties") if isinstance(schema, Mapping) else None
    for name, each in (properties or {}).items():
        if isinstance(each, Mapping):
            if each.get("x-indexed") is True:
                found.append((*path, name))
            found += _marked(each, (*path, name))
    return found


def _text(value: Any) -> str:
    """As JSON writes it, so that 1.50 is found by 1.5."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return plain(value) if isinstance(value, Decimal) else str(value)
