"""What follows a match: exactly one of a signal to runs, a new run, and a fact that decisions read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from rulesflow.model.times import Duration
from rulesflow.values.expression import Expression

#: Whom it is about: runs, or decisions, whose facts hold these values at these paths. Never empty.
Where: TypeAlias = tuple[tuple[tuple[str, ...], Expression], ...]


@dataclass(frozen=True, slots=True)
class SendSignal:
    """A signal to every live run whose input has these values. ``payload`` gives an object."""

    signal: str
    where: Where
    payload: Expression


@dataclass(frozen=True, slots=True)
class StartRun:
    """A run of a workflow; ``given`` gives its input. The match's id is its key."""

    workflow: str
    given: Expression


@dataclass(frozen=True, slots=True)
class SetFact:
    """The fact at a path, for requests whose facts have the values of ``where``, for some time."""

    fact: tuple[str, ...]
    where: Where
    value: Expression
    lasts: Duration


#: The expressions read ``key``, ``match`` (the id of the match, a text) and each alias of the pattern: the
#: data of its event with ``ts``.
FollowUp: TypeAlias = SendSignal | StartRun | SetFact
