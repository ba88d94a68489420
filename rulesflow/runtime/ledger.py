"""The ledger: what took charge is archived and noted as soon as the database can be written.

Nothing that decides waits for it: a database that does not answer must not keep edits from taking effect.
"""

from __future__ import annotations

import threading
from collections import deque
from typing import Final

from rulesflow.runtime.activations import Activations, counts_of
from rulesflow.runtime.archive import Archive
from rulesflow.runtime.catalog import Snapshot

_WAITING: Final = 20  # snapshots that wait to be written; of more, the oldest are lost


class Ledger:
    """Any thread may call it. ``woken``: set whenever there is something to write."""

    def __init__(self, archive: Archive, activations: Activations) -> None:
        self._archive = archive
        self._activations = activations
        self._waiting: deque[tuple[Snapshot, bool]] = deque(maxlen=_WAITING)
        self._writing = threading.Lock()
        self.woken = threading.Event()

    def add(self, snapshot: Snapshot, *, active: bool) -> None:
        """Have a snapshot archived, and noted where it is ``active``. Does not block."""
        self._waiting.append((snapshot, active))
        self.woken.set()

    def flush(self) -> None:
        """Write what waits. Blocks. Raises `SQLAlchemyError`, and what is left waits on."""
        with self._writing:
            while self._waiting:
                snapshot, active = self._waiting[0]
                self._write(snapshot, active)
                if self._waiting and self._waiting[0][0] is snapshot:  # it may have been pushed out meanwhile
                    self._waiting.popleft()

    def _write(self, snapshot: Snapshot, active: bool) -> None:
        digest, project = snapshot.ruleset.digest, snapshot.project
        self._archive.keep(digest, project, compiled=False)
        if active:
            self._activations.record(digest, snapshot.source, counts_of(project), int(snapshot.activated_at))
