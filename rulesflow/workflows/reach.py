"""Which signals a run may still come to wait for, from where it stands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rulesflow.schemas import Schema
from rulesflow.workflows.definition import Each, Go, Node, Wait, Workflow
from rulesflow.workflows.routes import onward, reached, waits
from rulesflow.workflows.state import Frame, Lanes, Phase, State, Task


def receivable(workflow: Workflow, state: State, signal: str) -> str | None:
    """None if a wait of that name may still come; else why not.

    ``unknown``: the workflow and its children have no such wait; ``passed``: the run cannot come to it any
    more. A wait whose name is computed may be for any signal that begins and ends as it does.
    """
    if not _any(waits(workflow.nodes.values()), signal):
        return "unknown"
    return None if _any(_ahead(state.top), signal) else "passed"


def payload_schema(workflow: Workflow, signal: str) -> Schema | None:
    """The schema of a signal's payload, if the file tells for which wait it is."""
    meant = [wait for wait in waits(workflow.nodes.values()) if wait.may_be(signal)]
    named = [wait for wait in meant if wait.static is not None]
    if named or len(meant) == 1:
        return (named or meant)[0].payload
    return None


def _any(found: Iterable[Wait], signal: str) -> bool:
    return any(wait.may_be(signal) for wait in found)


def _ahead(frame: Frame) -> Iterator[Wait]:
    """The waits that a frame is at, or may still come to."""
    if frame.outcome is not None:
        return
    task, closing = frame.task, frame.closing
    if closing is not None:
        if isinstance(closing.then, Go) and closing.then.step is not None:
            yield from _of(frame, reached(frame.nodes, (closing.then.step,)))
    elif task is not None:
        yield from _at_hand(task)
        yield from _of(frame, reached(frame.nodes, onward(frame.nodes, task.node)))


def _of(frame: Frame, names: Iterable[str]) -> Iterator[Wait]:
    return waits(frame.nodes[name] for name in names)


def _at_hand(task: Task) -> Iterator[Wait]:
    if task.lanes is not None:
        yield from _in_lanes(task.node, task.lanes)
    elif task.phase is not Phase.RETURNED or isinstance(task.node.verb, Wait):
        yield from waits((task.node,))


def _in_lanes(node: Node, lanes: Lanes) -> Iterator[Wait]:
    for lane in lanes.frames.values():
        yield from _ahead(lane)
    if isinstance(node.verb, Each) and lanes.opened < len(lanes.items) and not lanes.stopped:
        yield from waits(node.verb.nodes.values())
