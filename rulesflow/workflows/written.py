"""What an author wrote: workflows and steps as decoded, their expressions not looked at yet.

A value here still holds document nodes, so that every later finding can point at its place.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from rulesflow.documents.nodes import Entry, Node, Scalar
from rulesflow.model.diagnostics import Span
from rulesflow.schemas import Schema
from rulesflow.workflows.definition import Retry


class Kind(StrEnum):
    """The verbs, one a step."""

    CALL = "call"
    DECIDE = "decide"
    SWITCH = "switch"
    WAIT = "wait"
    SLEEP = "sleep"
    PARALLEL = "parallel"
    EACH = "each"
    RUN = "run"
    SET = "set"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class WrittenFail:
    """``fail: CODE`` or ``{code, message}``."""

    code: str
    message: Node | None
    span: Span


@dataclass(frozen=True, slots=True)
class WrittenGo:
    """The name of a step of the same list, or None for ``end``."""

    step: str | None
    span: Span


WrittenTarget = WrittenGo | WrittenFail


@dataclass(frozen=True, slots=True)
class WrittenCase:
    """An entry of an ``on`` mapping."""

    key: Scalar
    target: WrittenTarget


@dataclass(frozen=True, slots=True)
class WrittenCases:
    """``on`` as a mapping. ``other`` is ``else``."""

    span: Span
    cases: tuple[WrittenCase, ...]
    other: WrittenTarget | None


@dataclass(frozen=True, slots=True)
class WrittenBranch:
    """``{when, then}``, or ``{else}`` whose ``when`` is None."""

    when: Node | None
    target: WrittenTarget


@dataclass(frozen=True, slots=True)
class WrittenBranches:
    """``on`` as a list, or ``switch``."""

    span: Span
    branches: tuple[WrittenBranch, ...]


@dataclass(frozen=True, slots=True)
class WrittenCatch:
    """``{on, then}``."""

    words: tuple[Scalar, ...]
    target: WrittenTarget


@dataclass(frozen=True, slots=True)
class WrittenStep:
    """A step. ``subject`` stands behind its verb, ``entries`` are its other keys.

    ``branches``: of a switch. ``on_timeout``: of a wait. ``payload``: of a wait, None where it is broken.
    ``lists``: the steps within, by branch; those of ``each`` under an empty name.
    """

    name: str
    span: Span
    kind: Kind
    verb: Scalar
    subject: Node
    entries: Mapping[str, Entry]
    condition: Node | None = None
    then: WrittenTarget | None = None
    on: WrittenCases | WrittenBranches | None = None
    on_timeout: WrittenTarget | None = None
    catches: tuple[WrittenCatch, ...] = ()
    payload: Schema | None = None
    lists: Mapping[str, WrittenList] = field(default_factory=dict)

    def value(self, key: str) -> Node | None:
        """What stands under a key."""
        return self.entries[key].value if key in self.entries else None

    @property
    def stays_silent(self) -> bool:
        """Whether ``then``, or the next step, is never come to from here: all is said by ``on``."""
        return self.kind in (Kind.SWITCH, Kind.FAIL) or self.on is not None


#: The steps of a list, by name, in the order of the file.
WrittenList = Mapping[str, WrittenStep]


@dataclass(frozen=True, slots=True)
class WrittenWorkflow:
    """One file. ``input`` is None where it is broken; ``from_facts``: it is that of the facts."""

    name: str
    title: str
    file: str
    span: Span
    input: Schema | None
    from_facts: bool
    retries: Mapping[str, Retry]
    steps: WrittenList
    output: Node | None
    priority: Node | None

    def all_steps(self) -> Iterator[WrittenStep]:
        """The steps, those of inner lists too."""
        yield from _all(self.steps)


def _all(steps: WrittenList) -> Iterator[WrittenStep]:
    for step in steps.values():
        yield step
        for inner in step.lists.values():
            yield from _all(inner)
