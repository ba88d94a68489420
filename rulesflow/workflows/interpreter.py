"""The interpreter: what a run does next. Pure: it calls nobody, and the same events give the same commands.

`begin` gives the first state; `proceed` goes on through steps that only compute until something has to be
done, and tells everything that is in flight; `accept` takes in what came of it.
"""

from __future__ import annotations

from collections.abc import Mapping

from rulesflow.conditions import Value
from rulesflow.model.times import Timestamp
from rulesflow.workflows.altering import replace
from rulesflow.workflows.attempts import matches
from rulesflow.workflows.commands import Command, Done, Event, Ordered
from rulesflow.workflows.definition import Workflow
from rulesflow.workflows.frames import MOST_PURE_STEPS, advance
from rulesflow.workflows.leaving import start
from rulesflow.workflows.merging import merged
from rulesflow.workflows.orders import obey, refusal
from rulesflow.workflows.receiving import take
from rulesflow.workflows.standing import status
from rulesflow.workflows.state import Frame, State
from rulesflow.workflows.trace import Trace
from rulesflow.workflows.turn import Turn

__all__ = ["MOST_PURE_STEPS", "accept", "begin", "matches", "merged", "proceed", "refusal", "status"]


def begin(
    workflow: Workflow,
    given: Mapping[str, Value],
    at: Timestamp,
    run: str = "run-1",
    trace: Trace | None = None,
) -> State:
    """A run at its first step. ``given`` fits the workflow's input schema.

    ``trace``, here and below: where to note which ways the run takes, if anybody wants to know.
    """
    told = {"id": run, "workflow": workflow.name, "started_at": at}
    base = {**given, "run": told}
    top = Frame("", workflow.nodes, base, given, output=workflow.output, undoes=True)
    turn = Turn(State(run, at, top), at, trace)
    return turn.state(start(turn, top))


def proceed(
    workflow: Workflow, state: State, trace: Trace | None = None
) -> tuple[State, tuple[Command, ...]]:
    """Go on until something has to be done: everything in flight, or `Done` alone."""
    if state.top.commands is None:
        turn = Turn(state, state.at, trace)
        state = turn.state(advance(turn, state.top))
    outcome = state.top.outcome
    if outcome is not None:
        return state, (Done(outcome.status, outcome.output, outcome.problem),)
    return state, state.top.commands or ()


def accept(
    workflow: Workflow, state: State, command: Command | None, event: Event, trace: Trace | None = None
) -> State:
    """Take in what came of a command; of none: a person's order.

    What nobody waits for any more, and an order that cannot be obeyed, only moves the time.
    """
    if isinstance(event, Ordered):
        if refusal(workflow, state, event) is not None:
            return replace(state, at=max(state.at, event.at))
        return obey(state, event, trace)
    turn = Turn(state, event.at, trace)
    if command is None or isinstance(command, Done):
        return turn.state(state.top)
    return turn.state(take(turn, state.top, command, event))
