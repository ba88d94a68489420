"""A small disk of its own for the labels, which can be filled. It takes the right to mount."""

from __future__ import annotations

import errno
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

_SIZE: Final = 16  # MiB
_BLOCK: Final = b"\0" * 4096


class NoDisk(Exception):
    """No disk can be mounted here; the message says why."""


class Disk:
    """A file system at ``folder``; ``labels`` is where the server writes on it."""

    def __init__(self, folder: Path) -> None:
        self.labels = folder / "labels"
        self._ballast = folder / "ballast"

    def fill(self) -> None:
        """Leave no room for another byte."""
        handle = os.open(self._ballast, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        try:
            while True:
                os.write(handle, _BLOCK)
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
        finally:
            os.close(handle)

    def free(self) -> None:
        """Make room again."""
        self._ballast.unlink(missing_ok=True)


@contextmanager
def mounted(folder: Path) -> Iterator[Disk]:
    """A disk at a folder, which is made; it is gone with the block. Raises `NoDisk`."""
    folder.mkdir(parents=True, exist_ok=True)
    if os.geteuid() != 0:
        raise NoDisk("only root may mount one")
    command = ["mount", "-t", "tmpfs", "-o", f"size={_SIZE}m", "tmpfs", str(folder)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        raise NoDisk(done.stderr.strip() or f"mount ended with status {done.returncode}")
    try:
        yield Disk(folder)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
