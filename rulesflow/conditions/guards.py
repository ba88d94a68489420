"""What a condition has shown about optional and nullable fields."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Self

#: ``("order", "total")``. In a macro's body a path may begin with a variable, which stands there under a
#: name that no fact can have, and an item of a list stands as ``"[0]"``.
Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Guards:
    """Paths known to be there, and paths known not to be null.

    ``a | b``: both are known. ``a & b``: one of them is known, but not which.
    """

    present: frozenset[Path] = frozenset()
    not_null: frozenset[Path] = frozenset()

    def __or__(self, other: Guards) -> Guards:
        # Long chains test the same few fields over and over: then nothing is copied.
        if other.present <= self.present and other.not_null <= self.not_null:
            return self
        return Guards(self.present | other.present, self.not_null | other.not_null)

    def __and__(self, other: Guards) -> Guards:
        return Guards(self.present & other.present, self.not_null & other.not_null)


NOTHING = Guards()


@dataclass(frozen=True, slots=True)
class Known:
    """What is known where a node stands.

    ``claimed``: what the author may rely on. ``sure``: what the compiled code may rely on; CEL goes on behind
    an operand that failed, so what that operand claims is not sure.
    """

    claimed: Guards = NOTHING
    sure: Guards = NOTHING

    def after(self, guards: Guards, sure: bool) -> Self:
        """The same, once ``guards`` have been shown."""
        return replace(self, claimed=self.claimed | guards, sure=self.sure | guards if sure else self.sure)


def reached(path: Path, not_null: bool = False) -> Guards:
    """``path`` is there, so the objects above it are there too and are not null."""
    above = _prefixes(path)
    return Guards(frozenset((*above, path)), frozenset((*above, path) if not_null else above))


def known_not_null(path: Path) -> Guards:
    """``path`` was read, and it was not null."""
    return Guards(not_null=frozenset((path,)))


def in_either(guards: Iterable[Guards]) -> Guards:
    """What holds whichever of them does."""
    first, *rest = guards
    for each in rest:
        first &= each
    return first


def _prefixes(path: Path) -> tuple[Path, ...]:
    return tuple(path[:length] for length in range(1, len(path)))
