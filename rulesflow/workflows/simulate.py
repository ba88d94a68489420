"""Simulation: a whole run in memory. Its steps answer as mocked, and time jumps to whatever comes next."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from rulesflow.conditions import Value
from rulesflow.documents.jsontext import read_json, write_json
from rulesflow.model.errors import JsonRefused, RulesflowError
from rulesflow.model.times import LAST, SECOND, Duration, Timestamp
from rulesflow.schemas import Schema, SchemaMismatch
from rulesflow.schemas.expectation import shown
from rulesflow.workflows.attempts import parked_too_long
from rulesflow.workflows.commands import (
    AwaitOperator,
    AwaitSignal,
    CallStep,
    CallUndo,
    Command,
    Done,
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
from rulesflow.workflows.definition import Workflow
from rulesflow.workflows.interpreter import accept, begin, proceed, status
from rulesflow.workflows.mocks import UNDO, Mock, Mocks
from rulesflow.workflows.state import State
from rulesflow.workflows.step import ErrorClass
from rulesflow.workflows.stepschema import StepSchemas

#: Events of one run: far more than a workflow needs that ever ends.
MOST_EVENTS: Final = 10_000
#: How long a parked step rests before it is healthy again.
PARKED: Final = 60 * SECOND
_SHOWN: Final = 200

#: What decides: a `Returned` with the result, or a `Raised`.
Decider: TypeAlias = Callable[[TakeDecision], Event]


class SimulationFailed(RulesflowError):
    """A run that cannot be simulated to its end; the message says what is missing, or wrong."""


@dataclass(frozen=True, slots=True)
class SignalGiven:
    """A signal that comes ``after`` so long from the start; None: as soon as it is waited for."""

    name: str
    payload: Value
    after: Duration | None = None


@dataclass(frozen=True, slots=True)
class CallMade:
    """A call that a mock has answered. ``undo``: it took back the call of that path."""

    path: str
    key: str
    step: str
    input: Value
    attempt: int
    at: Timestamp
    undo: bool = False


@dataclass(frozen=True, slots=True)
class Simulated:
    """How far a run came.

    ``status``: as a run's; ``incident``, ``waiting`` or ``parked`` where nothing more can happen by itself.
    ``path``: the steps in the order in which the run came to them; ``undone``: those taken back, in order.
    ``signals_left``: those that nobody waited for. ``answers_left``: answers that were not asked for, by
    path, of lists that were begun. ``at``: when it ended.
    """

    status: str
    output: Value
    problem: Problem | None
    path: tuple[str, ...]
    undone: tuple[str, ...]
    calls: tuple[CallMade, ...]
    waits: tuple[str, ...]
    signals_left: tuple[SignalGiven, ...]
    answers_left: Mapping[str, int]
    at: Timestamp


def simulate(
    workflow: Workflow,
    given: Value,
    *,
    decide: Decider,
    mocks: Mapping[str, Sequence[Mock]],
    at: Timestamp,
    signals: Sequence[SignalGiven] = (),
    steps: Mapping[str, StepSchemas] | None = None,
    watch: Callable[[InFlight, Event], None] | None = None,
) -> Simulated:
    """Run a workflow on an input that fits its schema, from the moment ``at``.

    ``steps``: schemas by a step's name, against which inputs and mocked outputs are checked. ``watch`` sees
    every event with the command that it answers, in order. Raises `SimulationFailed`.
    """
    pending = dict(enumerate(signals, 1))
    world = _World(decide, Mocks(mocks), pending, steps or {}, at)
    state = begin(workflow, given, at, "simulated")
    for _ in range(MOST_EVENTS):
        state, commands = proceed(workflow, state)
        happened = world.next(commands)
        if happened is None:
            return world.end(state, commands)
        if watch is not None:
            watch(*happened)
        state = accept(workflow, state, *happened)
    last = ", ".join(each.path for each in state.route[-5:])
    raise SimulationFailed(
        f"after {MOST_EVENTS:,} events the run has not ended; it came last to {last}: "
        "let a mock answer so that the loop ends"
    )


@dataclass(slots=True)
class _World:
    """All that is around a run: the plugins, the decisions, who sends signals, and the clock."""

    decide: Decider
    mocks: Mocks
    pending: dict[int, SignalGiven]
    steps: Mapping[str, StepSchemas]
    start: Timestamp
    now: Timestamp = field(init=False)
    seen: dict[str, Timestamp] = field(default_factory=dict)
    calls: list[CallMade] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.now = self.start

    def next(self, commands: Sequence[Command]) -> tuple[InFlight, Event] | None:
        """What happens next; None where nothing more will."""
        asked = [each for each in commands if not isinstance(each, Done)]
        for command in asked:
            self.seen.setdefault(command.id, self.now)
        order = {each: place for place, each in enumerate(self.seen)}
        asked.sort(key=lambda each: (not isinstance(each, TakeDecision), order[each.id]))
        if (found := self._happening(asked)) is not None:
            return found
        moments = [moment for each in asked if (moment := self._moment(each)) is not None]
        if not moments:
            return None
        self.now = max(self.now, min(moments))
        return self._happening(asked)

    def _happening(self, commands: Sequence[InFlight]) -> tuple[InFlight, Event] | None:
        for command in commands:
            event = self._event(command)
            if event is not None:
                return command, event
        return None

    def _event(self, command: InFlight) -> Event | None:
        """What comes of a command now, if anything does."""
        match command:
            case TakeDecision():
                return self.decide(command)
            case CallStep():
                return self._call(command)
            case CallUndo():
                return self._undo(command)
            case AwaitSignal():
                return self._signal(command)
            case Pause():
                return Returned(None, self.now) if command.until <= self.now else None
            case Park():
                return self._parked(command)
            case _:
                return None

    def _moment(self, command: InFlight) -> Timestamp | None:
        """When something comes of a command by itself."""
        match command:
            case Pause(until=until):
                return until
            case Park():
                moments = (self._healthy(command), command.until)
                return min((each for each in moments if each is not None), default=None)
            case AwaitSignal(until=until):
                coming = self._coming(command)
                moments = (until, coming and coming[0])
                return min((each for each in moments if each is not None), default=None)
            case _:
                return None

    # -- calls ---------------------------------------------------------------------------------------------

    def _call(self, command: CallStep) -> Event:
        known = self.steps.get(command.step)
        if known is not None:
            try:
                known.input.validate(_as_json(command.input))
            except (SchemaMismatch, JsonRefused) as refused:
                message = f"step {command.step} does not take this input: {refused}"
                return Raised(Problem(ErrorClass.INVALID, "invalid", message), self.now)
        mock = self.mocks.take(command.path)
        if mock is None:
            raise SimulationFailed(_unmocked(command, known.output if known else None))
        if mock.problem is not None:
            return self._failed(command, mock.problem, held=mock.held)
        self._note(command, undo=False)
        return Returned(_output(command, mock.output, known), self.now)

    def _undo(self, command: CallUndo) -> Event:
        mock = self.mocks.take(command.path + UNDO) or Mock({})
        if mock.problem is not None:
            return self._failed(command, mock.problem, held=mock.held)
        self._note(command, undo=True)
        return Returned(mock.output, self.now)

    def _failed(self, command: CallStep | CallUndo, problem: Problem, *, held: bool) -> Event:
        if held:
            return Held(problem, self.now, called=False)
        self._note(command, undo=isinstance(command, CallUndo))
        return Raised(problem, self.now)

    def _parked(self, command: Park) -> Event | None:
        healthy = self._healthy(command)
        if healthy is not None and healthy <= self.now:
            return Returned(None, self.now)
        tired = command.until is not None and command.until <= self.now
        return Raised(parked_too_long(command), self.now) if tired else None

    def _healthy(self, command: Park) -> Timestamp | None:
        """When what a parked step calls is healthy again; None if it will never answer but with errors."""
        path = command.path + UNDO if command.key.endswith(UNDO) else command.path
        return _later(command.since, PARKED) if self.mocks.heals(path) else None

    def _note(self, command: CallStep | CallUndo, *, undo: bool) -> None:
        made = CallMade(
            command.path, command.key, command.step, command.input, command.attempt, self.now, undo
        )
        self.calls.append(made)

    # -- signals -------------------------------------------------------------------------------------------

    def _signal(self, command: AwaitSignal) -> Event | None:
        found = self._coming(command)
        if found is not None and found[0] <= self.now:
            number = found[1]
            given = self.pending.pop(number)
            try:
                return Returned(command.payload.validate(given.payload), self.now, signal=number)
            except SchemaMismatch as mismatch:
                raise SimulationFailed(f"signal {given.name}, for {command.path}: {mismatch}") from None
        timed_out = command.until is not None and command.until <= self.now
        return Returned(None, self.now) if timed_out else None

    def _coming(self, command: AwaitSignal) -> tuple[Timestamp, int] | None:
        """The first signal of that name: when it is there, and its number."""
        arrivals = (
            (self.now if given.after is None else _later(self.start, given.after), number)
            for number, given in self.pending.items()
            if given.name == command.signal
        )
        return min((each for each in arrivals if each[0] >= command.since or not command.fresh), default=None)

    # -- the end -------------------------------------------------------------------------------------------

    def end(self, state: State, commands: Sequence[Command]) -> Simulated:
        """What has become of the run where nothing more happens."""
        done = next((each for each in commands if isinstance(each, Done)), None)
        return Simulated(
            status=status(state, tuple(commands)),
            output=done.output if done else None,
            problem=done.problem if done else _problem(commands),
            path=tuple(visit.path for visit in state.route),
            undone=state.undone,
            calls=tuple(self.calls),
            waits=tuple(each.signal for each in commands if isinstance(each, AwaitSignal)),
            signals_left=tuple(self.pending.values()),
            answers_left=self.mocks.left,
            at=self.now,
        )


def _later(moment: Timestamp, nanoseconds: int) -> Timestamp:
    return Timestamp(min(moment + nanoseconds, LAST))


def _problem(commands: Sequence[Command]) -> Problem | None:
    found = (each.problem for each in commands if isinstance(each, AwaitOperator | Park))
    return next(found, None)


def _as_json(value: Value) -> Value:
    """The value as a plugin gets it: its times as text."""
    return read_json(write_json(value))


def _output(command: CallStep, output: Value, known: StepSchemas | None) -> Value:
    """A mocked output with its times as `Timestamp`."""
    if known is None:
        return output
    try:
        return known.output.validate(output)
    except SchemaMismatch as mismatch:
        message = f"mocks: {command.path}: no output of {command.step}: {mismatch}"
        raise SimulationFailed(message) from None


def _unmocked(command: CallStep, output: Schema | None) -> str:
    asked = shown(command.input)
    cut = asked if len(asked) <= _SHOWN else f"{asked[:_SHOWN]}…"
    return f"no mock answers {command.path}, a call of {command.step} with {cut}; {_advice(command, output)}"


def _advice(command: CallStep, output: Schema | None) -> str:
    required = output.source.get("required", ()) if output else ()
    example = ", ".join(f"{name}: …" for name in required) if output else "…: …"
    return f"add to mocks: {command.path}: {{{example}}}"
