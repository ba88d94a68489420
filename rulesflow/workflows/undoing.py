"""A frame that closes: what its calls did is taken back, the newest first, if that is its own affair."""

from __future__ import annotations

from rulesflow.conditions import Value
from rulesflow.values.expression import ExpressionFailed
from rulesflow.workflows.altering import replace
from rulesflow.workflows.attempts import (
    MOST_PARKS,
    UNDOING,
    counted,
    next_attempt,
    parked_too_often,
    parks,
    rests,
)
from rulesflow.workflows.commands import (
    AwaitOperator,
    CallStep,
    CallUndo,
    Event,
    Held,
    Park,
    Pause,
    Problem,
    Raised,
)
from rulesflow.workflows.effects import abandon
from rulesflow.workflows.growing import Trail
from rulesflow.workflows.leaving import go
from rulesflow.workflows.state import Closing, Effect, Frame, Outcome, Undo
from rulesflow.workflows.step import ErrorClass
from rulesflow.workflows.trace import ORDER
from rulesflow.workflows.turn import Turn


def close(turn: Turn, frame: Frame, closing: Closing) -> Frame:
    """The next thing to do on the way out. No lanes go on in the frame any more."""
    if frame.task is not None:
        if isinstance(frame.task.command, CallStep):
            return replace(frame, commands=(frame.task.command,))
        return abandon(turn, frame)
    if frame.undo is not None and (closing.undo or isinstance(frame.undo.command, CallUndo)):
        return replace(frame, commands=(frame.undo.command, *frame.stuck.values()))
    if closing.undo:
        effect = _newest(frame, closing)
        if effect is not None:
            return _call(turn, frame, effect, 1, 0)
        if frame.stuck:
            return replace(frame, commands=tuple(frame.stuck.values()))
    if closing.then is not None:
        reopened = replace(frame, closing=None, undo=None)
        way = ORDER
        if closing.status == "caught" and turn.trace is not None:
            way = turn.trace.caught(frame.path)
        return go(turn, reopened, closing.then, way, closing.given)
    outcome = Outcome(closing.status, None, closing.problem, frame.own, frame.effects)
    return replace(frame, outcome=outcome, commands=())


def _newest(frame: Frame, closing: Closing) -> Effect | None:
    for effect in reversed(frame.effects):
        if effect.serial > closing.since and effect.key not in frame.stuck:
            return effect
    return None


def _call(turn: Turn, frame: Frame, effect: Effect, attempt: int, parked: int) -> Frame:
    called = f"{turn.run}/{effect.key}"  # the key as the step has seen it
    given: Value = {"input": effect.input, "output": effect.output, "key": called}
    if effect.undo.arguments is not None:
        try:
            given = effect.undo.arguments(effect.names or {})
        except ExpressionFailed as failed:
            return _stick(turn, frame, effect, Problem(ErrorClass.INTERNAL, failed.code, str(failed)))
    key = f"{effect.key}/undo"
    command = CallUndo(turn.identify(key), effect.path, key, effect.undo.step, given, attempt, effect.key)
    return replace(frame, undo=Undo(effect, attempt, parked, command), commands=None)


def after_undo(turn: Turn, frame: Frame, undo: Undo, event: Event) -> Frame:
    """Take in what came of the undo at hand."""
    if isinstance(event, Held) and rests(event):
        return _park(turn, frame, undo, event.problem, held=True)
    if isinstance(event, Raised | Held):
        return _after_error(turn, frame, undo, event.problem)
    match undo.command:
        case Pause():
            return _call(turn, frame, undo.effect, undo.attempt + 1, undo.parks)
        case Park() as park:
            return unpark_undo(turn, frame, undo, park)
        case _:
            turn.note_undone(undo.effect.path, undo.effect.key)
            # What was called again with the same key did its work once, so one undo is for all of it.
            effects = Trail(each for each in frame.effects if each.key != undo.effect.key)
            return replace(frame, effects=effects, undo=None, commands=None)


def unpark_undo(turn: Turn, frame: Frame, undo: Undo, park: Park) -> Frame:
    """Call an undo anew that was parked."""
    return _call(turn, frame, undo.effect, 1, counted(park))


def _after_error(turn: Turn, frame: Frame, undo: Undo, problem: Problem) -> Frame:
    effect, key = undo.effect, f"{undo.effect.key}/undo"
    if isinstance(undo.command, Park):
        return _stick(turn, frame, effect, problem)
    again = next_attempt(UNDOING, undo.attempt, key, problem, turn.at)
    if again is not None:
        pause = Pause(turn.identify(f"{key}/pause"), effect.path, key, again, retry=True)
        return replace(frame, undo=replace(undo, command=pause), commands=None)
    if parks(UNDOING, problem) and undo.parks >= MOST_PARKS:
        return _stick(turn, frame, effect, parked_too_often(problem))
    if parks(UNDOING, problem):
        return _park(turn, frame, undo, problem, held=False)
    return _stick(turn, frame, effect, problem)


def _park(turn: Turn, frame: Frame, undo: Undo, problem: Problem, *, held: bool) -> Frame:
    effect, key = undo.effect, f"{undo.effect.key}/undo"
    identity, step = turn.identify(f"{key}/park"), effect.undo.step
    park = Park(identity, effect.path, key, step, turn.at, undo.parks, problem, held)
    return replace(frame, undo=replace(undo, command=park), commands=None)


def _stick(turn: Turn, frame: Frame, effect: Effect, problem: Problem) -> Frame:
    key = f"{effect.key}/undo"
    identity = turn.identify(f"{key}/incident")
    incident = AwaitOperator(identity, effect.path, key, problem, effect.undo.step, undo=True)
    return replace(frame, undo=None, stuck={**frame.stuck, effect.key: incident}, commands=None)
