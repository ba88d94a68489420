"""Tracing, as the rest of the service sees it: what is told of requests, decisions, runs and steps.

Who traces stands behind these ports; where nobody does, it costs a look at None. What is told holds no facts,
inputs or outputs, which may be about persons: only names, classes, codes and times.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

from rulesflow.model.times import Timestamp
from rulesflow.rules import Answer
from rulesflow.runtime.drive import Drive, Order
from rulesflow.runtime.records import Record
from rulesflow.workflows.commands import CallStep, CallUndo, Event


class RequestTrace(Protocol):
    """The trace of one request to this service."""

    def replied(self, route: str | None, status: int, /) -> None:
        """Tell the path of the route as it is declared, if one was found, and the status of the reply."""


class RunTrace(Protocol):
    """The trace of one run, in whatever process: it begins with the order, and is told at the run's end."""

    def enter(self, command: str, /) -> Mapping[str, str]:
        """Begin with the call of this id; the headers that what it asks of other services has to carry.

        What else is traced in the task that asks is part of the call from here on.
        """

    def called(
        self,
        command: CallStep | CallUndo,
        resource: str,
        event: Event,
        asked: Timestamp,
        started: Timestamp,
        /,
    ) -> None:
        """Tell of an attempt at a call: when it asked its resource for admission, and when it was made."""

    def recorded(self, record: Record, /) -> None:
        """Tell of the decisions of a new record."""

    def ended(self, drive: Drive, history: Sequence[Mapping[str, Any]], /) -> None:
        """Tell that the run has ended; ``history`` has all its entries."""


class Tracer(Protocol):
    """Whoever traces. Any thread may tell; nobody waits for it, and it raises nothing."""

    def request(
        self, method: str, scheme: str, headers: Iterable[tuple[bytes, bytes]], /
    ) -> AbstractContextManager[RequestTrace]:
        """The time of a request; what happens meanwhile in its task is part of it."""

    def context(self) -> Mapping[str, str]:
        """The headers of what goes on in this task, by which a run that it orders joins its trace."""

    def decision(self, decision: str, digest: str, decide: Callable[[], Answer], /) -> Answer:
        """What ``decide`` gives or raises, told of where it is part of a request."""

    def run(self, order: Order, /) -> RunTrace:
        """The trace of a run."""

    def close(self) -> None:
        """Hand over what has been told, for a few seconds at most. Blocks."""
