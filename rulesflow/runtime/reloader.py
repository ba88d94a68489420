"""The reloader: compiles the folder of rules whenever it changes, and activates what is good.

One thread does it all, so there is one compile at a time and every change that comes meanwhile leads to one
more. The last good ruleset serves on whatever happens to the files. While a ruleset is pinned, what the
folder holds is compiled all the same, and waits.
"""

from __future__ import annotations

import gc
import logging
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import CancelledError, Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol, TypeAlias, TypeVar

from rulesflow.documents.folder import Folder, read_folder
from rulesflow.model.diagnostics import Diagnostic, Span
from rulesflow.model.rendering import as_text
from rulesflow.runtime.catalog import Catalog, Snapshot
from rulesflow.runtime.foldersight import Look, Watch, look
from rulesflow.runtime.project import LoadedProject

logger = logging.getLogger(__name__)

#: Makes a project of a folder. Called in the reloader's thread; it may hand the work to a process.
Load: TypeAlias = Callable[[Folder], LoadedProject]
#: Says why a ruleset that loads must not be activated: the diagnostics of its failing cases, say.
Veto: TypeAlias = Callable[[LoadedProject], tuple[Diagnostic, ...]]
_Done = TypeVar("_Done")

SETTLE = 0.1  # seconds for which the files must lie still before they are read: half a file may be valid
GIVE_WAY = 0.0005  # seconds for which the compile may keep others waiting
SETTLES = 3  # how often to wait for that before reading them all the same


class Keeper(Protocol):
    """Remembers what was activated, and what a person has pinned. Called in the reloader's thread."""

    def begin(self) -> None:
        """Before the folder is read for the first time: activate what is pinned."""

    def keep(self, snapshot: Snapshot) -> None:
        """The folder's ruleset was activated."""

    def hold(self, snapshot: Snapshot) -> None:
        """The folder's ruleset waits, since another is pinned."""


class Reloader:
    """Keeps a `Catalog` in step with a folder. `start` it, `stop` it; `reload` at will, from any thread.

    ``keeper``: may be set before the start.
    """

    def __init__(self, root: Path, catalog: Catalog, load: Load, veto: Veto | None = None) -> None:
        self._root = root
        self._catalog = catalog
        self._load = load
        self._veto = veto
        self._wake = threading.Event()
        self._stopping = False
        self._wanted: list[Future[None]] = []
        self._works: deque[tuple[Callable[[], Any], Future[Any]]] = deque()
        self.keeper: Keeper | None = None
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

    def do(self, work: Callable[[], _Done], *, urgent: bool = False) -> Future[_Done]:
        """Have something done between two compiles, in the thread that writes the catalog.

        ``urgent``: before what else waits. The future has the result, or what was raised.
        """
        done: Future[_Done] = Future()
        with self._lock:
            if urgent:
                self._works.appendleft((work, done))
            else:
                self._works.append((work, done))
        self._wake.set()
        return done

    def _run(self) -> None:
        if self.keeper is not None:
            self.keeper.begin()
        watch = Watch(self._root, self._wake)
        while not self._stopping:
            changed = self._wake.is_set() or watch.wait(self._seen)
            wanted, worked = self._take(), self._work()
            if wanted or (changed and not worked):
                self._turn(force=bool(wanted))
            for future in wanted:
                future.set_result(None)
        watch.close()
        for future in (*self._take(), *(done for _, done in self._works)):
            future.set_exception(CancelledError())

    def _work(self) -> bool:
        """Do the first of what is to be done; whether there was anything."""
        with self._lock:
            work, done = self._works.popleft() if self._works else (None, None)
            if self._works:
                self._wake.set()
        if work is None or done is None or not done.set_running_or_notify_cancel():
            return work is not None
        try:
            with _beside_requests():
                result = work()
        except BaseException as error:  # it is told to whoever wanted it
            done.set_exception(error)
        else:
            done.set_result(result)
        return True

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
            self._refuse((_defect(error),), {})

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
            self._refuse(folder.diagnostics, {})
            return
        loaded = self._load(folder)
        vetoes = self.vetoes(loaded)
        if loaded.ruleset is None or vetoes:
            self._refuse((*loaded.diagnostics, *vetoes), folder.files)
        elif self._catalog.state.pinned:
            self._hold(loaded, str(folder.root))
        else:
            self.warm(loaded)
            self._activate(loaded, str(folder.root), time.monotonic() - started)
            finish(loaded)

    def vetoes(self, loaded: LoadedProject) -> tuple[Diagnostic, ...]:
        """Why a ruleset that loads must not be activated."""
        return self._veto(loaded) if self._veto is not None else ()

    def _hold(self, loaded: LoadedProject, source: str) -> None:
        held = self._catalog.hold(loaded, source)
        self.spare()
        if self._catalog.state.pending is not held:
            return
        logger.info("rules are pinned; digest %.12s waits", held.ruleset.digest)
        if self.keeper is not None:
            self.keeper.hold(held)

    def warm(self, loaded: LoadedProject) -> None:
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
        self.tell(snapshot, seconds)
        if self.keeper is not None:
            self.keeper.keep(snapshot)

    def tell(self, snapshot: Snapshot, seconds: float) -> None:
        """Log that a ruleset is in charge, which is spared the collector from here on."""
        ruleset = snapshot.ruleset
        logger.info(
            "rules activated: %d decisions, %d workflows, digest %.12s, in %.0f ms",
            len(ruleset.decisions),
            len(snapshot.project.workflows),
            ruleset.digest,
            seconds * 1000,
            extra={
                "digest": ruleset.digest,
                "source": snapshot.source,
                "activated_at": str(snapshot.activated_at),
            },
        )
        self.spare()

    def _refuse(self, diagnostics: tuple[Diagnostic, ...], files: Mapping[str, bytes]) -> None:
        failure = self._catalog.refuse(diagnostics, files)
        serving = self._catalog.state.snapshot
        logger.error(
            "rules refused, %s:\n%s",
            "nothing is active" if serving is None else f"{serving.ruleset.digest:.12} serves on",
            as_text(failure.diagnostics, {}).rstrip(),
            extra={"diagnostics": len(failure.diagnostics)},
        )

    def spare(self) -> None:
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


def finish(loaded: LoadedProject) -> None:
    """Make what requests can do without, if they do not mind to wait."""
    for decision in loaded.ruleset.decisions.values() if loaded.ruleset else ():
        decision.finish()


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
