"""The interpreter: what a run does next. Pure: it calls nobody, and the same events give the same commands.

`begin` gives the first state; `proceed` goes on through steps that only compute until something has to be
done, and tells what; `accept` takes in what came of that.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from rulesflow.conditions import Value
from rulesflow.model.times import Duration, Timestamp
from rulesflow.workflows.commands import (
    AwaitOperator,
    AwaitSignal,
    CallStep,
    CallUndo,
    Command,
    Done,
    Event,
    Ordered,
    Pause,
    Problem,
    Raised,
    TakeDecision,
)
from rulesflow.workflows.definition import (
    Call,
    Cases,
    Conditions,
    Decide,
    ExpressionFailed,
    Go,
    Node,
    Retry,
    Set,
    Sleep,
    Stop,
    Switch,
    Target,
    Wait,
    Workflow,
)
from rulesflow.workflows.state import Effect, State
from rulesflow.workflows.step import ErrorClass

#: Steps that only compute, between two commands: a workflow that takes more turns in a circle.
MOST_PURE_STEPS: Final = 10_000
_UNDOING: Final = Retry(attempts=5)
_FAILING: Final = (ErrorClass.REJECTED, ErrorClass.CONFLICT)
_NANOSECONDS: Final = 1_000_000_000


def begin(workflow: Workflow, given: Mapping[str, Value], at: Timestamp) -> State:
    """A run at its first step. ``given`` fits the workflow's input schema."""
    return State(given, at, None).arrive(next(iter(workflow.nodes), None))


def proceed(workflow: Workflow, state: State) -> tuple[State, Command]:
    """Go on until something has to be done."""
    for _ in range(MOST_PURE_STEPS):
        if state.incident is not None:
            return state, AwaitOperator(state.here or "output", state.incident)
        try:
            moved = _undo(state) if state.ending is not None else _advance(workflow, state)
        except ExpressionFailed as failed:
            moved = replace(state, incident=Problem(ErrorClass.INTERNAL, failed.code, str(failed)))
        if not isinstance(moved, State):
            return state, moved
        state = moved
    problem = Problem(
        ErrorClass.INTERNAL,
        "endless-loop",
        f"{MOST_PURE_STEPS:,} steps in a row only computed: the workflow turns in a circle",
    )
    return replace(state, incident=problem), AwaitOperator(state.here or "output", problem)


def accept(workflow: Workflow, state: State, command: Command, event: Event) -> State:
    """Take in what came of a command."""
    state = replace(state, at=max(state.at, event.at))
    if isinstance(event, Ordered):
        return _obey(state, event)
    if isinstance(command, Pause) and command.retry:
        return replace(state, attempt=state.attempt + 1, resting=None)
    if isinstance(command, CallUndo):
        return _after_undo(state, event)
    node = workflow.nodes[state.here or ""]
    try:
        if isinstance(event, Raised):
            return _after_error(workflow, state, node, command, event.problem)
        if isinstance(command, AwaitSignal) and event.value is None:
            return _after_timeout(workflow, state, node, command)
        return _after_result(workflow, state, node, command, event.value)
    except ExpressionFailed as failed:
        return replace(state, incident=Problem(ErrorClass.INTERNAL, failed.code, str(failed)))


# -- forward -----------------------------------------------------------------------------------------------


def _advance(workflow: Workflow, state: State) -> State | Command:
    if state.here is None:
        return Done("completed", workflow.output(state.names) if workflow.output else None)
    node = workflow.nodes[state.here]
    if state.resting is not None:
        return Pause(node.name, f"{state.key(node.name)}/{state.attempt}", state.resting, retry=True)
    if node.condition is not None and state.arriving and node.condition(state.names) is not True:
        return state.arrive(_following(workflow, node.name))
    if state.arriving:
        return replace(state, route=(*state.route, node.name), arriving=False)
    return _perform(workflow, state, node)


def _perform(workflow: Workflow, state: State, node: Node) -> State | Command:
    key, names = state.key(node.name), state.names
    match node.verb:
        case Call(step=step, arguments=arguments, timeout=timeout):
            given = state.edited if state.edited is not None else arguments(names)
            return CallStep(node.name, key, step, given, state.attempt, timeout)
        case Decide(decision=decision, merge=merge, at=at, latest=latest):
            facts = merged(state.input, merge(names)) if merge else dict(state.input)
            moment = at(names) if at else state.at
            return TakeDecision(node.name, decision, facts, moment, latest)
        case Wait() as wait:
            return AwaitSignal(
                node.name, key, str(wait.signal(names)), wait.payload, wait.timeout, wait.fresh
            )
        case Sleep(duration=duration, until=until):
            if duration is not None:
                return Pause(node.name, key, _seconds(duration(names)))
            return Pause(node.name, key, until=until(names) if until else None)
        case Set(values=values):
            return _leave(workflow, state.complete(node.name, values(names)), node, None)
        case Switch(branches=branches):
            return _go(state, _chosen(branches, state, node))
        case Stop(fail=fail):
            return _go(state, fail)


def _after_result(workflow: Workflow, state: State, node: Node, command: Command, value: Value) -> State:
    if isinstance(command, Pause):
        return _leave(workflow, state, node, None)
    if isinstance(command, CallStep):
        state = _keep_effect(state, node, command, value)
    return _leave(workflow, state.complete(node.name, value), node, value)


def _keep_effect(state: State, node: Node, command: CallStep, output: Value) -> State:
    assert isinstance(node.verb, Call)
    if node.verb.commit:
        return replace(state, effects=(), committed=True)
    if node.verb.undo is None:
        return state
    effect = Effect(node.name, command.key, command.input, output, node.verb.undo)
    return replace(state, effects=(*state.effects, effect))


def _leave(workflow: Workflow, state: State, node: Node, value: Value) -> State:
    """On from a completed step: by ``on``, by ``then``, or to the next one."""
    match node.on:
        case Cases(by=by, targets=targets, other=other):
            chosen = value.get(by) if isinstance(value, dict) else None
            target = targets.get(chosen, other) if isinstance(chosen, str | bool) else other
            if target is None:
                message = f"no branch of {node.name} fits {by} = {chosen!r}"
                return replace(state, incident=Problem(ErrorClass.INTERNAL, "no-branch", message))
            return _go(state, target)
        case Conditions() as branches:
            return _go(state, _chosen(branches, state, node))
        case None:
            return _go(state, node.then or Go(_following(workflow, node.name)))


def _chosen(branches: Conditions, state: State, node: Node) -> Target:
    for condition, target in branches.branches:
        if condition is None or condition(state.names) is True:
            return target
    raise ExpressionFailed("no-branch", f"no branch of {node.name} fits", node.span)


def _go(state: State, target: Target) -> State:
    if isinstance(target, Go):
        return state.arrive(target.step)
    message = str(target.message(state.names)) if target.message else target.code
    return state.end("failed", Problem(ErrorClass.REJECTED, target.code, message))


def _following(workflow: Workflow, name: str) -> str | None:
    names = list(workflow.nodes)
    place = names.index(name) + 1
    return names[place] if place < len(names) else None


# -- errors ------------------------------------------------------------------------------------------------


def _after_timeout(workflow: Workflow, state: State, node: Node, command: AwaitSignal) -> State:
    assert isinstance(node.verb, Wait)
    if node.verb.on_timeout is not None:
        return _go(state, node.verb.on_timeout)
    problem = Problem(ErrorClass.TIMEOUT, "timeout", f"signal {command.signal} did not come in time")
    return _after_error(workflow, state, node, command, problem)


def _after_error(workflow: Workflow, state: State, node: Node, command: Command, problem: Problem) -> State:
    if isinstance(command, CallStep) and isinstance(node.verb, Call):
        if _again(node.verb.retry, problem, state.attempt):
            return replace(state, resting=_delay(node.verb.retry, state.attempt, command.key, problem))
        if problem.error_class.effect_unknown and node.verb.undo is not None:
            effect = Effect(node.name, command.key, command.input, None, node.verb.undo)
            state = replace(state, effects=(*state.effects, effect))
    for catch in node.catch:
        if matches(catch.on, problem):
            state = state.complete(node.name, {"error": problem.as_dict()})
            return _go(state, catch.then)
    if problem.error_class in _FAILING:
        return state.end("failed", problem)
    return replace(state, incident=problem)


def matches(on: tuple[str, ...], problem: Problem) -> bool:
    """Whether an error is one of those: by its class, its code, or because any is."""
    return "any" in on or str(problem.error_class) in on or problem.code in on


def _again(retry: Retry, problem: Problem, attempt: int) -> bool:
    return attempt < retry.attempts and matches(retry.on, problem)


def _delay(retry: Retry, attempt: int, key: str, problem: Problem) -> float:
    """Seconds before the next attempt. The jitter is a hash of the key, so that a replay waits alike."""
    delay = min(retry.delay * retry.factor ** (attempt - 1), retry.max_delay)
    if retry.full_jitter:
        drawn = hashlib.blake2b(f"{key}#{attempt}".encode(), digest_size=8).digest()
        delay *= int.from_bytes(drawn) / 2**64
    return max(delay, min(problem.retry_after or 0.0, retry.max_delay))


def _obey(state: State, order: Ordered) -> State:
    if state.ending is not None:  # only undos are left, and a person can but have them tried again
        again = tuple(effect for effect, _ in state.stuck)
        return replace(state, effects=(*state.effects, *again), stuck=(), attempt=1, resting=None)
    if order.cancel:
        return state.end("cancelled", None)
    state = _forget_unknown(state)
    if order.input is None or state.here is None:
        return replace(state, incident=None, attempt=1, resting=None)
    return replace(state.arrive(state.here), incident=None, edited=order.input)


def _forget_unknown(state: State) -> State:
    """A retry keeps the key of a call whose effect is unknown: that is one call to undo, not two."""
    key = state.key(state.here or "")
    kept = tuple(each for each in state.effects if each.key != key)
    return replace(state, effects=kept)


# -- undoing -----------------------------------------------------------------------------------------------


def _undo(state: State) -> State | Command:
    assert state.ending is not None
    if not state.effects:
        if state.stuck:
            effect, problem = state.stuck[0]
            return AwaitOperator(f"undo {effect.path}", problem)
        status, reason = state.ending
        return Done(status, None, reason)
    effect = state.effects[-1]
    key = f"{effect.key}/undo"
    if state.resting is not None:
        return Pause(effect.path, f"{key}/{state.attempt}", state.resting, retry=True)
    given: Value = {"input": effect.input, "output": effect.output, "key": effect.key}
    if effect.undo.arguments is not None:
        given = effect.undo.arguments(state.names)
    return CallUndo(effect.path, key, effect.undo.step, given, state.attempt, effect.key)


def _after_undo(state: State, event: Event) -> State:
    effect, rest = state.effects[-1], state.effects[:-1]
    if not isinstance(event, Raised):
        return replace(state, effects=rest, undone=(*state.undone, effect.path), attempt=1)
    if _again(_UNDOING, event.problem, state.attempt):
        delay = _delay(_UNDOING, state.attempt, effect.key, event.problem)
        return replace(state, resting=delay)
    return replace(state, effects=rest, stuck=(*state.stuck, (effect, event.problem)), attempt=1)


# -- values ------------------------------------------------------------------------------------------------


def merged(base: Value, over: Value) -> Value:
    """``over`` laid on ``base``: objects deep, everything else replaced."""
    if not (isinstance(base, Mapping) and isinstance(over, Mapping)):
        return over
    return {**base, **{key: merged(base[key], each) if key in base else each for key, each in over.items()}}


def _seconds(value: Value) -> float:
    return int(value) / _NANOSECONDS if isinstance(value, Duration) else float(value)
