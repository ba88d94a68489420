"""Rule sources: where files of rules come from, beside the folder."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from rulesflow.documents.folder import Folder
from rulesflow.model.diagnostics import Diagnostic, Span

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class RuleSource:
    """Files that join those of the folder, as if they stood there.

    ``name``: for messages, as ``the bucket shop-rules``. ``read``: gives all files by their path from the
    project's root, with forward slashes; called in a thread whenever the rules are loaded. What it raises
    keeps the rules that are active. ``every``: seconds between two looks whether something has changed;
    None where nothing does while the process lives.
    """

    name: str
    read: Callable[[], Mapping[str, bytes]]
    every: float | None = None


def with_sources(folder: Folder, sources: Iterable[RuleSource]) -> Folder:
    """The folder with the files of all sources. Two that give one file are an error that names both."""
    owners = dict.fromkeys(folder.files, f"the folder {folder.root}")
    files, found = dict(folder.files), list(folder.diagnostics)
    for source in sources:
        try:
            given = _checked(source.read())
        except Exception as error:
            message = f"{source.name} cannot be read: {type(error).__name__}: {error}"
            found.append(Diagnostic("RF001", message, Span(".", 1, 1, 1)))
            continue
        for path, data in given.items():
            if path in owners:
                message = f"both {owners[path]} and {source.name} give this file"
                hint = "take it out of one of them, or give one another name"
                found.append(Diagnostic("RF001", message, Span(path, 1, 1, 1), hint))
            else:
                owners[path], files[path] = source.name, data
    return replace(folder, files=files, diagnostics=tuple(sorted(found, key=lambda each: each.order)))


async def watch_sources(sources: Iterable[RuleSource], reload: Callable[[], object]) -> None:
    """Look at each source as often as it wants, and call ``reload`` when its files are others than before."""
    await asyncio.gather(*(_watch(source, source.every, reload) for source in sources if source.every))


async def _watch(source: RuleSource, every: float, reload: Callable[[], object]) -> None:
    seen = await asyncio.to_thread(_look, source)
    while True:
        await asyncio.sleep(every)
        before, seen = seen, await asyncio.to_thread(_look, source)
        if seen != before:
            reload()


def _look(source: RuleSource) -> bytes:
    """A digest of the files, or of why there are none: both coming and going is a change."""
    digest = hashlib.blake2b()
    try:
        for path, data in sorted(_checked(source.read()).items()):
            digest.update(b"%d %d " % (len(path.encode()), len(data)) + path.encode() + data)
    except Exception as error:  # loading tells it in full
        logger.debug("%s cannot be read", source.name, exc_info=error)
        digest.update(repr(error).encode())
    return digest.digest()


def _checked(files: Mapping[str, bytes]) -> dict[str, bytes]:
    for path, data in files.items():
        if not isinstance(path, str) or not path.isprintable() or path.startswith("/") or "\\" in path:
            raise ValueError(f"{path!r} is no path from the project's root")
        if not isinstance(data, bytes):
            raise TypeError(f"{path} is a {type(data).__name__}, not bytes")
    return dict(files)
