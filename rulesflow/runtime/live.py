"""A live run: one that this process carries out. It performs what the interpreter asks for, event by event.

Everything happens in the engine's loop. Calls, waits and pauses of concurrent branches go on side by side;
one event at a time is recorded, in the order in which they come. A replay never starts what is recorded
already, since performing happens only when the engine finds no record.

Before it is called, a step asks for admission to its resource; one that is refused parks. A run in which
nothing goes on but parks and long waits is laid to rest: it leaves this process, and costs it nothing.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from rulesflow.model.errors import RulesflowError
from rulesflow.model.times import SECOND, Timestamp
from rulesflow.runtime.breakers import CIRCUIT_OPEN
from rulesflow.runtime.catalog import NotReadyError, now
from rulesflow.runtime.cloudevents import CloudEvent
from rulesflow.runtime.drive import Drive, decide, outcome
from rulesflow.runtime.durable import Rested
from rulesflow.runtime.entries import entry
from rulesflow.runtime.inbox import Kind, Message
from rulesflow.runtime.listing import Entry
from rulesflow.runtime.parking import Laid, Place, Rest
from rulesflow.runtime.patience import patiently
from rulesflow.runtime.ports import Admission, Execution, Keeper, Performer
from rulesflow.runtime.project import LoadedProject
from rulesflow.runtime.records import Record, freeze, thaw
from rulesflow.runtime.resources import NotAdmitted, Permit
from rulesflow.runtime.runevents import begun, ended, happened
from rulesflow.runtime.setfacts import Fill
from rulesflow.runtime.tallies import TallyOf, unmeasured
from rulesflow.runtime.tracing import RunTrace, Tracer
from rulesflow.runtime.views import History
from rulesflow.schemas import SchemaMismatch
from rulesflow.workflows.attempts import parked_too_long
from rulesflow.workflows.commands import (
    Action,
    AwaitOperator,
    AwaitSignal,
    CallStep,
    CallUndo,
    Command,
    Done,
    Event,
    Held,
    Ordered,
    Park,
    Pause,
    Problem,
    Raised,
    Returned,
    TakeDecision,
)
from rulesflow.workflows.emitted import Emitted
from rulesflow.workflows.interpreter import status
from rulesflow.workflows.priority import priority
from rulesflow.workflows.step import ErrorClass, StepCall, StepError

#: The code of the incident of a step that no plugin has; it is retried when one has it again.
UNKNOWN_STEP: Final = "unknown-step"
_PARKED: Final = 30 * SECOND  # until the first new attempt of a call whose retries are used up; doubles
_MOST_PARKED: Final = 300 * SECOND
_MICROSECOND: Final = 1000  # of `Timestamp`
_DOZE: Final = 60.0  # seconds for which a run waits here before it is laid to rest
_NEAR: Final = 10 * SECOND  # what comes so soon is waited for here
_AGAIN: Final = 1.0  # seconds until a run is laid to rest after all
_QUEUED: Final = 0.5  # seconds that a new run's first call waits for a slot before it is said
_UNTRACED: Final[Mapping[str, str]] = MappingProxyType({})
_AWAY: Final = (ErrorClass.UNAVAILABLE, ErrorClass.TIMEOUT)


@dataclass(frozen=True, slots=True)
class World:
    """What live runs need of the process around them.

    ``tracer``: who traces, if anybody.
    ``current``: the project of now, archived, and its digest, for decisions by the latest rules. ``changed``
    is told of each record and each rest, with the status of before. ``fill``: with facts that patterns set.
    ``tell`` is told the events of a run, as `Teller.tell` is. ``tally``: where calls of a step are counted.
    """

    performer: Performer
    current: Callable[[], tuple[str, LoadedProject]]
    admission: Admission
    keeper: Keeper
    tracer: Tracer | None = field(default=None, kw_only=True)
    changed: Callable[[LiveRun, str], None]
    cost_limit: int
    fill: Fill | None = None
    tell: Callable[[str, int, Sequence[CloudEvent]], int] | None = None
    tally: TallyOf = unmeasured


class _Answer(NamedTuple):
    """What came of a call or a decision; ``taken``: the decision; ``emitted``: what the call has emitted."""

    started: Timestamp
    event: Event
    taken: Mapping[str, Any] | None = None
    emitted: tuple[Emitted, ...] = ()


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
        self._events = 0  # that it has told since its beginning
        self.told = 0  # how many messages it knew of when it was last laid to rest
        self.held: tuple[Place, ...] | None = ()  # its parked steps as they are written down; None: who knows
        self._world = world
        self._messages: dict[int, Message] = {}
        self._tasks: dict[str, asyncio.Task[_Answer]] = {}
        self._made: frozenset[str] | None = None  # calls that an earlier life may have made; None: who knows
        self._admitting: set[str] = set()  # calls that wait for admission
        self._queued: set[str] = set()  # calls that have waited for a slot for a while
        self._released: dict[str, tuple[str, Timestamp]] = {}  # parks that are over: resource, since when
        self._probes: dict[str, str] = {}  # calls that are made since a park was over: key, resource
        self._numbers: set[int] = set()  # of the messages that it knows of
        self._priority = priority(drive.workflow, drive.state.top.given, drive.order.at, drive.order.run)
        self._trace: RunTrace | None = world.tracer.run(drive.order) if world.tracer else None
        self._wake = asyncio.Event()
        for message in messages:
            self.deliver(message)

    def deliver(self, message: Message) -> None:
        """Take in a message; one that came before is passed over."""
        self._numbers.add(message.number)
        if message.number not in self.drive.handled and message.number not in self.drive.state.consumed:
            self._messages.setdefault(message.number, message)
            self._wake.set()

    def release(self, resource: str, parks: Iterable[str], at: Timestamp) -> None:
        """Let steps go on as of a moment that were parked for a resource, by the ids of their commands."""
        self._released |= dict.fromkeys(parks, (resource, at))
        self._wake.set()

    @property
    def queued(self) -> frozenset[str]:
        """The ids of its calls that have waited for their turn for a while and are not made yet."""
        return frozenset(self._queued)

    @property
    def messages(self) -> int:
        """How many messages it knows of."""
        return len(self._numbers)

    def draining(self, resource: str) -> int:
        """How many calls of it are under way or about to be made because a park was over."""
        coming = [name for name, _ in [*self._released.values()]]
        return [*coming, *self._probes.values()].count(resource)

    def entry(self) -> Entry:
        """How the list shows the run now."""
        return entry(self.drive, self.status, (self.drive.recorded << 32) + self.changes)

    async def carry_out(self, execution: Execution) -> Done:
        """Go on to the end. Raises `Rested` once nobody is to carry the run out."""
        self._tell(begun(self.drive))
        while (done := self.drive.done) is None:
            perform = partial(self.perform, execution)
            frozen = await execution.checkpoint(_label(self.drive.commands), perform)
            record = Record.thaw(frozen)
            if record.rules is not None:  # so that feeding it need not wait for the database
                await patiently(partial(self.drive.rules, record.rules))
            command = self.drive.feed(record)
            self.history.see(record, command)
            self._tell(happened(self.drive, record, command))
            if self._trace is not None and self.drive.recorded > self.behind:
                self._trace.recorded(record)
            self._forget(record, command)
            self._say()
        self._tell(ended(self.drive))
        for task in self._tasks.values():
            task.cancel()
        if self.held != ():
            await self._hold((), execution)
        if self._trace is not None:
            self._trace.ended(self.drive, self.history.entries())
        return done

    async def perform(self, execution: Execution) -> Mapping[str, Any]:
        """Let the next event come about; its record, frozen."""
        idle = asyncio.get_running_loop().time()
        while True:
            self._align()
            self._wake.clear()
            record = next(self._ready(), None)
            if record is not None:
                return record.freeze()
            self._say()
            patience = await self._settle(idle + _DOZE - asyncio.get_running_loop().time(), execution)
            await self._something(patience)

    # -- what goes on ----------------------------------------------------------------------------------

    def _align(self) -> None:
        """Let go of what is no longer asked for, and begin what is."""
        wanted = {command.id: command for command in self.drive.commands if not isinstance(command, Done)}
        if self._made is None:
            self._made = frozenset(wanted if self.behind else ())
        for id_ in [id_ for id_ in self._tasks if id_ not in wanted]:
            self._tasks.pop(id_).cancel()
        keys = {command.key for command in wanted.values()}
        self._released = {id_: each for id_, each in self._released.items() if id_ in wanted}
        self._probes = {key: each for key, each in self._probes.items() if key in keys}
        state = self.drive.state
        ending = state.top.closing is not None
        for id_ in self._admitting & self._tasks.keys():  # these calls are not made yet
            if state.paused or (ending and self._unmade(wanted[id_])):
                self._tasks.pop(id_).cancel()
        if state.paused:
            return
        for id_, command in wanted.items():
            if id_ not in self._tasks and isinstance(command, CallStep | CallUndo | TakeDecision):
                task = asyncio.create_task(self._answer(command))
                task.add_done_callback(lambda _: self._wake.set())
                self._tasks[id_] = task

    async def _answer(self, command: CallStep | CallUndo | TakeDecision) -> _Answer:
        if not isinstance(command, TakeDecision):
            return await (self._traced(command, self._trace) if self._trace else self._admitted(command))
        started = now()
        project = self.drive.project
        if command.latest:
            _, project = await patiently(self._world.current, NotReadyError)
        taken = decide(project, command, self._world.cost_limit, self._world.fill)
        return _Answer(started, outcome(taken, now()), taken)

    async def _traced(self, command: CallStep | CallUndo, trace: RunTrace) -> _Answer:
        asked, headers = now(), trace.enter(command.id)
        answer = await self._admitted(command, headers)
        resource = self._world.performer.resource_of(command.step)
        trace.called(command, resource, answer.event, asked, answer.started)
        return answer

    async def _admitted(self, command: CallStep | CallUndo, trace: Mapping[str, str] = _UNTRACED) -> _Answer:
        """Call once there is room; an answer that the resource is not well where it is not."""
        if self._unmade(command) and self.drive.state.top.closing is not None:
            refusal = Problem(ErrorClass.UNAVAILABLE, CIRCUIT_OPEN, "the run ends before the call was made")
            return _Answer(now(), Held(refusal, now(), called=False))
        resource = self._world.performer.resource_of(command.step)
        tally, wanted = self._world.tally(command.step, resource), asyncio.get_running_loop().time()
        tally.waiting += 1
        try:
            permit = await self._admission(command, resource)
        except NotAdmitted as refused:
            at = now()
            return _Answer(at, Held(refused.problem, at, called=False))
        finally:
            tally.waiting -= 1
        started, clock = now(), asyncio.get_running_loop().time()
        run = self.drive.order.run
        call = StepCall(command.input, f"{run}/{command.key}", run, command.path, command.attempt, trace)
        going = tally.begin()
        try:
            event: Returned | Raised | Held = await self._call(command, call)
        except asyncio.CancelledError:
            call.emissions.close()
            permit.drop()
            raise
        finally:
            tally.end(going)
        problem = event.problem if isinstance(event, Raised) else None
        class_ = problem.error_class if problem is not None else None
        ran = asyncio.get_running_loop().time() - clock
        tally.count(clock - wanted, ran, class_)
        unwell = permit.done(class_, ran)
        if unwell and problem is not None and class_ in _AWAY:
            event = Held(problem, event.at, called=True)
        return _Answer(started, event, emitted=call.emissions.close())

    def _unmade(self, command: Command) -> bool:
        """Whether a step is surely not called yet, as long as it is not admitted."""
        return isinstance(command, CallStep) and command.id not in (self._made or ())

    async def _admission(self, command: CallStep | CallUndo, resource: str) -> Permit:
        late = asyncio.get_running_loop().call_later(_QUEUED, self._say_queued, command.id)
        self._admitting.add(command.id)
        try:
            return await self._world.admission.admit(
                resource,
                priority=self._priority,
                age=int(self.drive.order.at) // _MICROSECOND,
                probe=command.key in self._probes,
                parks=not isinstance(command, CallStep) or command.parks,
            )
        finally:
            late.cancel()
            self._admitting.discard(command.id)
            if command.id in self._queued:
                self._queued.discard(command.id)
                self._say()

    def _say_queued(self, command: str) -> None:
        self._queued.add(command)
        self._say()

    async def _call(self, command: CallStep | CallUndo, call: StepCall) -> Returned | Raised:
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
        yield from self._releases()
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
            yield Record(id_, answer.event, answer.started, decisions, emitted=answer.emitted)

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

    def _releases(self) -> Iterator[Record]:
        for command in self._asked(Park):
            if command.id in self._released:
                _, at = self._released[command.id]
                yield self._record(command.id, Returned(None, at), command.since)

    def _timers(self) -> Iterator[Record]:
        at = now()
        for command in self.drive.commands:
            moment = _moment(command)
            if moment is not None and moment <= at:
                assert not isinstance(command, Done)
                since = command.since if isinstance(command, AwaitSignal | Park) else self.drive.state.at
                tired = Raised(parked_too_long(command), at) if isinstance(command, Park) else None
                yield self._record(command.id, tired or Returned(None, at), since)

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

    def _forget(self, record: Record, command: Command | None) -> None:
        """Drop what a record has used up."""
        self._tasks.pop(record.id, None)
        if isinstance(command, Park):
            self._released.pop(command.id, None)
            if isinstance(record.event, Returned):
                self._probes[command.key] = self._world.performer.resource_of(command.step)
        elif isinstance(command, CallStep | CallUndo):
            self._probes.pop(command.key, None)
        match record.event:
            case Returned(signal=int(number)) | Ordered(number=number):
                self._messages.pop(number, None)

    async def _something(self, patience: float | None) -> None:
        """Wait until anything may have come, so many seconds at most."""
        moment = self._moment()
        if moment is not None:
            patience = min(max(0.0, (moment - now()) / SECOND), patience or math.inf)
        try:
            async with asyncio.timeout(patience):
                await self._wake.wait()
        except TimeoutError:
            pass

    def _moment(self) -> Timestamp | None:
        """When something comes about by time alone."""
        moments = [moment for each in self.drive.commands if (moment := _moment(each)) is not None]
        return min(moments) if moments and not self.drive.state.paused else None

    # -- parking ---------------------------------------------------------------------------------------

    async def _settle(self, doze: float, execution: Execution) -> float | None:
        """Lay the run to rest if it can, or write down what is parked in it. Raises `Rested`.

        ``doze``: seconds for which it would wait here for all but parks. Gives the seconds after which to try
        that again.
        """
        places = self._places()
        rests = self._rests()
        if rests and (places or doze <= 0):
            if await self._lay(places, execution):
                raise Rested
            doze = _AGAIN
        if places != self.held:
            await self._hold(places, execution)
        return max(doze, _AGAIN) if rests else None

    def _rests(self) -> bool:
        """Whether nothing goes on that would be lost, and nothing is about to come."""
        moment = self._moment()
        if self._tasks or self._wake.is_set() or (moment is not None and moment < now() + _NEAR):
            return False
        return self.drive.state.paused or all(map(_resting, self.drive.commands))

    async def _lay(self, places: tuple[Place, ...], execution: Execution) -> bool:
        moment = self._moment()
        wake_at = None if moment is None else int(moment) // _MICROSECOND
        rest = Rest(self.drive.order.run, places, wake_at, self.messages)
        self.told = self.messages
        return await patiently(partial(self._world.keeper.lay, rest, execution.let_go)) is not Laid.NEWS

    async def _hold(self, places: tuple[Place, ...], execution: Execution) -> None:
        run = self.drive.order.run
        await patiently(partial(self._world.keeper.hold, run, places, execution.owns))
        self.held = places

    def _places(self) -> tuple[Place, ...]:
        if self.drive.state.paused:
            return ()
        return tuple(self._place(each) for each in self._asked(Park) if each.id not in self._released)

    def _place(self, park: Park) -> Place:
        since, age = int(park.since) // _MICROSECOND, int(self.drive.order.at) // _MICROSECOND
        backoff = min(_PARKED * 2 ** min(park.parks, 10), _MOST_PARKED) // _MICROSECOND
        return Place(
            self.drive.order.run,
            park.id,
            self._world.performer.resource_of(park.step),
            self._priority,
            age,
            since,
            ready_at=0 if park.held else since + backoff,
            tried_at=0 if park.problem.code == CIRCUIT_OPEN else since,
            step=park.step,
        )

    def _tell(self, events: Sequence[CloudEvent]) -> None:
        if events and self._world.tell is not None:
            self._events = self._world.tell(self.drive.order.run, self._events, events)

    def _say(self) -> None:
        """Tell where the run stands, if that has changed, and that there is something new."""
        before, self.status = self.status, self._status()
        self.changes += 1
        self._world.changed(self, before)
        self.rung.set()
        self.rung = asyncio.Event()

    def _status(self) -> str:
        """As the interpreter has it; ``queued`` while a new run has not come to make its first call."""
        found = status(self.drive.state, self.drive.commands)
        queued = found == "running" and not self.drive.recorded and self._tasks.keys() == self._queued
        return "queued" if queued and self._queued else found


def _resting(command: Command) -> bool:
    """Whether a command goes on without any process."""
    if isinstance(command, AwaitOperator):  # of a step that is missing the process sees when it is back
        return command.problem.code != UNKNOWN_STEP
    return isinstance(command, Park | AwaitSignal | Pause)


def _moment(command: Command) -> Timestamp | None:
    """When a command is answered by time alone."""
    match command:
        case Pause(until=until) | AwaitSignal(until=until) | Park(until=until):
            return until
        case _:
            return None


def _label(commands: tuple[Command, ...]) -> str:
    """The name of the next record, the same in a replay."""
    first = commands[0]
    assert not isinstance(first, Done)
    return first.id if len(commands) == 1 else f"{first.id} +{len(commands) - 1}"
