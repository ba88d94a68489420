"""The drain: lets parked steps go as fast as their resources allow, and carries their runs on."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection
from typing import Final, NamedTuple

from sqlalchemy.exc import SQLAlchemyError

from rulesflow.model.times import SECOND, Timestamp
from rulesflow.runtime.catalog import now
from rulesflow.runtime.durable import Claim
from rulesflow.runtime.live import LiveRun
from rulesflow.runtime.parking import Parking, Terms
from rulesflow.runtime.resources import Resources

_COMING: Final = 30 * SECOND  # in which a run that was claimed is carried on
_MICROSECOND: Final = 1000  # of `Timestamp`


class Release(NamedTuple):
    """Steps of a run that were parked for a resource and may go on, by the ids of their commands."""

    resource: str
    parks: tuple[str, ...]
    at: Timestamp


class Drain:
    """The drain of one process. Its methods block, and belong to one thread each.

    ``live`` gives the runs that are carried out here; ``tell`` brings one of them its release; ``carry_on``
    carries out what was claimed. ``slots``: calls of this process in flight, of which the drain of a resource
    takes half at most, so that new work finds some.
    """

    def __init__(
        self,
        parking: Parking,
        resources: Resources,
        slots: int,
        live: Callable[[], Collection[LiveRun]],
        tell: Callable[[str, Release], None],
        carry_on: Callable[[Claim], None],
    ) -> None:
        self._parking = parking
        self._resources = resources
        self._room = max(1, slots // 2)
        self._live = live
        self._tell = tell
        self._begin = carry_on
        self._coming: dict[str, Release] = {}  # of runs that are being carried on
        self._claimed: deque[Claim] = deque()  # what is to be carried on once the database is back

    def flow(self) -> None:
        """Look at the resources, and let go what may go by now."""
        self._resources.tick()
        self._resources.due()
        for name in self._parking.resources():
            state = self._resources.state(name)
            if state == "open":
                continue
            terms = Terms(
                int(now()) // _MICROSECOND, self._resources.healthy_since(name), probe=state == "half-open"
            )
            if self._parking.ready(name, terms):
                self._let_go(name, terms)

    def carry_on(self, claim: Claim) -> None:
        """Carry out what was claimed. Raises `SQLAlchemyError`; `carry_on_again` makes up for that."""
        try:
            self._begin(claim)
        except SQLAlchemyError:
            self._claimed.append(claim)
            raise

    def carry_on_again(self) -> None:
        """Carry out what was claimed when the database went away."""
        while self._claimed:
            self.carry_on(self._claimed.popleft())

    def arrived(self, run: str) -> Release | None:
        """What was let go of a run that is now carried on here."""
        return self._coming.pop(run, None)

    def _let_go(self, resource: str, terms: Terms) -> None:
        draining = self._draining(resource)
        room = max(self._room - draining, 0 if draining else 1)
        most = self._resources.grant(resource, room) if room else 0
        if most <= 0:
            return
        at = now()
        released = self._parking.release(resource, most, terms)
        self._coming |= {run: Release(resource, parks, at) for run, parks in released.woken.items()}
        for run, parks in released.here.items():
            self._tell(run, Release(resource, parks, at))
        self.carry_on(released.claim)

    def _draining(self, resource: str) -> int:
        """How many calls of it are under way or about to be made because a park was over."""
        lately = now() - _COMING  # whatever takes longer has been carried on by another process
        coming = [each for each in [*self._coming.values()] if each.at > lately]
        here = sum(live.draining(resource) for live in self._live())
        return here + sum(len(each.parks) for each in coming if each.resource == resource)
