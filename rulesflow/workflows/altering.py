"""Altering what never changes: a copy with other members."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from operator import attrgetter
from typing import Any, Final, TypeAlias, TypeVar

T = TypeVar("T")
_Members: TypeAlias = tuple[tuple[str, ...], Callable[[Any], tuple[Any, ...]]]

_MEMBERS: Final[dict[type[Any], _Members]] = {}  # of each class: their names, and what reads them all


def replace(given: T, /, **changes: Any) -> T:
    """A dataclass of two members or more, all of them arguments, with these changes.

    As `dataclasses.replace`, which asks for each member anew and took half the time of a replay.
    """
    kind: type[Any] = type(given)
    names, values = _MEMBERS.get(kind) or _learn(kind)
    members = dict(zip(names, values(given), strict=True))
    members.update(changes)
    changed: T = kind(**members)
    return changed


def _learn(kind: type[Any]) -> _Members:
    names = tuple(each.name for each in fields(kind))
    members = _MEMBERS[kind] = names, attrgetter(*names)
    return members
