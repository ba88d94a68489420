"""Ports: what a live run needs of the process around it, whoever that is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Protocol

import sqlalchemy as sa

from rulesflow.runtime.parking import Laid, Place, Rest
from rulesflow.runtime.resources import Permit
from rulesflow.workflows.step import StepCall


class Performer(Protocol):
    """What performs calls: the plugins' steps, behind their limits."""

    async def invoke(self, step: str, call: StepCall, timeout: float | None, /) -> Any:
        """The step's output. Raises `StepError`, and nothing else."""

    def knows(self, step: str, /) -> bool:
        """Whether some plugin has the step."""

    def resource_of(self, step: str, /) -> str:
        """The name of the resource that the step needs."""


class Execution(Protocol):
    """The engine's side of one execution of a run."""

    async def checkpoint(self, name: str, perform: Callable[[], Awaitable[Any]], /) -> Any:
        """What is recorded next, or what performing gives, recorded."""

    def owns(self, connection: sa.Connection, /) -> bool:
        """Whether the run is still this execution's."""

    def let_go(self, connection: sa.Connection, /) -> bool:
        """Give the run up; False where it is another's."""


class Keeper(Protocol):
    """What keeps parked steps, and runs that rest."""

    def hold(self, run: str, places: Iterable[Place], owns: Callable[[sa.Connection], bool], /) -> None:
        """Write down the parked steps of a run."""

    def lay(self, rest: Rest, let_go: Callable[[sa.Connection], bool], /) -> Laid:
        """Let a run rest."""


class Admission(Protocol):
    """What admits calls to the resources that they need."""

    async def admit(self, name: str, /, *, priority: float, age: int, probe: bool, parks: bool) -> Permit:
        """A permit, once there is room. Raises `NotAdmitted` where the resource is not well."""
