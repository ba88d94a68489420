"""A workflow as the interpreter runs it: every expression compiled, every target known to exist."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from rulesflow.model.diagnostics import Span
from rulesflow.schemas import Schema
from rulesflow.values.expression import Expression


@dataclass(frozen=True, slots=True)
class Go:
    """On to a step, by its name; None ends the list."""

    step: str | None
    span: Span | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Fail:
    """End the run with a code and a message, after undoing."""

    code: str
    message: Expression | None = None
    span: Span | None = field(default=None, compare=False)


Target: TypeAlias = Go | Fail


@dataclass(frozen=True, slots=True)
class Written:
    """A condition, or the key of a case, as it is written, and where."""

    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Cases:
    """Branches by the value of one property; ``by`` is the property. ``other`` is ``else``."""

    by: str
    targets: Mapping[str | bool, Target]
    other: Target | None = None


@dataclass(frozen=True, slots=True)
class Conditions:
    """Branches by the first condition that is true; an ``else`` has none.

    ``written``: each as it stands in the file, None for an ``else``; empty where that is not known.
    ``keyed``: they are written as cases.
    """

    branches: tuple[tuple[Expression | None, Target], ...]
    written: tuple[Written | None, ...] = field(default=(), compare=False)
    keyed: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class Retry:
    """Times are in seconds. ``on``: classes, codes or ``any``. ``attempts`` counts the first."""

    on: tuple[str, ...] = ("unavailable", "timeout")
    attempts: int = 3
    delay: float = 1.0
    factor: float = 2.0
    max_delay: float = 30.0
    full_jitter: bool = False
    park: bool = False


@dataclass(frozen=True, slots=True)
class Catch:
    """``on``: classes, codes or ``any``."""

    on: tuple[str, ...]
    then: Target


@dataclass(frozen=True, slots=True)
class UndoCall:
    """The call that takes a step back. Without ``arguments`` it gets ``{input, output, key}``."""

    step: str
    arguments: Expression | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """A plugin's step. ``timeout``: seconds for one attempt."""

    step: str
    arguments: Expression
    retry: Retry = Retry()
    timeout: float | None = None
    undo: UndoCall | None = None
    commit: bool = False
    #: Whether an open breaker parks the run; with seconds, for so long at most.
    park: bool | float = True


@dataclass(frozen=True, slots=True)
class Decide:
    """A decision on the run's input, merged with ``merge`` if there is one."""

    decision: str
    merge: Expression | None = None
    at: Expression | None = None
    latest: bool = False


@dataclass(frozen=True, slots=True)
class Switch:
    """Branches, and nothing else."""

    branches: Conditions


@dataclass(frozen=True, slots=True)
class Wait:
    """A signal. ``timeout``: seconds; ``on_timeout``: where to then, None where it is an error."""

    signal: Expression
    payload: Schema
    timeout: float | None = None
    on_timeout: Target | None = None
    fresh: bool = False
    #: The name, if it is not computed.
    static: str | None = None
    #: What a computed name begins and ends with.
    ends: tuple[str, str] = ("", "")

    def may_be(self, signal: str) -> bool:
        """Whether it may wait for the signal of that name, as far as the file tells."""
        if self.static is not None:
            return signal == self.static
        first, last = self.ends
        fits = signal.startswith(first) and signal.endswith(last)
        return fits and len(signal) >= len(first) + len(last)


@dataclass(frozen=True, slots=True)
class Sleep:
    """``duration`` gives seconds or a Duration, ``until`` a Timestamp; one of them is there."""

    duration: Expression | None = None
    until: Expression | None = None


@dataclass(frozen=True, slots=True)
class Parallel:
    """Branches side by side, by name. ``any``: the first that completes wins; otherwise all have to."""

    branches: Mapping[str, Nodes]
    any: bool = False


@dataclass(frozen=True, slots=True)
class Each:
    """A list of steps for every item of a list.

    ``variable``: the item's name there. ``concurrency``: items at once, None for all. ``collect``: a failing
    item fails alone, and is undone; otherwise it fails the step.
    """

    items: Expression
    variable: str
    nodes: Nodes
    concurrency: int | None = None
    collect: bool = False


@dataclass(frozen=True, slots=True)
class Run:
    """Another workflow as a child; ``arguments`` are its input."""

    workflow: Workflow
    arguments: Expression


@dataclass(frozen=True, slots=True)
class Set:
    """Named values."""

    values: Expression


@dataclass(frozen=True, slots=True)
class Stop:
    """``fail`` as a step."""

    fail: Fail


Verb: TypeAlias = Call | Decide | Switch | Wait | Sleep | Parallel | Each | Run | Set | Stop


@dataclass(frozen=True, slots=True)
class Node:
    """A step of a workflow. ``then``: None for the next one in the file. ``test``: ``if`` as written."""

    name: str
    verb: Verb
    span: Span
    condition: Expression | None = None
    then: Target | None = None
    on: Cases | Conditions | None = None
    catch: tuple[Catch, ...] = ()
    test: Written | None = field(default=None, compare=False)


#: A list of steps, by name, in the order of the file.
Nodes: TypeAlias = Mapping[str, Node]


@dataclass(frozen=True, slots=True, eq=False)
class Workflow:
    """``output`` gives the run's result, None for none. ``priority``: smaller goes first, 5 without."""

    name: str
    title: str
    file: str
    input: Schema
    nodes: Nodes
    output: Expression | None = None
    priority: Expression | None = None
    signals: frozenset[str] = field(default_factory=frozenset)
    #: Some wait computes its signal's name, so that any name may be waited for.
    any_signal: bool = False
