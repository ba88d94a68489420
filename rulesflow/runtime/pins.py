"""Pins: a ruleset that a person has chosen is in charge, in all processes, until the folder may choose again.

What is pinned stands in the database. Whoever changes it goes by it at once; the other processes look every
half second, and a process that starts looks before it reads its folder.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from sqlalchemy.exc import SQLAlchemyError

from rulesflow.model.diagnostics import Diagnostic, Span
from rulesflow.model.errors import Conflict, Fault
from rulesflow.model.times import SECOND
from rulesflow.rules import PROJECT_FILE
from rulesflow.runtime.activations import Activations, Pin, counts_of
from rulesflow.runtime.archive import Archive, ArchiveError
from rulesflow.runtime.catalog import Catalog, Snapshot, now
from rulesflow.runtime.ledger import Ledger
from rulesflow.runtime.outage import Outage
from rulesflow.runtime.project import LoadedProject
from rulesflow.runtime.reloader import Reloader, finish

logger = logging.getLogger(__name__)

#: Makes a project of files that are all there is; called in the reloader's thread.
LoadFiles: TypeAlias = Callable[[Mapping[str, bytes]], LoadedProject]
_EVERY: Final = 0.5  # seconds between two looks at what is pinned
_LEAVE: Final = 5.0  # seconds that a database which does not answer may keep the process from ending
_TIDY: Final = 600.0  # seconds between two times that the archive is tidied up
_KEPT: Final = 90 * 86_400 * SECOND  # for which activations are kept
_HINT: Final = "POST /v1/ruleset/reload lets the folder choose again"


class RulesetRefused(Conflict):
    """A ruleset cannot be activated: ``diagnostics`` tell why."""

    def __init__(self, digest: str, diagnostics: tuple[Diagnostic, ...]) -> None:
        detail = f"the ruleset {digest:.12} cannot be activated; what is active serves on"
        super().__init__(detail, (Fault("", "ruleset-refused", detail, "see its diagnostics"),))
        self.diagnostics = diagnostics


class Pins:
    """Keeps a `Catalog` in step with what is pinned. `start` it before the reloader, and `stop` it after."""

    def __init__(
        self,
        catalog: Catalog,
        reloader: Reloader,
        archive: Archive,
        activations: Activations,
        load: LoadFiles,
    ) -> None:
        self._catalog = catalog
        self._reloader = reloader
        self._archive = archive
        self._activations = activations
        self.load = load
        self._known = Pin()
        self.ledger = Ledger(archive, activations)
        self._tidied = time.monotonic() - _TIDY + 30
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._look, name="rulesflow-pins", daemon=True)
        reloader.keeper = self

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """End; the database is asked no more."""
        self._stopping.set()
        self.ledger.woken.set()
        if self._thread.ident is not None:
            self._thread.join(_LEAVE)

    # -- in the reloader's thread ----------------------------------------------------------------------

    def begin(self) -> None:
        """Activate what is pinned, if anything is, before the folder is read."""
        try:
            self.follow()
        except Exception:
            logger.exception("nobody could tell which ruleset is pinned; it is looked again")

    def keep(self, snapshot: Snapshot) -> None:
        """Archive what the folder has put in charge; where the database is away, as soon as it is back."""
        self.ledger.add(snapshot, active=True)

    def hold(self, snapshot: Snapshot) -> None:
        """Archive what waits, so that it can be looked at by its digest."""
        self.ledger.add(snapshot, active=False)

    def activate(self, digest: str, project: LoadedProject | None, note: str) -> None:
        """Pin a ruleset. ``project``: where it is loaded. Raises `RulesetRefused` and `ArchiveError`."""
        started = time.monotonic()
        loaded = project or self.load(self._archive.files(digest))
        vetoes = self._reloader.vetoes(loaded)
        if loaded.ruleset is None or vetoes:
            raise RulesetRefused(digest, (*loaded.diagnostics, *vetoes))
        self.ledger.flush()  # so that what was in charge until now is noted before this
        source = self._source(digest)
        self._reloader.warm(loaded)
        self._archive.keep(digest, loaded, anew=True, compiled=False)
        self._known = self._activations.pin(digest, source, note, counts_of(loaded))
        self._put(loaded, source, started)

    def _source(self, digest: str) -> str:
        """Where a ruleset came from: as when it was last in charge, else the folder that holds it now."""
        last, folder = self._activations.of(digest), self._catalog.state.folder
        if last is not None:
            return last.source
        held = folder is not None and folder.ruleset.digest == digest
        return folder.source if folder is not None and held else "a candidate"

    def unpin(self) -> None:
        """Let the folders choose again, here and in the other processes.

        Raises `SQLAlchemyError` where that cannot be told to them.
        """
        pinned = self._catalog.state.pinned
        try:
            if pinned or self._activations.pinned().digest is not None:
                self._known = self._activations.unpin()
        except SQLAlchemyError:
            if pinned:
                raise
            logger.warning("the folder is loaded anew; whether anything is pinned cannot be told just now")
        self._catalog.unpin()

    def follow(self) -> None:
        """Go by what is pinned now, wherever that was done."""
        pin = self._activations.pinned()
        if pin.version == self._known.version:
            return
        if pin.digest is None:
            self._catalog.unpin()
            self._reloader.reload()
        elif pin.digest != self._known.digest or not self._catalog.state.pinned:
            self._take(pin.digest)
        self._known = pin

    def _take(self, digest: str) -> None:
        started, last = time.monotonic(), self._activations.of(digest)
        found = self._loaded(digest)
        if isinstance(found, LoadedProject):
            self._reloader.warm(found)
            self._archive.keep(digest, found, compiled=False)
            self._put(found, last.source if last else "the archive", started)
            return
        failure = self._catalog.refuse(found, {}, pin=True)  # who asks has the files by its digest
        logger.error(
            "the ruleset that is pinned, %.12s, cannot be activated: %s",
            digest,
            failure.diagnostics[0].message,
        )

    def _loaded(self, digest: str) -> LoadedProject | tuple[Diagnostic, ...]:
        """The project of a digest, or why it must not be activated."""
        serving = self._catalog.state.snapshot
        if serving is not None and serving.ruleset.digest == digest:
            return serving.project
        try:
            loaded = self.load(self._archive.files(digest))
        except ArchiveError as error:
            return (Diagnostic("RF001", str(error), Span(PROJECT_FILE, 1, 1, 1), _HINT),)
        vetoes = self._reloader.vetoes(loaded)
        return (*loaded.diagnostics, *vetoes) if loaded.ruleset is None or vetoes else loaded

    def _put(self, project: LoadedProject, source: str, started: float) -> None:
        snapshot = self._catalog.pin(project, source)
        self._reloader.tell(snapshot, time.monotonic() - started)
        finish(project)

    # -- in a thread of its own ------------------------------------------------------------------------

    def _look(self) -> None:
        outage = Outage(logger, "rulesets are not archived, nor followed", "rulesets are followed again")
        while not self._stopping.is_set():
            self.ledger.woken.wait(_EVERY)
            self.ledger.woken.clear()
            try:
                self._keep_up()
                outage.over()
            except Exception as error:
                if not self._stopping.is_set():
                    outage.failed(error)
                    self._stopping.wait(_EVERY * 4)

    def _keep_up(self) -> None:
        """Archive what is to be, go by what is pinned, forget what is old. Raises `SQLAlchemyError`."""
        self.ledger.flush()
        if self._activations.pinned().version != self._known.version:
            self._reloader.do(self.follow, urgent=True).result()
        if time.monotonic() - self._tidied > _TIDY:
            self._tidied = time.monotonic()
            self._tidy()

    def _tidy(self) -> None:
        """Forget what nobody goes back to; what is in charge is not."""
        snapshot = self._catalog.state.snapshot
        if snapshot is not None:
            self._archive.keep(snapshot.ruleset.digest, snapshot.project, compiled=False)
        self._activations.forget(int(now()) - _KEPT)
        self._archive.forget_unused()
