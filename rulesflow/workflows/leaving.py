"""Out of a step: completed or failed, and on to where its branches lead."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from rulesflow.conditions import Value
from rulesflow.values.expression import ExpressionFailed
from rulesflow.workflows.altering import replace
from rulesflow.workflows.attempts import matches
from rulesflow.workflows.commands import AwaitOperator, Problem
from rulesflow.workflows.definition import (
    Call,
    Cases,
    Conditions,
    Each,
    Go,
    Node,
    Nodes,
    Parallel,
    Run,
    Target,
    Wait,
)
from rulesflow.workflows.effects import abandon
from rulesflow.workflows.state import Closing, Frame, Task
from rulesflow.workflows.step import ErrorClass
from rulesflow.workflows.trace import END, FAIL, NEXT, Way
from rulesflow.workflows.turn import Turn

_FAILING: Final = (ErrorClass.REJECTED, ErrorClass.CONFLICT)


def complete(frame: Frame, task: Task, value: Value) -> Frame:
    """The step at hand has this result."""
    name = task.node.name
    own = {**frame.own, name: value}
    steps = own if frame.steps is frame.own else {**frame.steps, name: value}
    return replace(frame, steps=steps, own=own)


def start(turn: Turn, frame: Frame) -> Frame:
    """At the first step of a list that begins."""
    if turn.trace is not None:
        turn.trace.begin(frame.path)
    return arrive(turn, frame, next(iter(frame.nodes), None), NEXT)


def arrive(turn: Turn, frame: Frame, name: str | None, way: Way, given: Value = None) -> Frame:
    """At a step, to be visited once more; None: behind the last one."""
    task = None if name is None else turn.visit(frame, frame.nodes[name], given, way)
    if task is None and turn.trace is not None:
        turn.trace.end(frame.path, END, way, turn.at)
    return replace(frame, task=task, turns=frame.turns + 1, commands=None)


def following(nodes: Nodes, name: str) -> str | None:
    """The next step in the file."""
    names = iter(nodes)
    for each in names:
        if each == name:
            break
    return next(names, None)


def leave(turn: Turn, frame: Frame, task: Task) -> Frame:
    """On from a completed step: by ``on``, by ``then``, or to the next one."""
    node = task.node
    match node.on:
        case Cases() as cases:
            return go(turn, frame, *_case(cases, node, task.value))
        case Conditions() as branches:
            return go(turn, frame, *chosen(turn, frame, node, branches))
        case None if node.then is None:
            return skip(turn, frame, node, NEXT)
        case None:
            return go(turn, frame, node.then, Way("then"))


def skip(turn: Turn, frame: Frame, node: Node, way: Way) -> Frame:
    """On to the next step in the file."""
    return arrive(turn, frame, following(frame.nodes, node.name), way)


def _case(cases: Cases, node: Node, value: Value) -> tuple[Target, Way]:
    key = value.get(cases.by) if isinstance(value, Mapping) else None
    if isinstance(key, str | bool) and key in cases.targets:
        return cases.targets[key], Way("case", [*cases.targets].index(key))
    if cases.other is None:
        raise ExpressionFailed("no-branch", f"no branch of {node.name} fits {cases.by} = {key!r}", node.span)
    return cases.other, Way("else")


def chosen(turn: Turn, frame: Frame, node: Node, branches: Conditions) -> tuple[Target, Way]:
    """The first branch whose condition is true. Raises `ExpressionFailed` if there is none."""
    names = frame.names(turn.at)
    for index, (condition, target) in enumerate(branches.branches):
        if condition is None:
            return target, Way("else")
        if condition(names) is True:
            return target, Way("case" if branches.keyed else "condition", index)
    raise ExpressionFailed("no-branch", f"no branch of {node.name} fits", node.span)


def go(turn: Turn, frame: Frame, target: Target, way: Way, given: Value = None) -> Frame:
    """To a step, to the end, or to a failure."""
    if isinstance(target, Go):
        return arrive(turn, frame, target.step, way, given)
    message = str(target.message(frame.names(turn.at))) if target.message else target.code
    if turn.trace is not None:
        turn.trace.end(frame.path, FAIL + target.code, way, turn.at)
    return fail(frame, Problem(ErrorClass.REJECTED, target.code, message))


def fail(frame: Frame, problem: Problem) -> Frame:
    """Nothing caught it: the whole frame fails."""
    return replace(frame, closing=Closing("failed", problem, undo=frame.undoes), commands=None)


def recover(turn: Turn, frame: Frame, task: Task) -> Frame:
    """From an error to the step that catches it; otherwise the frame fails, or stands as an incident."""
    problem, node = task.problem, task.node
    assert problem is not None
    if isinstance(node.verb, Wait) and problem.error_class is ErrorClass.TIMEOUT and node.verb.on_timeout:
        return go(turn, frame, node.verb.on_timeout, Way("timeout"))
    if turn.trace is not None:
        turn.trace.fail(task.key, problem, turn.at)
    for index, catch in enumerate(node.catch):
        if matches(catch.on, problem):
            told = complete(frame, task, {"error": problem.as_dict()})
            return _caught(turn, told, task, catch.then, Way("catch", index))
    if problem.error_class in _FAILING:
        return fail(frame, problem)
    return stand(turn, frame, problem)


def _caught(turn: Turn, frame: Frame, task: Task, target: Target, way: Way) -> Frame:
    """Frames that failed are taken back before the run goes on, for nobody else will do it."""
    if isinstance(target, Go) and isinstance(task.node.verb, Parallel | Each | Run):
        if turn.trace is not None:
            turn.trace.catch(frame.path, way)
        closing = Closing("caught", undo=True, since=task.serial, then=target)
        return replace(frame, closing=closing, commands=None)
    return go(turn, abandon(turn, frame), target, way)


def stand(turn: Turn, frame: Frame, problem: Problem) -> Frame:
    """An incident: a person is needed."""
    task = frame.task
    path, key = (task.path, task.key) if task else (f"{frame.path}output", f"{frame.path}output/1")
    step = task.node.verb.step if task and isinstance(task.node.verb, Call) else None
    given = task.given if task else None
    incident = AwaitOperator(turn.identify(f"{key}/incident"), path, key, problem, step, input=given)
    return replace(frame, incident=incident, commands=(incident,))
