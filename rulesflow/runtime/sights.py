"""Sights: workflows and runs as they are drawn."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Final

from rulesflow.model.diagnostics import did_you_mean
from rulesflow.model.errors import Conflict, Fault, UnknownName
from rulesflow.runtime.catalog import Catalog, Snapshot
from rulesflow.runtime.executor import Executor
from rulesflow.runtime.project import LoadedProject
from rulesflow.runtime.recall import Seen
from rulesflow.runtime.records import as_sent
from rulesflow.runtime.rungraph import run_graph
from rulesflow.runtime.versions import ACTIVE
from rulesflow.workflows.definition import Workflow
from rulesflow.workflows.graph import graph_of

_SHOWN: Final = 80  # characters of a caller's text that a message repeats


class RuleSights:
    """What can be drawn of rulesets alone. ``snapshot``: of a digest, or of ``active``."""

    def __init__(self, catalog: Catalog, snapshot: Callable[[str], Snapshot]) -> None:
        self._catalog = catalog
        self._snapshot = snapshot

    async def workflow(self, name: str, digest: str | None) -> dict[str, Any]:
        """The graph of a workflow, of now or of another ruleset.

        Raises `UnknownName` of the workflow, `NotReadyError`, and what `Versions.snapshot` does.
        """
        if digest in (None, ACTIVE):
            found = self._catalog.current()
        else:
            found = await asyncio.to_thread(self._snapshot, digest)
        flow = found.project.workflows.get(name)
        if flow is None:
            known = found.project.workflows
            hint = did_you_mean(name[:_SHOWN], known) or f"workflows: {', '.join(known) or 'none'}"
            detail = f"there is no workflow {name[:_SHOWN]!r}"
            raise UnknownName(detail, (Fault("", "unknown-workflow", detail, hint),))
        graph = graph_of(flow, resource_of(found.project))
        return {
            **head(flow, found.ruleset.digest),
            "nodes": [each.as_dict() for each in graph.points.values()],
            "edges": [each.as_dict() for each in graph.edges.values()],
            "truncated": graph.truncated,
        }


class RunSights:
    """What can be drawn of runs: always by their records, so that a live run is not disturbed."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    async def graph(self, run: str) -> dict[str, Any]:
        """The graph of a run, with the ways it took. Raises `UnknownName`, `Conflict` for a broken one."""
        return await asyncio.to_thread(self._graph, run)

    async def timeline(self, run: str) -> dict[str, Any]:
        """The spans of a run. Raises `UnknownName`, and `Conflict` for a broken one."""
        return await asyncio.to_thread(self._timeline, run)

    async def decisions(self, run: str, key: str) -> dict[str, Any]:
        """The decisions of one key, with the facts that they were taken on. Raises as `graph` does."""
        return await asyncio.to_thread(self._decisions, run, key)

    def _graph(self, run: str) -> dict[str, Any]:
        seen = self._seen(run)
        drive = seen.drive
        if drive is None:
            raise _unreadable(seen)
        graph = graph_of(drive.workflow, resource_of(drive.project))
        live = self._executor.live(run)
        status = live.status if live is not None else seen.entry.status
        drawn = run_graph(graph, drive, seen.entries())
        return {**head(drive.workflow, drive.order.digest), "run": run, "status": status, **drawn}

    def _timeline(self, run: str) -> dict[str, Any]:
        seen = self._seen(run)
        if seen.timeline is None:
            raise _unreadable(seen)
        live = self._executor.live(run)
        return seen.timeline.as_dict(run, live.queued if live is not None else frozenset())

    def _decisions(self, run: str, key: str) -> dict[str, Any]:
        seen = _found(run, self._executor.recall.with_facts(run))
        if seen.drive is None:
            raise _unreadable(seen)
        found = [each for each in seen.entries() if each["type"] == "decision" and each["key"] == key]
        shown = [{**each, "facts": as_sent(each["facts"])} for each in found]
        return {"run": run, "decisions": shown}

    def _seen(self, run: str) -> Seen:
        return _found(run, self._executor.recall.traced(run))


def head(flow: Workflow, digest: str) -> dict[str, Any]:
    """What is told of a workflow beside its graph."""
    return {
        "workflow": flow.name,
        "title": flow.title,
        "digest": digest,
        "file": flow.file,
        "input": flow.input.source,
        "signals": sorted(flow.signals),
    }


def resource_of(project: LoadedProject) -> Callable[[str], str]:
    """What names the resource of each step that plugins offer."""
    steps = project.surroundings.steps if project.surroundings is not None else {}
    return lambda name: steps[name].needs if name in steps else name.partition(".")[0]


def _found(run: str, seen: Seen | None) -> Seen:
    if seen is None:
        detail = f"there is no run {run[:_SHOWN]!r}"
        raise UnknownName(detail, (Fault("", "unknown-run", detail, "it may have been deleted"),))
    return seen


def _unreadable(seen: Seen) -> Conflict:
    message = f"the run cannot be read: {seen.broken}"
    return Conflict(message, (Fault("", "run-broken", message, "its rules may be gone from the archive"),))
