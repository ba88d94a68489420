"""How a frame goes on by itself, through steps that only compute, until it needs an event or has ended."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from rulesflow.conditions import Value
from rulesflow.model.times import LAST, SECOND, Duration, Timestamp
from rulesflow.values.expression import ExpressionFailed
from rulesflow.workflows.altering import replace
from rulesflow.workflows.attempts import later
from rulesflow.workflows.commands import AwaitSignal, CallStep, InFlight, Pause, Problem, TakeDecision
from rulesflow.workflows.definition import Call, Decide, Each, Parallel, Run, Set, Sleep, Stop, Switch, Wait
from rulesflow.workflows.lanes import absorb, halt_all, join, open_lanes, tend
from rulesflow.workflows.leaving import chosen, complete, go, leave, recover, skip, stand
from rulesflow.workflows.merging import merged
from rulesflow.workflows.state import Frame, Lanes, Outcome, Phase, Task
from rulesflow.workflows.step import ErrorClass
from rulesflow.workflows.trace import Way
from rulesflow.workflows.turn import Turn
from rulesflow.workflows.undoing import close

#: Steps that only compute or decide, between two events: a list that takes more turns in a circle.
MOST_PURE_STEPS: Final = 10_000


def advance(turn: Turn, frame: Frame) -> Frame:
    """Go on as far as possible."""
    while frame.commands is None:
        try:
            frame = _move(turn, frame)
        except ExpressionFailed as failed:
            frame = stand(turn, frame, Problem(ErrorClass.INTERNAL, failed.code, str(failed)))
    return frame


_ENDLESS: Final = Problem(
    ErrorClass.INTERNAL,
    "endless-loop",
    f"{MOST_PURE_STEPS:,} steps in a row only computed: the workflow turns in a circle",
)


def _move(turn: Turn, frame: Frame) -> Frame:
    task = frame.task
    if frame.incident is not None:
        return replace(frame, commands=(frame.incident,))
    if task is not None and task.lanes is not None:
        return _tend(turn, frame, task, task.lanes)
    if frame.closing is not None:
        return close(turn, frame, frame.closing)
    if task is None:
        output = frame.output(frame.names(turn.at)) if frame.output is not None else None
        return replace(
            frame, outcome=Outcome("completed", output, None, frame.own, frame.effects), commands=()
        )
    match task.phase:
        case Phase.ARRIVED:
            return _enter(turn, frame, task)
        case Phase.DUE:
            return _perform(turn, frame, task)
        case Phase.BUSY:
            assert task.command is not None
            return replace(frame, commands=(task.command,))
        case Phase.RETURNED:
            return leave(turn, frame, task)
        case Phase.RAISED:
            return recover(turn, frame, task)


def _tend(turn: Turn, frame: Frame, task: Task, lanes: Lanes) -> Frame:
    if frame.closing is not None and not lanes.halted:
        lanes = halt_all(lanes)
    lanes = tend(turn, frame, task, lanes, advance)
    if lanes.frames:
        commands = tuple(each for lane in lanes.frames.values() for each in lane.commands or ())
        return replace(frame, task=replace(task, lanes=lanes), commands=commands)
    if frame.closing is not None:
        return replace(absorb(frame, lanes), task=replace(task, lanes=None))
    return join(frame, task, lanes)


def _enter(turn: Turn, frame: Frame, task: Task) -> Frame:
    if frame.turns > MOST_PURE_STEPS:
        return stand(turn, frame, _ENDLESS)
    condition = task.node.condition
    if condition is not None and task.given is None and condition(frame.names(turn.at)) is not True:
        return skip(turn, frame, task.node, Way("skip"))
    turn.enter(task.path)
    return replace(frame, task=replace(task, phase=Phase.DUE))


def _perform(turn: Turn, frame: Frame, task: Task) -> Frame:
    match task.node.verb:
        case Parallel() | Each() | Run() as verb:
            return replace(frame, task=open_lanes(turn, frame, task, verb))
        case Set(values=values):
            done = replace(task, phase=Phase.RETURNED, value=values(frame.names(turn.at)))
            return replace(complete(frame, task, done.value), task=done)
        case Switch(branches=branches):
            return go(turn, frame, *chosen(turn, frame, task.node, branches))
        case Stop(fail=fail):
            return go(turn, frame, fail, Way("fail"))
        case Call(arguments=arguments) if task.given is None:
            task = replace(task, given=arguments(frame.names(turn.at)))
    command = _command(turn, frame, task)
    return replace(frame, task=replace(task, phase=Phase.BUSY, command=command), commands=(command,))


def _command(turn: Turn, frame: Frame, task: Task) -> InFlight:
    path, key = task.path, task.key
    match task.node.verb:
        case Call(step=step, timeout=timeout, park=park):
            identity, parks = turn.identify(key), park is not False
            return CallStep(identity, path, key, step, task.given, task.attempt, timeout, parks)
        case Decide() as verb:
            return _decision(turn, frame, task, verb)
        case Wait() as verb:
            until = None if verb.timeout is None else later(task.since, verb.timeout)
            name = str(verb.signal(frame.names(turn.at)))
            return AwaitSignal(
                turn.identify(key), path, key, name, verb.payload, task.since, until, verb.fresh
            )
        case Sleep() as verb:
            until = _wake(turn, frame, task, verb)
            return Pause(turn.identify(key), path, key, until)
    raise AssertionError(task.node.verb)


def _decision(turn: Turn, frame: Frame, task: Task, verb: Decide) -> TakeDecision:
    names = frame.names(turn.at)
    facts = task.given
    if facts is None:
        facts = merged(frame.given, verb.merge(names)) if verb.merge else dict(frame.given)
    moment = verb.at(names) if verb.at else turn.at
    if not isinstance(moment, Timestamp):
        raise ExpressionFailed("no-time", f"at of {task.node.name} is no timestamp", task.node.span)
    return TakeDecision(
        turn.identify(task.key), task.path, task.key, verb.decision, facts, moment, verb.latest
    )


def _wake(turn: Turn, frame: Frame, task: Task, verb: Sleep) -> Timestamp:
    names = frame.names(turn.at)
    if verb.until is not None:
        moment = verb.until(names)
        if not isinstance(moment, Timestamp):
            raise ExpressionFailed("no-time", f"{task.node.name} sleeps until no timestamp", task.node.span)
        return moment
    length: Value = verb.duration(names) if verb.duration is not None else 0
    if isinstance(length, bool | Timestamp) or not isinstance(length, int | float | Decimal):
        raise ExpressionFailed("no-time", f"{task.node.name} sleeps for no duration", task.node.span)
    nanoseconds = int(length if isinstance(length, Duration) else length * SECOND)
    return Timestamp(min(task.since + nanoseconds, LAST))
