"""What a run that is under way is doing, in one word and incident by incident."""

from __future__ import annotations

from collections.abc import Iterator

from rulesflow.workflows.commands import (
    AwaitOperator,
    CallStep,
    CallUndo,
    Command,
    Done,
    Park,
    Pause,
    TakeDecision,
)
from rulesflow.workflows.state import Frame, State


def status(state: State, commands: tuple[Command, ...]) -> str:
    """``running waiting parked paused incident undoing completed failed cancelled``, one of them."""
    if state.paused:
        return "paused"
    if commands and isinstance(commands[0], Done):
        return commands[0].status
    closing = state.top.closing
    if closing is not None and closing.status != "caught":
        return "undoing"
    if any(isinstance(each, AwaitOperator) for each in commands):
        return "incident"
    if any(_runs(each) for each in commands):
        return "running"
    return "parked" if any(isinstance(each, Park) for each in commands) else "waiting"


def _runs(command: Command) -> bool:
    if isinstance(command, Pause):
        return command.retry
    return isinstance(command, CallStep | CallUndo | TakeDecision)


def live_frames(frame: Frame) -> Iterator[Frame]:
    """A frame and those within it that go on, outer ones first."""
    yield frame
    if frame.task is not None and frame.task.lanes is not None:
        for lane in frame.task.lanes.frames.values():
            yield from live_frames(lane)
