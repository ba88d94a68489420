"""Buckets: the calls of one step within one stretch of time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rulesflow.watch.sketch import Sketch


class Bucket:
    """Calls: how long they ran, and were queued before; those that failed by the error's class."""

    __slots__ = ("by_class", "queue", "run")

    def __init__(self) -> None:
        self.run = Sketch()
        self.queue = Sketch()
        self.by_class: dict[str, int] = {}

    @property
    def calls(self) -> int:
        """All of them."""
        return int(self.run.count)

    @property
    def errors(self) -> int:
        """Those that failed."""
        return sum(self.by_class.values())

    @property
    def error_rate(self) -> float:
        """The share that failed; 0 where there are none."""
        return round(self.errors / self.calls, 6) if self.calls else 0.0

    def count(self, queued: float, ran: float, error_class: str | None) -> None:
        """Take in a call; seconds."""
        self.run.see(ran)
        self.queue.see(queued)
        if error_class is not None:
            self.mark(error_class)

    def mark(self, name: str) -> None:
        """Count something that is no call."""
        self.by_class[name] = self.by_class.get(name, 0) + 1

    def merge(self, other: Bucket) -> None:
        """Add the calls of another one, which stays as it is."""
        self.run.merge(other.run)
        self.queue.merge(other.queue)
        for name, count in other.by_class.items():
            self.by_class[name] = self.by_class.get(name, 0) + count

    def written(self) -> dict[str, Any]:
        """As it is kept: ``{run, queue, errors}``."""
        return {"run": self.run.written(), "queue": self.queue.written(), "errors": self.by_class}

    def absorb(self, written: Mapping[str, Any]) -> None:
        """Add the calls of one that was `written`."""
        self.run.absorb(written["run"])
        self.queue.absorb(written["queue"])
        for name, count in written["errors"].items():
            self.by_class[name] = self.by_class.get(name, 0) + count


def calls(written: Mapping[str, Any]) -> int:
    """How many calls there are in a bucket that was `written`."""
    run: Sequence[int] = written["run"]
    return sum(run[:1]) + sum(run[2::2])
