"""Frames side by side: how branches, items and children begin, and what becomes of them together."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from typing import TypeAlias

from rulesflow.conditions import Value
from rulesflow.schemas import SchemaMismatch
from rulesflow.values.expression import ExpressionFailed
from rulesflow.workflows.altering import replace
from rulesflow.workflows.commands import Problem
from rulesflow.workflows.definition import Each, Nodes, Parallel, Run
from rulesflow.workflows.effects import in_order
from rulesflow.workflows.leaving import complete, start
from rulesflow.workflows.state import Closing, Frame, Lanes, Outcome, Phase, Task
from rulesflow.workflows.step import ErrorClass
from rulesflow.workflows.turn import Turn

#: How a frame goes on by itself, until it needs an event or has ended.
Advance: TypeAlias = Callable[[Turn, Frame], Frame]


def lane_of(task: Task, path: str) -> str:
    """The name of the lane in which a path lies."""
    return "" if isinstance(task.node.verb, Run) else path[len(task.path) + 1 :].partition("/")[0]


def open_lanes(turn: Turn, frame: Frame, task: Task, verb: Parallel | Each | Run) -> Task:
    """Begin. Raises `ExpressionFailed`."""
    if isinstance(verb, Run):
        return _open_child(turn, frame, task, verb)
    if isinstance(verb, Parallel):
        branches = {
            name: _inner(turn, frame, task, name, nodes, undoes=verb.any)
            for name, nodes in verb.branches.items()
        }
        return replace(task, lanes=Lanes(branches, opened=len(branches)), phase=Phase.BUSY)
    items = verb.items(frame.names(turn.at))
    if not isinstance(items, list | tuple):
        raise ExpressionFailed("no-list", f"{task.node.name} needs a list of items", task.node.span)
    if turn.trace is not None:
        turn.trace.open(task.path, len(items))
    return replace(task, lanes=Lanes({}, items=tuple(items)), phase=Phase.BUSY)


def _inner(
    turn: Turn, frame: Frame, task: Task, name: str, nodes: Nodes, *, undoes: bool, **more: Value
) -> Frame:
    base = {**frame.base, **more} if more else frame.base
    path = f"{task.path}/{name}/"
    inner = Frame(path, nodes, base, frame.given, steps=frame.steps, undoes=undoes)
    return start(turn, inner)


def _open_child(turn: Turn, frame: Frame, task: Task, verb: Run) -> Task:
    child = verb.workflow
    given = verb.arguments(frame.names(turn.at)) if task.given is None else task.given
    try:
        given = child.input.validate(given)
    except SchemaMismatch as mismatch:
        problem = Problem(ErrorClass.INVALID, "child-input", f"{child.name} refuses its input: {mismatch}")
        return replace(task, phase=Phase.RAISED, problem=problem)
    run = {"id": frame.base["run"]["id"], "workflow": child.name, "started_at": turn.at}
    inner = Frame(f"{task.path}/", child.nodes, {**given, "run": run}, given, output=child.output)
    lane = start(turn, inner)
    return replace(task, given=given, lanes=Lanes({"": lane}, opened=1), phase=Phase.BUSY)


def tend(turn: Turn, frame: Frame, task: Task, lanes: Lanes, advance: Advance) -> Lanes:
    """Let every lane go on as far as it can, and begin those whose turn has come."""
    verb = task.node.verb
    frames, results = dict(lanes.frames), dict(lanes.results)
    opened, stopped = lanes.opened, lanes.stopped
    due = deque(name for name, lane in frames.items() if lane.commands is None)
    while due or _room(verb, frames, lanes, opened, stopped):
        if not due:
            assert isinstance(verb, Each)
            name, item = str(opened), lanes.items[opened]
            more = {verb.variable: item}
            frames[name] = _inner(turn, frame, task, name, verb.nodes, undoes=verb.collect, **more)
            due.append(name)
            opened += 1
        name = due.popleft()
        frames[name] = lane = advance(turn, frames[name])
        if lane.outcome is None:
            continue
        del frames[name]
        results[name] = lane.outcome
        if turn.trace is not None:
            turn.trace.close(task.path, lane.outcome.status)
        if not stopped and _decides(verb, lane.outcome):
            stopped, frames = True, _halted(frames, undo=isinstance(verb, Parallel) and verb.any)
            due = deque(frames)
    return Lanes(frames, results, lanes.items, opened, stopped, lanes.halted)


def _room(verb: object, frames: Mapping[str, Frame], lanes: Lanes, opened: int, stopped: bool) -> bool:
    if stopped or opened >= len(lanes.items) or not isinstance(verb, Each):
        return False
    return verb.concurrency is None or len(frames) < verb.concurrency


def _decides(verb: object, outcome: Outcome) -> bool:
    """Whether the other lanes are no longer wanted, now that one ended so."""
    if isinstance(verb, Parallel) and verb.any:
        return outcome.completed
    if isinstance(verb, Each) and verb.collect:
        return False
    return not outcome.completed


def _halted(frames: Mapping[str, Frame], *, undo: bool) -> dict[str, Frame]:
    return {name: halt(lane, undo=undo) for name, lane in frames.items()}


def halt(frame: Frame, *, undo: bool) -> Frame:
    """Start nothing more in a frame. ``undo``: it takes its effects back itself."""
    closing = Closing("cancelled", undo=undo)
    return replace(frame, closing=closing, incident=None, commands=None)


def halt_all(lanes: Lanes) -> Lanes:
    """Start nothing more in any lane; their effects are the frame's around."""
    frames = _halted(lanes.frames, undo=False)
    return replace(lanes, frames=frames, stopped=True, halted=True)


def join(frame: Frame, task: Task, lanes: Lanes) -> Frame:
    """All lanes have ended: what that means for their step, and the effects that are left of them."""
    frame = absorb(frame, lanes)
    problem = _problem(task, lanes)
    if problem is not None:
        return replace(frame, task=replace(task, lanes=None, phase=Phase.RAISED, problem=problem))
    value = _value(task, lanes)
    task = replace(task, lanes=None, phase=Phase.RETURNED, value=value)
    return replace(complete(frame, task, value), task=task)


def absorb(frame: Frame, lanes: Lanes) -> Frame:
    """Take over the effects that are left of the lanes."""
    left = [effect for outcome in lanes.results.values() for effect in outcome.effects]
    return replace(frame, effects=in_order((*frame.effects, *left))) if left else frame


def _problem(task: Task, lanes: Lanes) -> Problem | None:
    verb, results = task.node.verb, lanes.results.values()
    if isinstance(verb, Each) and verb.collect:
        return None
    failed = [each.problem for each in results if each.status == "failed"]
    if isinstance(verb, Parallel) and verb.any:
        return failed[-1] if failed and not any(each.completed for each in results) else None
    return failed[0] if failed else None


def _value(task: Task, lanes: Lanes) -> Value:
    match task.node.verb:
        case Parallel(branches=branches):
            ended = {name: lanes.results[name] for name in branches if name in lanes.results}
            return {name: dict(each.steps) for name, each in ended.items() if each.completed}
        case Each():
            return [_item(lanes.results[str(index)]) for index in range(len(lanes.items))]
        case _:
            return lanes.results[""].output


def _item(outcome: Outcome) -> Value:
    error = outcome.problem.as_dict() if outcome.problem is not None else None
    return {"ok": outcome.completed, "steps": dict(outcome.steps), "error": error}
