"""The lanes of this process: one for each resource that it knows or has met."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from functools import partial

from rulesflow.runtime.background import Background
from rulesflow.runtime.breakers import OPEN
from rulesflow.runtime.circuit import Circuit
from rulesflow.runtime.clock import Clock
from rulesflow.runtime.dealer import Dealer
from rulesflow.runtime.lane import Lane
from rulesflow.runtime.slots import Slots
from rulesflow.workflows.resource import Resource

logger = logging.getLogger(__name__)


class Lanes:
    """By name. ``known``: the resources of now; ``slots``: what all lanes lead to."""

    def __init__(
        self,
        known: Callable[[], Mapping[str, Resource]],
        slots: Slots,
        clock: Clock,
        background: Background,
        dealer: Dealer,
    ) -> None:
        self._known = known
        self._slots = slots
        self._clock = clock
        self._background = background
        self._dealer = dealer
        self._lanes: dict[str, Lane] = {}
        self._lock = threading.Lock()

    def of(self, name: str) -> Lane:
        """The lane of a resource."""
        lane = self._lanes.get(name)
        if lane is None:
            with self._lock:
                lane = self._lanes.get(name) or self._made(name)
                self._lanes = {**self._lanes, name: lane}
        return lane

    def all(self) -> list[Lane]:
        """All that there are, by name."""
        return [lane for _, lane in sorted(self._lanes.items())]

    def renewed(self) -> list[Lane]:
        """All lanes, those of resources that came to be known as well, with the numbers of now."""
        known = self._known()
        lanes = [self.of(name) for name in sorted({*known, *self._lanes})]
        for lane in lanes:
            lane.circuit.resource = known.get(lane.name) or Resource(lane.name)
        return lanes

    def known(self) -> list[Lane]:
        """Those of the resources that are known now."""
        return [self.of(name) for name in sorted(self._known())]

    def changed(self, lane: Lane, before: str, after: str) -> None:
        """Tell of a change of state, and turn away who waits for what is not called now. Any thread."""
        if before == after:
            return
        view = lane.circuit.view
        if after == OPEN:
            logger.warning("%s is not called: %s", lane.name, view.problem.message if view.problem else "")
        else:
            logger.info("%s is %s", lane.name, after)
        self._background.in_loop(partial(self.refuse, lane))

    def refuse(self, lane: Lane) -> None:
        """Turn away who waits for a resource if it is open. In the loop."""
        if lane.circuit.view.state == OPEN:
            lane.refuse()
            self._slots.refuse(lane.name, lane.circuit.refusal)

    def pump(self) -> None:
        """Have all lanes try again what could not be had. In the loop."""
        for lane in self.all():
            lane.failed = False
            lane.pump()

    def _made(self, name: str) -> Lane:
        circuit = Circuit(self._known().get(name) or Resource(name), self._clock)
        return Lane(circuit, self._clock, self._dealer.permits, self._dealer.turns)
