"""Taking in what came of a command, at the frame that waits for it."""

from __future__ import annotations

from rulesflow.workflows.altering import replace
from rulesflow.workflows.attempts import (
    MOST_PARKS,
    counted,
    later,
    next_attempt,
    parked_too_often,
    parks,
    rests,
)
from rulesflow.workflows.commands import (
    AwaitSignal,
    CallStep,
    Event,
    Held,
    InFlight,
    Park,
    Pause,
    Problem,
    Raised,
    Returned,
    TakeDecision,
)
from rulesflow.workflows.definition import Call
from rulesflow.workflows.effects import keep
from rulesflow.workflows.growing import Trail
from rulesflow.workflows.lanes import lane_of
from rulesflow.workflows.leaving import complete, stand
from rulesflow.workflows.state import Frame, Lanes, Phase, Task
from rulesflow.workflows.step import ErrorClass
from rulesflow.workflows.turn import Turn
from rulesflow.workflows.undoing import after_undo


def take(turn: Turn, frame: Frame, command: InFlight, event: Event) -> Frame:
    """The frame after an event; the same one if nothing in it waits for that."""
    moved = _take(turn, frame, command, event)
    if moved is frame or (isinstance(command, TakeDecision) and not command.latest):
        return moved  # a pure decision is no event of the world: a circle of them does not end
    return replace(moved, turns=0)


def _take(turn: Turn, frame: Frame, command: InFlight, event: Event) -> Frame:
    task = frame.task
    if task is not None and task.lanes is not None:
        return _take_in_lane(turn, frame, task, task.lanes, command, event)
    if task is not None and task.command is not None and task.command.id == command.id:
        return _take_at(turn, frame, task, task.command, event)
    if frame.undo is not None and frame.undo.command.id == command.id:
        return after_undo(turn, frame, frame.undo, event)
    return frame


def _take_in_lane(
    turn: Turn, frame: Frame, task: Task, lanes: Lanes, command: InFlight, event: Event
) -> Frame:
    name = lane_of(task, command.path)
    lane = lanes.frames.get(name)
    moved = take(turn, lane, command, event) if lane is not None else lane
    if moved is None or moved is lane:
        return frame
    task = replace(task, lanes=replace(lanes, frames={**lanes.frames, name: moved}))
    effects = Trail() if turn.committing else frame.effects
    return replace(frame, task=task, effects=effects, commands=None)


def _take_at(turn: Turn, frame: Frame, task: Task, command: InFlight, event: Event) -> Frame:
    if isinstance(event, Raised | Held):
        return _after_error(turn, frame, task, command, event)
    assert isinstance(event, Returned)
    match command:
        case Pause(retry=True):
            moved = replace(task, phase=Phase.DUE, attempt=task.attempt + 1, command=None)
        case Park() as park:
            moved = unpark(task, park)
        case AwaitSignal(signal=signal) if event.signal is None and event.value is None:
            problem = Problem(ErrorClass.TIMEOUT, "timeout", f"signal {signal} did not come in time")
            moved = replace(task, phase=Phase.RAISED, problem=problem, command=None)
        case Pause():
            moved = replace(task, phase=Phase.RETURNED, command=None)
        case _:
            return _after_result(turn, frame, task, event)
    return replace(frame, task=moved, commands=None)


def unpark(task: Task, park: Park) -> Task:
    """A task that was parked, with the same key and from its first attempt."""
    return replace(task, phase=Phase.DUE, attempt=1, parks=counted(park), problem=None, command=None)


def _after_result(turn: Turn, frame: Frame, task: Task, event: Returned) -> Frame:
    if event.signal is not None:
        turn.consume(event.signal)
    if isinstance(task.node.verb, Call) and task.node.verb.commit and not frame.path:
        frame = replace(frame, closing=None)  # what would cancel the run comes too late now
    if frame.closing is None:
        frame = complete(frame, task, event.value)
    if isinstance(task.node.verb, Call):
        frame = _after_call(turn, frame, task, task.node.verb, event)
    done = replace(task, phase=Phase.RETURNED, value=event.value, unknown=0, command=None)
    return replace(frame, task=done, commands=None)


def _after_call(turn: Turn, frame: Frame, task: Task, verb: Call, event: Returned) -> Frame:
    if verb.commit:
        turn.commit()
        return replace(frame, effects=Trail())
    return keep(turn, frame, task, event.value, turn.tick())


def _after_error(turn: Turn, frame: Frame, task: Task, command: InFlight, event: Raised | Held) -> Frame:
    verb, problem = task.node.verb, event.problem
    task = replace(task, phase=Phase.RAISED, problem=problem, command=None)
    if not (isinstance(command, CallStep) and isinstance(verb, Call)):
        return replace(frame, task=task, commands=None)
    called = isinstance(event, Raised) or event.called
    if called and problem.error_class.effect_unknown:
        task = replace(task, unknown=turn.tick())
    if isinstance(event, Held) and verb.park is not False and rests(event):
        return _park(turn, frame, task, verb, held=True)
    again = next_attempt(verb.retry, task.attempt, task.key, problem, turn.at)
    if again is not None:
        pause = Pause(turn.identify(f"{task.key}/pause"), task.path, task.key, again, retry=True)
        task = replace(task, phase=Phase.BUSY, command=pause)
    elif verb.park is not False and parks(verb.retry, problem):
        return _park(turn, frame, task, verb, held=False)
    return replace(frame, task=task, commands=None)


def _park(turn: Turn, frame: Frame, task: Task, verb: Call, *, held: bool) -> Frame:
    assert task.problem is not None
    if not held and task.parks >= MOST_PARKS and frame.closing is None:
        return stand(turn, replace(frame, task=task), parked_too_often(task.problem))
    first = turn.at if task.parked_at is None else task.parked_at
    until = None if isinstance(verb.park, bool) else later(first, verb.park)
    identity = turn.identify(f"{task.key}/park")
    park = Park(identity, task.path, task.key, verb.step, turn.at, task.parks, task.problem, held, until)
    return replace(frame, task=replace(task, phase=Phase.BUSY, parked_at=first, command=park), commands=None)
