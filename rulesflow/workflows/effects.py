"""What calls have done, so that it can be taken back."""

from __future__ import annotations

from collections.abc import Iterable
from operator import attrgetter

from rulesflow.conditions import Value
from rulesflow.workflows.altering import replace
from rulesflow.workflows.definition import Call
from rulesflow.workflows.growing import Trail
from rulesflow.workflows.state import Effect, Frame, Task
from rulesflow.workflows.turn import Turn


def keep(turn: Turn, frame: Frame, task: Task, output: Value, serial: int) -> Frame:
    """Remember what a call did."""
    verb = task.node.verb
    assert isinstance(verb, Call)
    if verb.undo is None:
        return frame
    names = frame.names(turn.at) if verb.undo.arguments is not None else None
    effect = Effect(task.path, task.key, task.given, output, verb.undo, serial, names)
    return replace(frame, effects=_with(frame.effects, effect))


def _with(effects: Trail[Effect], effect: Effect) -> Trail[Effect]:
    """The effects and one more, which is mostly the newest: a loop may leave very many."""
    more = effects.plus((effect,))
    return more if not effects or effects[-1].serial < effect.serial else in_order(more)


def abandon(turn: Turn, frame: Frame) -> Frame:
    """Away from the step at hand: what it may have done is to be taken back."""
    if frame.task is not None and frame.task.unknown:
        frame = keep(turn, frame, frame.task, None, frame.task.unknown)
    return replace(frame, task=None)


def in_order(effects: Iterable[Effect]) -> Trail[Effect]:
    """Oldest first."""
    return Trail(sorted(effects, key=attrgetter("serial")))
