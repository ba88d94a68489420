"""Keying: by which fields of their data events are found, as the patterns of a project correlate them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from rulesflow.documents.jsontext import write_json
from rulesflow.model.numbers import canonical
from rulesflow.patterns.eventpattern import EventPattern
from rulesflow.runtime.runquery import short


@dataclass(frozen=True, slots=True)
class Keying:
    """For each type of event the lanes, as `lane` has them, of the keys that some pattern correlates it by.

    ``digest``: equal for equal ones.
    """

    paths: Mapping[str, tuple[str, ...]]
    digest: str

    @classmethod
    def of(cls, patterns: Iterable[EventPattern]) -> Keying:
        """What these patterns need."""
        found: dict[str, set[str]] = {}
        for pattern in patterns:
            for type_ in pattern.types:
                found.setdefault(type_, set()).add(lane(".".join(pattern.compiled.pattern.by), type_))
        paths = {type_: tuple(sorted(found[type_])) for type_ in sorted(found)}
        return cls(paths, hashlib.sha256(write_json(paths)).hexdigest()[:16])

    def covers(self, paths: Mapping[str, Iterable[str]]) -> bool:
        """Whether it has all of these too."""
        return all(set(each) <= set(self.paths.get(type_, ())) for type_, each in paths.items())

    def keys(self, type_: str, data: Any) -> list[tuple[str, str]]:
        """The lanes of an event's keys, as they are stored, and the keys as `key_text` has them."""
        found = []
        for each in self.paths.get(type_, ()):
            key = key_text(at(data, each.rpartition("@")[0]))
            if key is not None:
                found.append((short(each), key))
        return found


def lane(path: str, type_: str) -> str:
    """Where the events of one type lie by one path to a key, apart from those of other types."""
    return f"{path}@{type_}"


def at(data: Any, path: str) -> Any:
    """What stands at a path of an event's data; None where nothing does."""
    for name in path.split("."):
        data = data.get(name) if isinstance(data, Mapping) else None
    return data


def key_text(value: Any) -> str | None:
    """A key as JSON, cut where it is too long to be indexed; None for what is no key.

    Equal keys have equal texts, and a text is told from the number that it spells.
    """
    if isinstance(value, bool | str):
        return short(write_json(value).decode())
    if isinstance(value, int | Decimal):
        return short(write_json(canonical(value)).decode())
    return None
