"""Recall: a run as its records tell it, wherever it is or was carried out."""

from __future__ import annotations

from dataclasses import dataclass, replace

from rulesflow.runtime.archive import Archive
from rulesflow.runtime.drive import Drive, Order
from rulesflow.runtime.durable import Durable, Stored
from rulesflow.runtime.entries import entry
from rulesflow.runtime.listing import Entry
from rulesflow.runtime.project import LoadedProject
from rulesflow.runtime.records import Record, thaw
from rulesflow.runtime.views import History, broken
from rulesflow.workflows.interpreter import status


@dataclass(frozen=True, slots=True)
class Seen:
    """A run at one moment. ``broken``: why its execution broke off, if it did."""

    drive: Drive
    history: History
    entry: Entry
    broken: str | None = None

    @property
    def ended(self) -> bool:
        """Whether it has come to its end."""
        return self.drive.done is not None


class Recall:
    """Replays runs. Its methods block; any thread may call them, but none that carries out a run."""

    def __init__(self, durable: Durable, archive: Archive, cost_limit: int) -> None:
        self._durable = durable
        self._archive = archive
        self._cost_limit = cost_limit

    def run(self, run: str) -> Seen | None:
        """The run as it stands in the records. Raises `ArchiveError`, `EngineError`, `ReplayDiffers`."""
        stored = self._durable.stored(run)
        return None if stored is None else self._replayed(stored)

    def start(self, order: Order, project: LoadedProject, records: list[Record] | None = None) -> Drive:
        """A run at its beginning, with the decisions that its records hold. Fed with nothing yet."""
        known = {each["id"]: each for record in records or [] for each in record.decisions}
        workflow = project.workflows[order.workflow]
        return Drive(workflow, project, order, self._archive.project, self._cost_limit, known)

    def records(self, run: str) -> list[Record]:
        """What is recorded of a run."""
        return [Record.thaw(each) for each in self._durable.records(run)]

    def project(self, order: Order) -> LoadedProject:
        """What a run is pinned to."""
        return self._archive.project(order.digest)

    def _replayed(self, stored: Stored) -> Seen:
        order = Order.thaw(stored.order)
        records = self.records(stored.run)
        drive = self.start(order, self.project(order), records)
        last = (stored.ending or {}).get("decisions") or []
        drive.known = {**drive.known, **{each["id"]: thaw(each) for each in last}}
        history = History(drive)
        for record in records:
            history.see(record, drive.feed(record))
        if stored.broken is None:
            return Seen(drive, history, entry(drive, status(drive.state, drive.commands)))
        shown = replace(entry(drive, "incident"), problem=broken(stored.broken))
        return Seen(drive, history, shown, stored.broken)
