"""The reloader: compiles the folder of rules whenever it changes, and activates what is good.

One thread does it all, so there is one compile at a time and every change that comes meanwhile leads to one
more. The last good ruleset serves on whatever happens to the files.
"""

from __future__ import annotations

import gc
import logging
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Future
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

from rulesflow.documents.folder import Folder, read_folder
from rulesflow.model.diagnostics import Diagnostic, Span
from rulesflow.model.rendering import as_text
from rulesflow.runtime.catalog import Catalog
from rulesflow.runtime.foldersight import Look, Watch, look
from rulesflow.runtime.project import LoadedProject

logger = logging.getLogger(__name__)

#: Makes a project of a folder. Called in the reloader's thread; it may hand the work to a process.
Load: TypeAlias = Callable[[Folder], LoadedProject]
#: Says why a ruleset that loads must not be activated: the diagnostics of its failing cases, say.
Veto: TypeAlias = Callable[[LoadedProject], tuple[Diagnostic, ...]]

SETTLE = 0.1  # seconds for which the files must lie still before they are read: half a file may be valid
GIVE_WAY = 0.0005  # seconds for which the compile may keep others waiting
SETTLES = 3  # how often to wait for that before reading them all the same


class Reloader:
    """Keeps a `Catalog` in step with a folder. `start` it, `stop` it; `reload` at will, from any thread."""

    def __init__(self, root: Path, catalog: Catalog, load: Load, veto: Veto | None = None) -> None:
        self._root = root
        self._catalog = catalog
        self._load = load
        self._veto = veto
        self._wake = threading.Event()
        self._stopping = False
        self._wanted: list[Future[None]] = []
        self._lock = threading.Lock()
        self._seen: Look = None
        self._tried: Folder | None = None
        self._frozen = 0
        self._thread = threading.Thread(target=self._run, name="rulesflow-reloader", daemon=True)

    def start(self) -> Future[None]:
        """Start the thread; the future is done when the first load is, well or badly."""
        first = self.reload()
        self._thread.start()
        return first

    def stop(self) -> None:
        """End the thread, after the compile that it may be at."""
        self._stopping = True
        self._wake.set()
        self._thread.join()

    def reload(self) -> Future[None]:
        """Ask for a compile that begins after now; the future is done when the catalog tells its result."""
        wanted: Future[None] = Future()
        with self._lock:
            self._wanted.append(wanted)
        self._wake.set()
        return wanted

    def _run(self) -> None:
        watch = Watch(self._root, self._wake)
        while not self._stopping:
            changed = self._wake.is_set() or watch.wait(self._seen)
            wanted = self._take()
            if changed or wanted:
                self._turn(force=bool(wanted))
            for future in wanted:
                future.set_result(None)
        watch.close()
        for future in self._take():
            future.set_exception(CancelledError())

    def _take(self) -> list[Future[None]]:
        with self._lock:
            self._wake.clear()
            wanted, self._wanted = self._wanted, []
        return [future for future in wanted if future.set_running_or_notify_cancel()]

    def _turn(self, *, force: bool) -> None:
        """Read, compile and activate, or record why not. Whatever goes wrong, the thread lives on."""
        try:
            self._bring_up_to_date(force=force)
        except Exception as error:
            logger.exception("reloading failed")
            self._refuse((_defect(error),))

    def _bring_up_to_date(self, *, force: bool) -> None:
        started = time.monotonic()
        self._seen = self._settled()
        with _beside_requests():
            self._load_anew(started, force=force)

    def _load_anew(self, started: float, *, force: bool) -> None:
        before, folder = self._tried, read_folder(self._root, self._tried)
        self._tried = folder
        if folder == before and not force:
            return
        if folder.diagnostics and not folder.files:
            self._refuse(folder.diagnostics)
            return
        loaded = self._load(folder)
        vetoes = self._veto(loaded) if self._veto is not None else ()
        if loaded.ruleset is None or vetoes:
            self._refuse((*loaded.diagnostics, *vetoes))
        else:
            self._warm(loaded)
            self._activate(loaded, str(folder.root), time.monotonic() - started)
            for decision in loaded.ruleset.decisions.values():
                decision.finish()  # which requests can do without, if they do not mind to wait

    def _warm(self, loaded: LoadedProject) -> None:
        """Build what requests have asked for until now, before they ask for it again."""
        serving = self._catalog.state.snapshot
        if loaded.ruleset is None:
            return
        before = serving.ruleset.decisions if serving is not None else {}
        for name, decision in loaded.ruleset.decisions.items():
            if name in before:
                decision.warm_like(before[name])
            decision.warm()

    def _settled(self) -> Look:
        """A look at the folder once it lies still: whoever is saving shall come to the end."""
        seen = look(self._root)
        for _ in range(SETTLES):
            time.sleep(SETTLE)
            before, seen = seen, look(self._root)
            if seen == before:
                break
        return seen

    def _activate(self, project: LoadedProject, source: str, seconds: float) -> None:
        snapshot = self._catalog.activate(project, source)
        ruleset = snapshot.ruleset
        logger.info(
            "rules activated: %d decisions, %d workflows, digest %.12s, in %.0f ms",
            len(ruleset.decisions),
            len(project.workflows),
            ruleset.digest,
            seconds * 1000,
            extra={"digest": ruleset.digest, "source": source, "activated_at": str(snapshot.activated_at)},
        )
        self._freeze()

    def _refuse(self, diagnostics: tuple[Diagnostic, ...]) -> None:
        failure = self._catalog.refuse(diagnostics)
        serving = self._catalog.state.snapshot
        logger.error(
            "rules refused, %s:\n%s",
            "nothing is active" if serving is None else f"{serving.ruleset.digest:.12} serves on",
            as_text(failure.diagnostics, {}).rstrip(),
            extra={"diagnostics": len(failure.diagnostics)},
        )

    def _freeze(self) -> None:
        """Spare the collector the ruleset, which lives long and is large.

        What is frozen is freed by its reference count, but never by the collector; so from time to time,
        when much more lies frozen than after the last collection, everything is thawed and collected once.
        """
        gc.freeze()
        if gc.get_freeze_count() > 2 * self._frozen:
            gc.unfreeze()
            gc.collect()
            gc.freeze()
            self._frozen = gc.get_freeze_count()


def _defect(error: Exception) -> Diagnostic:
    message = f"loading failed ({type(error).__name__}), by a defect of rulesflow; its log tells more"
    return Diagnostic("RF900", message, Span("rulesflow.yaml", 1, 1, 1))


@contextmanager
def _beside_requests() -> Iterator[None]:
    """Compile without holding others up more than needed.

    The collector would stop every thread to look through what is being built; and a thread that computes
    gives way to those that answer only once in an interval, 5 ms if nobody says otherwise.
    """
    collecting, interval = gc.isenabled(), sys.getswitchinterval()
    gc.disable()
    sys.setswitchinterval(GIVE_WAY)
    try:
        yield
    finally:
        sys.setswitchinterval(interval)
        if collecting:
            gc.enable()
