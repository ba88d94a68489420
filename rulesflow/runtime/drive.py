"""A drive: one run under the pure interpreter, fed with records. Live runs and replays are driven alike."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from rulesflow.conditions import Value
from rulesflow.model.errors import DecisionFailed, RequestRefused
from rulesflow.model.times import Timestamp
from rulesflow.rules import Answer
from rulesflow.rules.answer import told
from rulesflow.runtime.project import LoadedProject
from rulesflow.runtime.records import (
    DEEPEST,
    Record,
    as_sent,
    freeze,
    freeze_problem,
    reading,
    thaw,
    thaw_problem,
)
from rulesflow.runtime.setfacts import Fill
from rulesflow.workflows.commands import (
    Command,
    Done,
    Event,
    Ordered,
    Problem,
    Raised,
    Returned,
    TakeDecision,
)
from rulesflow.workflows.definition import Workflow
from rulesflow.workflows.interpreter import accept, begin, proceed
from rulesflow.workflows.state import State
from rulesflow.workflows.step import ErrorClass
from rulesflow.workflows.trace import Trace

#: What looks on: called for each record with the command that it answers (None for an order).
Witness: TypeAlias = Callable[[Record, Command | None], None]


class ReplayDiffers(Exception):
    """A recorded event answers nothing that the run asks for: the interpreter has changed its ways."""


@dataclass(frozen=True, slots=True)
class Order:
    """What starts a run, and stands in its first record: ``given`` is the input as it came.

    ``trace``: the headers of the trace in which it was ordered; empty where nobody traced.
    """

    run: str
    workflow: str
    digest: str
    given: Mapping[str, Any]
    at: Timestamp
    fingerprint: str = ""
    caller: str = ""
    trace: Mapping[str, str] = field(default_factory=dict)

    def freeze(self) -> dict[str, Any]:
        """The form that JSON can hold."""
        frozen = {
            "run": self.run,
            "workflow": self.workflow,
            "digest": self.digest,
            "given": freeze(self.given),
            "at": int(self.at),
            "fingerprint": self.fingerprint,
            "caller": self.caller,
        }
        return {**frozen, "trace": dict(self.trace)} if self.trace else frozen

    @classmethod
    def thaw(cls, frozen: Mapping[str, Any]) -> Order:
        """The order of a frozen form. Raises `RecordRefused`."""
        with reading("the run's order"):
            texts = [frozen[name] for name in ("run", "workflow", "digest", "fingerprint", "caller")]
            if not all(isinstance(text, str) for text in texts):
                raise TypeError("a text is none")
            run, workflow, digest, fingerprint, caller = texts
            given, at = thaw(frozen["given"]), Timestamp(frozen["at"])
            trace = _headers(frozen.get("trace"))
            return cls(run, workflow, digest, given, at, fingerprint, caller, trace)


@dataclass(slots=True)
class Drive:
    """A run in motion. ``taken``: the decisions since the last record; ``recorded``: how many records.

    ``rules`` gives an archived project by its digest. ``known``: decisions of the history, by the id of their
    command: what stands there is read, not decided again; the others are pure, and taken on the way.
    ``ordered``: the digests of the rules by which persons have ordered the run to go on. ``trace``: where the
    ways are noted that it takes, if anybody wants to know; ``facts``: likewise the facts of each decision,
    by the id of its command.
    """

    workflow: Workflow
    project: LoadedProject
    order: Order
    rules: Callable[[str], LoadedProject]
    cost_limit: int
    known: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    state: State = field(init=False)
    commands: tuple[Command, ...] = ()
    taken: list[Mapping[str, Any]] = field(default_factory=list)
    recorded: int = 0
    handled: set[int] = field(default_factory=set)
    ordered: list[str] = field(default_factory=list)
    trace: Trace | None = None
    facts: dict[str, Value] | None = None

    def __post_init__(self) -> None:
        given = self.workflow.input.validate(self.order.given)
        self.state = begin(self.workflow, given, self.order.at, self.order.run, self.trace)
        self._go_on()

    @property
    def done(self) -> Done | None:
        """The end, once it has come."""
        first = self.commands[0] if self.commands else None
        return first if isinstance(first, Done) else None

    def feed(self, record: Record) -> Command | None:
        """Take in a record; the command that it answers. Raises `ReplayDiffers`."""
        command = None
        if isinstance(record.event, Ordered):
            self.handled.add(record.event.number)
            if record.rules is not None:
                self.project = self.rules(record.rules)
                self.ordered.append(record.rules)
        else:
            command = next((each for each in self.commands if _id(each) == record.id), None)
            if command is None:
                raise ReplayDiffers(f"nothing asks for {record.id!r}, which record {self.recorded} answers")
        self.recorded += 1
        self.taken = []
        self.state = accept(self.workflow, self.state, command, record.event, self.trace)
        self._go_on()
        return command

    def _go_on(self) -> None:
        """Proceed to where only the world can help, deciding on the way."""
        while True:
            self.state, self.commands = proceed(self.workflow, self.state, self.trace)
            if self.facts is not None:
                asked = (each for each in self.commands if isinstance(each, TakeDecision))
                self.facts |= {each.id: each.facts for each in asked}
            pure = next((each for each in self.commands if is_pure(each, self.project.readers)), None)
            if pure is None:
                return
            assert isinstance(pure, TakeDecision)
            taken = self.known.get(pure.id) or decide(self.project, pure, self.cost_limit)
            self.taken.append(taken)
            self.state = accept(self.workflow, self.state, pure, outcome(taken, pure.at), self.trace)


def decide(
    project: LoadedProject, command: TakeDecision, cost_limit: int, fill: Fill | None = None
) -> Mapping[str, Any]:
    """Decide, as of the command's moment: what the history shows of it, ``problem`` included if it failed.

    ``fill``: with facts that patterns have set, where the decision may read any.
    """
    assert project.ruleset is not None
    shown: dict[str, Any] = {
        "id": command.id,
        "path": command.path,
        "key": command.key,
        "decision": command.decision,
    }
    facts = as_sent(command.facts)
    if fill is not None and command.decision in project.readers and isinstance(facts, Mapping):
        facts, set_ = fill(project, facts)
        shown |= {"set_facts": list(set_)} if set_ else {}
    try:
        answer = project.ruleset.decide(
            command.decision, facts, command.at, at_pointer="", cost_limit=cost_limit
        )
        return {**shown, **_shown(answer)}
    except RequestRefused as refused:
        problem = Problem(ErrorClass.INTERNAL, "decision-failed", _why(command.decision, refused))
        return {**shown, "problem": freeze_problem(problem), "at": command.at}


def outcome(taken: Mapping[str, Any], at: Timestamp) -> Event:
    """The event that a decision of the history is to the run."""
    if "problem" in taken:
        return Raised(thaw_problem(taken["problem"]), at)
    return Returned(taken["result"], at)


def replay(drive: Drive, records: Iterable[Record], witness: Witness | None = None) -> Drive:
    """Feed a drive with all records. Raises `ReplayDiffers`."""
    for record in records:
        command = drive.feed(record)
        if witness is not None:
            witness(record, command)
    return drive


def is_pure(command: Command, readers: Collection[str] = ()) -> bool:
    """Whether it costs no checkpoint.

    ``readers``: decisions that may read what patterns have set by now, so that they may differ in a replay.
    """
    return isinstance(command, TakeDecision) and not command.latest and command.decision not in readers


def _headers(frozen: Any) -> dict[str, str]:
    """The headers of a trace; none where they are of another form, since no run may fail by them."""
    texts = frozen.items() if isinstance(frozen, Mapping) else ()
    return {name: text for name, text in texts if isinstance(name, str) and isinstance(text, str)}


def _id(command: Command) -> str | None:
    return None if isinstance(command, Done) else command.id


def _shown(answer: Answer) -> dict[str, Any]:
    return {
        "result": thaw(freeze(answer.result, DEEPEST - 2)),  # a list of decisions stands around it
        "matched": [told(rule) for rule in answer.rules],
        "layers": list(answer.layers),
        "digest": answer.digest,
        "at": answer.at,
    }


def _why(decision: str, refused: RequestRefused) -> str:
    if isinstance(refused, DecisionFailed):  # it names the decision and the place itself
        return refused.detail
    first = next(iter(refused.faults), None)
    detail = f"{refused.detail}: {first.pointer}: {first.message}" if first else refused.detail
    return f"decision {decision}: {detail}"
