"""Watching a folder: the operating system's notifications, and a look of our own for what they miss.

Notifications come at once but are blind to some changes: to a swap of the symlink that *is* the folder, to
the folder's deletion and return, to network file systems. So the folder's path is resolved anew on every
turn, and its files are looked at as often as that is cheap.
"""

from __future__ import annotations

import logging
import os
import stat
import threading
import time
from collections.abc import Generator, Iterator
from itertools import islice
from pathlib import Path
from typing import TypeAlias

from watchfiles import watch
from watchfiles.main import FileChange

logger = logging.getLogger(__name__)

#: What a look at a folder sees: its identity, and the state of each file. Equal looks mean equal contents,
#: but for changes within one tick of the file system's clock; None when there is no folder.
Look: TypeAlias = "tuple[Identity, tuple[tuple[str, Signature], ...]] | None"
Identity: TypeAlias = tuple[str, int, int]  # resolved path, device, inode
Signature: TypeAlias = tuple[int, int, int, int, int]  # mode, inode, size, mtime_ns, ctime_ns

TURN_MS = 120  # between two resolutions of the path
STEP_MS = 20  # in which notifications are gathered
MOST_FILES = 100_000  # symlinks can make a few folders look like endlessly many
SHARE = 20  # looking at the files may take one part in so many of the time


def look(root: Path) -> Look:
    """See the folder as it is now, symlinks followed. Names that begin with a dot are passed over."""
    identity = identify(root)
    if identity is None:
        return None
    found = _signatures(identity[0], "", frozenset({identity[1:]}))
    return identity, tuple(sorted(islice(found, MOST_FILES)))


def identify(root: Path) -> Identity | None:
    """Which folder the path leads to now, or None when it leads to none."""
    try:
        path = os.path.realpath(root, strict=True)
        found = Path(path).stat()
    except OSError:
        return None
    return (path, found.st_dev, found.st_ino) if stat.S_ISDIR(found.st_mode) else None


def _signatures(
    folder: str, prefix: str, above: frozenset[tuple[int, int]]
) -> Iterator[tuple[str, Signature]]:
    """Of each file below a folder; ``above`` are the folders around it, which a symlink may lead back to."""
    try:
        entries = list(os.scandir(folder))
    except OSError:
        return
    for entry in entries:
        if entry.name.startswith("."):
            continue
        name = prefix + entry.name
        try:
            found = entry.stat()
        except OSError:  # deleted meanwhile, or a symlink that leads nowhere
            yield name, (0, 0, 0, 0, 0)
            continue
        identity = (found.st_dev, found.st_ino)
        if not stat.S_ISDIR(found.st_mode):
            yield name, (found.st_mode, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
        elif identity not in above:
            yield from _signatures(entry.path, name + "/", above | {identity})


class Watch:
    """Waits for changes under one path. One thread uses it; any thread may set ``wake`` to end a wait."""

    def __init__(self, root: Path, wake: threading.Event) -> None:
        self._root = root
        self._wake = wake
        self._notices: Generator[set[FileChange], None, None] | None = None
        self._identity: Identity | None = None
        self._look_after = 0.0

    def wait(self, seen: Look) -> bool:
        """Wait for one turn at most; whether the folder may differ from the look ``seen``."""
        return self._follow() or self._notified() or self._differs(seen)

    def close(self) -> None:
        """Stop the notifications."""
        if self._notices is not None:
            self._notices.close()
        self._notices = self._identity = None

    def _follow(self) -> bool:
        """Attach to the folder that the path leads to now; whether that is another than before."""
        identity = identify(self._root)
        if identity == self._identity:
            return False
        self.close()
        self._identity = identity
        if identity is not None:
            self._notices = self._attach(identity[0])
        return True

    def _attach(self, path: str) -> Generator[set[FileChange], None, None]:
        return watch(
            path,
            watch_filter=None,
            debounce=STEP_MS,
            step=STEP_MS,
            rust_timeout=TURN_MS,
            yield_on_timeout=True,
            stop_event=self._wake,
            raise_interrupt=False,
            ignore_permission_denied=True,
        )

    def _notified(self) -> bool:
        if self._notices is None:
            self._wake.wait(TURN_MS / 1000)
            return False
        try:
            changes = next(self._notices)
        except StopIteration:  # woken
            self.close()
            return True
        except OSError as error:  # deleted meanwhile, or the system's limit on watches is reached
            logger.warning("no notifications for %s, looking instead: %s", self._root, error)
            self._notices = None
            return False
        if self._identity is not None and any(path == self._identity[0] for _, path in changes):
            self.close()  # the folder itself was touched, so its notifications may have ended
        return bool(changes)

    def _differs(self, seen: Look) -> bool:
        started = time.monotonic()
        if started < self._look_after:
            return False
        differs = look(self._root) != seen
        ended = time.monotonic()
        self._look_after = ended + (ended - started) * SHARE
        return differs
