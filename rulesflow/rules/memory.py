"""Memory: what loading made of content that it has seen, so that whatever stays as it was is not made again.

A load without memory and one with it give the same. What is kept stands under a key that holds all that it
was made of; whatever a load did not ask for is forgotten when it ends, so memory is as large as what serves.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from rulesflow.documents.shape import Findings
from rulesflow.model.diagnostics import Diagnostic

_Made = TypeVar("_Made")


@dataclass(frozen=True, slots=True)
class _Entry:
    """What was made, what was found meanwhile, and the keys of what was recalled for it."""

    made: Any
    found: tuple[Diagnostic, ...]
    inner: tuple[Hashable, ...]


class Memory:
    """Belongs to whoever loads again and again. One load at a time may use it."""

    def __init__(self) -> None:
        self._good: dict[Hashable, _Entry] = {}
        self._now: dict[Hashable, _Entry] = {}
        self._making: list[list[Hashable]] = []
        self._prints: dict[str, tuple[bytes, bytes]] = {}

    def recall(self, key: Hashable, findings: Findings, make: Callable[[Findings], _Made]) -> _Made:
        """What ``make`` made of that key before, or makes now; what it found is noted either way.

        Nobody may change what is recalled.
        """
        if self._making:
            self._making[-1].append(key)
        entry = self._seen(key) or self._make(key, make)
        findings.items += entry.found
        return entry.made  # type: ignore[no-any-return]

    def prints(self, files: Mapping[str, bytes]) -> dict[str, bytes]:
        """A digest of each file's content, by path; of the very bytes that are known it is known too."""
        before = self._prints
        self._prints = {
            path: before[path] if path in before and before[path][0] is data else (data, _print(data))
            for path, data in files.items()
        }
        return {path: digest for path, (_, digest) in self._prints.items()}

    def settle(self, *, good: bool) -> None:
        """End a load. After one that was not good, all is remembered that the last good one asked for."""
        if good:
            self._good = self._now
        self._now = {}

    def _seen(self, key: Hashable) -> _Entry | None:
        entry = self._now.get(key)
        if entry is None:
            entry = self._good.get(key)
            if entry is not None:
                self._now[key] = entry
                for inner in entry.inner:  # whoever needs the whole needs its parts, were it made anew
                    self._seen(inner)
        return entry

    def _make(self, key: Hashable, make: Callable[[Findings], Any]) -> _Entry:
        own = Findings()
        self._making.append([])
        try:
            made = make(own)
        finally:
            inner = self._making.pop()
        entry = self._now[key] = _Entry(made, tuple(own.items), tuple(inner))
        return entry


def _print(data: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=32).digest()
