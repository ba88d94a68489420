"""The folder of rule files, read as one consistent snapshot.

Files change while they are read: an editor saves, git checks out, Kubernetes swaps a symlink. So everything
is read, then looked at once more, and read again if anything is not as it was.
"""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from rulesflow.documents.text import LARGEST, too_large
from rulesflow.model.diagnostics import Diagnostic, Span

#: The endings of the files that are read.
ENDINGS = (".yaml", ".csv", ".xlsx")
#: How many files, and how many folders, a ruleset may have.
MOST_FILES = 10_000
#: How many bytes all files may have together.
LARGEST_SUM = 256 * 1024 * 1024
#: How deep folders may be nested.
DEEPEST_FOLDER = 32
_MEND = {".yml": ".yaml", ".xls": ".xlsx"}
_TRIES = 6
_PAUSE = 0.02
#: Nanoseconds within which a file may change again without its stamp: the clocks of file systems are coarse.
_RACY = 2_000_000_000
# Opening a pipe must not wait for someone to write into it.
_OPEN = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)

#: Device, inode, size and times of change: alike before and after means that nobody wrote.
_Stamp = tuple[int, int, int, int, int]


@dataclass(frozen=True, slots=True)
class Folder:
    """The files below ``root`` (resolved, no symlink) by POSIX path from there, sorted.

    If ``diagnostics`` hold an error, files may be missing. ``stamps`` tell whether a file is still the one
    that was read; of one that had changed a moment before there is none.
    """

    root: Path
    files: Mapping[str, bytes]
    diagnostics: tuple[Diagnostic, ...]
    stamps: Mapping[str, _Stamp] = field(default_factory=dict, compare=False, repr=False)


def read_folder(root: Path, known: Folder | None = None) -> Folder:
    """Read all ``.yaml``, ``.csv`` and ``.xlsx`` files. Hidden files and editors' backups are ignored.

    ``known``: an earlier reading; a file that is still the same is taken from there.

    Never raises. RF001 for a folder or file that cannot be read, or a folder that keeps changing; RF005 for
    folders nested too deep, RF006 for a file that is too large or too many files, RF015 for a file whose
    ending we do not read though its author surely thinks so.
    """
    for attempt in range(_TRIES):
        time.sleep(_PAUSE * attempt)
        try:
            resolved = root.resolve(strict=True)
        except (
            OSError,
            RuntimeError,
        ) as error:  # RuntimeError: a circle of symlinks, in Python 3.11 and 3.12
            return Folder(root, {}, (_no_folder(root, error),))
        if not resolved.is_dir():
            return Folder(root, {}, (_fault(".", f"{root} is not a folder"),))
        folder = _snapshot(root, resolved, known or Folder(root, {}, ()))
        if folder is not None:
            return folder
    message = f"the folder {root} keeps changing while it is read"
    return Folder(root, {}, (_fault(".", message, "it is read again after the next change"),))


def _snapshot(root: Path, resolved: Path, known: Folder) -> Folder | None:
    """One reading, or None if something changed meanwhile."""
    settled = time.time_ns() - _RACY
    before = _Listing.of(resolved)
    if before.disturbed:
        return None
    files: dict[str, bytes] = {}
    found = list(before.found)
    for path, stamp in sorted(before.files.items()):
        content = (
            known.files[path] if known.stamps.get(path) == stamp else _read(resolved / path, path, stamp)
        )
        if isinstance(content, bytes):
            files[path] = content
        elif content is not None:
            found.append(content)
        else:
            return None
    try:
        moved = root.resolve(strict=True) != resolved
    except (OSError, RuntimeError):
        return None
    if moved or _Listing.of(resolved) != before:
        return None
    stamps = {
        path: stamp for path, stamp in before.files.items() if path in files and max(stamp[3:]) < settled
    }
    return Folder(resolved, files, tuple(sorted(found, key=lambda d: d.order)), stamps)


def _read(path: Path, name: str, stamp: _Stamp) -> bytes | Diagnostic | None:
    """The file's content, why there is none, or None if it is not the file that was listed."""
    try:
        with os.fdopen(os.open(path, _OPEN), "rb") as file:
            if _stamp(os.fstat(file.fileno())) != stamp:
                return None
            return file.read(LARGEST + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        return _fault(name, f"the file cannot be read: {error.strerror}")


@dataclass
class _Listing:
    """The files to read, with their stamps, and what is wrong with others. Equal when nothing changed."""

    files: dict[str, _Stamp] = field(default_factory=dict)
    found: list[Diagnostic] = field(default_factory=list)
    folders: int = 0
    size: int = 0
    full: bool = False
    disturbed: bool = False

    @classmethod
    def of(cls, root: Path) -> _Listing:
        """List what stands below a folder."""
        listing = cls()
        pending: list[tuple[str, str, tuple[tuple[int, int], ...]]] = [(os.fspath(root), "", ())]
        while pending and not listing.full:
            folder, prefix, above = pending.pop()
            inner = listing._enter(folder, prefix, above)
            if inner is None:
                continue
            for entry, status in listing._entries(folder, prefix):
                if stat.S_ISDIR(status.st_mode):
                    pending.append((entry.path, f"{prefix}{entry.name}/", inner))
                else:
                    listing._file(prefix + entry.name, status)
            listing._check_limits()
        return listing

    def _enter(
        self, folder: str, prefix: str, above: tuple[tuple[int, int], ...]
    ) -> tuple[tuple[int, int], ...] | None:
        """The folders above those within, or None for a folder that is not to be entered."""
        if len(above) > DEEPEST_FOLDER:
            message = f"folders are nested deeper than {DEEPEST_FOLDER} levels"
            self.found.append(_fault(prefix[:-1], message, code="RF005"))
            return None
        self.folders += 1
        try:
            status = Path(folder).stat()
        except OSError as error:
            self.found.append(_fault(prefix[:-1] or ".", f"the folder cannot be read: {error.strerror}"))
            return None
        identity = (status.st_dev, status.st_ino)
        # A symlink to a folder above it would go in circles.
        return None if identity in above else (*above, identity)

    def _entries(self, folder: str, prefix: str) -> Iterator[tuple[os.DirEntry[str], os.stat_result]]:
        """What a folder holds, in order of names, without what is not ours."""
        try:
            with os.scandir(folder) as scanned:
                entries = sorted(scanned, key=lambda entry: entry.name)
        except OSError as error:
            self.found.append(_fault(prefix[:-1] or ".", f"the folder cannot be read: {error.strerror}"))
            return
        for entry in entries:
            if entry.name.startswith((".", "~$")):
                continue
            try:
                yield entry, entry.stat()
            except OSError as error:
                if not os.path.lexists(entry.path):
                    self.disturbed = True
                elif _ending(entry.name):
                    message = f"the file cannot be read: {error.strerror}"
                    self.found.append(
                        _fault(prefix + entry.name, message, "is it a symlink that leads nowhere?")
                    )

    def _file(self, name: str, status: os.stat_result) -> None:
        ending = _ending(name)
        if ending is None:
            return
        wanted = _MEND.get(ending.lower(), ending.lower())
        if wanted != ending:
            hint = f"save it as {PurePosixPath(name).stem}{wanted}"
            self.found.append(_fault(name, f"files ending in {ending} are not read", hint, code="RF015"))
        elif not name.isprintable():
            self.found.append(_fault(name, "the file's name holds characters that cannot be printed"))
        elif not stat.S_ISREG(status.st_mode):
            self.found.append(_fault(name, "this is not a regular file"))
        elif status.st_size > LARGEST:
            self.found.append(too_large(name, status.st_size))
        else:
            self.files[name] = _stamp(status)
            self.size += status.st_size

    def _check_limits(self) -> None:
        if len(self.files) > MOST_FILES or self.folders > MOST_FILES:
            message = f"there are more than {MOST_FILES:,} files or folders"
        elif self.size > LARGEST_SUM:
            message = f"the files have more than {LARGEST_SUM // 1024 // 1024} MiB together"
        else:
            return
        self.full = True
        self.files = {}
        self.found.append(_fault(".", message, "is this the right folder?", code="RF006"))


def _ending(name: str) -> str | None:
    """The ending, if it is one of those we read or one that is often mistaken for them."""
    ending = PurePosixPath(name).suffix
    return ending if ending.lower() in ENDINGS or ending.lower() in _MEND else None


def _stamp(status: os.stat_result) -> _Stamp:
    return (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)


def _no_folder(root: Path, error: OSError | RuntimeError) -> Diagnostic:
    if isinstance(error, FileNotFoundError):
        return _fault(".", f"the folder {root} does not exist")
    reason = (error.strerror or str(error)) if isinstance(error, OSError) else "its symlinks go in a circle"
    return _fault(".", f"the folder {root} cannot be read: {reason}")


def _fault(name: str, message: str, hint: str | None = None, code: str = "RF001") -> Diagnostic:
    printable = name.encode("utf-8", "backslashreplace").decode() if not name.isprintable() else name
    return Diagnostic(code, message, Span(printable, 1, 1, 1), hint)
