"""What a person may order of a run, and what is refused."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Final, TypeAlias

from rulesflow.conditions import Value
from rulesflow.workflows.altering import replace
from rulesflow.workflows.commands import Action, AwaitOperator, CallStep, Ordered, Park
from rulesflow.workflows.definition import Call, Decide, Each, Go, Node, Parallel, Run, Workflow
from rulesflow.workflows.effects import abandon
from rulesflow.workflows.receiving import unpark
from rulesflow.workflows.standing import live_frames
from rulesflow.workflows.state import Closing, Frame, Phase, State, Task
from rulesflow.workflows.trace import ORDER, Trace
from rulesflow.workflows.turn import Turn
from rulesflow.workflows.undoing import unpark_undo

#: Why not: a code, and a message for people.
Refusal: TypeAlias = tuple[str, str]
#: What can be retried.
Retried: TypeAlias = AwaitOperator | Park

_NOTHING: Final = "the run has no incident and no parked step"


def refusal(workflow: Workflow, state: State, order: Ordered) -> Refusal | None:
    """Why an order cannot be obeyed now; None if it can."""
    if state.top.outcome is not None:
        return "ended", f"the run has ended: it is {state.top.outcome.status}"
    match order.action:
        case Action.PAUSE:
            return ("paused", "the run is paused already") if state.paused else None
        case Action.RESUME:
            return None if state.paused else ("not-paused", "the run is not paused")
        case Action.CANCEL:
            return _no_cancel(state)
        case Action.RETRY:
            return _no_retry(state, order)
        case Action.RERUN:
            return _no_rerun(workflow, state, order)


def _undone_already(state: State) -> Refusal | None:
    closing = state.top.closing
    if closing is None or closing.then is not None:
        return None
    return "undoing", f"the run has {closing.status} already and is being undone"


def _no_cancel(state: State) -> Refusal | None:
    if state.committed:
        return "committed", "a step that commits has completed: the run can no longer be cancelled"
    if any(frame.path and _commits(frame.task) for frame in live_frames(state.top)):
        # At top level its end overtakes the cancel; items and branches would be halted half-way.
        return "committing", "a step that commits is in flight: cancel once it has come back"
    return _undone_already(state)


def _no_retry(state: State, order: Ordered) -> Refusal | None:
    found = _retried(state, order.step)
    if not found:
        where = _NOTHING if order.step is None else f"{order.step} is neither an incident nor parked"
        return "no-incident", f"{where}: there is nothing to retry"
    if order.input is None:
        return None
    if len(found) > 1:
        return "several-incidents", f"edited input is for one step, and {len(found)} may be retried: name it"
    frame, command = found[0]
    task = frame.task
    if task is None or _is_undo(frame, command) or not _takes_input(task.node):
        return "no-input", f"{command.path} takes no edited input"
    if task.unknown and not order.force:
        return (
            "effect-unknown",
            f"the last attempt at {command.path} may have had its effect: with edited input it may "
            "happen twice; force it if that is right",
        )
    return None


def _no_rerun(workflow: Workflow, state: State, order: Ordered) -> Refusal | None:
    if order.step is None or order.step not in workflow.nodes:
        return "unknown-step", f"{workflow.name} has no step {order.step} at top level"
    arrival = state.arrivals.get(order.step)
    if arrival is None:
        return "not-reached", f"the run has not come to {order.step} yet"
    if state.committed_at > arrival.serial:
        return "committed", f"a step that commits has completed behind {order.step}: it stays done"
    if any(_commits(frame.task) for frame in live_frames(state.top)):
        return "committing", "a step that commits is in flight: rerun once it has come back"
    if order.input is not None and not _takes_input(workflow.nodes[order.step]):
        return "no-input", f"{order.step} takes no edited input"
    return _undone_already(state)


def _commits(task: Task | None) -> bool:
    if task is None or not isinstance(task.command, CallStep):
        return False
    return isinstance(task.node.verb, Call) and task.node.verb.commit


def _takes_input(node: Node) -> bool:
    return isinstance(node.verb, Call | Decide | Run)


def _is_undo(frame: Frame, command: Retried) -> bool:
    if isinstance(command, AwaitOperator):
        return command.undo
    return frame.undo is not None and frame.undo.command is command


def _retried(state: State, step: str | None) -> list[tuple[Frame, Retried]]:
    """What is tried again: all at a path; without one all incidents, or where there are none all parks."""
    incidents = list(_incidents(state))
    found = [*incidents, *_parked(state)] if step is not None or not incidents else incidents
    return [each for each in found if step in (None, each[1].path)]


def _incidents(state: State) -> Iterator[tuple[Frame, Retried]]:
    for frame in live_frames(state.top):
        if frame.incident is not None:
            yield frame, frame.incident
        for stuck in frame.stuck.values():
            yield frame, stuck


def _parked(state: State) -> Iterator[tuple[Frame, Retried]]:
    for frame in live_frames(state.top):
        for holder in (frame.task, frame.undo):
            if holder is not None and isinstance(holder.command, Park):
                yield frame, holder.command


def obey(state: State, order: Ordered, trace: Trace | None = None) -> State:
    """Carry out an order that is not refused."""
    turn = Turn(state, order.at, trace)
    match order.action:
        case Action.PAUSE:
            return turn.state(state.top, paused=True)
        case Action.RESUME:
            return turn.state(state.top, paused=False)
        case Action.CANCEL:
            return turn.state(_close(state.top, Closing("cancelled", undo=True)), paused=False)
        case Action.RETRY:
            wanted = {command.id for _, command in _retried(state, order.step)}
            return turn.state(_retry(turn, state.top, wanted, order.input))
        case Action.RERUN:
            return turn.state(_rerun(turn, state, order))


def _close(frame: Frame, closing: Closing) -> Frame:
    return replace(frame, closing=closing, incident=None, commands=None)


def _rerun(turn: Turn, state: State, order: Ordered) -> Frame:
    assert order.step is not None
    arrival = state.arrivals[order.step]
    turn.forget_arrivals(arrival.serial)
    then = Go(order.step)
    closing = Closing("rerun", undo=True, since=arrival.serial, then=then, given=order.input)
    return replace(_close(state.top, closing), steps=arrival.steps, own=arrival.steps, turns=0)


def _retry(turn: Turn, frame: Frame, wanted: Collection[str], given: Value) -> Frame:
    """Try again what has these ids, with ``given`` as edited input if there is any."""
    frame = _retry_lanes(turn, frame, wanted, given)
    frame = _retry_undos(turn, frame, wanted)
    at_hand = frame.task.command if frame.task is not None else None
    standing = frame.incident or at_hand
    if standing is None or standing.id not in wanted:
        return frame
    if given is not None and frame.task is not None:
        node = frame.task.node
        frame = abandon(turn, frame)
        task: Task | None = turn.visit(frame, node, given, ORDER)
    else:
        task = _again(frame.task, turn)
    return replace(frame, task=task, incident=None, turns=0, commands=None)


def _retry_undos(turn: Turn, frame: Frame, wanted: Collection[str]) -> Frame:
    stuck = {key: each for key, each in frame.stuck.items() if each.id not in wanted}
    if len(stuck) < len(frame.stuck):
        frame = replace(frame, stuck=stuck, commands=None)
    undo = frame.undo
    if undo is None or not isinstance(undo.command, Park) or undo.command.id not in wanted:
        return frame
    return unpark_undo(turn, frame, undo, undo.command)


def _retry_lanes(turn: Turn, frame: Frame, wanted: Collection[str], given: Value) -> Frame:
    task = frame.task
    if task is None or task.lanes is None:
        return frame
    lanes = {name: _retry(turn, lane, wanted, given) for name, lane in task.lanes.frames.items()}
    if all(lanes[name] is lane for name, lane in task.lanes.frames.items()):
        return frame
    return replace(frame, task=replace(task, lanes=replace(task.lanes, frames=lanes)), commands=None)


def _again(task: Task | None, turn: Turn) -> Task | None:
    """The task with the same key, from its first attempt; what lanes did is not done again.

    After an incident it may park anew, and as long as it may; one that is parked has only been let go early.
    """
    if task is None or task.phase is Phase.ARRIVED:
        return task
    if isinstance(task.command, Park):
        return unpark(task, task.command)
    done = task.phase is Phase.RETURNED and isinstance(task.node.verb, Parallel | Each | Run)
    phase = Phase.RETURNED if done else Phase.DUE
    fresh = replace(task, phase=phase, attempt=1, parks=0, parked_at=None)
    return replace(fresh, since=turn.at, command=None, problem=None)
