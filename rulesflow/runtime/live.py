"""A live run: one that this process carries out. It performs what the interpreter asks for, event by event.

Everything happens in the engine's loop. Calls, waits and pauses of concurrent branches go on side by side;
one event at a time is recorded, in the order in which they come. A replay never starts what is recorded
already, since performing happens only when the engine finds no record.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, NamedTuple, Protocol

from rulesflow.model.errors import RulesflowError
from rulesflow.model.times import SECOND, Timestamp
from rulesflow.runtime.catalog import NotReadyError, now
from rulesflow.runtime.drive import Drive, decide, outcome
from rulesflow.runtime.entries import entry
from rulesflow.runtime.inbox import Kind, Message
from rulesflow.runtime.listing import Entry
from rulesflow.runtime.patience import patiently
from rulesflow.runtime.project import LoadedProject
from rulesflow.runtime.records import Record, freeze, thaw
from rulesflow.runtime.views import History
from rulesflow.schemas import SchemaMismatch
from rulesflow.workflows.commands import (
    Action,
    AwaitOperator,
    AwaitSignal,
    CallStep,
    CallUndo,
    Command,
    Done,
    Event,
    Ordered,
    Park,
    Pause,
    Problem,
    Raised,
    Returned,
    TakeDecision,
)
from rulesflow.workflows.interpreter import status
from rulesflow.workflows.step import ErrorClass, StepCall, StepError

#: The code of the incident of a step that no plugin has; it is retried when one has it again.
UNKNOWN_STEP: Final = "unknown-step"
_PARKED = 30 * SECOND  # until the first new attempt of a parked call; doubles, up to ten times that
_MOST_PARKED = 300 * SECOND


class Performer(Protocol):
    """What performs calls: the plugins' steps, behind their limits."""

    async def invoke(self, step: str, call: StepCall, timeout: float | None, /) -> Any:
        """The step's output. Raises `StepError`, and nothing else."""

    def knows(self, step: str, /) -> bool:
        """Whether some plugin has the step."""


@dataclass(frozen=True, slots=True)
class World:
    """What live runs need of the process around them.

    ``current``: the project of now, archived, and its digest, for decisions by the latest rules. ``slots``
    bounds the calls in flight. ``changed`` is told of each record and each rest, with the status of before.
    """

    performer: Performer
    current: Callable[[], tuple[str, LoadedProject]]
    slots: asyncio.Semaphore
    changed: Callable[[LiveRun, str], None]
    cost_limit: int


class _Answer(NamedTuple):
    """What came of a call or a decision; ``taken``: the decision."""

    started: Timestamp
    event: Event
    taken: Mapping[str, Any] | None = None


class LiveRun:
    """A run in this process. ``drive`` is where it stands; ``deliver`` brings it messages."""

    def __init__(self, drive: Drive, world: World, messages: list[Message]) -> None:
        self.drive = drive
        self.history = History(drive)
        self.status = status(drive.state, drive.commands)
        self.changes = 0
        self.behind = 0  # records that it has still to go through from its beginning
        self.rung = asyncio.Event()  # at each record, for those who follow the run
        self.over = asyncio.Event()  # once it is not carried out here any more
        self._world = world
        self._messages: dict[int, Message] = {}
        self._tasks: dict[str, asyncio.Task[_Answer]] = {}
        self._wake = asyncio.Event()
        for message in messages:
            self.deliver(message)

    def deliver(self, message: Message) -> None:
        """Take in a message; one that came before is passed over."""
        if message.number not in self.drive.handled and message.number not in self.drive.state.consumed:
            self._messages.setdefault(message.number, message)
            self._wake.set()

    def entry(self) -> Entry:
        """How the list shows the run now."""
        return entry(self.drive, self.status, (self.drive.recorded << 32) + self.changes)

    async def carry_out(
        self, checkpoint: Callable[[str, Callable[[], Awaitable[Any]]], Awaitable[Any]]
    ) -> Done:
        """Go on to the end."""
        while (done := self.drive.done) is None:
            frozen = await checkpoint(_label(self.drive.commands), self.perform)
            record = Record.thaw(frozen)
            if record.rules is not None:  # so that feeding it need not wait for the database
                await patiently(partial(self.drive.rules, record.rules))
            self.history.see(record, self.drive.feed(record))
            self._forget(record)
            self._say()
        for task in self._tasks.values():
            task.cancel()
        return done

    async def perform(self) -> Mapping[str, Any]:
        """Let the next event come about; its record, frozen."""
        while True:
            self._align()
            self._wake.clear()
            record = next(self._ready(), None)
            if record is not None:
                return record.freeze()
            self._say()
            await self._something()

    # -- what goes on ----------------------------------------------------------------------------------

    def _align(self) -> None:
        """Let go of what is no longer asked for, and begin what is."""
        wanted = {command.id: command for command in self.drive.commands if not isinstance(command, Done)}
        for id_ in [id_ for id_ in self._tasks if id_ not in wanted]:
            self._tasks.pop(id_).cancel()
        if self.drive.state.paused:
            return
        for id_, command in wanted.items():
            if id_ not in self._tasks and isinstance(command, CallStep | CallUndo | TakeDecision):
                task = asyncio.create_task(self._answer(command))
                task.add_done_callback(lambda _: self._wake.set())
                self._tasks[id_] = task

    async def _answer(self, command: CallStep | CallUndo | TakeDecision) -> _Answer:
        async with self._world.slots:
            started = now()
            if isinstance(command, TakeDecision):
                _, project = await patiently(self._world.current, NotReadyError)
                taken = decide(project, command, self._world.cost_limit)
                return _Answer(started, outcome(taken, now()), taken)
            return _Answer(started, await self._call(command))

    async def _call(self, command: CallStep | CallUndo) -> Event:
        run = self.drive.order.run
        call = StepCall(command.input, f"{run}/{command.key}", run, command.path, command.attempt)
        timeout = command.timeout if isinstance(command, CallStep) else None
        try:
            value = await self._world.performer.invoke(command.step, call, timeout)
            return Returned(thaw(freeze(value)), now())
        except StepError as error:
            problem = Problem(error.error_class, error.code, error.message, error.retry_after)
            return Raised(problem, now())
        except (RulesflowError, TypeError) as error:  # numbers that cannot be kept exactly, say
            return Raised(Problem(ErrorClass.INTERNAL, "bad-output", str(error)), now())

    # -- what has come ---------------------------------------------------------------------------------

    def _ready(self) -> Iterator[Record]:
        """What can be recorded now: orders before answers before signals before timers."""
        yield from self._orders()
        yield from self._answers()
        if self.drive.state.paused:
            return
        yield from self._signals()
        yield from self._timers()
        yield from self._returned_plugins()

    def _orders(self) -> Iterator[Record]:
        for message in self._pending(Kind.ORDER):
            body = message.body
            order = Ordered(
                Action(message.name),
                now(),
                body.get("step"),
                body.get("input"),
                bool(body.get("force")),
                body.get("reason") or "",
                message.number,
            )
            yield Record("", order, message.at, tuple(self.drive.taken), body.get("digest"))

    def _answers(self) -> Iterator[Record]:
        done = [(id_, task.result()) for id_, task in self._tasks.items() if task.done()]
        for id_, answer in sorted(done, key=lambda each: each[1].event.at):
            decisions = (*self.drive.taken, *((answer.taken,) if answer.taken else ()))
            yield Record(id_, answer.event, answer.started, decisions)

    def _signals(self) -> Iterator[Record]:
        for command in self._asked(AwaitSignal):
            for message in self._pending(Kind.SIGNAL):
                if message.name != command.signal or (command.fresh and message.at < command.since):
                    continue
                try:
                    payload = command.payload.validate(message.body)
                except SchemaMismatch:  # meant for another wait of that name
                    continue
                event = Returned(thaw(freeze(payload)), now(), message.number)
                yield self._record(command.id, event, command.since)

    def _timers(self) -> Iterator[Record]:
        at = now()
        for command in self.drive.commands:
            moment = _moment(command)
            if moment is not None and moment <= at:
                assert not isinstance(command, Done)
                since = command.since if isinstance(command, AwaitSignal | Park) else self.drive.state.at
                yield self._record(command.id, Returned(None, at), since)

    def _returned_plugins(self) -> Iterator[Record]:
        for command in self._asked(AwaitOperator):
            if command.problem.code == UNKNOWN_STEP and self._world.performer.knows(command.step or ""):
                order = Ordered(Action.RETRY, now(), command.path, reason=f"{command.step} is back")
                yield Record("", order, order.at, tuple(self.drive.taken))

    def _record(self, id_: str, event: Event, started: Timestamp) -> Record:
        return Record(id_, event, started, tuple(self.drive.taken))

    def _pending(self, kind: Kind) -> list[Message]:
        found = [message for message in self._messages.values() if message.kind is kind]
        return sorted(found, key=lambda message: message.number)

    def _asked(self, kind: type[Any]) -> list[Any]:
        return [command for command in self.drive.commands if isinstance(command, kind)]

    def _forget(self, record: Record) -> None:
        """Drop what a record has used up."""
        self._tasks.pop(record.id, None)
        match record.event:
            case Returned(signal=int(number)) | Ordered(number=number):
                self._messages.pop(number, None)

    async def _something(self) -> None:
        """Wait until anything may have come."""
        moments = [moment for each in self.drive.commands if (moment := _moment(each)) is not None]
        seconds = None
        if moments and not self.drive.state.paused:
            seconds = max(0.0, (min(moments) - now()) / SECOND)
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        except TimeoutError:
            pass

    def _say(self) -> None:
        """Tell where the run stands, if that has changed, and that there is something new."""
        before, self.status = self.status, status(self.drive.state, self.drive.commands)
        self.changes += 1
        self._world.changed(self, before)
        self.rung.set()
        self.rung = asyncio.Event()


def _moment(command: Command) -> Timestamp | None:
    """When a command is answered by time alone."""
    match command:
        case Pause(until=until) | AwaitSignal(until=until):
            return until
        case Park(since=since, parks=parks):
            return Timestamp(since + min(_PARKED * 2 ** min(parks, 10), _MOST_PARKED))
        case _:
            return None


def _label(commands: tuple[Command, ...]) -> str:
    """The name of the next record, the same in a replay."""
    first = commands[0]
    assert not isinstance(first, Done)
    return first.id if len(commands) == 1 else f"{first.id} +{len(commands) - 1}"
