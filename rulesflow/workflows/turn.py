"""One turn of a run: what frames write down together while they go on."""

from __future__ import annotations

from rulesflow.conditions import Value
from rulesflow.model.times import Timestamp
from rulesflow.workflows.altering import replace
from rulesflow.workflows.definition import Node
from rulesflow.workflows.state import Arrival, Frame, State, Task, Visit
from rulesflow.workflows.trace import Trace, Way


class Turn:
    """Begun from a state, it gives the next one. ``at``: the moment of the last event.

    ``trace``: where to note which ways are taken, if anybody wants to know.
    """

    def __init__(self, state: State, at: Timestamp, trace: Trace | None = None) -> None:
        self._before = state
        self.trace = trace
        self.run = state.id
        self.at = max(state.at, at)
        self.serial = state.serial
        self.committed_at = state.committed_at
        self.committing = False
        self.consumed = state.consumed
        self._visits = state.visits
        self._counts = state.counts
        self._arrivals = state.arrivals
        self._route: list[Visit] = []
        self._undone: list[str] = []

    def tick(self) -> int:
        """The next serial number."""
        self.serial += 1
        return self.serial

    def identify(self, prefix: str) -> str:
        """The id of the next command of a kind."""
        self._counts = self._counts.once_more(prefix)
        return f"{prefix}#{self._counts[prefix]}"

    def visit(self, frame: Frame, node: Node, given: Value, way: Way) -> Task:
        """The task of coming to a step once more, by this way."""
        path = frame.path + node.name
        self._visits = self._visits.once_more(path)
        visit = self._visits[path]
        serial = self.tick()
        if not frame.path and path not in self._arrivals:
            self._arrivals = {**self._arrivals, path: Arrival(serial, frame.own)}
        key = f"{path}/{visit}"
        if self.trace is not None:
            self.trace.come(frame.path, path, key, way, self.at)
        return Task(node, path, key, self.at, serial, given=given)

    def enter(self, path: str) -> None:
        """Note that a step is not skipped."""
        self._route.append(Visit(path, self._visits[path]))

    def forget_arrivals(self, after: int) -> None:
        """Forget the arrivals after a serial number, since the run goes that way again."""
        self._arrivals = {path: each for path, each in self._arrivals.items() if each.serial <= after}

    def commit(self) -> None:
        """Note that the steps up to here are never taken back; the frames around are still to hear of it."""
        self.committed_at = self.tick()
        self.committing = True

    def consume(self, signal: int) -> None:
        """Note that a signal is used up."""
        self.consumed |= {signal}

    def note_undone(self, path: str, key: str) -> None:
        """Note that the call with this key was taken back."""
        self._undone.append(path)
        if self.trace is not None:
            self.trace.undo(key)

    def state(self, top: Frame, *, paused: bool | None = None) -> State:
        """The state after this turn."""
        before = self._before
        return replace(
            before,
            at=self.at,
            top=top,
            visits=self._visits,
            counts=self._counts,
            arrivals=self._arrivals,
            serial=self.serial,
            route=before.route.plus(self._route) if self._route else before.route,
            undone=(*before.undone, *self._undone) if self._undone else before.undone,
            committed=self.committed_at > 0,
            committed_at=self.committed_at,
            consumed=self.consumed,
            paused=before.paused if paused is None else paused,
        )
