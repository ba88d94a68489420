"""What a plugin's step is: its schemas, its handler, its undo, and the errors by which it says no."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeAlias

from rulesflow.model.errors import RulesflowError
from rulesflow.workflows.emitted import Emissions, Emitted

#: A JSON Schema, or the part of one that `rulesflow.schemas` understands.
JsonSchema: TypeAlias = Mapping[str, Any]


class ErrorClass(StrEnum):
    """What can be done about an error."""

    UNAVAILABLE = "unavailable"  #: the service is away; try later
    TIMEOUT = "timeout"  #: no answer came in time, so its effect is unknown
    REJECTED = "rejected"  #: the service said no
    INVALID = "invalid"  #: we asked wrongly
    CONFLICT = "conflict"  #: somebody else was there first
    INTERNAL = "internal"  #: a defect, so its effect is unknown

    @property
    def effect_unknown(self) -> bool:
        """Whether the step may have done its work all the same, so that it must be undone too."""
        return self in (ErrorClass.TIMEOUT, ErrorClass.INTERNAL)


class StepError(RulesflowError):
    """A step says that it failed. ``code`` is one that the step declares, or the class itself.

    ``retry_after``: seconds before which another attempt is useless, as the service said.
    """

    def __init__(
        self, error_class: str, message: str, *, code: str | None = None, retry_after: float | None = None
    ) -> None:
        super().__init__(message)
        self.error_class = ErrorClass(error_class)
        self.code = code or str(self.error_class)
        self.message = message
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class StepCall:
    """One attempt at a step.

    ``input`` fits the step's input schema; an undo's is ``{input, output, key}`` of the call that it undoes.
    ``key`` is the idempotency key, the same for every attempt: pass it on. ``attempt`` counts from 1.
    ``trace`` has the headers (``traceparent``) by which other services join the trace: send them along. It is
    empty where nobody traces.
    """

    input: Mapping[str, Any]
    key: str
    run: str
    path: str
    attempt: int = 1
    trace: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)
    emissions: Emissions = field(default_factory=Emissions, repr=False, compare=False)

    def emit(self, type: str, data: Mapping[str, Any], id: str | None = None) -> None:  # noqa: A002
        """Give an event to the patterns, of a type that ``events.yaml`` declares.

        It is told once the attempt is recorded, also if the step fails; an event of a type that is not
        declared, or whose data does not fit, is passed over. ``id``: of this event among those of the step in
        this run, given again by another attempt that means the same; by default each attempt has its own. Any
        thread may call it. Raises `EmitRefused` for what is no type or no JSON, and once the attempt is over.
        """
        self.emissions.add(type, data, id)

    @property
    def emitted(self) -> tuple[Emitted, ...]:
        """What it has emitted so far."""
        return self.emissions.events


#: A handler, plain (then it is called in a thread) or asynchronous. It returns what JSON can hold.
Handler: TypeAlias = Callable[[StepCall], Any] | Callable[[StepCall], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Step:
    """A step that workflows may call.

    ``name``: plugin and verb, ``stock.reserve``. ``undo``: the step that takes it back. ``errors``: the codes
    that it may fail with, each with its class. ``resource``: what it needs to be healthy; by default the
    name's first part.
    """

    name: str
    handler: Handler
    input: JsonSchema = field(default_factory=lambda: {"type": "object"})
    output: JsonSchema = field(default_factory=lambda: {"type": "object"})
    undo: str | None = None
    errors: Mapping[str, ErrorClass] = field(default_factory=dict)
    resource: str = ""
    summary: str = ""

    @property
    def needs(self) -> str:
        """The resource."""
        return self.resource or self.name.partition(".")[0]
