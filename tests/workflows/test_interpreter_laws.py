"""What holds for every workflow, whatever its calls do and whatever people order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st
from playing import (
    ORDER,
    START,
    Play,
    calls,
    child,
    effect,
    for_each,
    node,
    side_by_side,
    to,
    waits,
    workflow,
)

from rulesflow.model.times import Timestamp
from rulesflow.workflows.commands import (
    AwaitOperator,
    AwaitSignal,
    CallStep,
    CallUndo,
    Command,
    Done,
    Held,
    Park,
    Pause,
    Problem,
    Raised,
    Returned,
)
from rulesflow.workflows.definition import Catch, Decide, Fail, Node, Retry, Set, Sleep, Stop, Workflow
from rulesflow.workflows.interpreter import accept, begin, proceed
from rulesflow.workflows.step import ErrorClass

Draw = Callable[[Any], Any]
CLASSES = ["rejected", "unavailable", "timeout", "internal", "invalid", "conflict"]
LEAVES = ["effect", "effect", "effect", "call", "commit", "wait", "sleep", "set", "decide", "fail"]
NESTS = ["all", "any", "stop", "collect", "run"]


@st.composite
def workflows(draw: Draw) -> Workflow:
    return workflow(*_nodes(draw, 3, 4), output=lambda names: dict(names["steps"]))


def _nodes(draw: Draw, depth: int, most: int) -> list[Node]:
    count = draw(st.integers(1, most))
    return [_node(draw, depth, index, count) for index in range(count)]


def _node(draw: Draw, depth: int, index: int, count: int) -> Node:
    name = f"s{index}"
    kind = draw(st.sampled_from(LEAVES + (NESTS * 2 if depth > 1 else [])))
    target = to(draw(st.sampled_from([None, *(f"s{later}" for later in range(index + 1, count))])))
    caught = draw(st.sampled_from([(), (), (Catch(("any",), target),), (Catch(("timeout",), target),)]))
    retry = Retry(attempts=draw(st.integers(1, 2)), park=draw(st.booleans()))
    park = draw(st.sampled_from([True, True, False, 3600.0]))
    inner = [] if kind in LEAVES else _nodes(draw, depth - 1, 2)
    match kind:
        case "effect":
            return effect(name, retry=retry, catch=caught, park=park)
        case "call" | "commit":
            return calls(name, retry=retry, catch=caught, commit=kind == "commit", park=park)
        case "wait":
            return waits(name, "signal", 60, on_timeout=draw(st.sampled_from([None, target])))
        case "sleep":
            return node(name, Sleep(duration=lambda names: 5))
        case "set":
            return node(name, Set(lambda names: {"x": len(names["steps"])}))
        case "decide":
            return node(name, Decide("fraud"))
        case "fail":
            never = draw(st.booleans())
            return node(name, Stop(Fail("stopped")), condition=(lambda names: False) if never else None)
        case "all" | "any":
            other = _nodes(draw, depth - 1, 2)
            return side_by_side(name, race=kind == "any", a=inner, b=other, catch=caught)
        case "stop" | "collect":
            concurrency = draw(st.sampled_from([None, 1, 2]))
            return for_each(name, *inner, concurrency=concurrency, collect=kind == "collect", catch=caught)
        case _:
            return child(name, workflow(*inner, name="child"), catch=caught)


#: Each number is one thing that happens: what it means depends on what is in flight.
CHANCES = st.lists(st.integers(0, 10_000), max_size=40)


def chance(play: Play, number: int) -> None:
    """One thing that happens."""
    if isinstance(play.commands[0], Done):
        return
    if number % 17 == 0:
        orders = ["pause", "resume", "retry", "rerun", "cancel"]
        action = orders[number // 17 % 5]
        step = f"s{number % 4}" if action == "rerun" else None
        play.orders(action, step)
        return
    command = play.commands[number // 7 % len(play.commands)]
    _answer(play, command, number)


def _answer(play: Play, command: Command, number: int) -> None:
    at = play.state.at
    match command:
        case CallStep() | CallUndo() if number % 11 < 3:
            error_class = ErrorClass(CLASSES[number // 11 % len(CLASSES)])
            problem = Problem(error_class, "held", "not well")
            play.answer(command, Held(problem, at, called=number % 11 > 0))
        case AwaitOperator(path=path):
            edited = {"of": number} if number % 5 == 0 else None
            play.orders("retry", path, input=edited, force=number % 2 == 0)
        case CallStep() if number % 3:
            _fail(play, command, CLASSES[number // 3 % len(CLASSES)])
        case CallUndo() if number % 4 == 0:
            _fail(play, command, CLASSES[number // 4 % len(CLASSES)])
        case Park(path=path) if number % 4 == 0:
            edited = {"of": number} if number % 8 == 0 else None
            play.orders("retry", path, input=edited, force=number % 16 == 0)
        case Park(until=Timestamp()) if number % 4 == 1:
            _fail(play, command, "unavailable")
        case Pause() | Park():
            play.answer(command, Returned(None, at))
        case AwaitSignal():
            arrived = number % 3 > 0
            play.answer(command, Returned({}, at, number) if arrived else Returned(None, at))
        case _:
            play.answer(command, Returned({"n": number}, at))


def _fail(play: Play, command: Any, error_class: str) -> None:
    problem = Problem(ErrorClass(error_class), error_class, "failed")
    play.answer(command, Raised(problem, play.state.at))


def drain(play: Play) -> None:
    """From now on everything succeeds, and a person retries what stands."""
    for _ in range(2_000):
        first = play.commands[0]
        if isinstance(first, Done):
            return
        if isinstance(first, AwaitOperator):
            play.orders("retry", first.path)
        else:
            play.answer(
                first, Returned({"n": 0}, play.state.at, 1 if isinstance(first, AwaitSignal) else None)
            )
    pytest.fail(f"the run does not end: {play.commands}")


def played(flow: Workflow, numbers: list[int], *, to_its_end: bool = True) -> Play:
    play = Play(flow)
    for number in numbers:
        chance(play, number)
    if to_its_end:
        drain(play)
    return play


@given(workflows(), CHANCES)
@settings(max_examples=150)
def test_the_same_events_give_the_same_states_and_commands(flow: Workflow, numbers: list[int]) -> None:
    play = played(flow, numbers, to_its_end=False)
    state, commands = proceed(flow, begin(flow, ORDER, START, "run-7"))
    assert commands == play.seen[0]
    for (command, event), expected in zip(play.log, play.seen[1:], strict=True):
        state, commands = proceed(flow, accept(flow, state, command, event))
        assert commands == expected
        assert proceed(flow, state) == (state, commands)
    assert state == play.state


@given(workflows(), CHANCES)
@settings(max_examples=150)
def test_ids_never_come_again_and_calls_are_never_dropped(flow: Workflow, numbers: list[int]) -> None:
    play = played(flow, numbers)
    gone: set[str] = set()
    before: dict[str, Command] = {}
    for index, commands in enumerate(play.seen):
        now = {each.id: each for each in commands if not isinstance(each, Done)}
        assert len(now) == len(commands) or (not now and len(commands) == 1)
        assert not gone & now.keys()
        answered = play.log[index - 1][0] if index else None
        for name, command in before.items():
            assert now.get(name, command) == command
            if name not in now:
                gone.add(name)
                if isinstance(command, CallStep | CallUndo):
                    assert answered == command, "a call in flight is never gone before its event came"
        before = now


@given(workflows(), CHANCES)
@settings(max_examples=300)
def test_every_effect_is_committed_or_stands_or_is_undone_once(flow: Workflow, numbers: list[int]) -> None:
    undone_once(flow, played(flow, numbers))


@given(workflows(), CHANCES)
@settings(max_examples=300)
def test_a_run_that_is_cancelled_while_it_is_parked_leaves_no_effect(
    flow: Workflow, numbers: list[int]
) -> None:
    play = Play(flow)
    for number in numbers:
        chance(play, number)
        if any(isinstance(each, Park) for each in play.commands) and not play.refused("cancel"):
            break
    else:
        return
    play.orders("cancel")
    drain(play)
    undone_once(flow, play)
    if not play.state.committed:
        assert play.done.status == "cancelled"


def undone_once(flow: Workflow, play: Play) -> None:
    """Whether a run that is over took back once what it was to take back, and nothing else."""
    made: dict[str, str] = {}
    committed: set[str] = set()
    undone: Counter[str] = Counter()
    for command, event in play.log:
        if isinstance(command, CallUndo) and isinstance(event, Returned):
            undone[command.undone] += 1
            assert command.undone not in committed
        if not isinstance(command, CallStep):
            continue
        if isinstance(event, Returned) and commits(flow, command.path):
            committed |= {key for key, path in made.items() if covered(path, command.path)}
        elif takes_back(flow, command.path) and (
            isinstance(event, Returned)
            or (
                (isinstance(event, Raised) or (isinstance(event, Held) and event.called))
                and event.problem.error_class.effect_unknown
            )
        ):
            made[command.key] = command.path
    assert all(count == 1 for count in undone.values())
    assert undone.keys() <= made.keys()
    if play.done.status != "completed":
        assert made.keys() - committed <= undone.keys()


def found(flow: Workflow, path: str) -> Node:
    """The node at a path."""
    nodes, parts = flow.nodes, path.split("/")
    while len(parts) > 1:
        verb: Any = nodes[parts[0]].verb
        if hasattr(verb, "branches"):
            nodes, parts = verb.branches[parts[1]], parts[2:]
        elif hasattr(verb, "nodes"):
            nodes, parts = verb.nodes, parts[2:]
        else:
            nodes, parts = verb.workflow.nodes, parts[1:]
    return nodes[parts[0]]


def commits(flow: Workflow, path: str) -> bool:
    return bool(getattr(found(flow, path).verb, "commit", False))


def takes_back(flow: Workflow, path: str) -> bool:
    return getattr(found(flow, path).verb, "undo", None) is not None


def covered(path: str, commit: str) -> bool:
    """Whether a commit holds for an effect: not if they lie in lanes of one step, side by side."""
    ours, theirs = path.split("/"), commit.split("/")
    shared = next((n for n, pair in enumerate(zip(ours, theirs, strict=False)) if pair[0] != pair[1]), 0)
    return ours[shared].startswith("s")


@given(workflows(), CHANCES)
@settings(max_examples=150)
def test_a_cancelled_run_is_undone_from_the_newest_to_the_oldest(flow: Workflow, numbers: list[int]) -> None:
    play = played(flow, numbers, to_its_end=False)
    if play.refused("cancel"):
        return
    play.orders("cancel")
    while play.state.top.task is not None:  # what is in flight finishes first
        play.answer(play.commands[0], Returned({}, play.state.at))
        if play.state.committed:
            return  # the cancel came too late, or there is less to undo
    if play.state.top.stuck:
        return  # an undo that failed for good before comes later
    undone = len(play.state.undone)
    left = [each.path for each in play.state.top.effects]
    drain(play)
    assert list(play.state.undone[undone:]) == left[::-1]
    assert play.done.status == "cancelled"
