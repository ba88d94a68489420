"""Resources: the services that steps call, as this process may use them. All processes share their state."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from rulesflow.model.errors import RulesflowError
from rulesflow.runtime.database import Database
from rulesflow.runtime.slots import Slots
from rulesflow.workflows.commands import Problem
from rulesflow.workflows.resource import Resource
from rulesflow.workflows.step import ErrorClass


class NotAdmitted(RulesflowError):
    """The resource is not well, so the call is not made. ``problem``: class unavailable, ``circuit-open``.

    Its ``retry_after`` is the time to the next probe in seconds, where that is known.
    """

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


class Permit:
    """A call that may be made. Exactly one of `done` and `drop` ends it, in the engine's event loop."""

    def __init__(self, end: Callable[[], None]) -> None:
        self._end = end

    def done(self, error_class: ErrorClass | None, seconds: float) -> bool:
        """Give everything back and count the call, which failed by ``error_class`` (None: it did not).

        True: the resource is not well now, so whoever failed parks instead of trying again.
        """
        self._end()
        return False

    def drop(self) -> None:
        """Give everything back; nothing is known of the call, since it was broken off."""
        self._end()


class Resources:
    """Admits calls, tells who is well, and lets parked runs go.

    ``known``: the resources of now, by name; one that is missing there has no limits and the usual breaker.
    ``slots``: calls of this process in flight. Methods that are not said to block do not; ``admit``, ``attach``
    and the permits belong to the engine's event loop, the others to any thread.
    """

    def __init__(
        self, database: Database, executor: str, known: Callable[[], Mapping[str, Resource]], slots: int
    ) -> None:
        self._database = database
        self._executor = executor
        self._known = known
        self._slots = Slots(slots)

    async def attach(self) -> None:
        """Learn the engine's event loop, in which asynchronous health checks run. Await it there, at start."""

    def tick(self) -> None:
        """Blocks; to be called every quarter of a second. Raises `SQLAlchemyError`, which does no harm."""

    def state(self, name: str) -> str:
        """``closed``, ``open`` or ``half-open``, as last known."""
        return "closed"

    def healthy_since(self, name: str) -> int:
        """Since when the state is what it is, as last known; microseconds by the database's clock."""
        return 0

    async def admit(self, name: str, *, priority: float, age: int, probe: bool, parks: bool) -> Permit:
        """Wait until a call of the resource may be made. Raises `NotAdmitted`, also while it waits.

        ``probe``: it was let out of the parking to try the resource. ``parks``: whether the step parks when
        it is not admitted; of those that do not, one at a time tries a half-open resource.
        """
        await self._slots.take((priority, age), name)
        return Permit(self._slots.give)

    def due(self) -> list[str]:
        """The resources that this process has just moved to half-open, so that a parked run may try them.

        Blocks, but not for a health check: that is begun, and the resource is among those of a later call.
        """
        return []

    def grant(self, name: str, most: int) -> int:
        """How many parked runs this process may let go now, ``most`` of them at most. Blocks."""
        return most

    def order(self, name: str, action: str, reason: str) -> None:
        """What an operator presses: ``open``, ``close`` or ``probe``. Blocks."""

    def shown(self) -> list[dict[str, Any]]:
        """What people see of each resource, by name. Blocks."""
        return []

    def leave(self) -> None:
        """This process ends: take its permits and counts away. Blocks."""

    def forget(self, executors: Collection[str]) -> None:
        """Take away the permits and counts of processes that are gone. Blocks."""
