"""The trace of a run: which way it took from step to step. The interpreter fills it when it is asked to.

A way is named by its kind and by its number among the ways of that kind out of the same step, so that it can
be found in the graph of the workflow.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple, TypeAlias

from rulesflow.model.times import Timestamp
from rulesflow.workflows.commands import Problem

WayKind: TypeAlias = Literal[
    "next", "then", "case", "condition", "else", "timeout", "catch", "skip", "fail", "order"
]
START: Final = "$start"
END: Final = "$end"
FAIL: Final = "$fail/"


class Way(NamedTuple):
    """A way out of a step. ``order``: a person's, which no file has."""

    kind: WayKind
    number: int = 0


NEXT: Final = Way("next")
ORDER: Final = Way("order")


class Move(NamedTuple):
    """A run went on. ``origin``: the key of the step it left, or the ``$start`` of its list.

    ``target``: the key of the step it came to, or the ``$end`` or ``$fail/CODE`` of its list, with the path.
    """

    origin: str
    target: str
    way: Way
    at: Timestamp


@dataclass(slots=True)
class Coming:
    """One visit of a step. ``left``: when the run went on from it.

    ``skipped``: its ``if`` was false. ``failed``: with an error. ``undone``: its call was taken back.
    ``cut``: a person ordered the run elsewhere before it had ended. ``problem``: the latest error.
    """

    path: str
    at: Timestamp
    left: Timestamp | None = None
    skipped: bool = False
    failed: bool = False
    undone: bool = False
    cut: bool = False
    problem: Problem | None = None


@dataclass(slots=True)
class Items:
    """The items of an ``each``, on its latest visit."""

    total: int = 0
    done: int = 0
    failed: int = 0


@dataclass(slots=True)
class Trace:
    """Every move in order, every visit by its key, and the items by the path of their ``each``."""

    moves: list[Move] = field(default_factory=list)
    visits: dict[str, Coming] = field(default_factory=dict)
    items: dict[str, Items] = field(default_factory=dict)
    _last: dict[str, str] = field(default_factory=dict)  # the visit at hand, by the path of its list
    _caught: dict[str, Way] = field(default_factory=dict)  # by the same: the way on, once all is taken back

    def begin(self, around: str) -> None:
        """A list of steps begins; ``around`` is its path, "" or ending in ``/``."""
        self._last[around] = around + START

    def come(self, around: str, path: str, key: str, way: Way, at: Timestamp) -> None:
        """The run comes to a step."""
        self._leave(around, key, way, at)
        self._last[around] = key
        self.visits[key] = Coming(path, at)

    def end(self, around: str, name: str, way: Way, at: Timestamp) -> None:
        """A list ends, well or by a failure that is written there."""
        self._leave(around, around + name, way, at)

    def catch(self, around: str, way: Way) -> None:
        """An error is caught, and the run goes that way as soon as what was done within is taken back."""
        self._caught[around] = way

    def caught(self, around: str) -> Way:
        """The way that `catch` has noted."""
        return self._caught.pop(around)

    def fail(self, key: str, problem: Problem, at: Timestamp) -> None:
        """A visit has failed."""
        coming = self.visits[key]
        coming.failed, coming.problem, coming.left = True, problem, at

    def undo(self, key: str) -> None:
        """A call was taken back."""
        if key in self.visits:
            self.visits[key].undone = True

    def open(self, path: str, total: int) -> None:
        """An ``each`` begins."""
        self.items[path] = Items(total)

    def close(self, path: str, status: str) -> None:
        """An item has ended."""
        items = self.items.get(path)
        if items is not None:
            items.done += status == "completed"
            items.failed += status == "failed"

    def _leave(self, around: str, target: str, way: Way, at: Timestamp) -> None:
        origin = self._last.get(around, around + START)
        coming = self.visits.get(origin)
        if coming is not None and way.kind == "order":
            coming.cut = coming.left is None
            coming.left = coming.left or at
        elif coming is not None:
            coming.left = at
            coming.skipped = way.kind == "skip"
            coming.failed = way.kind == "catch"  # an operator may have mended it since
        self.moves.append(Move(origin, target, way, at))
