"""Candidates: the files of a ruleset with some of them exchanged, as they would stand in a folder."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Final

from rulesflow.documents.folder import DEEPEST_FOLDER, ENDINGS, LARGEST_SUM, MOST_FILES
from rulesflow.documents.text import LARGEST
from rulesflow.model.diagnostics import did_you_mean
from rulesflow.model.errors import FactsRefused, Fault, TooLarge, pointer

_SHOWN: Final = 80  # characters of a caller's text that a message repeats
_BINARY: Final = ".xlsx"
_MEND: Final = {".yml": ".yaml", ".xls": ".xlsx"}


def overlaid(base: Mapping[str, bytes], sent: Mapping[str, str | None]) -> dict[str, bytes]:
    """The files of ``base`` with those that were sent in their places; null takes one away.

    Raises `FactsRefused` with every path that a folder could not have, and `TooLarge`.
    """
    faults = [fault for path, text in sent.items() for fault in _faults(base, path, text)]
    if faults:
        raise FactsRefused("the files cannot stand in a folder of rules", tuple(faults))
    given = {path: text.encode() for path, text in sent.items() if text is not None}
    files = {path: data for path, data in base.items() if path not in sent} | given
    _check_sizes(given, files)
    return {path: files[path] for path in sorted(files)}


def _faults(base: Mapping[str, bytes], path: str, text: str | None) -> Iterator[Fault]:
    at = pointer("files", path[:_SHOWN])
    if text is None:
        if path not in base:
            hint = did_you_mean(path[:_SHOWN], base) or "leave it out"
            yield Fault(at, "unknown-file", f"there is no file {path[:_SHOWN]!r} to take away", hint)
        return
    wrong = _wrong(path)
    if wrong is not None:
        yield Fault(at, "path", *wrong)


def _wrong(path: str) -> tuple[str, str] | None:
    """Why a folder of rules cannot have, or does not read, a file of that path, and how to mend it."""
    parts, shown = path.split("/"), path[:_SHOWN]
    if not path.isprintable() or "\\" in path or any(part in ("", ".", "..") for part in parts):
        return f"{shown!r} is no path from the root of the rules", "write it as base/refund.yaml"
    if any(part.startswith((".", "~$")) for part in parts):
        return f"{shown!r} is hidden, and hidden files are not read", "give it another name"
    if len(parts) > DEEPEST_FOLDER:
        return f"{shown!r} lies deeper than {DEEPEST_FOLDER} folders", "put it further up"
    ending = PurePosixPath(path).suffix
    wanted = _MEND.get(ending.lower(), ending.lower())
    if wanted == _BINARY:
        return "a workbook cannot be sent as a text", "take it from the base, or send the table as .csv"
    if wanted not in ENDINGS:
        return f"{shown!r} would not be read", f"files end in {', '.join(ENDINGS)}"
    if wanted != ending:
        return f"files ending in {ending} are not read", f"name it {PurePosixPath(path).stem}{wanted}"
    return None


def _check_sizes(given: Mapping[str, bytes], files: Mapping[str, bytes]) -> None:
    for path, data in given.items():
        if len(data) > LARGEST:
            raise _too_large(path, f"a file may have {LARGEST:,} bytes at most")
    if len(files) > MOST_FILES:
        raise _too_large("", f"a ruleset may have {MOST_FILES:,} files at most")
    if sum(map(len, files.values())) > LARGEST_SUM:
        raise _too_large("", f"the files may have {LARGEST_SUM:,} bytes together at most")


def _too_large(path: str, message: str) -> TooLarge:
    at = pointer("files", path[:_SHOWN]) if path else "/files"
    return TooLarge(message, (Fault(at, "too-large", message),))
