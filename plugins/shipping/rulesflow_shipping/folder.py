"""The folder of labels: each file is there whole or not at all, and what was cancelled stays so."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path


class Cancelled(Exception):
    """The label was cancelled before, so it is not made again."""


class LabelFolder:
    """Labels by tracking number. Methods raise `OSError` where the folder cannot be written."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, tracking: str, draw: Callable[[], bytes]) -> str:
        """The name of the label's file, which is drawn unless it is there. Raises `Cancelled`."""
        name = f"{tracking}.pdf"
        self._folder.mkdir(parents=True, exist_ok=True)
        self._refuse_cancelled(tracking)
        if not (self._folder / name).exists():
            self._write(self._folder / name, draw())
            try:
                self._refuse_cancelled(tracking)  # perhaps just now
            except Cancelled:
                (self._folder / name).unlink(missing_ok=True)
                raise
        return name

    def cancel(self, tracking: str) -> bool:
        """Take the label away, and keep it from being made should its call still be on the way.

        Whether there was one.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        self._mark(tracking).touch()
        try:
            (self._folder / f"{tracking}.pdf").unlink()
        except FileNotFoundError:
            return False
        finally:
            self._sync()
        return True

    def _mark(self, tracking: str) -> Path:
        return self._folder / f"{tracking}.cancelled"

    def _refuse_cancelled(self, tracking: str) -> None:
        if self._mark(tracking).exists():
            raise Cancelled(f"label {tracking} was cancelled before")

    def _write(self, file: Path, content: bytes) -> None:
        handle, temporary = tempfile.mkstemp(dir=self._folder, prefix=".", suffix=".tmp")
        try:
            with os.fdopen(handle, "wb") as opened:
                opened.write(content)
                opened.flush()
                os.fsync(opened.fileno())
                os.fchmod(opened.fileno(), 0o644)  # a web server may read it
            Path(temporary).replace(file)
        except BaseException:
            with suppress(OSError):
                Path(temporary).unlink(missing_ok=True)
            raise
        self._sync()

    def _sync(self) -> None:
        """Have the folder's own list of files survive a power cut."""
        folder = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
